"""The systemd files as an installed system reads them: users are made, directories are made, units
have no fault and are as confined as they promise. Usage: systemd.py BUILD PREFIX"""

import os
import pathlib
import re
import stat
import subprocess
import sys
import unittest

import staged

build, prefix = sys.argv[1:3]

# systemd-analyze's exposure times ten. What is left of it: the caller's uid must be seen (no private
# users), sockets be made, and priorities lowered.
EXPOSURE_MAX = "5"


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False)


class Systemd(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stage = staged.Stage(build)
        cls.root = pathlib.Path(cls.stage.root)
        (cls.root / "etc").mkdir(exist_ok=True)
        cls.units = cls.root / prefix.lstrip("/") / "lib/systemd/system"

    @classmethod
    def tearDownClass(cls):
        cls.stage.done()

    def test_units_have_no_fault(self):
        # Targets that the units hang on live in the real system; here they are stand-ins.
        for name in ("sysinit", "basic", "sockets", "multi-user", "shutdown"):
            (self.units / f"{name}.target").write_text("[Unit]\nDescription=stand-in\n")
        for name in ("system.slice", "-.slice", "-.mount", "run.mount", "tmp.mount", "var.mount"):
            (self.units / name).write_text("[Unit]\nDescription=stand-in\n")
        got = run(
            "systemd-analyze", "verify", "--man=no", "--recursive-errors=no", f"--root={self.root}",
            "sessiond.service", "sessiond.socket", "sessiond-pam.socket",
        )
        ours = [line for line in (got.stdout + got.stderr).splitlines() if "sessiond" in line]
        self.assertEqual(ours, [])

    def test_service_is_confined(self):
        got = run(
            "systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE_MAX}",
            "--no-pager", str(self.units / "sessiond.service"),
        )
        self.assertEqual(got.returncode, 0, got.stdout + got.stderr)

    def test_service_keeps_the_callers_uid(self):
        unit = (self.units / "sessiond.service").read_text()
        self.assertIsNone(re.search(r"^PrivateUsers=", unit, re.M))

    @unittest.skipIf(os.geteuid() != 0, "only root may give files away")
    def test_users_then_directories(self):
        users = self.root / prefix.lstrip("/") / "lib/sysusers.d/webauth.conf"
        got = run("systemd-sysusers", f"--root={self.root}", users)
        self.assertEqual(got.returncode, 0, got.stderr)
        passwd = (self.root / "etc/passwd").read_text()
        group = (self.root / "etc/group").read_text()
        account = re.search(r"^webauth:[^:]*:(\d+):(\d+):", passwd, re.M)
        self.assertIsNotNone(account, passwd)
        self.assertRegex(passwd, r"(?m)^webauth:.*:/usr/sbin/nologin$")
        self.assertRegex(group, r"(?m)^webauth-api:[^:]*:\d+:webauth$")

        directories = self.root / prefix.lstrip("/") / "lib/tmpfiles.d/webauth.conf"
        got = run("systemd-tmpfiles", f"--root={self.root}", "--create", directories)
        self.assertEqual(got.returncode, 0, got.stderr)
        for path, mode in (("var/lib/webauth", 0o700), ("run/webauth", 0o755)):
            st = (self.root / path).stat()
            self.assertEqual(oct(stat.S_IMODE(st.st_mode)), oct(mode), path)
            self.assertEqual((str(st.st_uid), str(st.st_gid)), account.groups(), path)


unittest.main(argv=sys.argv[:1], verbosity=2)
