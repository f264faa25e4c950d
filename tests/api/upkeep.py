"""What the daemon does to its store unasked: rows that have ended go, in small steps, and the log is
copied back by a thread that nobody waits for."""

import contextlib
import os
import pathlib
import re
import sqlite3
import unittest

from harness import Case, from_now, wait_for

ORIGIN = {"Origin": "http://localhost:8787"}
TAKE = 200  # rows that one step deletes at most: lib/store/sweep.h
LOG_PAGES = 1000  # lib/store/store.h
PAGE = 4096


class Sweeps(Case):
    def swept(self, d, table):
        """(rows, steps) of every sweep of that table so far."""
        return [tuple(map(int, m)) for m in
                re.findall(rf"swept table={table} rows=(\d+) steps=(\d+)", d.log_text())] or None

    def add_sessions(self, d, name, count, expires):
        d.sql('insert into "session" ("id", "expiresAt", "token", "createdAt", "updatedAt", "userId")'
              f" with recursive c(n) as (select 1 union all select n + 1 from c where n < {count})"
              f" select '{name}' || n, ?1, '{name}' || n, ?1, ?1, (select \"id\" from \"user\") from c", expires)

    def test_what_has_ended_goes_in_steps_and_what_lives_stays(self):
        d = self.daemon({"sweep_every": "24h"})
        cookie = d.cookie_header(d.sign_up())
        self.add_sessions(d, "ended", 2 * TAKE + 50, from_now(seconds=-1))
        self.add_sessions(d, "live", 30, from_now(days=1))
        for name, ends in (("old", from_now(seconds=-1)), ("new", from_now(hours=1))):
            d.sql('insert into "verification" ("id", "identifier", "value", "expiresAt", "createdAt", "updatedAt")'
                  " values (?1, ?1, 'v', ?2, ?2, ?2)", name, ends)
        self.assertEqual(d.stop(), 0)
        d.options["sweep_every"] = "50ms"
        d.start()
        wait_for(lambda: self.swept(d, "verification"), d.log_text)
        rows, steps = self.swept(d, "session")[0]
        self.assertEqual((rows, steps), (2 * TAKE + 50, 3))
        self.assertEqual(self.swept(d, "verification")[0], (1, 1))
        self.assertEqual(d.sql('select count(*) from "session"'), [(31,)])
        self.assertEqual(d.sql('select "id" from "verification"'), [("new",)])
        self.assertIsNotNone(d.get("/get-session", cookie).json())

    def test_it_is_done_again_and_again(self):
        d = self.daemon({"sweep_every": "20ms"})
        d.sign_up()
        for name in ("first", "second"):
            self.add_sessions(d, name, 1, from_now(seconds=-1))
            wait_for(lambda: d.sql('select count(*) from "session"') == [(1,)], d.log_text)

    def test_never_where_it_is_turned_off(self):
        d = self.daemon({"sweep_every": "0"})
        d.sign_up()
        self.add_sessions(d, "ended", 1, from_now(seconds=-1))
        for _ in range(20):
            d.get("/ok")
        self.assertIsNone(self.swept(d, "session"))
        self.assertEqual(d.sql('select count(*) from "session"'), [(2,)])

    def test_a_store_that_another_writes_to_is_swept_later(self):
        d = self.daemon({"sweep_every": "20ms"})
        d.sign_up()
        wait_for(lambda: self.swept(d, "session"), d.log_text)
        with contextlib.closing(sqlite3.connect(d.store, isolation_level=None)) as db:
            db.execute("begin immediate")
            db.execute('update "session" set "expiresAt" = ?', (from_now(seconds=-1),))
            self.assertEqual(d.get("/ok").status, 200)
            db.execute("commit")
        wait_for(lambda: d.sql('select count(*) from "session"') == [(0,)], d.log_text)


class Loop(Case):
    @unittest.skipUnless(os.geteuid() == 0, "only root looks into a process that is undumpable")
    def test_whatever_happens_to_the_store_the_loop_writes_nothing(self):
        """Counted by the kernel: no page, no log and no checkpoint is written by the thread that answers."""
        d = self.daemon({"sweep_every": "20ms", "log_level": "error"})
        headers = {**ORIGIN, **d.cookie_header(d.sign_up())}

        def writes():
            text = pathlib.Path(f"/proc/{d.process.pid}/task/{d.process.pid}/io").read_text()
            return int(re.search(r"^syscw: (\d+)$", text, re.M)[1])

        before = writes()
        for n in range(LOG_PAGES // 4):
            r = d.post("/update-user", {"image": f"https://example.com/{n}/" + "x" * 7000}, headers)
            self.assertEqual(r.status, 200)
            self.assertIsNotNone(d.get("/get-session", headers).json())
        with contextlib.closing(sqlite3.connect(d.store, isolation_level=None, timeout=30)) as db:
            db.execute("vacuum")
        self.assertIsNotNone(d.get("/get-session", headers).json())
        self.assertEqual(writes(), before)


class Log(Case):
    def test_a_log_that_has_become_long_is_copied_back(self):
        d = self.daemon({"sweep_every": "0"})
        headers = {**ORIGIN, **d.cookie_header(d.sign_up())}
        wal = d.store.with_name(d.store.name + "-wal")

        def grows():
            """One more write: where nothing was copied back, it stands behind the others."""
            before = wal.stat().st_size
            r = d.post("/update-user", {"image": f"https://example.com/{before}/" + "x" * 3000}, headers)
            self.assertEqual(r.status, 200)
            return wal.stat().st_size > before

        while wal.stat().st_size < LOG_PAGES * PAGE:
            self.assertTrue(grows())
        # What was copied back is written over, and the log grows no further.
        wait_for(lambda: not grows(), d.log_text)


if __name__ == "__main__":
    unittest.main()
