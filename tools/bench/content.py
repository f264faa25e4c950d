"""The store that all contenders are measured on, and what clients send about it.

Everything follows from a user's number, so that a cookie for any of ten million sessions can be made
without reading the store; and SQLite makes the rows itself, from the same arithmetic.
"""

import base64
import contextlib
import hashlib
import hmac
import os
import random
import shutil
import sqlite3
import subprocess
import urllib.parse
from pathlib import Path

SECRET = "a secret for measurements, of no use elsewhere"
PASSWORD = "correct horse battery"
COOKIE = "better-auth.session_token"
BATCH = 50_000
CACHE_KIB = 1_000_000  # of the connection that fills a store: what that takes in memory, and no more
BYTES_PER_USER = 1_000  # on disk, with an account; generous
MADE = "2026-01-01T00:00:00.000Z"
ENDS = "2099-01-01T00:00:00.000Z"

# Odd numbers: multiplying by one is a permutation of 32 bits, and neighbours land far apart.
FACTORS = (2654435761, 2246822519, 3266489917, 668265263)
KINDS = {"user": 1, "session": 2, "token": 3, "account": 4, "ended": 5, "ended token": 6}


def offsets(kind):
    return [KINDS[kind] * 40_000_003 + i * 104_729 for i in range(len(FACTORS))]


def text_of(kind, number):
    """32 characters that lie anywhere in an index, as random ones do."""
    return "".join(f"{(number + o) * f & 0xFFFFFFFF:08x}" for o, f in zip(offsets(kind), FACTORS))


def sql_text_of(kind):
    """The same, of the column n."""
    parts = (f"((n + {o}) * {f}) & 4294967295" for o, f in zip(offsets(kind), FACTORS))
    return f"printf('%08x%08x%08x%08x', {', '.join(parts)})"


def email(number):
    return f"u{number:08}@example.com"


SQL_EMAIL = "printf('u%08d@example.com', n)"


def signed(token):
    mac = hmac.new(SECRET.encode(), token.encode(), hashlib.sha256).digest()
    return urllib.parse.quote(f"{token}.{base64.b64encode(mac).decode()}", safe="")


def padded_cookie(number):
    """Signed values differ in length by their escapes; a second cookie evens that out."""
    value = signed(text_of("token", number))
    return f"{COOKIE}={value}; p=" + "p" * (100 - len(value))


def scrypt_hash(password):
    salt = "0123456789abcdef" * 2
    key = hashlib.scrypt(password.encode(), salt=salt.encode(), n=16384, r=16, p=1, maxmem=1 << 27, dklen=64)
    return f"{salt}:{key.hex()}"


def create_empty(webauthctl, path):
    subprocess.run(
        [webauthctl, "-f", "none", "--set", f"store=sqlite:{path}", "store", "create"],
        check=True, stdout=subprocess.DEVNULL,
    )


def numbers(first, last):
    """A table expression, c(n), of the numbers from first to last - 1."""
    return f"with recursive c(n) as (select {first} union all select n + 1 from c where n + 1 < {last})"


SESSION_ROW = 'insert into "session" (id, expiresAt, token, createdAt, updatedAt, ipAddress, userAgent, userId)'
SESSION_REST = f"'{MADE}', '{MADE}', '127.0.0.1', 'Mozilla/5.0 (X11; Linux x86_64) bench', {sql_text_of('user')}"


def fill(db, users, hashed, progress):
    """That many users, each with a password (where hashed is one) and a session."""
    for first in range(0, users, BATCH):
        last = min(first + BATCH, users)
        c = numbers(first, last)
        db.execute("begin")
        db.execute(f'{c} insert into "user" (id, name, email, emailVerified, createdAt, updatedAt)'
                   f" select {sql_text_of('user')}, 'User ' || n, {SQL_EMAIL}, 1, '{MADE}', '{MADE}' from c")
        if hashed is not None:
            db.execute(f'{c} insert into "account" (id, accountId, providerId, userId, password, createdAt, updatedAt)'
                       f" select {sql_text_of('account')}, {sql_text_of('user')}, 'credential', {sql_text_of('user')},"
                       f" ?, '{MADE}', '{MADE}' from c", (hashed,))
        db.execute(f"{c} {SESSION_ROW} select {sql_text_of('session')}, '{ENDS}', {sql_text_of('token')},"
                   f" {SESSION_REST} from c")
        db.execute("commit")
        progress(last / users)


def add_ended_sessions(path, users, count):
    """Sessions that ended long ago, at the beginning of the table, where a sweep comes first."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as db:
        for first in range(0, count, 5000):
            db.execute(
                f"{numbers(first, min(first + 5000, count))}"
                ' insert or ignore into "session" (rowid, id, expiresAt, token, createdAt, updatedAt, ipAddress,'
                f" userAgent, userId) select -1 - n, {sql_text_of('ended')}, '{MADE}', {sql_text_of('ended token')},"
                f" '{MADE}', '{MADE}', '127.0.0.1', 'bench', (select id from \"user\" where rowid = 1 + n % {users})"
                " from c")


def count_ended_sessions(path):
    with contextlib.closing(sqlite3.connect(path, timeout=30)) as db:
        return db.execute('select count(*) from "session" where rowid < 0').fetchone()[0]


def name_of(empty, users, passwords):
    """Of a store that is kept for the next run: what is in it follows from the tables and this file."""
    with contextlib.closing(sqlite3.connect(empty)) as db:
        schema = repr(db.execute("select name, sql from sqlite_schema order by name").fetchall())
    made_by = hashlib.sha256(schema.encode() + Path(__file__).read_bytes()).hexdigest()[:12]
    return f"{users}{'-passwords' if passwords else ''}-{made_by}.db"


def room_for(folder, users):
    return shutil.disk_usage(folder).free > users * BYTES_PER_USER * 2


def make_store(webauthctl, folder, users, passwords, progress):
    """The path of a store with so many users in folder, made now or by an earlier run."""
    folder = Path(folder)
    folder.mkdir(mode=0o700, exist_ok=True)
    new = folder / f"new-{os.getpid()}.db"
    new.unlink(missing_ok=True)
    create_empty(webauthctl, new)
    path = folder / name_of(new, users, passwords)
    if path.exists():
        new.unlink()
        return path
    # Whoever is interrupted here leaves a file of another name behind, and no half store.
    with contextlib.closing(sqlite3.connect(new, isolation_level=None)) as db:
        db.execute("pragma journal_mode = delete")
        db.execute("pragma journal_mode = off")
        db.execute("pragma synchronous = off")
        db.execute("pragma locking_mode = exclusive")
        db.execute(f"pragma cache_size = -{CACHE_KIB}")
        fill(db, users, scrypt_hash(PASSWORD) if passwords else None, progress)
    with contextlib.closing(sqlite3.connect(new)) as db:
        db.execute("pragma journal_mode = wal")
    new.rename(path)
    return path


def copy_store(of, path):
    """As a file: nobody has it open."""
    shutil.copyfile(of, path)
    os.chmod(path, 0o600)


def read_through(path):
    """Into the kernel's cache, where a store in use is: some machines take such memory back when nobody looks."""
    with open(path, "rb", buffering=0) as file:
        while file.read(1 << 20):
            pass


def write_lines(path, lines):
    with open(path, "w", encoding="ascii") as out:
        out.writelines(f"{line}\n" for line in lines)


def write_cookies(path, users, count, seed=1):
    """Cookies of that many users, in no order."""
    chance = random.Random(seed)
    chosen = chance.sample(range(users), count) if count < users else list(range(users))
    write_lines(path, (padded_cookie(n) for n in chosen))


def write_emails(path, users, count):
    write_lines(path, (email(n) for n in range(min(users, count))))


def request(method, target, headers=(), body=None):
    """A request as bytes; {} in it is for a line."""
    lines = [f"{method} {target} HTTP/1.1", "Host: localhost:3000"]
    lines += [
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)",
        "Accept: application/json, text/plain, */*",
        "Accept-Language: en-GB,en;q=0.9",
        "Accept-Encoding: gzip, deflate",
    ]
    lines += headers
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", body or ""]).encode()


def requests():
    """All that is sent, by name."""
    origin = ["Origin: http://localhost:3000"]
    made = {
        "ok": request("GET", "/api/auth/ok"),
        "get": request("GET", "/api/auth/get-session", ["Cookie: {}"]),
        "token": request("GET", "/api/auth/token", ["Cookie: {}"]),
        "verify": request("GET", "/api/webauth/verify", ["Cookie: {}"]),
        "bearer": request("GET", "/api/webauth/verify", ["Authorization: Bearer {}"]),
        "app-password": request("GET", "/members", ["Authorization: Basic {}"]),
        "plain": request("GET", "/plain", ["Cookie: {}"]),
        "constant": request("GET", "/constant", ["Cookie: {}"]),
        "guarded": request("GET", "/guarded", ["Cookie: {}"]),
    }
    width = len(email(0))
    for name, target, body in (
        ("sign-in", "/api/auth/sign-in/email", '{"email":"{}","password":"%s"}' % PASSWORD),
        ("sign-up", "/api/auth/sign-up/email", '{"name":"N","email":"{}","password":"%s"}' % PASSWORD),
    ):
        length = len(body)
        made[name] = request("POST", target, origin, body).replace(
            b"Length: %d" % length, b"Length: %d" % (length - 2 + width))
    return made


# What a good answer contains: get-session answers 200 to everybody.
MARKERS = {"get": '"token":"', "token": '"token":"ey', "sign-in": '"token":"', "sign-up": '"token":"', "ok": "true"}
