"""PostgreSQL, which asks PAM without a right to read the store."""

import os
import pathlib

import host

PORT = 5544
DATA = pathlib.Path("/var/lib/postgresql/test")
HBA = "local all postgres trust\nhost all all 127.0.0.1/32 pam pamservice=postgresql\n"


class Postgresql(host.Service):
    service = "postgresql"
    runs_as = "postgres"
    daemon = True

    @classmethod
    def prepare(cls):
        programs = next(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))
        host.run(programs / "initdb", "-D", DATA, "-A", "trust", user="postgres", cwd="/")
        (DATA / "pg_hba.conf").write_text(HBA)
        cls.start(
            programs / "postgres", "-D", DATA, "-p", str(PORT), "-c", "listen_addresses=127.0.0.1",
            "-c", f"unix_socket_directories={DATA}", "-c", "fsync=off", user="postgres", cwd="/")
        host.wait_for(lambda: cls.psql("postgres", str(DATA), "select 1").returncode == 0, cls.logs)
        for person in ("ann", "ben", "zoe"):
            done = cls.psql("postgres", str(DATA), f'create role "{person}" login')
            assert done.returncode == 0, done.stderr

    @classmethod
    def psql(cls, role, where, sql, secret=""):
        user = {"user": "postgres"} if role == "postgres" else {}
        return host.run(
            "psql", "-h", where, "-p", PORT, "-U", role, "-d", "postgres", "-w", "-Atc", sql,
            env={**os.environ, "PGPASSWORD": secret}, cwd="/", check=False, **user)

    def login(self, name, secret):
        done = self.psql(name, "127.0.0.1", "select current_user", secret)
        self.assertIn(done.returncode, (0, 2), done.stderr)
        return done.stdout == f"{name}\n"

    def test_a_client_that_sends_no_password_is_no_attempt(self):
        before = len(self.syslog.lines)
        self.assertFalse(self.login("ann", ""))
        self.assertNotIn("authentication failure", "\n".join(self.syslog.lines[before:]))


host.main()
