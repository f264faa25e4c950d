#!/usr/bin/env python3
"""Guessing passwords over the web: slowed, told nobody, and no way to keep an owner out."""

import statistics
import time
import unittest

from harness import Case

RIGHT = "correct horse battery"
EMAIL = "ann@example.com"
OWNER = {"X-Forwarded-For": "192.0.2.1"}
STRANGER = {"X-Forwarded-For": "198.51.100.7"}


class Guessing(Case):
    def setUp(self):
        self.d = self.daemon()
        self.d.sign_up(EMAIL, RIGHT)

    def try_(self, password, source, email=EMAIL):
        return self.d.sign_in(email, password, source)

    def guess(self, times, source, email=EMAIL):
        """Wrong passwords, each another one; what is answered last."""
        for n in range(times):
            r = self.try_(f"wrong {source} {n} {time.monotonic_ns()}", source, email)
        return r

    def hold_the_clock(self):
        """For the counters: whoever must wait now still must in half a minute, on however slow a machine."""
        self.d.sql("""update "webauth_guess" set "updatedAt" =
            strftime('%Y-%m-%dT%H:%M:%fZ', "updatedAt", '+30 seconds')""")

    def an_hour_passes(self):
        """For the counters: they only know when somebody last failed."""
        self.d.sql("""update "webauth_guess" set "updatedAt" =
            strftime('%Y-%m-%dT%H:%M:%fZ', "updatedAt", '-1 hour')""")

    def test_after_five_wrong_ones_even_the_right_one_must_wait(self):
        wrong = self.guess(5, OWNER)
        self.hold_the_clock()
        r = self.try_(RIGHT, OWNER)
        self.assert_refused(r, 401, "INVALID_EMAIL_OR_PASSWORD", "Invalid email or password")
        self.assertEqual(r.body, wrong.body)
        self.an_hour_passes()
        self.assertEqual(self.try_(RIGHT, OWNER).status, 200)

    def test_nothing_tells_waiting_from_wrong_or_known_from_unknown(self):
        answers = []
        for email in (EMAIL, "nobody@example.com"):
            for _ in range(8):
                r = self.guess(1, STRANGER, email)
                headers = [(k, v) for k, v in r.headers if k.lower() != "date"]
                answers.append((r.status, r.body, headers))
        for answer in answers:
            self.assertEqual(answer, answers[0])

    def test_a_stranger_cannot_keep_the_owner_out(self):
        self.assertEqual(self.try_(RIGHT, OWNER).status, 200)
        self.guess(12, STRANGER)
        self.hold_the_clock()
        self.assertEqual(self.try_(RIGHT, STRANGER).status, 401)
        self.assertEqual(self.try_(RIGHT, OWNER).status, 200)

    def test_the_same_wrong_password_again_is_one_failure(self):
        for _ in range(12):
            self.assertEqual(self.try_("an old password", OWNER).status, 401)
        self.assertEqual(self.try_(RIGHT, OWNER).status, 200)

    def test_a_session_is_no_licence_to_try_passwords(self):
        cookie = self.d.cookie_header(self.try_(RIGHT, OWNER))
        headers = {**cookie, **OWNER, "Origin": "http://localhost:8787"}
        for n in range(5):
            r = self.d.post("/verify-password", {"password": f"wrong {n}"}, headers)
            self.assert_refused(r, 400, "INVALID_PASSWORD")
        self.hold_the_clock()
        r = self.d.post("/verify-password", {"password": RIGHT}, headers)
        self.assert_refused(r, 400, "INVALID_PASSWORD")
        self.an_hour_passes()
        self.assertEqual(self.d.post("/verify-password", {"password": RIGHT}, headers).status, 200)

    def test_counters_outlive_the_daemon(self):
        self.guess(5, OWNER)
        self.hold_the_clock()
        self.d.stop()
        self.d.start()
        self.assertEqual(self.try_(RIGHT, OWNER).status, 401)

    def test_whatever_the_reason_a_refusal_is_the_same_and_as_late(self):
        """Medians side by side, turn by turn, so that a busy machine is busy for all. Without the hold, who must
        wait is answered many times faster; KDFs are counted by tests/unit/core/credential.c."""
        # A KDF that is slow against everything around it.
        d = self.daemon({"password_scheme": "scrypt", "hash_threads": 1})
        turns = range(5)
        for n in turns:
            for kind in ("wrong", "banned", "without"):
                d.sign_up(f"{kind}{n}@example.com", RIGHT)
        d.sql("""update "user" set "banned" = 1 where "email" like 'banned%'""")
        d.sql("""delete from "account" where "userId" in (select "id" from "user" where "email" like 'without%')""")
        d.sign_up("waiting@example.com", RIGHT)
        for n in range(5):
            d.sign_in("waiting@example.com", f"wrong {n}", OWNER)
        d.sql("""update "webauth_guess" set "failures" = 30 where "failures" = 5""")  # a quarter of an hour

        took, answers = {}, set()
        for n in turns:
            # Somebody new each time, from somewhere else, but for who waits: nobody else ever does.
            for kind in ("unknown", "wrong", "banned", "without", "waiting"):
                email, source = f"{kind}{n}@example.com", {"X-Forwarded-For": f"203.0.113.{n}"}
                password = "not the password"
                if kind == "waiting":
                    email, source, password = "waiting@example.com", OWNER, RIGHT
                started = time.perf_counter()
                r = d.sign_in(email, password, source)
                took.setdefault(kind, []).append(time.perf_counter() - started)
                answers.add((r.status, r.body, tuple((k, v) for k, v in r.headers if k.lower() != "date")))
        self.assertEqual(len(answers), 1, answers)
        medians = {kind: statistics.median(times) for kind, times in took.items()}
        for kind, median in medians.items():
            self.assertTrue(0.5 < median / medians["wrong"] < 2, (kind, medians))


if __name__ == "__main__":
    unittest.main()
