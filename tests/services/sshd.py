"""OpenSSH, by both of its ways to ask for a password."""

import os
import pathlib

import host

PORT = 2222
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

    def ssh(self, name, secret, method, command="id -un"):
        return host.run(
            "sshpass", "-e", "ssh", "-p", PORT, "-o", "StrictHostKeyChecking=no",
            "-o", "UserKnownHostsFile=/dev/null", "-o", "PubkeyAuthentication=no",
            "-o", "NumberOfPasswordPrompts=1", "-o", f"PreferredAuthentications={method}",
            "-o", "LogLevel=ERROR", f"{name}@127.0.0.1", command,
            env={**os.environ, "SSHPASS": secret}, check=False)

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

    def test_a_banned_users_key_is_refused(self):
        home = pathlib.Path("/home/ben/.ssh")
        host.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "/tmp/ben_key")
        home.mkdir(exist_ok=True)
        (home / "authorized_keys").write_bytes(pathlib.Path("/tmp/ben_key.pub").read_bytes())
        host.run("chown", "-R", "ben:ben", home)

        def with_key():
            return host.run(
                "ssh", "-p", PORT, "-i", "/tmp/ben_key", "-o", "BatchMode=yes", "-o", "LogLevel=ERROR",
                "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
                "ben@127.0.0.1", "id -un", check=False).stdout

        self.assertEqual(with_key(), "")
        host.webauthctl("user", "enable", "ben@example.com")
        self.assertEqual(with_key(), "ben\n")
        host.webauthctl("user", "disable", "ben@example.com")


host.main()
