"""What is aimed at, as ratios within one run or on this class of machine (two cores), and what came of it."""

import logins
import passwords
import sessions
import upkeep


def ratio(b, group, name, base, key="rate"):
    value, of = b.value(group, name, key), b.value(group, base, key)
    return None if value is None or not of else value / of


def flatness(b, of):
    """Of the largest store against the smallest, by CPU."""
    if len(b.args.grow) < 2:
        return None
    small, large = (f"sessiond, {of} {n:,}" for n in (min(b.args.grow), max(b.args.grow)))
    return ratio(b, sessions.GROWTH, large, small, "cpu_us")


def difference(b, group, name, base, key):
    value, of = b.value(group, name, key), b.value(group, base, key)
    return None if value is None or of is None else (value - of) / 1000


def worst_upkeep(b):
    quiet = b.value(upkeep.GROUP, "nothing", "p99_us")
    others = [b.value(upkeep.GROUP, m.name, "p99_us") for m in b.measures if m.group == upkeep.GROUP and m.name != "nothing"]
    others = [v for v in others if v is not None]
    return max(others) / quiet if quiet and others else None


def figure(b, name):
    return getattr(b, name, None)


def thousandth(value):
    return None if value is None else value / 1000


# What, "<=" or ">=", the bound, its unit, and how it is found.
TARGETS = [
    ("get-session, TCP, against Better Auth", ">=", 100, "x",
     lambda b: ratio(b, sessions.CHECK, "sessiond, TCP", "Better Auth, TCP")),
    ("get-session against our constant answer, by CPU", ">=", 0.6, "x",
     lambda b: ratio(b, sessions.CHECK, "sessiond, a constant answer", "sessiond, Unix", "cpu_us")),
    ("get-session, CPU of a hot one", "<=", 10, "us", lambda b: b.value(sessions.CHECK, "sessiond, Unix", "cpu_us")),
    ("get-session, a hot one of the largest store against one of the smallest, by CPU", "<=", 1.5, "x",
     lambda b: flatness(b, "1,000 of")),
    ("get-session, any of the largest store against any of the smallest, by CPU", "<=", 1.5, "x",
     lambda b: flatness(b, "any of")),
    ("verify, a cached JWT against a cookie, by CPU", "<=", 1, "x",
     lambda b: ratio(b, sessions.VERIFY, "sessiond, JWT", "sessiond, cookie", "cpu_us")),
    ("token against Better Auth", ">=", 20, "x", lambda b: ratio(b, sessions.TOKEN, "sessiond", "Better Auth")),
    ("sign-in against the bare KDF, Argon2id", ">=", 0.95, "x",
     lambda b: ratio(b, passwords.ARGON, "sessiond", "bare KDF, all cores")),
    ("sign-in against the bare KDF, scrypt", ">=", 0.95, "x",
     lambda b: ratio(b, passwords.SCRYPT, "sessiond", "bare KDF, all cores")),
    ("get-session p99 while all hash threads are busy", "<=", 2, "ms",
     lambda b: thousandth(b.value(passwords.BESIDE, "sessiond, all hash threads busy", "p99_us"))),
    ("get-session p99 beside the worst upkeep, against quiet", "<=", 2, "x", worst_upkeep),
    ("revocation to effect", "<=", 1, "ms", lambda b: figure(b, "revocation_ms")),
    ("resident when idle", "<=", 10, "MB", lambda b: figure(b, "idle_mb")),
    ("start to first answer", "<=", 50, "ms", lambda b: figure(b, "start_ms")),
    ("pam_webauth besides the KDF, CPU", "<=", 2, "ms",
     lambda b: thousandth(b.value(logins.PASSWORD, "pam_webauth", "besides_us"))),
    ("pam_webauth, load and unload beside pam_permit", "<=", 0.3, "ms",
     lambda b: difference(b, logins.LOAD, "pam_webauth", "pam_permit", "p50_us")),
    ("app passwords through nginx", ">=", 500, "/s",
     lambda b: b.value(logins.APP, "nginx, pam_webauth, sessiond", "rate")),
]


def met(value, how, bound):
    return value >= bound if how == ">=" else value <= bound


def lines(b):
    for what, how, bound, unit, find in TARGETS:
        value = find(b)
        if value is not None:
            yield what, f"{how} {bound:g} {unit}", f"{value:,.3g} {unit}", "yes" if met(value, how, bound) else "no"
