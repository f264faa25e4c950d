"""webauthctl key: listing and rotating what signs JWTs."""

import ctl


class Key(ctl.Case):
    def setUp(self):
        super().setUp()
        self.create()

    def keys(self):
        return self.ok_json("key", "list")["keys"]

    def test_store_without_keys_says_who_makes_one(self):
        result = self.ok("key", "list", "-o", "json")
        self.assertEqual(result.json["keys"], [])
        self.assertIn("key rotate", result.err)

    def test_rotated_key_signs_and_the_earlier_stays_published(self):
        first = self.ok_json("key", "rotate")["key"]
        self.assertEqual((first["alg"], first["signs"], first["expiresAt"]), ("ES256", True, None))
        second = self.ok_json("key", "rotate")["key"]
        by_kid = {k["kid"]: k for k in self.keys()}
        self.assertEqual(set(by_kid), {first["kid"], second["kid"]})
        self.assertTrue(by_kid[second["kid"]]["signs"])
        self.assertFalse(by_kid[first["kid"]]["signs"])
        self.assertIsNotNone(by_kid[first["kid"]]["expiresAt"])

    def test_each_algorithm_can_be_made(self):
        for alg in ("ES256", "EdDSA", "RS256"):
            key = self.ok_json("--set", f"jwt_alg={alg}", "key", "rotate", "--alg", alg)["key"]
            self.assertEqual((key["alg"], key["signs"], key["usable"]), (alg, True, True))

    def test_key_of_another_algorithm_says_that_it_does_not_sign(self):
        self.ok("key", "rotate")
        result = self.ok("key", "rotate", "--alg", "EdDSA", "-o", "json")
        self.assertFalse(result.json["key"]["signs"])
        self.assertIn("jwt_alg = EdDSA", result.err)

    def test_unknown_algorithms_are_wrong_usage(self):
        for bad in ("HS256", "none", "es256", ""):
            self.fails(2, "--alg", "key", "rotate", "--alg", bad)
        self.assertEqual(self.sql('select * from "jwks"'), [])

    def test_private_keys_are_encrypted_and_never_shown(self):
        self.ok("key", "rotate")
        private = self.sql('select "privateKey" from "jwks"')[0][0]
        self.assertNotIn('"d"', private)
        for form in ("table", "json", "jsonl", "tsv"):
            self.assertNotIn(private[1:40], self.ok("key", "list", "-o", form).out)

    def test_key_of_another_secret_is_not_usable(self):
        self.ok("key", "rotate")
        env = self.environ(BETTER_AUTH_SECRET="another secret that is long enough, too")
        result = self.ok("key", "list", "-o", "json", env=env)
        self.assertEqual([k["usable"] for k in result.json["keys"]], [False])
        self.assertIn("another secret", result.err)

    def test_without_a_secret_nothing_is_done(self):
        env = {"PATH": "/usr/bin:/bin"}
        self.fails(1, "secret", "key", "list", env=env)
        self.fails(1, "secret", "key", "rotate", env=env)
        self.assertEqual(self.sql('select * from "jwks"'), [])


ctl.main()
