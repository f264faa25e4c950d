"""profile = hardened: each default that it changes, and that each can be set by itself."""

import base64
import json
import os
import struct
import tempfile
import time
import unittest
from pathlib import Path

from harness import Case

DAY = 24 * 3600
GOOD = "correct horse battery"
NAME = "__Host-better-auth.session_token"
HARDENED = {"profile": "hardened", "base_url": "https://auth.example.com"}
ORIGIN = {"Origin": "https://auth.example.com"}
VERIFY = "/api/webauth/verify"


class Hardened(Case):
    def start(self, more=None, env=None):
        return self.daemon({**HARDENED, **(more or {})}, env=env)

    def test_fifteen_characters_are_the_least(self):
        d = self.start()
        user = {"name": "Ann", "email": "ann@example.com", "password": "plugh xyzzy 14"}
        self.assert_refused(d.post("/sign-up/email", user), 400, "PASSWORD_TOO_SHORT")
        self.assertEqual(d.sign_up(password="plugh xyzzy 015").status, 200)

    def test_cookies_are_of_this_host_alone(self):
        d = self.start()
        r = d.sign_up()
        value, attributes = r.cookies()[NAME]
        self.assertEqual(sorted(a.split("=")[0] for a in attributes),
                         ["HttpOnly", "Max-Age", "Path", "SameSite", "Secure"])
        self.assertIn("Path=/", attributes)
        cookie = d.cookie_header(r)
        self.assertIsNotNone(d.get("/get-session", cookie).json())
        for other in ("__Secure-better-auth", "better-auth"):
            planted = {"Cookie": f"{other}.session_token={value}"}
            self.assertIsNone(d.get("/get-session", planted).json())
        r = d.post("/sign-out", {}, {**cookie, **ORIGIN})
        self.assertIn("Max-Age=0", r.cookies()[NAME][1])
        self.assertIsNone(d.get("/get-session", cookie).json())

    def test_what_browsers_would_drop_ends_the_start(self):
        for options, words in (({"base_url": "http://localhost:8787"}, "https"),
                               ({"secure_cookies": "false"}, "https"),
                               ({"cookie_domain": "example.com"}, "cookie_domain")):
            d = self.daemon()
            more = {**HARDENED, **options}
            r = d.run("-t", *[w for k, v in more.items() for w in ("-o", f"{k}={v}")])
            self.assertNotEqual(r.returncode, 0)
            self.assertIn("host_cookies", r.stderr)
            self.assertIn(words, r.stderr)

    def test_a_session_ends_though_it_is_used_every_day(self):
        shift = Path(self.enterContext(tempfile.TemporaryDirectory()), "shift")
        shift.write_bytes(bytes(8))
        sanitizer = os.environ.get("ASAN_OPTIONS", "")
        d = self.start(env={"LD_PRELOAD": os.environ["SHIFT_LIB"], "SHIFT": str(shift),
                            "ASAN_OPTIONS": f"{sanitizer}:verify_asan_link_order=0"})
        cookie = d.cookie_header(d.sign_up())

        def at(day, seconds=0):
            with open(shift, "r+b") as f:  # the daemon has it mapped
                f.write(struct.pack("q", day * DAY + seconds))
            return d.get("/get-session", cookie)

        for day in range(1, 30):
            r = at(day)
            self.assertIsNotNone(r.json(), f"day {day}")
        # Minted five minutes before the end, a JWT of fifteen ends with the session.
        self.assertIsNotNone(at(30, -300).json())
        token = d.get("/token", cookie).json()["token"]
        claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
        self.assertLessEqual(claims["exp"], time.time() + 30 * DAY)
        self.assertEqual(d.request("GET", VERIFY, {"Authorization": f"Bearer {token}"}).status, 204)
        self.assertEqual(d.sql('select count(*) from "session"'), [(1,)])
        self.assertIsNone(at(30).json())
        self.assertEqual(d.request("GET", VERIFY, cookie).status, 401)
        self.assertEqual(d.request("GET", VERIFY, {"Authorization": f"Bearer {token}"}).status, 401)
        self.assertEqual(d.sql('select count(*) from "session"'), [(0,)])

    def change(self, d, cookie, **more):
        return d.post("/change-password", {"currentPassword": GOOD, "newPassword": GOOD + " 2", **more},
                      {**cookie, **ORIGIN})

    def test_a_changed_password_ends_the_other_sessions(self):
        for more, others_live in (({}, False), ({"revokeOtherSessions": False}, True)):
            with self.subTest(more):
                d = self.start()
                here = d.cookie_header(d.sign_up())
                there = d.cookie_header(d.sign_in())
                r = self.change(d, here, **more)
                self.assertEqual(r.status, 200, r.body)
                self.assertEqual(d.get("/get-session", there).json() is not None, others_live)
                if not others_live:
                    here = d.cookie_header(r)
                self.assertIsNotNone(d.get("/get-session", here).json())

    def test_a_bearer_token_needs_its_signature(self):
        d = self.start()
        r = d.sign_up()
        bare, signed = r.json()["token"], r.header("set-auth-token")
        for token, live in ((bare, False), (signed, True)):
            r = d.get("/get-session", {"Authorization": f"Bearer {token}"})
            self.assertEqual(r.json() is not None, live)

    def test_each_default_can_be_set_by_itself(self):
        d = self.start({"min_password_length": "8", "host_cookies": "false", "session_max_age": "0"})
        r = d.sign_up(password="plugh xyz")
        self.assertEqual(r.status, 200, r.body)
        self.assertIn("__Secure-better-auth.session_token", r.cookies())

    def test_what_holds_is_printed(self):
        d = self.daemon()
        r = d.run("-T", "-o", "profile=hardened", "-o", "base_url=https://auth.example.com",
                  "-o", "session_max_age=7d")
        self.assertEqual(r.returncode, 0, r.stderr)
        for line in ("profile = hardened", "min_password_length = 15", "session_max_age = 7d",
                     "revoke_sessions_on_password_reset = true",
                     "revoke_sessions_on_password_change = true",
                     "bearer_require_signature = true", "host_cookies = true"):
            self.assertIn(f"\n{line}\n", f"\n{r.stdout}")


unittest.main()
