"""webauthctl audit: what was done is listed, and a log that was tampered with is found out."""

import os
import unittest

import ctl

NEW = "another long horse"


class Audit(ctl.Case):
    def setUp(self):
        super().setUp()
        self.create()
        self.alice = self.add_user()

    def events(self, *args):
        """Oldest first."""
        return self.ok_json("audit", "list", *args)["events"][::-1]

    def names(self, *args):
        return [(e["event"], e["detail"]) for e in self.events(*args)]

    def put(self, column, value):
        self.sql(f'update webauth_audit set "{column}" = ? where "number" = 1', value)


class Recorded(Audit):
    def test_every_verb_that_changes_something_leaves_its_record(self):
        self.ok("user", "set-password", "alice@example.com", "--password-stdin", stdin=NEW)
        self.ok("user", "require-change", "alice@example.com")
        self.ok("user", "disable", "alice@example.com")
        self.ok("user", "enable", "alice@example.com")
        self.add_session(self.alice["id"], "one")
        self.add_session(self.alice["id"], "two")
        self.add_session(self.alice["id"], "three")
        self.ok("session", "kill", "one")
        self.ok("session", "kill", "--user", "alice@example.com", "--yes")
        self.add_session(self.alice["id"], "four")
        self.ok("session", "kill", "--all", "--yes")
        made = self.ok_json("app-password", "add", "alice@example.com", "--name", "phone")["appPassword"]
        self.ok("app-password", "revoke", made["id"])
        self.ok("app-password", "add", "alice@example.com", "--name", "phone")
        self.ok("app-password", "revoke", "--user", "alice@example.com", "--yes")
        self.ok("link", "add", "alice@example.com", "zoe", "--create")
        self.ok("link", "remove", "zoe")
        self.ok("limit", "reset", "alice@example.com")
        key = self.ok_json("key", "rotate", "--alg", "EdDSA")["key"]
        self.ok("user", "delete", "alice@example.com", "--yes")
        ident = made["id"]
        events = self.events()
        found = [(e["event"], e["detail"]) for e in events]
        second = found[10][1]
        self.assertEqual(
            found,
            [
                ("user_created", None),
                ("authn_password_change", "set"),
                ("user_updated", "password must be changed"),
                ("user_updated", "disabled"),
                ("user_updated", "enabled"),
                ("session_expired", "revoked"),
                ("session_expired", "revoked: all, 2"),
                ("session_expired", "revoked: of all users, 1"),
                ("authn_token_created", f"app password {ident}"),
                ("authn_token_revoked", f"app password {ident}"),
                ("authn_token_created", second),
                ("authn_token_revoked", "all app passwords, 1"),
                ("authz_change", "linked to account zoe"),
                ("authz_change", "no longer linked to account zoe"),
                ("authz_admin", "limit reset"),
                ("authz_admin", f"signing key {key['kid']}, EdDSA"),
                ("user_deleted", None),
            ],
        )
        for event in events:
            self.assertEqual((event["door"], event["actor"]), ("ctl", f"uid {os.getuid()}"), event)
            self.assertIsNone(event["reason"])
        self.assertEqual(self.ctl("audit", "verify").code, 0)

    def test_what_did_not_happen_is_not_recorded(self):
        self.ctl("session", "kill", "none")
        self.ctl("link", "remove", "none")
        self.ctl("app-password", "revoke", "none")
        self.ctl("user", "add", "alice@example.com", "--no-password")
        self.ok("session", "kill", "--all", "--yes")
        self.assertEqual(self.names(), [("user_created", None)])

    def test_a_forced_change_is_for_the_next_login(self):
        self.ok("user", "require-change", "alice@example.com")
        rows = self.sql('select "userId" from webauth_must_change')
        self.assertEqual(rows, [(self.alice["id"],)])
        self.ok("user", "set-password", "alice@example.com", "--password-stdin", stdin=NEW)
        self.assertEqual(self.sql("select * from webauth_must_change"), [])
        self.fails(3, "no such user", "user", "require-change", "nobody@example.com")


class Listed(Audit):
    def setUp(self):
        super().setUp()
        self.add_user("bob@example.com")
        self.ok("user", "disable", "bob@example.com")

    def test_filters(self):
        self.assertEqual(len(self.events()), 3)
        self.assertEqual(
            self.names("--user", "bob@example.com"),
            [("user_created", None), ("user_updated", "disabled")],
        )
        self.assertEqual(self.names("--event", "user_updated"), [("user_updated", "disabled")])
        self.assertEqual(len(self.events("--since", "1h")), 3)
        self.assertEqual(self.events("--since", "2099-01-01T00:00:00Z"), [])
        self.assertEqual(self.names("--limit", "1"), [("user_updated", "disabled")])
        self.put("createdAt", "2020-01-01T00:00:00.000Z")
        self.assertEqual(len(self.events("--since", "1d")), 2)

    def test_newest_first_and_more_than_a_page(self):
        for _ in range(3):
            self.sql(
                "with recursive n(i) as (select 1 union all select i + 1 from n where i < 400)"
                ' insert into webauth_audit select m + i, "createdAt", "event", null, null, "userId",'
                " null, null, 'web', null, null, null, null, null, '', '' from n, webauth_audit,"
                ' (select max("number") m from webauth_audit) where "number" = 1'
            )
        numbers = [e["number"] for e in self.ok_json("audit", "list", "--limit", "1203")["events"]]
        self.assertEqual(numbers, list(range(1203, 0, -1)))
        result = self.ok("audit", "list")
        self.assertIn("these are the newest 1000", result.err)

    def test_a_user_who_is_gone_is_found_by_id_and_a_name_that_is_nobodys_by_its_digest(self):
        bob = self.ok_json("user", "show", "bob@example.com")["user"]["id"]
        self.ok("user", "delete", "bob@example.com", "--yes")
        self.assertEqual(len(self.events("--user", bob)), 3)
        self.assertEqual(self.events("--user", "nobody"), [])
        self.ok("limit", "reset", "nobody")
        found = self.events("--user", "Nobody")
        self.assertEqual([e["detail"] for e in found], ["limit reset"])
        self.assertRegex(found[0]["name"], "^#[0-9a-f]{32}$")

    def test_an_unknown_event_or_time_is_a_wrong_usage(self):
        self.fails(2, "no such event", "audit", "list", "--event", "login")
        self.fails(2, "--since", "audit", "list", "--since", "yesterday")

    def test_each_event_of_the_manual_can_be_asked_for(self):
        """The names of the manual are those of the program."""
        manual = ctl.os.path.join(ctl.os.path.dirname(__file__), "../../docs/webauthctl.1")
        with open(manual, encoding="utf-8") as f:
            text = f.read()
        section = text.split("The events have the names")[1].split("How long records")[0]
        names = [line.split()[2] for line in section.splitlines() if line.startswith(".It Cm ")]
        self.assertEqual(len(names), 17)
        for name in names:
            self.ok("audit", "list", "--event", name)


class Escaped(Audit):
    # What an attacker may put where a name, an agent, a terminal is expected.
    CORPUS = {
        "\x1b[2J\x1b[31mred": "\\x1b[2J\\x1b[31mred",
        "a\nuser_deleted": "a\\nuser_deleted",
        "a\rb": "a\\rb",
        "a\tb": "a\\tb",
        "\x07\x08\x7f": "\\x07\\x08\\x7f",
        "\x9b31m": "\\u009b31m",
        "abc\u202egnp.exe": "abc\\u202egnp.exe",
        "\u2066x\u2069": "\\u2066x\\u2069",
        "\u200e\u200f\u061c": "\\u200e\\u200f\\u061c",
        "a\u2028b": "a\\u2028b",
        "\ufeffx": "\\ufeffx",
        "back\\slash": "back\\\\slash",
    }

    def test_nothing_of_a_record_steers_a_terminal_or_makes_a_line(self):
        for raw, shown in self.CORPUS.items():
            for column in ("detail", "service", "address", "actor"):
                with self.subTest(raw=raw, column=column):
                    self.put(column, raw)
                    for form in ("table", "tsv"):
                        out = self.ok("-o", form, "audit", "list").out
                        self.assertIn(shown, out)
                        self.assertEqual(len(out.splitlines()), 2)
                    out = self.ok("-o", "jsonl", "audit", "list").out
                    self.assertEqual(len(out.splitlines()), 1)
                    for character in raw:
                        if not character.isascii() or not character.isprintable():
                            self.assertNotIn(character, out.rstrip("\n"))
                    self.put(column, None)

    def test_json_gives_the_text_back(self):
        for raw in self.CORPUS:
            self.put("agent", raw)
            self.assertEqual(self.events()[0]["agent"], raw)


class Verified(Audit):
    def setUp(self):
        super().setUp()
        self.ok("user", "disable", "alice@example.com")
        self.ok("user", "enable", "alice@example.com")

    def verify(self, *args):
        result = self.ctl("-o", "json", "audit", "verify", *args)
        return result.code, result.json["chain"], result.err

    def test_a_whole_log_is_good_and_its_hash_is_printed(self):
        code, chain, err = self.verify()
        self.assertEqual((code, err), (0, ""))
        self.assertEqual((chain["rows"], chain["first"], chain["last"]), (3, 1, 3))
        self.assertEqual(chain["hash"], self.events()[-1]["hash"])

    def test_a_changed_byte_is_a_problem(self):
        self.put("userId", "mallory")
        code, _, err = self.verify()
        self.assertEqual(code, 8)
        self.assertIn("record 1: it is not as it was written", err)

    def test_a_row_taken_out_is_a_problem(self):
        self.sql('delete from webauth_audit where "number" = 2')
        code, _, err = self.verify()
        self.assertEqual(code, 8)
        self.assertIn("record 3: the rows before it are gone", err)

    def test_a_log_cut_short_is_found_with_a_hash_that_was_kept(self):
        kept = self.verify()[1]["hash"]
        self.assertEqual(self.verify("--since-hash", kept)[0], 0)
        self.ok("user", "disable", "alice@example.com")
        self.assertEqual(self.verify("--since-hash", kept)[0], 0)
        self.sql('delete from webauth_audit where "number" > 2')
        self.assertEqual(self.verify()[0], 0)
        code, _, err = self.verify("--since-hash", kept)
        self.assertEqual(code, 8)
        self.assertIn("the hash that was kept is not in it", err)

    def test_a_hash_that_is_none_is_a_wrong_usage(self):
        for text in ("", "abc", "z" * 64, "A" * 64):
            self.fails(2, "--since-hash", "audit", "verify", "--since-hash", text)

    def test_an_empty_log_is_whole(self):
        self.sql("delete from webauth_audit")
        code, chain, _ = self.verify()
        self.assertEqual((code, chain["rows"]), (0, 0))


if __name__ == "__main__":
    ctl.main()
