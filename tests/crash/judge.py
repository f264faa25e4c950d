"""What is left after a crash, as seen through the front door and in the file."""

from model import State

RULES = {
    "the file is whole": ("select integrity_check from pragma_integrity_check", [("ok",)]),
    "no row refers to one that is gone": ("select * from pragma_foreign_key_check", []),
    "nobody is without a password": (
        """select "email" from "user" u where 1 <> (select count(*) from "account" a
           where a."userId" = u."id" and a."providerId" = 'credential' and a."password" <> '')""", []),
    "who is banned has no session": (
        """select s."id" from "session" s join "user" u on u."id" = s."userId" where u."banned" = 1""", []),
}


def check_store(world):
    for rule, (sql, want) in RULES.items():
        found = world.daemon.sql(sql)
        if found != want:
            raise AssertionError(f"not so: {rule}: {found[:5]}")


def is_live(world, connection, token):
    r = world.ask("GET", "/api/auth/get-session", token=token, connection=connection)
    assert r.status == 200, (r.status, r.body)
    return r.json() is not None


def works(world, connection, email, password):
    """Does it sign in? The session is taken back at once."""
    r = world.ask("POST", "/api/auth/sign-in/email", {"email": email, "password": password}, connection=connection)
    if r.status != 200:
        assert r.status in (401, 403), (r.status, r.body)
        return False, r.status == 403
    token = r.json()["token"]
    assert world.ask("POST", "/api/auth/sign-out", {}, token, connection).status == 200
    return True, False


def see(world, connection, person):
    """The person's state as the daemon and the store show it."""
    rows = world.daemon.sql('select "id", "banned" from "user" where "email" = ?', person.email)
    live = frozenset(t for t in person.tokens if is_live(world, connection, t))
    if not rows:
        for password in person.passwords:
            assert works(world, connection, person.email, password) == (False, False), person.email
        return State(live=live)
    ((ident, banned),) = rows
    ((sessions,),) = world.daemon.sql('select count(*) from "session" where "userId" = ?', ident)
    apps = {row[0] for row in world.daemon.sql('select "id" from "webauth_app_password" where "userId" = ?', ident)}
    known = frozenset(apps & person.apps)
    tried = {p: works(world, connection, person.email, p) for p in sorted(person.passwords)}
    good = [p for p, (signed_in, refused) in tried.items() if signed_in or refused]
    assert len(good) == 1, f"{person.email}: {len(good)} passwords are good; {person.done}"
    assert bool(banned) == tried[good[0]][1], f"{person.email}: banned is {banned}, sign-in says {tried[good[0]]}"
    return State(exists=True, password=good[0], banned=bool(banned), live=live, unknown=sessions - len(live),
                 apps=known, unknown_apps=len(apps) - len(known))


def judge(world, people):
    """Everybody is in a state that they may be in, and the store as a whole is in order."""
    check_store(world)
    connection = world.daemon.connection()
    try:
        for person in people:
            person.settle(see(world, connection, person))
            for token in person.spent:
                r = world.ask("POST", "/api/auth/reset-password", {"newPassword": "a stolen one", "token": token},
                              connection=connection)
                assert r.status == 400, (person.email, r.status, r.body)
    finally:
        connection.close()
