"""Every route there is, read from the sources: what none of them does."""

import contextlib
import os
import re
import sqlite3
import tempfile
import unittest
from pathlib import Path

from harness import Case
from mailbag import Mailbox

ROUTES = Path(__file__).resolve().parents[2] / "sessiond/routes/route.c"
ROUTE = re.compile(r"\.method = HTTP_(\w+),\s*(?:\.space = (\w+),\s*)?\.path = \"([^\"]+)\"")
SPACES = {"": "/api/auth", "ROUTE_WEBAUTH": "/api/webauth", "ROUTE_ROOT": ""}

RIGHT = "correct horse battery"
OTHERS = "another horse, another battery"
ORIGIN = {"Origin": "http://localhost:8787"}


def routes(method):
    found = [(SPACES[space] + path) for m, space, path in ROUTE.findall(ROUTES.read_text()) if m == method]
    assert len(found) > 10, found
    return found


class Sweep(Case):
    def setUp(self):
        folder = self.enterContext(tempfile.TemporaryDirectory(prefix="webauth-sweep-"))
        self.d = self.daemon({**Mailbox(folder).options, "delete_user": "true", "pages": "true"})
        self.ann = self.signed_up("ann@example.com", RIGHT)
        self.bob = self.signed_up("bob@example.com", OTHERS)

    def signed_up(self, email, password):
        r = self.d.sign_up(email, password)
        who = {**self.d.cookie_header(r), **ORIGIN}
        made = self.d.request("POST", "/api/webauth/app-passwords", who, {"name": "phone"}).json()
        self.d.post("/request-password-reset", {"email": email})
        ((reset,),) = self.d.sql("""select substr("identifier", 16) from "verification" v join "user" u
            on u."id" = v."value" where u."email" = ? and "identifier" like 'reset-password:%'""", email)
        return {
            "headers": who, "email": email, "password": password, "id": r.json()["user"]["id"],
            "token": r.json()["token"], "app": made["id"], "secret": made["appPassword"], "reset": reset,
            "account": self.d.get("/list-accounts", who).json()[0]["id"],
            "jwt": self.d.get("/token", who).json()["token"],
        }

    def everything(self):
        """The store as text; mails go out when they like."""
        with contextlib.closing(sqlite3.connect(self.d.store)) as db:
            return [line for line in db.iterdump() if '"webauth_outbox"' not in line]

    def of_ann(self):
        """Every row that names her."""
        return [line for line in self.everything() if self.ann["id"] in line]

    def test_a_get_changes_nothing(self):
        before = self.everything()
        for path in routes("GET"):
            for who in ({}, self.ann["headers"]):
                for query in ("", f"?token={self.ann['reset']}&callbackURL=/x&accountId={self.ann['account']}"):
                    # A link that was mailed is a proof; here no path holds one.
                    target = path.replace(":token", "x" * 24).replace(":id", "x")
                    r = self.d.request("GET", target + query, who)
                    self.assertLess(r.status, 500, target)
                    self.assertEqual(self.everything(), before, target + query)

    def test_nobody_reaches_what_is_somebody_elses(self):
        a, b = self.ann, self.bob
        before = self.of_ann()
        # Everything that names or could name her, with what is Bob's to give.
        named = [
            {"userId": a["id"], "id": a["app"], "token": a["token"], "accountId": a["account"]},
            {"userId": a["id"], "id": a["id"], "token": a["id"], "accountId": a["id"]},
            {"user": {"id": a["id"]}, "id": a["token"], "sessionToken": a["token"], "accountId": "credential"},
        ]
        fields = {
            "password": b["password"], "currentPassword": b["password"], "newPassword": b["password"],
            "name": "Mallory", "providerId": "credential", "callbackURL": "/", "revokeOtherSessions": False,
            "newEmail": a["email"], "email": b["email"], "expiresIn": 60,
        }
        last = ("/api/auth/revoke-sessions", "/api/auth/sign-out", "/api/auth/delete-user")
        for path in sorted(routes("POST"), key=lambda p: p in last):
            for ids in named:
                for query in ("", f"?userId={a['id']}&id={a['app']}&accountId={a['account']}"):
                    headers = b["headers"]
                    if path in last:
                        headers = {**self.d.cookie_header(self.d.sign_in(b["email"], b["password"])), **ORIGIN} \
                            if path != "/api/auth/delete-user" else b["headers"]
                    r = self.d.request("POST", path.replace(":id", a["id"]) + query, headers, {**fields, **ids})
                    self.assertLess(r.status, 500, path)
                    for secret in ("token", "jwt", "secret", "reset"):
                        self.assertNotIn(a[secret].encode(), r.body, path)
                    self.assertEqual(self.of_ann(), before, (path, ids, r.status))
        self.assertEqual(self.d.get("/get-session", a["headers"]).json()["user"]["id"], a["id"])

    def test_no_secret_is_told_to_the_log_the_process_list_or_a_url(self):
        self.d.sign_in("ann@example.com", "a wrong horse")
        said = []
        for method in ("GET", "POST"):
            for path in routes(method):
                target = path.replace(":token", self.ann["reset"]).replace(":id", "x")
                body = {"email": "ann@example.com", "password": RIGHT, "newPassword": RIGHT, "currentPassword": RIGHT,
                        "token": self.ann["token"]} if method == "POST" else None
                if path in ("/api/auth/sign-out", "/api/auth/delete-user", "/api/auth/revoke-sessions"):
                    continue  # she is needed
                r = self.d.request(method, target, self.ann["headers"], body)
                said.append((path, r.header("location") or ""))
        process = Path(f"/proc/{self.d.process.pid}")
        shown = process.joinpath("cmdline").read_bytes() + process.joinpath("comm").read_bytes()
        self.d.stop()
        log = self.d.log_text()
        for name in ("token", "secret", "reset", "jwt", "password"):
            secret = self.ann[name]
            self.assertNotIn(secret, log, name)
            self.assertNotIn(secret.encode(), shown, name)
            for path, location in said:
                # The mailed link's own token goes on to the page that asks for the new password.
                if not (name == "reset" and path.endswith("/:token")):
                    self.assertNotIn(secret, location, path)
        self.assertNotIn("a wrong horse", log)
        self.assertNotIn(self.d.secret, log + shown.decode())


if __name__ == "__main__":
    unittest.main()
