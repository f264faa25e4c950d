"""How sessiond starts, and how it says why it does not."""

import contextlib
import grp
import os
import shutil
import signal
import socket
import stat
import subprocess
import unittest

from harness import Case, Daemon
from ports import free_port

NOBODY = 65534


class Options(Case):
    def setUp(self):
        self.d = Daemon()
        self.addCleanup(shutil.rmtree, self.d.directory)

    def test_help_and_version_go_to_standard_output(self):
        for option in ("--help", "-h"):
            r = self.d.run(option)
            self.assertEqual((r.returncode, r.stderr), (0, ""))
            for word in ("usage: sessiond", "-f", "-o", "-t", "-T", "Example", "sessiond(8)"):
                self.assertIn(word, r.stdout)
        r = self.d.run("--version")
        self.assertEqual((r.returncode, r.stderr), (0, ""))
        self.assertRegex(r.stdout, r"\Asessiond \d+\.\d+\.\d+\n\Z")

    def test_a_wrong_command_line_is_status_2_and_points_to_help(self):
        for words in (["--nonsense"], ["-x"], ["-o"], ["extra"], ["-t", "extra"]):
            with self.subTest(words):
                r = self.d.run(*words)
                self.assertEqual((r.returncode, r.stdout), (2, ""))
                self.assertIn("Try: sessiond --help", r.stderr)
                self.assertIn("sessiond: ", r.stderr)

    def test_a_test_says_nothing_when_all_is_well_and_makes_nothing(self):
        r = self.d.run("-t")
        self.assertEqual((r.returncode, r.stdout, r.stderr), (0, "", ""))
        self.assertEqual(sorted(p.name for p in self.d.directory.iterdir()), ["secret"])

    def test_the_effective_configuration_reads_back_as_itself(self):
        self.d.options |= {"trusted_origins": ["https://a.test", "https://*.b.test"], "socket_mode": "0600",
                           "session_expires_in": "36h", "cookie_domain": "example.com",
                           "trusted_proxies": ["10.0.0.0/8", "::1"], "sign_up": "false"}
        first = self.d.run("-T")
        self.assertEqual((first.returncode, first.stderr), (0, ""))
        file = self.d.directory / "webauth.conf"
        file.write_text(first.stdout)
        file.chmod(0o644)
        self.d.options = {}
        second = self.d.run("-T", "-f", str(file))
        self.assertEqual((second.returncode, second.stderr), (0, ""))
        self.assertEqual(second.stdout, first.stdout)
        self.assertIn("trusted_origins = https://a.test\n", first.stdout)
        self.assertNotIn(self.d.secret, first.stdout)

    def test_a_semicolon_within_a_value_reads_back_too(self):
        self.d.options["site_name"] = "a;b; c"
        first = self.d.run("-T")
        file = self.d.directory / "webauth.conf"
        file.write_text(first.stdout)
        file.chmod(0o644)
        self.assertIn("site_name = a;b; c\n", self.d.run("-T", "-f", str(file)).stdout)

    def test_a_line_as_long_as_may_be_reads_back_too(self):
        file, line = self.d.directory / "webauth.conf", f"site_name={'x' * 189}\n"
        file.write_text(line)
        file.chmod(0o644)
        self.assertEqual(len(line.strip()), 199)  # webauth.conf(5)
        first = self.d.run("-T", "-f", str(file))
        self.assertIn(line, first.stdout, first.stderr)
        file.write_text(first.stdout)
        self.assertEqual(self.d.run("-T", "-f", str(file)).stdout, first.stdout)
        file.write_text("x" + line)
        r = self.d.run("-T", "-f", str(file))
        self.assertEqual((r.returncode, r.stdout), (1, ""))
        self.assertIn(f"{file}:1: the line is longer than 199 characters", r.stderr)

    def test_a_test_finds_a_store_that_is_no_store(self):
        self.d.store.write_bytes(b"not a database" * 1000)
        self.d.store.chmod(0o600)
        r = self.d.run("-t")
        self.assertEqual(r.returncode, 1)
        self.assertIn(str(self.d.store), r.stderr)


class Refusals(Case):
    """Each ends with status 1, one line on standard error, and no socket left behind."""

    def setUp(self):
        self.d = Daemon()
        self.addCleanup(shutil.rmtree, self.d.directory)

    def assert_fails(self, *words, arguments=(), **how):
        r = self.d.run(*arguments, **how)
        self.assertEqual((r.returncode, r.stdout), (1, ""), r.stderr)
        self.assertRegex(r.stderr, r"\A<3>sessiond: .*\n\Z")
        self.assertEqual(r.stderr.count("\n"), 1)
        for word in words:
            self.assertIn(word, r.stderr)
        self.assertFalse(self.d.socket_path.exists() and self.d.socket_path.is_socket())
        return r.stderr

    def test_a_secret_that_is_short_or_public(self):
        self.d.secret = "x" * 31
        text = self.assert_fails(str(self.d.secret_file), "31 characters", "32", "openssl rand")
        self.assertNotIn("x" * 31, text)
        self.d.secret_file.write_text("better-auth-secret-12345678901234567890")
        self.assert_fails(str(self.d.secret_file), "default", "openssl rand")

    def test_a_secret_that_others_may_read(self):
        self.d.write_secret()
        for mode in (0o644, 0o604, 0o666):
            self.d.secret_file.chmod(mode)
            self.assert_fails(str(self.d.secret_file), "chmod")

    def test_a_secret_that_is_missing_or_no_file(self):
        self.d.options["secret_file"] = str(self.d.directory / "nowhere")
        self.assert_fails("nowhere", "No such file")
        self.d.options["secret_file"] = str(self.d.directory)
        self.assert_fails(str(self.d.directory), "not a regular file")
        self.d.options["secret_file"] = ""
        self.assert_fails("no secret", "secret_file", "BETTER_AUTH_SECRET")

    def test_a_value_that_would_read_back_as_another(self):
        file = self.d.directory / "webauth.conf"
        file.write_text("# nothing\nsite_name =;Example\n")
        file.chmod(0o644)
        self.assert_fails(f"{file}:2: site_name", "begins a comment", "leave it out", arguments=["-T", "-f", str(file)])
        for value, why in ((";Example", "begins a comment"), ("Example ;", "begins a comment"),
                           ("Example\t;of a name", "begins a comment"), (" Example", "blank at one"),
                           ("Example\t", "blank at one"), ("Example\nsign_up = false", "control character")):
            with self.subTest(value):
                self.d.options["site_name"] = value
                self.assert_fails("site_name: ", why, "leave it out", arguments=["-T"])

    def test_a_socket_path_that_is_too_long(self):
        self.d.options["listen"] = f"unix:/{'x' * 200}"
        self.assert_fails("listen = ", "201 bytes", "107", "shorter")

    def test_addresses_that_are_none_or_not_loopback(self):
        for text, words in {
                "tcp:0.0.0.0:8787": ["loopback", "web server in front"],
                "tcp:192.0.2.1:8787": ["loopback"],
                "tcp:[::]:8787": ["loopback"],
                "tcp:example.com:8787": ["loopback"],
                "tcp:127.0.0.1": ["expected tcp:127.0.0.1:PORT"],
                "tcp:127.0.0.1:0": ["expected tcp:127.0.0.1:PORT"],
                "tcp:127.0.0.1:65536": ["expected tcp:127.0.0.1:PORT"],
                "tcp:127.0.0.1:+80": ["expected tcp:127.0.0.1:PORT"],
                "unix:relative.sock": ["absolute"],
                "/run/x.sock": ["expected unix:PATH"],
                "http://localhost": ["expected unix:PATH"]}.items():
            with self.subTest(text):
                self.d.options["listen"] = text
                self.assert_fails(f"listen = {text}:", *words)

    def test_a_directory_that_is_not_there(self):
        self.d.options["listen"] = f"unix:{self.d.directory}/no/where.sock"
        self.assert_fails("listen = ", "No such file", "directory does not exist")
        del self.d.options["listen"]
        self.d.options |= {"listen": f"unix:{self.d.socket_path}", "store": "sqlite:/nowhere/at/all.db"}
        self.assert_fails("/nowhere/at/all.db", "No such file")

    def test_something_else_at_the_place_of_the_socket_is_left_there(self):
        self.d.socket_path.write_text("precious")
        self.assert_fails("listen = ", "no socket", "move it away")
        self.assertEqual(self.d.socket_path.read_text(), "precious")

    def test_a_port_in_use(self):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            s.listen()
            self.d.options["listen"] = [f"unix:{self.d.socket_path}", f"tcp:127.0.0.1:{s.getsockname()[1]}"]
            self.assert_fails("in use", "ss -tlnp")

    def test_an_unknown_group(self):
        self.d.options["socket_group"] = "no-such-group"
        self.assert_fails("socket_group = no-such-group", "no such group")

    def test_stores_that_are_none(self):
        self.d.store.write_bytes(b"not a database" * 1000)
        self.d.store.chmod(0o600)
        self.assert_fails(str(self.d.store), "not a database")
        self.assertEqual(self.d.store.read_bytes(), b"not a database" * 1000)
        self.d.store.unlink()
        self.d.store.mkdir()
        self.assert_fails(str(self.d.store), "not a regular file")
        self.d.store.rmdir()
        self.d.store.symlink_to("/dev/null")
        self.assert_fails(str(self.d.store), "symbolic link")
        self.d.store.unlink()
        self.d.store.touch(0o666)
        self.d.store.chmod(0o666)
        self.assert_fails(str(self.d.store), "writable by everybody", "chmod")
        self.d.options["store"] = "postgres://x"
        self.assert_fails("postgres://x", "sqlite:PATH")

    def test_a_store_that_is_damaged(self):
        with Daemon(directory=self.d.directory) as d:
            d.sign_up()
        pages = bytearray(self.d.store.read_bytes())
        pages[100:4096] = b"\xff" * 3996
        self.d.store.write_bytes(pages)
        self.assert_fails(str(self.d.store))

    def test_a_store_of_a_newer_program(self):
        with Daemon(directory=self.d.directory) as d:
            d.get("/ok")  # it has opened its store
            d.sql('insert into "webauth_schema" values (?, ?, ?)', 999, "webauth", "2026-01-01T00:00:00.000Z")
        self.assert_fails(str(self.d.store), "999", "newer")

    def test_a_database_of_somebody_else(self):
        self.d.sql('create table "user" ("id" text not null primary key)')
        self.d.store.chmod(0o600)
        self.assert_fails(str(self.d.store), 'table "user" has no column')

    @unittest.skipUnless(os.geteuid() == 0, "needs another user")
    def test_stores_that_this_user_may_not_read_or_write(self):
        with Daemon(directory=self.d.directory) as d:
            d.sign_up()
        self.d.directory.chmod(0o755)
        self.d.options["listen"] = f"tcp:127.0.0.1:{free_port()}"
        os.chown(self.d.secret_file, NOBODY, NOBODY)
        probe = subprocess.run([os.environ["SESSIOND"], "--help"], user=NOBODY, group=NOBODY, check=False,
                               capture_output=True)
        if probe.returncode != 0:
            self.skipTest("another user cannot run the program where it stands")
        for mode in (0o600, 0o644):
            with self.subTest(oct(mode)):
                self.d.store.chmod(mode)
                self.assert_fails(str(self.d.store), user=NOBODY, group=NOBODY, extra_groups=[])

    def test_keys_that_are_unknown_and_values_that_are_bad_by_file_and_line(self):
        file = self.d.directory / "webauth.conf"
        self.d.write_secret()
        for text, line, words in (
                ("sign_up = true\nsing_in = true\n", 2, ["sing_in"]),
                ("\n\nsign_up = maybe\n", 3, ["sign_up", "true", "false"]),
                ("hash_threads = -1\n", 1, ["hash_threads"]),
                ("hash_threads = 65\n", 1, ["hash_threads", "64"]),
                ("session_expires_in = forever\n", 1, ["session_expires_in"]),
                ("password_scheme = md5\n", 1, ["password_scheme", "argon2id"]),
                ("sign_up = true\nsign_up = true\n", 2, ["sign_up"]),
                ("  sign_up = true\n", 1, []),
                ("[web]\nsign_up = true\n", 2, ["web"]),
                ("trusted_origins = " + "x" * 300 + "\n", 1, [])):
            with self.subTest(text[:40]):
                file.write_text(text)
                self.assert_fails(f"{file}:{line}: ", *words, arguments=["-f", str(file)])
        self.assert_fails("nowhere.conf", arguments=["-f", str(self.d.directory / "nowhere.conf")])
        for option in ("sing_in=true", "sign_up=maybe", "sign_up"):
            with self.subTest(option):
                self.assert_fails(option.split("=")[0], arguments=["-o", option])
        self.assert_fails("base_url = ftp://x", "http", arguments=["-o", "base_url=ftp://x"])
        self.assert_fails("base_url", "query", arguments=["-o", "base_url=http://x.test/?a"])


class Listening(Case):
    def test_a_second_daemon_leaves_the_first_one_its_socket(self):
        d = self.daemon()
        before = os.stat(d.socket_path)
        second = Daemon(directory=d.directory)
        r = second.run()
        self.assertEqual(r.returncode, 1)
        self.assertIn("in use by another process", r.stderr)
        self.assertIn("ss -xlp", r.stderr)
        self.assertEqual(os.stat(d.socket_path).st_ino, before.st_ino)
        self.assertEqual(d.get("/ok").status, 200)

    def test_a_failed_start_with_several_sockets_takes_its_own_away_again(self):
        d = self.daemon()
        other = d.directory / "other.sock"
        second = Daemon({"listen": [f"unix:{other}", f"unix:{d.socket_path}"]}, directory=d.directory)
        self.assertEqual(second.run().returncode, 1)
        self.assertFalse(other.exists())
        self.assertEqual(d.get("/ok").status, 200)

    def test_the_socket_of_a_dead_daemon_is_replaced(self):
        d = self.daemon()
        d.stop(signal.SIGKILL)
        self.assertTrue(d.socket_path.is_socket())
        d.start()
        self.assertEqual(d.get("/ok").status, 200)

    def test_the_socket_goes_with_the_daemon(self):
        d = self.daemon()
        self.assertEqual(d.stop(), 0)
        self.assertFalse(d.socket_path.exists())

    def test_the_mode_is_as_configured_whatever_the_umask(self):
        for mode in ("0600", "0660", "0666"):
            for umask in ("077", "000"):
                with self.subTest(mode=mode, umask=umask):
                    d = self.daemon({"socket_mode": mode}, wrapper=["sh", "-c", f'umask {umask}; exec "$@"', "-"])
                    self.assertEqual(stat.S_IMODE(os.stat(d.socket_path).st_mode), int(mode, 8))
                    self.assertEqual(stat.S_IMODE(os.stat(d.store).st_mode), 0o600)

    def test_the_group_is_as_configured(self):
        group = grp.getgrgid(os.getgid())
        if os.geteuid() == 0:
            group = next(g for g in grp.getgrall() if g.gr_gid != os.getgid())
        d = self.daemon({"socket_group": group.gr_name})
        self.assertEqual(os.stat(d.socket_path).st_gid, group.gr_gid)

    def test_several_sockets_are_served(self):
        port = free_port()
        d = Daemon()
        second = d.directory / "second.sock"
        d.options["listen"] = [f"unix:{d.socket_path}", f"unix:{second}", f"tcp:127.0.0.1:{port}"]
        self.enterContext(d)
        request = b"GET /api/auth/ok HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(str(second))
            s.sendall(request)
            self.assertTrue(s.recv(4096).startswith(b"HTTP/1.1 200 "))
        with socket.create_connection(("127.0.0.1", port)) as s:
            s.sendall(request)
            self.assertTrue(s.recv(4096).startswith(b"HTTP/1.1 200 "))

    def test_sockets_handed_over_take_the_place_of_those_configured(self):
        d = Daemon()
        self.addCleanup(shutil.rmtree, d.directory)
        d.write_secret()
        path = d.directory / "handed.sock"
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
            listener.listen()
            # sd_listen_fds(3): descriptor 3, and LISTEN_PID is the process that execs.
            words = ["sh", "-c", f'export LISTEN_PID=$$ LISTEN_FDS=1; exec "$@" 3<&{listener.fileno()}',
                     "-", *d.command()]
            with open(d.log_path, "wb") as log:
                process = subprocess.Popen(words, pass_fds=[listener.fileno()], env=d.env, stderr=log)
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(30)
            s.connect(str(path))
            s.sendall(b"GET /api/auth/ok HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertTrue(s.recv(4096).startswith(b"HTTP/1.1 200 "))
        self.assertFalse(d.socket_path.exists())
        process.terminate()
        self.assertEqual(process.wait(30), 0)
        self.assertTrue(path.exists(), "a socket that we did not make is not ours to remove")

    def test_descriptors_for_another_process_are_not_taken(self):
        d = self.daemon(env={"LISTEN_PID": "1", "LISTEN_FDS": "1"})
        self.assertEqual(d.get("/ok").status, 200)

    def test_the_service_manager_is_told_when_it_is_ready_and_when_it_stops(self):
        d = Daemon()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.settimeout(30)
            manager.bind(str(d.directory / "notify"))
            d.env["NOTIFY_SOCKET"] = str(d.directory / "notify")
            self.enterContext(d)
            self.assertEqual(manager.recv(100), b"READY=1")
            self.assertEqual(d.get("/ok").status, 200)
            d.process.terminate()
            self.assertEqual(manager.recv(100), b"STOPPING=1")

    def test_a_limit_on_files_is_told_and_does_not_spin(self):
        d = self.daemon({"log_level": "info"}, wrapper=["prlimit", "--nofile=64:64", "--"])
        d.log_has("LimitNOFILE")
        with contextlib.ExitStack() as crowd:
            held = [crowd.enter_context(d.raw()) for _ in range(80)]
            d.log_has("accept")
            for s in held[:60]:
                s.close()
            self.assertEqual(d.get("/ok").status, 200)
        self.assertLess(d.log_text().count(">accept "), 200)


if __name__ == "__main__":
    unittest.main()
