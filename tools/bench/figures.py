"""Single figures: how long a start takes, what it takes in memory, when a revocation holds."""

import contextlib
import sqlite3
import statistics
import time

import content
import servers

GROUP = "single figures"
REVOCATIONS = 50
STARTS = 5


def of_start(b):
    users = b.args.users
    store, starts = b.copy_of_store("start.db", b.base_store), []
    for _ in range(1 + STARTS):
        with contextlib.closing(b.sessiond("start", store)) as server:
            starts.append(server.start_ms)
    b.start_ms, b.idle_mb = statistics.median(starts[1:]), b.ours.rss_kb() / 1024
    b.figure("sessiond, start to first answer", f"{b.start_ms:.0f} ms; the first on a new store {starts[0]:.0f} ms")
    b.figure(f"sessiond, resident when idle, {users:,} sessions in the store", f"{b.idle_mb:.1f} MB")
    if b.peer:
        b.figure("Better Auth, start to first answer", f"{b.peer.start_ms:.0f} ms")
        b.figure("Better Auth, resident when idle", f"{b.peer.rss_kb() / 1024:.0f} MB")


def of_load(b):
    b.figure("sessiond, resident after all the load", f"{b.ours.rss_kb() / 1024:.1f} MB, "
                                                     f"{b.ours.peak_kb() / 1024:.1f} MB at most")
    if b.peer:
        b.figure("Better Auth, resident after all the load", f"{b.peer.rss_kb() / 1024:.0f} MB, "
                                                            f"{b.peer.peak_kb() / 1024:.0f} MB at most")


def of_revocation(b):
    """From another process's commit to the first answer that knows of it."""
    number = b.args.users - 1
    token = content.text_of("token", number)
    request = content.request("GET", "/api/auth/get-session", [f"Cookie: {content.padded_cookie(number)}"])
    times = []
    with contextlib.closing(sqlite3.connect(b.path("store.db"), isolation_level=None, timeout=10)) as db, \
            servers.connected(b.ours.address) as s:
        def alive():
            s.sendall(request)
            return b'"token"' in s.recv(65536)

        (row,) = db.execute('select * from "session" where token = ?', (token,)).fetchall()
        for _ in range(REVOCATIONS):
            if not alive():
                raise RuntimeError("a live session was refused")
            db.execute('delete from "session" where token = ?', (token,))
            began = time.perf_counter()
            if alive():
                raise RuntimeError("a revoked session was answered")
            times.append((time.perf_counter() - began) * 1000)
            db.execute(f'insert into "session" values ({",".join("?" * len(row))})', row)
    times.sort()
    b.revocation_ms = times[REVOCATIONS // 2]
    b.figure("revocation by another process", f"refused at the next request, {REVOCATIONS} of {REVOCATIONS}; answered "
             f"{b.revocation_ms:.2f} ms after the commit in the median, {times[-1]:.2f} ms at most")
