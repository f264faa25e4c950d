"""webauthctl store, and what is said when the store is not as it should be."""

import os
import sqlite3
import stat
import subprocess
import unittest

import ctl

STRANGER = 65534


def as_stranger():
    os.setgroups([])
    os.setgid(STRANGER)
    os.setuid(STRANGER)


def can_be_stranger():
    """Root can, where the way to the tool is open to others."""
    if os.geteuid() != 0:
        return False
    try:
        subprocess.run([ctl.TOOL, "--version"], preexec_fn=as_stranger, capture_output=True, check=True)
    except (OSError, subprocess.SubprocessError):
        return False
    return True


needs_root = unittest.skipUnless(can_be_stranger(), "cannot be somebody else")


class Create(ctl.Case):
    def test_store_is_made_once_and_for_its_owner_alone(self):
        made = self.ok_json("store", "create")["store"]
        self.assertEqual((made["path"], made["madeBy"]), (self.db, "webauth"))
        self.assertEqual(stat.S_IMODE(os.stat(self.db).st_mode), 0o600)
        self.fails(6, [self.db, "store check"], "store", "create")
        os.unlink(self.db)
        os.symlink("/nonexistent", self.db)
        self.fails(6, self.db, "store", "create")

    def test_missing_directory_is_named_with_the_command_that_makes_it(self):
        self.db = self.path("missing/store.db")
        self.fails(1, ["install -d", self.path("missing")], "store", "create")

    @needs_root
    def test_made_by_root_it_belongs_to_the_owner_of_the_directory(self):
        os.chown(self.dir, STRANGER, STRANGER)
        self.ok("store", "create")
        held = sqlite3.connect(self.db)
        held.execute('select count(*) from "user"').fetchone()
        self.add_user()
        for name in os.listdir(self.dir):
            st = os.stat(self.path(name))
            self.assertEqual((st.st_uid, st.st_gid), (STRANGER, STRANGER), name)
        held.close()
        # And that owner can go on with it.
        os.chmod(self.dir, 0o700)
        result = self.run_raw(self.arguments("user", "list"), preexec_fn=as_stranger)
        self.assertEqual(result.code, 0, result.err)


class Migrate(ctl.Case):
    def test_better_auth_database_gets_our_tables_and_keeps_its_own(self):
        self.make_node_store(admin=True)
        before = self.sql("select name, sql from sqlite_schema where type = 'table' order by name")
        self.fails(1, "store migrate", "user", "list")
        store = self.ok_json("store", "migrate")["store"]
        self.assertEqual((store["madeBy"], store["adminColumns"]), ("better-auth", True))
        after = dict(self.sql("select name, sql from sqlite_schema where type = 'table'"))
        for name, sql in before:
            self.assertEqual(after[name], sql)
        self.assertEqual(self.ok_json("store", "migrate")["store"], {**store, "backup": None})
        self.ok("user", "list")

    def dump(self, path=None):
        db = sqlite3.connect(path or self.db)
        text = "\n".join(db.iterdump())
        db.close()
        return text

    def names(self):
        return sorted(os.listdir(self.dir))

    def test_what_was_there_is_kept_beside_it_and_the_way_back_is_said(self):
        self.make_node_store(admin=True)
        before = self.dump()
        result = self.ok("-o", "json", "store", "migrate")
        backup = result.json["store"]["backup"]
        self.assertRegex(backup, r"/store\.db\.v0-\d{8}T\d{6}\.\d{3}Z\.backup$")
        self.assertIn(backup, result.err)
        self.assertIn("GOING BACK", result.err)
        self.assertEqual(stat.S_IMODE(os.stat(backup).st_mode), 0o600)
        self.assertEqual(self.names(), ["store.db", os.path.basename(backup)])
        self.assertEqual(self.dump(backup), before)
        # As the manual says: nothing of the store's log stays, and the copy takes its name.
        os.rename(backup, self.db)
        self.assertEqual(self.dump(), before)

    @needs_root
    def test_a_backup_made_by_root_is_the_owners(self):
        self.make_node_store(admin=False)
        os.chown(self.dir, STRANGER, STRANGER)
        os.chown(self.db, STRANGER, STRANGER)
        backup = os.stat(self.ok_json("store", "migrate")["store"]["backup"])
        self.assertEqual((backup.st_uid, backup.st_gid), (STRANGER, STRANGER))

    def test_a_dry_run_lists_the_steps_and_changes_nothing(self):
        self.make_node_store(admin=False)
        self.sql('drop table "account"')
        self.sql(ctl.NODE_TABLES[ctl.NODE_TABLES.index('create table "account"'):].split(";")[0]
                 .replace('"accountId"', '"issuer" text not null, "accountId"'))
        with open(self.db, "rb") as f:
            before = f.read()
        result = self.ok("-o", "json", "store", "migrate", "--dry-run")
        self.assertEqual([s["step"] for s in result.json["steps"]], ["backup", "schema", "jwks", "issuer"])
        self.assertIn("nothing was changed", result.err)
        with open(self.db, "rb") as f:
            self.assertEqual(f.read(), before)
        self.assertEqual(self.names(), ["store.db"])
        self.ok("store", "migrate")
        result = self.ok("-o", "json", "store", "migrate", "--dry-run")
        self.assertEqual(result.json["steps"], [])
        self.assertIn("nothing to migrate", result.err)

    def test_a_dry_run_finds_what_the_migration_would(self):
        self.fails(1, [self.db, "store create"], "store", "migrate", "--dry-run")
        self.sql('create table "user" ("id" integer primary key)')
        os.chmod(self.db, 0o600)
        self.fails(1, "user", "store", "migrate", "--dry-run")

    def test_missing_store_is_not_made(self):
        self.fails(1, [self.db, "store create"], "store", "migrate")
        self.assertFalse(os.path.exists(self.db))


class Broken(ctl.Case):
    VERBS = (("user", "list"), ("user", "enable", "x"), ("link", "list"), ("session", "list"))

    def all_fail(self, code, words):
        for verb in self.VERBS:
            self.fails(code, words, *verb)

    def check_finds(self, *words):
        result = self.ctl("store", "check", "-o", "json")
        self.assertEqual(result.code, 8, result.err)
        text = "\n".join(p["problem"] for p in result.json["problems"])
        for word in words:
            self.assertIn(word, text)
        self.assertEqual(self.ctl("config", "check").code, 8)

    def test_missing_store(self):
        self.all_fail(1, [self.db, "store create"])
        self.check_finds("webauthctl store create")

    def test_what_is_no_database(self):
        self.write("store.db", "not a database, but long enough to look at it twice\n" * 100)
        self.all_fail(1, [self.db, "backup"])
        self.check_finds(self.db)

    def test_damaged_pages_are_found_by_check(self):
        self.create()
        for i in range(300):
            self.add_session(self.user_id(), f"s{i:03}", agent="x" * 200)
        self.sql("pragma wal_checkpoint(truncate)")
        size = os.path.getsize(self.db)
        with open(self.db, "r+b") as f:
            f.seek(size // 2 // 4096 * 4096)
            f.write(b"\xff" * 4096)
        result = self.ctl("store", "check")
        self.assertEqual(result.code, 8, result.err)

    def user_id(self):
        if not self.sql('select 1 from "user"'):
            self.add_user()
        return self.sql('select "id" from "user"')[0][0]

    def test_rows_without_their_user_are_found(self):
        self.create()
        self.add_session("nobody", "orphan")
        result = self.ctl("store", "check", "-o", "json")
        self.assertEqual(result.code, 8)
        self.assertIn("session", result.json["problems"][0]["problem"])

    def test_newer_schema_asks_for_the_newer_program(self):
        self.create()
        self.sql('insert into "webauth_schema" values (99, ?, ?)', "webauth", ctl.PAST)
        self.all_fail(1, ["99", "newer program"])
        self.check_finds("newer program")

    def test_database_of_something_else(self):
        self.sql("create table something (x)")
        os.chmod(self.db, 0o600)
        self.all_fail(1, self.db)

    def test_symbolic_link_is_refused(self):
        self.create()
        os.rename(self.db, self.path("elsewhere.db"))
        os.symlink(self.path("elsewhere.db"), self.db)
        self.all_fail(4, "symbolic link")
        self.check_finds("symbolic link")

    def test_store_that_others_can_touch_is_a_problem(self):
        self.create()
        os.chmod(self.db, 0o644)
        self.check_finds("chmod o=")
        os.chmod(self.db, 0o666)
        self.all_fail(4, "writable by everybody")

    @needs_root
    def test_store_of_somebody_else_than_its_directory_is_a_problem(self):
        self.create()
        os.chown(self.db, STRANGER, STRANGER)
        self.check_finds("chown")

    @needs_root
    def test_stranger_is_refused_and_told_who_may(self):
        self.create()
        os.chmod(self.dir, 0o755)
        for verb in self.VERBS:
            result = self.run_raw(self.arguments(*verb), preexec_fn=as_stranger)
            self.assertEqual(result.code, 4, result.err)
            self.assertIn("as root or as the store's owner", result.err)

    def test_good_store_has_no_problems(self):
        self.create()
        self.add_user()
        result = self.ok("store", "check")
        self.assertEqual((result.out, result.err), ("", "webauthctl: no problems found\n"))
        self.assertEqual(self.ok_json("store", "check")["problems"], [])

    def test_busy_store_is_waited_for_and_then_said_so(self):
        self.create()
        self.add_user()
        db = sqlite3.connect(self.db, isolation_level=None)
        db.execute("begin immediate")
        self.ok("user", "list")
        self.fails(1, "try again", "user", "enable", "alice@example.com")
        db.execute("rollback")
        db.close()


ctl.main()
