"""webauthctl pam check and pam test: stacks that are right, stacks that are wrong in one way each, and
decisions explained."""

import os
import pathlib
import pwd

import ctl

ROOT = pathlib.Path(__file__).resolve().parents[2]
ACCOUNT = next(p for p in pwd.getpwall() if 0 < p.pw_uid < 1000).pw_name

COMMON = {
    "common-auth": """
auth	[success=1 default=ignore]	pam_unix.so nullok
auth	requisite	pam_deny.so
auth	required	pam_permit.so
""",
    "common-account": """
account	[success=1 new_authtok_reqd=done default=ignore]	pam_unix.so
account	requisite	pam_deny.so
account	required	pam_permit.so
""",
    "common-session": "session required pam_permit.so\n",
    "common-session-noninteractive": "session required pam_permit.so\n",
    "common-password": "password required pam_deny.so\n",
}


class Pam(ctl.Case):
    def setUp(self):
        super().setUp()
        self.create()
        self.add_user("alice@example.com", "--username", "alice", "--verified")
        self.stacks = pathlib.Path(self.dir) / "pam.d"
        self.stacks.mkdir()
        self.module = pathlib.Path(self.dir) / "pam_webauth.so"
        self.module.touch()
        for name, text in COMMON.items():
            (self.stacks / name).write_text(text)

    def stack(self, text, service="mail"):
        text = text.replace("pam_webauth.so", str(self.module))
        (self.stacks / service).write_text(text)

    def check(self, service="mail", *more):
        args = ("pam", "check", service, "--dir", str(self.stacks), *more, "-o", "json")
        result = self.ctl(*args)
        problems = [(p["area"], p["problem"]) for p in result.json["problems"]]
        self.assertEqual(result.code, 8 if problems else 0, result.err)
        return problems

    def finds(self, area, words, text, more=()):
        self.stack(text)
        problems = self.check("mail", *more)
        self.assertTrue([p for a, p in problems if a == area and words in p], problems)

    def link(self):
        conf = self.write("webauth.conf", "[pam]\nmin_uid = 1\n")
        self.ok("link", "add", "alice@example.com", ACCOUNT, file=conf)


class Check(Pam):
    def test_the_examples_are_right(self):
        self.link()
        found = sorted(p.name for p in (ROOT / "etc/pam.d").iterdir() if p.name != "README")
        for name in found:
            with self.subTest(name):
                self.stack((ROOT / "etc/pam.d" / name).read_text(), name)
                self.assertEqual(self.check(name), [])

    def test_pam_unix_that_ends_or_jumps_over_us_is_found(self):
        for control in ("sufficient", "[success=2 default=ignore]", "[success=done default=bad]"):
            self.finds("account", "never asked about local users", f"""
auth required pam_webauth.so
account {control} pam_unix.so
account required pam_webauth.so
account required pam_deny.so
account required pam_permit.so
""")

    def test_an_account_line_of_common_account_before_us_is_no_fault(self):
        self.stack("""
auth sufficient pam_webauth.so
@include common-auth
@include common-account
account required pam_webauth.so ignore_unknown_user account=unix
""")
        self.link()
        self.assertEqual(self.check(), [])

    def test_refusals_without_effect_are_found(self):
        for control in ("optional", "sufficient", "[default=ignore]", "[success=ok acct_expired=ignore default=bad]"):
            self.finds("account", "is ignored", f"""
auth required pam_webauth.so
account {control} pam_webauth.so
account required pam_permit.so
""")
        for control in ("optional", "sufficient", "[success=done authinfo_unavail=ignore default=bad]"):
            self.finds("auth", "a wrong password gets in", f"""
auth {control} pam_webauth.so
auth required pam_permit.so
account required pam_webauth.so
""")

    def test_web_users_refused_by_another_line_are_found(self):
        self.finds("account", "knows no web user", """
auth required pam_webauth.so
account required pam_webauth.so
@include common-account
""")
        self.finds("auth", "is not enough", """
auth required pam_unix.so
auth required pam_webauth.so
account required pam_webauth.so
""")

    def test_missing_lines_are_found(self):
        self.finds("account", "no account line", "auth required pam_webauth.so\n")
        self.finds("auth", "no auth line", "account required pam_webauth.so\n")
        self.finds("stack", "has no line", "auth required pam_unix.so\n")

    def test_what_libpam_cannot_load_or_read_is_found(self):
        lines = "auth required pam_webauth.so\naccount required pam_webauth.so\n"
        self.finds("module", "not installed", lines + "auth required pam_no_such.so\n")
        self.stack(lines + "-auth required pam_no_such.so\n")
        self.assertEqual(self.check(), [])
        self.finds("stack", "not there", lines + "@include no-such-file\n")
        self.finds("stack", "mail:3", lines + "auth required\n")
        self.finds("stack", "mail:3", lines + "oath required pam_permit.so\n")
        self.finds("stack", "bracket", lines + "auth required pam_permit.so [x\n")
        self.finds("stack", "without an end", lines + "@include mail\n")
        os.remove(self.stacks / "mail")
        self.fails(3, "No such file", "pam", "check", "gone", "--dir", str(self.stacks / "nowhere"))
        (self.stacks / "other").write_text("auth required pam_deny.so\n")
        self.assertIn("other", " ".join(p for _, p in self.check("gone")))

    def test_continued_lines_comments_and_brackets_are_read_as_libpam_does(self):
        self.stack("""# auth required pam_no_such.so
auth required \\
	pam_webauth.so [match=username] # pam_no_such.so
ACCOUNT Required pam_webauth.so
account substack common-account
""")
        problems = self.check()
        self.assertEqual([a for a, _ in problems], ["account"], problems)

    def test_done_in_a_substack_ends_the_substack_alone(self):
        (self.stacks / "inner").write_text("account sufficient pam_unix.so\n")
        both = "auth required pam_webauth.so\naccount {} inner\naccount required pam_webauth.so account=unix\n"
        self.link()
        self.stack(both.format("substack"))
        self.assertEqual(self.check(), [])
        self.finds("account", "never asked", both.format("include"))

    def test_options_are_looked_at(self):
        line = "auth required pam_webauth.so {0}\naccount required pam_webauth.so\n"
        for words, want in (
            ("nodleay", "nodleay"), ("min_uid=x", "min_uid"), ("match", "needs a value"),
            ("nodelay nodelay", "given twice"), ("conf=x", "absolute path"),
            ("conf=/no/such/file", "/no/such/file"),
        ):
            self.finds("options", want, line.format(words))
        self.stack(line.format("nodelay match=username,email use_authtok tokens app_passwords=only"))
        self.assertEqual(self.check(), [])
        conf = self.write("signed.conf", "bearer_require_signature = true\n")
        os.chmod(conf, 0o644)
        self.finds("options", "no effect", line.format(f"tokens conf={conf}"))

    def test_a_unix_service_without_links_is_found(self):
        lines = "auth required pam_webauth.so account=unix\naccount required pam_webauth.so account=unix\n"
        self.finds("links", "link add", lines)
        self.link()
        self.assertEqual(self.check(), [])

    def test_a_store_that_cannot_be_read_is_found(self):
        lines = "auth required pam_webauth.so\naccount required pam_webauth.so\n"
        os.rename(self.db, f"{self.db}.away")
        self.finds("store", "store create", lines)

    def test_a_service_user_who_may_not_ask_is_found(self):
        lines = "auth required pam_webauth.so{0}\naccount required pam_webauth.so\n"
        if os.geteuid() != 0 or ACCOUNT == "nobody":
            self.skipTest("needs another user than the store's")
        self.finds("user", "trusted_peer", lines.format(""), more=("--as", ACCOUNT))
        self.finds("user", "asks nobody else", lines.replace("\n", " transport=store\n").format(""),
                   more=("--as", ACCOUNT))
        self.finds("user", "no such user", lines.format(""), more=("--as", "no-such-user"))
        self.stack(lines.format(""))
        self.assertEqual(self.check("mail", "--as", "root"), [])

    def test_a_path_is_no_service(self):
        self.fails(2, "name of a service", "pam", "check", "../shadow")


class Test(Pam):
    def steps(self, code, *args, **how):
        result = self.ctl("-o", "json", "pam", "test", *args, **how)
        self.assertEqual(result.code, code, result.out + result.err)
        return {s["step"]: (s["result"], s["why"]) for s in result.json["steps"]}

    def test_who_would_be_let_in(self):
        steps = self.steps(0, "alice", "--service", "mail")
        self.assertEqual(steps["web user"][0], "yes")
        self.assertEqual(steps["in the end"][0], "let in")
        self.assertIn("alice@example.com", steps["web user"][1])

    def test_who_would_not_and_at_which_step(self):
        for name, service, step in (
            ("mallory", "mail", "web user"),
            ("root", "mail", "name may be a web user's"),
            ("-x", "mail", "name may be a web user's"),
            (ACCOUNT, "mail", "name may be a web user's"),
            ("alice", "sshd", "name may be a web user's"),
        ):
            steps = self.steps(4, "--service", service, "--", name)
            self.assertEqual(steps[step][0], "no", steps)
            self.assertEqual(steps["in the end"][0], "refused")

    def test_a_ban_is_named(self):
        self.ok("user", "disable", "alice@example.com")
        steps = self.steps(4, "alice", "--service", "mail")
        self.assertIn("BANNED", steps["account"][1])

    def test_a_secret_is_checked_and_nothing_is_written(self):
        made = self.ok_json("app-password", "add", "alice@example.com", "--name", "x")
        secret = made["appPassword"]["appPassword"]
        before = self.sql('select * from "webauth_app_password"')
        args = ("alice", "--service", "mail", "--password-stdin")
        self.assertEqual(self.steps(0, *args, stdin=f"{secret}\n")["secret given"][0], "yes")
        steps = self.steps(4, *args, stdin="wrong\n")
        self.assertIn("BAD_CREDENTIALS", steps["secret given"][1])
        self.assertEqual(self.sql('select * from "webauth_app_password"'), before)
        self.assertEqual(self.sql('select * from "webauth_guess"'), [])

    def test_a_service_must_be_given(self):
        self.fails(2, "--service", "pam", "test", "alice")


ctl.main()
