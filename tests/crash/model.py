"""What must be true of a person after a crash.

An operation takes a person from one state to another. Once it was answered, the second holds; while it
was not, either may, whole: nothing between.
"""

import copy
from dataclasses import dataclass, field


@dataclass
class State:
    exists: bool = False
    password: str = ""
    banned: bool = False
    live: frozenset = frozenset()  # tokens of sessions
    unknown: int = 0  # live sessions whose tokens nobody was told
    apps: frozenset = frozenset()  # ids of app passwords
    unknown_apps: int = 0

    def but(self, **changes):
        changed = copy.copy(self)
        for name, value in changes.items():
            setattr(changed, name, value)
        return changed

    def without_sessions(self, keep=()):
        return self.but(live=self.live & frozenset(keep), unknown=0)

    def gone(self):
        return State()


@dataclass
class Person:
    email: str
    state: State = field(default_factory=State)
    after: State | None = None  # of an operation that was not answered
    in_doubt: bool = False  # something happened since it was last looked at
    tokens: set = field(default_factory=set)  # of sessions, every one ever given
    passwords: set = field(default_factory=set)  # the last few
    apps: set = field(default_factory=set)  # ids of app passwords, every one ever given
    spent: set = field(default_factory=set)  # reset tokens that were used
    mails: int = 0
    done: list = field(default_factory=list)  # for the message, when something is wrong

    def begins(self, what, after):
        self.done.append(what)
        self.after = after
        self.in_doubt = True
        self.passwords |= {s.password for s in self.candidates() if s.exists}

    def answered(self, **known):
        """The operation's answer has come, with what only it could say."""
        self.state = self.after.but(**known)
        self.tokens |= self.state.live
        self.apps |= self.state.apps
        self.after = None
        self.done[-1] += ", answered"

    def candidates(self):
        return [self.state] if self.after is None else [self.state, self.after]

    def settle(self, seen):
        """Which of the two it was; an error if it was neither."""
        for state in self.candidates():
            if state == seen:
                self.state, self.after, self.in_doubt = state, None, False
                self.passwords = {state.password} if state.exists else set()
                return
        raise AssertionError(
            f"{self.email} is in no state that it may be in.\nseen:  {seen}\n"
            + "\n".join(f"or:    {s}" for s in self.candidates())
            + "\nafter: " + "; ".join(self.done))
