"""Bits that the disk turned, in the store and in its log: refused, or right, and never somebody else's."""

import contextlib
import http.client
import os
import random
import shutil
import sqlite3
import unittest

from harness import Case

PASSWORD = "correct horse battery"
PEOPLE = [f"p{n}@example.com" for n in range(3)]
ROUNDS = 6


class Damaged(Case):
    def setUp(self):
        seed = os.environ.get("SEED") or str(random.SystemRandom().randrange(1 << 32))
        print(f"SEED={seed}")
        self.random = random.Random(seed)
        self.d = self.daemon()
        self.cookies = {email: self.d.cookie_header(self.d.sign_up(email, PASSWORD)) for email in PEOPLE}
        self.ended = self.d.cookie_header(self.d.sign_in(PEOPLE[0], PASSWORD))
        self.d.post("/sign-out", None, {**self.ended, "Origin": "http://localhost:8787"})

    def keep(self, where, *suffixes):
        """The files of the store as they are, at another place."""
        kept = {s: self.d.directory / f"{where}{s}" for s in suffixes}
        for suffix, path in kept.items():
            shutil.copyfile(f"{self.d.store}{suffix}", path)
        return kept

    def put(self, kept, damage, bits):
        """Them back, with so many bits of one of them turned."""
        for suffix in ("", "-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(f"{self.d.store}{suffix}")
        for suffix, path in kept.items():
            data = bytearray(path.read_bytes())
            for _ in range(bits if suffix == damage else 0):
                data[self.random.randrange(len(data))] ^= 1 << self.random.randrange(8)
            with open(os.open(f"{self.d.store}{suffix}", os.O_CREAT | os.O_WRONLY, 0o600), "wb") as f:
                f.write(data)

    def starts(self):
        """A store that is beyond reading may end the start."""
        with contextlib.suppress(AssertionError):
            self.d.start()
            return True
        self.stop()
        return False

    def ask_all(self, suffix):
        d = self.d
        # Most of it cannot be true any more, but nothing may be more than was.
        for email, cookie in self.cookies.items():
            r = d.get("/get-session", cookie)
            if r.status == 200 and r.json() is not None:
                # Of the letters of an address some may be others; but it is no other person's.
                self.assertNotIn(r.json()["user"]["email"], set(PEOPLE) - {email})
            self.assertIn(r.status, (200, 500))
            r = d.sign_in(email, "not the password", {"X-Forwarded-For": f"192.0.2.{self.random.randrange(256)}"})
            self.assertIn(r.status, (401, 500), r.body)
            r = d.sign_in(email, PASSWORD)
            self.assertIn(r.status, (200, 401, 500), r.body)
        # A log ends where its damage begins, and what was committed after that is gone, this sign-out too:
        # docs/design.md, Faults.
        if suffix != "-wal":
            self.assertIn(d.get("/get-session", self.ended).body, (b"null", b""))
        forged = {"Authorization": f"Bearer {'x' * 32}"}
        self.assertIn(d.get("/get-session", forged).body, (b"null", b""))
        self.assertIn(d.request("GET", "/api/webauth/verify", forged).status, (401, 500))

    def stop(self):
        """It ends as asked, or had ended by itself, with the reason: never by a signal, or a sanitizer."""
        status = self.d.stop()
        log = self.d.log_text()
        if status != 0:
            self.assertEqual(status, 1, log)
            self.assertRegex(log.splitlines()[-1], r"^<3>sessiond: .*webauth\.db", log)

    def damage(self, kept, suffix):
        started = 0
        for n in range(ROUNDS):
            with self.subTest(n):
                self.d.log_path.write_text("")
                self.put(kept, suffix, 4 ** (n % 5))
                if self.starts():
                    started += 1
                    with contextlib.suppress(http.client.HTTPException, OSError):
                        self.ask_all(suffix)
                    self.stop()
        self.assertGreater(started, 0)

    def test_in_the_database(self):
        self.assertEqual(self.d.stop(), 0)
        with contextlib.closing(sqlite3.connect(self.d.store)) as db:
            db.execute("pragma wal_checkpoint(truncate)")
        self.damage(self.keep("kept", ""), "")

    def test_in_the_log(self):
        kept = self.keep("kept", "", "-wal")
        self.assertEqual(self.d.stop(), 0)
        self.damage(kept, "-wal")


if __name__ == "__main__":
    unittest.main()
