"""webauthctl link add --create and link export: accounts that the host does not have."""

import json
import os
import pathlib
import stat

import ctl

RANGE = ("--set", "uid_range=65533-65540")  # 65534 and 65535 are nobody's


class Export(ctl.Case):
    def setUp(self):
        super().setUp()
        self.create()
        self.add_user("alice@example.com", "--name", "Alice: of, \"here\" & there")
        self.add_user("bob@example.com", "--name", "Bob")
        self.out = pathlib.Path(self.dir) / "out"
        self.out.mkdir()

    def link(self, who, account, *more):
        return self.ok_json("link", "add", f"{who}@example.com", account, "--create", *more)

    def export(self, kind, *more):
        args = ("link", "export", "--format", kind, "--out", str(self.out), *more)
        return self.ok_json(*args)["export"]

    def uids(self):
        return dict(self.sql('select "account", "uid" from "webauth_uid"'))

    def names(self):
        return sorted(p.name for p in self.out.iterdir())

    def test_new_accounts_get_uids_in_order_that_nobody_has(self):
        for who, account in (("alice", "wa-a"), ("bob", "wa-b"), ("bob", "wa-c")):
            self.link(who, account, *RANGE)
        self.assertEqual(self.uids(), {"wa-a": 65533, "wa-b": 65536, "wa-c": 65537})

    def test_a_uid_is_its_names_for_good(self):
        self.link("alice", "wa-a")
        first = self.uids()["wa-a"]
        self.ok("link", "remove", "wa-a")
        self.link("bob", "wa-b")
        self.assertNotEqual(self.uids()["wa-b"], first)
        self.link("bob", "wa-a")
        self.assertEqual(self.uids()["wa-a"], first)

    def test_a_range_ends(self):
        small = ("--set", "uid_range=70000-70000")
        self.link("alice", "wa-a", *small)
        add = ("link", "add", "bob@example.com", "wa-b", "--create", *small)
        self.fails(3, "used up", *add)
        self.assertEqual(list(self.uids()), ["wa-a"])
        self.assertEqual(len(self.ok_json("link", "list")["links"]), 1)

    def test_a_range_is_looked_at(self):
        for bad in ("", "x", "1-2", "999-2000", "3000-2000", "2000", "2000-", "2000-4294967294"):
            self.fails(2, "uid_range", "--set", f"uid_range={bad}", "link", "list")

    def test_what_the_host_has_is_not_made(self):
        self.fails(6, "the host has", "link", "add", "alice@example.com", "daemon", "--create")
        self.fails(6, "the host has", "link", "add", "alice@example.com", "root", "--create")
        for bad in ("Alice", "a b", "1a", "-a", "a" * 33, "ä", ""):
            self.fails(2, "account's name", "link", "add", "alice@example.com", "--create", "--", bad)
        self.assertEqual(self.uids(), {})

    def test_a_link_that_fails_gives_no_uid(self):
        self.link("alice", "wa-a")
        self.fails(6, "alice@example.com", "link", "add", "bob@example.com", "wa-a", "--create")
        self.fails(3, "user list", "link", "add", "eve@example.com", "wa-e", "--create")
        self.assertEqual(list(self.uids()), ["wa-a"])

    def test_extrausers(self):
        self.link("alice", "wa-a")
        self.link("bob", "wa-b")
        self.ok("link", "remove", "wa-b")
        uid = self.uids()["wa-a"]
        (self.out / "passwd").write_text("old\n")
        done = self.export("extrausers", "--home", "/srv/home", "--shell", "/bin/bash")
        self.assertEqual(done, {"format": "extrausers", "directory": str(self.out), "accounts": 1})
        self.assertEqual(self.names(), ["group", "passwd", "shadow"])
        self.assertEqual(
            (self.out / "passwd").read_text(),
            f'wa-a:x:{uid}:{uid}:Alice  of  "here"   there:/srv/home/wa-a:/bin/bash\n')
        self.assertEqual((self.out / "group").read_text(), f"wa-a:x:{uid}:\n")
        self.assertEqual((self.out / "shadow").read_text(), "wa-a:!*:::::::\n")
        modes = [stat.S_IMODE((self.out / n).stat().st_mode) for n in ("passwd", "group", "shadow")]
        self.assertEqual(modes, [0o644, 0o644, 0o640])

    def test_userdb(self):
        self.link("alice", "wa-a")
        self.link("bob", "wa-b")
        uids = self.uids()
        self.export("userdb")
        self.assertEqual(self.names(), sorted(
            f"{name}.{kind}" for a in uids for name in (a, uids[a]) for kind in ("user", "group")))
        user = json.loads((self.out / f"{uids['wa-b']}.user").read_text())
        self.assertEqual(user, {
            "userName": "wa-b", "uid": uids["wa-b"], "gid": uids["wa-b"], "realName": "Bob",
            "homeDirectory": "/home/wa-b", "shell": "/bin/sh", "disposition": "regular"})
        group = json.loads((self.out / "wa-b.group").read_text())
        self.assertEqual((group["groupName"], group["gid"]), ("wa-b", uids["wa-b"]))
        self.assertEqual(os.readlink(self.out / f"{uids['wa-b']}.user"), "wa-b.user")

        # What is not ours stays; what was ours and is no more goes.
        (self.out / "local.user").write_text("{}")
        self.ok("link", "remove", "wa-b")
        self.export("userdb")
        self.assertEqual(self.names(), sorted(
            ["local.user", *(f"{n}.{k}" for n in ("wa-a", uids["wa-a"]) for k in ("user", "group"))]))

    def test_a_file_is_replaced_as_a_whole_or_not_at_all(self):
        self.link("alice", "wa-a")
        (self.out / "passwd").write_text("as it was\n")
        (self.out / "shadow").mkdir()  # in the way
        self.fails(1, "shadow", "link", "export", "--format", "extrausers", "--out", str(self.out))
        self.assertEqual((self.out / "passwd").read_text(), "as it was\n")

    def test_a_link_in_the_way_is_not_followed(self):
        self.link("alice", "wa-a")
        victim = pathlib.Path(self.dir) / "victim"
        victim.write_text("mine\n")
        for name in (".passwd.new", "passwd"):
            (self.out / name).symlink_to(victim)
        self.export("extrausers")
        self.assertEqual(victim.read_text(), "mine\n")
        self.assertFalse((self.out / "passwd").is_symlink())

    def test_wrong_usage(self):
        export = ("link", "export")
        self.fails(2, "--format", *export, "--out", str(self.out))
        self.fails(2, "--format", *export, "--format", "ldif", "--out", str(self.out))
        self.fails(2, "--out", *export, "--format", "userdb")
        self.fails(1, "nowhere", *export, "--format", "userdb", "--out", str(self.out / "nowhere"))
        for option in ("--home", "--shell"):
            for bad in ("home", "/a:b", "/a\nb"):
                self.fails(2, "absolute", *export, "--format", "userdb", "--out", str(self.out), option, bad)


ctl.main()
