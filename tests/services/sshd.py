"""OpenSSH, by both of its ways to ask for a password."""

import json
import os
import pathlib
import subprocess

import host

PORT = 2222
OPTIONS = (
    "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR")
# Its id, file, mode and token; then it waits.
SHOW_SESSION = (
    'echo "$WEBAUTH_SESSION_ID"; f=$WEBAUTH_SESSION_FILE; echo "$f"; stat -c "%a %U" "$f"; cat "$f"; '
    "echo; cat >/dev/null")
METHODS = ("password", "keyboard-interactive")
CONFIG = f"""Port {PORT}
ListenAddress 127.0.0.1
HostKey /etc/ssh/test_key
PidFile /run/sshd.pid
UsePAM yes
PasswordAuthentication yes
KbdInteractiveAuthentication yes
PermitRootLogin no
LogLevel VERBOSE
"""


class Sshd(host.Service):
    service = "sshd"
    unix = True

    @classmethod
    def prepare(cls):
        pathlib.Path("/run/sshd").mkdir(exist_ok=True)
        host.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "/etc/ssh/test_key")
        config = pathlib.Path("/etc/ssh/test_config")
        config.write_text(CONFIG)
        cls.start("/usr/sbin/sshd", "-D", "-e", "-f", config)
        host.wait_for(lambda: host.answers(PORT), cls.logs)

    def command(self, name, method, command):
        return [
            "sshpass", "-e", "ssh", "-p", PORT, *OPTIONS, "-o", "PubkeyAuthentication=no",
            "-o", "NumberOfPasswordPrompts=1", "-o", f"PreferredAuthentications={method}",
            f"{name}@127.0.0.1", command]

    def ssh(self, name, secret, method, command="id -un"):
        return host.run(
            *self.command(name, method, command), env={**os.environ, "SSHPASS": secret}, check=False)

    def login(self, name, secret):
        results = {self.ssh(name, secret, method).stdout == f"{name}\n" for method in METHODS}
        self.assertEqual(len(results), 1, "the two methods differ")
        return results.pop()

    def test_each_method_is_its_own(self):
        for method in METHODS:
            with self.subTest(method):
                self.assertEqual(self.ssh("ann", host.RIGHT, method).stdout, "ann\n")
                refused = self.ssh("ann", host.WRONG, method)
                self.assertNotEqual(refused.returncode, 0)
                self.assertEqual(refused.stdout, "")

    def test_no_unix_account_is_no_login_and_the_log_says_why(self):
        self.assertFalse(self.login("zoe", host.RIGHT))
        host.wait_for(lambda: "sshd refused this login before PAM" in self.syslog.text(), self.logs)

    def sessions(self):
        return {row["id"] for row in json.loads(host.webauthctl("session", "list").stdout)["sessions"]}

    def held_session(self, method):
        """A login that goes on until its standard input ends, and what it knows of its web session."""
        process = subprocess.Popen(
            [str(word) for word in self.command("ann", method, SHOW_SESSION)],
            env={**os.environ, "SSHPASS": host.RIGHT}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.wait)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stdin.close)
        return process, [process.stdout.readline().rstrip("\n") for _ in range(4)]

    def test_a_login_has_a_web_session_that_ends_with_it(self):
        for method in METHODS:
            with self.subTest(method):
                process, (ident, path, mode, token) = self.held_session(method)
                self.assertIn(ident, self.sessions(), self.logs())
                self.assertEqual(mode, "600 ann")
                self.assertEqual(len(token), 32)
                self.assertNotIn(token, self.syslog.text())
                process.stdin.close()
                host.wait_for(lambda: ident not in self.sessions(), self.logs)
                host.wait_for(lambda: not pathlib.Path(path).exists(), self.logs)

    def test_a_login_by_key_has_none(self):
        self.add_key("ann")
        done = self.with_key("ann", "echo got:$WEBAUTH_SESSION_FILE:$WEBAUTH_SESSION_ID")
        self.assertEqual(done, "got::\n", self.logs())

    def test_a_banned_users_key_is_refused(self):
        self.add_key("ben")
        self.assertEqual(self.with_key("ben"), "")
        host.webauthctl("user", "enable", "ben@example.com")
        self.assertEqual(self.with_key("ben"), "ben\n")
        host.webauthctl("user", "disable", "ben@example.com")

    def add_key(self, name):
        home = pathlib.Path(f"/home/{name}/.ssh")
        host.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"/tmp/{name}_key")
        home.mkdir(exist_ok=True)
        (home / "authorized_keys").write_bytes(pathlib.Path(f"/tmp/{name}_key.pub").read_bytes())
        host.run("chown", "-R", f"{name}:{name}", home)

    def with_key(self, name, command="id -un"):
        return host.run(
            "ssh", "-p", PORT, "-i", f"/tmp/{name}_key", "-o", "BatchMode=yes", *OPTIONS,
            f"{name}@127.0.0.1", command, check=False).stdout


host.main()
