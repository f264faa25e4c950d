"""The nginx snippets in front of a stand-in for sessiond: what a client says about itself does not
get through, the rest does. Usage: nginx.py NGINX"""

import http.client
import os
import pathlib
import shutil
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from http.server import BaseHTTPRequestHandler

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/api"))

from ports import free_port

nginx = sys.argv[1]
SNIPPETS = ROOT / "etc/nginx"

SITE = """
{user}
daemon off;
pid {dir}/nginx.pid;
error_log {dir}/error.log;
events {{ worker_connections 32; }}
http {{
	access_log off;
	client_body_temp_path {dir}/body;
	proxy_temp_path {dir}/proxy;
	fastcgi_temp_path {dir}/fastcgi;
	uwsgi_temp_path {dir}/uwsgi;
	scgi_temp_path {dir}/scgi;
	include {dir}/webauth-upstream.conf;
	server {{
		listen 127.0.0.1:{port};
		include {dir}/webauth.conf;
	}}
}}
"""


class Backend(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    connections = 0
    seen = []

    def setup(self):
        Backend.connections += 1
        super().setup()

    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        Backend.seen.append((self.command, self.path, self.headers))
        body = b'{"ok":true}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Set-Cookie", "a=1")
        self.send_header("Set-Cookie", "b=2")
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = answer

    def address_string(self):
        return "unix"

    def log_message(self, *args):
        pass


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


class Nginx(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = pathlib.Path(tempfile.mkdtemp(prefix="webauth-nginx-"))
        cls.addClassCleanup(shutil.rmtree, cls.dir, ignore_errors=True)
        cls.dir.chmod(0o755)
        backend_socket = cls.dir / "api.sock"
        backend = Server(str(backend_socket), Backend)
        os.chmod(backend_socket, 0o666)
        threading.Thread(target=backend.serve_forever, daemon=True).start()
        cls.addClassCleanup(backend.server_close)
        cls.addClassCleanup(backend.shutdown)

        shutil.copy(SNIPPETS / "webauth.conf", cls.dir)
        upstream = (SNIPPETS / "webauth-upstream.conf").read_text()
        (cls.dir / "webauth-upstream.conf").write_text(
            upstream.replace("/run/webauth/api.sock", str(backend_socket))
        )
        cls.port = free_port()
        user = "user nobody nogroup;" if os.geteuid() == 0 else ""
        conf = cls.dir / "nginx.conf"
        conf.write_text(SITE.format(dir=cls.dir, port=cls.port, user=user))
        cls.command = [nginx, "-p", str(cls.dir), "-c", str(conf), "-e", str(cls.dir / "error.log")]
        process = subprocess.Popen(cls.command)
        cls.addClassCleanup(process.wait)
        cls.addClassCleanup(process.terminate)
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", cls.port)).close()
                break
            except ConnectionRefusedError:
                time.sleep(0.05)

    def request(self, method, path, headers=None, body=None):
        Backend.seen.clear()
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        c.request(method, path, body=body, headers=headers or {})
        answer = c.getresponse()
        answer.read()
        c.close()
        return answer

    def test_configuration_is_valid(self):
        got = subprocess.run([*self.command, "-t"], capture_output=True, text=True, check=False)
        self.assertEqual(got.returncode, 0, got.stderr)
        self.assertNotIn("[warn]", got.stderr)

    def test_the_api_and_nothing_else_is_passed_on(self):
        self.assertEqual(self.request("GET", "/api/auth/ok?a=b").status, 200)
        self.assertEqual(Backend.seen[0][:2], ("GET", "/api/auth/ok?a=b"))
        self.assertEqual(self.request("GET", "/other").status, 404)
        self.assertEqual(Backend.seen, [])

    def test_the_address_is_the_one_nginx_saw(self):
        self.request("GET", "/api/auth/ok", {"X-Forwarded-For": "203.0.113.9, 198.51.100.1"})
        self.assertEqual(Backend.seen[0][2].get_all("X-Forwarded-For"), ["127.0.0.1"])

    def test_claims_of_identity_do_not_get_through(self):
        claims = (
            "Forwarded X-Forwarded-Host X-Real-IP X-Client-IP Remote-User X-Remote-User "
            "X-Forwarded-User X-Forwarded-Email X-Auth-Request-User X-Auth-Request-Email X-User-Id"
        ).split()
        self.request("GET", "/api/auth/ok", {name: "root" for name in claims})
        for name in claims:
            self.assertIsNone(Backend.seen[0][2][name], name)

    def test_what_sessiond_decides_by_gets_through(self):
        sent = {"Cookie": "c=1", "Origin": "https://example.com", "Authorization": "Bearer x",
                "Content-Type": "application/json", "Sec-Fetch-Site": "same-origin"}
        answer = self.request("POST", "/api/auth/sign-in/email", sent, b"{}")
        for name, value in sent.items():
            self.assertEqual(Backend.seen[0][2][name], value)
        self.assertEqual(answer.headers.get_all("Set-Cookie"), ["a=1", "b=2"])

    def test_connections_to_sessiond_are_kept(self):
        self.request("GET", "/api/auth/ok")
        before = Backend.connections
        for _ in range(8):
            self.request("GET", "/api/auth/ok")
        self.assertLessEqual(Backend.connections - before, 2)

    def test_a_body_over_the_limit_is_refused_at_once(self):
        self.assertEqual(
            self.request("POST", "/api/auth/sign-up/email", body=b"x" * 65537).status, 413
        )
        self.assertEqual(Backend.seen, [])


unittest.main(argv=sys.argv[:1], verbosity=2)
