"""etc/examples/nginx with the snippets of etc/nginx in front of a real sessiond and a stand-in for the
API. Usage: nginx.py NGINX"""

import http.client
import json
import os
import shutil
import socket
import socketserver
import subprocess
import sys
import threading
import unittest
from http.server import BaseHTTPRequestHandler
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/api"))

from harness import Case, Response, wait_for
from ports import free_port

NGINX = sys.argv[1]

MAIN = """
{user}
daemon off;
pid {dir}/nginx.pid;
error_log {dir}/error.log;
events {{ worker_connections 64; }}
http {{
	access_log off;
	client_body_temp_path {dir}/body;
	proxy_temp_path {dir}/proxy;
	fastcgi_temp_path {dir}/fastcgi;
	uwsgi_temp_path {dir}/uwsgi;
	scgi_temp_path {dir}/scgi;
	include site.conf;
}}
"""


class Api(BaseHTTPRequestHandler):
    """Answers with the headers it was sent."""

    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        told = {k.lower(): self.headers.get_all(k) for k in self.headers}
        answer = json.dumps({"path": self.path, "headers": told, "body": body.decode()}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = answer

    def address_string(self):
        return "unix"

    def log_message(self, *args):
        pass


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


class Site(Case):
    @classmethod
    def setUpClass(cls):
        cls.port = free_port()
        cls.origin = f"http://127.0.0.1:{cls.port}"
        cls.d = cls.shared_daemon({"base_url": cls.origin, "socket_mode": "0666", "log_level": "debug"})
        cls.dir = cls.d.directory
        cls.dir.chmod(0o755)
        api_socket = cls.dir / "backend.sock"
        api = Server(str(api_socket), Api)
        os.chmod(api_socket, 0o666)
        threading.Thread(target=api.serve_forever, daemon=True).start()
        cls.addClassCleanup(api.server_close)
        cls.addClassCleanup(api.shutdown)
        cls.write_configuration(api_socket)
        cls.command = [NGINX, "-p", str(cls.dir), "-c", str(cls.dir / "nginx.conf"), "-e", str(cls.dir / "error.log")]
        process = subprocess.Popen(cls.command, stdin=subprocess.DEVNULL)
        cls.addClassCleanup(process.wait)
        cls.addClassCleanup(process.terminate)
        wait_for(cls.is_up, lambda: (cls.dir / "error.log").read_text())
        cls.r = cls.d.sign_up()
        cls.user = cls.r.json()["user"]
        cls.token = cls.r.json()["token"]
        cls.cookie = cls.d.cookie_header(cls.r)
        cls.jwt = cls.d.get("/token", cls.cookie).json()["token"]

    @classmethod
    def write_configuration(cls, api_socket):
        shutil.copytree(ROOT / "etc/nginx", cls.dir / "snippets")
        shutil.copytree(ROOT / "etc/examples/nginx/site", cls.dir / "site")
        upstream = cls.dir / "snippets/webauth-upstream.conf"
        upstream.write_text(upstream.read_text().replace("/run/webauth/api.sock", str(cls.d.socket_path)))
        site = (ROOT / "etc/examples/nginx/site.conf").read_text()
        for ours, theirs in (("/run/myapi/api.sock", str(api_socket)), ("listen 80;", f"listen 127.0.0.1:{cls.port};"),
                             ("/var/www/example", str(cls.dir / "site"))):
            assert ours in site
            site = site.replace(ours, theirs)
        (cls.dir / "site.conf").write_text(site)
        user = "user nobody nogroup;" if os.geteuid() == 0 else ""
        (cls.dir / "nginx.conf").write_text(MAIN.format(dir=cls.dir, user=user))

    @classmethod
    def is_up(cls):
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", cls.port)) == 0

    def ask(self, method, path, headers=None, body=None):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        # The path is to arrive as it is written.
        c._validate_path = lambda url: None
        c.request(method, path, body=body, headers=headers or {})
        r = c.getresponse()
        answer = Response(r.status, r.getheaders(), r.read())
        c.close()
        return answer

    def bearer(self, token):
        return {"Authorization": f"Bearer {token}"}

    def test_the_configuration_is_valid(self):
        got = subprocess.run([*self.command, "-t"], capture_output=True, text=True, check=False)
        self.assertEqual(got.returncode, 0, got.stderr)
        self.assertNotIn("[warn]", got.stderr)

    def test_everybody_reads_the_site_and_signs_in_through_it(self):
        self.assertEqual(self.ask("GET", "/").status, 200)
        self.assertIn(b"next()", self.ask("GET", "/sign-in.html").body)
        body = json.dumps({"email": "ann@example.com", "password": "correct horse battery"})
        r = self.ask("POST", "/api/auth/sign-in/email",
                     {"Content-Type": "application/json", "Origin": self.origin}, body)
        self.assertEqual(r.status, 200, r.body)
        self.assertEqual(self.ask("GET", "/app/", self.d.cookie_header(r)).status, 200)

    def test_the_api_is_told_who_it_is(self):
        for way in (self.cookie, self.bearer(self.token), self.bearer(self.jwt)):
            for method, body in (("GET", None), ("POST", "hello")):
                r = self.ask(method, "/api/things?x=1", way, body)
                self.assertEqual(r.status, 200, r.body)
                told = r.json()
                self.assertEqual((told["path"], told["body"]), ("/api/things?x=1", body or ""))
                self.assertEqual(told["headers"]["x-auth-user-id"], [self.user["id"]])
                self.assertEqual(told["headers"]["x-auth-email"], ["ann@example.com"])
                self.assertEqual(told["headers"]["x-auth-name"], ["Ann"])
                self.assertEqual(told["headers"]["x-auth-roles"], ["user"])

    def test_nobody_gets_401_from_the_api_with_the_challenge(self):
        for way in ({}, self.bearer("nonsense"), self.bearer(self.jwt[:-4]), {"Cookie": "better-auth.session_token=x"}):
            r = self.ask("GET", "/api/things", way)
            self.assertEqual(r.status, 401)
            self.assertTrue(r.header("www-authenticate").startswith('Bearer realm="webauth"'))

    def test_claims_of_identity_do_not_get_through(self):
        claims = {n: "root" for n in ("X-Auth-User-Id", "X-Auth-Email", "X-Auth-Name", "X-Auth-Session-Id",
                                      "X-Auth-Roles", "x-auth-user-id ", "X_Auth_User_Id")}
        claims.pop("x-auth-user-id ")
        self.assertEqual(self.ask("GET", "/api/things", claims).status, 401)
        told = self.ask("GET", "/api/things", {**claims, **self.cookie}).json()["headers"]
        self.assertEqual(told["x-auth-user-id"], [self.user["id"]])
        self.assertNotIn("root", json.dumps(told))
        told = self.ask("GET", "/api/public/things", claims).json()["headers"]
        self.assertNotIn("root", json.dumps(told))

    def test_the_question_cannot_be_asked_or_changed_from_outside(self):
        for path in ("/_webauth/verify", "/_webauth/admin", "/api/webauth/verify", "/api/webauth/introspect"):
            self.assertIn(self.ask("GET", path).status, (401, 404))
        self.assertEqual(self.ask("GET", "/_webauth/verify", self.cookie).status, 404)
        for path in ("/admin/?role=user", "/admin/?role=user&max_age=1", "/admin/index.html?verified=false"):
            self.assertEqual(self.ask("GET", path, self.cookie).status, 403)

    def test_a_location_demands_a_role(self):
        r = self.d.sign_up("admin@example.com")
        cookie = self.d.cookie_header(r)
        self.assertEqual(self.ask("GET", "/admin/", cookie).status, 403)
        self.d.sql("UPDATE user SET role = 'user,admin' WHERE email = 'admin@example.com'")
        self.assertEqual(self.ask("GET", "/admin/", cookie).status, 200)
        self.assertEqual(self.ask("GET", "/admin/").status, 302)

    def test_the_way_back_from_the_sign_in_is_on_this_site(self):
        for path, back in (
            ("/app/", "/app/"),
            ("/app/a/b.html?x=1", "/app/a/b.html?x=1"),
            ("/app/a%20b/%C3%A4", "/app/a%20b/%C3%A4"),
            ("/app/?a=1&next=//evil.example.com", "/app/"),
            ("/app/?u=https://evil.example.com", "/app/?u=https://evil.example.com"),
            ("/app/%0d%0aSet-Cookie:x=1", "/"),
            ("/app/%2F%2Fevil.example.com", "/"),
            ("/app/#x", "/"),
            ("//app/", "/"),
            ("/%2E%2E/app/", "/"),
            ("/./app/", "/./app/"),
            ("/app/\"><script>", "/"),
            ("/app/%5Cevil", "/"),
        ):
            with self.subTest(path):
                r = self.ask("GET", path)
                if r.status in (400, 404):
                    continue
                self.assertEqual((r.status, r.header("location")),
                                 (302, f"{self.origin}/sign-in.html?next={back}"))
                self.assertIsNone(r.header("set-cookie"))

    def test_an_extended_session_reaches_the_browser(self):
        for path in ("/api/things", "/app/"):
            r = self.d.sign_in()
            self.d.sql("UPDATE session SET expiresAt = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+2 days'),"
                       " createdAt = '2026-01-01T00:00:00.000Z' WHERE token = ?", r.json()["token"])
            cookie = self.d.cookie_header(r)
            answer = self.ask("GET", path, cookie)
            self.assertEqual(answer.status, 200)
            self.assertIn("Max-Age=604800", answer.cookies()["better-auth.session_token"][1])
            self.assertEqual(self.ask("GET", path, cookie).all("set-cookie"), [])

    def test_revoked_is_revoked_at_once(self):
        r = self.d.sign_in()
        cookie = self.d.cookie_header(r)
        self.assertEqual(self.ask("GET", "/api/things", cookie).status, 200)
        self.d.post("/sign-out", None, self.bearer(r.json()["token"]))
        self.assertEqual(self.ask("GET", "/api/things", cookie).status, 401)
        self.assertEqual(self.ask("GET", "/app/", cookie).status, 302)

    def test_the_longest_name_gets_through(self):
        r = self.d.post("/sign-up/email", {"name": "\u00e4" * 512, "email": "long@example.com",
                                           "password": "correct horse battery"})
        told = self.ask("GET", "/api/things", self.d.cookie_header(r)).json()["headers"]
        self.assertEqual(told["x-auth-name"], ["%C3%A4" * 512])

    def test_connections_to_sessiond_are_kept(self):
        def accepted():
            fds = Path(f"/proc/{self.d.process.pid}/fd")
            return sum(os.readlink(f).startswith("socket:") for f in fds.iterdir())
        self.ask("GET", "/api/things", self.cookie)
        before = accepted()
        for _ in range(20):
            self.ask("GET", "/api/things", self.cookie)
        self.assertLessEqual(accepted() - before, 1)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
