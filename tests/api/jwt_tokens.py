"""GET /token, GET /jwks and the set-auth-jwt header (contract.md 7), checked by openssl."""

import json
import time
import unittest

import jose
from harness import Case, from_now

USER_KEYS = [
    "name", "email", "emailVerified", "image", "createdAt", "updatedAt",
    "role", "banned", "banReason", "banExpires", "username", "displayUsername", "id",
]

# A row as Node's JWT plugin wrote it (contract.md B.7).
SECRET = "0123456789abcdef0123456789ABCDEFxyz!"
NODE_PUBLIC = '{"crv":"Ed25519","x":"-l8asaZ-YFGswQDmIdPyzsz8pZ5qEX4RC1VH6M2gLIg","kty":"OKP"}'
NODE_PRIVATE = (
    '"df6cf460164602a10412cafdeb6d5d6d282f1e38cf54425dd844df8d07112b42c97dd553b4c70ea083b39665ad623c47'
    "273e026a1c478877833f9bbb71d1ad4de84b36289bf5ace7d4007066613d81f89851276c7681269fe1fe7b8c438a3fa271"
    "0198d74cf2ca3734efeb47ef950323e377e4343a7cabdfff616908557d98dd7dc39034e519e57e627e960f471222e93a53"
    '5652018f6b88ac45cf22d82f45ab4f69c7d7338fb7ccfd"')


class Tokens(Case):
    def start(self, options=None, **how):
        self.d = self.daemon(options, **how)
        self.signed_up = self.d.sign_up()
        self.cookie = self.d.cookie_header(self.signed_up)

    def jwks(self):
        r = self.d.get("/jwks")
        self.assertEqual((r.status, r.header("content-type")), (200, "application/json"))
        return r.json()

    def token(self):
        r = self.d.get("/token", self.cookie)
        self.assertEqual((r.status, list(r.json())), (200, ["token"]))
        return r.json()["token"]

    def verified(self, token=None):
        return jose.verify(token or self.token(), self.jwks())

    def header_token(self):
        return self.d.get("/get-session", self.cookie).header("set-auth-jwt")

    def add_node_key(self, created="2026-01-01T00:00:00.000Z", private=NODE_PRIVATE, ident="node-key",
                     alg="EdDSA", expires=None):
        self.d.sql('insert into "jwks" ("id", "publicKey", "privateKey", "createdAt", "expiresAt", "alg",'
                   ' "crv") values (?, ?, ?, ?, ?, ?, ?)',
                   ident, NODE_PUBLIC, private, created, expires, alg, "Ed25519")


class Claims(Tokens):
    def test_each_algorithm_verifies_and_says_who_when_and_for_whom(self):
        for alg, kty in (("ES256", "EC"), ("EdDSA", "OKP"), ("RS256", "RSA")):
            with self.subTest(alg):
                self.start({"jwt_alg": alg})
                before = int(time.time())
                header, claims = self.verified()
                self.assertEqual(header["alg"], alg)
                self.assertLessEqual(set(header), {"alg", "kid", "typ"})
                user = self.signed_up.json()["user"]
                self.assertEqual({k: claims[k] for k in USER_KEYS}, user)
                self.assertEqual(set(claims) - set(USER_KEYS), {"iat", "exp", "iss", "aud", "sub", "sid"})
                self.assertEqual(claims["sub"], user["id"])
                self.assertEqual((claims["iss"], claims["aud"]), ("http://localhost:8787",) * 2)
                self.assertEqual(claims["exp"], claims["iat"] + 900)
                self.assertGreaterEqual(claims["iat"], before)
                ((sid,),) = self.d.sql('select "id" from "session"')
                self.assertEqual(claims["sid"], sid)
                self.assertNotIn(self.signed_up.json()["token"], json.dumps(claims))
                (key,) = self.jwks()["keys"]
                self.assertEqual((key["alg"], key["kty"], key["kid"]), (alg, kty, header["kid"]))
                self.assertFalse({"d", "p", "q", "dp", "dq", "qi", "k"} & set(key))

    def test_issuer_audience_and_life_are_configurable(self):
        self.start({"jwt_issuer": "me", "jwt_audience": ["a", "b"], "jwt_expires_in": "1h"})
        _, claims = self.verified()
        self.assertEqual((claims["iss"], claims["aud"]), ("me", ["a", "b"]))
        self.assertEqual(claims["exp"], claims["iat"] + 3600)

    def test_issuer_and_audience_are_the_origin_without_its_path(self):
        self.start({"base_url": "https://auth.example.com:8443/api/auth"})
        _, claims = self.verified()
        self.assertEqual((claims["iss"], claims["aud"]), ("https://auth.example.com:8443",) * 2)

    def test_a_token_never_outlives_its_session(self):
        self.start({"session_refresh": "false"})
        end = int(time.time()) + 100
        self.d.sql('update "session" set "expiresAt" = ?', from_now(seconds=100))
        _, claims = self.verified()
        self.assertLessEqual(claims["exp"], end + 1)
        self.assertLessEqual(self.verified(self.header_token())[1]["exp"], end + 1)

    def test_a_token_from_memory_does_not_outlive_it_either(self):
        self.start({"session_refresh": "false"})
        self.token()
        end = int(time.time()) + 100
        self.d.sql('update "session" set "expiresAt" = ?', from_now(seconds=100))
        self.assertLessEqual(self.verified()[1]["exp"], end + 1)

    def test_a_changed_token_does_not_verify(self):
        self.start()
        head, body, signature = self.token().split(".")
        with self.assertRaises(AssertionError):
            self.verified(f"{head}.{body[:-2]}{'AA' if body[-2:] != 'AA' else 'BB'}.{signature}")


class Endpoints(Tokens):
    def test_without_a_session_there_is_no_token(self):
        self.start()
        r = self.d.get("/token")
        self.assert_refused(r, 401, "UNAUTHORIZED", "Unauthorized")
        self.assertEqual(r.cookies(), {})
        self.d.sql('delete from "session"')
        r = self.d.get("/token", self.cookie)
        self.assert_refused(r, 401, "UNAUTHORIZED", "Unauthorized")
        self.assertEqual(list(r.cookies()), ["better-auth.session_token", "better-auth.session_data",
                                             "better-auth.dont_remember"])

    def test_the_token_is_for_no_cache_and_neither_has_the_other_header(self):
        self.start()
        for r, cached in ((self.d.get("/token", self.cookie), "no-store"), (self.d.get("/jwks"), None)):
            self.assertEqual(r.header("cache-control"), cached)
            for name in ("set-auth-jwt", "access-control-expose-headers"):
                self.assertIsNone(r.header(name))

    def test_asking_for_the_keys_makes_the_first(self):
        self.start({"jwt_header": "false"})
        self.assertEqual(self.d.sql('select count(*) from "jwks"'), [(0,)])
        (key,) = self.jwks()["keys"]
        ((ident, private),) = self.d.sql('select "id", "privateKey" from "jwks"')
        self.assertEqual(key["kid"], ident)
        self.assertRegex(private, r'\A"[0-9a-f]+"\Z')
        self.assertEqual(self.jwks(), {"keys": [key]})
        self.assertEqual(self.verified()[0]["kid"], ident)

    def test_a_bearer_token_gets_a_token(self):
        self.start()
        r = self.d.get("/token", {"Authorization": f"Bearer {self.signed_up.json()['token']}"})
        self.assertEqual(self.verified(r.json()["token"])[1]["email"], "ann@example.com")


class Header(Tokens):
    def test_get_session_announces_a_token_that_is_kept_until_the_user_changes(self):
        self.start()
        r = self.d.get("/get-session", self.cookie)
        self.assertEqual(r.header("access-control-expose-headers"), "set-auth-jwt")
        first = r.header("set-auth-jwt")
        self.verified(first)
        self.assertEqual(self.header_token(), first)
        self.assertEqual(self.token(), first)
        self.d.sql('update "user" set "name" = ?, "updatedAt" = ?', "Anna", from_now())
        second = self.header_token()
        self.assertNotEqual(second, first)
        self.assertEqual(self.verified(second)[1]["name"], "Anna")

    def test_sessions_do_not_share_tokens(self):
        self.start()
        found = {self.verified(self.header_token())[1]["sid"]}
        for _ in range(5):
            self.cookie = self.d.cookie_header(self.d.sign_in())
            found.add(self.verified(self.header_token())[1]["sid"])
        self.assertEqual(len(found), 6)

    def test_it_can_be_switched_off(self):
        self.start({"jwt_header": "false"})
        r = self.d.get("/get-session", self.cookie)
        self.assertIsNone(r.header("set-auth-jwt"))
        self.assertIsNone(r.header("access-control-expose-headers"))
        self.verified()

    def test_none_without_a_session(self):
        self.start()
        self.assertIsNone(self.d.get("/get-session").header("set-auth-jwt"))


class Keys(Tokens):
    def test_nodes_key_is_chosen_whatever_is_configured(self):
        self.start(secret=SECRET)
        self.add_node_key()
        header, _ = self.verified()
        self.assertEqual(header, {"alg": "EdDSA", "kid": "node-key"})
        (key,) = self.jwks()["keys"]
        self.assertEqual(key, {"alg": "EdDSA", "crv": "Ed25519", **json.loads(NODE_PUBLIC), "kid": "node-key"})

    def test_a_row_without_an_algorithm_is_nodes_default(self):
        self.start(secret=SECRET)
        self.add_node_key(alg=None)
        self.assertEqual(self.verified()[0], {"alg": "EdDSA", "kid": "node-key"})

    def test_a_row_that_cannot_be_decrypted_is_passed_over(self):
        self.start()  # another secret
        self.add_node_key()
        header, _ = self.verified()
        self.assertNotEqual(header["kid"], "node-key")
        self.assertEqual(self.d.get("/get-session", self.cookie).status, 200)
        self.assertEqual({k["kid"] for k in self.jwks()["keys"]}, {header["kid"], "node-key"})

    def test_rows_that_are_no_keys_are_passed_over(self):
        self.start(secret=SECRET)
        for i, private in enumerate(("", "x", '"', '""', '"zz"', "{}", '{"kty":"OKP"}', NODE_PRIVATE[:-3] + '0"')):
            self.add_node_key(private=private, ident=f"bad-{i}", created=from_now())
        self.add_node_key()
        self.assertEqual(self.verified()[0]["kid"], "node-key")

    def test_an_expired_key_signs_no_more_but_is_published_for_its_grace(self):
        self.start(secret=SECRET)
        self.add_node_key(expires=from_now(days=-1))
        header, _ = self.verified()
        self.assertEqual(header["alg"], "ES256")
        self.assertIn("node-key", [k["kid"] for k in self.jwks()["keys"]])
        self.d.sql('update "jwks" set "expiresAt" = ? where "id" = ?', from_now(days=-31), "node-key")
        self.assertNotIn("node-key", [k["kid"] for k in self.jwks()["keys"]])

    def test_a_key_that_is_gone_signs_nothing_more(self):
        self.start()
        first, _ = self.verified(self.header_token())
        self.d.sql('delete from "jwks"')
        second, _ = self.verified(self.header_token())
        self.assertNotEqual(first["kid"], second["kid"])

    def test_a_newer_key_signs_at_once(self):
        self.start(secret=SECRET)
        self.verified(self.header_token())
        self.add_node_key(created=from_now())
        self.d.sql('update "jwks" set "expiresAt" = ? where "id" <> ?', from_now(seconds=-1), "node-key")
        self.assertEqual(self.verified(self.header_token())[0]["kid"], "node-key")


if __name__ == "__main__":
    unittest.main()
