"""What people and administrators do while the processes are killed under them.

Each operation says, before it is sent, what it will have done, and when the answer comes, that it has:
model.py. An answer other than success is an error, for everything here is allowed.
"""

import random

from model import Person

OPERATIONS = 12  # on one person; then there is a new one
MAILS = 3  # to one person: after some more, none is sent for a while


class NotAnswered(Exception):
    """The process was killed first."""


class Operations:
    """People of one thread's own. send(...) asks the daemon."""

    def __init__(self, world, name, seed):
        self.world = world
        self.name = name
        self.random = random.Random(seed)
        self.people = []
        self.made = 0
        self.connection = None

    def password(self):
        self.made += 1
        return f"correct horse {self.name} {self.made}"

    def new_person(self):
        self.made += 1
        person = Person(f"{self.name}-{self.made}@example.com")
        self.people.append(person)
        return person

    def step(self):
        """One operation, on somebody."""
        able = [p for p in self.people[-4:] if p.state.exists and len(p.done) < OPERATIONS]
        if not able or self.random.random() < 0.15:
            person = self.new_person()
            self.create(person)
        else:
            person = self.random.choice(able)
            self.random.choice(self.possible(person))(person)


class Web(Operations):
    """Over the API."""

    def possible(self, person):
        if not person.state.live:
            return [self.sign_in, self.reset_password]
        return [self.sign_in, self.sign_out, self.revoke_one, self.revoke_all, self.revoke_others,
                self.change_password, self.change_password, self.reset_password, self.add_app_password,
                self.revoke_app_password, self.delete]

    def a_session(self, person):
        return self.random.choice(sorted(person.state.live))

    def post(self, route, body, token=None):
        return self.world.post(self, route, body, token)

    def create(self, person):
        password = self.password()
        person.begins("sign up", person.state.but(exists=True, password=password, unknown=1))
        r = self.post("/api/auth/sign-up/email", {"name": "", "email": person.email, "password": password})
        person.answered(unknown=0, live=frozenset([r["token"]]))

    def sign_in(self, person):
        s = person.state
        person.begins("sign in", s.but(unknown=s.unknown + 1))
        r = self.post("/api/auth/sign-in/email", {"email": person.email, "password": s.password})
        person.answered(unknown=s.unknown, live=s.live | {r["token"]})

    def sign_out(self, person):
        s, token = person.state, self.a_session(person)
        person.begins("sign out", s.but(live=s.live - {token}))
        self.post("/api/auth/sign-out", {}, token)
        person.answered()

    def revoke_one(self, person):
        s, token, other = person.state, self.a_session(person), self.a_session(person)
        person.begins("revoke a session", s.but(live=s.live - {other}))
        self.post("/api/auth/revoke-session", {"token": other}, token)
        person.answered()

    def revoke_all(self, person):
        token = self.a_session(person)
        person.begins("revoke all sessions", person.state.without_sessions())
        self.post("/api/auth/revoke-sessions", {}, token)
        person.answered()

    def revoke_others(self, person):
        token = self.a_session(person)
        person.begins("revoke the other sessions", person.state.without_sessions(keep=[token]))
        self.post("/api/auth/revoke-other-sessions", {}, token)
        person.answered()

    def change_password(self, person):
        s, token, new = person.state, self.a_session(person), self.password()
        revoke = self.random.random() < 0.5
        body = {"currentPassword": s.password, "newPassword": new, "revokeOtherSessions": revoke}
        if revoke:
            person.begins("change the password, revoking", s.without_sessions().but(password=new, unknown=1))
            r = self.post("/api/auth/change-password", body, token)
            person.answered(unknown=0, live=frozenset([r["token"]]))
        else:
            person.begins("change the password", s.but(password=new))
            self.post("/api/auth/change-password", body, token)
            person.answered()

    def reset_password(self, person):
        """With revoke_sessions_on_password_reset."""
        if person.mails == MAILS:
            self.sign_in(person)
            return
        person.mails += 1
        person.begins("ask for a reset", person.state)
        self.post("/api/auth/request-password-reset", {"email": person.email})
        person.answered()
        token, new = self.world.reset_token(person), self.password()
        person.begins("reset the password", person.state.without_sessions().but(password=new))
        self.post("/api/auth/reset-password", {"newPassword": new, "token": token})
        person.answered()
        person.spent.add(token)

    def add_app_password(self, person):
        s, token = person.state, self.a_session(person)
        person.begins("add an app password", s.but(unknown_apps=s.unknown_apps + 1))
        r = self.post("/api/webauth/app-passwords", {"name": "phone"}, token)
        person.answered(unknown_apps=s.unknown_apps, apps=s.apps | {r["id"]})

    def revoke_app_password(self, person):
        s, token = person.state, self.a_session(person)
        if not s.apps:
            self.add_app_password(person)
            return
        ident = self.random.choice(sorted(s.apps))
        person.begins("revoke an app password", s.but(apps=s.apps - {ident}))
        self.post("/api/webauth/app-passwords/revoke", {"id": ident}, token)
        person.answered()

    def delete(self, person):
        s, token = person.state, self.a_session(person)
        person.begins("delete the user", s.gone())
        self.post("/api/auth/delete-user", {"password": s.password}, token)
        person.answered()


class Administrator(Operations):
    """With webauthctl, on the store that the daemon is writing as well."""

    def possible(self, person):
        if person.state.banned:
            return [self.enable, self.delete]
        return [self.set_password, self.disable, self.end_sessions, self.set_password]

    def run(self, *words, password=None):
        text = None if password is None else f"{password}\n"
        self.world.run(self, self.world.tool, *words, text=text)

    def create(self, person):
        password = self.password()
        person.begins("user add", person.state.but(exists=True, password=password))
        self.run("user", "add", person.email, "--verified", "--password-stdin", password=password)
        person.answered()

    def set_password(self, person):
        new = self.password()
        person.begins("user set-password", person.state.without_sessions().but(password=new))
        self.run("user", "set-password", person.email, "--password-stdin", password=new)
        person.answered()

    def disable(self, person):
        person.begins("user disable", person.state.without_sessions().but(banned=True))
        self.run("user", "disable", person.email)
        person.answered()

    def enable(self, person):
        person.begins("user enable", person.state.but(banned=False))
        self.run("user", "enable", person.email)
        person.answered()

    def end_sessions(self, person):
        person.begins("session kill", person.state.without_sessions())
        self.run("session", "kill", "--user", person.email, "--yes")
        person.answered()

    def delete(self, person):
        person.begins("user delete", person.state.gone())
        self.run("user", "delete", person.email, "--yes")
        person.answered()


class Login(Operations):
    """Through PAM, which counts in the same store."""

    def step(self):
        if not self.people or not self.people[-1].state.exists:
            self.create(self.new_person())
        else:
            self.log_in(self.people[-1])

    def create(self, person):
        password = self.password()
        person.begins("user add", person.state.but(exists=True, password=password))
        self.world.run(self, self.world.tool, "user", "add", person.email, "--verified", "--password-stdin",
                       text=f"{password}\n")
        person.answered()

    def log_in(self, person):
        """Once wrong, which is counted in the store, and once right, which clears the count."""
        del person.done[1:]
        for password, ends in (("not the password", 1), (person.state.password, 0)):
            person.begins("log in by PAM", person.state)
            self.world.run(self, self.world.pam, "auth", self.world.services, "crash", person.email, password,
                           "1", ends=ends)
            person.answered()
