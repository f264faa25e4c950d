"""Cookies in and out (contract.md 4)."""

import base64
import hashlib
import hmac
import re
import unittest
from pathlib import Path
from urllib.parse import quote, unquote

from harness import Case

SECRET = "0123456789abcdef0123456789ABCDEFxyz!"  # contract.md appendix B
TOKEN = "UE7uWu26go09W6vBo7wMrWSvrKlH1Gj7"
SIGNATURE = "3eQBAnzhBbRKCfb3WXeap5Z8yEI4JgZJQnBLn772IIg="  # B.1
NAME = "better-auth.session_token"


def sign(value, secret=SECRET):
    mac = hmac.new(secret.encode(), value.encode(), hashlib.sha256).digest()
    return f"{value}.{base64.b64encode(mac).decode()}"


class Reading(Case):
    @classmethod
    def setUpClass(cls):
        cls.d = cls.shared_daemon(secret=SECRET)
        cls.d.sign_up()
        cls.d.sql('update "session" set "token" = ?', TOKEN)

    def state(self, cookie):
        """What get-session makes of the Cookie header."""
        r = self.d.get("/get-session", {"Cookie": cookie})
        self.assertEqual(r.status, 200)
        if r.json() is not None:
            return "live"
        return "gone" if r.cookies() else "none"

    def test_the_published_signature_is_ours(self):
        self.assertEqual(sign(TOKEN), f"{TOKEN}.{SIGNATURE}")
        self.assertEqual(self.state(f"{NAME}={TOKEN}.{quote(SIGNATURE)}"), "live")

    def test_what_is_read(self):
        good, plain = quote(sign(TOKEN)), sign(TOKEN)
        lost = quote(sign("x" * 32))
        for cookie in (
                f"{NAME}={plain}",
                f'{NAME}="{plain}"',
                f'{NAME}="{good}"',
                f"a=b; {NAME}={good}; c=d",
                f"a=b;{NAME}={good};c=d",
                f"  {NAME} = {good}  ",
                f"{NAME}={good}; {NAME}={lost}",
                f"{NAME}={good}; {NAME}=",
                f"broken; =x; {NAME}={good}",
                f"{NAME}={good.replace('%3D', '%3d')}",
                f"{NAME}={''.join(f'%{ord(c):02x}' for c in plain)}",
                f"{NAME}2=x; {NAME}={good}"):
            with self.subTest(cookie):
                self.assertEqual(self.state(cookie), "live")

    def test_a_cookie_that_was_seen_opens_for_none_that_was_not(self):
        good = quote(sign(TOKEN))
        for _ in range(2):
            self.assertEqual(self.state(f"{NAME}={good}"), "live")
        for at, c in enumerate(good):
            changed = f"{good[:at]}{'x' if c != 'x' else 'y'}{good[at + 1:]}"
            with self.subTest(changed):
                self.assertEqual(self.state(f"{NAME}={changed}"), "none")
        self.assertEqual(self.state(f"{NAME}={good}"), "live")

    def test_a_cookie_that_was_seen_is_looked_up_all_the_same(self):
        cookie = f"{NAME}={quote(sign(TOKEN))}"
        self.assertEqual(self.state(cookie), "live")
        self.d.sql('update "session" set "token" = ?', "y" * 32)
        self.assertEqual(self.state(cookie), "gone")
        self.d.sql('update "session" set "token" = ?', TOKEN)
        self.assertEqual(self.state(cookie), "live")

    def test_what_is_not_ours_counts_as_absent(self):
        mac = SIGNATURE
        flipped = ("4" if mac[0] != "4" else "5") + mac[1:]
        for cookie in (
                f"{NAME}={TOKEN}.{quote(flipped)}",
                f"{NAME}={quote(sign(TOKEN, SECRET.upper()))}",
                f"{NAME}={quote(sign(TOKEN, SECRET + ' '))}",
                f"{NAME}={TOKEN}",
                f"{NAME}={TOKEN}.",
                f"{NAME}=.{quote(mac)}",
                f"{NAME}={quote(mac)}",
                f"{NAME}={TOKEN}.{mac[:-1]}",
                f"{NAME}={TOKEN}.{mac}=",
                f"{NAME}={TOKEN}.{mac[:-2]}",
                f"{NAME}={TOKEN}.{mac[:-1]}A",
                f"{NAME}={TOKEN}.{mac.replace('+', '-').replace('/', '_')[:-1]}",
                f"{NAME}={TOKEN}{quote(mac)}",
                f"{NAME}=x{TOKEN}.{quote(mac)}",
                f"{NAME}={TOKEN}%00.{quote(mac)}",
                f"{NAME}={TOKEN}.{quote(mac)}%00",
                f"{NAME}={TOKEN}.{quote(mac)}%zz",
                f"{NAME}={quote(quote(sign(TOKEN)))}",
                f"{NAME}=",
                f"{NAME}",
                f"{NAME.upper()}={quote(sign(TOKEN))}",
                f"__Secure-{NAME}={quote(sign(TOKEN))}",
                f"other.session_token={quote(sign(TOKEN))}",
                f"better-auth.session_token_multi={quote(sign(TOKEN))}",
                f"{NAME}=x; {NAME}={quote(sign(TOKEN))}",
                "",
                ";;;",
                "=" * 100,
                "\xff" * 50):
            with self.subTest(cookie):
                self.assertEqual(self.state(cookie), "none")

    def test_a_signed_token_of_no_session_is_cleared_away(self):
        self.assertEqual(self.state(f"{NAME}={quote(sign('x' * 32))}"), "gone")
        self.assertEqual(self.state(f"{NAME}={quote(sign(TOKEN.lower()))}"), "gone")
        self.assertEqual(self.state(f"{NAME}={quote(sign('a.b'))}"), "gone")
        self.assertEqual(self.state(f"{NAME}={quote(sign(chr(39) + ' or 1=1 --'))}"), "gone")

    def test_the_signature_of_one_cookie_does_for_no_other_value(self):
        self.assertEqual(self.state(f"{NAME}={quote(sign('true'))}"), "gone")
        r = self.d.get("/get-session", {
            "Cookie": f"{NAME}={quote(sign(TOKEN))}; better-auth.dont_remember={quote(sign(TOKEN))}"})
        self.assertIsNotNone(r.json())

    def test_a_new_secret_signs_and_the_old_one_signs_nobody_out(self):
        new = "n" * 40
        d = self.daemon(secret=f"2:{new},1:{SECRET}")
        made = d.sign_up().cookies()[NAME][0]
        self.assertEqual(unquote(made), sign(unquote(made).rsplit(".", 1)[0], new))
        d.sql('update "session" set "token" = ?', TOKEN)
        for secret, live in ((new, True), (SECRET, True), ("s" * 40, False)):
            r = d.get("/get-session", {"Cookie": f"{NAME}={quote(sign(TOKEN, secret))}"})
            self.assertEqual(r.json() is not None, live)


class Writing(Case):
    def cookies_of(self, **options):
        d = self.daemon(options)
        return d, d.sign_up(rememberMe=False).cookies()

    def test_https_makes_secure_cookies(self):
        d, cookies = self.cookies_of(base_url="https://auth.example.com")
        self.assertEqual(
            {n: a for n, (_, a) in cookies.items()},
            dict.fromkeys(("__Secure-better-auth.session_token", "__Secure-better-auth.dont_remember"),
                          ["Path=/", "HttpOnly", "Secure", "SameSite=Lax"]))
        cookie = "; ".join(f"{n}={v}" for n, (v, _) in cookies.items())
        self.assertIsNotNone(d.get("/get-session", {"Cookie": cookie}).json())
        self.assertIsNone(d.get("/get-session", {"Cookie": cookie.replace("__Secure-", "")}).json())

    def test_secure_cookies_can_be_decided(self):
        _, cookies = self.cookies_of(base_url="https://auth.example.com", secure_cookies="false")
        self.assertIn("better-auth.session_token", cookies)
        self.assertNotIn("Secure", cookies["better-auth.session_token"][1])
        _, cookies = self.cookies_of(secure_cookies="true")
        self.assertIn("Secure", cookies["__Secure-better-auth.session_token"][1])

    def test_the_prefix_is_configurable(self):
        d, cookies = self.cookies_of(cookie_prefix="shop")
        self.assertEqual(list(cookies), ["shop.session_token", "shop.dont_remember"])
        cookie = f"shop.session_token={cookies['shop.session_token'][0]}"
        self.assertIsNotNone(d.get("/get-session", {"Cookie": cookie}).json())

    def test_the_domain_stands_before_the_path_in_settings_and_deletions(self):
        d, cookies = self.cookies_of(cookie_domain="example.com")
        attributes = ["Domain=example.com", "Path=/", "HttpOnly", "SameSite=Lax"]
        for _, found in cookies.values():
            self.assertEqual(found, attributes)
        r = d.request("POST", "/api/auth/sign-out")
        for value, found in r.cookies().values():
            self.assertEqual((value, found), ("", ["Max-Age=0", *attributes]))
        self.assertEqual(d.sign_in().cookies()["better-auth.session_token"][1],
                         ["Max-Age=604800", *attributes])


class SessionData(Case):
    """Node's cookie cache: never written here, cleared where it is seen (contract.md 4.4)."""

    @classmethod
    def setUpClass(cls):
        cls.d = cls.shared_daemon()
        cls.cookie = cls.d.cookie_header(cls.d.sign_up())["Cookie"]

    def deleted(self, *names):
        data = "".join(f"; {n}=x" for n in names)
        r = self.d.get("/get-session", {"Cookie": self.cookie + data})
        self.assertIsNotNone(r.json())
        for value, attributes in r.cookies().values():
            self.assertEqual((value, attributes), ("", ["Max-Age=0", "Path=/", "HttpOnly", "SameSite=Lax"]))
        return list(r.cookies())

    def test_is_cleared_with_its_pieces(self):
        name = "better-auth.session_data"
        self.assertEqual(self.deleted(), [])
        self.assertEqual(self.deleted(name), [name])
        self.assertEqual(self.deleted(f"{name}.0", f"{name}.1", f"{name}.99"),
                         [f"{name}.0", f"{name}.1", f"{name}.99"])

    def test_other_names_are_left_alone(self):
        name = "better-auth.session_data"
        self.assertEqual(self.deleted(f"{name}.100", f"{name}.x", f"{name}x", f"{name}.", "session_data",
                                      f"__Secure-{name}", f"{name}.00", f"{name}.+1"), [])

    def test_a_sign_out_clears_the_pieces_too(self):
        r = self.d.post("/sign-out", None, {"Cookie": "better-auth.session_data.0=x",
                                            "Origin": "http://localhost:8787"})
        self.assertEqual(list(r.cookies()), [
            "better-auth.session_token", "better-auth.session_data", "better-auth.session_data.0",
            "better-auth.dont_remember"])


class Keeping(Case):
    """What is personal is for nobody's cache: each route of the program's table but these."""

    IMPERSONAL = {"GET /ok", "GET /jwks", "GET /error", "POST /sign-in/social", "GET /callback/:id", "POST /callback/:id",
                  "POST /request-password-reset", "POST /reset-password"}

    def routes(self):
        table = (Path(__file__).resolve().parents[2] / "sessiond/routes/route.c").read_text()
        for method, space, path in re.findall(
                r"\.method = HTTP_(\w+),\s+(?:\.space = ROUTE_(\w+),\s+)?\.path = \"([^\"]+)\"", table):
            if space != "ROOT" and f"{method} {path}" not in self.IMPERSONAL:
                yield method, ("/api/webauth" if space == "WEBAUTH" else "/api/auth") + path

    def test_no_answer_with_a_session_or_a_token_is_kept(self):
        d = self.daemon({"delete_user": "true", "change_email": "true"})
        d.sign_up()
        routes = list(self.routes())
        self.assertGreater(len(routes), 25)
        for method, path in routes:
            cookie = d.cookie_header(d.sign_in())
            for headers in ({**cookie, "Origin": "http://localhost:8787"}, {}):
                body = "{}" if method == "POST" else None
                sent = {**headers, "Content-Type": "application/json"} if body else headers
                r = d.request(method, path.replace(":token", "x"), sent, body)
                with self.subTest(f"{method} {path}", cookie=bool(headers)):
                    self.assertNotEqual(r.status, 404 if "delete-user" not in path else 0)
                    self.assertEqual(r.header("cache-control"), "no-store")


if __name__ == "__main__":
    unittest.main()
