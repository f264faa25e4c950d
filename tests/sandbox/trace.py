"""The list of allowed system calls holds nothing that the daemon does not make: what it does in one life
is traced, and every ALLOW must be in it. (That none is missing, tests/api shows: it would be killed.)"""

import re
import tempfile
import unittest
from pathlib import Path

from harness import Case, wait_for
from mailbag import Mailbox

LIST = Path(__file__).resolve().parents[2] / "sessiond/sandbox_syscalls.def"
# Under another name, by machine or version of the C library.
SAME = {"epoll_pwait": "epoll_wait", "ppoll": "poll", "unlinkat": "unlink"}


def allowed():
    text = LIST.read_text()
    return set(re.findall(r"^ALLOW\((\w+)\)", text, re.M)), set(re.findall(r"^RARE\((\w+)\)", text, re.M))


class Trace(Case):
    def life(self):
        """Runs the daemon under strace; returns the calls its threads made in the sandbox."""
        directory = Path(self.enterContext(tempfile.TemporaryDirectory()))
        trace, box = directory / "trace", Mailbox(directory / "box")
        d = self.daemon({**box.options, "send_on_sign_up": "true", "idle_timeout": "1s"},
                        wrapper=["strace", "-D", "-f", "-qq", "-e", "signal=none", "-o", str(trace)])
        cookie = d.cookie_header(d.sign_up())
        d.sign_in()
        self.assertEqual(d.get("/token", cookie).status, 200)
        box.wait(1)
        wait_for(lambda: d.sql('select count(*) from "webauth_outbox"') == [(0,)], lambda: "not sent")
        with d.raw() as s:  # it closes first
            s.sendall(b"GARBAGE\r\n\r\n")
            while s.recv(4096):
                pass
        d.sql("vacuum")
        self.assertEqual(d.get("/get-session", cookie).status, 200)
        tasks = {p.name for p in Path(f"/proc/{d.process.pid}/task").iterdir()}
        main = str(d.process.pid)
        self.assertEqual(d.stop(), 0)
        wait_for(lambda: re.search(rf"^{main} +exit_group", trace.read_text(), re.M),
                 lambda: "strace has not ended")
        lines = re.findall(r"^(\d+) +(\w+)\(", trace.read_text(), re.M)
        begin = max(i for i, line in enumerate(lines) if line == (main, "seccomp"))
        return {SAME.get(call, call) for task, call in lines[begin + 1:] if task in tasks}

    def test_what_is_allowed_is_needed(self):
        always, rarely = allowed()
        self.assertEqual(always & rarely, set())
        self.assertEqual(always - self.life(), set())


if __name__ == "__main__":
    unittest.main(verbosity=2)
