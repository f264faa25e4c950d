"""webauthctl user: every verb, every way it ends."""

import datetime
import sqlite3

import ctl


class Add(ctl.Case):
    def setUp(self):
        super().setUp()
        self.create()

    def test_added_user_is_stored_as_better_auth_stores_one(self):
        user = self.add_user("Alice@Example.com", "--name", "Alice", "--username", "Alice", "--verified")
        self.assertEqual(user["email"], "alice@example.com")
        self.assertEqual((user["name"], user["username"]), ("Alice", "Alice"))
        self.assertTrue(user["emailVerified"])
        self.assertEqual(
            self.sql('select "id", "email", "username", "emailVerified" from "user"'),
            [(user["id"], "alice@example.com", "alice", 1)],
        )
        account = self.sql('select "providerId", "accountId", "userId" from "account"')
        self.assertEqual(account, [("credential", user["id"], user["id"])])
        self.assertEqual(self.sessions(), set())

    def test_user_without_password_has_no_account(self):
        self.ok("user", "add", "bot@example.com", "--no-password")
        self.assertEqual(self.sql('select * from "account"'), [])
        self.assertFalse(self.ok_json("user", "show", "bot@example.com")["user"]["hasPassword"])

    def test_taken_email_is_a_conflict(self):
        self.add_user()
        self.fails(6, "user show ALICE@example.com", "user", "add", "ALICE@example.com", "--no-password")

    def test_taken_username_is_a_conflict(self):
        self.add_user("a@example.com", "--username", "same")
        self.fails(6, "SAME", "user", "add", "b@example.com", "--username", "SAME", "--no-password")

    def test_what_is_no_email_is_wrong_usage(self):
        self.fails(2, "not an e-mail address", "user", "add", "alice", "--no-password")

    def test_bad_username_is_wrong_usage(self):
        self.fails(2, "3 to 30", "user", "add", "a@b.cd", "--username", "a b", "--no-password")

    def test_control_characters_are_no_name(self):
        self.fails(2, "control", "user", "add", "a@b.cd", "--name", "a\x1b[2J", "--no-password")

    def test_username_in_a_store_without_them_is_refused(self):
        self.db = self.path("node.db")
        self.make_node_store(admin=False)
        self.ok("store", "migrate")
        self.fails(
            4, "no user names", "user", "add", "a@b.cd", "--username", "alice", "--no-password"
        )


class Read(ctl.Case):
    def setUp(self):
        super().setUp()
        self.create()

    def test_list_pages_through_all_users_in_order(self):
        db = sqlite3.connect(self.db)
        db.executemany(
            'insert into "user" ("id", "name", "email", "emailVerified", "createdAt", "updatedAt")'
            f" values (?, ?, ?, 0, '{ctl.PAST}', '{ctl.PAST}')",
            [(f"id{i}", f"name {i}", f"u{i:05}@example.com") for i in range(1203)],
        )
        db.commit()
        db.close()
        emails = [u["email"] for u in self.ok_json("user", "list")["users"]]
        self.assertEqual(emails, [f"u{i:05}@example.com" for i in range(1203)])
        for limit in (1, 500, 501):
            out = self.ok("user", "list", "--limit", str(limit), "-o", "jsonl").out
            self.assertEqual(len(out.splitlines()), limit)
        table = self.ok("user", "list").out.splitlines()
        self.assertEqual(len(table), 1204)

    def test_list_finds_text_in_email_and_name(self):
        self.add_user("a@example.com", "--name", "Needle")
        self.add_user("b@needle.org")
        self.add_user("c@example.com")
        found = [u["email"] for u in self.ok_json("user", "list", "needle")["users"]]
        self.assertEqual(found, ["a@example.com", "b@needle.org"])

    def test_limit_is_a_number_from_1(self):
        for bad in ("0", "-1", "x", "1.5", "99999999999"):
            self.fails(2, "--limit", "user", "list", "--limit", bad)

    def test_user_is_found_by_email_username_and_id(self):
        user = self.add_user("alice@example.com", "--username", "Alice")
        for text in (user["id"], "ALICE@example.com", "aliCE"):
            self.assertEqual(self.ok_json("user", "show", text)["user"]["id"], user["id"])

    def test_show_counts_live_sessions_and_names_links(self):
        user = self.add_user()
        self.add_session(user["id"], "live")
        self.add_session(user["id"], "over", expires=ctl.PAST)
        self.sql('insert into "webauth_link" values (?, ?, ?)', "alice", user["id"], ctl.PAST)
        shown = self.ok_json("user", "show", "alice@example.com")["user"]
        self.assertEqual((shown["sessions"], shown["accounts"]), (1, ["alice"]))
        self.assertTrue(shown["hasPassword"])

    def test_nobody_is_not_found(self):
        for verb in ("show", "enable", "disable", "delete", "set-password"):
            self.fails(3, ["nobody@example.com", "user list"], "user", verb, "nobody@example.com")


class Disable(ctl.Case):
    def user_in(self, admin):
        self.make_node_store(admin)
        self.ok("store", "migrate")
        user = self.add_user()
        self.add_session(user["id"], "one")
        return user

    def test_node_store_with_admin_plugin_has_its_own_columns_used(self):
        user = self.user_in(admin=True)
        self.ok("user", "disable", user["id"], "--reason", "lost laptop", "--until", "2098-01-02T03:04:05Z")
        self.assertEqual(
            self.sql('select "banned", "banReason", "banExpires" from "user"'),
            [(1, "lost laptop", "2098-01-02T03:04:05.000Z")],
        )
        self.assertEqual(self.sql('select * from "webauth_ban"'), [])
        self.assertEqual(self.sessions(), set())
        self.ok("user", "enable", user["id"])
        self.assertEqual(self.sql('select coalesce("banned", 0) from "user"'), [(0,)])

    def test_node_store_without_them_has_our_table_used(self):
        user = self.user_in(admin=False)
        self.ok("user", "disable", user["id"], "--reason", "lost laptop")
        ban = self.sql('select "userId", "reason", "expiresAt" from "webauth_ban"')
        self.assertEqual(ban, [(user["id"], "lost laptop", None)])
        self.assertNotIn("banned", [c[1] for c in self.sql('pragma table_info("user")')])
        self.assertEqual(self.sessions(), set())
        self.assertTrue(self.ok_json("user", "show", user["id"])["user"]["disabled"])
        self.ok("user", "enable", user["id"])
        self.assertEqual(self.sql('select * from "webauth_ban"'), [])

    def test_until_takes_durations_and_rfc3339(self):
        user = self.user_in(admin=True)
        for given, stored in (
            ("2098-01-02T03:04:05Z", "2098-01-02T03:04:05.000Z"),
            ("2098-01-02t03:04:05.678901z", "2098-01-02T03:04:05.678Z"),
            ("2098-01-02T03:04:05.5+01:30", "2098-01-02T01:34:05.500Z"),
            ("2098-01-02 03:04:05-23:59", "2098-01-03T03:03:05.000Z"),
        ):
            shown = self.ok_json("user", "disable", user["id"], "--until", given)["user"]
            self.assertEqual(shown["disabledUntil"], stored)
        shown = self.ok_json("user", "disable", user["id"], "--until", "7d")["user"]
        end = datetime.datetime.fromisoformat(shown["disabledUntil"].replace("Z", "+00:00"))
        left = end - datetime.datetime.now(datetime.timezone.utc)
        self.assertAlmostEqual(left.total_seconds(), 7 * 86400, delta=60)

    def test_until_refuses_the_past_and_nonsense(self):
        user = self.user_in(admin=True)
        for bad in (
            "2020-01-01T00:00:00Z",
            "0",
            "yesterday",
            "",
            "2098-13-01T00:00:00Z",
            "2098-02-30T00:00:00Z",
            "2098-01-01",
            "2098-01-01T00:00:00",
            "2098-01-01T00:00:00.Z",
            "2098-01-01T00:00:00+1:00",
            "2098-01-01T00:00:00+24:00",
            "9" * 40 + "d",
        ):
            with self.subTest(until=bad):
                self.fails(2, "--until", "user", "disable", user["id"], "--until", bad)
        self.assertEqual(self.sessions(), {"one"})

    def test_a_ban_that_has_passed_is_not_shown_as_one(self):
        user = self.user_in(admin=True)
        self.sql('update "user" set "banned" = 1, "banExpires" = ?', ctl.PAST)
        self.assertFalse(self.ok_json("user", "show", user["id"])["user"]["disabled"])


class Delete(ctl.Case):
    def setUp(self):
        super().setUp()
        self.create()
        self.user = self.add_user()

    def test_everything_of_theirs_goes(self):
        self.add_session(self.user["id"], "one")
        self.sql('insert into "webauth_link" values (?, ?, ?)', "alice", self.user["id"], ctl.PAST)
        deleted = self.ok_json("user", "delete", "alice@example.com", "--yes")
        self.assertEqual(deleted["user"]["id"], self.user["id"])
        for table in ("user", "account", "session", "webauth_link"):
            self.assertEqual(self.sql(f'select * from "{table}"'), [], table)

    def test_without_terminal_it_needs_yes(self):
        self.fails(2, "--yes", "user", "delete", "alice@example.com")
        self.assertEqual(len(self.sql('select * from "user"')), 1)

    def test_on_a_terminal_only_yes_is_a_yes(self):
        for answer in ("\n", "n\n", "ye\n", "yess\n", "alice\n", "\x04"):
            terminal = ctl.Terminal(self, "user", "delete", "alice@example.com")
            terminal.answer("[y/N]", answer)
            self.assertEqual(terminal.code(), 1, terminal.shown)
            self.assertIn("nothing is changed", terminal.shown)
        self.assertEqual(len(self.sql('select * from "user"')), 1)
        terminal = ctl.Terminal(self, "user", "delete", "alice@example.com")
        terminal.answer("[y/N]", "yes\n")
        self.assertEqual(terminal.code(), 0, terminal.shown)
        self.assertEqual(self.sql('select * from "user"'), [])


ctl.main()
