"""GET /api/webauth/verify: every way to say who one is, every way to say it wrongly."""

import time
import unittest
from urllib.parse import unquote

import forge
from harness import Case, Daemon

VERIFY = "/api/webauth/verify"
IDENTITY = ("x-auth-user-id", "x-auth-email", "x-auth-name", "x-auth-session-id", "x-auth-roles")


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


class Verify(Case):
    @classmethod
    def setUpClass(cls):
        cls.d = cls.shared_daemon()
        cls.r = cls.d.sign_up()
        cls.user = cls.r.json()["user"]
        cls.token = cls.r.json()["token"]
        cls.cookie = cls.d.cookie_header(cls.r)
        answer = cls.d.get("/get-session", cls.cookie)
        cls.sid = answer.json()["session"]["id"]
        cls.jwt = answer.header("set-auth-jwt")
        cls.jwk = cls.d.get("/jwks").json()["keys"][0]
        other = cls.shared_daemon()
        cls.foreign = other.get("/get-session", other.cookie_header(other.sign_up())).header("set-auth-jwt")

    def verify(self, headers=None, query="", daemon=None):
        return (daemon or self.d).request("GET", VERIFY + query, headers)

    def assert_nobody(self, r, error=None):
        self.assertEqual(r.status, 401, r.body)
        challenge = r.header("www-authenticate")
        self.assertTrue(challenge.startswith('Bearer realm="webauth"'), challenge)
        if error is None:
            self.assertEqual(challenge, 'Bearer realm="webauth"')
        else:
            self.assertIn(f', error="{error}", error_description="The token', challenge)
        self.assertEqual([n for n in IDENTITY if r.header(n) is not None], [])
        return challenge

    def test_each_way_in_says_who_it_is(self):
        signed = self.r.header("set-auth-token")
        for name, headers in (("cookie", self.cookie), ("session token", bearer(self.token)),
                              ("signed session token", bearer(signed)), ("JWT", bearer(self.jwt))):
            with self.subTest(name):
                r = self.verify(headers)
                self.assertEqual((r.status, r.body), (204, b""))
                self.assertEqual([r.header(n) for n in IDENTITY],
                                 [self.user["id"], "ann@example.com", "Ann", self.sid, "user"])
                self.assertEqual(r.header("cache-control"), "no-store")
                self.assertEqual(r.all("set-cookie"), [])
                self.assertIsNone(r.header("www-authenticate"))
                self.assertIsNone(r.header("content-length"))

    def test_nobody_is_asked_to_say_who_it_is(self):
        for headers in ({}, {"Cookie": "a=b"}, {"Authorization": "Basic YTpi"},
                        {"Cookie": f"better-auth.session_token={self.token}"}):
            with self.subTest(headers):
                self.assert_nobody(self.verify(headers))

    def test_a_bad_bearer_token_is_never_replaced_by_the_cookie(self):
        for token in ("x" * 32, f"{self.token}.AAAA", self.foreign, "a.b.c", "..", "."):
            with self.subTest(token):
                self.assert_nobody(self.verify({**bearer(token), **self.cookie}), "invalid_token")

    def test_headers_of_identity_that_come_in_count_for_nothing(self):
        claims = {n: "root" for n in IDENTITY}
        self.assert_nobody(self.verify(claims))
        self.assertEqual(self.verify({**claims, **self.cookie}).header("x-auth-user-id"), self.user["id"])

    def test_forgeries(self):
        for warm in ("before", "after"):
            for name, text in forge.forgeries(self.jwt, self.jwk, self.d.secret, self.foreign):
                with self.subTest(name, cache=warm):
                    # A head may hold 8 KiB; what is longer is no request at all.
                    r = self.verify(bearer(text))
                    if r.status == 431:
                        self.assertGreater(len(text), 4096)
                    else:
                        self.assert_nobody(r, "invalid_token")
            # The good one is verified now, and kept: the bad ones must not profit.
            self.assertEqual(self.verify(bearer(self.jwt)).status, 204)

    def test_reasons_are_told(self):
        header, payload, signature = forge.parts(self.jwt)
        for token, reason in (
            (forge.join(header, {**payload, "exp": 1}, signature), "The token has expired"),
            (forge.join(header, {**payload, "iss": "x"}, signature), "The token was issued by somebody else"),
            (forge.join(header, {**payload, "sid": "x"}, signature), "The token's session has ended"),
            (forge.join({**header, "alg": "none"}, payload, signature), "names an algorithm that is not its key's"),
            (forge.join({**header, "kid": "x"}, payload, signature), "signed with a key that is not known here"),
            (forge.join(header, {**payload, "name": "x"}, signature), "The token's signature does not fit"),
            ("a.b.c", "The token is malformed"),
        ):
            with self.subTest(reason):
                self.assertIn(f'{reason}"', self.assert_nobody(self.verify(bearer(token)), "invalid_token"))

    def test_a_jwt_that_lasts_ends_with_its_session(self):
        r = self.d.sign_in()
        jwt = self.d.get("/token", self.d.cookie_header(r)).json()["token"]
        self.assertEqual(self.verify(bearer(jwt)).status, 204)
        self.d.post("/sign-out", None, bearer(r.json()["token"]))
        self.assertIn("has ended", self.assert_nobody(self.verify(bearer(jwt)), "invalid_token"))

    def test_a_jwt_that_was_seen_ends_with_its_key(self):
        d = self.daemon()
        jwt = d.get("/token", d.cookie_header(d.sign_up())).json()["token"]
        for _ in range(3):
            self.assertEqual(self.verify(bearer(jwt), daemon=d).status, 204)
        rows = d.sql("SELECT * FROM jwks")
        d.sql("DELETE FROM jwks")
        self.assertIn("not known here", self.assert_nobody(self.verify(bearer(jwt), daemon=d), "invalid_token"))
        d.sql(f"INSERT INTO jwks VALUES ({', '.join('?' for _ in rows[0])})", *rows[0])
        self.assertEqual(self.verify(bearer(jwt), daemon=d).status, 204)

    def test_a_jwt_that_was_seen_ends_at_its_time(self):
        d = self.daemon({"jwt_alg": "HS256"})
        header, payload, _ = forge.parts(d.get("/token", d.cookie_header(d.sign_up())).json()["token"])
        end = int(time.time()) + 2
        jwt = forge.hs256(header, {**payload, "exp": end}, d.secret.encode())
        seen = 0
        while (r := self.verify(bearer(jwt), daemon=d)).status == 204:
            self.assertLess(time.time(), end + 1)
            seen += 1
        self.assertGreater(seen, 1)
        self.assertGreaterEqual(time.time(), end)
        self.assertIn("has expired", self.assert_nobody(r, "invalid_token"))

    def test_a_cookie_that_is_dead_is_deleted(self):
        r = self.d.sign_in()
        cookie = self.d.cookie_header(r)
        self.d.post("/sign-out", None, bearer(r.json()["token"]))
        r = self.verify(cookie)
        self.assert_nobody(r)
        self.assertIn("Max-Age=0", r.cookies()["better-auth.session_token"][1])

    def test_what_a_location_demands(self):
        for query, status, error in (
            ("?verified=false", 204, None),
            ("?verified=true", 403, "insufficient_scope"),
            ("?role=user", 204, None),
            ("?role=admin", 403, "insufficient_scope"),
            ("?role=use", 403, "insufficient_scope"),
            ("?role=admin&role=user", 204, None),
            ("?max_age=3600", 204, None),
            ("?max_age=3600&role=user&verified=false", 204, None),
            ("?verified=true&role=user", 403, "insufficient_scope"),
        ):
            for way in (self.cookie, bearer(self.jwt)):
                with self.subTest(query):
                    r = self.verify(way, query)
                    self.assertEqual(r.status, status, r.body)
                    if error:
                        self.assertIn(f'error="{error}"', r.header("www-authenticate"))
                        self.assertIsNone(r.header("x-auth-user-id"))
                        self.assert_nobody(self.verify({}, query))

    def test_an_old_sign_in_is_told_how_recent_it_must_be(self):
        self.d.sql("UPDATE session SET createdAt = '2026-01-01T00:00:00.000Z' WHERE id = ?", self.sid)
        try:
            r = self.verify(self.cookie, "?max_age=60")
            self.assertEqual(r.status, 403)
            self.assertIn('error="insufficient_user_authentication", max_age=60', r.header("www-authenticate"))
            self.assertEqual(self.verify(self.cookie).status, 204)
        finally:
            self.d.sql("UPDATE session SET createdAt = updatedAt WHERE id = ?", self.sid)

    def test_a_demand_that_is_not_understood_lets_nobody_in(self):
        for query in ("?verified=maybe", "?role=", "?max_age=", "?max_age=-1", "?max_age=1h", "?roles=admin",
                      "?verified=true&verified=false", "?max_age=1&max_age=100000", "?Role=admin", "?max_age=1e9"):
            with self.subTest(query):
                self.assertEqual(self.verify(self.cookie, query).status, 400)

    def test_a_name_travels_percent_encoded(self):
        for i, name in enumerate(("Ann Müller", "100% & 50\u20ac", "tab\tand\nline\r\nX-Auth-Roles: admin", "\u0001",
                                  "' OR 1=1", "", "\U0001F600" * 100)):
            with self.subTest(name):
                r = self.d.post("/sign-up/email", {"name": name, "email": f"n{i}@example.com",
                                                   "password": "correct horse battery"})
                got = self.verify(self.d.cookie_header(r)).header("x-auth-name")
                self.assertEqual(unquote(got), name)
                self.assertTrue(all(0x20 < ord(c) < 0x7f for c in got))

    def test_a_name_of_any_length_fits_a_proxys_buffer(self):
        r = self.d.sign_up("long@example.com")
        self.d.sql("UPDATE user SET name = ? WHERE email = 'long@example.com'", "\u00e4" * 50000)
        got = self.verify(self.d.cookie_header(r))
        self.assertEqual((got.status, unquote(got.header("x-auth-name"))), (204, "\u00e4" * 512))

    def test_roles_are_a_list(self):
        r = self.d.sign_up("roles@example.com")
        cookie = self.d.cookie_header(r)
        for stored, shown in (("admin, user", "admin,user"), ("admin", "admin"), (None, ""), (",,", ""),
                              ("\u00e4dmin,a b", "%C3%A4dmin,a%20b")):
            with self.subTest(stored):
                self.d.sql("UPDATE user SET role = ? WHERE email = 'roles@example.com'", stored)
                self.assertEqual(self.verify(cookie).header("x-auth-roles"), shown)
        self.assertEqual(self.verify(cookie, "?role=a%20b").status, 204)
        self.assertEqual(self.verify(cookie, "?role=a+b").status, 204)

    def age(self, sid):
        self.d.sql("UPDATE session SET expiresAt = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+2 days'),"
                       " createdAt = '2026-01-01T00:00:00.000Z' WHERE id = ?", sid)

    def test_use_extends_a_session_and_sends_its_cookie(self):
        for name in ("cookie", "bearer"):
            with self.subTest(name):
                r = self.d.sign_in()
                way = self.d.cookie_header(r) if name == "cookie" else bearer(r.json()["token"])
                sid = self.verify(way).header("x-auth-session-id")
                self.age(sid)
                answer = self.verify(way)
                self.assertEqual(answer.status, 204)
                value, attributes = answer.cookies()["better-auth.session_token"]
                self.assertEqual(unquote(value).split(".")[0], r.json()["token"])
                self.assertIn("Max-Age=604800", attributes)
                self.assertEqual(self.verify(way).all("set-cookie"), [])

    def test_a_jwt_extends_nothing_and_gets_no_cookie(self):
        r = self.d.sign_in()
        jwt = self.d.get("/token", self.d.cookie_header(r)).json()["token"]
        self.age(self.verify(bearer(jwt)).header("x-auth-session-id"))
        for _ in range(2):
            answer = self.verify({**bearer(jwt), **self.cookie})
            self.assertEqual((answer.status, answer.all("set-cookie"), answer.header("set-auth-token")),
                             (204, [], None))
        self.assertIn("better-auth.session_token", self.verify(self.d.cookie_header(r)).cookies())

    def test_banned_users_and_expired_sessions_are_nobody(self):
        for name, sql in (("banned", "UPDATE user SET banned = 1 WHERE email = ?"),
                          ("expired", "UPDATE session SET expiresAt = '2026-01-01T00:00:00.000Z' WHERE userId ="
                                      " (SELECT id FROM user WHERE email = ?)")):
            with self.subTest(name):
                r = self.d.sign_up(f"{name}@example.com")
                cookie = self.d.cookie_header(r)
                jwt = self.d.get("/token", cookie).json()["token"]
                ways = (bearer(jwt), bearer(r.json()["token"]), cookie)
                self.assertEqual({self.verify(w).status for w in ways}, {204})
                self.d.sql(sql, f"{name}@example.com")
                self.assertEqual({self.verify(w).status for w in ways}, {401})

    def test_only_get_and_only_here(self):
        for method, path in (("POST", VERIFY), ("HEAD", VERIFY), ("GET", "/api/auth/webauth/verify"),
                             ("GET", "/verify"), ("GET", "/api/webauth/verify/"), ("GET", "/api/webauth/"),
                             ("GET", "/api/webauth"), ("GET", "/api/webauth/get-session")):
            with self.subTest(method + path):
                self.assertEqual(self.d.request(method, path, self.cookie).status, 404)

    def test_it_is_not_rate_limited(self):
        d = self.daemon({"rate_limit": "true"})
        c = d.connection()
        statuses = {d.request("GET", VERIFY, {"X-Forwarded-For": "192.0.2.1"}, connection=c).status
                    for _ in range(500)}
        self.assertEqual(statuses, {401})


class Algorithms(Case):
    def test_every_algorithm_and_its_forgeries(self):
        for alg in ("EdDSA", "RS256", "HS256"):
            with self.subTest(alg), Daemon({"jwt_alg": alg, "jwt_roles": "true"}) as d:
                cookie = d.cookie_header(d.sign_up())
                jwt = d.get("/token", cookie).json()["token"]
                header, payload, signature = forge.parts(jwt)
                self.assertEqual(header["alg"], alg)
                self.assertEqual(payload["roles"], ["user"])
                for _ in range(2):
                    self.assertEqual(d.request("GET", VERIFY, bearer(jwt)).status, 204)
                for name, text in (
                    ("payload", forge.join(header, {**payload, "name": "x"}, signature)),
                    ("signature", forge.join(header, payload, forge.change(signature, 5))),
                    ("none", forge.join({**header, "alg": "none"}, payload, "")),
                    ("none and signed", forge.join({**header, "alg": "none"}, payload, signature)),
                    ("no kid", forge.join({"alg": alg}, payload, signature)),
                    ("short", forge.join(header, payload, signature[:-4])),
                    ("ES256", forge.join({**header, "alg": "ES256"}, payload, signature)),
                ):
                    with self.subTest(name):
                        self.assertEqual(d.request("GET", VERIFY, bearer(text)).status, 401)

    def test_a_token_of_the_secret_proves_no_address(self):
        # Better Auth takes any HS256 token of the secret with an e-mail address for a link that was mailed.
        d = self.daemon({"jwt_alg": "HS256"})
        jwt = d.get("/token", d.cookie_header(d.sign_up())).json()["token"]
        self.assertIsNone(forge.parts(jwt)[1]["email"])
        d.request("GET", f"/api/auth/verify-email?token={jwt}")
        self.assertEqual(d.sql("SELECT emailVerified FROM user"), [(0,)])

    def test_tokens_of_the_secret_for_other_uses_are_no_sessions(self):
        d = self.daemon({"jwt_alg": "HS256"})
        cookie = d.cookie_header(d.sign_up())
        header, payload, _ = forge.parts(d.get("/token", cookie).json()["token"])
        key = d.secret.encode()
        self.assertEqual(d.request("GET", VERIFY, bearer(forge.hs256(header, payload, key))).status, 204)
        mail = {"email": "ann@example.com", "iat": payload["iat"], "exp": payload["exp"]}
        for name, text in (
            ("mail", forge.hs256({"alg": "HS256"}, mail, key)),
            ("mail with kid", forge.hs256(header, mail, key)),
            ("no kid", forge.hs256({"alg": "HS256", "typ": "JWT"}, payload, key)),
            ("session cache", forge.hs256({"alg": "HS256"}, {"session": payload, "user": payload, **mail}, key)),
            ("another typ", forge.hs256({**header, "typ": "at+jwt"}, payload, key)),
            ("another secret", forge.hs256(header, payload, b"x" * 40)),
        ):
            with self.subTest(name):
                self.assertEqual(d.request("GET", VERIFY, bearer(text)).status, 401)

    def test_audiences(self):
        d = self.daemon({"jwt_audience": ["https://api.example.com", "https://app.example.com"],
                         "jwt_issuer": "https://issuer.example.com"})
        jwt = d.get("/token", d.cookie_header(d.sign_up())).json()["token"]
        payload = forge.parts(jwt)[1]
        self.assertEqual(payload["aud"], ["https://api.example.com", "https://app.example.com"])
        self.assertEqual(payload["iss"], "https://issuer.example.com")
        self.assertEqual(d.request("GET", VERIFY, bearer(jwt)).status, 204)


if __name__ == "__main__":
    unittest.main()
