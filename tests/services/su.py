"""su: the web password of the account that is wanted."""

import host


class Su(host.Service):
    service = "su"
    unix = True

    def login(self, name, secret):
        terminal = host.Terminal(
            ["setpriv", "--reuid", "una", "--regid", "una", "--init-groups", "su", name, "-c", "id -un"])
        terminal.answer("assword: ", secret)
        code = terminal.end()
        return code == 0 and terminal.shown.split()[-1:] == [name]

    def test_root_needs_no_password_but_a_ban_counts(self):
        self.assertEqual(host.run("su", "ann", "-c", "id -un").stdout, "ann\n")
        self.assertNotEqual(host.run("su", "ben", "-c", "id -un", check=False).returncode, 0)


host.main()
