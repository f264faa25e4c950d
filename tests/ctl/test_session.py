"""webauthctl session: listing and ending, never showing a token."""

import ctl


class Session(ctl.Case):
    def setUp(self):
        super().setUp()
        self.create()
        self.alice = self.add_user()
        self.bob = self.add_user("bob@example.com")
        for name in ("a1", "a2"):
            self.add_session(self.alice["id"], name, agent="Firefox")
        self.add_session(self.bob["id"], "b1")
        self.add_session(self.bob["id"], "over", expires=ctl.PAST)

    def listed(self, *args):
        return {s["id"] for s in self.ok_json("session", "list", *args)["sessions"]}

    def test_list_shows_live_sessions(self):
        self.assertEqual(self.listed(), {"a1", "a2", "b1"})
        self.assertEqual(self.listed("--user", "bob@example.com"), {"b1"})
        row = self.ok_json("session", "list", "--user", "alice@example.com")["sessions"][0]
        self.assertEqual(
            {k: row[k] for k in row if k != "id"},
            {
                "userId": self.alice["id"],
                "email": "alice@example.com",
                "createdAt": ctl.PAST,
                "expiresAt": ctl.FUTURE,
                "ipAddress": "192.0.2.1",
                "userAgent": "Firefox",
                "impersonatedBy": None,
            },
        )

    def test_what_session_max_age_has_ended_is_not_listed(self):
        conf = self.write("aged.conf", "session_max_age = 30d\n")
        with self.subTest("a session of 2020 that says it lives until 2099"):
            self.assertEqual(self.ok_json("session", "list", file=conf)["sessions"], [])
            user = self.ok_json("user", "show", "alice@example.com", file=conf)["user"]
            self.assertEqual(user["sessions"], 0)

    def test_limit_is_said_when_it_is_reached(self):
        result = self.ok("session", "list", "--limit", "2", "-o", "jsonl")
        self.assertEqual(len(result.out.splitlines()), 2)
        self.assertIn("--limit", result.err)
        self.fails(2, "--limit", "session", "list", "--limit", "none")

    def test_no_format_shows_a_token(self):
        for form in ("table", "json", "jsonl", "tsv"):
            self.assertNotIn("secret-token", self.ok("session", "list", "-o", form).out)

    def test_one_is_ended_by_its_id(self):
        self.assertEqual(self.ok_json("session", "kill", "a1")["result"], {"sessionsEnded": 1})
        self.assertEqual(self.sessions(), {"a2", "b1", "over"})
        self.fails(3, "session list", "session", "kill", "a1")

    def test_a_token_is_no_id(self):
        self.fails(3, "session list", "session", "kill", "secret-token-a1")

    def test_a_users_are_ended(self):
        args = ("session", "kill", "--user", "alice@example.com")
        self.fails(2, "--yes", *args)
        self.assertEqual(self.ok_json(*args, "--yes")["result"], {"sessionsEnded": 2})
        self.assertEqual(self.sessions(), {"b1", "over"})
        self.fails(3, "user list", "session", "kill", "--user", "nobody@example.com", "--yes")

    def test_all_are_ended(self):
        self.fails(2, "--yes", "session", "kill", "--all")
        self.assertEqual(len(self.sessions()), 4)
        self.ok("session", "kill", "--all", "--yes")
        self.assertEqual(self.sessions(), set())

    def test_exactly_one_of_the_three_is_given(self):
        for args in (
            [],
            ["a1", "--all"],
            ["a1", "--user", "alice@example.com"],
            ["--all", "--user", "alice@example.com"],
        ):
            self.fails(2, "give one of", "session", "kill", *args, "--yes")
        self.assertEqual(len(self.sessions()), 4)

    def test_terminal_is_asked(self):
        terminal = ctl.Terminal(self, "session", "kill", "--all")
        terminal.answer("all sessions of all users? [y/N]", "no\n")
        self.assertEqual(terminal.code(), 1)
        self.assertEqual(len(self.sessions()), 4)
        terminal = ctl.Terminal(self, "session", "kill", "--user", "alice@example.com")
        terminal.answer("all sessions of alice@example.com? [y/N]", "y\n")
        self.assertEqual(terminal.code(), 0)
        self.assertEqual(self.sessions(), {"b1", "over"})


ctl.main()
