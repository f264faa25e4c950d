"""POST /sign-up/email (contract.md 5.1), and what every POST says of its body (0.5, 1.1)."""

import json
import re
import unittest
from concurrent.futures import ThreadPoolExecutor

from harness import Case

PASSWORD = "correct horse battery"
ID = re.compile(r"[a-zA-Z0-9]{32}\Z")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\Z")
USER_KEYS = [
    "name", "email", "emailVerified", "image", "createdAt", "updatedAt",
    "role", "banned", "banReason", "banExpires", "username", "displayUsername", "id",
]


def body(**changes):
    """A good body but for the changes; None leaves a member out."""
    whole = {"name": "Ann", "email": "ann@example.com", "password": PASSWORD, **changes}
    return {k: v for k, v in whole.items() if v is not None}


class Success(Case):
    def test_answer_rows_cookie_and_bearer_header_are_of_one_session(self):
        d = self.daemon()
        r = d.sign_up("Ann@Example.COM", image="https://x.test/a.png")
        self.assertEqual(list(r.json()), ["token", "user"])
        user, token = r.json()["user"], r.json()["token"]
        self.assertEqual(list(user), USER_KEYS)
        self.assertEqual(
            {k: v for k, v in user.items() if k not in ("id", "createdAt", "updatedAt")},
            {"name": "Ann", "email": "ann@example.com", "emailVerified": False,
             "image": "https://x.test/a.png", "role": "user", "banned": False, "banReason": None,
             "banExpires": None, "username": None, "displayUsername": None})
        self.assertRegex(user["id"], ID)
        self.assertRegex(token, ID)
        self.assertRegex(user["createdAt"], TIME)
        self.assertEqual(user["createdAt"], user["updatedAt"])
        self.assertEqual(r.header("content-type"), "application/json")
        self.assertIsNone(r.header("location"))

        signed = r.header("set-auth-token")
        self.assertEqual(r.header("access-control-expose-headers"), "set-auth-token")
        self.assertTrue(signed.startswith(f"{token}."))
        encoded = signed.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
        self.assertEqual(
            r.cookies(),
            {"better-auth.session_token":
                (encoded, ["Max-Age=604800", "Path=/", "HttpOnly", "SameSite=Lax"])})
        self.assertIsNone(r.header("set-auth-jwt"))

        self.assertEqual(
            d.sql('select "id", "email", "emailVerified", "banned" from "user"'),
            [(user["id"], "ann@example.com", 0, 0)])
        ((account, provider, owner, access),) = d.sql(
            'select "accountId", "providerId", "userId", "accessToken" from "account"')
        self.assertEqual((account, provider, owner, access),
                         (user["id"], "credential", user["id"], None))
        ((created, updated, days),) = d.sql(
            'select "createdAt", "updatedAt", julianday("expiresAt") - julianday("createdAt")'
            ' from "session" where "token" = ?', token)
        self.assertEqual((created, updated), (user["createdAt"], user["createdAt"]))
        self.assertAlmostEqual(days, 7, 6)

    def test_the_password_is_nowhere_in_the_store(self):
        d = self.daemon()
        d.sign_up(password="Tr0ub4dor&3 in the clear")
        for table in ("user", "account", "session", "verification"):
            self.assertNotIn("Tr0ub4dor", repr(d.sql(f'select * from "{table}"')))

    def test_a_session_that_is_not_remembered_lives_a_day_and_its_cookies_as_long_as_the_browser(self):
        d = self.daemon(secret="0123456789abcdef0123456789ABCDEFxyz!")
        r = d.sign_up(rememberMe=False)
        attributes = ["Path=/", "HttpOnly", "SameSite=Lax"]
        cookies = r.cookies()
        self.assertEqual(set(cookies), {"better-auth.session_token", "better-auth.dont_remember"})
        self.assertEqual(cookies["better-auth.session_token"][1], attributes)
        # contract.md B.2
        self.assertEqual(
            cookies["better-auth.dont_remember"],
            ("true.jQw058xYl%2B7x8CAE8nzr0EOeTgL3zrlgyormbDsIZtk%3D", attributes))
        ((days,),) = d.sql('select julianday("expiresAt") - julianday("createdAt") from "session"')
        self.assertAlmostEqual(days, 1, 6)

    def test_names_may_be_empty_and_any_text(self):
        d = self.daemon()
        for i, name in enumerate(["", "Ünï 🎉", "a\tb\nc", "\u2028", "\x7f", '"\\', "x" * 1024]):
            with self.subTest(name):
                r = d.sign_up(f"n{i}@example.com", name=name)
                self.assertEqual(r.json()["user"]["name"], name)
                self.assertEqual(
                    d.sql('select "name" from "user" where "email" = ?', f"n{i}@example.com"),
                    [(name,)])

    def test_what_clients_may_not_decide_is_ignored(self):
        d = self.daemon()
        r = d.sign_up(
            id="mine", emailVerified=True, createdAt="2000-01-01T00:00:00.000Z", banned=True,
            banReason="", userId="x", role="", unknown={"a": [1]})
        user = r.json()["user"]
        self.assertRegex(user["id"], ID)
        self.assertEqual((user["emailVerified"], user["banned"], user["role"]), (False, False, "user"))
        self.assertNotEqual(user["createdAt"][:4], "2000")
        self.assertNotIn("unknown", user)

    def test_a_form_signs_up_too(self):
        d = self.daemon()
        r = d.post("/sign-up/email", "name=Ann+B&email=ann%40example.com&password=correct+horse+battery",
                   {"Content-Type": "application/x-www-form-urlencoded"})
        self.assertEqual((r.status, r.json()["user"]["name"]), (200, "Ann B"))
        self.assertEqual(d.sign_in().status, 200)

    def test_the_media_type_has_no_letter_case_and_its_parameters_do_not_count(self):
        d = self.daemon()
        r = d.post("/sign-up/email", json.dumps(body()), {"Content-Type": "Application/JSON ; charset=x"})
        self.assertEqual(r.status, 200)


class Options(Case):
    def test_without_auto_sign_in_there_is_no_token_and_no_session(self):
        d = self.daemon({"auto_sign_in": "false"})
        r = d.sign_up()
        self.assertIsNone(r.json()["token"])
        self.assertEqual((r.cookies(), r.header("set-auth-token")), ({}, None))
        self.assertEqual(d.sql('select count(*) from "session"'), [(0,)])
        self.assertEqual(d.sign_in().status, 200)

    def test_a_required_verification_keeps_from_signing_in_by_sign_up(self):
        d = self.daemon({"require_email_verification": "true"})
        r = d.sign_up()
        self.assertIsNone(r.json()["token"])
        self.assertEqual(r.cookies(), {})

    def test_a_taken_address_is_not_told_where_a_sign_up_does_not_sign_in(self):
        for option in ({"auto_sign_in": "false"}, {"require_email_verification": "true"}):
            with self.subTest(option):
                d = self.daemon(option)
                first = d.sign_up()
                second = d.sign_up("ANN@example.com", name="Eve", image="/e.png", displayUsername="Eve_1")
                self.assertEqual(list(first.json()), list(second.json()))
                self.assertIsNone(second.json()["token"])
                user = second.json()["user"]
                self.assertEqual(list(user), USER_KEYS)
                self.assertEqual((user["name"], user["image"], user["email"], user["emailVerified"]),
                                 ("Eve", "/e.png", "ann@example.com", False))
                self.assertEqual((user["username"], user["displayUsername"]), ("eve_1", "Eve_1"))
                self.assertEqual((user["role"], user["banned"]), ("user", False))
                self.assertRegex(user["id"], ID)
                self.assertNotEqual(user["id"], first.json()["user"]["id"])
                self.assertEqual([n for n, _ in first.headers], [n for n, _ in second.headers])
                self.assertEqual(d.sql('select "name" from "user"'), [("Ann",)])
                self.assertEqual(d.sql('select count(*) from "account"'), [(1,)])

    def test_sign_up_can_be_closed(self):
        d = self.daemon({"sign_up": "false"})
        r = d.post("/sign-up/email", body())
        self.assert_refused(r, 400, "EMAIL_PASSWORD_SIGN_UP_DISABLED",
                            "Email and password sign up is not enabled")
        self.assertEqual(d.sql('select count(*) from "user"'), [(0,)])


class Refusals(Case):
    @classmethod
    def setUpClass(cls):
        cls.d = cls.shared_daemon()

    def tearDown(self):
        self.d.sql('delete from "user"')

    def sign_up(self, **changes):
        return self.d.post("/sign-up/email", body(**changes))

    def assert_nothing_written(self):
        for table in ("user", "account", "session"):
            self.assertEqual(self.d.sql(f'select count(*) from "{table}"'), [(0,)])

    def test_each_wrong_type_has_its_message(self):
        kinds = {"null": None, "number": 1, "boolean": True, "array": [], "object": {}, "string": "x"}
        expected = {"name": "string", "email": "string", "password": "string", "image": "string",
                    "callbackURL": "string", "rememberMe": "boolean"}
        for field, kind in expected.items():
            for word, value in kinds.items():
                if word == kind or (field == "callbackURL" and word != "null"):
                    continue
                with self.subTest(field=field, word=word):
                    r = self.d.post("/sign-up/email", {**body(), field: value})
                    self.assert_validation(
                        r, f"[body.{field}] Invalid input: expected {kind}, received {word}")
        for field in ("name", "email", "password"):
            with self.subTest(field=field, word="undefined"):
                self.assert_validation(
                    self.sign_up(**{field: None}),
                    f"[body.{field}] Invalid input: expected string, received undefined")
        self.assert_nothing_written()

    def test_all_issues_are_told_in_the_order_of_the_schema(self):
        r = self.d.post("/sign-up/email", {"rememberMe": "no", "password": "", "image": 1, "email": "x"})
        self.assert_validation(
            r, "[body.name] Invalid input: expected string, received undefined; "
               "[body.email] Invalid email address; "
               "[body.password] Too small: expected string to have >=1 characters; "
               "[body.image] Invalid input: expected string, received number; "
               "[body.rememberMe] Invalid input: expected boolean, received string")

    def test_a_body_that_is_no_object_is_two_issues(self):
        for text, word in (("", "undefined"), ("[]", "array"), ("null", "null"), ("1.5", "number"),
                           ('"x"', "string"), ("true", "boolean")):
            with self.subTest(word):
                r = self.d.post("/sign-up/email", text, {"Content-Type": "application/json"})
                self.assert_validation(
                    r, f"[body] Invalid input: expected object, received {word}; "
                       f"[body] Invalid input: expected record, received {word}")

    def test_a_missing_body_needs_no_media_type(self):
        for kind in ({}, {"Content-Type": "text/plain"}):
            r = self.d.post("/sign-up/email", "", kind)
            self.assert_refused(r, 400, "VALIDATION_ERROR")

    def test_what_is_not_one_json_value_is_refused_whole(self):
        good = json.dumps(body())
        bad = {
            "cut": good[:-1],
            "trailing bytes": good + "x",
            "two values": good + good,
            "duplicate key": good[:-1] + ', "email": "eve@example.com"}',
            "duplicate key, escaped": good[:-1] + r', "em\u0061il": "eve@example.com"}',
            "duplicate of an unknown key": good[:-1] + ', "x": 1, "x": 1}',
            "NUL after it": good + "\0",
            "NUL in a text": good.replace("Ann", "A\0n"),
            "escaped NUL": good.replace("Ann", r"A\u0000n"),
            "line feed in a text": good.replace("Ann", "A\nn"),
            "lone surrogate": good.replace("Ann", r"\ud800"),
            "not UTF-8": good.encode().replace(b"Ann", b"\xff"),
            "UTF-16": good.encode("utf-16"),
            "byte order mark": b"\xef\xbb\xbf" + good.encode(),
            "comment": good[:-1] + "/**/}",
            "single quotes": good.replace('"', "'"),
            "NaN": good[:-1] + ', "x": NaN}',
            "too deep": good[:-1] + ', "x": ' + "[" * 5000 + "]" * 5000 + "}",
            "blanks alone": "  ",
        }
        for name, text in bad.items():
            with self.subTest(name):
                r = self.d.post("/sign-up/email", text, {"Content-Type": "application/json"})
                self.assert_refused(r, 400, "BAD_REQUEST", "Invalid JSON in request body")
        self.assert_nothing_written()

    def test_another_media_type_is_415_and_says_which_would_do(self):
        both = "application/x-www-form-urlencoded, application/json"
        for kind in ("text/plain", "application/vnd.x+json", "multipart/form-data; boundary=x",
                     "application/jsonx", "application/json/", "x"):
            with self.subTest(kind):
                r = self.d.post("/sign-up/email", "{}", {"Content-Type": kind})
                self.assert_refused(r, 415, "UNSUPPORTED_MEDIA_TYPE",
                                    f'Content-Type "{kind}" is not allowed. Allowed types: {both}')
        r = self.d.post("/sign-up/email", "{}", {})
        self.assert_refused(r, 415, "UNSUPPORTED_MEDIA_TYPE",
                            f"Content-Type is required. Allowed types: {both}")
        r = self.d.post("/sign-out", "a=b", {"Content-Type": "application/x-www-form-urlencoded"})
        self.assert_refused(
            r, 415, "UNSUPPORTED_MEDIA_TYPE",
            'Content-Type "application/x-www-form-urlencoded" is not allowed. '
            "Allowed types: application/json")

    def test_form_values_are_texts(self):
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        good = "name=A&email=a%40example.com&password=correct+horse"
        r = self.d.post("/sign-up/email", good + "&rememberMe=false", form)
        self.assert_validation(
            r, "[body.rememberMe] Invalid input: expected boolean, received string")
        r = self.d.post("/sign-up/email", good + "%00", form)
        self.assertEqual(r.status, 400)
        self.assert_nothing_written()

    def test_of_repeated_form_fields_the_last_counts(self):
        r = self.d.post(
            "/sign-up/email", "email=x&name=A&email=a%40example.com&password=correct+horse",
            {"Content-Type": "application/x-www-form-urlencoded"})
        self.assertEqual((r.status, r.json()["user"]["email"]), (200, "a@example.com"))

    def test_lengths_are_utf16_units(self):
        short, long = "PASSWORD_TOO_SHORT", "PASSWORD_TOO_LONG"
        cases = [
            ("x" * 7, short), ("plugh pl", None), ("plugh xy" * 16, None), ("x" * 129, long),
            ("🔑" * 3, short), ("🔑" * 3 + "x", short), ("🔑🚪🧭🔒", None), ("🔑🚪🧭🔒" * 16, None),
            ("🔑" * 64 + "x", long), ("é" * 7, short), ("éèêë" * 32, None), ("é" * 129, long),
            ("e\u0301a\u0300i\u0301o\u0300", None), (" \t-\t_\t.\t", None), ("x" * 9000, long),
        ]
        for i, (password, code) in enumerate(cases):
            with self.subTest(f"{len(password)} of {password[0]!r}"):
                r = self.sign_up(email=f"p{i}@example.com", password=password)
                if code is None:
                    self.assertEqual(r.status, 200, r.body)
                    r = self.d.sign_in(f"p{i}@example.com", password)
                    self.assertEqual(r.status, 200, r.body)
                else:
                    self.assert_refused(r, 400, code, code.replace("_", " ").capitalize())

    def test_the_lengths_are_configurable(self):
        d = self.daemon({"min_password_length": 12, "max_password_length": 16})
        for n, status in ((11, 400), (12, 200), (16, 200), (17, 400)):
            r = d.post("/sign-up/email", body(email=f"p{n}@example.com", password="plugh, a word of Zork"[:n]))
            self.assertEqual(r.status, status)

    def test_common_passwords_are_refused_before_the_address_is_looked_at(self):
        code, common = "PASSWORD_COMPROMISED", "The password you entered has been compromised. " \
            "Please choose a different password."
        self.sign_up(email="taken@example.com", password="plugh, a word of Zork")
        for email in ("taken@example.com", "free@example.com"):
            for password in ("password123", "PASSWORD123", "ｐａｓｓｗｏｒｄ１２３", "letmein1" * 3,
                             "abcabcabcabc", "9876543210987", "zyxwvutsrq"):
                with self.subTest(password, email=email):
                    r = self.sign_up(email=email, password=password)
                    self.assert_refused(r, 400, code, common)
            for password in (email, email.split("@")[0] + "-2024!", "localhost8787"):
                with self.subTest(password, email=email):
                    r = self.sign_up(email=email, password=password)
                    self.assert_refused(r, 400, code, "This password is made of your name or the "
                                        "site's. Please choose a different password.")
        r = self.sign_up(email="free@example.com", password="free to say password123")
        self.assertEqual(r.status, 200, r.body)
        mine = {**self.d.cookie_header(r), "Origin": "http://localhost:8787"}
        for new in ("password123", "free@example.com"):
            r = self.d.post("/change-password", {"currentPassword": "free to say password123", "newPassword": new}, mine)
            self.assert_refused(r, 400, code)

    def test_lists_and_names_can_be_switched_off(self):
        d = self.daemon({"password_blocklist_builtin": "false", "password_context_words": "false"})
        for i, password in enumerate(("password123", "p0@example.com")):
            r = d.post("/sign-up/email", body(email=f"p{i}@example.com", password=password))
            self.assertEqual(r.status, 200, r.body)

    def test_an_empty_password_is_a_matter_of_the_schema(self):
        self.assert_validation(
            self.sign_up(password=""),
            "[body.password] Too small: expected string to have >=1 characters")

    def test_addresses_that_pass(self):
        for email in ("a@EX.COM", "a_b-@e-x.co", "+@e.co", "o'neil@x.co", "a.b.c@x.y.z.org",
                      "1@2.de", "A+tag@example.museum", "a@x1-.co", "'a@x.co"):
            with self.subTest(email):
                r = self.sign_up(email=email)
                self.assertEqual((r.status, r.json()["user"]["email"]), (200, email.lower()))

    def test_addresses_that_do_not(self):
        for email in ("", "a", "@x.co", "a@", "a@x", "a@x.c", "a@127.0.0.1", "ä@x.co", "a@ä.co",
                      " a@x.co", "a@x.co ", "a!b@x.co", ".a@x.co", "a.@x.co", "a..b@x.co", "a'@x.co",
                      "a@x..co", "a@-x.co", "a@x.co.", "a@x.c0", "a@@x.co", "a@b@x.co", "a@x_y.co",
                      '"a"@x.co', "a@[1.2.3.4]", "a@x.co\n", "a\t@x.co", "<a@x.co>"):
            with self.subTest(email):
                self.assert_validation(self.sign_up(email=email), "[body.email] Invalid email address")
        self.assert_nothing_written()

    def test_an_address_longer_than_any_is_refused(self):
        self.assertEqual(self.sign_up(email="a" * 314 + "@ex.co").status, 200)
        self.assert_refused(self.sign_up(email="a" * 315 + "@ex.co"), 400, "INVALID_EMAIL")

    def test_a_taken_address_is_422_in_any_letter_case(self):
        self.assertEqual(self.sign_up().status, 200)
        for email in ("ann@example.com", "ANN@EXAMPLE.COM"):
            self.assert_refused(self.sign_up(email=email), 422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL",
                                "User already exists. Use another email.")
        self.assertEqual(self.d.sql('select count(*) from "session"'), [(1,)])

    def test_of_simultaneous_sign_ups_with_one_address_one_succeeds(self):
        with ThreadPoolExecutor(8) as pool:
            found = sorted(r.status for r in pool.map(lambda _: self.sign_up(), range(8)))
        self.assertEqual(found, [200] + [422] * 7)
        for table in ("user", "account", "session"):
            self.assertEqual(self.d.sql(f'select count(*) from "{table}"'), [(1,)])

    def test_nor_can_a_ban(self):
        for name, value in (("banReason", "x"), ("banExpires", "2030-01-01T00:00:00.000Z")):
            with self.subTest(name):
                self.assert_refused(self.sign_up(**{name: value}), 400, "FIELD_NOT_ALLOWED",
                                    f"{name} is not allowed to be set")

    def test_a_role_cannot_be_asked_for(self):
        for role in ("admin", "user", 1, True, [], {}, ["admin"]):
            with self.subTest(role):
                self.assert_refused(self.sign_up(role=role), 400, "FIELD_NOT_ALLOWED",
                                    "role is not allowed to be set")
        for role in ("", 0, False):
            with self.subTest(role):
                r = self.sign_up(email=f"r{type(role).__name__}@example.com", role=role)
                self.assertEqual((r.status, r.json()["user"]["role"]), (200, "user"))

    def test_user_names_keep_their_spelling_and_are_unique_without_it(self):
        r = self.sign_up(username="Ann_B.1")
        self.assertEqual((r.json()["user"]["username"], r.json()["user"]["displayUsername"]),
                         ("ann_b.1", "Ann_B.1"))
        r = self.sign_up(email="eve@example.com", username="ANN_b.1")
        self.assert_refused(r, 400, "USERNAME_IS_ALREADY_TAKEN",
                            "Username is already taken. Please try another.")
        self.assertEqual(self.d.sql('select count(*) from "user"'), [(1,)])

    def test_a_name_to_show_is_the_user_name_too_where_it_is_alone_and_may_be_one(self):
        for n, (given, username, shown) in enumerate((
                ({"username": "Ann_1", "displayUsername": "Änn the First"}, "ann_1", "Änn the First"),
                ({"displayUsername": "Ann_2"}, "ann_2", "Ann_2"),
                ({"displayUsername": "Änn"}, None, "Änn"),
                ({"username": "Ann_3", "displayUsername": ""}, "ann_3", "Ann_3"))):
            with self.subTest(given):
                user = self.sign_up(email=f"n{n}@example.com", **given).json()["user"]
                self.assertEqual((user["username"], user["displayUsername"]), (username, shown))
        self.assertEqual(self.sign_up(displayUsername="x" * 1025).status, 400)

    def test_user_names_that_are_none_are_refused(self):
        short = ("USERNAME_TOO_SHORT", "Username is too short")
        long = ("USERNAME_TOO_LONG", "Username is too long")
        bad = ("INVALID_USERNAME", "Username is invalid")
        for name, (code, message) in {
                "ab": short, "": short, "é": short, "x" * 31: long, "🎉" * 16: long,
                "a b": bad, "a@b": bad, "root-x": bad, "änn": bad, "ann\n": bad}.items():
            with self.subTest(name):
                self.assert_refused(self.sign_up(username=name), 400, code, message)
        self.assertEqual(self.sign_up(username="x" * 30).status, 200)
        self.assert_validation(
            self.d.post("/sign-up/email", {**body(), "username": 7}),
            "[body.username] Invalid input: expected string, received number")
        self.assert_validation(
            self.d.post("/sign-up/email", {**body(), "displayUsername": 7}),
            "[body.displayUsername] Invalid input: expected string, received number")

    def test_texts_that_are_kept_have_a_limit(self):
        for field, limit in (("name", 1024), ("image", 8192)):
            with self.subTest(field):
                r = self.sign_up(email=f"{field}@example.com", **{field: "x" * limit})
                self.assertEqual(r.status, 200)
                r = self.sign_up(email=f"{field}2@example.com", **{field: "x" * (limit + 1)})
                self.assert_refused(r, 400, None, f"{field} is too long")


class Routing(Case):
    @classmethod
    def setUpClass(cls):
        cls.d = cls.shared_daemon()

    def test_what_is_no_route_is_a_404_without_body_and_type(self):
        for method, path in (
                ("GET", "/"), ("GET", "/api/auth"), ("GET", "/api/auth/"), ("GET", "/api/auth/ok/"),
                ("GET", "/api/auth//ok"), ("GET", "/api/auth/OK"), ("GET", "/api/authok"),
                ("GET", "/API/auth/ok"), ("GET", "/api/auth/%6fk"), ("GET", "/api/auth/set-password"),
                ("GET", "/api/auth/sign-up/email"), ("HEAD", "/api/auth/ok"), ("POST", "/api/auth/ok"),
                ("PUT", "/api/auth/ok"), ("DELETE", "/api/auth/sign-out"), ("GET", "/api/auth/sign-out"),
                ("POST", "/api/auth/token"), ("POST", "/api/auth/refresh-session")):
            with self.subTest(f"{method} {path}"):
                r = self.d.request(method, path)
                self.assertEqual((r.status, r.body, r.header("content-type")), (404, b"", None))

    def test_ok_is_ok(self):
        r = self.d.get("/ok")
        self.assertEqual((r.status, r.body), (200, b'{"ok":true}'))
        self.assertIsNone(r.header("cache-control"))

    def test_an_unknown_route_is_404_before_its_body_and_origin_are_looked_at(self):
        r = self.d.post("/nowhere", "{", {"Cookie": "a=b", "Origin": "https://evil.test",
                                          "Content-Type": "text/plain"})
        self.assertEqual(r.status, 404)

    def test_the_path_of_the_base_url_is_where_routes_live(self):
        d = self.daemon({"base_url": "https://auth.example.com/v1/login/"})
        self.assertEqual(d.request("GET", "/v1/login/ok").status, 200)
        self.assertEqual(d.request("GET", "/api/auth/ok").status, 404)

    def test_the_environment_names_the_base_url(self):
        d = self.daemon(env={"BETTER_AUTH_URL": "https://auth.example.com/v1"})
        self.assertEqual(d.request("GET", "/v1/ok").status, 200)

    def test_a_nul_in_a_query_is_refused(self):
        self.assert_validation(self.d.get("/get-session?x=%00"), "[query] Invalid input")


if __name__ == "__main__":
    unittest.main()
