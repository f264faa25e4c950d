"""The example APIs in front of a real sessiond. Usage: backends.py NAME COMMAND..., the command being
what serves the example on the Unix socket whose path is put in place of the word SOCKET."""

import contextlib
import os
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "api"))

import forge
from harness import Case, UnixConnection, wait_for

COMMAND = sys.argv[1:]
ISSUER = "https://auth.example.com"


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


class Backend(Case):
    alg = "ES256"

    @classmethod
    def setUpClass(cls):
        cls.d = cls.shared_daemon({"base_url": ISSUER, "jwt_alg": cls.alg, "secure_cookies": "false"})
        cls.socket = cls.d.directory / "example.sock"
        env = {**os.environ, "WEBAUTH_SOCKET": str(cls.d.socket_path), "WEBAUTH_ISSUER": ISSUER,
               "WEBAUTH_ALG": cls.alg, "BETTER_AUTH_SECRET": cls.d.secret}
        cls.log = open(cls.d.directory / "example.log", "w+")
        cls.addClassCleanup(cls.log.close)
        cls.process = subprocess.Popen([w.replace("SOCKET", str(cls.socket)) for w in COMMAND], env=env,
                                       stdin=subprocess.DEVNULL, stdout=cls.log, stderr=cls.log)
        cls.addClassCleanup(cls.process.wait)
        cls.addClassCleanup(cls.process.terminate)
        wait_for(cls.answers, lambda: f"no answer:\n{Path(cls.log.name).read_text()}")
        cls.r = cls.d.sign_up()
        cls.id = cls.r.json()["user"]["id"]
        cls.jwt = cls.d.get("/token", cls.d.cookie_header(cls.r)).json()["token"]

    @classmethod
    def answers(cls):
        assert cls.process.poll() is None, Path(cls.log.name).read_text()
        try:
            return cls.ask("GET", "/nothing")
        except OSError:
            return None

    @classmethod
    def ask(cls, method, path, headers=None, body=None):
        with contextlib.closing(UnixConnection(cls.socket)) as c:
            return cls.d.request(method, path, headers, body, connection=c)

    def assert_nobody(self, r, reason=None):
        self.assertEqual(r.status, 401, r.body)
        self.assertTrue(r.header("www-authenticate").startswith("Bearer"))
        if reason is not None:
            self.assertEqual(r.json()["detail"], reason)


class PublicKey(Backend):
    foreign_reason = "The token was signed with an unknown key"

    def test_a_jwt_says_who_it_is(self):
        r = self.ask("GET", "/me", bearer(self.jwt))
        self.assertEqual((r.status, r.json()["user_id"], r.json()["name"]), (200, self.id, "Ann"))

    def test_what_is_anns_is_anns(self):
        other = self.d.sign_up(f"ben-{self.alg}@example.com")
        self.assertEqual(self.ask("POST", f"/users/{self.id}/notes", bearer(self.jwt), "a note").status, 201)
        self.assertEqual(self.ask("GET", f"/users/{self.id}/notes", bearer(self.jwt)).json()["notes"], ["a note"])
        his = self.d.get("/token", self.d.cookie_header(other)).json()["token"]
        for method in ("GET", "POST"):
            self.assertEqual(self.ask(method, f"/users/{self.id}/notes", bearer(his)).status, 403)
            self.assert_nobody(self.ask(method, f"/users/{self.id}/notes"))

    def test_each_refusal_has_its_reason(self):
        # The name of its key is unknown here; with the secret it is the secret that differs.
        other = self.daemon({"base_url": ISSUER, "jwt_alg": self.alg})
        foreign = other.get("/token", other.cookie_header(other.sign_up())).json()["token"]
        header, payload, signature = forge.parts(self.jwt)
        for token, reason in (
            (foreign, self.foreign_reason),
            (forge.join(header, {**payload, "sub": "root"}, signature), "The token's signature does not fit"),
            (forge.join({**header, "alg": "HS512"}, payload, signature), "The token's algorithm is not accepted here"),
            (forge.join({**header, "alg": "none"}, payload, ""), "The token's algorithm is not accepted here"),
            (forge.join({**header, "crit": ["x"]}, payload, signature), "The token's header is not accepted here"),
            ("nonsense", "The token is malformed"),
        ):
            with self.subTest(reason):
                self.assert_nobody(self.ask("GET", "/me", bearer(token)), reason)
        for headers in ({}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer "}):
            self.assert_nobody(self.ask("GET", "/me", headers), "No bearer token")

    def test_a_token_of_another_service_or_an_earlier_hour_is_refused(self):
        # Made by a sessiond with the same store and secret, and so with the same key.
        for options, reason in (({"jwt_audience": "https://other.example.com"},
                                 "The token is not meant for this service"),
                                ({"jwt_issuer": "https://other.example.com"},
                                 "The token is not meant for this service")):
            with self.subTest(options):
                d = self.daemon({"base_url": ISSUER, "jwt_alg": self.alg, "store": f"sqlite:{self.d.store}",
                                 **options}, secret=self.d.secret)
                token = d.get("/token", bearer(self.r.json()["token"])).json()["token"]
                self.assert_nobody(self.ask("GET", "/me", bearer(token)), reason)

    def test_an_expired_token_is_refused(self):
        # A session that is about to end gives a JWT that ends with it.
        r = self.d.sign_in()
        self.d.sql("UPDATE session SET expiresAt = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+2 seconds'),"
                   " createdAt = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+2 seconds', '-1 day') WHERE token = ?",
                   r.json()["token"])
        jwt = self.d.get("/token", bearer(r.json()["token"])).json()["token"]
        refused = wait_for(lambda: (a := self.ask("GET", "/me", bearer(jwt))).status == 401 and a,
                           lambda: "never expired")
        self.assert_nobody(refused, "The token has expired")

    def test_forgeries(self):
        keys = self.d.get("/jwks").json()["keys"]
        key = keys[0] if keys else {"kty": "EC", "x": "AA", "y": "AA"}
        for name, text in forge.forgeries(self.jwt, key, "not the secret" * 3, "a.b.c"):
            if name in ("signature not canonical", "another sid", "signature with junk", "signature padded",
                        "sub twice", "header with trailing bytes"):
                continue  # what the libraries make of these is theirs; below sessiond is asked
            if text == self.jwt:
                continue
            with self.subTest(name):
                self.assert_nobody(self.ask("GET", "/me", bearer(text)))

    def test_the_live_way_takes_all_three(self):
        for way in (bearer(self.jwt), bearer(self.r.json()["token"]), self.d.cookie_header(self.r)):
            r = self.ask("GET", "/live/me", way)
            self.assertEqual((r.status, r.json()),
                             (200, {"user_id": self.id, "email": "ann@example.com", "name": "Ann", "roles": ["user"]}))
        self.assert_nobody(self.ask("GET", "/live/me"))

    def test_a_revoked_session_is_gone_at_once_for_the_live_way(self):
        r = self.d.sign_in()
        jwt = self.d.get("/token", bearer(r.json()["token"])).json()["token"]
        ways = (bearer(jwt), bearer(r.json()["token"]), self.d.cookie_header(r))
        self.assertEqual({self.ask("GET", "/live/me", w).status for w in ways}, {200})
        self.d.post("/sign-out", None, bearer(r.json()["token"]))
        for way in ways:
            self.assert_nobody(self.ask("GET", "/live/me", way), "No live session")
        self.assertEqual(self.ask("GET", "/me", bearer(jwt)).status, 200)  # offline: until it expires

    def test_a_name_arrives_as_it_is(self):
        name = "Ann Müller \u20ac%"
        r = self.d.post("/sign-up/email", {"name": name, "email": f"m-{self.alg}@example.com",
                                           "password": "correct horse battery"})
        self.assertEqual(self.ask("GET", "/live/me", self.d.cookie_header(r)).json()["name"], name)


class SharedSecret(PublicKey):
    alg = "HS256"
    foreign_reason = "The token's signature does not fit"

    def test_other_tokens_of_the_secret_are_no_sessions(self):
        payload = forge.parts(self.jwt)[1]
        key = self.d.secret.encode()
        for header in ({"alg": "HS256"}, {"alg": "HS256", "kid": "x"}):
            self.assert_nobody(self.ask("GET", "/me", bearer(forge.hs256(header, payload, key))))
        mail = {"email": "ann@example.com", "iat": payload["iat"], "exp": payload["exp"]}
        self.assert_nobody(self.ask("GET", "/me", bearer(forge.hs256({"alg": "HS256", "kid": "hs256"}, mail, key))))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
