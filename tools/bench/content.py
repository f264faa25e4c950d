"""The store that all contenders are measured on, and what clients send about it.

Everything follows from a user's number, so that a cookie for any of ten million sessions can be made
without reading the store.
"""

import base64
import hashlib
import hmac
import random
import sqlite3
import subprocess
import urllib.parse
from datetime import datetime, timedelta, timezone
from pathlib import Path

SECRET = "a secret for measurements, of no use elsewhere"
PASSWORD = "correct horse battery"
BATCH = 20_000
COOKIE = "better-auth.session_token"


def text_of(kind, number):
    """32 characters that lie anywhere in an index, as random ones do."""
    return hashlib.blake2b(f"{kind}{number}".encode(), digest_size=16).hexdigest()


def email(number):
    return f"u{number:08}@example.com"


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


def iso(**delta):
    t = datetime.now(timezone.utc) + timedelta(**delta)
    return t.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def make_store(webauthctl, path, users, progress):
    """Better Auth's tables with this many users, each with a password and a session."""
    Path(path).unlink(missing_ok=True)
    subprocess.run(
        [webauthctl, "-f", "none", "--set", f"store=sqlite:{path}", "store", "create"],
        check=True, stdout=subprocess.DEVNULL,
    )
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("pragma synchronous = off")
    db.execute("pragma cache_size = -2000000")
    now, soon = iso(), iso(days=7)
    hashed = scrypt_hash(PASSWORD)
    for first in range(0, users, BATCH):
        numbers = range(first, min(first + BATCH, users))
        db.execute("begin immediate")
        db.executemany(
            'insert into "user" (id, name, email, emailVerified, createdAt, updatedAt)'
            " values (?, ?, ?, 1, ?, ?)",
            ((text_of("user", n), f"User {n}", email(n), now, now) for n in numbers),
        )
        db.executemany(
            'insert into "account" (id, accountId, providerId, userId, password, createdAt, updatedAt)'
            " values (?, ?, 'credential', ?, ?, ?, ?)",
            ((text_of("account", n), text_of("user", n), text_of("user", n), hashed, now, now) for n in numbers),
        )
        db.executemany(
            'insert into "session" (id, expiresAt, token, createdAt, updatedAt, ipAddress, userAgent, userId)'
            " values (?, ?, ?, ?, ?, '127.0.0.1', 'Mozilla/5.0 (X11; Linux x86_64) bench', ?)",
            ((text_of("session", n), soon, text_of("token", n), now, now, text_of("user", n)) for n in numbers),
        )
        db.execute("commit")
        progress((first + len(numbers)) / users)
    db.execute("pragma wal_checkpoint(truncate)")
    db.close()


def write_lines(path, lines):
    Path(path).write_text("".join(f"{line}\n" for line in lines), encoding="ascii")


def write_cookies(path, users, count, seed=1):
    """Cookies of that many users, in no order."""
    chance = random.Random(seed)
    numbers = chance.sample(range(users), count) if count < users else list(range(users))
    write_lines(path, (padded_cookie(n) for n in numbers))


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
