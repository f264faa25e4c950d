"""webauthctl app-password: made, shown once, listed, revoked."""

import re

import ctl


class AppPassword(ctl.Case):
    def setUp(self):
        super().setUp()
        self.create()
        self.alice = self.add_user()
        self.bob = self.add_user("bob@example.com")

    def add(self, who="alice@example.com", *more):
        args = ("app-password", "add", who, "--name", "phone", *more)
        return self.ok_json(*args)["appPassword"]

    def rows(self):
        return self.sql('select "id", "userId", "services" from "webauth_app_password"')

    def test_new_one_is_shown_once(self):
        made = self.add("alice@example.com", "--services", "dovecot,vsftpd", "--expires", "90d")
        text = made.pop("appPassword")
        self.assertRegex(text, r"^wap_[0-9a-hjkmnp-tv-z]{38}$")
        self.assertEqual(text[4:12], made["id"])
        self.assertEqual((made["name"], made["services"]), ("phone", ["dovecot", "vsftpd"]))
        self.assertIsNone(made["lastUsedAt"])
        self.assertRegex(made["expiresAt"], r"^\d{4}-")
        self.assertEqual(self.rows(), [(made["id"], self.alice["id"], "dovecot vsftpd")])
        self.assertEqual(self.ok_json("app-password", "list")["appPasswords"], [made])
        secret = text[12:38]
        for (value,) in self.sql('select "hash" from "webauth_app_password"'):
            self.assertNotIn(secret, value)

    def test_list_is_of_all_or_of_one_user(self):
        of_alice, of_bob = self.add(), self.add("bob@example.com")
        ids = lambda *a: [r["id"] for r in self.ok_json("app-password", "list", *a)["appPasswords"]]
        self.assertEqual(ids(), [of_alice["id"], of_bob["id"]])
        self.assertEqual(ids("--user", "bob@example.com"), [of_bob["id"]])
        self.fails(3, "user list", "app-password", "list", "--user", "nobody@example.com")

    def test_one_is_revoked_by_its_id(self):
        kept, gone = self.add(), self.add()
        result = self.ok_json("app-password", "revoke", gone["id"])["result"]
        self.assertEqual(result, {"revoked": 1})
        self.assertEqual([row[0] for row in self.rows()], [kept["id"]])
        self.fails(3, "app-password list", "app-password", "revoke", gone["id"])

    def test_all_of_a_user_are_revoked_at_once(self):
        self.add()
        self.add()
        kept = self.add("bob@example.com")
        self.fails(2, "--yes", "app-password", "revoke", "--user", "alice@example.com")
        args = ("app-password", "revoke", "--user", "alice@example.com", "--yes")
        self.assertEqual(self.ok_json(*args)["result"], {"revoked": 2})
        self.assertEqual([row[0] for row in self.rows()], [kept["id"]])

    def test_they_go_with_their_user(self):
        self.add()
        self.ok("user", "delete", "alice@example.com", "--yes")
        self.assertEqual(self.rows(), [])

    def test_wrong_usage(self):
        add = ("app-password", "add", "alice@example.com")
        self.fails(2, "--name", *add)
        self.fails(2, "name", *add, "--name", "")
        self.fails(2, "service", *add, "--name", "x", "--services", "a b")
        self.fails(2, "service", *add, "--name", "x", "--services", "a,,b")
        self.fails(2, "expir", *add, "--name", "x", "--expires", "soon")
        self.fails(2, "expir", *add, "--name", "x", "--expires", "2001-01-01T00:00:00Z")
        self.fails(2, "more than 16", *add, "--name", "x", "--services", ",".join("a" * 17))
        self.fails(2, "either", "app-password", "revoke")
        self.fails(2, "either", "app-password", "revoke", "x", "--user", "alice@example.com")
        self.fails(3, "user list", "app-password", "add", "nobody@example.com", "--name", "x")
        self.assertEqual(self.rows(), [])

    def test_a_user_has_a_bounded_number(self):
        self.sql(
            'insert into "webauth_app_password" ("id", "userId", "name", "hash", "services",'
            ' "createdAt") with recursive n(i) as (select 1 union all select i + 1 from n where i < 50)'
            " select i, ?, 'x', '', '', '2026-01-01T00:00:00.000Z' from n",
            self.alice["id"],
        )
        words = "revoke one first"
        self.fails(6, words, "app-password", "add", "alice@example.com", "--name", "x")
        self.assertTrue(re.match("wap_", self.add("bob@example.com")["appPassword"]))


ctl.main()
