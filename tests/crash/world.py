"""The processes of one store, and killing them: sessiond, webauthctl and a PAM service."""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "api"))

from harness import Daemon  # noqa: E402
from operations import NotAnswered  # noqa: E402

KILLED = -signal.SIGKILL
OPTIONS = {
    # Enough for all clients at once: a full queue would be an answer that nothing here expects.
    "hash_threads": "2",
    "delete_user": "true",
    "revoke_sessions_on_password_reset": "true",
    "mail_command": "/bin/true",
    "mail_templates": str(Path(__file__).resolve().parents[2] / "etc/mail"),
    "log_level": "warning",
}


class World:
    def __init__(self, directory, tool, pam, module):
        self.daemon = Daemon(OPTIONS, directory=directory)
        self.tool, self.pam = tool, pam
        self.tool_env = {**self.daemon.env, "BETTER_AUTH_SECRET": self.daemon.secret}
        self.lock = threading.Lock()
        self.children = {}
        self.killed = False  # the daemon, in this round
        self.requests = 0
        self.services = Path(directory) / "pam.d"
        self.services.mkdir()
        conf = Path(directory) / "webauth.conf"
        conf.write_text(f"store = sqlite:{self.daemon.store}\n")
        (self.services / "crash").write_text(f"auth required {module} conf={conf}\n")
        self.conf = conf

    def ask(self, method, path, body=None, token=None, connection=None):
        with self.lock:
            self.requests += 1
            n = self.requests
        headers = {"X-Forwarded-For": f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        return self.daemon.request(method, path, headers, body, connection)

    # For the threads of operations.py; each keeps its connection.

    def post(self, who, path, body, token):
        try:
            r = self.ask("POST", path, body, token, who.connection)
        except (OSError, http.client.HTTPException) as e:
            if not self.killed:
                raise
            raise NotAnswered from e
        if r.status != 200:
            raise AssertionError(f"{path}: {r.status} {r.body}")
        return json.loads(r.body)

    def run(self, who, *command, text=None, ends=0):
        """A program to its end, which may be a kill."""
        program = [command[0], "-f", str(self.conf), *command[1:]] if command[0] == self.tool else command
        with self.lock:
            process = subprocess.Popen([str(word) for word in program], env=self.tool_env, text=True,
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            self.children[who] = process
        said, _ = process.communicate(text)
        with self.lock:
            del self.children[who]
        if process.returncode == KILLED:
            raise NotAnswered
        if process.returncode != ends:
            raise AssertionError(f"{command}: ended with {process.returncode}: {said}")

    def reset_token(self, person):
        rows = self.daemon.sql(
            """select "identifier" from "verification" v join "user" u on u."id" = v."value"
               where u."email" = ? and "identifier" like 'reset-password:%' order by v."createdAt" desc, v.rowid desc""",
            person.email)
        assert rows, f"{person.email}: no reset token, though one was asked for"
        return rows[0][0].partition(":")[2]

    def check_with_tool(self):
        found = subprocess.run([self.tool, "-f", self.conf, "store", "check"], env=self.tool_env, text=True,
                               capture_output=True, check=False)
        assert found.returncode == 0, found

    # Lives and deaths.

    def kill(self, random):
        """Some of what runs, or all."""
        daemon = random.random() < 0.8
        if daemon:
            self.killed = True
            self.daemon.process.kill()
        with self.lock:
            for process in self.children.values():
                if not daemon or random.random() < 0.5:
                    process.kill()
        if daemon:
            self.daemon.process.wait()

    def stillborn(self, seconds):
        """A daemon that is killed while it starts: what it finds may be a log to recover, or no store."""
        self.daemon.write_secret()
        with open(self.daemon.log_path, "ab") as log:
            process = subprocess.Popen(self.daemon.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                       env=self.daemon.env)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
        process.kill()
        process.wait()

    def restart(self):
        """If it was killed, and an error if it ended in any other way."""
        d = self.daemon
        if d.process is not None:
            if d.process.poll() is None:
                return
            status = d.stop()
            if status != KILLED:
                raise AssertionError(f"sessiond ended with {status}:\n{d.log_text()}")
        d.start()
        self.killed = False
