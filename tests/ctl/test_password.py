"""Where passwords come from, and where they never are."""

import os
import signal
import subprocess
import termios

import ctl

NEW = "correct horse battery"


class Password(ctl.Case):
    def setUp(self):
        super().setUp()
        self.create()
        self.user = self.add_user()

    def hash(self):
        return self.sql('select "password" from "account"')[0][0]

    def set_fails(self, code, words, *options, **more):
        before = self.hash()
        self.fails(code, words, "user", "set-password", "alice@example.com", *options, **more)
        self.assertEqual(self.hash(), before)

    def on_terminal(self, *more):
        return ctl.Terminal(self, "user", "set-password", "alice@example.com", *more)

    def is_echoing(self, terminal):
        return bool(termios.tcgetattr(terminal.fd)[3] & termios.ECHO)


class Sources(Password):
    def test_setting_one_ends_sessions_unless_told_not_to(self):
        before = self.hash()
        self.add_session(self.user["id"], "one")
        self.ok(
            *("user", "set-password", "alice@example.com", "--password-stdin", "--keep-sessions"),
            stdin=NEW,
        )
        self.assertNotEqual(self.hash(), before)
        self.assertEqual(self.sessions(), {"one"})
        self.ok("user", "set-password", "alice@example.com", "--password-stdin", stdin=NEW)
        self.assertEqual(self.sessions(), set())

    def test_user_without_account_gets_one(self):
        self.ok("user", "add", "bot@example.com", "--no-password")
        self.ok("user", "set-password", "bot@example.com", "--password-stdin", stdin=NEW)
        self.assertTrue(self.ok_json("user", "show", "bot@example.com")["user"]["hasPassword"])

    def test_file_is_read_when_others_cannot(self):
        for text in (NEW, NEW + "\n", NEW + "\r\n"):
            path = self.write("password", text)
            self.ok("user", "set-password", "alice@example.com", "--password-file", path)
        path = self.write("open", NEW, mode=0o644)
        self.set_fails(1, [path, "chmod"], "--password-file", path)
        self.set_fails(1, "missing", "--password-file", self.path("missing"))

    def test_a_second_line_is_not_dropped_in_silence(self):
        for text in ("one long line\nanother", "one long line\n\n"):
            self.set_fails(2, "more than one line", "--password-stdin", stdin=text)

    def test_nothing_is_no_password(self):
        for text in ("", "\n", "\r\n"):
            self.set_fails(2, "empty", "--password-stdin", stdin=text)

    def test_length_rules_hold(self):
        self.set_fails(4, "min_password_length", "--password-stdin", stdin="short")
        self.set_fails(4, "max_password_length", "--password-stdin", stdin="x" * 129)
        self.set_fails(2, "8192", "--password-stdin", stdin="x" * 8193)
        self.set_fails(2, "NUL", "--password-stdin", stdin="correct\0horse")
        self.ok(
            *("user", "set-password", "alice@example.com", "--password-stdin"), stdin="plugh " * 21 + "xy"
        )

    def test_common_ones_are_for_who_insists(self):
        for text in ("Password123", "alice-alice-1", "x" * 20):
            self.set_fails(4, "--allow-common", "--password-stdin", stdin=text)
        self.ok(
            *("user", "set-password", "alice@example.com", "--password-stdin", "--allow-common"),
            stdin="password123",
        )
        self.fails(4, "--allow-common", "user", "add", "bot@example.com", "--password-stdin",
                   stdin="qwertyuiop")
        self.ok("user", "add", "bot@example.com", "--password-stdin", "--allow-common",
                stdin="qwertyuiop")
        self.set_fails(4, "min_password_length", "--password-stdin", "--allow-common", stdin="short")

    def test_password_that_is_not_utf8_is_refused(self):
        self.set_fails(2, "UTF-8", "--password-stdin", stdin=b"correct\xff\xfehorse")

    def test_sources_exclude_each_other(self):
        self.set_fails(2, "exclude", "--password-stdin", "--generate")
        self.set_fails(2, "exclude", "--password-stdin", "--password-file", "x")
        self.fails(2, "exclude", "user", "add", "a@b.cd", "--no-password", "--generate")

    def test_without_terminal_it_does_not_wait(self):
        self.set_fails(2, ["--password-stdin", "--password-file", "--generate"])

    def test_generated_password_is_shown_once_and_fits_the_rules(self):
        args = ("user", "set-password", "alice@example.com", "--generate")
        first = self.ok_json(*args)["user"]["password"]
        second = self.ok_json(*args)["user"]["password"]
        self.assertNotEqual(first, second)
        self.assertRegex(first, "^[A-Za-z0-9]{20}$")
        self.assertNotIn("password", self.ok_json("user", "show", "alice@example.com")["user"])
        long = self.ok_json("--set", "min_password_length=40", *args)["user"]["password"]
        self.assertEqual(len(long), 40)
        short = ["--set", "min_password_length=8", "--set", "max_password_length=12"]
        self.assertEqual(len(self.ok_json(*short, *args)["user"]["password"]), 12)

    def test_a_password_is_set_with_its_sessions_ended_or_not_at_all(self):
        self.add_session(self.user["id"], "one")
        self.sql(
            'create trigger "stop" before delete on "session"'
            " begin select raise(abort, 'no'); end"
        )
        before = self.hash()
        args = ("user", "set-password", "alice@example.com", "--password-stdin")
        self.fails(1, "alice@example.com", *args, stdin=NEW)
        self.assertEqual(self.hash(), before)
        self.ok(*args, "--keep-sessions", stdin=NEW)
        self.assertNotEqual(self.hash(), before)


class Arguments(Password):
    def test_password_is_no_argument_and_is_not_repeated(self):
        for words in (
            ["--password", NEW],
            [f"--password={NEW}"],
            [f"--password-stdin={NEW}"],
            [NEW],
            [f"-p{NEW}"],
        ):
            before = self.hash()
            result = self.ctl("user", "set-password", "alice@example.com", *words)
            self.assertEqual(result.code, 2, result.err)
            self.assertNotIn(NEW, result.out + result.err)
            self.assertEqual(self.hash(), before)

    def test_environment_is_no_source(self):
        env = self.environ(PASSWORD=NEW, WEBAUTH_PASSWORD=NEW)
        self.set_fails(2, "no terminal", env=env)

    def test_proc_shows_no_password(self):
        args = self.arguments("user", "set-password", "alice@example.com", "--password-stdin")
        child = subprocess.Popen(
            args,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=self.environ(),
        )
        child.stdin.write(NEW.encode())
        child.stdin.flush()
        for name in ("cmdline", "environ"):
            with open(f"/proc/{child.pid}/{name}", "rb") as f:
                self.assertNotIn(NEW.encode(), f.read())
        child.stdin.close()
        self.assertEqual(child.wait(60), 0)


class Prompt(Password):
    def test_it_is_asked_for_twice_and_never_seen(self):
        before = self.hash()
        terminal = self.on_terminal()
        terminal.answer("New password for alice@example.com: ", NEW + "\n")
        self.assertFalse(self.is_echoing(terminal))
        terminal.answer("Once more: ", NEW + "\n")
        self.assertEqual(terminal.code(), 0, terminal.shown)
        self.assertNotIn(NEW, terminal.shown)
        self.assertNotEqual(self.hash(), before)

    def test_after_a_difference_it_is_asked_for_again(self):
        before = self.hash()
        terminal = self.on_terminal()
        terminal.answer("New password", NEW + "\n")
        terminal.answer("Once more: ", "something else\n")
        terminal.expect("the two passwords differ")
        terminal.answer("New password", NEW + "\n")
        terminal.answer("Once more: ", NEW + "\n")
        self.assertEqual(terminal.code(), 0, terminal.shown)
        self.assertNotEqual(self.hash(), before)

    def test_after_three_differences_nothing_is_changed(self):
        before = self.hash()
        terminal = self.on_terminal()
        for _ in range(3):
            terminal.answer("New password", NEW + "\n")
            terminal.answer("Once more: ", "something else\n")
        self.assertEqual(terminal.code(), 1, terminal.shown)
        self.assertIn("nothing is changed", terminal.shown)
        self.assertEqual(self.hash(), before)

    def test_end_of_file_and_an_empty_line_are_no(self):
        before = self.hash()
        for typed in ("\x04", "\n"):
            terminal = self.on_terminal()
            terminal.answer("New password", typed)
            self.assertEqual(terminal.code(), 1, terminal.shown)
        self.assertEqual(self.hash(), before)

    def test_interrupt_gives_the_terminal_back(self):
        for end in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            terminal = self.on_terminal()
            terminal.expect("New password")
            self.assertFalse(self.is_echoing(terminal))
            if end == signal.SIGINT:
                os.write(terminal.fd, b"\x03")
            else:
                terminal.kill(end)
            self.assertTrue(ctl.wait_for(lambda t=terminal: self.is_echoing(t)))
            status = terminal.end()
            self.assertTrue(os.WIFSIGNALED(status))
            self.assertEqual(os.WTERMSIG(status), end)

    def test_a_stop_does_not_leave_the_shell_without_echo(self):
        terminal = self.on_terminal()
        terminal.answer("New password", NEW[:5] + "\x1a" + NEW[5:] + "\n")
        terminal.answer("Once more: ", NEW[:5] + "\x1a" + NEW[5:] + "\n")
        self.assertNotEqual(terminal.code(), -signal.SIGTSTP)

    def test_prompt_shows_no_control_characters(self):
        self.sql('update "user" set "email" = ?', "a\x1b[2Jb@example.com")
        terminal = ctl.Terminal(self, "user", "set-password", self.user["id"])
        terminal.answer("New password for a\\x1b[2Jb@example.com: ", "\n")
        self.assertEqual(terminal.code(), 1)
        self.assertNotIn("\x1b", terminal.shown)


ctl.main()
