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

    def an_hour_passes(self):
        """For the counters: they only know when somebody last failed."""
        self.d.sql("""update "webauth_guess" set "updatedAt" =
            strftime('%Y-%m-%dT%H:%M:%fZ', "updatedAt", '-1 hour')""")

    def test_after_five_wrong_ones_even_the_right_one_must_wait(self):
        wrong = self.guess(5, OWNER)
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
        r = self.d.post("/verify-password", {"password": RIGHT}, headers)
        self.assert_refused(r, 400, "INVALID_PASSWORD")
        self.an_hour_passes()
        self.assertEqual(self.d.post("/verify-password", {"password": RIGHT}, headers).status, 200)

    def test_counters_outlive_the_daemon(self):
        self.guess(5, OWNER)
        self.d.stop()
        self.d.start()
        self.assertEqual(self.try_(RIGHT, OWNER).status, 401)

    def test_who_must_wait_is_answered_as_late_as_who_was_wrong(self):
        """Medians side by side; without the hold a refusal without a KDF is many times faster."""
        # A KDF that is slow against everything around it.
        d = self.daemon({"password_scheme": "scrypt", "hash_threads": 1})
        d.sign_up(EMAIL, RIGHT)
        wrong, waiting = [], []
        for n in range(15):
            # Somebody new each time: never throttled.
            started = time.perf_counter()
            d.sign_in(f"user{n}@example.com", "wrong", {"X-Forwarded-For": f"203.0.113.{n}"})
            wrong.append(time.perf_counter() - started)
            for again in range(7 if n == 0 else 1):
                started = time.perf_counter()
                d.sign_in(EMAIL, f"wrong {n} {again}", OWNER)
                took = time.perf_counter() - started
            waiting.append(took)
        ratio = statistics.median(waiting) / statistics.median(wrong)
        self.assertTrue(0.5 < ratio < 2, (ratio, wrong, waiting))


if __name__ == "__main__":
    unittest.main()
