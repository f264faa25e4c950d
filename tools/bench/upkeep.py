"""What an administrator or the daemon itself does to a store in use, and what its users notice of that.

Session checks are due at a fixed rate (see load.c), so that a pause counts for all who would have asked
during it. Each line is one kind of upkeep going on all the time; the first line has none.
"""

import contextlib
import subprocess
import sys
import time

import content

GROUP = "get-session, 1,000 a second, beside upkeep of the store"

RATE = 1000
SWEPT_PER_SECOND = 6_000  # more than the daemon takes

# As children: what they do must not wait for this process, nor this process for them.
CHILD = """
import os, sqlite3, sys
os.nice(19)  # as sessiond(8) says
kind, store, copy, times = sys.argv[1:]
for _ in range(int(times)):
    db = sqlite3.connect(store, isolation_level=None, timeout=30)
    if os.path.exists(copy):
        os.unlink(copy)
    if kind == "backup":
        to = sqlite3.connect(copy)
        db.backup(to, pages=1000, sleep=0.001)
        to.close()
    elif kind == "vacuum into":
        db.execute("vacuum into ?", (copy,))
    else:
        db.execute("vacuum")
    db.close()
"""


class Upkeep:
    def __init__(self, b):
        self.b = b
        self.users = max([b.args.users, *(n for n in b.args.grow if n <= 1_000_000)])
        of = b.base_store if self.users == b.args.users else b.store_of(self.users)
        self.store = b.copy_of_store("upkeep.db", of)
        self.lines = b.cookies(self.users, 200_000)
        self.quiet_server = b.sessiond("upkeep", self.store, sweep_every="24h")
        self.took = {}  # seconds of one, by kind
        self.swept = 0

    def check(self, server, seconds=None):
        content.read_through(self.store)
        self.b.lines_used += int(RATE * self.b.args.seconds * 2)
        return self.b.load(server, "get", self.lines, conns=8, rate=RATE, seconds=seconds, skip=self.b.lines_used)

    def quiet(self):
        return self.check(self.quiet_server)

    def child(self, kind, times):
        return subprocess.Popen([sys.executable, "-c", CHILD, kind, self.store, self.b.path("copy.db"), str(times)])

    def beside(self, kind):
        """For as long as one takes, at least: its end may be what disturbs."""
        if kind not in self.took:
            began = time.monotonic()
            if self.child(kind, 1).wait() != 0:
                raise RuntimeError(f"{kind} failed")
            self.took[kind] = time.monotonic() - began
        child = self.child(kind, 1_000_000)
        try:
            return self.check(self.quiet_server, max(self.b.args.seconds, 1.2 * self.took[kind]))
        finally:
            child.terminate()
            child.wait()

    def sweeping(self):
        count = max(500, int(SWEPT_PER_SECOND * self.b.args.seconds * 1.3))
        content.add_ended_sessions(self.store, self.users, count)
        with contextlib.closing(self.b.sessiond("sweeper", self.store, sweep_every="10ms")) as server:
            result = self.check(server)
        self.swept += count - content.count_ended_sessions(self.store)
        return result


def add(b):
    if not b.wants(GROUP):
        return
    u = Upkeep(b)
    b.upkeep = u
    b.add(GROUP, "nothing", u.quiet, "p99_us")
    b.add(GROUP, "sessiond sweeping what has ended", u.sweeping, "p99_us")
    b.add(GROUP, "a backup, page by page", lambda: u.beside("backup"), "p99_us")
    b.add(GROUP, "a backup by VACUUM INTO", lambda: u.beside("vacuum into"), "p99_us")
    b.add(GROUP, "VACUUM", lambda: u.beside("vacuum"), "p99_us")


def figures(b):
    u = getattr(b, "upkeep", None)
    if u is None:
        return
    b.figure("upkeep", f"a store of {u.users:,} users: {u.swept:,} ended sessions swept; "
                       + ", ".join(f"{kind} {took:.1f} s" for kind, took in u.took.items()))
