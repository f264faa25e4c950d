"""The pam-auth-update profile, in Debian's own common-* files, tried with su."""

import pathlib
import shutil

import host

PROFILE = pathlib.Path("/usr/share/pam-configs/webauth")
COMMON = [pathlib.Path(f"/etc/pam.d/common-{kind}") for kind in ("auth", "account", "session", "password")]
UNIX_PASSWORD = "a password of the host alone"


class Profile(host.Service):
    service = "su"
    unix = True

    @classmethod
    def stack(cls):
        """Debian's su as it comes, and the profile."""
        debians = pathlib.Path("/etc/pam.d/su").read_text()
        super().stack()
        pathlib.Path("/etc/pam.d/su").write_text(debians)
        cls.before = [path.read_text() for path in COMMON]
        shutil.copy(host.ROOT / "etc/pam-configs/webauth", PROFILE)

    @classmethod
    def prepare(cls):
        host.run("pam-auth-update", "--package")
        cls.by_itself = [path.read_text() for path in COMMON]
        host.run("pam-auth-update", "--package", "--enable", "webauth")
        host.run("chpasswd", input=f"ann:{UNIX_PASSWORD}\nben:{UNIX_PASSWORD}\nuna:{UNIX_PASSWORD}\n")

    def login(self, name, secret):
        terminal = host.Terminal(
            ["setpriv", "--reuid", "una", "--regid", "una", "--init-groups", "su", name, "-c", "id -un"])
        terminal.answer("assword: ", secret)
        code = terminal.end()
        return code == 0 and terminal.shown.split()[-1:] == [name]

    def test_installing_it_changes_nothing(self):
        self.assertEqual(self.by_itself, self.before)

    def test_unix_passwords_go_on_working(self):
        self.assertTrue(self.login("ann", UNIX_PASSWORD))
        self.assertTrue(self.login("una", UNIX_PASSWORD))

    def test_a_ban_counts_with_the_unix_password_too(self):
        self.assertFalse(self.login("ben", UNIX_PASSWORD))

    def test_root_needs_no_store(self):
        away = host.STORE.with_name("away.db")
        host.STORE.rename(away)
        try:
            self.assertEqual(host.run("su", "root", "-c", "id -un").stdout, "root\n")
        finally:
            away.rename(host.STORE)

    def test_removed_it_leaves_what_was_there(self):
        host.run("pam-auth-update", "--package", "--remove", "webauth")
        try:
            self.assertEqual([path.read_text() for path in COMMON], self.before)
        finally:
            host.run("pam-auth-update", "--package", "--enable", "webauth")


host.main()
