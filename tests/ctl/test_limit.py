"""webauthctl limit: seeing and forgetting wrong guesses."""

import contextlib
import hashlib
import sqlite3
import unittest
from datetime import datetime, timezone

import ctl


class Limit(ctl.Case):
    def setUp(self):
        super().setUp()
        self.create()
        self.alice = self.add_user()

    def count(self, kind, subject, failures):
        """As lib/core/guess.c writes it: rows are found by a keyed digest."""
        secret = "0" * 64
        parts = (kind, "account", subject, "")
        text = b"".join(p.encode() + b"\0" for p in parts)
        key = hashlib.blake2b(text, key=secret.encode(), digest_size=16).hexdigest()
        now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        with contextlib.closing(sqlite3.connect(self.db)) as db, db:
            db.execute("insert or replace into webauth_secret values ('guess', ?)", (secret,))
            db.execute(
                "insert into webauth_guess values (?, ?, ?, 0, null)", (key, failures, now)
            )

    def shown(self, name):
        rows = self.ok_json("limit", "show", name)["limits"]
        return {r["kind"]: (r["failures"], r["waitSeconds"] > 0) for r in rows}

    def test_a_store_in_which_nothing_was_counted_has_no_failures(self):
        none = (0, False)
        self.assertEqual(
            self.shown("alice@example.com"), {"password": none, "token": none, "mail": none}
        )

    def test_failures_and_waiting_are_shown(self):
        self.count("password", "id " + self.alice["id"], 30)
        self.count("token", "id " + self.alice["id"], 3)
        shown = self.shown("alice@example.com")
        self.assertEqual(shown["password"], (30, True))
        self.assertEqual(shown["token"], (3, False))

    def test_a_reset_forgets_them(self):
        self.count("password", "id " + self.alice["id"], 30)
        reset = self.ok_json("limit", "reset", "alice@example.com")["reset"]
        self.assertEqual(reset, {"name": "alice@example.com"})
        self.assertEqual(self.shown("alice@example.com")["password"], (0, False))

    def test_names_that_are_nobodys_have_counters_too(self):
        self.count("password", "name nobody@example.com", 30)
        self.assertEqual(self.shown("Nobody@example.com")["password"], (30, True))
        self.ok("limit", "reset", "nobody@example.com")
        self.assertEqual(self.shown("nobody@example.com")["password"], (0, False))


if __name__ == "__main__":
    unittest.main()
