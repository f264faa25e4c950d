"""Questions about sessions: what most requests are."""

import http.client
import json

import content
from bench import CONNECTIONS

CHECK = f"get-session, {CONNECTIONS} connections, 1,000 sessions in turn"
ALONE = "get-session, one connection"
TOKEN = "token"
VERIFY = "verify, for a proxy or backend"
GROWTH = "get-session as the store grows"

LOOK_UPS = 200_000  # cookies of a large store: more than one measurement uses


def add_checks(b):
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 560\r\n\r\n" + b"x" * 560
    contenders = {
        "sessiond, TCP": lambda: b.load(b.ours, "get", b.hot, address=b.ours.addresses[1]),
        "sessiond, Unix": lambda: b.load(b.ours, "get", b.hot),
        "sessiond, a constant answer": lambda: b.load(b.ours, "ok"),
    }
    echoes = {kind: b.echo(kind, f"echo-{kind}", answer) for kind in ("tcp", "unix")}
    if b.wants(CHECK):
        if b.peer:
            b.add(CHECK, "Better Auth, TCP", lambda: b.load(b.peer, "get", b.hot))
        for name, run in contenders.items():
            b.add(CHECK, name, run)
        b.add(CHECK, "bare echo, TCP", lambda: b.load(echoes["tcp"], "plain", b.hot))
        b.add(CHECK, "bare echo, Unix", lambda: b.load(echoes["unix"], "plain", b.hot))
    if b.wants(ALONE):
        if b.peer:
            b.add(ALONE, "Better Auth, TCP", lambda: b.load(b.peer, "get", b.hot, conns=1))
        b.add(ALONE, "sessiond, Unix", lambda: b.load(b.ours, "get", b.hot, conns=1))
        b.add(ALONE, "bare echo, Unix", lambda: b.load(echoes["unix"], "plain", b.hot, conns=1))


def jwt_of_session(b, number):
    port = int(b.ours.addresses[1].removeprefix("tcp:"))
    c = http.client.HTTPConnection("127.0.0.1", port)
    c.request("GET", "/api/auth/token", headers={"Cookie": content.padded_cookie(number)})
    return json.load(c.getresponse())["token"]


def add_tokens(b):
    if b.wants(TOKEN):
        if b.peer:
            b.add(TOKEN, "Better Auth", lambda: b.load(b.peer, "token", b.hot))
        everybody = b.cookies(b.args.users, LOOK_UPS)
        b.add(TOKEN, "sessiond, a session's first", lambda: anywhere(b, b.ours, everybody, "token"))
        have_minted(b)
        b.add(TOKEN, "sessiond", lambda: b.load(b.ours, "token", b.hot))
    if b.wants(VERIFY):
        content.write_lines(b.path("jwts"), [jwt_of_session(b, 0)])
        b.add(VERIFY, "sessiond, cookie", lambda: b.load(b.ours, "verify", b.hot, expect=204))
        b.add(VERIFY, "sessiond, JWT", lambda: b.load(b.ours, "bearer", "jwts", expect=204))


def add_growth(b):
    """One daemon per size, at the same time, so that the sizes take turns."""
    if not b.wants(GROWTH):
        return
    for users in b.args.grow:
        if not content.room_for(b.build, users):
            b.leave_out(f"a store of {users:,} users", f"too little room in {b.build}")
            continue
        store = b.store_of(users)
        b.figure(f"store of {users:,} users and sessions", f"{store.stat().st_size / 1e9:.2f} GB")
        server = b.sessiond(f"grown-{users}", store)
        hot, all_of_them = b.cookies(users, 1000), b.cookies(users, LOOK_UPS)
        b.add(GROWTH, f"sessiond, 1,000 of {users:,}", lambda s=server, h=hot: b.load(s, "get", h))
        b.add(GROWTH, f"sessiond, any of {users:,}",
              lambda s=server, a=all_of_them, f=store: anywhere(b, s, a, file=f))


def have_minted(b):
    """The tokens of all hot sessions: what is measured is asking once more."""
    done = 0
    while done < min(1000, b.args.users):
        done += b.load(b.ours, "token", b.hot, seconds=0.2, skip=done)["requests"]


def anywhere(b, server, lines, request="get", file=None):
    """Each time others, so that no cache of ours knows them from before; the kernel's knows the file."""
    if file is not None:
        content.read_through(file)
    b.lines_used += 60_000
    return b.load(server, request, lines, skip=b.lines_used)


def add(b):
    if b.wants(CHECK) or b.wants(ALONE):
        add_checks(b)
    add_tokens(b)
    add_growth(b)
