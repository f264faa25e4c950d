"""Lists of passwords that nobody may choose: made here, searched where passwords are set."""

import ctl


class Blocklist(ctl.Case):
    def setUp(self):
        super().setUp()
        self.create()
        self.user = self.add_user()

    def prepared(self, text):
        result = self.ok("blocklist", "prepare", stdin=text)
        return result.out

    def add(self, path, password):
        return self.ctl(
            *("--set", f"password_blocklist={path}", "user", "add", "bot@example.com"),
            "--password-stdin",
            stdin=password,
        )

    def test_lines_become_what_is_compared(self):
        self.assertEqual(self.prepared("Tr0ub4dor&3\r\nSTRASSE-\u00df\n\uff21bcdefg9\nlast line"),
                         "tr0ub4dor&3\nstrasse-ss\nabcdefg9\nlast line\n")

    def test_what_cannot_be_a_password_is_left_out_and_counted(self):
        result = self.ok("blocklist", "prepare", stdin=b"short\n\n\xff\xfe broken line\nlong enough\n")
        self.assertEqual((result.out, result.err),
                         ("long enough\n", "webauthctl: 1 passwords, 3 lines left out\n"))

    def test_a_listed_password_is_refused_in_any_case_and_no_longer_one(self):
        lines = sorted(f"line {i:05} of many" for i in range(20000))
        path = self.write("list", "\n".join(lines) + "\n", mode=0o644)
        for password in ("line 00000 of many", "Line 09999 OF many", "line 19999 of many"):
            self.assertEqual(self.add(path, password).code, 4, password)
        self.assertEqual(self.add(path, "line 20000 of many").code, 0)

    def test_a_list_that_cannot_work_is_told(self):
        for text in ("beta\nalpha\n", "Alpha line\n", "alpha\r\nbeta\r\n"):
            path = self.write("bad", text, mode=0o644)
            result = self.ctl("--set", f"password_blocklist={path}", "config", "check")
            self.assertEqual(result.code, 8, text)
            self.assertIn("webauthctl blocklist prepare", result.out)
        result = self.ctl("--set", "password_blocklist=/nonexistent", "config", "check")
        self.assertIn("/nonexistent: No such file", result.out)
        self.assertEqual(self.add("/nonexistent", "a good one, nobody's").code, 1)


ctl.main()
