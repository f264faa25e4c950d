// Settings that change what goes over the wire.

import { bodies, email, password, session, signIn, signUp } from "./common.mjs";

const day = 86_400_000;
const dueAt = (ms) => (s) =>
  s.sql(
    `update session set "expiresAt" = ? where token = ?`,
    new Date(Date.now() + ms).toISOString(),
    s.token("ann"),
  );

export default [
  {
    name: "https, a prefix and a domain",
    settings: { base_url: "https://auth.example.com", cookie_prefix: "shop", cookie_domain: "example.com" },
    steps: [
      signUp("ann", { json: { rememberMe: false } }),
      session("ann"),
      signIn("ann", { differs: "dont-remember-deleted" }),
      {
        does: "the plain name is not looked at",
        get: "/get-session",
        cookie: (s) => `shop.session_token=${encodeURIComponent(s.sign(s.token("ann")))}`,
        is: 200,
      },
      { does: "sign-out", post: "/sign-out", json: {}, as: "ann", is: 200 },
    ],
  },
  {
    name: "a base path of its own",
    settings: { base_url: "http://localhost:3000/login/v1" },
    steps: [
      { does: "ok", get: "/ok", is: 200 },
      { does: "the default path is not served", get: "/api/auth/ok", outside: true, is: 404 },
      signUp("ann"),
      session("ann"),
      { does: "token", get: "/token", as: "ann", is: 200 },
    ],
  },
  {
    name: "sign-up switched off",
    settings: { sign_up: false },
    steps: [
      signUp("ann", { is: [400, "EMAIL_PASSWORD_SIGN_UP_DISABLED"] }),
      ...bodies("/sign-up/email", [["a wrong type", { name: 1 }, 400]]),
      signIn("ann", { is: 401 }),
    ],
  },
  {
    name: "no sign-in at sign-up",
    settings: { auto_sign_in: false, min_password_length: 4, max_password_length: 30 },
    steps: [
      signUp("ann", { json: { password: "four" } }),
      signUp("ann", { does: "a taken address looks the same", json: { image: "x" }, password }),
      ...bodies("/sign-up/email", [
        ["a password of 3", { name: "", email: email("new"), password: "abc" }, [400, "PASSWORD_TOO_SHORT"]],
        [
          "a password of 31",
          { name: "", email: email("new"), password: "a".repeat(31) },
          [400, "PASSWORD_TOO_LONG"],
        ],
      ]),
      signIn("ann", { json: { password: "a".repeat(31) }, is: [400, "PASSWORD_TOO_LONG"] }),
      signIn("ann", { json: { password: "four" } }),
      session("ann"),
    ],
  },
  {
    name: "short sessions, never stale",
    settings: { session_expires_in: 3600, session_update_age: 600, session_fresh_age: 0 },
    steps: [
      signUp("ann"),
      session("ann"),
      session("ann", { does: "not yet due", set: dueAt(3_590_000) }),
      session("ann", { does: "due", set: dueAt(2_900_000) }),
      {
        does: "an old session lists sessions",
        get: "/list-sessions",
        as: "ann",
        set: (s) =>
          s.sql(`update session set "createdAt" = ?`, new Date(Date.now() - 30 * day).toISOString()),
        is: 200,
      },
    ],
  },
  {
    name: "sessions that are never extended",
    settings: { session_refresh: false },
    steps: [signUp("ann"), session("ann", { does: "due, and yet", set: dueAt(2 * day) })],
  },
  {
    name: "sessions extended by POST",
    settings: { session_defer_refresh: true },
    steps: [
      signUp("ann"),
      session("ann", { does: "GET says that nothing is due" }),
      session("ann", { does: "GET says that it is due", set: dueAt(2 * day) }),
      { does: "POST extends", post: "/get-session", json: {}, as: "ann", is: 200 },
      session("ann", { does: "GET afterwards" }),
      { does: "POST without a session", post: "/get-session", json: {}, is: 200 },
      {
        does: "another GET route leaves it alone",
        get: "/list-accounts",
        as: "ann",
        set: dueAt(2 * day),
        is: 200,
      },
    ],
  },
  {
    name: "bearer tokens must be signed",
    settings: { bearer_require_signature: true },
    steps: [
      signUp("ann"),
      { does: "a bare token", get: "/get-session", bearer: (s) => s.token("ann"), is: 200 },
      { does: "a bare token beside a cookie", get: "/get-session", bearer: "x", as: "ann", is: 200 },
      { does: "a signed token", get: "/get-session", bearer: (s) => s.sign(s.token("ann")), is: 200 },
    ],
  },
  {
    name: "addresses through proxies",
    settings: {
      ip_headers: ["x-real-ip", "x-forwarded-for"],
      trusted_proxies: ["10.0.0.0/8", "2001:db8:1::/48"],
    },
    steps: [
      ["203.0.113.9, 10.1.2.3", undefined],
      ["203.0.113.9, 198.51.100.1, 10.1.2.3", undefined],
      ["10.1.1.1, 10.1.2.3", undefined],
      ["junk, 10.1.2.3", undefined],
      ["203.0.113.9, junk, 10.1.2.3", undefined],
      ["203.0.113.9, 2001:db8:1::7", undefined],
      ["203.0.113.9", "192.0.2.1"],
      ["203.0.113.9", "junk"],
      ["", "::1"],
    ].flatMap(([list, real], i) => [
      signUp(`user${i}`, {
        does: `X-Forwarded-For: ${list}; X-Real-IP: ${real}`,
        headers: { "x-forwarded-for": list, ...(real ? { "x-real-ip": real } : {}) },
      }),
      session(`user${i}`),
    ]),
  },
  {
    name: "no addresses kept",
    settings: { ip_tracking: false },
    steps: [signUp("ann", { headers: { "x-forwarded-for": "203.0.113.9" } }), session("ann")],
  },
  {
    name: "unlinking the last account",
    settings: { unlink_last_account: true },
    steps: [
      signUp("ann"),
      {
        does: "list-accounts",
        get: "/list-accounts",
        as: "ann",
        is: 200,
        keep: { account: (list) => list[0].id },
      },
      { does: "an unknown one", post: "/unlink-account", json: { accountId: "unknown" }, as: "ann", is: 400 },
      {
        does: "the last one",
        post: "/unlink-account",
        json: (s) => ({ accountId: s.kept.account }),
        as: "ann",
        is: 200,
      },
      { does: "none is left", get: "/list-accounts", as: "ann", is: 200 },
      signIn("ann", { as: undefined, is: 401 }),
    ],
  },
  {
    name: "columns of the admin and username plugins",
    plugins: ["admin", "username", "jwt", "bearer"],
    steps: [
      signUp("ann", { json: { username: "Ann.Name" } }),
      session("ann"),
      { does: "token", get: "/token", as: "ann", is: 200 },
      { does: "list-sessions", get: "/list-sessions", as: "ann", is: 200 },
      signUp("bob", { does: "without a user name" }),
      signUp("cleo", { json: { username: "cleo_1" } }),
      signUp("dora", { does: "with banned", json: { banned: true } }),
      signUp("dorb", { does: "with both names", json: { username: "Dor_b", displayUsername: "Dör B." } }),
      signUp("dorc", { does: "with a name to show alone", json: { displayUsername: "Dor.C" } }),
      signUp("dord", { does: "with a name to show alone that is no user name", json: { displayUsername: "Dör D" } }),
      signUp("dore", { does: "with an empty name to show", json: { username: "Dor_e", displayUsername: "" } }),
      signUp("dorf", { does: "with an empty name to show alone", json: { displayUsername: "" } }),
      ...bodies("/sign-up/email", [
        ["a role", { name: "x", email: email("new"), password, role: "admin" }, [400, "FIELD_NOT_ALLOWED"]],
        [
          "a reason for a ban",
          { name: "x", email: email("new"), password, banReason: "x" },
          [400, "FIELD_NOT_ALLOWED"],
        ],
        [
          "a taken user name",
          { name: "x", email: email("new"), password, username: "ann.NAME" },
          [400, "USERNAME_IS_ALREADY_TAKEN"],
        ],
        [
          "a short user name",
          { name: "x", email: email("new"), password, username: "ab" },
          [400, "USERNAME_TOO_SHORT"],
        ],
        [
          "a long user name",
          { name: "x", email: email("new"), password, username: "a".repeat(31) },
          [400, "USERNAME_TOO_LONG"],
        ],
        [
          "a bad user name",
          { name: "x", email: email("new"), password, username: "a b c" },
          [400, "INVALID_USERNAME"],
        ],
        [
          "a name to show alone that is taken",
          { name: "x", email: email("new"), password, displayUsername: "DOR.c" },
          [400, "USERNAME_IS_ALREADY_TAKEN"],
        ],
        [
          "a number to show",
          { name: "x", email: email("num"), password, displayUsername: 123 },
          undefined,
          { differs: "username-type" },
        ],
        [
          "a number as user name",
          { name: "x", email: email("new"), password, username: 123 },
          422,
          { differs: "username-type" },
        ],
      ]),
      ...bodies(
        "/update-user",
        [
          ["a user name", { username: "New.Name" }, 200],
          ["a taken user name", { username: "cleo_1" }, [400, "USERNAME_IS_ALREADY_TAKEN"]],
          ["one's own user name", { username: "new.name" }, 200],
          ["a short user name", { username: "ab" }, [400, "USERNAME_TOO_SHORT"]],
          ["a display name", { displayUsername: "NEW.name" }, 200],
          ["a role", { role: "admin" }, undefined],
          ["banned", { banned: true }, [400, "FIELD_NOT_ALLOWED"]],
          ["banned false", { banned: false }, undefined],
          ["a reason for a ban", { name: "x", banReason: "x" }, [400, "FIELD_NOT_ALLOWED"]],
          ["an end of a ban", { banExpires: "2030-01-01T00:00:00.000Z" }, [400, "FIELD_NOT_ALLOWED"]],
        ],
        { as: "ann" },
      ),
      session("ann", { does: "the profile afterwards" }),
      {
        does: "a banned user",
        post: "/sign-in/email",
        json: { email: email("bob"), password },
        set: (s) => s.sql(`update user set banned = 1, "banReason" = 'x' where email = 'bob@example.com'`),
        is: [403, "BANNED_USER"],
      },
      {
        does: "a banned user with a wrong password",
        post: "/sign-in/email",
        json: { email: email("bob"), password: "wrong password" },
        is: 401,
      },
      {
        does: "a banned user's old session",
        get: "/get-session",
        as: "bob",
        is: 200,
        differs: "ban-ends-sessions",
      },
      {
        does: "a ban that is over",
        post: "/sign-in/email",
        json: { email: email("bob"), password },
        set: (s) =>
          s.sql(
            `update user set "banExpires" = ? where email = 'bob@example.com'`,
            new Date(Date.now() - 1000).toISOString(),
          ),
        is: 200,
      },
    ],
  },
  {
    name: "rate limits",
    settings: { rate_limit: true },
    steps: [1, 2, 3, 4, 5].map((i) => ({
      does: `sign-in number ${i} within ten seconds`,
      post: "/sign-in/email",
      json: {},
      headers: { "x-forwarded-for": "203.0.113.9" },
      is: i > 3 ? 429 : 400,
    })),
  },
];
