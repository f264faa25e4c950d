"""A wall clock that somebody sets while the daemon runs: nothing opens, and nobody is shut out for as long as
the jump."""

import os
import struct
import tempfile
import unittest
from pathlib import Path

from harness import Case, wait_for
from mailbag import Mailbox

HOUR = 3600
DAY = 24 * HOUR
CENTURY = 36525 * DAY
PASSWORD = "correct horse battery"
ADDRESS = {"X-Forwarded-For": "192.0.2.1"}
VERIFY = "/api/webauth/verify"


class Clock(Case):
    def setUp(self):
        folder = self.enterContext(tempfile.TemporaryDirectory(prefix="webauth-clock-"))
        self.shift = Path(folder, "shift")
        self.set(0)

    def set(self, seconds):
        """So far is the daemon's clock from ours, from now on."""
        if not self.shift.exists():
            self.shift.write_bytes(bytes(8))
        with open(self.shift, "r+b") as f:
            f.write(struct.pack("q", seconds))

    def shifted(self, options=None):
        sanitizer = os.environ.get("ASAN_OPTIONS", "")
        return self.daemon(options, env={
            "LD_PRELOAD": os.environ["SHIFT_LIB"], "SHIFT": str(self.shift),
            "ASAN_OPTIONS": f"{sanitizer}:verify_asan_link_order=0"})

    def is_live(self, d, cookie):
        return d.get("/get-session", cookie).json() is not None

    def verify(self, d, token):
        return d.request("GET", VERIFY, {"Authorization": f"Bearer {token}"}).status

    def test_ahead_what_has_had_its_time_is_over_and_what_is_new_is_good(self):
        d = self.shifted()
        cookie = d.cookie_header(d.sign_up())
        token = d.get("/token", cookie).json()["token"]
        self.assertEqual(self.verify(d, token), 204)
        for ahead in (8 * DAY, CENTURY):
            with self.subTest(ahead):
                self.set(ahead)
                self.assertFalse(self.is_live(d, cookie))
                self.assertEqual(self.verify(d, token), 401)
                cookie = d.cookie_header(d.sign_in())
                token = d.get("/token", cookie).json()["token"]
                self.assertTrue(self.is_live(d, cookie))
                self.assertEqual(self.verify(d, token), 204)

    def test_back_a_session_goes_on_and_is_not_taken_for_a_fresh_one(self):
        d = self.shifted()
        cookie = d.cookie_header(d.sign_up())
        self.assertEqual(d.get("/list-sessions", cookie).status, 200)
        self.set(-DAY)
        self.assertTrue(self.is_live(d, cookie))
        self.assert_refused(d.get("/list-sessions", cookie), 403, "SESSION_NOT_FRESH")
        cookie = d.cookie_header(d.sign_in())
        self.assertEqual(d.get("/list-sessions", cookie).status, 200)
        self.assertEqual(d.post("/sign-out", None, {**cookie, "Origin": "http://localhost:8787"}).status, 200)
        self.assertFalse(self.is_live(d, cookie))

    def test_back_no_token_of_the_future_counts_and_new_ones_do(self):
        d = self.shifted()
        cookie = d.cookie_header(d.sign_up())
        token = d.get("/token", cookie).json()["token"]
        self.assertEqual(self.verify(d, token), 204)
        self.set(-DAY)
        self.assertEqual(self.verify(d, token), 401)
        token = d.get("/token", cookie).json()["token"]
        self.assertEqual(self.verify(d, token), 204)

    def test_back_who_must_wait_does_not_wait_for_the_clock(self):
        d = self.shifted()
        d.sign_up()
        for n in range(5):
            d.sign_in(password=f"wrong {n}", headers=ADDRESS)
        # Of the next few seconds, so that a slow machine does not wait it out.
        d.sql("""update "webauth_guess" set "updatedAt" = strftime('%Y-%m-%dT%H:%M:%fZ', "updatedAt", '+30 seconds')""")
        self.assertEqual(d.sign_in(headers=ADDRESS).status, 401)
        self.set(-DAY)
        self.assertEqual(d.sign_in(headers=ADDRESS).status, 200)

    def test_back_the_rate_limit_begins_anew(self):
        d = self.shifted({"rate_limit": "true"})
        self.set(10 * DAY)
        for n in range(3):
            self.assertEqual(d.sign_in(f"n{n}@example.com", headers=ADDRESS).status, 401)
        self.assertEqual(d.sign_in("n3@example.com", headers=ADDRESS).status, 429)
        self.set(0)
        self.assertEqual(d.sign_in("n4@example.com", headers=ADDRESS).status, 401)

    def test_keys_follow_one_another_there_and_back(self):
        d = self.shifted({"jwt_rotate_every": "30d", "jwt_publish_ahead": "1d"})
        seen = []
        for days in (0, 29.5, 31, 62, 0, -400):
            self.set(int(days * DAY))
            cookie = d.cookie_header(d.sign_up(f"at{days}.{len(seen)}@example.com"))
            token = d.get("/token", cookie).json()["token"]
            self.assertEqual(self.verify(d, token), 204, days)
            seen.append(len(d.get("/jwks").json()["keys"]))
        self.assertEqual(seen[:2], [1, 2])

    def test_back_a_mail_that_failed_does_not_wait_for_the_clock(self):
        box = Mailbox(Path(tempfile.mkdtemp(prefix="webauth-mail-", dir=self.shift.parent)))
        d = self.shifted(box.options)
        d.sign_up()
        box.set("exit 75")
        self.set(10 * DAY)
        d.post("/request-password-reset", {"email": "ann@example.com"})
        wait_for(lambda: box.tries() > 0, lambda: "not tried")
        d.stop()
        box.set("ok")
        self.set(0)
        d.start()
        box.wait(1)


if __name__ == "__main__":
    unittest.main()
