"""Sign-ins and sign-ups, which cost their hash, and session checks beside them."""

import os
import threading

import content

SCRYPT = "sign-in, scrypt"
ARGON = "sign-in, Argon2id"
SIGN_UP = "sign-up, scrypt"
BESIDE = "get-session, 1,000 a second, while all hash threads are busy"

CONNS = 8
SECONDS_MIN = 1.0  # eight hashes take most of one at Better Auth
RATE = 1000


def add(b):
    seconds = max(b.args.seconds, SECONDS_MIN)
    cores, span = str(os.cpu_count()), b.span(seconds)

    def sign_in(server):
        return b.load(server, "sign-in", b.emails, conns=CONNS, seconds=seconds)

    def sign_up(server):
        b.lines_used += 5000
        return b.load(server, "sign-up", "new", conns=CONNS, seconds=seconds, skip=b.lines_used)

    if b.wants(SCRYPT):
        if b.peer:
            b.add(SCRYPT, "Better Auth", lambda: sign_in(b.peer))
        b.add(SCRYPT, "sessiond", lambda: sign_in(b.ours))
        b.add(SCRYPT, "bare KDF, all cores", lambda: b.tool_json("kdf", "scrypt", cores, span))
    if b.wants(SIGN_UP):
        content.write_lines(b.path("new"), (f"n{n:08}@example.com" for n in range(200_000)))
        if b.peer:
            b.add(SIGN_UP, "Better Auth", lambda: sign_up(b.peer))
        b.add(SIGN_UP, "sessiond", lambda: sign_up(b.ours))
    if b.wants(ARGON):
        b.add(ARGON, "sessiond", lambda: sign_in(b.argon))
        b.add(ARGON, "bare KDF, all cores", lambda: b.tool_json("kdf", "argon2id", cores, span))
    if b.wants(BESIDE):
        b.add(BESIDE, "sessiond, nobody signs in", lambda: check(b), "p99_us")
        b.add(BESIDE, "sessiond, all hash threads busy", lambda: beside_sign_ins(b, sign_in), "p99_us")


def check(b):
    return b.load(b.argon, "get", b.hot, conns=4, rate=RATE)


def beside_sign_ins(b, sign_in):
    """At a fixed rate, so that a pause counts for all who would have asked during it."""
    stop, failed = threading.Event(), []

    def keep_signing_in():
        try:
            while not stop.is_set():
                sign_in(b.argon)
        except RuntimeError as e:
            failed.append(e)

    t = threading.Thread(target=keep_signing_in)
    t.start()
    try:
        return check(b)
    finally:
        stop.set()
        t.join()
        if failed:
            raise failed[0]
