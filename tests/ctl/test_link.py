"""webauthctl link: the gate between web users and Unix accounts."""

import pwd

import ctl

# An account that every system has; the configuration of these tests lets it be linked.
ACCOUNT = next(p for p in pwd.getpwall() if 0 < p.pw_uid < 1000).pw_name


class Link(ctl.Case):
    def setUp(self):
        super().setUp()
        self.create()
        self.file = self.write("webauth.conf", "[pam]\nmin_uid = 1\n")
        self.alice = self.add_user()
        self.bob = self.add_user("bob@example.com")

    def links(self):
        return self.sql('select "account", "userId" from "webauth_link"')

    def test_added_link_is_listed_and_removed(self):
        args = ("link", "add", "alice@example.com", ACCOUNT)
        link = self.ok_json(*args, file=self.file)["link"]
        self.assertEqual((link["account"], link["userId"]), (ACCOUNT, self.alice["id"]))
        self.assertEqual(self.links(), [(ACCOUNT, self.alice["id"])])
        self.assertEqual(self.ok_json("link", "list")["links"], [link])
        listed = self.ok_json("link", "list", "--user", "alice@example.com")["links"]
        self.assertEqual(listed, [link])
        self.assertEqual(self.ok_json("link", "list", "--user", "bob@example.com")["links"], [])
        removed = self.ok_json("link", "remove", ACCOUNT)["link"]
        self.assertEqual(removed["email"], "alice@example.com")
        self.assertEqual(self.links(), [])

    def test_an_account_is_one_users(self):
        self.ok("link", "add", "alice@example.com", ACCOUNT, file=self.file)
        words = [ACCOUNT, "alice@example.com", f"link remove {ACCOUNT}"]
        for who in ("bob@example.com", "alice@example.com"):
            self.fails(6, words, "link", "add", who, ACCOUNT, file=self.file)
        self.assertEqual(self.links(), [(ACCOUNT, self.alice["id"])])

    def test_root_is_never_linked(self):
        self.fails(
            *(4, ["uid 0", "no --force"], "link", "add", "alice@example.com", "root"),
            file=self.file,
        )
        for uid0 in [p.pw_name for p in pwd.getpwall() if p.pw_uid == 0]:
            self.fails(4, "uid 0", "link", "add", "alice@example.com", uid0, file=self.file)
        self.assertEqual(self.links(), [])

    def test_system_accounts_are_not_linked(self):
        words = ["min_uid = 1000", "no --force"]
        self.fails(4, words, "link", "add", "alice@example.com", ACCOUNT)
        self.assertEqual(self.links(), [])

    def test_nobodys_account_is_not_linked(self):
        nobody = [p.pw_name for p in pwd.getpwall() if p.pw_uid == 65534]
        for name in nobody:
            self.fails(4, "nobody", "link", "add", "alice@example.com", name, file=self.file)

    def test_there_is_no_force(self):
        self.fails(2, "--force", "link", "add", "alice@example.com", "root", "--force")

    def test_account_must_exist(self):
        self.fails(3, "no-such-account", "link", "add", "alice@example.com", "no-such-account")

    def test_what_is_no_name_is_wrong_usage(self):
        for bad in ("", "a:b", "a/b", " a", "a\n", "+x", "a" * 256):
            with self.subTest(account=bad):
                self.fails(2, "link add", "link", "add", "alice@example.com", "--", bad)
        self.assertEqual(self.links(), [])

    def test_user_must_exist(self):
        self.fails(3, "user list", "link", "add", "nobody@example.com", ACCOUNT, file=self.file)
        self.fails(3, "user list", "link", "list", "--user", "nobody@example.com")

    def test_what_is_not_linked_cannot_be_removed(self):
        self.fails(3, "link list", "link", "remove", ACCOUNT)


ctl.main()
