"""A real sessiond for black-box tests: started on its own store and socket, stopped at the end.

    with Daemon({"sign_up": "false"}) as d:
        r = d.request("GET", "/api/auth/ok")

The program under test is named by the environment: SESSIOND, WEBAUTHCTL (meson sets both). Nothing
here waits for a length of time: a start is over when the socket answers, a stop when the process ends.
"""

import contextlib
import http.client
import json
import os
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
import unittest
from datetime import datetime, timedelta, timezone
from pathlib import Path

FOREIGN = ("BETTER_AUTH_", "LISTEN_", "NOTIFY_", "CREDENTIALS_")
START_SECONDS = 30
REQUEST_SECONDS = 60


class Response:
    """Status, headers as a list of (name, value) in wire order, and the body's bytes."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def header(self, name):
        """The one value of a header; None when absent; an error when there are several."""
        values = self.all(name)
        assert len(values) <= 1, (name, values)
        return values[0] if values else None

    def all(self, name):
        return [v for k, v in self.headers if k.lower() == name.lower()]

    def json(self):
        return json.loads(self.body)

    def cookies(self):
        """{name: (value, [attributes])} of the Set-Cookie lines."""
        found = {}
        for line in self.all("set-cookie"):
            pair, *attributes = line.split("; ")
            name, value = pair.split("=", 1)
            assert name not in found, f"{name} is set twice"
            found[name] = (value, attributes)
        return found


def from_now(**delta):
    """A time as the store has it."""
    t = datetime.now(timezone.utc) + timedelta(**delta)
    return t.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def wait_for(condition, what):
    """Returns the first true value of condition(); what() is the complaint when none comes."""
    deadline = time.monotonic() + START_SECONDS
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(what())
        time.sleep(0.005)  # between two looks
    return found


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=REQUEST_SECONDS)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Daemon:
    """sessiond with built-in defaults, but for `options`; a list value repeats the key."""

    def __init__(self, options=None, directory=None, secret=None, env=None, wrapper=()):
        self.own_directory = directory is None
        # Socket paths are short: not below a build directory.
        self.directory = Path(directory or tempfile.mkdtemp(prefix="webauth-"))
        self.socket_path = self.directory / "api.sock"
        self.store = self.directory / "webauth.db"
        self.secret = secret or secrets.token_urlsafe(33)
        self.secret_file = self.directory / "secret"
        self.log_path = self.directory / "log"
        # What the environment says to a daemon is said by the test alone.
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(FOREIGN)}
        self.env = {**inherited, **(env or {})}
        self.wrapper = list(wrapper)
        self.options = {
            "store": f"sqlite:{self.store}",
            "listen": f"unix:{self.socket_path}",
            "secret_file": str(self.secret_file),
            "log_level": "debug",
            "rate_limit": "false",
            # Where the build can be confined it must be, in each test. Valgrind makes calls of its own.
            "sandbox": "off" if "valgrind" in wrapper else os.environ.get("SANDBOX", "auto"),
            "mail_command": "",  # no test sends mail through the machine's own
            **(options or {}),
        }
        self.process = None

    def command(self, *more):
        words = [*self.wrapper, os.environ["SESSIOND"]]
        if "-f" not in more:
            words += ["-f", "none"]
        for key, value in self.options.items():
            for item in value if isinstance(value, list) else [value]:
                words += ["-o", f"{key}={item}"]
        return words + list(more)

    def write_secret(self):
        if not self.secret_file.exists():
            self.secret_file.touch(mode=0o600)
            self.secret_file.write_text(self.secret)

    def run(self, *more, **how):
        """The program to its end, not as a daemon: for -t, -T and starts that fail."""
        self.write_secret()
        return subprocess.run(
            self.command(*more), stdin=subprocess.DEVNULL, capture_output=True, text=True,
            env=self.env, timeout=START_SECONDS, check=False, **how)

    def start(self):
        self.write_secret()
        self.log = open(self.log_path, "ab")
        self.process = subprocess.Popen(
            self.command(), stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, env=self.env
        )
        deadline = time.monotonic() + START_SECONDS
        while True:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
                with contextlib.suppress(OSError):
                    s.connect(str(self.socket_path))
                    return self
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.log.close()
                raise AssertionError(f"sessiond did not start:\n{self.log_text()}")
            time.sleep(0.005)  # between two looks at a condition

    def stop(self, sig=signal.SIGTERM):
        """Ends it and returns its exit status; a sanitizer's report makes that non-zero."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(sig)
        status = self.process.wait(timeout=START_SECONDS)
        self.process = None
        self.log.close()
        return status

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *_):
        status = self.stop()
        log = self.log_text()
        if self.own_directory:
            shutil.rmtree(self.directory, ignore_errors=True)
        if kind is None and status != 0:
            raise AssertionError(f"sessiond ended with {status}:\n{log}")

    def beside(self, name):
        """The pid of the process of that name that the daemon has beside it: once it has taken the name."""
        def found():
            children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
            return [int(p) for p in children.split() if Path(f"/proc/{p}/comm").read_text().strip() == name]

        (pid,) = wait_for(found, lambda: f"{name} is not there")
        return pid

    def log_text(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    # The store, as another process at the same file.

    def sql(self, text, *values):
        """Runs one statement and returns its rows."""
        with contextlib.closing(sqlite3.connect(self.store, timeout=START_SECONDS)) as db:
            db.execute("pragma foreign_keys = on")
            with db:
                return db.execute(text, values).fetchall()

    @contextlib.contextmanager
    def writing(self):
        """While inside, no write of the daemon gets through: what is in flight stays there."""
        db = sqlite3.connect(self.store, timeout=START_SECONDS, isolation_level=None)
        with contextlib.closing(db):
            db.execute("begin immediate")
            yield db
            db.execute("rollback")

    def log_has(self, text):
        """Waits until the log has this."""
        wait_for(lambda: text in self.log_text(), lambda: f"{text!r} is not in:\n{self.log_text()}")

    def raw(self):
        s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        s.settimeout(REQUEST_SECONDS)
        s.connect(str(self.socket_path))
        return s

    def connection(self):
        return UnixConnection(self.socket_path)

    def request(self, method, path, headers=None, body=None, connection=None):
        """One request. A dict or list body goes as JSON, with its Content-Type unless given."""
        headers = dict(headers or {})
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        c = connection or self.connection()
        try:
            c.request(method, path, body=body, headers=headers)
            r = c.getresponse()
            return Response(r.status, r.getheaders(), r.read())
        finally:
            if connection is None:
                c.close()

    # What nearly every test does first.

    def post(self, route, body=None, headers=None):
        return self.request("POST", f"/api/auth{route}", headers, {} if body is None else body)

    def get(self, route, headers=None):
        return self.request("GET", f"/api/auth{route}", headers)

    def sign_in(self, email="ann@example.com", password="correct horse battery", headers=None, **more):
        return self.post("/sign-in/email", {"email": email, "password": password, **more}, headers)

    def sign_up(self, email="ann@example.com", password="correct horse battery", **more):
        r = self.post("/sign-up/email", {"name": "Ann", "email": email, "password": password, **more})
        assert r.status == 200, (r.status, r.body)
        return r

    def cookie_header(self, response):
        """The Cookie header of a browser that has just got this response."""
        kept = {n: v for n, (v, attributes) in response.cookies().items() if "Max-Age=0" not in attributes}
        return {"Cookie": "; ".join(f"{n}={v}" for n, v in kept.items())}


class Case(unittest.TestCase):
    """Assertions about answers, and daemons that end with the test."""

    maxDiff = None

    def daemon(self, options=None, **how):
        return self.enterContext(Daemon(options, **how))

    @classmethod
    def shared_daemon(cls, options=None, **how):
        return cls.enterClassContext(Daemon(options, **how))

    def assert_refused(self, r, status, code=None, message=None):
        self.assertEqual((r.status, r.json().get("code")), (status, code), r.body)
        self.assertEqual(r.header("content-type"), "application/json")
        if message is not None:
            self.assertEqual(r.json()["message"], message)

    def assert_validation(self, r, message):
        self.assert_refused(r, 400, "VALIDATION_ERROR", message)
