#!/usr/bin/env python3
"""The audit log as the web writes it: a golden list of what leaves which record, and what leaves none."""

import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

from harness import Case
from mailbag import Mailbox

RIGHT = "correct horse battery"
NEW = "another horse battery"
EMAIL = "ann@example.com"
ORIGIN = {"Origin": "http://localhost:8787"}
FROM = {"X-Forwarded-For": "192.0.2.1", "User-Agent": "agent/1"}


class Audit(Case):
    def ctl(self, d, *args):
        command = [os.environ["WEBAUTHCTL"], "-f", "none", "--set", f"store=sqlite:{d.store}", "-o", "json"]
        done = subprocess.run([*command, *args], capture_output=True, text=True, env=d.env, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def events(self, d):
        """Oldest first, without those of the daemon itself."""
        found = self.ctl(d, "audit", "list")["events"][::-1]
        return [e for e in found if e["door"] != "self"]

    def told(self, d, after=0):
        return [(e["event"], e["reason"], e["detail"]) for e in self.events(d)[after:]]

    def headers(self, d, response):
        return {**d.cookie_header(response), **ORIGIN, **FROM}


class Golden(Audit):
    def setUp(self):
        self.d = self.daemon({"delete_user": "true", "change_email": "true",
                              "change_email_unverified": "true", "secure_cookies": "false"})

    def test_each_thing_that_happens_leaves_its_record_and_no_other(self):
        d = self.d
        ann = self.headers(d, d.sign_up(EMAIL, RIGHT))
        d.sign_in(EMAIL, "wrong", FROM)
        signed_in = d.sign_in(EMAIL, RIGHT, FROM)
        d.sign_in("hunter2@example.com", "wrong", FROM)
        self.assertEqual(d.get("/get-session", ann).status, 200)
        self.assertEqual(d.get("/token", ann).status, 200)
        d.post("/update-user", {"name": "Ann Lee"}, ann)
        d.post("/change-password", {"currentPassword": "wrong one", "newPassword": NEW}, ann)
        d.post("/change-password", {"currentPassword": RIGHT, "newPassword": NEW}, ann)
        d.post("/verify-password", {"password": "another wrong one"}, ann)
        d.post("/verify-password", {"password": NEW}, ann)
        d.post("/change-email", {"newEmail": "lee@example.com"}, ann)
        d.post("/sign-out", None, self.headers(d, signed_in))
        d.post("/sign-out", None, self.headers(d, signed_in))
        d.post("/revoke-other-sessions", None, ann)
        d.sign_in("lee@example.com", NEW)
        d.post("/revoke-other-sessions", None, ann)
        made = d.request("POST", "/api/webauth/app-passwords", ann, {"name": "phone"}).json()["id"]
        d.request("POST", "/api/webauth/app-passwords/revoke", ann, {"id": made})
        d.request("POST", "/api/webauth/app-passwords/revoke", ann, {"id": made})
        self.assertEqual(d.post("/delete-user", {"password": NEW}, ann).status, 200)
        events = [e for e in self.told(d) if e[0] != "authz_admin"]
        self.assertEqual(events, [
            ("user_created", None, None),
            ("authn_login_fail", "BAD_CREDENTIALS", None),
            ("authn_login_successafterfail", None, None),
            ("authn_login_fail", "BAD_CREDENTIALS", None),
            ("user_updated", None, "profile"),
            ("authn_password_change_fail", "PASSWORD_WRONG", None),
            ("authn_password_change", None, None),
            ("authn_login_fail", "PASSWORD_WRONG", None),
            ("user_updated", None, f"e-mail address, was {EMAIL}"),
            ("session_expired", None, "sign-out"),
            ("authn_login_successafterfail", None, None),
            ("session_expired", None, "revoked: all others, 1"),
            ("authn_token_created", None, f"app password {made}"),
            ("authn_token_revoked", None, f"app password {made}"),
            ("user_deleted", None, None),
        ])

    def test_a_record_says_who_whence_and_which_session(self):
        d = self.d
        user = d.sign_up(EMAIL, RIGHT).json()["user"]["id"]
        d.sign_in(EMAIL.upper(), RIGHT, FROM)
        event = self.events(d)[-1]
        session, = d.sql('select "id" from "session" where "userAgent" = ?', "agent/1")[0]
        self.assertEqual(
            {k: event[k] for k in ("event", "level", "userId", "email", "name", "door", "address", "agent",
                                   "sessionId", "actor")},
            {"event": "authn_login_success", "level": "INFO", "userId": user, "email": EMAIL,
             "name": EMAIL.upper(), "door": "web", "address": "192.0.2.1", "agent": "agent/1",
             "sessionId": session, "actor": None})

    def test_a_password_typed_for_a_name_is_not_in_the_store(self):
        self.d.sign_in("My.Secret.Password@example.com", "wrong", FROM)
        dump = self.d.sql('select * from "webauth_audit"') + self.d.sql('select * from "webauth_guess"')
        self.assertNotIn("secret", repr(dump).lower())
        event = self.events(self.d)[-1]
        self.assertEqual((event["event"], event["userId"]), ("authn_login_fail", None))
        self.assertRegex(event["name"], "^#[0-9a-f]{32}$")

    def test_session_checks_write_nothing(self):
        d = self.d
        ann = self.headers(d, d.sign_up(EMAIL, RIGHT))
        d.get("/token", ann)
        before = d.sql('select count(*) from "webauth_audit"')
        stamp = d.store.with_name("webauth.db-wal").stat()
        for _ in range(5):
            d.get("/get-session", ann)
            d.get("/token", ann)
            d.get("/list-sessions", ann)
            d.request("GET", "/api/webauth/verify", ann)
            d.get("/get-session", {"Cookie": "better-auth.session_token=forged"})
        after = d.store.with_name("webauth.db-wal").stat()
        self.assertEqual(d.sql('select count(*) from "webauth_audit"'), before)
        self.assertEqual((after.st_size, after.st_mtime_ns), (stamp.st_size, stamp.st_mtime_ns))

    def test_a_stranger_who_must_wait_writes_no_more(self):
        d = self.d
        d.sign_up(EMAIL, RIGHT)
        for n in range(30):
            d.sign_in(EMAIL, f"wrong {n}", FROM)
        told = self.told(d, 1)
        self.assertEqual(told[:5], [("authn_login_fail", "BAD_CREDENTIALS", None)] * 5)
        self.assertEqual(told[5], ("authn_login_lock", None, "maxretries: account from this address"))
        # A wait of a second may have run out on a slow machine.
        self.assertLess(len(told), 15)

    def test_who_acts_in_a_users_place_is_named(self):
        d = self.d
        ann = self.headers(d, d.sign_up(EMAIL, RIGHT))
        d.sql('update "session" set "impersonatedBy" = ?', "the-admin")
        d.post("/update-user", {"name": "Ann Lee"}, ann)
        self.assertEqual(self.events(d)[-1]["actor"], "the-admin")

    def test_start_and_stop_are_recorded(self):
        d = self.d
        d.stop()
        d.start()
        found = [e["event"] for e in self.ctl(d, "audit", "list")["events"][::-1] if e["door"] == "self"]
        self.assertEqual(found, ["sys_startup", "sys_shutdown", "sys_startup"])

    def test_the_chain_is_whole_after_all_this(self):
        d = self.d
        ann = self.headers(d, d.sign_up(EMAIL, RIGHT))
        d.sign_in(EMAIL, RIGHT, FROM)
        d.post("/revoke-sessions", None, ann)
        chain = self.ctl(d, "audit", "verify")["chain"]
        self.assertEqual(chain["rows"], chain["last"])
        self.assertEqual(chain["first"], 1)


class Unwritable(Audit):
    def test_nothing_happens_that_cannot_be_recorded(self):
        d = self.daemon({"secure_cookies": "false"})
        ann = self.headers(d, d.sign_up(EMAIL, RIGHT))
        d.get("/token", ann)  # makes the signing key, which is recorded too
        d.sql('create trigger "full" before insert on "webauth_audit" begin select raise(abort, \'full\'); end')
        self.assertEqual(d.sign_in(EMAIL, RIGHT, FROM).status, 500)
        self.assertEqual(d.sign_in(EMAIL, "wrong", FROM).status, 500)
        self.assertEqual(d.post("/sign-out", None, ann).status, 500)
        body = {"name": "B", "email": "b@example.com", "password": RIGHT}
        self.assertGreaterEqual(d.post("/sign-up/email", body).status, 400)
        # What only reads goes on.
        self.assertEqual(d.get("/get-session", ann).json()["user"]["email"], EMAIL)
        self.assertEqual(d.sql('select count(*) from "user"'), [(1,)])


class Mailed(Audit):
    def setUp(self):
        directory = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="mailbox-")))
        self.box = Mailbox(directory / "box")
        self.d = self.daemon({**self.box.options, "require_email_verification": "true", "delete_user": "true",
                              "auto_sign_in_after_verification": "true", "delete_user_verification": "true",
                              "secure_cookies": "false"})

    def test_links_and_what_they_do_are_recorded(self):
        d = self.d
        d.sign_up(EMAIL, RIGHT)
        d.sign_in(EMAIL, RIGHT, FROM)
        d.post("/send-verification-email", {"email": EMAIL})
        ann = self.headers(d, d.request("GET", self.box.wait(2)[1].target(), FROM))
        d.post("/request-password-reset", {"email": EMAIL})
        d.post("/request-password-reset", {"email": "nobody@example.com"})
        token = self.box.wait(3)[2].url().split("/")[-1].split("?")[0]
        d.post("/reset-password", {"newPassword": NEW, "token": token})
        d.post("/reset-password", {"newPassword": NEW, "token": token})
        d.post("/delete-user", None, ann)
        self.box.wait(5)
        self.assertEqual(self.told(d), [
            ("user_created", None, None),
            ("authn_login_fail", "EMAIL_NOT_VERIFIED", None),
            ("authn_token_created", None, "verification link"),
            ("user_updated", None, "e-mail address verified"),
            ("session_created", None, None),
            ("authn_token_created", None, "reset link"),
            ("authn_token_created", "USER_UNKNOWN", "reset link"),
            ("authn_password_change", None, "reset link"),
            ("authn_token_created", None, "deletion link"),
        ])
        dump = repr(d.sql('select * from "webauth_audit"'))
        self.assertNotIn(token, dump)
        self.assertNotIn("nobody", dump)


if __name__ == "__main__":
    unittest.main()
