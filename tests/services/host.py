"""What the tests of real services share: the system they are on (enter.sh made it ours), the program
that was built installed in it, web users, and the table of who gets in.

Each test names its service and says how to log in; the stack is the one in etc/pam.d, and the lines of
webauth.conf are those that stand in its comment.
"""

import contextlib
import json
import os
import pathlib
import pty
import re
import select
import shutil
import socket
import subprocess
import sys
import threading
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ["BUILD"])

RIGHT = "correct horse 4 battery"
WRONG = "wrong horse 4 battery"
SECONDS = 60

CONF = pathlib.Path("/etc/webauth/webauth.conf")
STORE = pathlib.Path("/var/lib/webauth/webauth.db")
RUN = pathlib.Path("/run/webauth")


def run(*command, user=None, check=True, **how):
    """A command to its end; as that user, with no more rights than theirs."""
    if user is not None:
        command = ["setpriv", "--reuid", user, "--regid", user, "--init-groups", *command]
    if "input" not in how:
        how["stdin"] = subprocess.DEVNULL
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, timeout=SECONDS, check=False,
        **{"text": True, **how})
    if check and done.returncode != 0:
        raise AssertionError(f"{command}: {done.returncode}: {done.stdout}{done.stderr}")
    return done


def wait_for(condition, what):
    """Looks until there is something to see; what() is the complaint."""
    end = time.monotonic() + SECONDS
    while not (found := condition()):
        if time.monotonic() > end:
            raise AssertionError(what())
        time.sleep(0.01)  # between two looks
    return found


def answers(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


class Syslog(threading.Thread):
    """/dev/log, and what was written to it."""

    def __init__(self):
        super().__init__(daemon=True)
        self.lines = []
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("/dev/log")
        os.chmod("/dev/log", 0o666)

    def run(self):
        while True:
            line = self.socket.recv(65536).decode("utf-8", "replace")
            self.lines.append(re.sub(r"^<\d+>", "", line))

    def text(self):
        return "\n".join(self.lines)


class Terminal:
    """A program on a terminal of its own."""

    def __init__(self, command):
        self.shown = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvp(command[0], command)

    def read(self):
        ready, _, _ = select.select([self.fd], [], [], SECONDS)
        try:
            got = os.read(self.fd, 4096) if ready else b""
        except OSError:  # the other side is gone
            got = b""
        self.shown += got.decode("utf-8", "replace")
        return got != b""

    def answer(self, prompt, text):
        while prompt not in self.shown:
            if not self.read():
                raise AssertionError(f"{prompt!r} does not come: {self.shown!r}")
        self.shown = ""
        os.write(self.fd, f"{text}\n".encode())

    def end(self):
        while self.read():
            pass
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        return os.waitstatus_to_exitcode(status)


def install():
    """The programs that were built, where Debian has them, and the users they need."""
    module_dir = next(p for p in pathlib.Path("/usr/lib").glob("*/security/pam_unix.so")).parent
    shutil.copy(BUILD / "pam_webauth/pam_webauth.so", module_dir)
    shutil.copy(BUILD / "tools/webauthctl/webauthctl", "/usr/bin/webauthctl")
    shutil.copy(BUILD / "sessiond/sessiond", "/usr/sbin/sessiond")
    run("systemd-sysusers", ROOT / "etc/sysusers.d/webauth.conf")
    for directory, mode in ((CONF.parent, 0o755), (STORE.parent, 0o700), (RUN, 0o755)):
        directory.mkdir(parents=True, exist_ok=True)
        directory.chmod(mode)
    for directory in (STORE.parent, RUN):
        shutil.chown(directory, "webauth", "webauth")


def example(name):
    return (ROOT / "etc/pam.d" / name).read_text()


def settings_in(text):
    """The lines for webauth.conf that a comment shows: a tab, then a section or a key."""
    return "".join(f"{line}\n" for line in re.findall(r"^#\t(\[pam \S+\]|\w+ = .*)$", text, re.M))


def webauthctl(*args, **how):
    return run("webauthctl", "-o", "json", *args, **how)


class Service(unittest.TestCase):
    """The table, for one service. name() is what each of the people logs in as."""

    service = None  # its name in PAM, and of its example
    unix = False  # gives a Unix account
    runs_as = "root"
    daemon = False  # asks sessiond, because that user may not read the store
    more_conf = ""
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.syslog = Syslog()
        cls.syslog.start()
        install()
        cls.stack()
        cls.people()
        if cls.daemon:
            cls.start_daemon()
        cls.prepare()

    @classmethod
    def stack(cls):
        text = example(cls.service)
        pathlib.Path("/etc/pam.d", cls.service).write_text(text)
        secret = CONF.parent / "secret"
        secret.write_text("for these tests only: 0123456789abcdef")
        secret.chmod(0o600)
        shutil.chown(secret, "webauth", "webauth")
        CONF.write_text(
            f"store = sqlite:{STORE}\nlisten = unix:{RUN}/api.sock\nsecret_file = {secret}\n"
            f"mail_command =\n{cls.more_conf}[pam]\nnodelay = true\n{settings_in(text)}")

    @classmethod
    def people(cls):
        """ann, ben who is banned, zoe whom nobody knows, and una who has a Unix account alone."""
        run("webauthctl", "store", "create", user="webauth")
        for name in ("ann", "ben"):
            webauthctl(
                *("user", "add", f"{name}@example.com", "--username", name, "--verified"),
                "--password-stdin", input=RIGHT)
        if cls.unix:
            for name in ("ann", "ben", "una"):
                run("useradd", "--create-home", "--shell", "/bin/sh", name)
            for name in ("ann", "ben"):
                webauthctl("link", "add", f"{name}@example.com", name)
        cls.app = cls.app_password("ann", cls.service)
        cls.app_of_other = cls.app_password("ann", "other")
        cls.app_of_banned = cls.app_password("ben", cls.service)
        webauthctl("user", "disable", "ben@example.com")

    @classmethod
    def app_password(cls, name, service):
        made = webauthctl(
            "app-password", "add", f"{name}@example.com", "--name", service, "--services", service)
        return json.loads(made.stdout)["appPassword"]["appPassword"]

    @classmethod
    def start(cls, *command, user=None, **how):
        """A program that goes on; the end of the test is its end."""
        if user is not None:
            command = ("setpriv", "--reuid", user, "--regid", user, "--init-groups", *command)
        log = open("/tmp/started.log", "ab")
        process = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log, **how)
        log.close()
        cls.addClassCleanup(process.wait)
        cls.addClassCleanup(process.terminate)
        return process

    @classmethod
    def start_daemon(cls):
        cls.start("sessiond", "-f", CONF, user="webauth")
        wait_for((RUN / "pam.sock").exists, cls.logs)

    @classmethod
    def logs(cls):
        with contextlib.suppress(FileNotFoundError):
            return cls.syslog.text() + "\n" + pathlib.Path("/tmp/started.log").read_text()
        return cls.syslog.text()

    @classmethod
    def prepare(cls):
        """Configures and starts the service."""

    def name(self, person):
        return person

    def login(self, name, secret):
        """Is this name let in with this? True, or False for a refusal; anything else is an error."""
        raise NotImplementedError

    def table(self):
        unknown = "una" if self.unix else "zoe"
        return [
            ("right password", "ann", RIGHT, True),
            ("wrong password", "ann", WRONG, False),
            ("app password", "ann", self.app, True),
            ("app password of another service", "ann", self.app_of_other, False),
            ("banned", "ben", RIGHT, False),
            ("banned, app password", "ben", self.app_of_banned, False),
            ("unknown", unknown, RIGHT, False),
            ("unknown, somebody's app password", unknown, self.app, False),
            ("right password, at last", "ann", RIGHT, True),
        ]

    def test_pam_check_finds_nothing(self):
        done = run("webauthctl", "pam", "check", self.service, "--as", self.runs_as, check=False)
        self.assertEqual((done.returncode, done.stdout), (0, ""))

    def test_who_gets_in(self):
        for what, person, secret, want in self.table():
            with self.subTest(what):
                self.assertEqual(self.login(self.name(person), secret), want, self.logs())

    def test_use_of_an_app_password_is_recorded(self):
        self.assertTrue(self.login(self.name("ann"), self.app))
        listed = json.loads(webauthctl("app-password", "list").stdout)["appPasswords"]
        used = {row["id"]: row["lastUsedAt"] for row in listed}
        self.assertIsNotNone(used[self.app[4:12]])
        self.assertIsNone(used[self.app_of_other[4:12]])

    def test_logs_hold_no_secret(self):
        for secret in (WRONG, self.app):
            self.login(self.name("ann"), secret)
        for secret in (RIGHT, WRONG, self.app[12:]):
            self.assertNotIn(secret, self.syslog.text())


def main():
    unittest.main(argv=sys.argv[:1], verbosity=2)
