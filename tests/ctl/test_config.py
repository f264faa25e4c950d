"""webauthctl config, and what a bad configuration does to every other verb."""

import os

import ctl


class Config(ctl.Case):
    def setUp(self):
        super().setUp()
        self.create()
        os.mkdir(self.path("run"))
        self.good = ["--set", f"listen=unix:{self.path('run')}/api.sock"]

    def problems(self, *args, **more):
        result = self.ctl("-o", "json", *args, "config", "check", **more)
        self.assertEqual(result.code, 8, result.err)
        return result.json["problems"]

    def only_problem(self, area, words, *args, **more):
        problems = self.problems(*args, **more)
        self.assertEqual([p["area"] for p in problems], [area], problems)
        for word in words:
            self.assertIn(word, problems[0]["problem"])


class Check(Config):
    def test_good_configuration_has_no_problems(self):
        result = self.ok(*self.good, "config", "check")
        self.assertEqual((result.out, result.err), ("", "webauthctl: no problems found\n"))

    def test_table_has_one_line_per_problem(self):
        result = self.ctl(*["--set", "listen=nonsense", "--set", "listen=tcp:x"], "config", "check")
        self.assertEqual(result.code, 8)
        self.assertEqual(len(result.out.splitlines()), 3)

    def test_bad_file_is_named_with_its_line(self):
        for text, words in (
            ("listne = x\n", ["webauth.conf:1", "listne"]),
            ("\n# c\nsign_up = perhaps\n", ["webauth.conf:3", "sign_up"]),
            ("[pam]\nmin_uid = -1\n", ["webauth.conf:2", "min_uid"]),
        ):
            path = self.write("webauth.conf", text)
            self.only_problem("configuration", words, file=path)
            self.fails(1, words, "user", "list", file=path)
            self.fails(1, words, "config", "show", file=path)

    def test_file_that_others_can_change_is_refused(self):
        path = self.write("webauth.conf", "", mode=0o666)
        self.only_problem("configuration", [path, "chmod"], file=path)

    def test_missing_file_is_said(self):
        self.only_problem("configuration", ["missing.conf"], file=self.path("missing.conf"))

    def test_secret_is_checked(self):
        env = {k: v for k, v in self.environ().items() if k != "BETTER_AUTH_SECRET"}
        self.only_problem("secret", ["secret_file"], *self.good, env=env)
        self.only_problem(
            "secret", ["openssl rand"], *self.good, env={**env, "BETTER_AUTH_SECRET": "short"}
        )
        path = self.write("secret", ctl.SECRET, mode=0o644)
        self.only_problem(
            "secret", [path, "chmod"], *self.good, "--set", f"secret_file={path}", env=env
        )
        os.chmod(path, 0o600)
        self.ok(*self.good, "--set", f"secret_file={path}", "config", "check", env=env)

    def test_no_problem_shows_the_secret(self):
        env = self.environ(BETTER_AUTH_SECRET="tooshortsecret")
        for problem in self.problems(env=env):
            self.assertNotIn("tooshortsecret", problem["problem"])

    def test_listeners_are_checked(self):
        regular = self.write("regular", "")
        for value, word in (
            ("nonsense", "unix:PATH"),
            ("unix:relative.sock", "must begin with /"),
            ("unix:/" + "x" * 120, "at most"),
            (f"unix:{self.path('none')}/api.sock", "install -d"),
            (f"unix:{regular}", "no socket"),
            ("tcp:0.0.0.0:80", "loopback"),
            ("tcp:127.0.0.1:0", "PORT"),
            ("tcp:127.0.0.1", "PORT"),
            ("tcp:127.0.0.1:65536", "PORT"),
            ("tcp:127.0.0.1.example.com:80", "loopback"),
        ):
            with self.subTest(listen=value):
                self.only_problem("listen", [word], "--set", f"listen={value}")
        for value in ("tcp:127.0.0.1:1", "tcp:localhost:1", "tcp:[::1]:1", "unix:/run/webauth-none/api.sock"):
            self.ok("--set", f"listen={value}", "config", "check")

    def test_socket_group_must_exist(self):
        self.only_problem(
            "listen", ["groupadd"], *self.good, "--set", "socket_group=no-such-group"
        )

    def test_check_goes_on_after_the_first_finding(self):
        self.db = self.path("missing.db")
        env = {"PATH": os.environ["PATH"]}
        areas = [p["area"] for p in self.problems("--set", "listen=nonsense", env=env)]
        self.assertEqual(areas, ["secret", "store", "listen"])


class Show(Config):
    def test_what_is_shown_can_be_read_back(self):
        shown = self.ok("--set", "min_password_length=13", "config", "show").out
        self.assertIn("\nmin_password_length = 13\n", shown)
        self.assertIn("[pam]", shown)
        path = self.write("webauth.conf", shown)
        self.assertEqual(self.ok("config", "show", file=path).out, shown)

    def test_it_has_one_format(self):
        self.fails(2, "format", "config", "show", "-o", "json")

    def test_later_settings_win_over_the_file(self):
        path = self.write("webauth.conf", "log_level = debug\n")
        self.assertIn("log_level = debug", self.ok("config", "show", file=path).out)
        shown = self.ok("--set", "log_level=error", "config", "show", file=path).out
        self.assertIn("log_level = error", shown)


class Set(Config):
    def test_bad_settings_are_wrong_usage(self):
        for bad, word in (
            ("no_such_key=1", "no_such_key"),
            ("sign_up=perhaps", "sign_up"),
            ("min_password_length=0", "min_password_length"),
            ("min_password_length=100000", "min_password_length"),
            ("sign_up", "key=value"),
        ):
            with self.subTest(set=bad):
                self.fails(2, word, "--set", bad, "user", "list")

    def test_bad_file_is_a_failure_even_with_good_settings(self):
        path = self.write("webauth.conf", "listne = x\n")
        self.fails(1, "webauth.conf:1", "--set", "log_level=debug", "user", "list", file=path)

    def test_a_scalar_is_set_once(self):
        self.fails(2, "log_level", *["--set", "log_level=info"] * 2, "user", "list")


ctl.main()
