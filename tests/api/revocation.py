"""Revoked means revoked: a thousand validations of each way in race each kind of revocation, and none
that was sent after the revocation had been answered succeeds."""

import os
import subprocess
import sys
import threading
import time
import unittest
from urllib.parse import urlencode

from harness import Case

PASSWORD = "correct horse battery"
VALIDATIONS = 1000  # of each way, sent after the revocation was answered
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


class Racer(threading.Thread):
    """Asks again and again over one connection, and notes when it sent what was answered with yes."""

    def __init__(self, d, name, request, says_yes):
        super().__init__()
        self.d, self.name, self.request, self.says_yes = d, name, request, says_yes
        self.first_yes = threading.Event()
        self.revoked = threading.Event()
        self.last_yes = None
        self.after = 0
        self.error = None

    def run(self):
        try:
            c = self.d.connection()
            while self.after < VALIDATIONS:
                revoked = self.revoked.is_set()
                sent = time.monotonic()
                r = self.d.request(*self.request, connection=c)
                if self.says_yes(r):
                    self.last_yes = sent
                    self.first_yes.set()
                    if revoked:
                        break
                self.after += revoked
            c.close()
        except Exception as e:
            self.error = e
        finally:
            self.first_yes.set()


class Revocation(Case):
    def setUp(self):
        self.d = self.daemon()
        self.d.sign_up()
        r = self.d.sign_in()
        self.token = r.json()["token"]
        self.cookie = self.d.cookie_header(r)
        answer = self.d.get("/get-session", self.cookie)
        self.jwt = answer.header("set-auth-jwt")
        self.sid = answer.json()["session"]["id"]

    def racers(self):
        verify = ("GET", "/api/webauth/verify")
        introspect = ("POST", "/api/webauth/introspect", FORM)
        let_in = lambda r: r.status == 204
        active = lambda r: r.json()["active"]
        session = lambda r: r.json() is not None
        for name, request, says_yes in (
            ("get-session, cookie", ("GET", "/api/auth/get-session", self.cookie), session),
            ("get-session, bearer", ("GET", "/api/auth/get-session", bearer(self.token)), session),
            ("verify, cookie", (*verify, self.cookie), let_in),
            ("verify, session token", (*verify, bearer(self.token)), let_in),
            ("verify, JWT", (*verify, bearer(self.jwt)), let_in),
            ("introspect, session token", (*introspect, urlencode({"token": self.token})), active),
            ("introspect, JWT", (*introspect, urlencode({"token": self.jwt})), active),
        ):
            yield Racer(self.d, name, request, says_yes)

    def race(self, revoke):
        racers = list(self.racers())
        for r in racers:
            r.start()
        for r in racers:
            r.first_yes.wait()
        revoke()
        answered = time.monotonic()
        for r in racers:
            r.revoked.set()
        for r in racers:
            r.join()
            with self.subTest(r.name):
                self.assertIsNone(r.error)
                self.assertIsNotNone(r.last_yes, "never said yes")
                self.assertLess(r.last_yes, answered)
                self.assertEqual(r.after, VALIDATIONS)

    def ctl(self, *words):
        subprocess.run([os.environ["WEBAUTHCTL"], "-f", "none", "--set", f"store=sqlite:{self.d.store}", *words],
                       check=True, stdin=subprocess.DEVNULL, capture_output=True)

    def assert_ok(self, r):
        self.assertEqual(r.status, 200, r.body)

    def test_by_signing_out(self):
        self.race(lambda: self.assert_ok(self.d.post("/sign-out", None, bearer(self.token))))

    def test_by_another_session(self):
        other = bearer(self.d.sign_in().json()["token"])
        self.race(lambda: self.assert_ok(self.d.post("/revoke-session", {"token": self.token}, other)))

    def test_by_all_others(self):
        other = bearer(self.d.sign_in().json()["token"])
        self.race(lambda: self.assert_ok(self.d.post("/revoke-other-sessions", {}, other)))

    def test_by_a_password_change(self):
        other = bearer(self.d.sign_in().json()["token"])
        body = {"currentPassword": PASSWORD, "newPassword": "another horse battery", "revokeOtherSessions": True}
        self.race(lambda: self.assert_ok(self.d.post("/change-password", body, other)))

    def test_by_killing_it_with_webauthctl(self):
        self.race(lambda: self.ctl("session", "kill", self.sid))

    def test_by_disabling_the_user_with_webauthctl(self):
        self.race(lambda: self.ctl("user", "disable", "ann@example.com"))

    def another_process(self, sql):
        code = ("import sqlite3, sys; db = sqlite3.connect(sys.argv[1], timeout=30); "
                "db.execute(sys.argv[2]); db.commit()")
        subprocess.run([sys.executable, "-c", code, str(self.d.store), sql], check=True)

    def test_by_another_process_at_the_file(self):
        self.race(lambda: self.another_process(f"DELETE FROM session WHERE id = '{self.sid}'"))

    def test_by_a_ban_of_another_process(self):
        # As Better Auth's admin plugin does: the sessions stay, the user may not use them.
        self.race(lambda: self.another_process("UPDATE user SET banned = 1"))

    def test_by_an_end_that_another_process_sets(self):
        self.race(lambda: self.another_process(
            "UPDATE session SET expiresAt = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-1 seconds')"))


if __name__ == "__main__":
    unittest.main()
