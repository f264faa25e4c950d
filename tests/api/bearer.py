"""The bearer plugin (contract.md 8)."""

import base64
import unittest
from urllib.parse import quote

from harness import Case

EXPOSE = "access-control-expose-headers"


class Bearer(Case):
    @classmethod
    def setUpClass(cls):
        cls.d = cls.shared_daemon()
        cls.r = cls.d.sign_up()
        cls.token = cls.r.json()["token"]
        cls.signed = cls.r.header("set-auth-token")
        cls.cookie = cls.d.cookie_header(cls.r)

    def state(self, authorization, headers=None, daemon=None):
        r = (daemon or self.d).get("/get-session", {"Authorization": authorization, **(headers or {})})
        self.assertEqual(r.status, 200)
        if r.json() is not None:
            return "live"
        return "gone" if r.cookies() else "none"

    def test_the_header_of_the_sign_in_is_taken_back(self):
        self.assertEqual(self.state(f"Bearer {self.signed}"), "live")
        self.assertEqual(self.state(f"Bearer {quote(self.signed, safe='')}"), "live")

    def test_the_scheme_has_no_letter_case_and_the_token_is_trimmed(self):
        for header in (f"bearer {self.token}", f"BEARER {self.signed}", f"Bearer   {self.token}  ",
                       f"Bearer \t{self.token}"):
            with self.subTest(header):
                self.assertEqual(self.state(header), "live")

    def test_other_schemes_are_ignored(self):
        for header in (f"Basic {self.token}", f"Bearer{self.token}", self.token, f"BearerX {self.token}",
                       "Bearer", "Bearer ", f"Token {self.signed}"):
            with self.subTest(header):
                self.assertEqual(self.state(header), "none")
                self.assertEqual(self.state(header, self.cookie), "live")

    def test_a_raw_token_is_accepted(self):
        self.assertEqual(self.state(f"Bearer {self.token}"), "live")
        self.assertEqual(self.state(f"Bearer {self.token[:-1]}"), "gone")
        self.assertEqual(self.state(f"Bearer {self.token} x"), "gone")

    def test_a_raw_token_can_be_refused(self):
        d = self.daemon({"bearer_require_signature": "true"})
        r = d.sign_up()
        self.assertEqual(self.state(f"Bearer {r.json()['token']}", daemon=d), "none")
        self.assertEqual(self.state(f"Bearer {r.json()['token']}", d.cookie_header(r), d), "live")
        self.assertEqual(self.state(f"Bearer {r.header('set-auth-token')}", daemon=d), "live")

    def test_a_bad_signature_is_ignored_and_the_cookie_still_counts(self):
        token, mac = self.signed.split(".")
        wrong = ("B" if mac[0] == "A" else "A") + mac[1:]
        for text in (f"{token}.{wrong}", f"{token}.", f".{mac}", f"{token}.{mac[:-4]}", f"x{token}.{mac}",
                     f"{token}.{mac}.{mac}", f"{token}.x.{mac}", f"{token}.{mac}%zz", f"{token}.{mac}%00"):
            with self.subTest(text):
                self.assertEqual(self.state(f"Bearer {text}"), "none")
                self.assertEqual(self.state(f"Bearer {text}", self.cookie), "live")

    def test_a_token_that_is_fine_but_unknown_beats_a_valid_cookie(self):
        r = self.d.get("/get-session", {"Authorization": f"Bearer {'x' * 32}", **self.cookie})
        self.assertEqual(r.body, b"null")
        self.assertEqual(list(r.cookies()), ["better-auth.session_token", "better-auth.session_data",
                                             "better-auth.dont_remember"])

    def test_a_known_token_beats_another_cookie(self):
        other = self.d.sign_in()
        r = self.d.get("/get-session", {"Authorization": f"Bearer {self.token}", **self.d.cookie_header(other)})
        self.assertEqual(r.json()["session"]["token"], self.token)

    def test_the_other_base64_signs_but_is_no_cookie(self):
        # contract.md 8: it passes the first test and fails the second
        token, mac = self.signed.split(".")
        forms = {mac.rstrip("=")}
        urlsafe = base64.urlsafe_b64encode(base64.b64decode(mac)).decode()
        if urlsafe != mac:
            forms |= {urlsafe}
        forms |= {urlsafe.rstrip("=")}
        for form in forms:
            with self.subTest(form):
                self.assertEqual(self.state(f"Bearer {token}.{form}"), "none")
                self.assertEqual(self.state(f"Bearer {token}.{form}", self.cookie), "none")

    def test_it_is_not_subject_to_the_origin_check(self):
        r = self.d.sign_in()
        r = self.d.post("/sign-out", None, {"Authorization": f"Bearer {r.json()['token']}",
                                            "Origin": "https://evil.test"})
        self.assertEqual(r.status, 200)

    def test_every_answer_that_sets_the_cookie_announces_the_token(self):
        self.assertEqual(self.signed.split(".")[0], self.token)
        self.assertEqual(len(self.signed.split(".")[1]), 44)
        self.assertEqual(quote(self.signed, safe=""), self.r.cookies()["better-auth.session_token"][0])
        for r in (self.r, self.d.sign_in(), self.d.sign_in(rememberMe=False)):
            self.assertEqual(r.header(EXPOSE), "set-auth-token")
        for r in (self.d.get("/get-session", self.cookie), self.d.sign_in(password="wrong password"),
                  self.d.request("POST", "/api/auth/sign-out")):
            self.assertIsNone(r.header("set-auth-token"))

    def test_two_authorizations_are_no_request(self):
        with self.d.raw() as s:
            s.sendall(b"GET /api/auth/get-session HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a\r\n"
                      b"Authorization: Bearer b\r\n\r\n")
            self.assertTrue(s.recv(100).startswith(b"HTTP/1.1 400 "))


if __name__ == "__main__":
    unittest.main()
