"""Origins, Fetch Metadata, URLs in requests (contract.md 10), and client addresses (6.1)."""

import unittest

from harness import Case

HOME = "http://localhost:8787"
EVIL = "https://evil.test"
MISSING = ("MISSING_OR_NULL_ORIGIN", "Missing or null Origin")
INVALID = ("INVALID_ORIGIN", "Invalid origin")
CROSS = ("CROSS_SITE_NAVIGATION_LOGIN_BLOCKED",
         "Cross-site navigation login blocked. This request appears to be a CSRF attack.")


class Origin(Case):
    @classmethod
    def setUpClass(cls):
        cls.d = cls.shared_daemon({"trusted_origins": ["https://app.example.com", "https://*.x.com"]})
        cls.d.sign_up()

    def check(self, r, refusal):
        if refusal is None:
            self.assertIn(r.status, (200, 401), r.body)
        else:
            self.assert_refused(r, 403, *refusal)

    def test_with_any_cookie_the_origin_must_be_ours(self):
        cookie = {"Cookie": "unrelated=1"}
        same = {"Sec-Fetch-Site": "same-origin"}
        for headers, refusal in (
                ({}, MISSING),
                ({"Origin": "null"}, MISSING),
                ({"Origin": ""}, MISSING),
                ({"Origin": "null", "Sec-Fetch-Site": "cross-site"}, MISSING),
                ({"Origin": "null", "Referer": f"{HOME}/x"}, MISSING),
                ({"Origin": "null", **same}, None),
                (same, MISSING),
                ({"Origin": EVIL, **same}, INVALID),
                ({"Origin": EVIL, "Referer": f"{HOME}/x"}, INVALID),
                ({"Origin": HOME}, None),
                ({"Origin": HOME.upper()}, None),
                ({"Origin": "http://localhost"}, INVALID),
                ({"Origin": "https://localhost:8787"}, INVALID),
                ({"Origin": "http://localhost:8787.evil.test"}, INVALID),
                ({"Origin": "http://localhost:8787@evil.test"}, INVALID),
                ({"Origin": "/"}, INVALID),
                ({"Origin": "/api"}, INVALID),
                ({"Origin": "https://app.example.com"}, None),
                ({"Origin": "https://a.x.com"}, None),
                ({"Origin": "https://x.com"}, INVALID),
                ({"Origin": "http://a.x.com"}, INVALID),
                ({"Origin": "https://a.x.com.evil.test"}, INVALID),
                ({"Referer": f"{HOME}/login?x=y"}, None),
                ({"Referer": f"{EVIL}/{HOME}"}, INVALID),
                ({"Referer": "null"}, MISSING)):
            for route in ("/sign-out", "/sign-in/email", "/sign-up/email"):
                with self.subTest(route=route, **headers):
                    body = {} if route == "/sign-out" else {
                        "email": "no@example.com", "password": "long enough"}
                    r = self.d.post(route, body, {**cookie, **headers})
                    if refusal is None and route == "/sign-up/email":
                        self.assert_refused(r, 400, "VALIDATION_ERROR")
                    else:
                        self.check(r, refusal)

    def test_without_a_cookie_only_signing_in_and_up_asks(self):
        for headers, refusal in (
                ({}, None),
                ({"Origin": HOME}, None),
                ({"Origin": EVIL}, INVALID),
                ({"Origin": "null"}, MISSING),
                ({"Referer": f"{EVIL}/"}, INVALID),
                ({"Referer": f"{HOME}/x"}, None),
                ({"Sec-Fetch-Mode": "cors"}, MISSING),
                ({"Sec-Fetch-Dest": "empty"}, MISSING),
                ({"Sec-Fetch-Site": "same-origin"}, MISSING),
                ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, None),
                ({"Sec-Fetch-Mode": "cors", "Origin": HOME}, None),
                ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors", "Origin": EVIL}, INVALID),
                ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors", "Origin": HOME}, None),
                ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, CROSS),
                ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Origin": HOME}, CROSS),
                ({"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "navigate", "Origin": HOME}, None)):
            with self.subTest(**headers):
                self.check(self.d.sign_in(headers=headers), refusal)
                self.assertEqual(self.d.post("/sign-out", None, headers).status, 200)
                r = self.d.post("/sign-up/email", {"name": "", "email": "ann@example.com",
                                                   "password": "long enough"}, headers)
                if refusal is None:
                    self.assertEqual(r.status, 422)
                else:
                    self.assert_refused(r, 403, *refusal)

    def test_the_form_step_comes_after_the_schema_and_the_cookie_step_before_it(self):
        self.assert_refused(self.d.post("/sign-in/email", {}, {"Origin": EVIL}), 400, "VALIDATION_ERROR")
        self.assert_refused(self.d.post("/sign-in/email", {}, {"Origin": EVIL, "Cookie": "a=b"}),
                            403, "INVALID_ORIGIN")
        r = self.d.post("/sign-in/email", "{", {"Origin": EVIL, "Cookie": "a=b",
                                                "Content-Type": "application/json"})
        self.assert_refused(r, 400, "BAD_REQUEST")

    def test_a_get_is_never_refused(self):
        for route in ("/get-session", "/ok", "/jwks"):
            r = self.d.get(route, {"Cookie": "a=b", "Origin": EVIL, "Sec-Fetch-Site": "cross-site"})
            self.assertEqual(r.status, 200)

    def test_a_refusal_leaves_the_session_alone(self):
        cookie = self.d.cookie_header(self.d.sign_in())
        self.assertEqual(self.d.post("/sign-out", None, cookie).status, 403)
        self.assertEqual(self.d.post("/sign-out", None, {**cookie, "Origin": EVIL}).status, 403)
        self.assertIsNotNone(self.d.get("/get-session", cookie).json())

    def test_the_environment_adds_origins(self):
        d = self.daemon(env={"BETTER_AUTH_TRUSTED_ORIGINS": "https://one.test,https://two.test"})
        for origin, status in (("https://one.test", 200), ("https://two.test", 200), (EVIL, 403)):
            r = d.post("/sign-out", None, {"Cookie": "a=b", "Origin": origin})
            self.assertEqual(r.status, status)

    def test_the_page_that_asks_too_often_can_read_so_and_its_preflights_do_not_count(self):
        app = "https://app.example.com"
        d = self.daemon({"rate_limit": "true", "trusted_origins": app})
        headers = {"Origin": app, "X-Forwarded-For": "203.0.113.7"}
        before = {"Access-Control-Request-Method": "POST"}
        for status in (401, 401, 401, 429):
            r = d.request("OPTIONS", "/api/auth/sign-in/email", {**headers, **before})
            self.assertEqual(r.status, 204)
            r = d.sign_in(email="no@example.com", headers=headers)
            self.assertEqual(r.status, status)
            self.assertEqual(r.header("access-control-allow-origin"), app)
        self.assertRegex(r.header("x-retry-after"), r"^\d+$")
        self.assertEqual(r.header("access-control-expose-headers"), "Retry-After, X-Retry-After")
        r = d.sign_in(email="no@example.com", headers={**headers, "Origin": EVIL})
        self.assertEqual((r.status, r.header("access-control-allow-origin")), (429, None))

    def test_urls_in_a_request_must_be_trusted_on_every_post(self):
        codes = {"callbackURL": "INVALID_CALLBACK_URL", "redirectTo": "INVALID_REDIRECT_URL",
                 "errorCallbackURL": "INVALID_ERROR_CALLBACK_URL",
                 "newUserCallbackURL": "INVALID_NEW_USER_CALLBACK_URL"}
        for name, code in codes.items():
            for url in (EVIL, "//evil.test", "/\\evil.test", "/%2fevil.test", "/%5Cevil.test", "/x\n", "foo",
                        "javascript:alert(1)", "http://localhost:8787@evil.test/", "https://x.com/"):
                with self.subTest(name=name, url=url):
                    self.assert_refused(self.d.post("/sign-out", {name: url}), 403, code)
            for url in ("", "/", "/a b", "/ünï", "/..//evil.test", "/ok?x=https://evil", f"{HOME}/x",
                        "https://app.example.com/deep?x#y", "https://a.x.com/"):
                with self.subTest(name=name, url=url):
                    self.assertEqual(self.d.post("/sign-out", {name: url}).status, 200)
            said = "redirectURL" if name == "redirectTo" else name
            for value in (1, True, [], {}):
                with self.subTest(name=name, value=value):
                    self.assert_refused(self.d.post("/sign-out", {name: value}), 400, None,
                                        f"Invalid {said}: expected a string")

    def test_of_two_callback_urls_in_the_query_none_is_believed(self):
        r = self.d.request("POST", "/api/auth/sign-out?callbackURL=%2Fa&callbackURL=https%3A%2F%2Fevil.test")
        self.assert_refused(r, 400, None, "Invalid callbackURL: expected a string")

    def test_a_callback_url_in_the_query_counts_where_the_body_has_none(self):
        r = self.d.request("POST", "/api/auth/sign-out?callbackURL=https%3A%2F%2Fevil.test")
        self.assert_refused(r, 403, "INVALID_CALLBACK_URL", "Invalid callbackURL")
        r = self.d.post("/sign-out?callbackURL=https%3A%2F%2Fevil.test", {"callbackURL": "/fine"})
        self.assertEqual(r.status, 200)
        r = self.d.request("POST", "/api/auth/sign-out?redirectTo=https%3A%2F%2Fevil.test")
        self.assertEqual(r.status, 200)


class Address(Case):
    """Seen in the session row."""

    def row(self, d, *headers):
        lines = "".join(f"{n}: {v}\r\n" for n, v in headers).encode()
        body = b'{"email":"ann@example.com","password":"correct horse battery"}'
        with d.raw() as s:
            s.sendall(b"POST /api/auth/sign-in/email HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                      b"Content-Type: application/json\r\nContent-Length: %d\r\n" % len(body)
                      + lines + b"\r\n" + body)
            seen = b""
            while data := s.recv(65536):
                seen += data
        self.assertTrue(seen.startswith(b"HTTP/1.1 200 "), seen)
        return d.sql('select "ipAddress", "userAgent" from "session" order by rowid desc limit 1')[0]

    def addresses(self, options, cases):
        d = self.daemon(options)
        d.sign_up()
        for headers, expected in cases:
            with self.subTest(headers=headers):
                if isinstance(headers, str):
                    headers = [("X-Forwarded-For", headers)]
                self.assertEqual(self.row(d, *headers)[0], expected)

    def test_one_address_in_the_header_is_the_clients(self):
        self.addresses({}, [
            ([], ""),
            ("1.2.3.4", "1.2.3.4"),
            ("  1.2.3.4\t", "1.2.3.4"),
            ("2001:DB8::1", "2001:0db8:0000:0000:0000:0000:0000:0000"),
            ("2001:db8:1:2:3:4:5:6", "2001:0db8:0001:0002:0000:0000:0000:0000"),
            ("::ffff:9.9.9.9", "9.9.9.9"),
            ("::FFFF:0909:0909", "9.9.9.9"),
            ("::1", "0000:0000:0000:0000:0000:0000:0000:0000"),
            ("1.1.1.3, 10.0.0.1", ""),
            ("1.2.3.4:80", ""),
            ("[2001:db8::1]", ""),
            ("fe80::1%eth0", ""),
            ("unknown", ""),
            ("1.2.3", ""),
            ("1.2.3.256", ""),
            ("01.2.3.4", ""),
            ("1.2.3.4,", ""),
            ("", ""),
            ("x" * 500, ""),
            ([("X-Real-IP", "1.2.3.4")], ""),
        ])

    def test_of_two_header_lines_nobody_knows_which_to_believe(self):
        self.addresses({}, [
            ([("X-Forwarded-For", "6.6.6.6"), ("X-Forwarded-For", "1.2.3.4")], ""),
        ])
        self.addresses({"trusted_proxies": "10.0.0.0/8"}, [
            ([("X-Forwarded-For", "6.6.6.6"), ("x-forwarded-for", "1.2.3.4")], "1.2.3.4"),
            ([("X-Forwarded-For", "6.6.6.6, 1.2.3.4"), ("X-Forwarded-For", "10.1.1.1")], "1.2.3.4"),
        ])

    def test_with_trusted_proxies_the_first_other_hop_from_the_right(self):
        self.addresses({"trusted_proxies": ["10.0.0.0/8", "2001:db8::/32", "192.0.2.7"]}, [
            ("6.6.6.6, 1.2.3.4, 10.0.0.1", "1.2.3.4"),
            ("6.6.6.6,1.2.3.4,10.0.0.1,192.0.2.7,2001:db8::5", "1.2.3.4"),
            ("1.2.3.4", "1.2.3.4"),
            ("192.0.2.8", "192.0.2.8"),
            ("1.2.3.4, junk, 10.0.0.1", ""),
            ("junk, 1.2.3.4, 10.0.0.1", "1.2.3.4"),
            ("1.2.3.4, , 10.0.0.1", ""),
            ("10.0.0.2, 10.0.0.1", ""),
            ("1.2.3.4, ::ffff:10.0.0.1", "1.2.3.4"),
            ("11.0.0.1", "11.0.0.1"),
        ])

    def test_the_headers_are_configurable_and_tried_in_turn(self):
        self.addresses({"ip_headers": ["x-real-ip", "cf-connecting-ip"]}, [
            ([("X-Real-IP", "1.2.3.4"), ("CF-Connecting-IP", "5.6.7.8")], "1.2.3.4"),
            ([("X-Real-IP", "junk"), ("CF-Connecting-IP", "5.6.7.8")], "5.6.7.8"),
            ([("X-Forwarded-For", "1.2.3.4")], ""),
        ])

    def test_the_user_agent_is_kept_as_text_of_a_bounded_length(self):
        d = self.daemon()
        d.sign_up()
        for sent, kept in (("Mozilla/5.0 (X11)", "Mozilla/5.0 (X11)"), ("x" * 1024, "x" * 1024),
                           ("x" * 1025, "x" * 1024), ("", "")):
            self.assertEqual(self.row(d, ("User-Agent", sent))[1], kept)
        self.assertEqual(self.row(d)[1], "")
        r = d.sign_in(headers={"User-Agent": ("x" * 1023 + "é").encode()})
        self.assertEqual(d.get("/get-session", d.cookie_header(r)).json()["session"]["userAgent"], "x" * 1023)
        r = d.sign_in(headers={"User-Agent": b"a\xffb"})
        self.assertEqual(d.get("/get-session", d.cookie_header(r)).json()["session"]["userAgent"], "")


if __name__ == "__main__":
    unittest.main()
