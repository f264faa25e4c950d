"""Starts the contenders on copies of one store, measures each a few times in turn, and prints medians.

Others at work on the machine disturb every figure. So the contenders take turns within a repetition,
what is printed is the median of the repetitions, and the spread stands beside it: a difference smaller
than that is none. CPU per request suffers less than the rate does.
"""

import argparse
import contextlib
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import content
import report
import servers


class Measure:
    """One line of the table; run() returns a dict with "rate" and what else is known."""

    def __init__(self, group, name, run):
        self.group, self.name, self.run = group, name, run
        self.results = []


class Bench:
    def __init__(self, args):
        self.args = args
        self.build = Path(args.build)
        self.folder = Path(tempfile.mkdtemp(prefix="bench-"))
        self.measures = []
        self.notes = []
        self.seconds = args.seconds
        self.lines_used = 0

    def tool(self, name):
        return self.build / "tools/bench" / f"bench-{name}"

    def path(self, name):
        return str(self.folder / name)

    # What is measured with

    def load(self, server, request, lines=None, conns=16, expect=200, address=None, more=(), skip=0):
        command = [str(self.tool("load")), "-c", str(conns), "-d", f"{int(self.seconds * 1000)}ms", "-w", "300ms"]
        command += ["-e", str(expect), "-r", self.path(request), *more]
        for pid in server.pids():
            command += ["-p", pid]
        if lines is not None:
            command += ["-l", self.path(lines), "-f", str(skip)]
        done = subprocess.run([*command, address or server.address], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{server.name}, {request}: {done.stderr.strip()}")
        result = json.loads(done.stdout)
        if result["wrong"] > 0:
            self.note(f"{server.name}, {request}: {result['wrong']} answers were not {expect}: {result['statuses']}")
        return result

    def tool_json(self, name, *words):
        done = subprocess.run([str(self.tool(name)), *words], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"bench-{name}: {done.stderr.strip()}")
        return json.loads(done.stdout)

    def note(self, text):
        if text not in self.notes:
            self.notes.append(text)

    def add(self, group, name, run):
        self.measures.append(Measure(group, name, run))

    # Stores

    def make_stores(self):
        users = self.args.users
        content.make_store(
            self.build / "tools/webauthctl/webauthctl", self.path("store.db"), users,
            lambda done: progress(f"a store of {users:,} users", done))
        for name in ("peer", "argon"):
            with contextlib.closing(sqlite3.connect(self.path("store.db"))) as db:
                db.execute("vacuum into ?", (self.path(f"{name}.db"),))
            os.chmod(self.path(f"{name}.db"), 0o600)
        Path(self.path("secret")).write_text(content.SECRET)
        os.chmod(self.path("secret"), 0o600)
        content.write_cookies(self.path("hot"), users, 1000)
        content.write_cookies(self.path("all"), users, min(users, 200_000))
        content.write_emails(self.path("emails"), users, 1000)
        content.write_lines(self.path("new"), (f"n{n:08}@example.com" for n in range(200_000)))

    def make_requests(self):
        origin = ["Origin: http://localhost:3000"]
        plain = {
            "ok": content.request("GET", "/api/auth/ok"),
            "get": content.request("GET", "/api/auth/get-session", ["Cookie: {}"]),
            "token": content.request("GET", "/api/auth/token", ["Cookie: {}"]),
            "verify": content.request("GET", "/api/webauth/verify", ["Cookie: {}"]),
            "plain": content.request("GET", "/plain", ["Cookie: {}"]),
            "stub": content.request("GET", "/stub", ["Cookie: {}"]),
            "guarded": content.request("GET", "/guarded", ["Cookie: {}"]),
        }
        width = len(content.email(0))
        for name, target, body in (
            ("sign-in", "/api/auth/sign-in/email", '{"email":"{}","password":"%s"}' % content.PASSWORD),
            ("sign-up", "/api/auth/sign-up/email", '{"name":"N","email":"{}","password":"%s"}' % content.PASSWORD),
        ):
            request = content.request("POST", target, origin, body)
            length = len(body)
            plain[name] = request.replace(b"Length: %d" % length, b"Length: %d" % (length - 2 + width))
        for name, request in plain.items():
            Path(self.path(name)).write_bytes(request)

    def argon_store(self, ours):
        """All passwords hashed as ours are, from one that the daemon made."""
        body = '{"name":"A","email":"argon@example.com","password":"%s"}' % content.PASSWORD
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(ours.address.removeprefix("unix:"))
            s.sendall(content.request("POST", "/api/auth/sign-up/email", ["Origin: http://localhost:3000"], body))
            s.recv(65536)
        with contextlib.closing(sqlite3.connect(self.path("argon.db"), timeout=10)) as db, db:
            (made,) = db.execute("select password from account where password like '$argon2id%'").fetchone()
            db.execute("update account set password = ?", (made,))

    # Groups

    def add_sessions(self, ours, peer, echoes):
        group = "GET /get-session, 1,000 sessions"
        if peer:
            self.add(group, "Better Auth, TCP", lambda: self.load(peer, "get", "hot"))
        self.add(group, "sessiond, TCP", lambda: self.load(ours, "get", "hot", address=ours.addresses[1]))
        self.add(group, "sessiond, Unix", lambda: self.load(ours, "get", "hot"))
        self.add(group, "sessiond, a constant answer", lambda: self.load(ours, "ok"))
        self.add(group, "echo, TCP", lambda: self.load(echoes[1], "get", "hot"))
        self.add(group, "echo, Unix", lambda: self.load(echoes[0], "get", "hot"))
        group = "GET /get-session, one connection"
        if peer:
            self.add(group, "Better Auth, TCP", lambda: self.load(peer, "get", "hot", conns=1))
        self.add(group, "sessiond, Unix", lambda: self.load(ours, "get", "hot", conns=1))
        self.add(group, "echo, Unix", lambda: self.load(echoes[0], "get", "hot", conns=1))
        group = f"sessiond, {self.args.users:,} sessions"
        self.add(group, "sessiond, 1,000 in turn", lambda: self.load(ours, "get", "hot"))
        self.add(group, "sessiond, all in turn", lambda: self.load(ours, "get", "all"))
        group = "GET /token"
        if peer:
            self.add(group, "Better Auth", lambda: self.load(peer, "token", "hot"))
        self.add(group, "sessiond", lambda: self.load(ours, "token", "hot"))
        self.add("GET /verify", "sessiond, cookie", lambda: self.load(ours, "verify", "hot", expect=204))

    def add_passwords(self, ours, argon, peer):
        cores = str(os.cpu_count())
        span = f"{int(self.seconds * 1000)}ms"

        def sign_up(server):
            self.lines_used += 5000
            return self.load(server, "sign-up", "new", conns=8, skip=self.lines_used)

        group = "sign-in, scrypt"
        if peer:
            self.add(group, "Better Auth", lambda: self.load(peer, "sign-in", "emails", conns=8))
        self.add(group, "sessiond", lambda: self.load(ours, "sign-in", "emails", conns=8))
        self.add(group, "the bare KDF", lambda: self.tool_json("kdf", "scrypt", cores, span))
        group = "sign-up, scrypt"
        if peer:
            self.add(group, "Better Auth", lambda: sign_up(peer))
        self.add(group, "sessiond", lambda: sign_up(ours))
        group = "sign-in, Argon2id"
        self.add(group, "the bare KDF", lambda: self.tool_json("kdf", "argon2id", cores, span))
        self.add(group, "sessiond", lambda: self.load(argon, "sign-in", "emails", conns=8))
        self.add("get-session while signing in", "sessiond, one at a time", lambda: self.beside_sign_ins(argon))

    def beside_sign_ins(self, server):
        """Session checks of one thoughtful client while the hash lane is full."""
        stop = threading.Event()

        def sign_in():
            while not stop.is_set():
                self.load(server, "sign-in", "emails", conns=8)

        t = threading.Thread(target=sign_in)
        t.start()
        try:
            time.sleep(0.3)
            return self.load(server, "get", "hot", conns=1, more=["-t", "2ms"])
        finally:
            stop.set()
            t.join()

    def add_nginx(self, proxy):
        for name, request in (("nginx alone", "plain"), ("nginx asking a stub", "stub"),
                              ("sessiond asked by nginx", "guarded")):
            self.add("nginx, auth_request", name, lambda request=request: self.load(proxy, request, "hot"))

    def add_pam(self):
        folder = Path(self.path("pam.d"))
        folder.mkdir()
        conf = self.folder / "webauth.conf"
        conf.write_text(f"store = sqlite:{self.path('argon.db')}\n")
        module = self.build / "pam_webauth/pam_webauth.so"
        user = content.email(0)
        services = {"webauth": f"{module} conf={conf}"}
        if (found := self.pwdfile(user)) is not None:
            services["pwdfile"] = found
        for name, line in services.items():
            (folder / name).write_text("".join(f"{kind} required {line}\n" for kind in ("auth", "account", "session")))
        (folder / "empty").write_text("".join(f"{k} required pam_permit.so\n" for k in ("auth", "account", "session")))

        def run(kind, service, count):
            return self.tool_json("pam", kind, str(folder), service, user, content.PASSWORD, count)

        count = str(max(10, int(self.seconds * 25)))
        self.add("PAM, a password (Argon2id; yescrypt)", "the bare KDF, one thread", self.one_kdf)
        self.add("PAM, a password (Argon2id; yescrypt)", "pam_webauth", lambda: run("auth", "webauth", count))
        if "pwdfile" in services:
            self.add("PAM, a password (Argon2id; yescrypt)", "pam_pwdfile", lambda: run("auth", "pwdfile", count))

        def load(service):
            """The module stays loaded: each of these is a process, and its first and only call."""
            every = sorted((run("session", service, "1") for _ in range(20)), key=lambda r: r["p50_us"])
            return every[len(every) // 2]

        for name, service in (("pam_permit", "empty"), ("pam_webauth", "webauth")):
            self.add("PAM, from pam_start to pam_end without a password", name, lambda service=service: load(service))

    def one_kdf(self):
        result = self.tool_json("kdf", "argon2id", "1", f"{int(self.seconds * 1000)}ms")
        return {"rate": result["rate"], "p50_us": result["ms"] * 1000}

    def pwdfile(self, user):
        if not list(Path("/usr/lib").glob("*/security/pam_pwdfile.so")):
            self.note("pam_pwdfile is not installed (libpam-pwdfile): left out")
            return None
        perl = "print crypt($ARGV[0], $ARGV[1])"
        # yescrypt's default cost, which takes about as long as our Argon2id.
        done = subprocess.run(["perl", "-e", perl, content.PASSWORD, "$y$j9T$bWVhc3VyZW1lbn."],
                              capture_output=True, text=True, check=True)
        Path(self.path("pwdfile")).write_text(f"{user}:{done.stdout}\n")
        return f"pam_pwdfile.so pwdfile {self.path('pwdfile')}"

    # Single figures

    def single_figures(self, ours):
        self.note(f"sessiond: {ours.start_ms:.0f} ms from start to its first answer, with {self.args.users:,} "
                  f"sessions in the store {ours.rss_kb() / 1024:.1f} MB resident when idle")

    def revocation(self, ours):
        """From another process's commit to the first answer that knows of it."""
        number = self.args.users - 1
        times = []
        request = content.request("GET", "/api/auth/get-session", [f"Cookie: {content.padded_cookie(number)}"])
        with contextlib.closing(sqlite3.connect(self.path("store.db"), isolation_level=None, timeout=10)) as db, \
                socket.socket(socket.AF_UNIX) as s:
            s.connect(ours.address.removeprefix("unix:"))

            def alive():
                s.sendall(request)
                return b'"token"' in s.recv(65536)

            token = content.text_of("token", number)
            (row,) = db.execute('select * from "session" where token = ?', (token,)).fetchall()
            for _ in range(50):
                assert alive()
                db.execute('delete from "session" where token = ?', (token,))
                began = time.perf_counter()
                if alive():
                    raise RuntimeError("a revoked session was answered")
                times.append(time.perf_counter() - began)
                db.execute(f'insert into "session" values ({",".join("?" * len(row))})', row)
        times.sort()
        self.note(f"revocation by another process: refused at the next request, 50 of 50; that request took "
                  f"{times[25] * 1000:.2f} ms in the median, {times[-1] * 1000:.2f} ms at most")

    # All of it

    def start(self, stack):
        def started(server):
            stack.callback(server.stop)
            return server

        program = self.build / "sessiond/sessiond"
        secret = self.path("secret")
        ours = started(servers.sessiond(
            program, self.folder, "sessiond", self.path("store.db"), secret, password_scheme="scrypt"))
        self.single_figures(ours)
        argon = started(servers.sessiond(
            program, self.folder, "argon", self.path("argon.db"), secret, password_scheme="argon2id"))
        self.argon_store(argon)
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: 560\r\n\r\n" + b"x" * 560
        echoes = [started(servers.echo(self.tool("echo"), self.folder, f"echo-{kind}", answer))
                  for kind in ("unix", "tcp")]
        npm = self.build / "npm"
        peer = None
        if (npm / "peer.mjs").exists():
            peer = started(servers.better_auth(npm, self.folder, self.path("peer.db"), content.SECRET))
            self.note(f"Better Auth: {peer.start_ms:.0f} ms from start to its first answer, "
                      f"{peer.rss_kb() / 1024:.0f} MB resident when idle")
        else:
            self.note("Better Auth is not installed: left out")
        self.add_sessions(ours, peer, echoes)
        self.add_passwords(ours, argon, peer)
        if shutil.which("nginx"):
            stub = started(servers.echo(self.tool("echo"), self.folder, "stub-unix", b"HTTP/1.1 204 No Content\r\n\r\n"))
            self.add_nginx(started(servers.nginx(self.path("."), stub, ours)))
        if os.geteuid() == 0:
            self.add_pam()
        else:
            self.note("pam_webauth believes root's configuration only: not measured as another user")
        return ours

    def run(self):
        self.make_stores()
        self.make_requests()
        with contextlib.ExitStack() as stack:
            ours = self.start(stack)
            wanted = [m for m in self.measures if self.args.only in m.group]
            total = self.args.repeat * len(wanted)
            for done in range(total):
                m = wanted[done % len(wanted)]
                progress(f"{m.group}: {m.name}", done / total)
                m.results.append(m.run())
            progress("", 1)
            self.revocation(ours)
        self.print(wanted)

    def print(self, wanted):
        when = f"{self.args.repeat} repetitions of {self.seconds:g} s, medians; " \
               f"{os.cpu_count()} CPUs, load average {os.getloadavg()[1]:.1f}"
        print(report.table(wanted))
        print(f"\n{when}")
        for note in self.notes:
            print(note)
        if self.args.plot:
            Path(self.args.plot).write_text(report.plot(wanted, when), encoding="utf-8")
            print(f"plot: {self.args.plot}")


def progress(what, share):
    """One line that is written over, on a terminal; else nothing until a step is over."""
    if not sys.stderr.isatty():
        return
    bar = "#" * int(share * 30)
    sys.stderr.write(f"\r\033[K[{bar:30}] {share * 100:3.0f} %  {what}")
    if share >= 1:
        sys.stderr.write("\r\033[K")
    sys.stderr.flush()


def main():
    p = argparse.ArgumentParser(
        prog="tools/bench/run", description="sessiond beside Better Auth and beside what the machine can do.")
    p.add_argument("--build", default="build-bench", help=argparse.SUPPRESS)
    p.add_argument("--quick", action="store_true", help="one second a time, two repetitions")
    p.add_argument("--repeat", type=int, default=5, help="repetitions (5)")
    p.add_argument("--seconds", type=float, default=3.0, help="for each figure (3)")
    p.add_argument("--users", type=int, default=100_000, help="users and sessions in the store (100000)")
    p.add_argument("--only", default="", metavar="TEXT", help="only groups with this in their name")
    p.add_argument("--plot", metavar="FILE.svg", help="bars as well")
    args = p.parse_args()
    if args.quick:
        args.repeat, args.seconds = 2, 1.0
    bench = Bench(args)
    try:
        bench.run()
    finally:
        shutil.rmtree(bench.folder, ignore_errors=True)


main()
