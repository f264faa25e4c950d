"""The routes that send or consume mails (contract.md 5.6 to 5.8), and the way mails take."""

import base64
import hmac
import json
import os
import signal
import socketserver
import shutil
import subprocess
import tempfile
import threading
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote, urlencode

from harness import Case, Daemon, wait_for
from mailbag import Mail, Mailbox

ANN = "ann@example.com"
PASSWORD = "correct horse battery"
NEW = "a quite different one"
ORIGIN = {"Origin": "http://localhost:8787"}
RESET_SENT = "If this email exists in our system, check your email for the reset link"


def jwt(secret, claims, header=None, alg="sha256"):
    def part(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=")

    head = part(json.dumps(header or {"alg": "HS256"}).encode())
    text = head + b"." + part(json.dumps(claims).encode())
    return (text + b"." + part(hmac.digest(secret.encode(), text, alg))).decode()


class MailCase(Case):
    """A daemon with a mailbox, and a user."""

    def mailed(self, options=None, **how):
        directory = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="mailbox-")))
        self.box = Mailbox(directory / "box")
        return self.daemon({**self.box.options, **(options or {})}, **how)

    def signed_up(self, d, email=ANN, **more):
        r = d.sign_up(email, **more)
        return {**d.cookie_header(r), **ORIGIN} if r.json()["token"] else None

    def outbox(self, d):
        return d.sql('select "kind", "recipient", "attempts", "lastError" from "webauth_outbox"')

    def wait_empty(self, d):
        wait_for(lambda: self.outbox(d) == [], lambda: f"still there: {self.outbox(d)}")

    def reset_token(self, d, redirect="/new", email=ANN):
        n = len(self.box.mails())
        r = d.post("/request-password-reset", {"email": email, "redirectTo": redirect})
        self.assertEqual((r.status, r.json()), (200, {"status": True, "message": RESET_SENT}))
        return self.box.wait(n + 1)[n]


class HandedOver(MailCase):
    """By an administrator (webauthctl user reset-link), where no mail is sent at all."""

    def test_a_link_that_was_handed_over_is_good_once(self):
        d = self.daemon({"pages": "true"})
        self.signed_up(d)
        made = subprocess.run(
            [os.environ["WEBAUTHCTL"], "-f", "none", "-o", "json", "--set", f"store=sqlite:{d.store}", "--set", "pages=true",
             "--set", "base_url=http://localhost:8787", "user", "reset-link", ANN],
            capture_output=True, text=True, env=d.env, timeout=60, check=True)
        link = json.loads(made.stdout)["user"]["resetLink"]
        target = link.removeprefix("http://localhost:8787")
        r = d.request("GET", target)
        token = link.split("/")[-1].split("?")[0]
        self.assertEqual((r.status, r.header("location")),
                         (302, f"http://localhost:8787/auth/reset-password?token={token}"))
        page = r.header("location").removeprefix("http://localhost:8787")
        self.assertIn(token, d.request("GET", page).body.decode())

        r = d.post("/reset-password", {"newPassword": NEW, "token": token})
        self.assertEqual((r.status, r.json()), (200, {"status": True}))
        self.assertEqual(d.sign_in(password=NEW).status, 200)
        self.assertEqual(d.sign_in(password=PASSWORD).status, 401)

        self.assert_refused(
            d.post("/reset-password", {"newPassword": PASSWORD, "token": token}), 400, "INVALID_TOKEN")
        self.assertIn("error=INVALID_TOKEN", d.request("GET", target).header("location"))
        self.assertEqual(d.sign_in(password=NEW).status, 200)
        self.assertNotIn(token, d.log_text())


class Reset(MailCase):
    def test_link_leads_to_the_page_and_the_page_to_a_new_password(self):
        d = self.mailed()
        self.signed_up(d)
        mail = self.reset_token(d, "/new?y=1")
        self.assertEqual(mail.message["to"], ANN)
        self.assertEqual(mail.subject, "Reset your password for localhost")
        self.assertIn(mail.url().replace("&", "&amp;"), mail.html)
        self.assertRegex(mail.url(), r"^http://localhost:8787/api/auth/reset-password/[a-zA-Z0-9]{24}"
                         r"\?callbackURL=%2Fnew%3Fy%3D1$")
        r = d.request("GET", mail.target())
        token = mail.url().split("/")[-1].split("?")[0]
        self.assertEqual((r.status, r.body, r.header("location")),
                         (302, b"", f"http://localhost:8787/new?y=1&token={token}"))
        r = d.post("/reset-password", {"newPassword": NEW, "token": token})
        self.assertEqual((r.status, r.json(), r.all("set-cookie")), (200, {"status": True}, []))
        self.assertEqual(d.sign_in(password=NEW).status, 200)
        self.assertEqual(d.sign_in(password=PASSWORD).status, 401)
        self.assertIn("was changed", self.box.wait(2)[1].subject)
        self.wait_empty(d)

        # Used up, here and at the link.
        self.assert_refused(
            d.post("/reset-password", {"newPassword": NEW, "token": token}), 400, "INVALID_TOKEN")
        r = d.request("GET", mail.target())
        self.assertEqual(r.header("location"), "http://localhost:8787/new?y=1&error=INVALID_TOKEN")
        # The token is nowhere in the log.
        self.assertNotIn(token, d.log_text())

    def test_the_token_may_stand_in_the_query(self):
        d = self.mailed()
        self.signed_up(d)
        token = self.reset_token(d).url().split("/")[-1].split("?")[0]
        r = d.post(f"/reset-password?token={token}", {"newPassword": NEW})
        self.assertEqual(r.status, 200)

    def test_without_a_page_the_link_ends_on_our_error_page(self):
        d = self.mailed()
        self.signed_up(d)
        r = d.post("/request-password-reset", {"email": ANN})
        self.assertEqual(r.status, 200)
        mail = self.box.wait(1)[0]
        self.assertTrue(mail.url().endswith("?callbackURL="))
        self.assertEqual(d.request("GET", mail.target()).header("location"),
                         "http://localhost:8787/api/auth/error?error=INVALID_TOKEN")

    def test_who_has_no_account_gets_the_same_answer_and_nothing_is_left(self):
        d = self.mailed()
        self.signed_up(d)
        known = d.post("/request-password-reset", {"email": ANN.upper()})
        unknown = d.post("/request-password-reset", {"email": "bob@example.com"})
        long = d.post("/request-password-reset", {"email": "a" * 400 + "@example.com"})
        for r in (unknown, long):
            self.assertEqual((r.status, r.body), (known.status, known.body))
            self.assertEqual(sorted(k for k, _ in r.headers), sorted(k for k, _ in known.headers))
        self.box.wait(1)
        self.wait_empty(d)
        self.assertEqual(d.sql('select count(*) from "verification"'), [(1,)])
        self.assertEqual(len(self.box.mails()), 1)

    def test_a_stranger_cannot_fill_a_mailbox(self):
        d = self.mailed()
        self.signed_up(d)
        ask = lambda route, ip: d.post(route, {"email": ANN}, {"X-Forwarded-For": ip})
        for i in range(8):
            route = ("/request-password-reset", "/send-verification-email")[i % 2]
            self.assertEqual(ask(route, "192.0.2.1").status, 200)
        self.box.wait(5)
        self.wait_empty(d)
        # The pauses begin with a second: a slow machine may see one more.
        self.assertLess(len(self.box.mails()), 8)
        n = len(self.box.mails())
        self.assertEqual(ask("/request-password-reset", "192.0.2.2").status, 200)
        self.box.wait(n + 1)
        # Neither does it keep anybody from signing in.
        self.assertEqual(d.sign_in().status, 200)

    def test_refusals_in_their_order(self):
        d = self.mailed()
        self.signed_up(d)
        token = self.reset_token(d).url().split("/")[-1].split("?")[0]
        post = lambda **body: d.post("/reset-password", body)
        self.assert_validation(post(), "[body.newPassword] Invalid input: expected string, received undefined")
        self.assert_validation(post(newPassword=NEW, token=5),
                               "[body.token] Invalid input: expected string, received number")
        self.assert_refused(post(newPassword="short"), 400, "INVALID_TOKEN", "Invalid token")
        self.assert_refused(post(newPassword=NEW, token=""), 400, "INVALID_TOKEN")
        self.assert_refused(post(newPassword="short", token="x"), 400, "PASSWORD_TOO_SHORT")
        self.assert_refused(post(newPassword="x" * 129, token="x"), 400, "PASSWORD_TOO_LONG")
        self.assert_refused(post(newPassword="password1", token="x"), 400, "PASSWORD_COMPROMISED")
        self.assert_refused(post(newPassword=NEW, token="x"), 400, "INVALID_TOKEN")
        self.assertEqual(d.sign_in().status, 200)
        d.sql('delete from "user"')
        self.assert_refused(post(newPassword=NEW, token=token), 400, "USER_NOT_FOUND", "User not found")

        self.assert_validation(d.post("/request-password-reset", {"email": "x"}),
                               "[body.email] Invalid email address")
        self.assert_refused(
            d.post("/request-password-reset", {"email": ANN, "redirectTo": "https://evil.test"}),
            403, "INVALID_REDIRECT_URL", "Invalid redirectURL")
        self.assert_refused(
            d.post("/request-password-reset", {"email": ANN, "redirectTo": "/" + "x" * 2048}),
            403, "INVALID_REDIRECT_URL")
        self.assertEqual(
            d.post("/request-password-reset", {"email": ANN, "redirectTo": "/" + "x" * 2047}).status, 200)
        self.assert_validation(
            d.get("/reset-password/x"),
            "[query.callbackURL] Invalid input: expected string, received undefined")
        self.assert_refused(d.get("/reset-password/x?callbackURL=https%3A%2F%2Fevil.test"),
                            403, "INVALID_CALLBACK_URL", "Invalid callbackURL")

    def test_an_expired_token_is_none(self):
        d = self.mailed()
        self.signed_up(d)
        mail = self.reset_token(d)
        token = mail.url().split("/")[-1].split("?")[0]
        d.sql('update "verification" set "expiresAt" = ?', "2020-01-01T00:00:00.000Z")
        self.assertIn("error=INVALID_TOKEN", d.request("GET", mail.target()).header("location"))
        self.assert_refused(
            d.post("/reset-password", {"newPassword": NEW, "token": token}), 400, "INVALID_TOKEN")
        self.assertEqual(d.sign_in().status, 200)

    def test_of_those_who_use_a_token_at_once_one_succeeds(self):
        d = self.mailed({"hash_threads": "2"})
        self.signed_up(d)
        token = self.reset_token(d).url().split("/")[-1].split("?")[0]
        with ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(
                lambda i: d.post("/reset-password", {"newPassword": f"password {i}", "token": token}),
                range(6)))
        won = [i for i, r in enumerate(answers) if r.status == 200]
        self.assertEqual(len(won), 1)
        self.assertEqual({r.status for r in answers}, {200, 400})
        self.assertEqual(d.sign_in(password=f"password {won[0]}").status, 200)

    def test_other_tokens_and_on_demand_the_sessions_end_with_it(self):
        for revoke in ("false", "true"):
            with self.subTest(revoke=revoke):
                d = self.mailed({"revoke_sessions_on_password_reset": revoke})
                cookie = self.signed_up(d)
                self.signed_up(d, "bob@example.com")
                bobs = self.reset_token(d, email="bob@example.com")
                first, second = (self.reset_token(d).url().split("/")[-1].split("?")[0] for _ in "12")
                self.assertEqual(
                    d.post("/reset-password", {"newPassword": NEW, "token": second}).status, 200)
                self.assert_refused(
                    d.post("/reset-password", {"newPassword": NEW, "token": first}), 400, "INVALID_TOKEN")
                self.assertIn("token=", d.request("GET", bobs.target()).header("location"))
                self.assertEqual(
                    d.get("/get-session", cookie).json() is None, revoke == "true")

    def test_a_user_without_a_password_gets_one(self):
        d = self.mailed()
        self.signed_up(d)
        d.sql('delete from "account"')
        token = self.reset_token(d).url().split("/")[-1].split("?")[0]
        self.assertEqual(d.post("/reset-password", {"newPassword": NEW, "token": token}).status, 200)
        self.assertEqual(d.sign_in(password=NEW).status, 200)

    def test_without_a_mail_command_it_says_so(self):
        d = self.daemon({"mail_command": "", "change_email": "true"})
        cookie = self.signed_up(d)
        self.assert_refused(d.post("/request-password-reset", {"email": ANN}), 400,
                            "RESET_PASSWORD_DISABLED", "Reset password isn't enabled")
        self.assert_refused(d.post("/send-verification-email", {"email": ANN}), 400,
                            "VERIFICATION_EMAIL_NOT_ENABLED", "Verification email isn't enabled")
        self.assert_refused(d.post("/change-email", {"newEmail": "b@example.com"}, cookie), 400, None,
                            "Verification email isn't enabled")


class Verify(MailCase):
    def test_sign_up_mails_a_link_that_verifies(self):
        d = self.mailed({"require_email_verification": "true"})
        self.assertIsNone(d.sign_up(callbackURL="/hi?x=1#f").json()["token"])
        self.assert_refused(d.sign_in(), 403, "EMAIL_NOT_VERIFIED")
        mail = self.box.wait(1)[0]
        self.assertEqual(mail.subject, "Confirm your e-mail address for localhost")
        self.assertEqual(mail.query()["callbackURL"], "/hi?x=1#f")
        r = d.request("GET", mail.target())
        self.assertEqual((r.status, r.body, r.header("location"), r.all("set-cookie")),
                         (302, b"", "/hi?x=1#f", []))
        self.assertEqual(d.sign_in().status, 200)
        # Again: the same.
        self.assertEqual(d.request("GET", mail.target()).header("location"), "/hi?x=1#f")
        token = mail.query()["token"]
        r = d.get(f"/verify-email?token={token}")
        self.assertEqual((r.status, r.json()), (200, {"status": True, "user": None}))
        self.assertEqual(len(self.box.mails()), 1)

    def test_when_sign_up_mails(self):
        for options, mails in (({}, 0), ({"send_on_sign_up": "true"}, 1),
                               ({"require_email_verification": "true", "send_on_sign_up": "false"}, 0)):
            with self.subTest(options):
                d = self.mailed(options)
                d.sign_up()
                if mails:
                    self.assertEqual(self.box.wait(1)[0].query()["callbackURL"], "/")
                self.wait_empty(d)
                self.assertEqual(len(self.box.mails()), mails)
        # Of a sign-up that is none, nothing.
        self.assertEqual(d.post("/sign-up/email", {"name": "", "email": ANN, "password": PASSWORD}).status, 200)
        self.assertEqual(self.outbox(d), [])

    def test_sign_in_mails_again_only_for_the_right_password(self):
        d = self.mailed({"require_email_verification": "true", "send_on_sign_up": "false",
                         "send_on_sign_in": "true"})
        d.sign_up()
        self.assert_refused(d.sign_in(password="wrong password"), 401, "INVALID_EMAIL_OR_PASSWORD")
        self.assertEqual((self.outbox(d), self.box.mails()), ([], []))
        self.assert_refused(d.sign_in(callbackURL="/there"), 403, "EMAIL_NOT_VERIFIED")
        mail = self.box.wait(1)[0]
        self.assertEqual(d.request("GET", mail.target()).header("location"), "/there")
        self.assertEqual(d.sign_in().status, 200)

    def test_verifying_signs_in_where_that_is_configured(self):
        d = self.mailed({"require_email_verification": "true", "auto_sign_in_after_verification": "true"})
        d.sign_up()
        r = d.request("GET", self.box.wait(1)[0].target())
        self.assertEqual((r.status, r.header("location")), (302, "/"))
        self.assertEqual(d.get("/get-session", d.cookie_header(r)).json()["user"]["emailVerified"], True)
        # Whoever was verified before gets no session from an old link.
        r = d.request("GET", self.box.wait(1)[0].target())
        self.assertEqual((r.status, r.all("set-cookie")), (302, []))
        self.assertEqual(d.sql('select count(*) from "session"'), [(1,)])

    def test_a_session_of_ones_own_is_kept(self):
        d = self.mailed({"send_on_sign_up": "true", "auto_sign_in_after_verification": "true"})
        cookie = self.signed_up(d)
        r = d.request("GET", self.box.wait(1)[0].target(), cookie)
        self.assertEqual(r.status, 302)
        self.assertIn("better-auth.session_token", r.cookies())
        self.assertEqual(d.sql('select count(*) from "session"'), [(1,)])

    def test_send_verification_email(self):
        d = self.mailed()
        cookie = self.signed_up(d)
        self.signed_up(d, "bob@example.com")
        d.sql('update "user" set "emailVerified" = 1 where "email" like \'bob%\'')
        send = lambda email, headers=None, **more: d.post(
            "/send-verification-email", {"email": email, **more}, headers)
        for email in (ANN.upper(), "bob@example.com", "nobody@example.com", "a" * 400 + "@x.co"):
            r = send(email)
            self.assertEqual((r.status, r.body), (200, b'{"status":true}'))
        self.box.wait(1)
        self.wait_empty(d)
        self.assertEqual([m.to for m in self.box.mails()], [ANN])

        self.assert_refused(send("bob@example.com", cookie), 400, "EMAIL_MISMATCH", "Email mismatch")
        self.assertEqual(send(ANN.upper(), cookie, callbackURL="/x").status, 200)
        self.assertEqual(self.box.wait(2)[1].query()["callbackURL"], "/x")
        self.assertEqual(d.request("GET", self.box.mails()[0].target()).status, 302)
        self.assert_refused(send(ANN, cookie), 400, "EMAIL_ALREADY_VERIFIED", "Email is already verified")
        self.assert_validation(send("x"), "[body.email] Invalid email address")
        self.assert_refused(send(ANN, callbackURL="//evil.test"), 403, "INVALID_CALLBACK_URL")

    def test_refusals_go_to_the_page_that_the_link_was_to_end_on(self):
        d = self.mailed()
        self.signed_up(d)
        ((user_id,),) = d.sql('select "id" from "user"')
        now = int(time.time())
        good = {"email": ANN, "userId": user_id, "iat": now, "exp": now + 60}
        cases = {
            "INVALID_TOKEN": [
                "x", "a.b.c", jwt("another secret of more than 32 characters", good),
                jwt(d.secret, {**good, "userId": "other"}), jwt(d.secret, {**good, "email": "x"}),
                jwt(d.secret, good, {"alg": "none"}), jwt(d.secret, good, {"alg": "HS512"}, "sha512"),
                jwt(d.secret, {k: v for k, v in good.items() if k != "exp"}),
                jwt(d.secret, {**good, "updateTo": "n@example.com", "requestType": "x"}),
            ],
            "TOKEN_EXPIRED": [jwt(d.secret, {**good, "exp": now - 1})],
            "USER_NOT_FOUND": [jwt(d.secret, {**good, "email": "nobody@example.com"})],
        }
        for code, tokens in cases.items():
            for token in tokens:
                with self.subTest(code=code, token=token):
                    query = urlencode({"token": token})
                    self.assert_refused(d.get(f"/verify-email?{query}"), 401, code)
                    r = d.get(f"/verify-email?{query}&callbackURL={quote('/hi?x=1#frag', safe='')}")
                    self.assertEqual((r.status, r.header("location")),
                                     (302, f"/hi?x=1&error={code}#frag"))
        self.assertEqual(d.sql('select "emailVerified" from "user"'), [(0,)])
        self.assert_validation(
            d.get("/verify-email"), "[query.token] Invalid input: expected string, received undefined")
        self.assert_refused(d.get("/verify-email?token=x&callbackURL=https://evil.test"),
                            403, "INVALID_CALLBACK_URL")
        # Node's token verifies.
        r = d.get(f"/verify-email?token={jwt(d.secret, good)}")
        self.assertEqual((r.status, r.json()), (200, {"status": True, "user": None}))
        self.assertEqual(d.sql('select "emailVerified" from "user"'), [(1,)])

    def test_our_token_is_one_that_node_accepts(self):
        """HS256 over the two first segments, with the secret: all that jose looks at."""
        d = self.mailed({"send_on_sign_up": "true"})
        self.signed_up(d)
        head, claims, mac = self.box.wait(1)[0].query()["token"].split(".")
        pad = lambda s: base64.urlsafe_b64decode(s + "=" * (-len(s) % 4))
        self.assertEqual(json.loads(pad(head))["alg"], "HS256")
        self.assertEqual(pad(mac), hmac.digest(d.secret.encode(), f"{head}.{claims}".encode(), "sha256"))
        claims = json.loads(pad(claims))
        self.assertEqual(claims["exp"], claims["iat"] + 3600)
        self.assertEqual(set(claims), {"email", "userId", "iat", "exp"})


class Change(MailCase):
    NEW = "new@example.com"

    def changing(self, verified, **options):
        d = self.mailed({"change_email": "true", **options})
        cookie = self.signed_up(d)
        d.sql('update "user" set "emailVerified" = ?', int(verified))
        return d, cookie

    def change(self, d, cookie, email=NEW, **more):
        return d.post("/change-email", {"newEmail": email, **more}, cookie)

    def emails(self, d):
        return d.sql('select "email", "emailVerified" from "user" order by 1')

    def test_a_verified_address_changes_by_a_link_at_the_new_one(self):
        d, cookie = self.changing(True)
        token = self.reset_token(d)
        r = self.change(d, cookie, "New@Example.COM", callbackURL="/done")
        self.assertEqual((r.status, r.body), (200, b'{"status":true}'))
        self.assertEqual(self.emails(d), [(ANN, 1)])
        mail = self.box.wait(2)[1]
        self.assertEqual(mail.to, self.NEW)
        r = d.request("GET", mail.target(), cookie)
        self.assertEqual((r.status, r.header("location")), (302, "/done"))
        self.assertIn("better-auth.session_token", r.cookies())
        self.assertEqual(self.emails(d), [(self.NEW, 1)])
        notice = self.box.wait(3)[2]
        self.assertEqual(notice.to, ANN)
        self.assertIn(self.NEW, notice.text)
        # The link is used up, and so is the reset token that went to the old address.
        r = d.request("GET", mail.target(), cookie)
        self.assertEqual(r.header("location"), "/done?error=USER_NOT_FOUND")
        self.assertIn("error=", d.request("GET", token.target()).header("location"))

    def test_without_a_page_the_user_is_the_answer(self):
        d, cookie = self.changing(True)
        self.change(d, cookie)
        token = self.box.wait(1)[0].query()["token"]
        r = d.get(f"/verify-email?token={token}")
        self.assertEqual((r.status, r.all("set-cookie")), (200, []))
        self.assertEqual((r.json()["status"], r.json()["user"]["email"]), (True, self.NEW))

    def test_confirmation_goes_to_the_old_address_first(self):
        d, cookie = self.changing(True, change_email_confirmation="true")
        self.assertEqual(self.change(d, cookie, callbackURL="/done").status, 200)
        first = self.box.wait(1)[0]
        self.assertEqual(first.to, ANN)
        self.assertIn(self.NEW, first.text)
        r = d.get(f"/verify-email?token={first.query()['token']}")
        self.assertEqual((r.status, r.body), (200, b'{"status":true}'))
        second = self.box.wait(2)[1]
        self.assertEqual((second.to, self.emails(d)), (self.NEW, [(ANN, 1)]))
        self.assertEqual(d.request("GET", second.target()).header("location"), "/")
        self.assertEqual(self.emails(d), [(self.NEW, 1)])

    def test_an_unverified_address_changes_by_a_link_or_at_once(self):
        d, cookie = self.changing(False)
        self.change(d, cookie)
        self.assertEqual(d.request("GET", self.box.wait(1)[0].target()).status, 302)
        self.assertEqual(self.emails(d), [(self.NEW, 0)])

        d, cookie = self.changing(False, change_email_unverified="true")
        r = self.change(d, cookie)
        self.assertEqual((r.status, r.body), (200, b'{"status":true}'))
        self.assertIn("better-auth.session_token", r.cookies())
        self.assertEqual(self.emails(d), [(self.NEW, 0)])
        mails = {m.to: m for m in self.box.wait(2)}
        self.assertEqual(d.request("GET", mails[self.NEW].target()).status, 302)
        self.assertEqual(self.emails(d), [(self.NEW, 1)])
        self.assertIn("was changed", mails[ANN].subject)

    def test_a_taken_address_is_answered_alike_and_stays_whose_it_is(self):
        for unverified in ("false", "true"):
            d, cookie = self.changing(False, change_email_unverified=unverified)
            self.signed_up(d, self.NEW)
            r = self.change(d, cookie)
            self.assertEqual((r.status, r.body, r.all("set-cookie")), (200, b'{"status":true}', []))
            self.assertEqual(self.emails(d), [(ANN, 0), (self.NEW, 0)])
            self.assertEqual(self.outbox(d), [])
            self.assertEqual(self.box.mails(), [])

    def test_an_address_that_was_taken_meanwhile_is_not_given(self):
        d, cookie = self.changing(True)
        self.change(d, cookie)
        token = self.box.wait(1)[0].query()["token"]
        self.signed_up(d, self.NEW)
        self.assert_refused(d.get(f"/verify-email?token={token}"), 401, "INVALID_TOKEN")

    def test_refusals_in_their_order(self):
        d, cookie = self.changing(True)
        self.assert_validation(self.change(d, None, "x"), "[body.newEmail] Invalid email address")
        self.assert_refused(self.change(d, None), 401, "UNAUTHORIZED")
        self.assert_refused(self.change(d, cookie, ANN.upper()), 400, None, "Email is the same")
        self.assert_refused(self.change(d, cookie, callbackURL="https://evil.test"),
                            403, "INVALID_CALLBACK_URL")
        off = self.mailed()
        self.assert_refused(self.change(off, self.signed_up(off)), 400, "CHANGE_EMAIL_DISABLED",
                            "Change email is disabled")

    def test_somebody_else_cannot_follow_the_link(self):
        d, cookie = self.changing(True)
        bob = self.signed_up(d, "bob@example.com")
        self.change(d, cookie)
        token = self.box.wait(1)[0].query()["token"]
        self.assert_refused(d.get(f"/verify-email?token={token}", bob), 401, "INVALID_USER", "Invalid user")

    def test_node_tokens_of_the_older_kind_verify_afterwards(self):
        d, _ = self.changing(True)
        ((user_id,),) = d.sql('select "id" from "user"')
        now = int(time.time())
        claims = {"email": ANN, "updateTo": self.NEW, "userId": user_id, "iat": now, "exp": now + 60}
        r = d.get(f"/verify-email?token={jwt(d.secret, claims)}")
        self.assertEqual(r.json()["user"]["emailVerified"], False)
        mails = {m.to: m for m in self.box.wait(2)}
        self.assertEqual(d.request("GET", mails[self.NEW].target()).status, 302)
        self.assertEqual(self.emails(d), [(self.NEW, 1)])


class Delete(MailCase):
    def test_the_mailed_link_deletes(self):
        d = self.mailed({"delete_user": "true", "delete_user_verification": "true"})
        cookie = self.signed_up(d)
        r = d.post("/delete-user", {"callbackURL": "/bye"}, cookie)
        self.assertEqual((r.status, r.json()),
                         (200, {"success": True, "message": "Verification email sent"}))
        mail = self.box.wait(1)[0]
        self.assertEqual(mail.query()["callbackURL"], "/bye")
        self.assertIn("1 day", mail.text)
        self.assert_refused(d.request("GET", mail.target()), 404, "FAILED_TO_GET_USER_INFO")
        r = d.request("GET", mail.target(), cookie)
        self.assertEqual((r.status, r.header("location")), (302, "/bye"))
        self.assertEqual(d.sql('select count(*) from "user"'), [(0,)])

    def test_without_a_mail_command_it_does_not_start(self):
        d = Daemon({"delete_user_verification": "true", "mail_command": ""})
        self.assertIn("mail_command", d.run("-t").stderr)
        shutil.rmtree(d.directory)


class Message(MailCase):
    def test_names_and_sites_of_any_script_arrive(self):
        d = self.mailed({"send_on_sign_up": "true", "site_name": "Bäckerei & Söhne",
                         "mail_from": "Die Bäckerei <post@shop.example.com>"})
        d.sign_up(name="Zoë Šimůnek")
        mail = self.box.wait(1)[0]
        self.assertTrue(mail.raw.isascii())
        self.assertEqual(mail.subject, "Confirm your e-mail address for Bäckerei & Söhne")
        self.assertEqual(mail.message["from"], "Die Bäckerei <post@shop.example.com>")
        self.assertIn("Hello Zoë Šimůnek,", mail.text)
        self.assertIn("Bäckerei &amp; Söhne", mail.html)
        self.assertEqual(mail.message["auto-submitted"], "auto-generated")
        self.assertTrue(mail.message["message-id"].endswith("@shop.example.com>"))
        self.assertEqual(mail.message.get_content_type(), "multipart/alternative")
        self.assertLessEqual(max(map(len, mail.raw.splitlines())), 998)

    def test_nothing_that_a_stranger_chooses_gets_into_the_header_or_between_the_tags(self):
        d = self.mailed({"send_on_sign_up": "true"})
        names = ["a\r\nBcc: evil@example.com", "<script>alert(1)</script>", "http://evil.example.com",
                 "--\n.\n", "{url}", "=?utf-8?q?x?="]
        for i, name in enumerate(names):
            d.sign_up(f"u{i}@example.com", name=name)
        mails = self.box.wait(len(names))
        for mail in mails:
            self.assertEqual(mail.message.keys(), [
                "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version",
                "Content-Type"])
            self.assertNotIn("evil", mail.raw.decode())
            self.assertNotIn("<script", mail.html)
            self.assertEqual(mail.message.defects, [])
        for address in ("a@example.com\r\nBcc: b@example.com", "a@example.com,b@example.com", "-f@"):
            self.assert_validation(d.post("/request-password-reset", {"email": address}),
                                   "[body.email] Invalid email address")

    def test_the_command_sees_neither_secret_nor_token(self):
        d = self.mailed({"send_on_sign_up": "true"}, env={"BETTER_AUTH_SECRET": "s" * 40, "HOME": "/x"})
        d.sign_up()
        mail = self.box.wait(1)[0]
        (seen,) = self.box.directory.glob("try-*")
        arguments, environment = eval(seen.read_text())
        self.assertEqual(arguments[1:], [str(self.box.directory)])
        self.assertLessEqual(set(environment) - {"LC_CTYPE"}, {"PATH", "HOME", "USER", "LOGNAME", "TZ"})
        self.assertNotIn(mail.query()["token"], seen.read_text() + d.log_text())


class Outbox(MailCase):
    def signing_up(self, options=None, mode="ok", **how):
        d = self.mailed({"send_on_sign_up": "true", **(options or {})}, **how)
        self.box.set(mode)
        d.sign_up()
        return d

    def wait_attempts(self, d, n):
        wait_for(lambda: (self.outbox(d) or [(0, 0, 0)])[0][2] >= n, lambda: str(self.outbox(d)))

    def test_a_server_that_is_down_loses_nothing(self):
        d = self.signing_up(mode="fail 3")
        self.box.wait(1)
        self.assertEqual(self.box.tries(), 4)
        self.wait_empty(d)
        self.assertEqual(d.log_text().count("mail_failed"), 3)
        self.assertIn("exit status 75", d.log_text())

    def test_pauses_double_and_the_reason_is_in_the_store(self):
        d = self.signing_up({"mail_retry": "1h"}, mode="exit 75")
        wait_for(lambda: self.outbox(d)[0][3], lambda: str(self.outbox(d)))
        self.assertEqual(self.outbox(d), [("verify-email", ANN, 1, "exit status 75")])
        ((pause,),) = d.sql('select 24 * (julianday("nextAttemptAt") - julianday(\'now\')) from "webauth_outbox"')
        self.assertTrue(0.7 < pause < 1.3, pause)

    def test_a_command_that_hangs_is_killed_and_others_go_on(self):
        d = self.signing_up({"mail_timeout": "3s"}, mode="hang")
        d.log_has("mail_failed")
        self.assertIn("killed", d.log_text())
        self.box.set("ok")
        self.box.wait(1)
        self.wait_empty(d)

    def test_a_command_or_template_that_is_missing_is_told_and_waited_for(self):
        d = self.mailed({"send_on_sign_up": "true", "mail_command": "/nonexistent/sendmail -t"})
        d.log_has("/nonexistent/sendmail: No such file or directory; mails wait")
        d.sign_up()
        self.wait_attempts(d, 2)
        empty = self.enterContext(tempfile.TemporaryDirectory())
        d = self.mailed({"send_on_sign_up": "true", "mail_templates": empty})
        d.log_has(".txt: No such file")
        d.sign_up()
        self.wait_attempts(d, 2)
        shutil.copytree(self.box.templates, empty, dirs_exist_ok=True)
        self.box.wait(1)

    def test_a_daemon_that_is_killed_leaves_its_mails_to_the_next(self):
        d = self.mailed({"send_on_sign_up": "true", "mail_command": "/nonexistent/sendmail",
                         "mail_retry": "1h"})
        d.sign_up()
        self.assertEqual(len(self.outbox(d)), 1)
        d.stop(signal.SIGKILL)
        d.sql('update "webauth_outbox" set "nextAttemptAt" = "createdAt"')
        d.options.update(self.box.options)
        d.start()
        self.box.wait(1)
        self.wait_empty(d)

    def test_a_mail_that_a_dead_daemon_had_taken_comes_back(self):
        d = self.signing_up(mode="hang")
        (command,) = wait_for(self.box.pids, lambda: "not tried")
        d.stop(signal.SIGKILL)
        # Nobody waits for it any more, and the next daemon must not send beside it.
        wait_for(lambda: not Path(f"/proc/{command}").exists(), lambda: "the command lives on")
        self.assertEqual(len(self.outbox(d)), 1)
        d.sql('update "webauth_outbox" set "nextAttemptAt" = "createdAt"')  # the claim runs out
        self.box.set("ok")
        d.start()
        self.box.wait(1)
        self.wait_empty(d)

    def test_a_daemon_without_its_mail_process_ends_and_keeps_the_mails(self):
        """It could start no other: who has started the daemon starts both anew."""
        d = self.signing_up(mode="hang")
        (command,) = wait_for(self.box.pids, lambda: "not tried")
        self.addCleanup(os.kill, command, signal.SIGKILL)  # under systemd, the unit's end is its end
        os.kill(d.beside("sessiond-mail"), signal.SIGKILL)
        wait_for(lambda: d.process.poll() is not None, lambda: "runs on")
        self.assertEqual(d.stop(), 1)
        self.assertIn("the process sessiond-mail has ended", d.log_text())
        self.assertEqual(len(self.outbox(d)), 1)
        self.box.set("ok")
        d.sql('update "webauth_outbox" set "nextAttemptAt" = "createdAt"')
        d.start()
        self.box.wait(1)

    @unittest.skipIf(os.geteuid() != 0, "only root looks into a process that is undumpable")
    def test_the_mail_process_has_nothing_of_the_daemons(self):
        secret = "the-secret-in-the-environment-1234567890"
        d = self.mailed({"secret_file": ""}, env={"BETTER_AUTH_SECRET": secret})
        beside = Path(f"/proc/{d.beside('sessiond-mail')}")
        files = [os.readlink(p) for p in (beside / "fd").iterdir() if int(p.name) > 2]
        self.assertEqual([f.split(":")[0] for f in files], ["socket"])
        for process in (beside, Path(f"/proc/{d.process.pid}")):
            self.assertNotIn(secret.encode(), (process / "environ").read_bytes())

    def test_two_daemons_on_one_store_send_each_mail_once(self):
        d = self.mailed({"send_on_sign_up": "true"})
        other = self.daemon({**self.box.options, "send_on_sign_up": "true", "store": f"sqlite:{d.store}"},
                            secret=d.secret)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda i: (d, other)[i % 2].sign_up(f"u{i}@example.com"), range(8)))
        self.box.wait(8)
        self.wait_empty(d)
        self.assertEqual(sorted(m.to for m in self.box.mails()),
                         sorted(f"u{i}@example.com" for i in range(8)))

    def test_a_full_outbox_is_the_administrators_trouble(self):
        d = self.mailed({"mail_command": "/nonexistent/sendmail", "mail_retry": "1h"})
        self.signed_up(d)
        d.sql('with recursive n(i) as (select 1 union all select i + 1 from n where i < 10000)'
              ' insert into "webauth_outbox" select \'m\' || i, \'verify-email\', \'x\' || i || \'@example.com\','
              ' \'x\', null, null, \'2099-01-01T00:00:00.000Z\', \'2099-01-01T00:00:00.000Z\', 0, null from n')
        ask = lambda: d.post("/request-password-reset", {"email": ANN})
        r = ask()
        self.assertEqual((r.status, r.json()["message"]), (200, RESET_SENT))
        d.log_has("mail_lost")
        d.sql('delete from "webauth_outbox" where "id" = \'m1\'')
        ask()
        self.assertEqual(d.sql('select count(*) from "webauth_outbox" where "recipient" = ?', ANN), [(1,)])

    def test_one_address_takes_ten_places_at_most(self):
        d = self.mailed({"mail_command": "/nonexistent/sendmail", "mail_retry": "1h"})
        self.signed_up(d)
        for i in range(12):
            r = d.post("/request-password-reset", {"email": ANN}, {"X-Forwarded-For": f"192.0.2.{i}"})
            self.assertEqual(r.status, 200)
        self.assertEqual(d.sql('select count(*) from "webauth_outbox"'), [(10,)])

    def test_a_mail_that_keeps_failing_is_dropped_in_the_end(self):
        d = self.signing_up({"mail_give_up": "1s"}, mode="exit 75")
        d.log_has("mail_dropped")
        self.wait_empty(d)

    def test_connections_may_end_while_a_program_is_being_started(self):
        """The child has a copy of each descriptor until it becomes the program."""
        d = self.signing_up({"mail_retry": "10ms", "mail_command": "/bin/false", "log_level": "error"})
        with ThreadPoolExecutor(4) as pool:
            for r in pool.map(lambda _: d.get("/ok"), range(1500)):
                self.assertEqual(r.status, 200)

    def test_stopping_lets_the_running_mail_finish(self):
        d = self.signing_up(mode="slow")
        self.box.wait(1)
        self.assertEqual(d.stop(), 0)
        self.assertEqual(self.outbox(d), [])

    def test_stopping_does_not_wait_for_one_that_hangs(self):
        d = self.signing_up({"stop_timeout": "200ms"}, mode="hang")
        wait_for(lambda: self.box.tries() > 0, lambda: "not tried")
        begun = time.monotonic()
        self.assertEqual(d.stop(), 0)
        self.assertLess(time.monotonic() - begun, 20)
        self.assertEqual(len(self.outbox(d)), 1)

    def test_a_command_or_sender_that_can_never_work_ends_the_start(self):
        for key, value in (("mail_command", "sendmail -t"), ("mail_from", "nobody"),
                           ("mail_from", "a@b\nBcc: c@d")):
            d = Daemon({"mail_command": "/bin/true", key: value})
            r = d.run("-t")
            self.assertEqual(r.returncode, 1, (key, value))
            self.assertIn(key, r.stderr)
            shutil.rmtree(d.directory)


class Sink(socketserver.StreamRequestHandler):
    """As much SMTP as msmtp speaks."""

    def handle(self):
        say = lambda text: self.wfile.write(f"{text}\r\n".encode())
        say("220 sink")
        for line in self.rfile:
            verb = line.split()[0].upper() if line.split() else b""
            if verb in (b"EHLO", b"HELO"):
                say("250 sink")
            elif verb == b"RCPT" and self.server.refuse:
                say("451 not now")
            elif verb == b"DATA":
                say("354 go on")
                lines = []
                while (text := self.rfile.readline()) not in (b".\r\n", b""):
                    lines.append(text[1:] if text.startswith(b".") else text)
                self.server.got.append(b"".join(lines).replace(b"\r\n", b"\n"))
                say("250 taken")
            elif verb == b"QUIT":
                say("221 bye")
                return
            else:
                say("250 ok")


@unittest.skipUnless(shutil.which("msmtp"), "no msmtp")
class Smtp(MailCase):
    """A real sendmail program, and a server that it speaks SMTP with."""

    def test_a_mail_arrives_when_the_server_takes_it(self):
        server = self.enterContext(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Sink))
        server.daemon_threads = True
        server.got, server.refuse = [], True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.shutdown)
        program = shutil.which("msmtp")
        d = self.mailed({
            "send_on_sign_up": "true",
            "mail_command": f"{program} --file=/dev/null --host=127.0.0.1"
                            f" --port={server.server_address[1]} --tls=off --auth=off"
                            " --read-envelope-from -t -i"})
        d.sign_up(name="Zoë")
        d.log_has("exit status")
        self.assertEqual(len(self.outbox(d)), 1)
        server.refuse = False
        wait_for(lambda: server.got, d.log_text)
        self.wait_empty(d)
        mail = Mail(server.got[0])
        self.assertIn("Hello Zoë,", mail.text)
        self.assertEqual(d.request("GET", mail.target()).status, 302)
        self.assertEqual(d.sql('select "emailVerified" from "user"'), [(1,)])


if __name__ == "__main__":
    unittest.main()
