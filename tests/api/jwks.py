"""The published keys, and keys that come and go while tokens are about."""

import subprocess
import os
import unittest

import forge
from harness import Case

VERIFY = "/api/webauth/verify"
WELL_KNOWN = "/.well-known/jwks.json"


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


class Published(Case):
    def test_both_places_show_the_same_keys(self):
        for alg, crv in (("ES256", "P-256"), ("EdDSA", "Ed25519"), ("RS256", None)):
            with self.subTest(alg):
                d = self.daemon({"jwt_alg": alg})
                ours = d.request("GET", WELL_KNOWN)
                theirs = d.get("/jwks")
                self.assertEqual((ours.status, theirs.status), (200, 200))
                self.assertEqual(ours.header("cache-control"), "public, max-age=300")
                self.assertEqual(ours.header("content-type"), "application/json")
                self.assertIsNone(theirs.header("cache-control"))
                (a,), (b,) = ours.json()["keys"], theirs.json()["keys"]
                self.assertEqual(a.pop("use"), "sig")
                self.assertEqual(a, b)
                self.assertEqual((a["alg"], a.get("crv")), (alg, crv))
                self.assertEqual(set(a) - {"x", "y", "n", "e"}, {"alg", "kty", "kid"} | ({"crv"} if crv else set()))

    def test_the_secret_is_never_published(self):
        d = self.daemon({"jwt_alg": "HS256"})
        d.get("/token", d.cookie_header(d.sign_up()))
        for answer in (d.request("GET", WELL_KNOWN), d.get("/jwks")):
            self.assertEqual(answer.json(), {"keys": []})

    def test_it_stands_at_the_root_alone(self):
        d = self.daemon()
        for path in ("/api/auth/.well-known/jwks.json", "/.well-known/jwks", "/jwks", "/.well-known/jwks.json/"):
            self.assertEqual(d.request("GET", path).status, 404)


class Rotation(Case):
    def setUp(self):
        self.d = self.daemon(self.options())
        self.cookie = self.d.cookie_header(self.d.sign_up())

    def options(self):
        return {"jwt_rotate_every": "30d", "jwt_publish_ahead": "1d"}

    def token(self):
        return self.d.get("/token", self.cookie).json()["token"]

    def kid(self, token):
        return forge.parts(token)[0]["kid"]

    def published(self):
        return [k["kid"] for k in self.d.request("GET", WELL_KNOWN).json()["keys"]]

    def ctl(self, *words):
        subprocess.run([os.environ["WEBAUTHCTL"], "-f", "none", "--set", f"store=sqlite:{self.d.store}",
                        "--set", f"secret_file={self.d.secret_file}", *words],
                       check=True, stdin=subprocess.DEVNULL, capture_output=True)

    def move(self, kid, days):
        """The key's end is so far away, and its beginning 30 days before that."""
        self.d.sql("UPDATE jwks SET expiresAt = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', ?),"
                   " createdAt = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', ?) WHERE id = ?",
                   f"{days} days", f"{days - 30} days", kid)

    def works(self, token):
        return self.d.request("GET", VERIFY, bearer(token)).status == 204

    def test_a_key_is_published_before_it_signs_and_kept_after(self):
        first = self.token()
        old = self.kid(first)
        self.assertEqual(self.published(), [old])
        self.move(old, 2)
        self.assertEqual(self.published(), [old])

        # A day before its end the next one stands beside it, and signs nothing yet.
        self.move(old, 0.9)
        both = self.published()
        self.assertEqual((len(both), both[0]), (2, old))
        new = both[1]
        self.assertEqual(self.kid(self.token()), old)
        self.assertEqual(self.published(), both)
        rows = dict((r[0], r[1:]) for r in self.d.sql("SELECT id, createdAt, expiresAt FROM jwks"))
        self.assertLess(rows[new][0], rows[old][0])
        self.assertGreater(rows[new][1], rows[old][1])

        # Its time has come: the old one signs no more, and what it signed still verifies.
        self.d.sql("UPDATE jwks SET expiresAt = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-1 seconds') WHERE id = ?", old)
        second = self.token()
        self.assertEqual(self.kid(second), new)
        self.assertEqual(sorted(self.published()), sorted(both))
        self.assertTrue(self.works(first) and self.works(second))

        # Past its grace it is gone, and so is what it signed.
        self.d.sql("UPDATE jwks SET expiresAt = '2020-01-01T00:00:00.000Z' WHERE id = ?", old)
        self.assertEqual(self.published(), [new])
        self.assertFalse(self.works(first))
        self.assertTrue(self.works(second))

    def test_minting_alone_publishes_the_next_key(self):
        old = self.kid(self.token())
        self.move(old, 0.5)
        self.assertEqual(self.kid(self.token()), old)
        self.assertEqual(self.d.sql("SELECT count(*) FROM jwks"), [(2,)])

    def test_a_token_of_a_retired_key_is_not_handed_out_again(self):
        first = self.token()
        self.assertEqual(self.token(), first)
        self.ctl("key", "rotate")
        second = self.token()
        self.assertNotEqual(self.kid(second), self.kid(first))
        self.assertTrue(self.works(first) and self.works(second))

    def test_a_token_of_a_deleted_key_is_dead_although_it_was_verified_before(self):
        first = self.token()
        self.assertTrue(self.works(first) and self.works(first))
        self.d.sql("DELETE FROM jwks")
        self.assertFalse(self.works(first))
        self.assertTrue(self.works(self.token()))

    def test_a_key_that_changes_under_its_kid_verifies_nothing_old(self):
        first = self.token()
        self.assertTrue(self.works(first))
        other = self.daemon()
        other.get("/jwks")
        (public,) = other.sql("SELECT publicKey FROM jwks")[0]
        self.d.sql("UPDATE jwks SET publicKey = ?", public)
        self.assertFalse(self.works(first))

    def test_writes_of_others_leave_the_keys_alone(self):
        first = self.token()
        for i in range(20):
            self.d.sql("UPDATE user SET image = ?", str(i))
            self.assertTrue(self.works(first))


if __name__ == "__main__":
    unittest.main()
