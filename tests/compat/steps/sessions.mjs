// Sessions: who is asking, by cookie or bearer token; extension; lists and revocation.

import { bodies, password, refusal, session, signIn, signUp } from "./common.mjs";

const day = 86_400_000;
const ago = (ms) => new Date(Date.now() - ms).toISOString();
const later = (ms) => new Date(Date.now() + ms).toISOString();
const name = "better-auth.session_token";
const withCookie = (does, cookie, more = {}) => ({ does, get: "/get-session", cookie, is: 200, ...more });
const raw = (side) => side.token("ann");
const mac = (side) => side.sign(raw(side));

export default {
  name: "sessions",
  steps: [
    session(undefined, { does: "nobody asks for the session" }),
    signUp("ann"),
    session("ann"),
    ...[
      "disableRefresh=true",
      "disableRefresh=false",
      "disableRefresh=",
      "disableCookieCache=true",
      "disableRefresh=1&disableRefresh=2",
      "unknown=1",
      "disableCookieCache=%zz",
    ].map((query) => ({ does: `get-session with ${query}`, get: `/get-session?${query}`, as: "ann" })),
    withCookie("a cookie that is not percent-encoded", (s) => `${name}=${mac(s)}`),
    withCookie("a cookie in quotes", (s) => `${name}="${encodeURIComponent(mac(s))}"`),
    withCookie("a cookie among others", (s) => `a=b; ${name}=${encodeURIComponent(mac(s))}; c="d"`),
    withCookie("blanks around the pair", (s) => `a=b;   ${name} = ${encodeURIComponent(mac(s))}  `),
    withCookie(
      "the same cookie twice, a good one first",
      (s) => `${name}=${encodeURIComponent(mac(s))}; ${name}=x.y`,
    ),
    withCookie(
      "the same cookie twice, a bad one first",
      (s) => `${name}=x.y; ${name}=${encodeURIComponent(mac(s))}`,
    ),
    withCookie(
      "a wrong signature",
      (s) => `${name}=${encodeURIComponent(mac(s).replace(/.{5}=$/, "AAAAA="))}`,
    ),
    withCookie("a short signature", (s) => `${name}=${raw(s)}.abc`),
    withCookie("no signature", (s) => `${name}=${raw(s)}`),
    withCookie("an empty cookie", `${name}=`),
    withCookie("a cookie that is one dot", `${name}=.`),
    withCookie("a bad escape", `${name}=%zz.%`),
    withCookie(
      "a right signature under nothing that exists",
      (s) => `${name}=${encodeURIComponent(s.sign("n".repeat(32)))}`,
    ),
    withCookie(
      "a right signature under something odd",
      (s) => `${name}=${encodeURIComponent(s.sign("a.b.c"))}`,
    ),
    withCookie("another prefix", (s) => `other.session_token=${encodeURIComponent(mac(s))}`),
    withCookie("the secure name", (s) => `__Secure-${name}=${encodeURIComponent(mac(s))}`),
    withCookie(
      "a cookie cache, which is off",
      (s) =>
        `${name}=${encodeURIComponent(mac(s))}; better-auth.session_data=abc; better-auth.session_data.1=x`,
    ),
    withCookie("a cookie cache without a session", "better-auth.session_data=abc"),
    {
      does: "POST get-session",
      post: "/get-session",
      json: {},
      as: "ann",
      is: [405, "METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED"],
    },
    {
      does: "POST get-session with an odd body",
      post: "/get-session",
      body: "<x/>",
      type: "text/xml",
      is: 415,
      differs: "get-session-body",
    },
    {
      does: "POST get-session with broken JSON",
      post: "/get-session",
      body: "{",
      is: 400,
      differs: "get-session-body",
    },

    { does: "a bare bearer token", get: "/get-session", bearer: raw, is: 200 },
    { does: "a signed bearer token", get: "/get-session", bearer: mac, is: 200 },
    {
      does: "a signed bearer token, percent-encoded",
      get: "/get-session",
      bearer: (s) => encodeURIComponent(mac(s)),
      is: 200,
    },
    {
      does: "a bearer token with a wrong signature",
      get: "/get-session",
      bearer: (s) => `${raw(s)}.AAAA`,
      is: 200,
    },
    {
      does: "a wrong bearer signature beside a good cookie",
      get: "/get-session",
      bearer: (s) => `${raw(s)}.AAAA`,
      as: "ann",
      is: 200,
    },
    {
      does: "an unknown bearer token beside a good cookie",
      get: "/get-session",
      bearer: "unknown",
      cookie: (s) => `${name}=${encodeURIComponent(mac(s))}`,
      is: 200,
    },
    {
      does: "a bearer signature in URL alphabet without padding",
      get: "/get-session",
      bearer: (s) =>
        `${raw(s)}.${mac(s).split(".")[1].replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "")}`,
      is: 200,
    },
    {
      does: "lower-case bearer",
      get: "/get-session",
      headers: (s) => ({ authorization: `bearer   ${raw(s)}  ` }),
      is: 200,
    },
    {
      does: "an empty bearer token",
      get: "/get-session",
      headers: { authorization: "Bearer " },
      as: "ann",
      is: 200,
    },
    {
      does: "another scheme",
      get: "/get-session",
      headers: { authorization: "Basic YTpi" },
      as: "ann",
      is: 200,
    },
    { does: "list-sessions by bearer token", get: "/list-sessions", bearer: raw, is: 200 },
    {
      does: "update-user by bearer token, from an evil origin",
      post: "/update-user",
      json: { name: "Ann B" },
      bearer: raw,
      origin: "https://evil.test",
      is: 200,
    },
    { does: "sign-out by an unknown bearer token", post: "/sign-out", json: {}, bearer: "unknown", is: 200 },

    { does: "list-sessions without a session", get: "/list-sessions", is: [401, "UNAUTHORIZED"] },
    {
      does: "list-sessions with a dead session",
      get: "/list-sessions",
      cookie: (s) => `${name}=${encodeURIComponent(s.sign("n".repeat(32)))}`,
      is: 401,
    },
    { does: "list-sessions with one", get: "/list-sessions", as: "ann", is: 200 },
    signIn("ann", { as: "second", headers: { "user-agent": "second" } }),
    signIn("ann", { as: "third", headers: { "user-agent": "third" } }),
    signUp("bob"),
    {
      does: "list-sessions with three",
      get: "/list-sessions",
      as: "ann",
      is: 200,
      differs: "list-sessions-order",
    },
    ...bodies(
      "/revoke-session",
      [
        ["no token", {}, [400, refusal]],
        ["a number", { token: 1 }, [400, refusal]],
        ["null", { token: null }, [400, refusal]],
        ["no body", undefined, [400, refusal]],
        ["an unknown token", { token: "unknown" }, 200],
        ["an empty token", { token: "" }, undefined],
        ["somebody else's token", (s) => ({ token: s.token("bob") }), 200],
      ],
      { as: "ann" },
    ),
    session("bob", { does: "who was not revoked is still there" }),
    {
      does: "revoke-session without a session",
      post: "/revoke-session",
      json: { token: "x" },
      is: [401, "UNAUTHORIZED"],
    },
    { does: "revoke-session without a session or a body", post: "/revoke-session", is: [400, refusal] },
    {
      does: "revoke-session of another session",
      post: "/revoke-session",
      json: (s) => ({ token: s.token("second") }),
      as: "ann",
      is: 200,
    },
    session("second", { does: "a revoked session is gone" }),
    {
      does: "revoke-session of the current session",
      post: "/revoke-session",
      json: (s) => ({ token: s.token("third") }),
      as: "third",
      is: 200,
      differs: "revoked-cookies-deleted",
    },
    signIn("ann", { as: "second" }),
    { does: "revoke-other-sessions", post: "/revoke-other-sessions", json: {}, as: "ann", is: 200 },
    session("second", { does: "another session is gone" }),
    session("ann", { does: "the current session is not" }),
    { does: "revoke-other-sessions without a session", post: "/revoke-other-sessions", json: {}, is: 401 },
    { does: "revoke-other-sessions without a body", post: "/revoke-other-sessions", as: "ann" },
    signIn("ann", { as: "second" }),
    {
      does: "revoke-sessions",
      post: "/revoke-sessions",
      json: {},
      as: "ann",
      is: 200,
      differs: "revoked-cookies-deleted",
    },
    session("second", { does: "the other session is gone" }),
    session("ann", { does: "and so is the current one", differs: "revoked-cookies-deleted" }),
    { does: "revoke-sessions without a session", post: "/revoke-sessions", json: {}, is: 401 },

    signIn("ann"),
    ...bodies(
      "/update-session",
      [
        ["nothing", {}, 400],
        ["a core field", { expiresAt: later(day), token: "mine", userId: "x" }, 400],
        ["an unknown field", { colour: "red" }, 400],
        ["an array", [], [400, refusal]],
        ["no body", undefined, [400, refusal]],
      ],
      { as: "ann" },
    ),
    { does: "update-session without a session", post: "/update-session", json: {}, is: 401 },

    session("ann", {
      does: "a session that is due is extended",
      set: (s) =>
        s.sql(
          `update session set "expiresAt" = ?, "updatedAt" = ? where token = ?`,
          later(5 * day),
          ago(2 * day),
          s.token("ann"),
        ),
    }),
    session("ann", { does: "and then shows so" }),
    {
      does: "disableRefresh keeps a due session as it is",
      get: "/get-session?disableRefresh=true",
      as: "ann",
      set: (s) => s.sql(`update session set "expiresAt" = ? where token = ?`, later(5 * day), s.token("ann")),
      is: 200,
    },
    { does: "another route extends it, too", get: "/list-accounts", as: "ann", is: 200 },
    {
      does: "a stale session lists no sessions",
      get: "/list-sessions",
      as: "ann",
      set: (s) => s.sql(`update session set "createdAt" = ? where token = ?`, ago(day), s.token("ann")),
      is: [403, "SESSION_NOT_FRESH"],
    },
    {
      does: "a stale session unlinks no account",
      post: "/unlink-account",
      json: { accountId: "x" },
      as: "ann",
      is: [403, "SESSION_NOT_FRESH"],
    },
    { does: "a stale session revokes", post: "/revoke-session", json: { token: "x" }, as: "ann", is: 200 },
    session("ann", {
      does: "an expired session",
      differs: "expired-jwt",
      set: (s) => s.sql(`update session set "expiresAt" = ? where token = ?`, ago(1000), s.token("ann")),
    }),
    signIn("ann", { json: { rememberMe: false } }),
    session("ann", { does: "a session that is not remembered is not extended" }),
    session("ann", {
      does: "once its dont_remember cookie is lost, it is",
      differs: "short-sessions-stay-short",
      set: (s) => s.jar("ann").delete("better-auth.dont_remember"),
    }),
    {
      does: "a user who is gone",
      get: "/get-session",
      as: "bob",
      set: (s) => s.sql(`delete from user where email = 'bob@example.com'`),
      is: 200,
    },
    {
      does: "sign-in of a user who is gone",
      post: "/sign-in/email",
      json: { email: "bob@example.com", password },
      is: 401,
    },
  ],
};
