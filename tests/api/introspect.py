"""POST /api/webauth/introspect (RFC 7662): who may ask, and what is answered."""

import base64
import grp
import http.client
import json
import os
import secrets
import unittest
from pathlib import Path
from urllib.parse import urlencode

import forge
from harness import Case, Daemon, Response
from ports import free_port

PATH = "/api/webauth/introspect"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
INACTIVE = b'{"active":false}'


class Introspection(Case):
    def introspect(self, d, token, headers=None, request=None):
        body = urlencode({"token": token})
        return (request or d.request)("POST", PATH, {**FORM, **(headers or {})}, body)


class Answers(Introspection):
    @classmethod
    def setUpClass(cls):
        cls.d = cls.shared_daemon()
        cls.r = cls.d.sign_up()
        cls.user = cls.r.json()["user"]
        cls.token = cls.r.json()["token"]
        answer = cls.d.get("/get-session", cls.d.cookie_header(cls.r))
        cls.session = answer.json()["session"]
        cls.jwt = answer.header("set-auth-jwt")
        cls.jwk = cls.d.get("/jwks").json()["keys"][0]
        other = cls.shared_daemon()
        cls.foreign = other.get("/get-session", other.cookie_header(other.sign_up())).header("set-auth-jwt")

    def ask(self, token, **how):
        return self.introspect(self.d, token, **how)

    def test_a_jwt(self):
        payload = forge.parts(self.jwt)[1]
        for _ in range(2):
            r = self.ask(self.jwt)
            self.assertEqual((r.status, r.header("content-type"), r.header("cache-control")),
                             (200, "application/json", "no-store"))
            self.assertEqual(r.json(), {
                "active": True, "sub": self.user["id"], "sid": self.session["id"], "name": "Ann",
                "email": "ann@example.com", "email_verified": False, "roles": ["user"],
                "token_type": "Bearer", **{n: payload[n] for n in ("exp", "iat", "iss", "aud")}})

    def test_a_session_token(self):
        for token in (self.token, self.r.header("set-auth-token")):
            got = self.ask(token).json()
            self.assertEqual(got["token_type"], "session")
            self.assertEqual((got["active"], got["sub"], got["sid"]), (True, self.user["id"], self.session["id"]))
            self.assertEqual(got["exp"] - got["iat"], 604800)

    def test_forgeries_are_inactive_and_nothing_else_is_said(self):
        for name, text in forge.forgeries(self.jwt, self.jwk, self.d.secret, self.foreign):
            with self.subTest(name):
                r = self.ask(text)
                self.assertEqual((r.status, r.body, r.header("www-authenticate")), (200, INACTIVE, None))
        for token in ("", "x", "x" * 32, f"{self.token}.AAAA", self.token[:-1], self.token + "x", "x" * 60000,
                      "\u00e4", "' OR '1'='1", self.session["id"], self.user["id"]):
            with self.subTest(token[:40]):
                self.assertEqual(self.ask(token).body, INACTIVE)

    def test_dead_tokens_are_inactive(self):
        for name, sql in (("revoked", "DELETE FROM session WHERE id = ?"),
                          ("expired", "UPDATE session SET expiresAt = '2026-01-01T00:00:00.000Z' WHERE id = ?"),
                          ("banned", "UPDATE user SET banned = 1 WHERE id ="
                                     " (SELECT userId FROM session WHERE id = ?)")):
            with self.subTest(name):
                r = self.d.sign_up(f"{name}@example.com")
                jwt = self.d.get("/token", self.d.cookie_header(r)).json()["token"]
                tokens = (jwt, r.json()["token"], r.header("set-auth-token"))
                self.assertEqual({self.ask(t).json()["active"] for t in tokens}, {True})
                self.d.sql(sql, forge.parts(jwt)[1]["sid"])
                self.assertEqual({self.ask(t).body for t in tokens}, {INACTIVE})

    def test_asking_extends_nothing(self):
        sid = self.session["id"]
        before = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+2 days')"
        self.d.sql(f"UPDATE session SET expiresAt = {before} WHERE id = ?", sid)
        row = self.d.sql("SELECT expiresAt FROM session WHERE id = ?", sid)
        r = self.ask(self.token)
        self.assertEqual((r.json()["active"], r.all("set-cookie")), (True, []))
        self.assertEqual(self.d.sql("SELECT expiresAt FROM session WHERE id = ?", sid), row)

    def test_json_is_taken_as_well_as_a_form(self):
        r = self.d.request("POST", PATH, None, {"token": self.jwt, "token_type_hint": "access_token"})
        self.assertTrue(r.json()["active"])

    def test_a_token_is_needed(self):
        for body in ({}, {"token": None}, {"token": 1}, {"token": ["a"]}, []):
            with self.subTest(body):
                self.assertEqual(self.d.request("POST", PATH, None, body).status, 400)
        self.assertEqual(self.d.request("POST", PATH, FORM, "tokens=x").status, 400)
        self.assertEqual(self.d.request("GET", f"{PATH}?token={self.jwt}").status, 404)

    def test_the_user_name_is_told(self):
        r = self.d.sign_up("named@example.com", username="Named")
        if r.json()["user"].get("username"):
            self.assertEqual(self.ask(r.json()["token"]).json()["username"], "named")


@unittest.skipUnless(os.geteuid() == 0, "other users can be played by root alone")
class Peers(Introspection):
    """A caller of another uid, by a helper that changes to it before it connects."""

    def as_user(self, d, uid, gid, groups, token, headers=None):
        """One introspection by a process of these credentials; its status."""
        read, write = os.pipe()
        pid = os.fork()
        if pid == 0:
            status = b"000"
            try:
                os.setgroups(groups)
                os.setresgid(gid, gid, gid)
                os.setresuid(uid, uid, uid)
                status = str(self.introspect(d, token, headers).status).encode()
            finally:
                os.write(write, status)
                os._exit(0)
        os.close(write)
        os.waitpid(pid, 0)
        with os.fdopen(read) as f:
            return int(f.read())

    def test_uid_and_group_decide(self):
        group = next(g for g in grp.getgrall() if g.gr_gid not in (0, 65534))
        d = self.daemon({"introspect_uids": ["12345", "12346"], "introspect_groups": group.gr_name,
                         "socket_mode": "0666"})
        Path(d.directory).chmod(0o755)
        token = d.sign_up().json()["token"]
        for uid, gid, groups, status in (
            (0, 0, [], 200),
            (12345, 65534, [], 200),
            (12346, 65534, [], 200),
            (12347, 65534, [], 401),
            (12347, group.gr_gid, [], 200),
            (12347, 65534, [65533, group.gr_gid], 200),
            (12347, 65534, [65533], 401),
            (12347, 0, [0], 401),
        ):
            with self.subTest((uid, gid, groups)):
                self.assertEqual(self.as_user(d, uid, gid, groups, token), status)

    def test_a_stranger_with_the_secret_may(self):
        secret_file = Path(self.enterContext(Secret()).path)
        d = self.daemon({"introspect_secret_file": str(secret_file), "socket_mode": "0666"})
        Path(d.directory).chmod(0o755)
        token = d.sign_up().json()["token"]
        secret = secret_file.read_text()
        self.assertEqual(self.as_user(d, 12347, 65534, [], token, {"Authorization": f"Bearer {secret}"}), 200)
        self.assertEqual(self.as_user(d, 12347, 65534, [], token), 401)


class Secret:
    def __init__(self, text=None):
        self.text = text or secrets.token_urlsafe(33)

    def __enter__(self):
        import tempfile
        self.directory = tempfile.TemporaryDirectory()
        self.path = f"{self.directory.name}/secret"
        with open(os.open(self.path, os.O_CREAT | os.O_WRONLY, 0o600), "w") as f:
            f.write(self.text)
        return self

    def __exit__(self, *_):
        self.directory.cleanup()


class Tcp(Introspection):
    def tcp(self, port):
        def request(method, path, headers, body):
            c = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            c.request(method, path, body=body, headers=headers)
            r = c.getresponse()
            answer = Response(r.status, r.getheaders(), r.read())
            c.close()
            return answer
        return request

    def daemon_on_tcp(self, options=None):
        port = free_port()
        d = Daemon(options)
        d.options["listen"] = [d.options["listen"], f"tcp:127.0.0.1:{port}"]
        self.enterContext(d)
        return d, self.tcp(port)

    def test_over_tcp_the_secret_alone_opens(self):
        s = self.enterContext(Secret())
        d, tcp = self.daemon_on_tcp({"introspect_secret_file": s.path, "introspect_uids": str(os.geteuid())})
        token = d.sign_up().json()["token"]
        basic = lambda text: {"Authorization": "Basic " + base64.b64encode(text.encode()).decode()}
        for name, headers, status in (
            ("nothing", {}, 401),
            ("Basic", basic(f"api:{s.text}"), 200),
            ("Basic, another name", basic(f":{s.text}"), 200),
            ("Bearer", {"Authorization": f"Bearer {s.text}"}, 200),
            ("wrong", basic("api:wrong"), 401),
            ("longer", basic(f"api:{s.text}x"), 401),
            ("shorter", basic(f"api:{s.text[:-1]}"), 401),
            ("empty", basic("api:"), 401),
            ("no colon", basic(s.text), 401),
            ("no base64", {"Authorization": "Basic ***"}, 401),
            ("the session token itself", {"Authorization": f"Bearer {token}"}, 401),
            ("BETTER_AUTH_SECRET", {"Authorization": f"Bearer {d.secret}"}, 401),
        ):
            with self.subTest(name):
                r = self.introspect(d, token, headers, tcp)
                self.assertEqual(r.status, status, r.body)
                if status == 401:
                    self.assertEqual(r.header("www-authenticate"), 'Basic realm="webauth introspection"')
                    self.assertEqual(json.loads(r.body)["code"], "UNAUTHORIZED")

    def test_without_a_secret_tcp_is_closed(self):
        d, tcp = self.daemon_on_tcp()
        token = d.sign_up().json()["token"]
        for headers in ({}, {"Authorization": "Basic Og=="}, {"Authorization": "Bearer x"}):
            self.assertEqual(self.introspect(d, token, headers, tcp).status, 401)

    def test_who_may_not_ask_learns_nothing_about_the_request(self):
        _, tcp = self.daemon_on_tcp()
        self.assertEqual(tcp("POST", PATH, FORM, "nothing=1").status, 401)


class Configuration(Case):
    def test_what_cannot_be_is_refused_at_the_start(self):
        short, wide = self.enterContext(Secret("short")), self.enterContext(Secret())
        os.chmod(wide.path, 0o644)
        for options, said in (({"introspect_uids": "root"}, "introspect_uids = root"),
                              ({"introspect_uids": "-1"}, "introspect_uids = -1"),
                              ({"introspect_groups": "no-such-group"}, "no-such-group: no such group"),
                              ({"introspect_groups": "0"}, "0: no such group"),
                              ({"introspect_secret_file": short.path}, "at least 32"),
                              ({"introspect_secret_file": wide.path}, "chmod"),
                              ({"introspect_secret_file": "/nonexistent"}, "/nonexistent")):
            with self.subTest(options):
                d = Daemon(options)
                got = d.run("-t")
                self.assertEqual(got.returncode, 1)
                self.assertIn(said, got.stderr)


if __name__ == "__main__":
    unittest.main()
