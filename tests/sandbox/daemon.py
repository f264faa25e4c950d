"""The running daemon, as the kernel sees it: what it has given up, in which settings. That it still
does all it should is for tests/api, run in the same build with sandbox = require."""

import re
import shutil
import sys
import tempfile
import unittest
from pathlib import Path

from harness import Case, Daemon, wait_for
from mailbag import Mailbox

WITHOUT_LANDLOCK = [sys.executable, str(Path(__file__).with_name("without.py")), "landlock_create_ruleset"]


class Confined(Case):
    def states(self, d):
        """Of each thread: no_new_privs, seccomp's mode. Once it answers: who connects before waits."""
        self.assertEqual(d.get("/ok").status, 200)
        for task in Path(f"/proc/{d.process.pid}/task").iterdir():
            fields = dict(line.split(":", 1) for line in (task / "status").read_text().splitlines())
            yield fields["NoNewPrivs"].strip(), fields["Seccomp"].strip()

    def test_every_thread_is_filtered_and_gains_nothing(self):
        d = self.daemon()
        states = list(self.states(d))
        self.assertGreater(len(states), 2)
        self.assertEqual(set(states), {("1", "2")})
        # One filter: a second would be paid for with each call.
        self.assertIn("Seccomp_filters:\t1\n", Path(f"/proc/{d.process.pid}/status").read_text())

    def test_the_secret_is_in_memory_that_is_not_swapped(self):
        d = self.daemon()
        (locked,) = re.findall(r"VmLck:\s+(\d+) kB", Path(f"/proc/{d.process.pid}/status").read_text())
        self.assertGreater(int(locked), 0)

    def test_sending_mail_makes_no_difference(self):
        box = Mailbox(Path(self.enterContext(tempfile.TemporaryDirectory())) / "box")
        d = self.daemon(box.options)
        self.assertEqual(set(self.states(d)), {("1", "2")})
        status = Path(f"/proc/{d.beside('sessiond-mail')}/status").read_text()
        self.assertIn("NoNewPrivs:\t0\n", status)  # or a sendmail that is set-group-ID would fail

    def test_off_is_off_but_for_new_privileges(self):
        d = self.daemon({"sandbox": "off"})
        self.assertEqual(set(self.states(d)), {("1", "0")})

    def test_log_filters_and_denies_nothing(self):
        d = self.daemon({"sandbox": "log"})
        self.assertEqual(set(self.states(d)), {("1", "2")})
        self.assertEqual(d.sign_up().status, 200)

    def test_a_file_outside_is_out_of_reach_though_its_mode_would_let(self):
        """A link that leads elsewhere after the start stands for whoever could make the daemon open
        a path."""
        directory = Path(self.enterContext(tempfile.TemporaryDirectory()))
        box = Mailbox(directory / "box")
        for name in ("here", "there"):
            shutil.copytree(box.templates, directory / name)
        (directory / "link").symlink_to("here")
        d = self.daemon({**box.options, "mail_templates": str(directory / "link"), "send_on_sign_up": "true"})
        d.sign_up("ann@example.com")
        box.wait(1)
        (directory / "new").symlink_to("there")
        (directory / "new").rename(directory / "link")
        d.sign_up("bob@example.com")
        d.log_has("Permission denied")

    def test_a_store_that_is_made_anew_by_a_vacuum_and_a_full_log_are_no_trouble(self):
        d = self.daemon()
        cookie = d.cookie_header(d.sign_up())
        for i in range(30):
            d.sign_in()
        d.sql("vacuum")
        d.sql("pragma wal_checkpoint(truncate)")
        self.assertEqual(d.get("/get-session", cookie).status, 200)
        self.assertEqual(d.sign_up("bob@example.com").status, 200)


class OldKernel(Case):
    """One without Landlock, played by a filter that knows no such call."""

    def test_it_is_said_once_and_the_rest_is_done(self):
        d = self.daemon({"sandbox": "auto"}, wrapper=WITHOUT_LANDLOCK)
        wait_for(lambda: d.get("/ok").status == 200, lambda: "not there")
        lines = [line for line in d.log_text().splitlines() if "sandbox" in line]
        self.assertEqual(len(lines), 1, lines)
        self.assertIn("without Landlock", lines[0])
        self.assertIn("Seccomp:\t2\n", Path(f"/proc/{d.process.pid}/status").read_text())

    def test_who_requires_it_gets_no_daemon(self):
        d = Daemon({"sandbox": "require"}, wrapper=WITHOUT_LANDLOCK)
        self.addCleanup(shutil.rmtree, d.directory, True)
        r = d.run()
        self.assertEqual(r.returncode, 1)
        self.assertIn("sandbox = require: not without Landlock", r.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
