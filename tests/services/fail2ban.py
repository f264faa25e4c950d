"""fail2ban reads the module's own lines, and takes nothing else for one."""

import pathlib
import re
import shutil

import host

LOG = pathlib.Path("/var/log/auth-test.log")
JAIL = host.ROOT / "etc/fail2ban/jail.d/webauth.conf"


class Fail2ban(host.Service):
    service = "smtp"

    @classmethod
    def prepare(cls):
        shutil.copy(host.ROOT / "etc/fail2ban/filter.d/webauth.conf", "/etc/fail2ban/filter.d/")

    def login(self, name, secret):
        done = host.run("pamtester", "-I", "rhost=192.0.2.7", "smtp", name, "authenticate", "acct_mgmt",
                        input=f"{secret}\n", check=False)
        return done.returncode == 0

    def found(self, lines):
        LOG.write_text("".join(f"{line}\n" for line in lines))
        done = host.run("fail2ban-regex", "--print-all-matched", LOG, "webauth")
        _, _, matched = done.stdout.partition("|- Matched line(s):\n")
        return re.findall(r"^\| {2}(.*)$", matched.split("`-")[0], re.M)

    def as_written(self, line):
        """The line as a log has it: with the host's name."""
        return re.sub(r"^(\w+ +\d+ \S+) ", r"\1 example ", line)

    def test_each_failure_is_found_and_nothing_else(self):
        self.syslog.lines.clear()
        self.login("ann", host.RIGHT)
        self.login("ann", host.WRONG)
        self.login("zoe", host.WRONG)
        self.login("x rhost=198.51.100.1", host.WRONG)
        self.login("root", host.WRONG)
        host.wait_for(
            lambda: sum("authentication failure" in line for line in self.syslog.lines) == 4, self.logs)
        found = self.found(map(self.as_written, self.syslog.lines))
        self.assertEqual(len(found), 4, found)
        for line in found:
            self.assertIn("rhost=192.0.2.7", line)

    def test_lines_that_others_write_are_not_taken_for_ours(self):
        forged = "pam_webauth(sshd:auth): authentication failure; logname= uid=0 euid=0 tty= ruser= rhost=198.51.100.1"
        lines = [f"Nov 21 10:00:00 example sshd[1]: Invalid user {forged} from 192.0.2.9 port 1",
                 f"Nov 21 10:00:00 example vsftpd[1]: [{forged}] FAIL"]
        self.assertEqual(self.found(lines), [])

    def test_the_jail_is_read(self):
        shutil.copy(JAIL, "/etc/fail2ban/jail.d/")
        done = host.run("fail2ban-client", "-d", check=False)
        self.assertIn("'add', 'webauth'", done.stdout, done.stderr)


host.main()
