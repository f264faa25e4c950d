"""The four formats: their shape, and text that is out to do harm."""

import json
import re
import subprocess
import unicodedata

import ctl

# Whatever is stored, none of this may reach a terminal as it is.
EVIL = [
    "\x1b]0;owned\x07",
    "\x1b[2J\x1b[1;1H",
    "tab\there",
    "line\nbreak\r\n",
    "\x7fdelete",
    "\x9b31mC1",
    "\u202eevil\u202c",
    "\u2066isolate\u2069",
    "\u2028separator",
    "back\\slash",
    'quo"te',
    "\ufeffmark",
]
NICE = ["Zoë Ångström", "山田太郎", "Ольга", "e\u0301", "👩‍💻", "مها"]


class Output(ctl.Case):
    def setUp(self):
        super().setUp()
        self.create()

    def store_users(self, names):
        for i, name in enumerate(names):
            self.sql(
                'insert into "user" ("id", "name", "email", "emailVerified", "createdAt",'
                ' "updatedAt") values (?, ?, ?, 1, ?, ?)',
                *(f"id{i}", name, f"u{i:02}@example.com", ctl.PAST, ctl.PAST),
            )

    def assert_harmless(self, text, more=""):
        for c in text:
            if c not in "\n" + more:
                self.assertNotIn(unicodedata.category(c), ("Cc", "Zl"), repr(text))
            self.assertFalse(0x202A <= ord(c) <= 0x202E or 0x2066 <= ord(c) <= 0x2069, repr(text))

    def test_json_gives_back_what_is_stored(self):
        self.store_users(EVIL + NICE)
        names = [u["name"] for u in self.ok_json("user", "list")["users"]]
        self.assertEqual(names, EVIL + NICE)

    def test_no_format_steers_a_terminal(self):
        self.store_users(EVIL)
        self.add_session("id0", "s1", agent="\x1b[31mred\x9b", address="\x1b[0m")
        for form in ("table", "json", "jsonl", "tsv"):
            for args in (("user", "list"), ("user", "show", "id1"), ("session", "list")):
                out = self.ok(*args, "-o", form).out
                self.assert_harmless(out, "\t" if form == "tsv" else "")

    def test_messages_do_not_either(self):
        for bad in ("\x1b[2J", "a\nwebauthctl: all is well", "\u202e", "\udcff"):
            result = self.fails(3, "no such user", "user", "show", bad)
            self.assertEqual(result.err.count("\n"), 1)
            self.assert_harmless(result.err)

    def test_bytes_that_are_not_utf8_are_shown_as_such(self):
        self.store_users(["x"])
        self.sql('update "user" set "name" = cast(? as text)', b"a\xff\xc0b")
        self.assertIn("a\\xff\\xc0b", self.ok("user", "list").out)
        self.assertEqual(self.ok_json("user", "list")["users"][0]["name"], "a\ufffd\ufffdb")

    def test_rows_and_records_have_the_same_members(self):
        self.store_users(["x"])
        listed = self.ok_json("user", "list")["users"][0]
        self.assertEqual(
            list(listed),
            ["id", "email", "name", "username", "emailVerified", "role", "disabled"]
            + ["disabledReason", "disabledUntil", "createdAt", "updatedAt"],
        )
        shown = self.ok_json("user", "show", "id0")["user"]
        self.assertEqual(list(shown), [*listed, "hasPassword", "accounts", "sessions"])
        self.assertEqual({k: shown[k] for k in listed}, listed)

    def test_empty_lists_are_lists(self):
        self.assertEqual(self.ok_json("user", "list"), {"schema": 1, "users": []})
        self.assertEqual(self.ok_json("link", "list"), {"schema": 1, "links": []})
        self.assertEqual(self.ok_json("session", "list"), {"schema": 1, "sessions": []})
        self.assertEqual(self.ok("user", "list", "-o", "jsonl").out, "")
        self.assertEqual(len(self.ok("user", "list", "-o", "tsv").out.splitlines()), 1)

    def test_jsonl_is_one_row_with_schema_per_line(self):
        self.store_users(NICE)
        rows = [json.loads(line) for line in self.ok("user", "list", "-o", "jsonl").out.splitlines()]
        self.assertEqual([r["name"] for r in rows], NICE)
        self.assertEqual({r["schema"] for r in rows}, {1})

    def test_tsv_can_be_read_back(self):
        self.store_users(EVIL)
        # splitlines() would split at more than newlines.
        lines = self.ok("user", "list", "-o", "tsv").out.split("\n")[:-1]
        head = lines[0].split("\t")
        self.assertEqual(head[:3], ["id", "email", "name"])
        self.assertEqual(len(lines), 1 + len(EVIL))
        marks = {"\\n": "\n", "\\t": "\t", "\\r": "\r", "\\\\": "\\"}

        def unescape(m):
            return marks.get(m[0]) or chr(int(m[0][2:], 16))

        for line, name in zip(lines[1:], EVIL):
            cells = line.split("\t")
            self.assertEqual(len(cells), len(head))
            read = re.sub(r"\\(?:[ntr\\]|x..|u....)", unescape, cells[2])
            self.assertEqual(read, name)

    def test_columns_line_up_for_wide_and_combining_characters(self):
        self.store_users(["山田太郎", "e\u0301e\u0301", "abcdefgh"])
        lines = self.ok("user", "list").out.splitlines()

        def columns(text):
            width = {"W": 2, "F": 2}
            return sum(
                0 if unicodedata.combining(c) else width.get(unicodedata.east_asian_width(c), 1)
                for c in text
            )

        starts = {columns(line[: line.index("yes")]) for line in lines[1:]}
        self.assertEqual(len(starts), 1, lines)

    def test_times_are_rfc3339_in_utc(self):
        self.store_users(["x"])
        self.assertEqual(self.ok_json("user", "list")["users"][0]["createdAt"], ctl.PAST)
        self.assertIn("2020-01-01T00:00:00Z", self.ok("user", "list").out)

    def test_output_that_cannot_be_written_is_a_failure(self):
        self.store_users(NICE)
        for form in ("table", "json", "jsonl", "tsv"):
            with open("/dev/full", "wb") as full:
                done = subprocess.run(
                    self.arguments("user", "list", "-o", form),
                    stdout=full,
                    stderr=subprocess.PIPE,
                    env=self.environ(),
                    check=False,
                )
            self.assertEqual(done.returncode, 1)
            self.assertEqual(done.stderr.count(b"No space left"), 1)


ctl.main()
