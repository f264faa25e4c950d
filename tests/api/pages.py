"""The pages from outside, as a browser without scripts sees them: what is shown to whom, what forms do,
where they lead, what is escaped, and the headers around it."""

import re
import time
import unittest
from pathlib import Path
from urllib.parse import urlencode

import harness

ORIGIN = "http://localhost:8787"
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Origin": ORIGIN,
        "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"}
PASSWORD = "correct horse battery"
PAGES = ("sign-in", "sign-up", "forgot-password", "reset-password", "verified")


class PagesCase(harness.Case):
    def page(self, path, headers=None, d=None):
        return (d or self.d).request("GET", path, headers)

    def send(self, form, fields=None, headers=None, d=None):
        return (d or self.d).request(
            "POST", f"/auth/{form}", {**FORM, **(headers or {})}, urlencode(fields or {}))

    def assert_leads_to(self, r, location):
        self.assertEqual((r.status, r.header("location")), (303, location), r.body)

    def signed_up(self, email=None, d=None):
        """The Cookie header of somebody new."""
        d = d or self.d
        return d.cookie_header(d.sign_up(email or f"u{time.monotonic_ns()}@example.com"))


class Pages(PagesCase):
    @classmethod
    def setUpClass(cls):
        cls.d = cls.shared_daemon({"pages": "true", "change_email": "true", "delete_user": "true",
                                   "mail_command": "/bin/true", "trusted_origins": "https://docs.example.com"})

    # ---- headers ----

    def test_every_page_has_the_security_headers(self):
        cookie = self.signed_up()
        for page in (*PAGES, "account"):
            r = self.page(f"/auth/{page}", cookie if page == "account" else None)
            with self.subTest(page=page):
                self.assertEqual((r.status, r.header("content-type")), (200, "text/html; charset=utf-8"))
                csp = dict(d.strip().partition(" ")[::2] for d in r.header("content-security-policy").split(";"))
                self.assertEqual(csp["default-src"], "'none'")
                self.assertEqual(csp["script-src"], "'self'")
                self.assertEqual(csp["style-src"], "'self'")
                self.assertEqual(csp["frame-ancestors"], "'none'")
                self.assertEqual(csp["base-uri"], "'none'")
                self.assertEqual(csp["form-action"], "'self'")
                self.assertEqual(r.header("x-content-type-options"), "nosniff")
                self.assertEqual(r.header("referrer-policy"), "same-origin")
                self.assertEqual(r.header("cross-origin-opener-policy"), "same-origin")
                self.assertEqual(r.header("cache-control"), "no-store")
                self.assertIsNone(r.header("access-control-allow-origin"))

    def test_no_page_has_inline_code_or_names_another_origin(self):
        cookie = self.signed_up()
        for page in (*PAGES, "account"):
            html = self.page(f"/auth/{page}", cookie).body.decode()
            self.assertNotRegex(html, r"<style|\son\w+=|\sstyle=|javascript:")
            self.assertEqual(re.findall(r"<script(?! type=\"module\" src=\"/)", html), [])
            self.assertEqual([u for u in re.findall(r'(?:src|href|action)="([^"]+)"', html)
                              if not u.startswith(("/auth/", "#", ORIGIN + "/"))], [])

    def test_a_trusted_origin_reads_the_api_and_no_page(self):
        r = self.page("/auth/account", {**self.signed_up(), "Origin": "https://docs.example.com"})
        self.assertIsNone(r.header("access-control-allow-origin"))

    # ---- assets ----

    def test_assets_with_their_version_are_kept_for_ever(self):
        html = self.page("/auth/sign-in").body.decode()
        url = re.search(r'href="(/auth/assets/style\.css\?v=\w+)"', html)[1]
        r = self.page(url)
        self.assertEqual(r.header("content-type"), "text/css; charset=utf-8")
        self.assertIn("immutable", r.header("cache-control"))
        self.assertEqual(r.header("access-control-allow-origin"), "*")
        self.assertEqual(self.page("/auth/assets/style.css?v=other").header("cache-control"), "no-cache")

    def test_an_asset_that_is_known_is_not_sent_again(self):
        first = self.page("/auth/assets/webauth.js")
        again = self.page("/auth/assets/webauth.js", {"If-None-Match": first.header("etag")})
        self.assertEqual((again.status, again.body), (304, b""))

    def test_what_is_no_asset_is_unknown(self):
        for path in ("nothing.css", "..%2fsign-in.html", "%2e%2e%2ftexts%2fen.json", "sign-in.html",
                     "a" * 100 + ".css"):
            self.assertEqual(self.page(f"/auth/assets/{path}").status, 404, path)
        self.assertEqual(self.page("/auth/nothing").status, 404)

    # ---- who sees what ----

    def test_the_root_leads_to_where_one_belongs(self):
        self.assert_leads_to(self.page("/"), "/auth/sign-in")
        self.assert_leads_to(self.page("/", self.signed_up()), "/auth/account")

    def test_a_stranger_sees_nothing_of_an_account(self):
        r = self.page("/auth/account?a=b")
        self.assert_leads_to(r, "/auth/sign-in?next=%2Fauth%2Faccount%3Fa%3Db")
        self.assertEqual(r.body, b"")

    def test_who_is_signed_in_is_sent_on(self):
        cookie = self.signed_up()
        self.assert_leads_to(self.page("/auth/sign-in", cookie), "/auth/account")
        self.assert_leads_to(self.page("/auth/sign-up?next=%2Fapp", cookie), "/app")

    def test_who_was_sent_here_for_a_reason_is_not_sent_back(self):
        r = self.page("/auth/sign-in?reason=expired&next=%2Fapp", self.signed_up())
        self.assertEqual(r.status, 200)
        self.assertIn(b"Your session has ended", r.body)

    def test_an_ended_session_is_told_and_its_cookie_deleted(self):
        cookie = self.signed_up("ended@example.com")
        self.d.sql("delete from session where userId = (select id from user where email = ?)", "ended@example.com")
        r = self.page("/auth/account", cookie)
        self.assert_leads_to(r, "/auth/sign-in?reason=expired&next=%2Fauth%2Faccount")
        self.assertIn("Max-Age=0", r.cookies()["better-auth.session_token"][1])

    def test_no_page_holds_a_session_token(self):
        r = self.d.sign_up("token@example.com")
        page = self.page("/auth/account", self.d.cookie_header(r))
        self.assertNotIn(r.json()["token"].encode(), page.body)

    # ---- signing up and in ----

    def test_a_sign_up_signs_in_and_leads_on(self):
        r = self.send("sign-up", {"name": "Bo", "email": "bo@example.com", "password": PASSWORD, "next": "/app?x=1"})
        self.assert_leads_to(r, "/app?x=1")
        page = self.page("/auth/account", self.d.cookie_header(r))
        self.assertIn(b"bo@example.com", page.body)
        self.assertIsNone(r.header("set-auth-token"))

    def test_a_refused_sign_up_shows_why_and_keeps_all_but_the_password(self):
        self.signed_up("taken@example.com")
        for fields, field, text in (
            ({"email": "taken@example.com", "password": PASSWORD}, "email", "There is an account"),
            ({"email": "nonsense", "password": PASSWORD}, "email", "does not look like"),
            ({"email": "x@example.com", "password": "Zx1!"}, "password", "too short"),
            ({"email": "x@example.com", "password": "l" * 200}, "password", "too long"),
            ({"email": "x@example.com", "password": ""}, "password", "enter a password"),
        ):
            r = self.send("sign-up", {"name": "Zoë <b>", **fields})
            html = r.body.decode()
            with self.subTest(fields=fields):
                self.assertIn(r.status, (400, 422))
                self.assertRegex(html, rf'id="{field}-error">[^<]*{text}')
                self.assertRegex(html, rf'<input id="{field}"[^>]*aria-invalid="true"')
                self.assertIn('value="Zoë &lt;b&gt;"', html)
                self.assertNotIn(fields["password"] or "<b>", html)
                self.assertEqual(r.cookies(), {})

    def test_a_wrong_password_says_no_more_than_an_unknown_address(self):
        self.signed_up("known@example.com")
        pages = [self.send("sign-in", {"email": e, "password": "wrong password"})
                 for e in ("known@example.com", "unknown@example.com")]
        self.assertEqual([p.status for p in pages], [401, 401])
        self.assertIn(b"E-mail or password is wrong.", pages[0].body)
        self.assertEqual(pages[0].body.replace(b"known", b""), pages[1].body.replace(b"unknown", b""))

    def test_remember_me_off_is_a_session_cookie(self):
        self.signed_up("rem@example.com")
        fields = {"email": "rem@example.com", "password": PASSWORD}
        kept = self.send("sign-in", {**fields, "rememberMe": "on"}).cookies()
        self.assertIn("Max-Age=604800", kept["better-auth.session_token"][1])
        lost = self.send("sign-in", fields).cookies()
        self.assertNotIn("Max-Age", " ".join(lost["better-auth.session_token"][1]))
        self.assertIn("better-auth.dont_remember", lost)

    def test_a_script_gets_json(self):
        self.signed_up("script@example.com")
        fields = {"email": "script@example.com", "password": PASSWORD}
        r = self.send("sign-in", fields, {"Accept": "application/json"})
        self.assertEqual((r.status, r.json()), (200, {"location": "/auth/account"}))
        self.assertIn("better-auth.session_token", r.cookies())
        r = self.send("sign-in", {**fields, "password": "wrong"}, {"Accept": "application/json"})
        self.assertEqual((r.status, r.json()), (401, {
            "message": "E-mail or password is wrong.", "code": "INVALID_EMAIL_OR_PASSWORD", "field": None}))
        r = self.send("change-password", {"currentPassword": PASSWORD, "newPassword": PASSWORD}, {"Accept": "application/json"})
        self.assertEqual((r.status, r.json()), (401, {
            "location": "/auth/sign-in?reason=expired&next=%2Fauth%2Faccount"}))

    # ---- next ----

    def test_next_cannot_leave_the_site(self):
        self.signed_up("next@example.com")
        fields = {"email": "next@example.com", "password": PASSWORD}
        for bad in ("//evil.example", "/\\evil.example", "https://evil.example/", "javascript:alert(1)", "/%2fevil",
                    "http://localhost:8787@evil.example/", "data:text/html,x", "/ok\r\nSet-Cookie: a=b", "",
                    "https://docs.example.com.evil.example/", "https://docs.example.com\n/", "/" + "a" * 3000):
            with self.subTest(next=bad):
                self.assert_leads_to(self.send("sign-in", {**fields, "next": bad}), "/auth/account")
                page = self.page("/auth/sign-in?" + urlencode({"next": bad}))
                self.assertNotIn(b'name="next"', page.body)
                self.assertNotIn(b"evil", page.body + page.header("content-security-policy").encode())

    def test_next_may_be_a_path_here_or_a_trusted_origin(self):
        self.signed_up("far@example.com")
        fields = {"email": "far@example.com", "password": PASSWORD}
        for good in ("/app?a=b&c=<d>#e", "https://docs.example.com/guide?x=1"):
            self.assert_leads_to(self.send("sign-in", {**fields, "next": good}), good)
        page = self.page("/auth/sign-in?" + urlencode({"next": "https://docs.example.com/guide"}))
        self.assertIn("form-action 'self' https://docs.example.com", page.header("content-security-policy"))
        self.assertIn(b'name="next" value="https://docs.example.com/guide"', page.body)

    # ---- other sites ----

    def test_a_form_of_another_site_is_refused(self):
        cookie = self.signed_up()
        evil = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
        for form, fields in (("sign-in", {"email": "a@example.com", "password": PASSWORD}),
                             ("sign-up", {"name": "x", "email": "forged@example.com", "password": PASSWORD}),
                             ("request-password-reset", {"email": "a@example.com"}),
                             ("update-user", {"name": "forged"}), ("sign-out", {}), ("delete-user", {"password": PASSWORD})):
            for headers in (evil, {**evil, **cookie}):
                r = self.send(form, fields, headers)
                with self.subTest(form=form, cookie="Cookie" in headers):
                    self.assertEqual(r.status, 403)
                    self.assertEqual(r.cookies(), {})
        self.assertEqual(self.d.sql("select count(*) from user where name = 'forged' or email like 'forged%'"), [(0,)])

    def test_a_get_changes_nothing(self):
        cookie = self.signed_up()
        for form in ("sign-out", "delete-user", "revoke-session", "revoke-other-sessions"):
            self.assert_leads_to(self.page(f"/auth/{form}", cookie), "/auth/account")
        self.assertEqual(self.page("/auth/account", cookie).status, 200)

    # ---- the account ----

    def test_names_and_pictures_are_escaped(self):
        r = self.d.sign_up("esc@example.com", image='https://x.example/"><script>')
        cookie = self.d.cookie_header(r)
        self.assert_leads_to(self.send("update-user", {"name": "<img src=x>", "image": 'https://x.example/"><b>'}, cookie),
                             "/auth/account?notice=profile-saved")
        html = self.page("/auth/account", cookie).body.decode()
        self.assertNotIn("<img src=x>", html)
        self.assertIn("&lt;img src=x&gt;", html)
        self.assertIn('src="https://x.example/&quot;&gt;&lt;b&gt;"', html)

    def test_an_empty_picture_is_none(self):
        cookie = self.d.cookie_header(self.d.sign_up("pic@example.com", image="https://x.example/a.png"))
        self.send("update-user", {"name": "Pic", "image": ""}, cookie)
        self.assertEqual(self.d.sql("select image from user where email = ?", "pic@example.com"), [(None,)])

    def test_another_session_is_ended_by_its_id_and_only_ones_own(self):
        mine, stranger = self.signed_up("mine@example.com"), self.signed_up()
        self.d.sign_in("mine@example.com")
        ids = re.findall(r'name="id" value="(\w+)"', self.page("/auth/account", mine).body.decode())
        self.assertEqual(len(ids), 2)
        for who, left in ((stranger, 2), (mine, 1)):
            other = [i for i in ids if i not in self.current(mine)][0]
            self.assert_leads_to(self.send("revoke-session", {"id": other}, who), "/auth/account?notice=session-ended")
            self.assertEqual(self.count("mine@example.com"), left)
        r = self.send("revoke-session", {"id": self.current(mine)}, mine)
        self.assert_leads_to(r, "/auth/sign-in?notice=signed-out")
        self.assertIn("Max-Age=0", r.cookies()["better-auth.session_token"][1])

    def current(self, cookie):
        return self.d.get("/get-session", cookie).json()["session"]["id"]

    def count(self, email):
        return self.d.sql("select count(*) from session where userId = (select id from user where email = ?)", email)[0][0]

    def test_a_password_is_changed_with_the_old_one(self):
        cookie = self.signed_up("pw@example.com")
        self.d.sign_in("pw@example.com")
        fields = {"currentPassword": "wrong one", "newPassword": "another good one"}
        r = self.send("change-password", fields, cookie)
        self.assertRegex(r.body.decode(), 'id="currentPassword-error">This is not your password')
        r = self.send("change-password", {**fields, "currentPassword": PASSWORD, "revokeOtherSessions": "on"}, cookie)
        self.assert_leads_to(r, "/auth/account?notice=password-changed")
        self.assertEqual(self.count("pw@example.com"), 1)
        self.assertEqual(self.page("/auth/account", self.d.cookie_header(r)).status, 200)

    def test_an_app_password_is_shown_once_and_revoked(self):
        cookie = self.signed_up()
        r = self.send("create-app-password", {"name": "mail & more"}, cookie)
        self.assertRegex(r.body.decode(), r'<code id="app-password">wap_\w+</code>')
        page = self.page("/auth/account", cookie).body.decode()
        self.assertNotIn("wap_", page)
        self.assertIn("mail &amp; more", page)
        self.assertIn("Never used", page)
        self.d.sql('update "webauth_app_password" set "lastUsedAt" = ?', "2026-11-21T08:41:12.345Z")
        used = self.page("/auth/account", cookie).body.decode()
        self.assertIn('<time datetime="2026-11-21T08:41:12.345Z">2026-11-21 08:41 UTC</time>', used)
        ident = re.search(r'revoke-app-password".*?name="id" value="(\w+)"', page, re.S)[1]
        self.assert_leads_to(self.send("revoke-app-password", {"id": ident}, cookie),
                             "/auth/account?notice=app-password-ended")
        self.assertNotIn("mail &amp; more", self.page("/auth/account", cookie).body.decode())

    def test_deleting_asks_for_the_password(self):
        cookie = self.signed_up("gone@example.com")
        r = self.send("delete-user", {"password": "wrong one"}, cookie)
        self.assertRegex(r.body.decode(), 'id="password-error">This is not your password')
        r = self.send("delete-user", {"password": PASSWORD}, cookie)
        self.assert_leads_to(r, "/auth/sign-in?notice=account-deleted")
        self.assertEqual(self.d.sql("select count(*) from user where email = 'gone@example.com'"), [(0,)])

    def test_only_known_notices_are_shown(self):
        r = self.page("/auth/sign-in?notice=password-reset&reason=%3Cscript%3E")
        self.assertIn(b"Your new password is saved", r.body)
        self.assertNotIn(b"script&gt;", r.body)
        self.assertIn(b"This link has expired.", self.page("/auth/verified?error=TOKEN_EXPIRED").body)
        self.assertIn(b"Something went wrong", self.page("/auth/verified?error=%3Cb%3E").body)

    def test_a_body_that_is_no_form_is_a_refusal(self):
        r = self.d.request("POST", "/auth/sign-in", {**FORM, "Content-Type": "text/plain"}, "x")
        self.assertEqual(r.status, 415)
        self.assertIn(b"<h1>Sign in</h1>", r.body)


class Configured(PagesCase):
    def test_there_are_none_unless_asked_for(self):
        d = self.daemon()
        for path in ("/", "/auth/sign-in", "/auth/assets/style.css"):
            self.assertEqual(self.page(path, d=d).status, 404)

    def test_they_are_where_they_are_put(self):
        d = self.daemon({"pages": "true", "pages_path": "/login/here"})
        self.assert_leads_to(self.page("/", d=d), "/login/here/sign-in")
        self.assertIn(b'action="/login/here/sign-in"', self.page("/login/here/sign-in", d=d).body)
        self.assertEqual(self.page("/auth/sign-in", d=d).status, 404)

    def test_a_bad_path_is_refused_at_start(self):
        for path in ("auth", "/", "/auth/", "/a b", "/api/auth", "/api/auth/x", "/api", "/a/../b", "//a"):
            r = harness.Daemon({"pages": "true", "pages_path": path}).run("-t")
            self.assertNotEqual(r.returncode, 0, path)
            self.assertIn("pages_path", r.stderr)

    def overridden(self, **files):
        d = harness.Daemon({"pages": "true"})
        folder = Path(d.directory, "pages")
        for name, text in files.items():
            path = folder / name.replace("__", "/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        d.options["pages_dir"] = str(folder)
        return d

    def test_files_take_the_place_of_built_in_ones(self):
        d = self.enterContext(self.overridden(**{
            "assets__theme.css": ":root { --accent: red }", "assets__logo.svg": "<svg/>", "foot.html": "<p>ours</p>",
            "assets__.hidden.css": "x"}))
        self.assertEqual(self.page("/auth/assets/theme.css", d=d).body, b":root { --accent: red }")
        self.assertEqual(self.page("/auth/assets/logo.svg", d=d).header("content-type"), "image/svg+xml")
        self.assertIn(b"<p>ours</p>", self.page("/auth/sign-in", d=d).body)
        self.assertEqual(self.page("/auth/assets/.hidden.css", d=d).status, 404)

    def test_a_language_falls_back_to_english(self):
        d = self.enterContext(self.overridden(**{"texts__de.json": '{"sign-in.title": "Anmelden <hier>"}'}))
        for accept, title in (("de-AT,en;q=0.5", "Anmelden &lt;hier&gt;"), ("en,de;q=0.9", "Sign in"),
                              ("fr, de;q=0.1", "Anmelden &lt;hier&gt;"), ("fr", "Sign in"), ("de;q=0", "Sign in"),
                              (";;q=,,de;q=x", "Sign in")):
            r = self.page("/auth/sign-in", {"Accept-Language": accept}, d=d)
            self.assertIn(f"<h1>{title}</h1>".encode(), r.body, accept)
            self.assertIn(b">Password</label>", r.body)
            self.assertEqual(r.header("content-language"), "de" if "Anmelden" in title else "en")

    def test_a_broken_template_is_refused_at_start(self):
        for text, complaint in (("{{#a}}", "section without end"), ("{{/a}}", "closes what is not open"),
                                ("{{t no.such}}", "no such text"), ("{{>none}}", "no such template"),
                                ("{{asset none.css}}", "no such asset"), ("{{}}", "a tag"), ("{{>sign-in}}", "too deep")):
            d = self.overridden(**{"sign-in.html": text})
            d.write_secret()
            r = d.run("-t")
            self.assertNotEqual(r.returncode, 0, text)
            self.assertIn(complaint, r.stderr)
        r = self.overridden(**{"texts__en.json": "nonsense"}).run("-t")
        self.assertIn("texts/en.json", r.stderr)
        r = harness.Daemon({"pages": "true", "pages_dir": "/nowhere/at/all"}).run("-t")
        self.assertIn("pages_dir", r.stderr)

    def test_forms_are_limited_as_the_routes_behind_them(self):
        d = self.daemon({"pages": "true", "rate_limit": "true"})
        headers = {"X-Forwarded-For": "203.0.113.7"}
        fields = {"email": "a@example.com", "password": "wrong one"}
        answers = [self.send("sign-in", fields, headers, d=d) for _ in range(4)]
        self.assertEqual([r.status for r in answers], [401, 401, 401, 429])
        self.assertIn(b"Too many tries", answers[3].body)
        self.assertIn(b'value="a@example.com"', answers[3].body)
        self.assertIsNotNone(answers[3].header("retry-after"))

    def test_what_is_not_allowed_is_not_offered(self):
        d = self.daemon({"pages": "true", "sign_up": "false", "mail_command": ""})
        html = self.page("/auth/sign-in", d=d).body
        self.assertNotIn(b"/auth/sign-up", html)
        self.assertNotIn(b"/auth/forgot-password", html)
        self.assertIn(b"cannot be made here", self.send("sign-up", {
            "name": "x", "email": "x@example.com", "password": PASSWORD}, d=d).body)

    def test_a_sign_up_to_be_verified_leads_to_the_mail(self):
        d = self.daemon({"pages": "true", "require_email_verification": "true", "mail_command": "/bin/true"})
        fields = {"name": "x", "email": "x@example.com", "password": PASSWORD, "next": "/app"}
        r = self.send("sign-up", fields, d=d)
        self.assert_leads_to(r, "/auth/sign-in?notice=verify-email&next=%2Fapp")
        self.assert_leads_to(self.send("sign-up", fields, d=d), r.header("location"))
        page = self.send("sign-in", fields, d=d)
        self.assertEqual(page.status, 403)
        self.assertIn(b"verify your e-mail address first", page.body)
        self.assertRegex(page.body.decode(), r'data-resend>\s*<input type="hidden" name="email" value="x@example.com">')


if __name__ == "__main__":
    unittest.main()
