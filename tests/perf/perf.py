#!/usr/bin/env python3
"""Instructions per operation, counted by callgrind: the same on a busy machine and on an idle one.

Each script is run twice, with few and with many operations; the difference, divided, is what one costs,
without start and end. limits.json has the accepted counts. More than a few percent above is a failure;
after a change that is worth it, or one that made things cheaper:

    meson compile -C BUILD && tests/perf/perf.py --update BUILD

with BUILD a release build (--buildtype=release) on Debian 12, and say why in the commit.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "api"))

from harness import Daemon  # noqa: E402

LIMITS = HERE / "limits.json"
TOLERANCE = 0.05
PASSWORD = "correct horse battery"
# Not counted where the KDF is not meant; what it costs is libsodium's affair.
KDF = ["--toggle-collect=crypto_pwhash_argon2id", "--toggle-collect=crypto_pwhash_scryptsalsa208sha256_ll",
       "--collect-atstart=yes"]


def callgrind(out, *more):
    return ["valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={out}", *more]


def total(folder):
    """Of all files: a program under valgrind may fork."""
    counts = 0
    for path in Path(folder).glob("callgrind.out*"):
        for line in path.read_text(errors="replace").splitlines():
            if line.startswith("totals:"):
                counts += int(line.split()[1])
        path.unlink()
    return counts


def per_operation(count, few, many):
    """count(n) gives the instructions of n operations and of what surrounds them."""
    return round((count(many) - count(few)) / (many - few))


class Scripts:
    def __init__(self, folder, bench_pam, module):
        self.folder = Path(folder)
        self.bench_pam, self.module = bench_pam, module
        # Sealed with one secret and made once, so that every run reads the same store.
        self.secret = "a secret for counting, of no use elsewhere"
        with self.daemon() as d:
            signed_up = d.sign_up()
            self.cookie = d.cookie_header(signed_up)
            self.jwt = d.get("/token", self.cookie).json()["token"]

    def daemon(self, wrapper=()):
        # Without a PAM socket there is no process beside the daemon: valgrind knows no pidfd_open.
        options = {"log_level": "warning", "jwt_header": "false", "mail_command": "", "hash_threads": "1",
                   "pam_socket": ""}
        return Daemon(options, directory=self.folder, secret=self.secret, wrapper=wrapper)

    def count_requests(self, n, ask, *more):
        with self.daemon(callgrind(self.folder / "callgrind.out", *more)) as d, contextlib.closing(d.connection()) as c:
            for _ in range(n):
                ask(d, c)
        return total(self.folder)

    def get(self, target, headers, status=200):
        def ask(d, c):
            r = d.request("GET", target, headers, connection=c)
            assert r.status == status, (r.status, r.body)

        return lambda n: self.count_requests(n, ask)

    def get_session(self):
        return per_operation(self.get("/api/auth/get-session", self.cookie), 100, 600)

    def get_session_of_a_changed_store(self):
        def ask(d, c):
            # Another value each time: SQLite writes nothing where nothing changes.
            d.sql('update "user" set image = hex(randomblob(8))')
            assert d.request("GET", "/api/auth/get-session", self.cookie, connection=c).status == 200

        return per_operation(lambda n: self.count_requests(n, ask), 50, 250)

    def verify_cookie(self):
        return per_operation(self.get("/api/webauth/verify", self.cookie, 204), 100, 600)

    def verify_jwt(self):
        bearer = {"Authorization": f"Bearer {self.jwt}"}
        return per_operation(self.get("/api/webauth/verify", bearer, 204), 100, 600)

    def sign_in_without_the_kdf(self):
        def ask(d, c):
            body = {"email": "ann@example.com", "password": PASSWORD}
            r = d.request("POST", "/api/auth/sign-in/email", None, body, connection=c)
            assert r.status == 200, (r.status, r.body)

        return per_operation(lambda n: self.count_requests(n, ask, *KDF), 4, 24)

    def pam_authentication_without_the_kdf(self):
        if os.geteuid() != 0:
            return None  # the module believes root's configuration only
        with self.daemon() as d:
            d.sql('update "user" set emailVerified = 1')
        services = self.folder / "pam.d"
        services.mkdir(exist_ok=True)
        conf = self.folder / "webauth.conf"
        conf.write_text(f"store = sqlite:{self.folder / 'webauth.db'}\n")
        (services / "perf").write_text(f"auth required {self.module} conf={conf}\n")

        def count(n):
            subprocess.run(
                [*callgrind(self.folder / "callgrind.out", *KDF), self.bench_pam, "auth", services, "perf",
                 "ann@example.com", PASSWORD, str(n)],
                check=True, stdout=subprocess.DEVNULL)
            return total(self.folder)

        return per_operation(count, 4, 24)

    def run(self):
        for name in ("get_session", "get_session_of_a_changed_store", "verify_cookie", "verify_jwt",
                     "sign_in_without_the_kdf", "pam_authentication_without_the_kdf"):
            counted = getattr(self, name)()
            if counted is not None:
                yield name, counted


def verdict(name, counted, limits):
    """A line for the log, and whether it is good."""
    if name not in limits:
        return f"{name}: {counted:,}, no limit: tests/perf/perf.py --update", False
    limit = limits[name]
    share = counted / limit - 1
    text = f"{name}: {counted:,} instructions, limit {limit:,} ({share:+.1%})"
    if share > TOLERANCE:
        return f"{text}: too many. If it is worth it: {HERE.name}/perf.py --update BUILD (see there)", False
    if share < -TOLERANCE:
        return f"{text}: cheaper; let the limit follow with --update", True
    return text, True


def main():
    update = "--update" in sys.argv
    build = Path(sys.argv[-1]).resolve()
    # Meson has malloc fill what it hands out and takes back; that is not what is counted here.
    os.environ.pop("MALLOC_PERTURB_", None)
    os.environ.setdefault("SESSIOND", str(build / "sessiond/sessiond"))
    limits = json.loads(LIMITS.read_text()) if LIMITS.exists() else {}
    failed = False
    with tempfile.TemporaryDirectory(prefix="perf-") as folder:
        scripts = Scripts(folder, build / "tools/bench/bench-pam", build / "pam_webauth/pam_webauth.so")
        for name, counted in scripts.run():
            if update:
                limits[name] = counted
            text, good = verdict(name, counted, limits)
            print(text, flush=True)
            failed = failed or not good
    if update:
        LIMITS.write_text(json.dumps(limits, indent=2) + "\n")
    sys.exit(1 if failed else 0)


main()
