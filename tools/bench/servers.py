"""The contenders as processes: each is started, says when it answers, and is ended."""

import base64
import contextlib
import os
import socket
import sqlite3
import subprocess
import time
from pathlib import Path

import content

START_SECONDS = 60


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(condition, process, what):
    deadline = time.monotonic() + START_SECONDS
    while not condition():
        if process.poll() is not None:
            raise RuntimeError(f"{what} ended with {process.returncode}")
        if time.monotonic() > deadline:
            raise RuntimeError(f"{what} does not answer")
        time.sleep(0.001)


def connected(address):
    kind, _, rest = address.partition(":")
    family, to = (socket.AF_UNIX, rest) if kind == "unix" else (socket.AF_INET, ("127.0.0.1", int(rest)))
    s = socket.socket(family)
    try:
        s.connect(to)
    except OSError:
        s.close()
        raise
    return s


def answers(address):
    """An answer of any status: who speaks HTTP is there."""
    try:
        with connected(address) as s:
            s.settimeout(START_SECONDS)
            s.sendall(content.request("GET", "/api/auth/ok"))
            return s.recv(65536) != b""
    except OSError:
        return False


def reaches(address):
    try:
        connected(address).close()
        return True
    except OSError:
        return False


class Server:
    """name, the process, and where it listens: address for the load generator."""

    def __init__(self, name, command, addresses, log, environment=None, is_there=answers):
        self.name = name
        self.address = addresses[0]
        self.addresses = addresses
        self.log = open(log, "ab")
        began = time.monotonic()
        # In a group of its own: saslauthd ends its whole group when it ends.
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, env=environment,
            start_new_session=True)
        wait_for(lambda: all(is_there(a) for a in addresses), self.process, f"{name} (see {log})")
        self.start_ms = (time.monotonic() - began) * 1000

    def pids(self):
        """The process and its children: nginx has a worker that does the work."""
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [str(self.process.pid), *path.read_text().split()]

    def status_kb(self, key):
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(f"{key}:"):
                return int(line.split()[1])
        return 0

    def rss_kb(self):
        return self.status_kb("VmRSS")

    def peak_kb(self):
        return self.status_kb("VmHWM")

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()

    close = stop


def sessiond(program, folder, name, store, secret_file, configuration="none", **options):
    """On a Unix socket and on TCP, in that order."""
    unix, tcp = f"unix:{folder}/{name}.sock", f"tcp:127.0.0.1:{free_port()}"
    all_options = {
        "store": f"sqlite:{store}", "secret_file": secret_file, "rate_limit": "false", "log_level": "warning",
        "base_url": "http://localhost:3000", "jwt_header": "false",
        "jwt_expires_in": "1d",  # longer than all of this takes
        "mail_command": "", "sweep_every": "24h", **options,
    }
    if configuration == "none":
        all_options["pam_socket"] = ""
    command = [str(program), "-f", str(configuration), "-o", f"listen={unix}", "-o", f"listen={tcp}"]
    for key, value in all_options.items():
        command += ["-o", f"{key}={value}"]
    return Server(name, command, [unix, "tcp:" + tcp.rpartition(":")[2]], f"{folder}/private/{name}.log")


def ask(server, request):
    """One answer, as bytes."""
    with connected(server.address) as s:
        s.sendall(request)
        return s.recv(65536)


def hash_all_as_one(server, store):
    """All passwords of a store become hashes as the daemon makes them."""
    body = '{"name":"A","email":"argon@example.com","password":"%s"}' % content.PASSWORD
    answer = ask(server, content.request("POST", "/api/auth/sign-up/email", ["Origin: http://localhost:3000"], body))
    if b" 200 " not in answer[:20]:
        raise RuntimeError(f"{server.name} signs nobody up: {answer!r}")
    with contextlib.closing(sqlite3.connect(store, timeout=10)) as db, db:
        (made,) = db.execute("select password from account where password like '$argon2id%'").fetchone()
        db.execute("update account set password = ?", (made,))


def basic(user, password):
    return base64.b64encode(f"{user}:{password}".encode()).decode()


def echo(program, folder, kind, name, answer):
    at = f"unix:{folder}/{name}.sock" if kind == "unix" else f"tcp:{free_port()}"
    Path(f"{folder}/private/{name}.answer").write_bytes(answer)
    return Server(name, [str(program), at, f"{folder}/private/{name}.answer"], [at], f"{folder}/private/{name}.log")


def better_auth(npm, folder, store, secret):
    port = free_port()
    command = ["node", f"{npm}/peer.mjs", str(store), str(port), secret]
    return Server("Better Auth", command, [f"tcp:{port}"], f"{folder}/private/peer.log",
                  environment={**os.environ, "NODE_ENV": "production"})


NGINX = """
{head}
worker_processes 1;
daemon off;
pid {own}/pid;
error_log {own}/error;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {own}/body; proxy_temp_path {own}/proxy; fastcgi_temp_path {own}/fcgi;
    uwsgi_temp_path {own}/uwsgi; scgi_temp_path {own}/scgi;
    keepalive_requests 100000000;
    {outside}
    server {{
        listen 127.0.0.1:{port};
        location /plain {{ return 200 "hello"; }}
        location @page {{ return 200 "hello"; }}
        {inside}
    }}
}}
"""

# The part of the http block, and, behind a line of its own, of the server block.
REQUEST_LOCATIONS = """
upstream constant {{ server unix:{constant}; keepalive 32; keepalive_requests 100000000; }}
upstream sessiond {{ server unix:{sessiond}; keepalive 32; keepalive_requests 100000000; }}
---
location /constant {{ auth_request /ask-constant; try_files /none @page; }}
location /guarded {{ auth_request /ask-sessiond; try_files /none @page; }}
location = /ask-constant {{
    internal; proxy_pass http://constant/; proxy_http_version 1.1; proxy_set_header Connection "";
    proxy_pass_request_body off; proxy_set_header Content-Length "";
}}
location = /ask-sessiond {{
    internal; proxy_pass http://sessiond/api/webauth/verify; proxy_http_version 1.1;
    proxy_set_header Connection ""; proxy_set_header Host localhost:3000;
    proxy_pass_request_body off; proxy_set_header Content-Length "";
}}
"""

PAM_LOCATION = """
---
location /members { auth_pam "members"; auth_pam_service_name "nginx"; try_files /none @page; }
"""


def nginx(program, folder, name, locations, user="root", module=None, wrap=lambda command: command):
    own, port = Path(f"{folder}/{name}"), free_port()
    own.mkdir(mode=0o755)
    outside, inside = locations.split("---")
    head = f"load_module {module};\n" if module else ""
    if os.geteuid() == 0:
        head += f"user {user};"
    conf = own / "conf"
    conf.write_text(NGINX.format(head=head, own=own, outside=outside, inside=inside, port=port))
    return Server(f"nginx-{name}", wrap([str(program), "-c", str(conf), "-p", str(own)]), [f"tcp:{port}"],
                  f"{folder}/private/nginx-{name}.log")
