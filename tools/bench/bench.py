"""What the groups of measurements share: a folder, the load generator, and the list of what to measure.

Others at work on the machine disturb every figure. So the contenders take turns within a repetition,
what is printed is the median of the repetitions, and the spread stands beside it: a difference smaller
than that is none. CPU per request suffers less than the rate does.
"""

import contextlib
import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import content
import servers

CONNECTIONS = 16


class Measure:
    """One line of the table. run() returns a dict with "rate" and what else is known; the ratio and the bar
    are those of the value called shown."""

    def __init__(self, group, name, run, shown):
        self.group, self.name, self.run, self.shown = group, name, run, shown
        self.results = []


class Bench:
    def __init__(self, args):
        self.args = args
        self.build = Path(args.build).resolve()
        self.stack = contextlib.ExitStack()
        # Sockets have short names, and worker processes of other users come through here.
        self.folder = Path(tempfile.mkdtemp(prefix="bench-"))
        os.chmod(self.folder, 0o711)
        self.stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        (self.folder / "private").mkdir(mode=0o700)
        self.measures = []
        self.figures = []  # (name, text)
        self.left_out = []
        self.wrong = []
        self.lines_used = 0

    # Files and programs

    def path(self, name):
        return str(self.folder / "private" / name)

    def tool(self, name):
        return self.build / "tools/bench" / f"bench-{name}"

    @property
    def webauthctl(self):
        return self.build / "tools/webauthctl/webauthctl"

    @property
    def pam_module(self):
        return self.build / "pam_webauth/pam_webauth.so"

    def packaged(self, pattern):
        """A file of a Debian package: installed, or unpacked below the build by tools/bench/run."""
        for root in (Path("/"), self.build / "packages"):
            for found in sorted(root.glob(pattern)):
                return found
        return None

    def with_packaged_libraries(self):
        folders = [str(d) for d in (self.build / "packages").glob("usr/lib/*-linux-*")]
        return {**os.environ, "LD_LIBRARY_PATH": ":".join(folders)} if folders else None

    # Stores

    def store_of(self, users, passwords=False):
        return content.make_store(
            self.webauthctl, self.build / "stores", users, passwords,
            lambda done: progress(f"a store of {users:,} users", done))

    def copy_of_store(self, name, of):
        content.copy_store(of, self.path(name))
        return self.path(name)

    @functools.cached_property
    def base_store(self):
        return self.store_of(self.args.users, passwords=True)

    def cookies(self, users, count):
        """A file with the cookies of so many of so many users."""
        name = f"cookies-{count}-of-{users}"
        if not os.path.exists(self.path(name)):
            content.write_cookies(self.path(name), users, min(users, count))
        return name

    @functools.cached_property
    def hot(self):
        return self.cookies(self.args.users, 1000)

    @functools.cached_property
    def emails(self):
        content.write_emails(self.path("emails"), self.args.users, 1000)
        return "emails"

    def write_requests(self):
        Path(self.path("secret")).write_text(content.SECRET)
        os.chmod(self.path("secret"), 0o600)
        for name, request in content.requests().items():
            Path(self.path(name)).write_bytes(request)

    # Contenders, started when first asked for

    def started(self, server):
        self.stack.callback(server.stop)
        return server

    def sessiond(self, name, store, **options):
        return self.started(servers.sessiond(
            self.build / "sessiond/sessiond", self.folder, name, store, self.path("secret"), **options))

    @functools.cached_property
    def ours(self):
        return self.sessiond("sessiond", self.copy_of_store("store.db", self.base_store), password_scheme="scrypt")

    @functools.cached_property
    def argon(self):
        """The same with all passwords hashed as ours are, from one that the daemon made."""
        server = self.sessiond("argon", self.copy_of_store("argon.db", self.base_store), password_scheme="argon2id")
        servers.hash_all_as_one(server, self.path("argon.db"))
        return server

    @functools.cached_property
    def peer(self):
        npm = self.build / "tests/compat/npm"
        if not (npm / "peer.mjs").exists():
            self.leave_out("Better Auth", f"node or its packages are not there; see {self.build}/npm.log")
            return None
        store = self.copy_of_store("peer.db", self.base_store)
        return self.started(servers.better_auth(npm, self.folder, store, content.SECRET))

    def echo(self, kind, name, answer):
        return self.started(servers.echo(self.tool("echo"), self.folder, kind, name, answer))

    # Measuring

    def span(self, seconds):
        return f"{max(1, int(seconds * 1000))}ms"

    def load(self, server, request, lines=None, conns=CONNECTIONS, expect=200, address=None, seconds=None,
             skip=0, rate=None, beside=()):
        """beside are servers whose CPU and memory count as well."""
        seconds = seconds or self.args.seconds
        command = ["-c", str(conns), "-d", self.span(seconds), "-w", self.span(min(0.3, seconds / 4))]
        command += ["-e", str(expect), "-r", self.path(request)]
        if request in content.MARKERS:
            command += ["-m", content.MARKERS[request]]
        if rate is not None:
            command += ["-R", str(rate)]
        for of in (server, *beside):
            for pid in of.pids():
                command += ["-p", pid]
        if lines is not None:
            command += ["-l", self.path(lines), "-f", str(skip)]
        result = self.tool_json("load", *command, address or server.address)
        if rate is not None and not result["first"]:
            self.leave_out("a generator that waits for no core", "only root may run one")
        if result["wrong"] > 0:
            self.wrong.append(f"{server.name}, {request}: {result['wrong']} answers were not as they should be: "
                              f"{result['statuses']}")
        return result

    def tool_json(self, name, *words):
        done = subprocess.run([str(self.tool(name)), *words], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"bench-{name} {' '.join(words)}: {done.stderr.strip()}")
        return json.loads(done.stdout)

    # What is to be measured, and what came of it

    def wants(self, group):
        return self.args.only.lower() in group.lower()

    def add(self, group, name, run, shown="rate"):
        self.measures.append(Measure(group, name, run, shown))

    def figure(self, name, text):
        self.figures.append((name, text))

    def leave_out(self, what, why):
        if (what, why) not in self.left_out:
            self.left_out.append((what, why))

    def value(self, group, name, key):
        """The median of one line; None where it was not measured."""
        from report import median

        for m in self.measures:
            if m.group == group and m.name == name and m.results:
                return median(m.results, key)
        return None


def progress(what, share):
    """On a terminal one line that is written over; else a line for each tenth, so that a log shows life."""
    if sys.stderr.isatty():
        bar = "#" * int(share * 30)
        end = "\r\033[K" if share >= 1 else ""
        sys.stderr.write(f"\r\033[K[{bar:30}] {share * 100:3.0f} %  {what}{end}")
    elif int(share * 10) != progress.tenth:
        sys.stderr.write(f"{share * 100:3.0f} %  {what}\n")
    progress.tenth = int(share * 10)
    sys.stderr.flush()


progress.tenth = -1
