"""vsftpd, with web users as guests."""

import pathlib

import host

PORT = 2121
CONFIG = f"""listen=YES
listen_ipv6=NO
listen_address=127.0.0.1
listen_port={PORT}
background=NO
anonymous_enable=NO
local_enable=YES
guest_enable=YES
guest_username=ftpguest
pam_service_name=vsftpd
secure_chroot_dir=/run/vsftpd/empty
session_support=YES
"""


class Vsftpd(host.Service):
    service = "vsftpd"

    @classmethod
    def prepare(cls):
        pathlib.Path("/run/vsftpd/empty").mkdir(parents=True, exist_ok=True)
        pathlib.Path("/srv/ftpguest").mkdir(parents=True)
        host.run("useradd", "--system", "--home-dir", "/srv/ftpguest", "ftpguest")
        config = pathlib.Path("/etc/vsftpd.test.conf")
        config.write_text(CONFIG)
        cls.start("vsftpd", config)
        host.wait_for(lambda: host.answers(PORT), cls.logs)

    def login(self, name, secret):
        done = host.run(
            "curl", "-sS", "--max-time", "50", "-u", f"{name}:{secret}", f"ftp://127.0.0.1:{PORT}/",
            check=False)
        self.assertIn(done.returncode, (0, 67), done.stderr + self.logs())
        return done.returncode == 0

    def test_a_local_account_is_no_guest(self):
        host.run("useradd", "-M", "carl")
        host.run("chpasswd", input=f"carl:{host.RIGHT}\n")
        self.assertFalse(self.login("carl", host.RIGHT))


host.main()
