"""sudo: the caller's own web password."""

import pathlib

import host


class Sudo(host.Service):
    service = "sudo"
    unix = True

    @classmethod
    def prepare(cls):
        rules = pathlib.Path("/etc/sudoers.d/test")
        rules.write_text("ann, ben, una ALL=(ALL) ALL\n")
        rules.chmod(0o440)

    def login(self, name, secret):
        done = host.run(
            "sudo", "-k", "-S", "-p", "", "id", "-u", user=name, input=f"{secret}\n", check=False)
        return done.stdout == "0\n"

    def test_a_rule_without_password_does_not_let_the_banned_in(self):
        rules = pathlib.Path("/etc/sudoers.d/test-without")
        rules.write_text("ann, ben ALL=(ALL) NOPASSWD: /usr/bin/true\n")
        rules.chmod(0o440)
        codes = {
            name: host.run("sudo", "-n", "/usr/bin/true", user=name, check=False).returncode
            for name in ("ann", "ben")
        }
        rules.unlink()
        self.assertEqual(codes, {"ann": 0, "ben": 1})


host.main()
