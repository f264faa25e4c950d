"""GET /get-session (contract.md 5.4) and the life of sessions (6)."""

import unittest

from harness import Case, from_now

ORIGIN = {"Origin": "http://localhost:8787"}
USER_KEYS = [
    "name", "email", "emailVerified", "image", "createdAt", "updatedAt",
    "role", "banned", "banReason", "banExpires", "username", "displayUsername", "id",
]
SESSION_KEYS = [
    "expiresAt", "token", "createdAt", "updatedAt", "ipAddress", "userAgent", "userId",
    "impersonatedBy", "id",
]
DELETIONS = ["better-auth.session_token", "better-auth.session_data", "better-auth.dont_remember"]


class Sessions(Case):
    def start(self, options=None, **sign_up):
        self.d = self.daemon(options)
        self.signed_up = self.d.sign_up(**sign_up)
        self.cookie = self.d.cookie_header(self.signed_up)

    def get(self, query="", cookie=None):
        r = self.d.get(f"/get-session{query}", self.cookie if cookie is None else cookie)
        self.assertEqual((r.header("cache-control"), r.header("pragma")), ("no-store", "no-cache"))
        return r

    def set(self, **columns):
        for name, value in columns.items():
            self.d.sql(f'update "session" set "{name}" = ?', value)

    def row(self):
        return self.d.sql('select "expiresAt", "updatedAt", "token", "id" from "session"')

    def assert_gone(self, r):
        self.assertEqual((r.status, r.body, r.header("content-type")), (200, b"null", "application/json"))
        self.assertEqual(list(r.cookies()), DELETIONS)
        for value, attributes in r.cookies().values():
            self.assertEqual((value, attributes), ("", ["Max-Age=0", "Path=/", "HttpOnly", "SameSite=Lax"]))
        self.assertIsNone(r.header("set-auth-jwt"))


class Answers(Sessions):
    def setUp(self):
        self.start()

    def test_a_live_session_and_its_user(self):
        r = self.get()
        self.assertEqual((r.status, r.header("content-type")), (200, "application/json"))
        self.assertEqual(list(r.json()), ["session", "user"])
        self.assertEqual(list(r.json()["session"]), SESSION_KEYS)
        self.assertEqual(list(r.json()["user"]), USER_KEYS)
        self.assertEqual(r.json()["user"], self.signed_up.json()["user"])
        self.assertEqual(r.json()["session"]["token"], self.signed_up.json()["token"])
        self.assertEqual(r.json()["session"]["userId"], r.json()["user"]["id"])
        self.assertIsNone(r.json()["session"]["impersonatedBy"])
        self.assertEqual(r.cookies(), {})
        self.assertEqual(
            [(r.json()["session"][k]) for k in ("expiresAt", "updatedAt", "token", "id")],
            list(self.row()[0]))

    def test_without_a_cookie_the_answer_is_null_and_sets_nothing(self):
        r = self.get(cookie={})
        self.assertEqual((r.status, r.body, r.cookies()), (200, b"null", {}))
        self.assertEqual(r.header("content-type"), "application/json")
        self.assertEqual(r.header("content-length"), "4")

    def test_a_deleted_row_is_null_at_once_and_its_cookies_are_cleared(self):
        for _ in range(3):
            self.assertIsNotNone(self.get().json())
        self.d.sql('delete from "session"')
        self.assert_gone(self.get())

    def test_a_deleted_user_takes_the_session_along(self):
        self.d.sql('delete from "user"')
        self.assert_gone(self.get())

    def test_a_banned_user_has_no_session(self):
        self.d.sql('update "user" set "banned" = 1')
        self.assert_gone(self.get())
        self.d.sql('update "user" set "banExpires" = ?', from_now(seconds=-1))
        self.assertIsNotNone(self.get().json())

    def test_an_expired_row_is_deleted_when_it_is_seen(self):
        self.set(expiresAt=from_now(milliseconds=-1))
        self.assert_gone(self.get())
        self.assertEqual(self.row(), [])

    def test_disable_refresh_does_not_keep_an_expired_row(self):
        self.set(expiresAt=from_now(seconds=-1))
        self.assert_gone(self.get("?disableRefresh=1"))
        self.assertEqual(self.row(), [])

    def test_another_origin_may_ask(self):
        self.assertIsNotNone(self.get(cookie={**self.cookie, "Origin": "https://evil.test"}).json())

    def test_a_body_is_never_read(self):
        r = self.d.request("GET", "/api/auth/get-session",
                           {**self.cookie, "Content-Type": "text/plain"}, "x=y")
        self.assertIsNotNone(r.json())

    def test_post_is_405(self):
        for headers in ({}, {**self.cookie, **ORIGIN}, {"Content-Type": "text/plain"}):
            r = self.d.request("POST", "/api/auth/get-session", headers, "x")
            self.assert_refused(
                r, 405, "METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED",
                "POST method requires deferSessionRefresh to be enabled in session config")
            self.assertEqual((r.header("cache-control"), r.header("pragma")), ("no-store", "no-cache"))

    def test_changes_of_the_user_are_seen_at_once(self):
        self.get()
        self.d.sql('update "user" set "name" = ?, "emailVerified" = 1', "Änn \u2028")
        user = self.get().json()["user"]
        self.assertEqual((user["name"], user["emailVerified"]), ("Änn \u2028", True))

    def test_a_store_that_fails_is_a_500_that_says_nothing(self):
        self.d.sql('alter table "session" rename to "away"')
        r = self.get()
        self.assert_refused(r, 500, "FAILED_TO_GET_SESSION", "Failed to get session")
        self.d.sql('alter table "away" rename to "session"')
        self.assertIsNotNone(self.get().json())


class Extension(Sessions):
    """Due: expiresAt - 7d + 1d <= now. To the millisecond in tests/unit/core/session.c."""

    def assert_extended(self, r):
        found = r.json()["session"]
        self.assertGreater(found["expiresAt"], from_now(days=6, hours=23))
        ((expires, updated, token, ident),) = self.row()
        self.assertEqual((found["expiresAt"], found["updatedAt"], found["token"], found["id"]),
                         (expires, updated, token, ident))
        self.assertEqual((token, found["id"]), (self.signed_up.json()["token"], ident))
        self.assertGreater(updated, found["createdAt"])
        value, attributes = r.cookies()["better-auth.session_token"]
        self.assertEqual(value, self.signed_up.cookies()["better-auth.session_token"][0])
        self.assertIn("Max-Age=604800", attributes)
        self.assertEqual(r.header("set-auth-token"), self.signed_up.header("set-auth-token"))
        self.assertEqual(r.header("access-control-expose-headers"), "set-auth-token, set-auth-jwt")

    def assert_not_extended(self, r):
        self.assertIsNotNone(r.json())
        self.assertEqual(r.cookies(), {})
        self.assertIsNone(r.header("set-auth-token"))
        self.assertEqual(r.json()["session"]["expiresAt"], self.row()[0][0])

    def test_a_day_after_the_last_time_use_extends(self):
        self.start()
        self.set(expiresAt=from_now(days=6))
        self.assert_extended(self.get())
        self.assert_not_extended(self.get())

    def test_before_that_it_does_not(self):
        self.start()
        for left in ({"days": 6, "minutes": 1}, {"days": 7}, {"days": 30}):
            at = from_now(**left)
            self.set(expiresAt=at)
            self.assert_not_extended(self.get())
            self.assertEqual(self.row()[0][0], at)

    def test_the_ages_are_configurable(self):
        self.start({"session_expires_in": "10m", "session_update_age": "2m"})
        self.set(expiresAt=from_now(minutes=8, seconds=30))
        self.assert_not_extended(self.get())
        self.set(expiresAt=from_now(minutes=8))
        self.assertEqual(self.get().cookies()["better-auth.session_token"][1][0], "Max-Age=600")
        self.assertGreater(self.row()[0][0], from_now(minutes=9))

    def test_a_route_that_needs_a_session_extends_it_too(self):
        self.start()
        self.set(expiresAt=from_now(days=1))
        r = self.d.get("/token", self.cookie)
        self.assertIn("Max-Age=604800", r.cookies()["better-auth.session_token"][1])
        self.assertGreater(self.row()[0][0], from_now(days=6, hours=23))

    def test_disable_refresh_is_any_text_but_none(self):
        self.start()
        self.set(expiresAt=from_now(days=1))
        for query in ("?disableRefresh=true", "?disableRefresh=false", "?disableRefresh=0",
                      "?x=1&disableRefresh=%20", "?disableRefresh=a&disableRefresh="):
            with self.subTest(query):
                self.assert_not_extended(self.get(query))
        for query in ("?disableRefresh=", "?disableRefresh", "?disablerefresh=1",
                      "?disableCookieCache=true", "?unknown=1", "?&&=&%"):
            with self.subTest(query):
                self.set(expiresAt=from_now(days=1))
                self.assert_extended(self.get(query))

    def test_a_valid_dont_remember_cookie_keeps_from_extending(self):
        self.start()
        self.set(expiresAt=from_now(days=1))
        other = self.d.sign_in(rememberMe=False).cookies()["better-auth.dont_remember"][0]
        self.d.sql('delete from "session" where "token" <> ?', self.signed_up.json()["token"])
        with_it = {"Cookie": f"{self.cookie['Cookie']}; better-auth.dont_remember={other}"}
        self.assert_not_extended(self.get(cookie=with_it))
        forged = {"Cookie": f"{self.cookie['Cookie']}; better-auth.dont_remember=true.x"}
        self.assert_extended(self.get(cookie=forged))

    def test_refreshing_can_be_off(self):
        self.start({"session_refresh": "false"})
        self.set(expiresAt=from_now(minutes=1))
        self.assert_not_extended(self.get())

    def test_a_short_session_stays_short_without_its_cookie(self):
        self.start(rememberMe=False)
        cookie = self.signed_up.cookies()["better-auth.session_token"][0]
        before = self.row()
        r = self.get(cookie={"Cookie": f"better-auth.session_token={cookie}"})
        self.assert_not_extended(r)
        self.assertEqual(self.row(), before)


class OtherWriters(Sessions):
    def test_a_session_made_by_another_process_is_live(self):
        self.start()
        self.d.sql('insert into "session" select ?, ?, ?, "createdAt", "updatedAt", null, null, "userId", ?'
                   ' from "session"', "other-id", from_now(days=7), "t" * 32, "admin-id")
        r = self.get(cookie={"Authorization": f"Bearer {'t' * 32}"})
        found = r.json()["session"]
        self.assertEqual((found["id"], found["impersonatedBy"]), ("other-id", "admin-id"))
        self.assertEqual((found["ipAddress"], found["userAgent"]), (None, None))

    def test_a_get_session_that_must_write_waits_for_another_writer(self):
        self.start()
        self.get()  # makes the key that signs JWTs
        self.set(expiresAt=from_now(days=1))
        with self.d.writing():
            connection = self.d.connection()
            connection.request("GET", "/api/auth/get-session", headers=self.cookie)
            # Others are answered meanwhile, and so is this session when it need not write.
            self.assertEqual(self.d.get("/ok").status, 200)
            self.assertEqual(self.get("?disableRefresh=1").status, 200)
        r = connection.getresponse()
        self.assertEqual((r.status, r.getheader("set-cookie")[:26]), (200, "better-auth.session_token="))
        r.read()
        connection.close()


if __name__ == "__main__":
    unittest.main()
