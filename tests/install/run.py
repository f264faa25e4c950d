"""tools/run from a built tree: what it prints works as printed, and what can go wrong is one clear
line. Needs root, for the PAM service (a name of its own, removed afterwards).
Usage: run.py BUILD [PRELOAD]; PRELOAD is the sanitizers' library, if the module needs one."""

import os
import pathlib
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import unittest
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/api"))

from ports import free_port

build = sys.argv[1]
# The host must have the sanitizers when the module does, and leaks of pamtester are its own.
pam_env = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}
if len(sys.argv) > 2:
    pam_env["LD_PRELOAD"] = sys.argv[2]
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"]

SKIPPED = 77


def nobody_reaches_us():
    return subprocess.run([*NOBODY, "test", "-x", ROOT / "tools/run"], check=False).returncode == 0


class Run(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="webauth-run-"))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.dir.chmod(0o755)
        self.service = f"webauth-test-{uuid.uuid4().hex[:12]}"
        self.pam_file = pathlib.Path("/etc/pam.d", self.service)
        self.addCleanup(self.pam_file.unlink, missing_ok=True)
        self.env = {
            **os.environ,
            "PORT": str(free_port()),
            "BUILD": build,
            "VAR": str(self.dir / "var"),
            "SERVICE": self.service,
        }

    def start(self):
        """Starts tools/run and returns the process and what it printed up to "Stop"."""
        process = subprocess.Popen(
            [ROOT / "tools/run"], env=self.env, text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )
        self.addCleanup(self.stop, process)
        printed = ""
        for line in process.stdout:
            printed += line
            if line.startswith("Stop"):
                break
        self.assertIn("Stop", printed)
        return process, printed

    def stop(self, process):
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.wait(timeout=30)
        process.stdout.close()

    def shell(self, command, env=None):
        return subprocess.run(
            command, shell=True, capture_output=True, text=True, check=False,
            stdin=subprocess.DEVNULL, env=env,
        )

    def refused(self, env, prefix=()):
        """Starts tools/run where it cannot go on, and returns the one line it says."""
        got = subprocess.run(
            [*prefix, ROOT / "tools/run"], env={**self.env, **env}, capture_output=True, text=True,
            check=False, stdin=subprocess.DEVNULL, timeout=60,
        )
        self.assertNotEqual(got.returncode, 0)
        self.assertEqual(len(got.stderr.splitlines()), 1, got.stderr)
        return got.stderr

    def command(self, printed, title):
        """The command that stands behind this title, with its continuation lines."""
        return re.search(rf"^{title} +((?:.*\\\n)*.*)$", printed, re.M)[1]

    def test_what_is_printed_works_and_the_store_is_kept(self):
        process, printed = self.start()
        url = self.command(printed, "Open")
        self.assertIn("<h1>Sign in</h1>", self.shell(f"curl -sSL {url}").stdout)
        signed_up = self.shell(self.command(printed, "Sign up"))
        self.assertIn('"token":"', signed_up.stdout, signed_up.stderr)

        pam = self.command(printed, "PAM")
        good = self.shell(pam, pam_env)
        self.assertEqual(good.returncode, 0, good.stdout + good.stderr)
        bad = self.shell(pam.replace("correct horse", "wrong horse"), pam_env)
        self.assertNotEqual(bad.returncode, 0)
        self.stop(process)

        secret = pathlib.Path(self.env["VAR"], "secret").read_bytes()
        process, printed = self.start()
        self.assertEqual(pathlib.Path(self.env["VAR"], "secret").read_bytes(), secret)
        again = self.shell(self.command(printed, "PAM"), pam_env)
        self.assertEqual(again.returncode, 0, again.stdout + again.stderr)

    def test_what_it_makes_is_its_users_alone(self):
        self.start()
        var = pathlib.Path(self.env["VAR"])
        self.assertEqual(oct(stat.S_IMODE(var.stat().st_mode)), oct(0o700))
        for name in ("secret", "webauth.db"):
            mode = stat.S_IMODE((var / name).stat().st_mode)
            self.assertEqual(oct(mode), oct(0o600), name)
            if nobody_reaches_us():
                self.assertNotEqual((var / name).stat().st_uid, 0, name)
        self.assertEqual((var / "webauth.conf").stat().st_uid, 0)

    def test_a_port_in_use_is_one_line(self):
        with socket.socket() as holder:
            holder.bind(("127.0.0.1", int(self.env["PORT"])))
            holder.listen()
            line = self.refused({})
        self.assertRegex(line, rf"^tools/run: port {self.env['PORT']} is in use")

    def stand_ins(self, **scripts):
        """A folder with these shell scripts as commands."""
        folder = self.dir / "stand-ins"
        folder.mkdir()
        for name, script in scripts.items():
            command = folder / name.replace("_", "-")
            command.write_text(f"#!/bin/sh\n{script}\n")
            command.chmod(0o755)
        return folder

    def test_a_package_that_cannot_be_had_is_one_line(self):
        folder = self.stand_ins(
            dpkg_query='case $* in *libjwt-dev*) exit 1 ;; esac; exec /usr/bin/dpkg-query "$@"',
            apt_get='case $* in *update*) exit 0 ;; esac; '
            'echo "E: Unable to locate package libjwt-dev" >&2; exit 100',
        )
        line = self.refused({"PATH": f"{folder}:{os.environ['PATH']}"})
        self.assertEqual(
            line,
            "tools/run: package libjwt-dev cannot be installed: "
            "Unable to locate package libjwt-dev\n",
        )

    def test_no_way_to_be_root_is_one_line(self):
        if not nobody_reaches_us():
            self.skipTest("nobody cannot reach this folder")
        folder = self.dir / "bin"
        folder.mkdir()
        for name in ("sh", "dirname", "basename", "id"):
            (folder / name).symlink_to(shutil.which(name))
        setpriv = shutil.which("setpriv")
        line = self.refused({"PATH": str(folder)}, [setpriv, *NOBODY[1:]])
        self.assertIn("there is no sudo", line)


if os.geteuid() != 0:
    print("needs root")
    sys.exit(SKIPPED)
unittest.main(argv=sys.argv[:1], verbosity=2)
