"""PAM: pam_webauth beside pam_pwdfile at the same cost of hashing, alone and behind saslauthd.

pam_pwdfile knows crypt(3) and no Argon2id, so its hash is sha512crypt with as many rounds as take the
time that our Argon2id takes here: measured at each run, since that depends on the machine.
"""

import ctypes
import json
import os
import pwd
import shutil
import statistics
import subprocess
import time
from pathlib import Path

import content
import servers

PASSWORD = "PAM, one password after another"
SASL = "saslauthd, four passwords at a time"
LOAD = "PAM, pam_start to pam_end of a new process, no password"
APP = "app passwords, each request through nginx"

KINDS = ("auth", "account", "session")
WORKER = "www-data"
ROUNDS = 20_000  # tried first
TRIES = 7


def crypt_us(setting):
    """The hash, and what it takes of a CPU in the median."""
    crypt = ctypes.CDLL("libcrypt.so.1").crypt
    crypt.restype = ctypes.c_char_p
    times = []
    for _ in range(TRIES):
        began = time.thread_time_ns()
        hashed = crypt(content.PASSWORD.encode(), setting.encode())
        times.append((time.thread_time_ns() - began) / 1000)
    return hashed.decode(), statistics.median(times)


def one_kdf(b):
    return b.tool_json("kdf", "argon2id", "1", b.span(max(b.args.seconds, 0.3)))


def hash_of_our_cost(b):
    ours = statistics.median(one_kdf(b)["cpu_us"] for _ in range(3))
    _, first = crypt_us(f"$6$rounds={ROUNDS}$measurement")
    rounds = max(1000, int(ROUNDS * ours / first))
    hashed, theirs = crypt_us(f"$6$rounds={rounds}$measurement")
    b.figure("pam_pwdfile's hash", f"sha512crypt, {rounds:,} rounds: {theirs / 1000:.1f} ms of CPU; "
                                   f"our Argon2id {ours / 1000:.1f} ms")
    return hashed


class Services:
    """A folder in place of /etc/pam.d, and what its lines need."""

    def __init__(self, b):
        self.b = b
        self.folder = b.folder / "pam.d"
        self.folder.mkdir(mode=0o755)
        self.user = content.email(0)
        # Where workers of another user can read them.
        self.module = b.folder / "pam_webauth.so"
        shutil.copy(b.pam_module, self.module)
        self.conf = b.folder / "webauth.conf"
        self.conf.write_text(
            f"store = sqlite:{b.path('argon.db')}\nsecret_file = {b.path('secret')}\n"
            f"pam_socket = unix:{b.folder}/pam.sock\ndaemon_user = root\n"
            f"[pam nginx]\nmatch = username\nmatch = email\nnodelay = true\ntrusted_peer = {WORKER}\n")
        self.conf.chmod(0o644)
        for name in ("webauth", "nginx"):
            self.write(name, f"{self.module} conf={self.conf}")
        self.write("empty", "pam_permit.so")

    def write(self, name, line):
        (self.folder / name).write_text("".join(f"{kind} required {line}\n" for kind in KINDS))

    def add_pwdfile(self):
        module = self.b.packaged("lib/*-linux-*/security/pam_pwdfile.so") or \
            self.b.packaged("usr/lib/*-linux-*/security/pam_pwdfile.so")
        if module is None:
            self.b.leave_out("pam_pwdfile", "package libpam-pwdfile is not there")
            return False
        path = self.b.path("pwdfile")
        Path(path).write_text(f"{self.user}:{hash_of_our_cost(self.b)}\n")
        (self.folder / "pwdfile").write_text(
            f"auth required {module} pwdfile {path}\naccount required pam_permit.so\n")
        return True

    def instead_of_etc(self, command):
        """The command in a namespace of its own, where /etc/pam.d is this folder."""
        script = 'mount --bind "$0" /etc/pam.d && exec "$@"'
        return ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, str(self.folder), *command]

    def can_be_instead_of_etc(self):
        done = subprocess.run(self.instead_of_etc(["true"]), capture_output=True, check=False)
        if done.returncode != 0:
            self.b.leave_out("saslauthd and nginx with PAM", "no mount namespace can be made here")
        return done.returncode == 0


def add_passwords(b, services, pwdfile):
    count = str(max(10, int(b.args.seconds * 25)))

    def run(service):
        return b.tool_json("pam", "auth", str(services.folder), service, services.user, content.PASSWORD, count)

    b.add(PASSWORD, "bare KDF, one thread", lambda: one_kdf(b))
    b.add(PASSWORD, "pam_webauth", lambda: run("webauth"))
    if pwdfile:
        b.add(PASSWORD, "pam_pwdfile", lambda: run("pwdfile"))


def add_loads(b, services):
    """A module stays loaded in its process, so each of these is the first and only call of one."""

    def load(service):
        every = [b.tool_json("pam", "session", str(services.folder), service, services.user, "-", "1")
                 for _ in range(20)]
        return sorted(every, key=lambda r: r["p50_us"])[len(every) // 2]

    for name, service in (("pam_permit", "empty"), ("pam_webauth", "webauth")):
        b.add(LOAD, name, lambda service=service: load(service), "p50_us")


def app_password(b, services):
    done = subprocess.run(
        [b.webauthctl, "-f", services.conf, "-o", "json", "app-password", "add", services.user, "--name", "bench"],
        capture_output=True, text=True, check=True)
    return json.loads(done.stdout)["appPassword"]["appPassword"]


def add_saslauthd(b, services, pwdfile):
    program = b.packaged("usr/sbin/saslauthd")
    if program is None:
        b.leave_out("saslauthd", "package sasl2-bin is not there")
        return
    folder = b.folder / "private/sasl"
    folder.mkdir()
    command = services.instead_of_etc([str(program), "-d", "-a", "pam", "-m", str(folder), "-n", "4"])
    server = b.started(servers.Server(
        "saslauthd", command, [f"unix:{folder}/mux"], f"{folder}/log", b.with_packaged_libraries(),
        servers.reaches))

    def ask(service, password):
        words = ["-c", "4", "-d", b.span(b.args.seconds)]
        for pid in server.pids():
            words += ["-p", pid]
        result = b.tool_json("sasl", *words, str(folder / "mux"), service, services.user, password)
        if result["wrong"] > 0:
            b.wrong.append(f"saslauthd, {service}: {result['wrong']} were refused")
        return result

    wap = app_password(b, services)
    b.add(SASL, "pam_webauth, password", lambda: ask("webauth", content.PASSWORD))
    if pwdfile:
        b.add(SASL, "pam_pwdfile, password", lambda: ask("pwdfile", content.PASSWORD))
    b.add(SASL, "pam_webauth, app password", lambda: ask("webauth", wap))


def add_app_passwords(b, services):
    """As etc/pam.d/nginx has it: workers of another user, who ask sessiond over its PAM socket."""
    module = b.packaged("usr/lib/nginx/modules/ngx_http_auth_pam_module.so")
    program = b.packaged("usr/sbin/nginx")
    if module is None or program is None:
        b.leave_out("app passwords through nginx", "packages nginx-light and libnginx-mod-http-auth-pam are not there")
        return
    try:
        pwd.getpwnam(WORKER)
    except KeyError:
        b.leave_out("app passwords through nginx", f"there is no user {WORKER}")
        return
    members = b.sessiond("members", b.path("argon.db"), configuration=services.conf)
    content.write_lines(b.path("basic"), [servers.basic(services.user, app_password(b, services))])
    server = b.started(servers.nginx(
        program, b.folder, "members", servers.PAM_LOCATION, user=WORKER, module=module, wrap=services.instead_of_etc))
    b.add(APP, "nginx alone", lambda: b.load(server, "plain", b.hot))
    b.add(APP, "nginx, pam_webauth, sessiond", lambda: b.load(server, "app-password", "basic", beside=[members]))


def add(b):
    if not any(b.wants(group) for group in (PASSWORD, SASL, LOAD, APP)):
        return
    if os.geteuid() != 0:
        b.leave_out("PAM, saslauthd and app passwords", "pam_webauth believes root's configuration only: run as root")
        return
    assert b.argon  # whose store all of this is about
    services = Services(b)
    pwdfile = (b.wants(PASSWORD) or b.wants(SASL)) and services.add_pwdfile()
    if b.wants(PASSWORD):
        add_passwords(b, services, pwdfile)
    if b.wants(LOAD):
        add_loads(b, services)
    if (b.wants(SASL) or b.wants(APP)) and services.can_be_instead_of_etc():
        if b.wants(SASL):
            add_saslauthd(b, services, pwdfile)
        if b.wants(APP):
            add_app_passwords(b, services)
