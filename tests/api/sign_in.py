"""POST /sign-in/email (contract.md 5.2) and /sign-out (5.3)."""

import hashlib
import os
import subprocess
import unicodedata
import unittest

from harness import Case

PASSWORD = "correct horse battery"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def scrypt(password, salt="36f6602985867d1c4cdd771c632a10ca"):
    """A hash as Node writes it (contract.md 3.1)."""
    text = unicodedata.normalize("NFKC", password).encode()
    key = hashlib.scrypt(text, salt=salt.encode(), n=16384, r=16, p=1, dklen=64, maxmem=2**26)
    return f"{salt}:{key.hex()}"


class SignIn(Case):
    @classmethod
    def setUpClass(cls):
        cls.d = cls.shared_daemon()
        cls.user = cls.d.sign_up().json()["user"]

    def tearDown(self):
        self.d.sql('update "user" set "banned" = 0, "banExpires" = null')

    def test_answers_with_a_session_of_its_own(self):
        first, second = self.d.sign_in(), self.d.sign_in("ANN@Example.com")
        self.assertEqual(list(first.json()), ["redirect", "token", "user"])
        self.assertIs(first.json()["redirect"], False)
        self.assertEqual(first.json()["user"], self.user)
        self.assertNotEqual(first.json()["token"], second.json()["token"])
        self.assertEqual(first.header("set-auth-token").split(".")[0], first.json()["token"])
        self.assertIsNone(first.header("set-auth-jwt"))
        self.assertIsNone(first.header("location"))
        for r in (first, second):
            got = self.d.get("/get-session", self.d.cookie_header(r))
            self.assertEqual(got.json()["session"]["token"], r.json()["token"])

    def test_a_form_signs_in_and_is_answered_with_json(self):
        r = self.d.post("/sign-in/email", "email=ann%40example.com&password=correct+horse+battery", FORM)
        self.assertEqual((r.status, r.header("content-type")), (200, "application/json"))

    def test_a_callback_url_makes_a_redirect_that_is_no_redirect(self):
        for url in ("/dashboard", "/a?b=c#d", "http://localhost:8787/there", "/a b", "/..//x"):
            with self.subTest(url):
                r = self.d.sign_in(callbackURL=url)
                self.assertEqual(r.status, 200)
                self.assertEqual(list(r.json()), ["redirect", "token", "url", "user"])
                self.assertEqual((r.json()["redirect"], r.json()["url"]), (True, url))
                self.assertEqual(r.header("location"), url)

    def test_an_empty_callback_url_is_answered_but_redirects_nobody(self):
        r = self.d.sign_in(callbackURL="")
        self.assertEqual((r.json()["redirect"], r.json()["url"]), (False, ""))
        self.assertIsNone(r.header("location"))

    def test_a_callback_url_cannot_put_anything_into_the_head(self):
        for url in ("/x\r\nSet-Cookie: a=b", "/x\nA: b", "http://localhost:8787/\r\nA: b",
                    "http://localhost:8787/\n", "http://localhost:8787\r\nA: b", "/x\x7f", "/\x01"):
            with self.subTest(url):
                r = self.d.sign_in(callbackURL=url)
                self.assert_refused(r, 403, "INVALID_CALLBACK_URL", "Invalid callbackURL")
                self.assertEqual(r.cookies(), {})

    def test_a_callback_url_of_any_letters_is_answered(self):
        r = self.d.sign_in(callbackURL="/ünï")
        self.assertEqual((r.status, r.json()["url"]), (200, "/ünï"))

    def test_wrong_password_unknown_address_and_no_password_are_the_same_bytes(self):
        self.d.sign_up("social@example.com")
        self.d.sign_up("empty@example.com")
        self.d.sign_up("odd@example.com")
        owner = '(select "id" from "user" where "email" = ?)'
        self.d.sql(f'delete from "account" where "userId" = {owner}', "social@example.com")
        self.d.sql(f'update "account" set "password" = null where "userId" = {owner}', "empty@example.com")
        self.d.sql(f'update "account" set "password" = ? where "userId" = {owner}', "$9$x", "odd@example.com")
        answers = [
            self.d.sign_in("ann@example.com", "wrong password"),
            self.d.sign_in("nobody@example.com", "wrong password"),
            self.d.sign_in("social@example.com"),
            self.d.sign_in("empty@example.com"),
            self.d.sign_in("odd@example.com"),
            self.d.sign_in(password=""),
            self.d.sign_in(password=PASSWORD + " "),
            self.d.sign_in(password=PASSWORD.upper()),
            self.d.sign_in(password=PASSWORD[:-1]),
        ]
        self.assert_refused(answers[0], 401, "INVALID_EMAIL_OR_PASSWORD", "Invalid email or password")
        for r in answers:
            same = [(n, v) for n, v in r.headers if n != "Date"]
            self.assertEqual((r.status, same, r.body), (401, answers[0].headers[1:], answers[0].body))

    def test_a_hash_from_an_account_that_is_not_the_users_own_does_not_count(self):
        self.d.sign_up("moved@example.com")
        self.d.sql('update "account" set "accountId" = ? where "userId" ='
                   ' (select "id" from "user" where "email" = ?)', "other", "moved@example.com")
        self.assertEqual(self.d.sign_in("moved@example.com").status, 401)

    def test_a_failure_changes_nothing(self):
        tables = ("user", "account", "session", "verification")
        before = [self.d.sql(f'select * from "{t}"') for t in tables]
        self.d.sign_in(password="wrong password")
        self.assertEqual(before, [self.d.sql(f'select * from "{t}"') for t in tables])

    def test_an_address_of_no_syntax_is_invalid_email(self):
        for email in ("", "ann", "ann@example", " ann@example.com", "ann@example.com\n"):
            with self.subTest(email):
                self.assert_refused(self.d.sign_in(email), 400, "INVALID_EMAIL", "Invalid email")

    def test_a_password_longer_than_any_is_refused_before_it_is_hashed(self):
        self.assert_refused(self.d.sign_in(password="x" * 129), 400, "PASSWORD_TOO_LONG", "Password too long")
        self.assert_refused(self.d.sign_in(password="🔑" * 65), 400, "PASSWORD_TOO_LONG")
        self.assert_refused(self.d.sign_in(password="x" * 128), 401, "INVALID_EMAIL_OR_PASSWORD")
        self.assert_refused(self.d.sign_in("x", "x" * 129), 400, "INVALID_EMAIL")

    def test_the_schema(self):
        post = self.d.post
        self.assert_validation(
            post("/sign-in/email", {"rememberMe": 1, "callbackURL": None}),
            "[body.email] Invalid input: expected string, received undefined; "
            "[body.password] Invalid input: expected string, received undefined; "
            "[body.callbackURL] Invalid input: expected string, received null; "
            "[body.rememberMe] Invalid input: expected boolean, received number")
        for text, word in (("", "undefined"), ("[]", "array"), ("null", "null")):
            self.assert_validation(post("/sign-in/email", text, {"Content-Type": "application/json"}),
                                   f"[body] Invalid input: expected object, received {word}")

    def test_the_banned_are_told_so_only_with_their_password(self):
        self.d.sql('update "user" set "banned" = 1')
        r = self.d.sign_in()
        self.assert_refused(r, 403, "BANNED_USER")
        self.assertEqual(r.cookies(), {})
        self.assertEqual(self.d.sign_in(password="wrong password").status, 401)
        self.d.sql('update "user" set "banExpires" = ?', "2001-01-01T00:00:00.000Z")
        self.assertEqual(self.d.sign_in().status, 200)
        self.d.sql('update "user" set "banExpires" = ?', "2999-01-01T00:00:00.000Z")
        self.assertEqual(self.d.sign_in().status, 403)

    def test_who_is_disabled_on_the_command_line_is_out_at_once(self):
        d = self.daemon()
        cookie = d.cookie_header(d.sign_up())
        tool = [os.environ["WEBAUTHCTL"], "-f", "none", "--set", f"store=sqlite:{d.store}", "user"]
        subprocess.run([*tool, "disable", "ann@example.com"], check=True, capture_output=True)
        self.assertEqual(d.get("/get-session", cookie).json(), None)
        self.assert_refused(d.sign_in(), 403, "BANNED_USER")
        subprocess.run([*tool, "enable", "ann@example.com"], check=True, capture_output=True)
        self.assertEqual(d.sign_in().status, 200)

    def test_an_unverified_address_is_told_so_only_with_the_password(self):
        d = self.daemon({"require_email_verification": "true"})
        d.sign_up()
        self.assert_refused(d.sign_in(), 403, "EMAIL_NOT_VERIFIED", "Email not verified")
        self.assertEqual(d.sign_in(password="wrong password").status, 401)
        d.sql('update "user" set "emailVerified" = 1')
        self.assertEqual(d.sign_in().status, 200)


class Hashes(Case):
    def test_nodes_hashes_are_verified_by_nfkc(self):
        d = self.daemon({"password_scheme": "scrypt"})
        d.sign_up()
        ((own,),) = d.sql('select "password" from "account"')
        self.assertRegex(own, r"\A[0-9a-f]{32}:[0-9a-f]{128}\Z")
        self.assertEqual(own, scrypt(PASSWORD, own.split(":")[0]))
        vector = ("36f6602985867d1c4cdd771c632a10ca:c0676540eb00a043090cfb27d3f0fb094b14ecf402b6b38edaac09b52e3f89c2"
                  "f06bafbdcf5e0c48816f511a5c2faefb393f55a041de344c7556e99dced888a8")
        self.assertEqual(scrypt("password123"), vector)
        cases = [
            (vector, "password123", 200), (vector, "Password123", 401),
            # contract.md B.4
            (scrypt("pas\u0301sword\u00e9\ufb01"), "pa\u015bsworde\u0301fi", 200),
            (scrypt("pas\u0301sword\u00e9\ufb01"), "passwordefi", 401),
            (scrypt("\u212bngstrom one"), "\u00e5ngstrom one".replace("\u00e5", "A\u030a"), 200),
            (scrypt("\uff50assword"), "password", 200),
        ]
        for hash_text, password, status in cases:
            with self.subTest(password):
                d.sql('update "account" set "password" = ?', hash_text)
                self.assertEqual(d.sign_in(password=password).status, status)

    def test_our_own_hashes_compare_by_nfkc_too(self):
        d = self.daemon({"password_scheme": "argon2id"})
        d.sign_up(password="pas\u0301sword\u00e9\ufb01")
        self.assertTrue(d.sql('select "password" from "account"')[0][0].startswith("$argon2id$"))
        self.assertEqual(d.sign_in(password="pa\u015bsworde\u0301fi").status, 200)
        self.assertEqual(d.sign_in(password="passwordefi").status, 401)

    def test_a_sign_in_makes_an_old_hash_new(self):
        d = self.daemon({"password_scheme": "argon2id"})
        d.sign_up()
        d.sql('update "account" set "password" = ?', scrypt(PASSWORD))
        self.assertEqual(d.sign_in().status, 200)
        self.assertTrue(d.sql('select "password" from "account"')[0][0].startswith("$argon2id$"))
        self.assertEqual(d.sign_in().status, 200)


class Remembering(Case):
    @classmethod
    def setUpClass(cls):
        cls.d = cls.shared_daemon()
        cls.d.sign_up()

    def test_not_to_be_remembered_sets_a_cookie_and_a_day(self):
        r = self.d.sign_in(rememberMe=False)
        self.assertEqual([n for n in r.cookies()],
                         ["better-auth.session_token", "better-auth.dont_remember"])
        for _, attributes in r.cookies().values():
            self.assertEqual(attributes, ["Path=/", "HttpOnly", "SameSite=Lax"])
        ((days,),) = self.d.sql(
            'select julianday("expiresAt") - julianday("createdAt") from "session" where "token" = ?',
            r.json()["token"])
        self.assertAlmostEqual(days, 1, 6)

    def test_to_be_remembered_deletes_an_earlier_cookie_that_is_ours(self):
        before = self.d.cookie_header(self.d.sign_in(rememberMe=False))
        origin = {"Origin": "http://localhost:8787"}
        for more in ({}, {"rememberMe": True}):
            r = self.d.sign_in(headers={**before, **origin}, **more)
            self.assertEqual(r.cookies()["better-auth.dont_remember"],
                             ("", ["Max-Age=0", "Path=/", "HttpOnly", "SameSite=Lax"]))
            self.assertIn("Max-Age=604800", r.cookies()["better-auth.session_token"][1])
        r = self.d.sign_in(headers={"Cookie": "better-auth.dont_remember=true.x", **origin})
        self.assertEqual(list(r.cookies()), ["better-auth.session_token"])

    def test_the_lives_are_configurable(self):
        d = self.daemon({"session_expires_in": "2h", "session_update_age": "1h"})
        r = d.sign_up()
        self.assertIn("Max-Age=7200", r.cookies()["better-auth.session_token"][1])
        ((days,),) = d.sql('select julianday("expiresAt") - julianday("createdAt") from "session"')
        self.assertAlmostEqual(days * 24, 2, 5)


class SignOut(Case):
    @classmethod
    def setUpClass(cls):
        cls.d = cls.shared_daemon()
        cls.d.sign_up()

    def sign_out(self, cookie, body=None):
        return self.d.post("/sign-out", body, {**cookie, "Origin": "http://localhost:8787"})

    def test_ends_this_session_and_no_other(self):
        one, other = (self.d.cookie_header(self.d.sign_in()) for _ in range(2))
        r = self.sign_out(one)
        self.assertEqual((r.status, r.body), (200, b'{"success":true}'))
        gone = ("", ["Max-Age=0", "Path=/", "HttpOnly", "SameSite=Lax"])
        self.assertEqual(list(r.cookies().items()), [
            ("better-auth.session_token", gone), ("better-auth.session_data", gone),
            ("better-auth.dont_remember", gone)])
        self.assertIsNone(r.header("set-auth-token"))
        self.assertEqual(self.d.get("/get-session", one).body, b"null")
        self.assertIsNotNone(self.d.get("/get-session", other).json())

    def test_always_succeeds(self):
        cookie = self.d.cookie_header(self.d.sign_in())
        self.sign_out(cookie)
        for again in (cookie, {}, {"Cookie": "better-auth.session_token=forged.x"}, {"Cookie": "a=b"}):
            r = self.sign_out(again)
            self.assertEqual((r.status, r.body, len(r.cookies())), (200, b'{"success":true}', 3))
        r = self.d.request("POST", "/api/auth/sign-out")
        self.assertEqual((r.status, len(r.cookies())), (200, 3))

    def test_a_forged_cookie_ends_nobodys_session(self):
        r = self.d.sign_in()
        token = r.json()["token"]
        self.sign_out({"Cookie": f"better-auth.session_token={token}"})
        self.sign_out({"Cookie": f"better-auth.session_token={token}.{'A' * 43}%3D"})
        self.assertIsNotNone(self.d.get("/get-session", self.d.cookie_header(r)).json())

    def test_a_bearer_token_signs_out_too(self):
        token = self.d.sign_in().json()["token"]
        bearer = {"Authorization": f"Bearer {token}"}
        self.assertEqual(self.d.post("/sign-out", None, bearer).status, 200)
        self.assertEqual(self.d.get("/get-session", bearer).body, b"null")


if __name__ == "__main__":
    unittest.main()
