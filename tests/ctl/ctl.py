"""What the tests of webauthctl share: a store of their own, and ways to run the tool on it."""

import json
import os
import pty
import select
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
import unittest

TOOL = os.environ["WEBAUTHCTL"]
SECRET = "the tests' secret, long enough for anybody"

# Better Auth's tables without plugins, as its own migration makes them.
NODE_TABLES = """
create table "user" ("id" text not null primary key, "name" text not null,
 "email" text not null unique, "emailVerified" integer not null, "image" text,
 "createdAt" date not null, "updatedAt" date not null);
create table "session" ("id" text not null primary key, "expiresAt" date not null,
 "token" text not null unique, "createdAt" date not null, "updatedAt" date not null,
 "ipAddress" text, "userAgent" text,
 "userId" text not null references "user" ("id") on delete cascade);
create table "account" ("id" text not null primary key, "accountId" text not null,
 "providerId" text not null, "userId" text not null references "user" ("id") on delete cascade,
 "accessToken" text, "refreshToken" text, "idToken" text, "accessTokenExpiresAt" date,
 "refreshTokenExpiresAt" date, "scope" text, "password" text, "createdAt" date not null,
 "updatedAt" date not null);
create table "verification" ("id" text not null primary key, "identifier" text not null,
 "value" text not null, "expiresAt" date not null, "createdAt" date not null,
 "updatedAt" date not null);
"""

# What the admin plugin adds to them.
NODE_ADMIN = """
alter table "user" add column "role" text;
alter table "user" add column "banned" integer default 0;
alter table "user" add column "banReason" text;
alter table "user" add column "banExpires" date;
alter table "session" add column "impersonatedBy" text;
"""

PAST = "2020-01-01T00:00:00.000Z"
FUTURE = "2099-01-01T00:00:00.000Z"


class Result:
    def __init__(self, code, out, err):
        self.code = code
        self.out = out
        self.err = err

    @property
    def json(self):
        return json.loads(self.out)


class Case(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="webauthctl-")
        self.addCleanup(shutil.rmtree, self.dir)
        self.db = self.path("store.db")

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, text, mode=0o600):
        path = self.path(name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(path, mode)
        return path

    def environ(self, **more):
        return {
            "PATH": os.environ["PATH"],
            "BETTER_AUTH_SECRET": SECRET,
            **{k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")},
            **more,
        }

    def arguments(self, *args, file="none"):
        return [TOOL, "-f", file, "--set", f"store=sqlite:{self.db}", *args]

    def run_raw(self, args, stdin="", env=None, **more):
        done = subprocess.run(
            args,
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            capture_output=True,
            timeout=60,
            check=False,
            env=env or self.environ(),
            **more,
        )
        result = Result(
            done.returncode,
            done.stdout.decode("utf-8", "surrogateescape"),
            done.stderr.decode("utf-8", "surrogateescape"),
        )
        self.assertNotIn("Sanitizer", result.err)
        return result

    def ctl(self, *args, stdin="", env=None, file="none"):
        return self.run_raw(self.arguments(*args, file=file), stdin, env)

    def ok(self, *args, **more):
        result = self.ctl(*args, **more)
        self.assertEqual(result.code, 0, result.err)
        return result

    def ok_json(self, *args, **more):
        document = self.ok("-o", "json", *args, **more).json
        self.assertEqual(document["schema"], 1)
        return document

    def fails(self, code, words, *args, **more):
        """It ends so, says so in one line on stderr, and prints no data."""
        result = self.ctl(*args, **more)
        self.assertEqual(result.code, code, result.out + result.err)
        self.assertEqual(result.out, "")
        self.assertTrue(result.err.startswith("webauthctl: "), result.err)
        for word in [words] if isinstance(words, str) else words:
            self.assertIn(word, result.err)
        return result

    def create(self):
        self.ok("store", "create")

    def add_user(self, email="alice@example.com", *args, password="correct horse"):
        return self.ok_json("user", "add", email, "--password-stdin", *args, stdin=password)["user"]

    def sql(self, text, *values):
        with sqlite3.connect(self.db) as db:
            rows = db.execute(text, values).fetchall()
        db.close()
        return rows

    def make_node_store(self, admin):
        db = sqlite3.connect(self.db)
        db.executescript(NODE_TABLES + (NODE_ADMIN if admin else ""))
        db.commit()
        db.close()
        os.chmod(self.db, 0o600)

    def add_session(self, user_id, name, expires=FUTURE, agent="", address="192.0.2.1"):
        self.sql(
            'insert into "session" ("id", "expiresAt", "token", "createdAt", "updatedAt",'
            ' "ipAddress", "userAgent", "userId") values (?, ?, ?, ?, ?, ?, ?, ?)',
            *(name, expires, f"secret-token-{name}", PAST, PAST, address, agent, user_id),
        )

    def sessions(self):
        return {row[0] for row in self.sql('select "id" from "session"')}


class Terminal:
    """The tool on a terminal of its own: what it shows, and what is typed."""

    def __init__(self, case, *args):
        self.shown = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(TOOL, case.arguments(*args), case.environ())

    def read(self, seconds=20):
        ready, _, _ = select.select([self.fd], [], [], seconds)
        try:
            got = os.read(self.fd, 4096) if ready else b""
        except OSError:
            got = b""
        self.shown += got.decode("utf-8", "replace")
        return got != b""

    def expect(self, text):
        while text not in self.shown:
            if not self.read():
                raise AssertionError(f"{text!r} does not come: {self.shown!r}")

    def answer(self, prompt, line):
        self.expect(prompt)
        self.shown = self.shown.split(prompt, 1)[1]
        os.write(self.fd, line.encode())

    def end(self):
        while self.read():
            pass
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        return status

    def code(self):
        return os.waitstatus_to_exitcode(self.end())

    def kill(self, signo):
        os.kill(self.pid, signo)


def wait_for(condition, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return False


def main():
    signal.alarm(110)
    unittest.main()
