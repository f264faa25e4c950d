"""tools/bench from start to end, with a few users and a tenth of a second for each figure: every contender
runs, every answer is right, and what comes out can be read. No figure is judged."""

import json
import re
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ET
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BENCH = ROOT / "tools/bench/main.py"
SVG = "{http://www.w3.org/2000/svg}"

# Group (its beginning) and who must be in it.
EXPECTED = {
    "get-session, 16 connections": ["Better Auth, TCP", "sessiond, TCP", "sessiond, Unix",
                                    "sessiond, a constant answer", "bare echo, TCP", "bare echo, Unix"],
    "get-session, one connection": ["Better Auth, TCP", "sessiond, Unix", "bare echo, Unix"],
    "token": ["Better Auth", "sessiond", "sessiond, a session's first"],
    "verify": ["sessiond, cookie", "sessiond, JWT"],
    "get-session as the store grows": ["sessiond, 1,000 of 100", "sessiond, any of 100", "sessiond, 1,000 of 300",
                                       "sessiond, any of 300"],
    "sign-in, scrypt": ["Better Auth", "sessiond", "bare KDF, all cores"],
    "sign-up, scrypt": ["Better Auth", "sessiond"],
    "sign-in, Argon2id": ["sessiond", "bare KDF, all cores"],
    "get-session, 1,000 a second, while all hash": ["sessiond, nobody signs in", "sessiond, all hash threads busy"],
    "nginx, auth_request": ["nginx alone", "nginx asking a constant 204", "nginx asking sessiond"],
    "PAM, one password": ["bare KDF, one thread", "pam_webauth", "pam_pwdfile"],
    "PAM, pam_start": ["pam_permit", "pam_webauth"],
    "saslauthd": ["pam_webauth, password", "pam_pwdfile, password", "pam_webauth, app password"],
    "app passwords": ["nginx alone", "nginx, pam_webauth, sessiond"],
    "get-session, 1,000 a second, beside upkeep": ["nothing", "sessiond sweeping what has ended",
                                                   "a backup, page by page", "a backup by VACUUM INTO", "VACUUM"],
}


class Smoke(unittest.TestCase):
    build = None

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        json_file, cls.svg = Path(cls.folder.name) / "all.json", Path(cls.folder.name) / "plot.svg"
        cls.done = subprocess.run(
            [sys.executable, BENCH, "--build", cls.build, "--repeat", "1", "--seconds", "0.1", "--users", "200",
             "--grow", "100,300", "--json", json_file, "--plot", cls.svg],
            capture_output=True, text=True, check=False)
        if cls.done.returncode != 0:
            raise AssertionError(cls.done.stdout + cls.done.stderr)
        cls.all = json.loads(json_file.read_text(encoding="utf-8"))

    def test_every_contender_ran(self):
        self.assertEqual(self.all["left_out"], [])
        found = {(m["group"], m["name"]): m for m in self.all["measures"]}
        self.assertEqual(len(found), sum(map(len, EXPECTED.values())), sorted(found))
        for beginning, names in EXPECTED.items():
            for name in names:
                [m] = [m for (group, who), m in found.items() if group.startswith(beginning) and who == name]
                [result] = m["results"]
                self.assertGreater(result["rate"], 0, m)
                self.assertGreater(result[m["shown"]], 0, m)

    def test_no_answer_was_wrong(self):
        self.assertEqual(self.all["wrong"], [])
        for m in self.all["measures"]:
            self.assertEqual([r.get("wrong", 0) for r in m["results"]], [0], m)

    def test_single_figures_are_there(self):
        figures = self.all["figures"]
        for name in ("sessiond, start to first answer", "sessiond, resident after all the load",
                     "revocation by another process", "pam_pwdfile's hash", "Better Auth, resident when idle"):
            self.assertIn(name, figures)
        swept = re.search(r"([\d,]+) ended sessions swept", figures["upkeep"])
        self.assertGreater(int(swept[1].replace(",", "")), 0)

    def test_progress_is_shown(self):
        self.assertIn("100 %  measured", self.done.stderr)
        self.assertRegex(self.done.stderr, r" \d\d %  \w")

    def test_tables_have_every_line(self):
        for m in self.all["measures"]:
            self.assertRegex(self.done.stdout, rf"\| {re.escape(m['group'])} +\| {re.escape(m['name'])} +\|")
        # Every aim was judged, whatever came of it.
        self.assertEqual(len(re.findall(r"\| (yes|no) +\|", self.done.stdout)), 17)

    def test_plot_is_one_for_light_and_dark_pages_with_bars_from_zero(self):
        text = self.svg.read_text(encoding="utf-8")
        self.assertIn("prefers-color-scheme: dark", text)
        svg = ET.fromstring(text)
        bars = [r for r in svg.iter(SVG + "rect") if r.get("class") in ("ours", "other")]
        self.assertEqual(len(bars), len(self.all["measures"]))
        self.assertEqual(len({bar.get("x") for bar in bars}), 1)
        width = float(svg.get("width"))
        self.assertTrue(all(float(b.get("x")) + float(b.get("width")) < width for b in bars))


if __name__ == "__main__":
    Smoke.build = sys.argv.pop(1)
    unittest.main(verbosity=2)
