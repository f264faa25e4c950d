"""saslauthd, as mail servers use it for SMTP."""

import contextlib
import pathlib
import sqlite3

import host


class Saslauthd(host.Service):
    service = "smtp"
    directory = pathlib.Path("/run/sasltest")

    @classmethod
    def prepare(cls):
        cls.directory.mkdir()
        cls.start("saslauthd", "-d", "-a", "pam", "-m", cls.directory, "-n", "1")
        host.wait_for((cls.directory / "mux").exists, cls.logs)

    def login(self, name, secret, service="smtp"):
        done = host.run(
            "testsaslauthd", "-f", self.directory / "mux", "-s", service, "-u", name, "-p", secret,
            check=False)
        self.assertIn("Success" if done.returncode == 0 else "NO", done.stdout + done.stderr)
        return done.returncode == 0

    def test_a_live_sessions_token_counts_where_tokens_is_set(self):
        pathlib.Path("/etc/pam.d/imap").write_text(host.example("smtp"))
        with host.CONF.open("a") as conf:
            conf.write("[pam imap]\ntokens = true\n")
        token = "0123456789abcdefghijklmnopqrSTUV"
        with contextlib.closing(sqlite3.connect(host.STORE)) as db, db:
            db.execute(
                'insert into "session" ("id", "expiresAt", "token", "createdAt", "updatedAt", "userId")'
                " select 's', '2999-01-01T00:00:00.000Z', ?1, ?2, ?2, \"id\" from \"user\""
                " where \"username\" = 'ann'", (token, "2026-01-01T00:00:00.000Z"))
        self.assertTrue(self.login("ann", token, "imap"), self.logs())
        self.assertFalse(self.login("ann", token, "smtp"))
        self.assertFalse(self.login("ben", token, "imap"))
        host.webauthctl("session", "kill", "s")
        self.assertFalse(self.login("ann", token, "imap"))


host.main()
