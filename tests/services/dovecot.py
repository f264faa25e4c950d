"""Dovecot's IMAP."""

import pathlib

import host

PORT = 1143
CONFIG = f"""
base_dir = /run/dovetest
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
log_path = /dev/stderr
mail_location = maildir:/var/mail/test/%u
first_valid_uid = 1
passdb {{
  driver = pam
  args = dovecot
}}
userdb {{
  driver = static
  args = uid=vmail gid=vmail home=/var/mail/test/%u
}}
service imap-login {{
  inet_listener imap {{
    port = {PORT}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
"""


class Dovecot(host.Service):
    service = "dovecot"

    @classmethod
    def prepare(cls):
        host.run("useradd", "--system", "--user-group", "vmail")
        pathlib.Path("/var/mail/test").mkdir(parents=True)
        host.run("chown", "vmail:vmail", "/var/mail/test")
        config = pathlib.Path("/etc/dovecot/test.conf")
        config.write_text(CONFIG)
        cls.start("dovecot", "-F", "-c", config)
        host.wait_for(lambda: host.answers(PORT), cls.logs)

    def name(self, person):
        return f"{person}@example.com"

    def login(self, name, secret):
        done = host.run(
            "curl", "-sS", "--max-time", "50", "-u", f"{name}:{secret}", f"imap://127.0.0.1:{PORT}/",
            check=False)
        self.assertIn(done.returncode, (0, 67), done.stderr + self.logs())
        return done.returncode == 0

    def test_the_example_takes_no_user_name(self):
        self.assertFalse(self.login("ann", host.RIGHT))


host.main()
