"""/api/webauth/app-passwords: a signed-in user's own secrets for programs."""

import unittest

from harness import Case, from_now

PATH = "/api/webauth/app-passwords"
ORIGIN = {"Origin": "http://localhost:8787"}


class AppPasswords(Case):
    def setUp(self):
        self.d = self.daemon()
        self.ann = self.headers(self.d.sign_up())
        self.bob = self.headers(self.d.sign_up("bob@example.com"))

    def headers(self, signed_up):
        return {**self.d.cookie_header(signed_up), **ORIGIN}

    def create(self, headers=None, **body):
        return self.d.request("POST", PATH, headers or self.ann, {"name": "phone", **body})

    def made(self, headers=None, **body):
        r = self.create(headers, **body)
        self.assertEqual(r.status, 200, r.body)
        self.assertEqual(r.header("cache-control"), "no-store")
        return r.json()

    def list(self, headers=None):
        r = self.d.request("GET", PATH, headers or self.ann)
        self.assertEqual(r.status, 200, r.body)
        return r.json()

    def revoke(self, ident, headers=None):
        return self.d.request("POST", f"{PATH}/revoke", headers or self.ann, {"id": ident})

    def test_it_is_shown_once_and_listed_without_its_secret(self):
        self.assertEqual(self.list(), [])
        made = self.made(services=["dovecot", "vsftpd"], expiresIn=3600)
        text = made.pop("appPassword")
        self.assertRegex(text, r"^wap_[0-9a-hjkmnp-tv-z]{38}$")
        self.assertEqual(made["services"], ["dovecot", "vsftpd"])
        self.assertIsNone(made["lastUsedAt"])
        self.assertEqual(self.list(), [made])
        self.assertEqual(list(made), ["id", "name", "services", "createdAt", "lastUsedAt", "expiresAt"])
        self.assertIsNone(self.made()["expiresAt"])
        self.assertNotIn(text[12:], self.d.log_text())

    def test_each_user_sees_and_revokes_only_their_own(self):
        anns = self.made()["id"]
        bobs = self.made(self.bob)["id"]
        self.assertEqual([p["id"] for p in self.list(self.bob)], [bobs])
        self.assert_refused(self.revoke(anns, self.bob), 404, "NOT_FOUND")
        self.assert_refused(self.revoke("never was", self.bob), 404, "NOT_FOUND")
        r = self.revoke(anns)
        self.assertEqual((r.status, r.json()), (200, {"status": True}))
        self.assertEqual(self.list(), [])
        self.assert_refused(self.revoke(anns), 404, "NOT_FOUND")
        self.assertEqual(len(self.list(self.bob)), 1)

    def test_without_a_session_nothing_is_told(self):
        for method, path in (("GET", PATH), ("POST", PATH), ("POST", f"{PATH}/revoke")):
            body = None if method == "GET" else {"name": "x", "id": "x"}
            self.assert_refused(self.d.request(method, path, body=body), 401, "UNAUTHORIZED")

    def test_a_foreign_page_makes_none(self):
        for origin in ({}, {"Origin": "https://evil.example"}):
            headers = {"Cookie": self.ann["Cookie"], **origin}
            self.assertEqual(self.create(headers).status, 403)
            self.assertEqual(self.revoke("x", headers).status, 403)
        self.assertEqual(self.list(), [])

    def test_an_old_sign_in_makes_none_but_revokes(self):
        made = self.made()["id"]
        self.d.sql('update "session" set "createdAt" = ?', from_now(days=-2))
        self.assert_refused(self.create(), 403, "SESSION_NOT_FRESH")
        self.assertEqual(len(self.list()), 1)
        self.assertEqual(self.revoke(made).status, 200)

    def test_nobody_makes_one_in_anothers_place(self):
        self.d.sql('update "session" set "impersonatedBy" = "userId"')
        self.assertEqual(self.create().status, 403)
        self.assertEqual(self.list(), [])

    def test_bodies_are_looked_at(self):
        bad = [
            {"name": 7}, {"name": ""}, {"name": "a\nb"}, {"name": "n" * 101}, {"name": None},
            {"services": "dovecot"}, {"services": [7]}, {"services": ["a b"]}, {"services": [""]},
            {"services": ["s"] * 17}, {"services": ["s" * 65]},
            {"expiresIn": 0}, {"expiresIn": -1}, {"expiresIn": 1.5}, {"expiresIn": "1"},
            {"expiresIn": 10**18},
        ]
        for body in bad:
            with self.subTest(body):
                self.assert_refused(self.create(**body), 400, "VALIDATION_ERROR")
        self.assert_refused(self.d.request("POST", PATH, self.ann, []), 400, "VALIDATION_ERROR")
        self.assert_refused(self.revoke(7), 400, "VALIDATION_ERROR")
        self.assertEqual(self.list(), [])

    def test_limits_are_as_stated(self):
        self.made(name="n" * 100, services=["s" * 64] * 16)
        for _ in range(49):
            self.made()
        self.assert_refused(self.create(), 409)
        self.assertEqual(len(self.list()), 50)
        self.made(self.bob)

    def test_it_signs_nobody_in_on_the_web(self):
        text = self.made()["appPassword"]
        self.assertEqual(self.d.sign_in(password=text, headers=ORIGIN).status, 401)
        r = self.d.get("/get-session", {"Authorization": f"Bearer {text}"})
        self.assertEqual(r.json(), None)


if __name__ == "__main__":
    unittest.main()
