"""The contenders as processes: each is started, says when it answers, and is ended."""

import os
import socket
import subprocess
import time
from pathlib import Path

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


def reaches(address):
    kind, _, rest = address.partition(":")
    family, to = (socket.AF_UNIX, rest) if kind == "unix" else (socket.AF_INET, ("127.0.0.1", int(rest)))
    with socket.socket(family) as s:
        try:
            s.connect(to)
            return True
        except OSError:
            return False


class Server:
    """name, the process, and where it listens: address for the load generator."""

    def __init__(self, name, command, addresses, log):
        self.name = name
        self.address = addresses[0]
        self.addresses = addresses
        self.log = open(log, "ab")
        began = time.monotonic()
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        wait_for(lambda: all(reaches(a) for a in addresses), self.process, name)
        self.start_ms = (time.monotonic() - began) * 1000

    def pids(self):
        """The process and its children: nginx has a worker that does the work."""
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [str(self.process.pid), *path.read_text().split()]

    def rss_kb(self):
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
        return 0

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()


def sessiond(program, folder, name, store, secret_file, **options):
    unix, tcp = f"unix:{folder}/{name}.sock", f"tcp:127.0.0.1:{free_port()}"
    Path(f"{folder}/{name}.sock").unlink(missing_ok=True)
    all_options = {
        "store": f"sqlite:{store}", "secret_file": secret_file, "rate_limit": "false", "log_level": "warning",
        "base_url": "http://localhost:3000", "jwt_header": "false", "mail_command": "", **options,
    }
    command = [str(program), "-f", "none", "-o", f"listen={unix}", "-o", f"listen={tcp}"]
    for key, value in all_options.items():
        command += ["-o", f"{key}={value}"]
    return Server(name, command, [unix, "tcp:" + tcp.rpartition(":")[2]], f"{folder}/{name}.log")


def echo(program, folder, name, answer):
    unix, tcp = f"unix:{folder}/{name}.sock", f"tcp:{free_port()}"
    Path(f"{folder}/{name}.answer").write_bytes(answer)
    Path(f"{folder}/{name}.sock").unlink(missing_ok=True)
    at = unix if name.endswith("unix") else tcp
    return Server(name, [str(program), at, f"{folder}/{name}.answer"], [at], f"{folder}/{name}.log")


def better_auth(npm, folder, store, secret):
    port = free_port()
    command = ["node", f"{npm}/peer.mjs", str(store), str(port), secret]
    os.environ["NODE_ENV"] = "production"
    return Server("Better Auth", command, [f"tcp:{port}"], f"{folder}/peer.log")


NGINX = """
{user}
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.error;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {folder}/nginx-body; proxy_temp_path {folder}/nginx-proxy;
    fastcgi_temp_path {folder}/nginx-fcgi; uwsgi_temp_path {folder}/nginx-uwsgi;
    scgi_temp_path {folder}/nginx-scgi;
    keepalive_requests 100000000;
    upstream stub {{ server unix:{stub}; keepalive 32; keepalive_requests 100000000; }}
    upstream sessiond {{ server unix:{sessiond}; keepalive 32; keepalive_requests 100000000; }}
    server {{
        listen 127.0.0.1:{port};
        location /plain {{ return 200 "hello"; }}
        location /stub {{ auth_request /ask-stub; try_files /none @page; }}
        location /guarded {{ auth_request /ask-sessiond; try_files /none @page; }}
        location @page {{ return 200 "hello"; }}
        location = /ask-stub {{
            internal; proxy_pass http://stub/; proxy_http_version 1.1; proxy_set_header Connection "";
            proxy_pass_request_body off; proxy_set_header Content-Length "";
        }}
        location = /ask-sessiond {{
            internal; proxy_pass http://sessiond/api/webauth/verify; proxy_http_version 1.1;
            proxy_set_header Connection ""; proxy_set_header Host localhost:3000;
            proxy_pass_request_body off; proxy_set_header Content-Length "";
        }}
    }}
}}
"""


def nginx(folder, stub, ours):
    port = free_port()
    conf = Path(f"{folder}/nginx.conf")
    conf.write_text(NGINX.format(
        folder=folder, port=port, user="user root;" if os.geteuid() == 0 else "", stub=stub.address.removeprefix("unix:"),
        sessiond=ours.address.removeprefix("unix:")))
    return Server("nginx", ["nginx", "-c", str(conf), "-p", folder], [f"tcp:{port}"], f"{folder}/nginx.log")
