"""Accounts that webauthctl brings to the host, through both name services that can read them."""

import pathlib
import re

import host

NSSWITCH = pathlib.Path("/etc/nsswitch.conf")


class Names(host.Service):
    service = "su"
    unix = True

    @classmethod
    def prepare(cls):
        for account, user in (("carla", "ann"), ("carlo", "ben")):
            host.webauthctl("link", "add", f"{user}@example.com", account, "--create")

    def name(self, person):
        return {"ann": "carla", "ben": "carlo"}.get(person, person)

    def read_names_from(self, module):
        for kind in ("passwd", "group", "shadow"):
            NSSWITCH.write_text(re.sub(
                rf"^{kind}:.*$", f"{kind}: files {module}", NSSWITCH.read_text(), flags=re.M))

    def export(self, kind, directory):
        pathlib.Path(directory).mkdir(parents=True, exist_ok=True)
        host.webauthctl("link", "export", "--format", kind, "--out", directory)

    def setUp(self):
        self.export("extrausers", "/var/lib/extrausers")
        self.read_names_from("extrausers")

    def login(self, name, secret):
        terminal = host.Terminal(
            ["setpriv", "--reuid", "una", "--regid", "una", "--init-groups", "su", name, "-c", "id -un"])
        terminal.answer("assword: ", secret)
        code = terminal.end()
        return code == 0 and terminal.shown.split()[-1:] == [name]

    def passwd(self, key):
        return host.run("getent", "passwd", key, check=False).stdout

    def test_extrausers_and_systemd_know_the_same(self):
        entry = self.passwd("carla")
        self.assertRegex(entry, r"^carla:x:2\d{5}:2\d{5}:[^:]*:/home/carla:/bin/sh$")
        uid = entry.split(":")[2]
        self.assertEqual(self.passwd(uid), entry)
        self.assertEqual(host.run("getent", "group", uid).stdout, f"carla:x:{uid}:\n")

        self.read_names_from("systemd")
        self.assertEqual(self.passwd("carla"), "")
        self.export("userdb", "/etc/userdb")
        self.assertEqual(self.passwd("carla").split(":")[2:4], [uid, uid])
        self.assertEqual(self.passwd(uid), self.passwd("carla"))
        self.assertTrue(self.login("carla", host.RIGHT), self.logs())

    def test_an_account_that_is_linked_no_more_is_gone_and_its_uid_kept(self):
        before = self.passwd("carla")
        host.webauthctl("link", "remove", "carla")
        self.export("extrausers", "/var/lib/extrausers")
        self.assertEqual(self.passwd("carla"), "")
        self.assertNotEqual(self.passwd("carlo"), "")
        host.webauthctl("link", "add", "ann@example.com", "carla", "--create")
        self.export("extrausers", "/var/lib/extrausers")
        self.assertEqual(self.passwd("carla"), before)


host.main()
