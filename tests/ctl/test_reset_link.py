"""Links with which users choose their password, handed over by an administrator."""

import datetime

import ctl

PAGES = ("--set", "base_url=https://example.com/api/auth/", "--set", "pages=true")
SHAPE = r"^https://example\.com/api/auth/reset-password/[a-zA-Z0-9]{24}\?callbackURL=%2Fauth%2Freset-password$"


class ResetLink(ctl.Case):
    def setUp(self):
        super().setUp()
        self.create()

    def rows(self):
        return self.sql('select "identifier", "value", "expiresAt" from "verification"')

    def assert_good(self, user):
        self.assertRegex(user["resetLink"], SHAPE)
        token = user["resetLink"].split("/")[-1].split("?")[0]
        self.assertEqual(self.rows(), [(f"reset-password:{token}", user["id"], user["resetLinkExpiresAt"])])
        return token

    def test_it_is_a_row_of_better_auths_and_lives_as_configured(self):
        made = self.add_user()
        hashed = self.sql('select "password" from "account"')
        user = self.ok_json(*PAGES, "--set", "reset_token_expires_in=10m", "user", "reset-link", "alice@example.com")["user"]
        self.assertEqual(user["id"], made["id"])
        self.assert_good(user)
        left = datetime.datetime.fromisoformat(user["resetLinkExpiresAt"]) - datetime.datetime.now(datetime.timezone.utc)
        self.assertTrue(datetime.timedelta(minutes=8) < left <= datetime.timedelta(minutes=10), left)
        self.assertEqual(self.sql('select "password" from "account"'), hashed)

    def test_who_is_added_with_one_has_no_password(self):
        user = self.ok_json(*PAGES, "user", "add", "bob@example.com", "--reset-link")["user"]
        self.assert_good(user)
        self.assertEqual(self.sql('select count(*) from "account"'), [(0,)])

    def test_it_is_recorded_and_its_token_is_not(self):
        self.add_user()
        token = self.assert_good(self.ok_json(*PAGES, "user", "reset-link", "alice@example.com")["user"])
        events = self.ok("-o", "json", "audit", "list", "--event", "authn_token_created")
        (event,) = events.json["events"]
        self.assertEqual(event["detail"], "reset link, handed over")
        self.assertTrue(event["actor"].startswith("uid "))
        self.assertNotIn(token, events.out)

    def test_it_leads_where_it_is_told_to(self):
        self.add_user()
        link = self.ok_json("--set", "base_url=https://example.com", "user", "reset-link", "alice@example.com",
                            "--page", "https://app.example.com/new")["user"]["resetLink"]
        self.assertRegex(link, r"^https://example\.com/api/auth/reset-password/\w{24}"
                               r"\?callbackURL=https%3A%2F%2Fapp\.example\.com%2Fnew$")

    def test_without_a_way_to_lead_it_nothing_is_written(self):
        self.add_user()
        site = ("--set", "base_url=https://example.com")
        self.fails(2, "--page", *site, "user", "reset-link", "alice@example.com")
        self.fails(2, "--page", *site, "user", "add", "bob@example.com", "--reset-link")
        self.fails(1, "base_url", "--set", "base_url=", "user", "reset-link", "alice@example.com", "--page", "/new")
        self.fails(3, "no such user", *PAGES, "user", "reset-link", "nobody@example.com")
        self.fails(2, "exclude", *PAGES, "user", "add", "bob@example.com", "--reset-link", "--generate")
        self.fails(2, "--reset-link", *PAGES, "user", "add", "bob@example.com", "--generate", "--page", "/new")
        self.assertEqual(self.rows(), [])
        self.assertEqual(self.sql('select count(*) from "user"'), [(1,)])


ctl.main()
