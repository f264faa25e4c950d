// The official client, unmodified, with its jwt part, against sessiond over a loopback port: every method.
// What a browser would do for it, a few lines do here: keep cookies and send Origin (contract.md 10.3).

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { createAuthClient } from "better-auth/client";
import { jwtClient } from "better-auth/client/plugins";
import Database from "better-sqlite3";

import { Jar } from "./http.mjs";
import { eventually, startSessiond, workspace } from "./servers.mjs";

const secret = "0123456789abcdef0123456789ABCDEFxyz!";
const password = "correct horse battery";
const other = "another good password";
const settings = { change_email: true, delete_user: true, delete_user_verification: true };

let space;
let server;
let db;

before(async () => {
  space = workspace();
  const store = `${space.path}/client.db`;
  server = await startSessiond({ directory: space.path, store, settings, secret, tcp: true });
  db = new Database(store);
});

after(async () => {
  db?.close();
  await server?.stop();
  space.done();
});

// A browser: the client in it, and its cookies. origin: that of the page, where a proxy stands before `at`.
function browser(fetchOptions = {}, at = server.origin, origin = at) {
  const jar = new Jar();
  const fetchLikeABrowser = async (url, init) => {
    const headers = new Headers(init.headers);
    headers.set("origin", origin);
    if (jar.header()) headers.set("cookie", jar.header());
    const response = await fetch(url, { ...init, headers, redirect: "manual" });
    jar.take({ headers: response.headers.getSetCookie().map((line) => ["set-cookie", line]) });
    return response;
  };
  const client = createAuthClient({
    baseURL: at,
    plugins: [jwtClient()],
    fetchOptions: { customFetchImpl: fetchLikeABrowser, ...fetchOptions },
  });
  return { jar, client };
}

// The data of a call that must succeed.
async function ok(call) {
  const { data, error } = await call;
  assert.equal(error, null, JSON.stringify(error));
  return data;
}

// The error of a call that must not.
async function refused(call, status, code) {
  const { data, error } = await call;
  assert.equal(data, null);
  assert.deepEqual([error.status, error.code], [status, code], JSON.stringify(error));
  return error;
}

async function signedUp(name) {
  const { jar, client } = browser();
  const email = `${name}@example.com`;
  const data = await ok(client.signUp.email({ name, email, password }));
  return { jar, client, email, data };
}

async function mailedToken(path) {
  const [{ url }] = await server.mails.take(1);
  const at = new URL(url);
  assert.equal(at.origin, server.origin);
  return path === undefined ? at.searchParams.get("token") : at.pathname.split(path)[1];
}

describe("signing in and out", () => {
  test("sign-up signs in, and the client reads dates", async () => {
    const { client, data } = await signedUp("ann");
    assert.equal(data.user.email, "ann@example.com");
    assert.ok(data.user.createdAt instanceof Date);
    const session = await ok(client.getSession());
    assert.equal(session.session.token, data.token);
    assert.equal(session.user.id, data.user.id);
    assert.ok(session.session.expiresAt > new Date());
  });

  test("sign-in, sign-out, and null afterwards", async () => {
    const { client, jar } = browser();
    const data = await ok(client.signIn.email({ email: "ann@example.com", password }));
    assert.equal(data.redirect, false);
    assert.equal((await ok(client.getSession())).session.token, data.token);
    assert.equal((await ok(client.signOut())).success, true);
    assert.equal(jar.header(), "");
    assert.equal(await ok(client.getSession()), null);
  });

  test("rememberMe: false reaches the server", async () => {
    const { client, jar } = browser();
    await ok(client.signIn.email({ email: "ann@example.com", password, rememberMe: false }));
    assert.ok(jar.get("better-auth.dont_remember"));
    const { session } = await ok(client.getSession());
    assert.ok(session.expiresAt - Date.now() <= 86_400_000);
  });

  test("refusals come with status, code and message", async () => {
    const { client } = browser();
    const error = await refused(
      client.signIn.email({ email: "ann@example.com", password: "wrong password" }),
      401,
      "INVALID_EMAIL_OR_PASSWORD",
    );
    assert.equal(error.message, "Invalid email or password");
    await refused(client.signIn.email({ email: "ann", password }), 400, "INVALID_EMAIL");
    await refused(
      client.signUp.email({ name: "Ann", email: "ann@example.com", password }),
      422,
      "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL",
    );
    await refused(client.updateUser({ name: "x" }), 401, "UNAUTHORIZED");
  });

  test("with throw, a refusal is thrown", async () => {
    const { client } = browser({ throw: true });
    await assert.rejects(
      client.signIn.email({ email: "ann@example.com", password: "wrong password" }),
      ({ status, error }) => status === 401 && error.code === "INVALID_EMAIL_OR_PASSWORD",
    );
  });

  test("useSession follows sign-in and sign-out", async () => {
    const { client } = browser();
    const until = (wanted) =>
      eventually(
        () => wanted(client.useSession.get().data),
        () => JSON.stringify(client.useSession.get()),
      );
    const stop = client.useSession.subscribe(() => {});
    await ok(client.signIn.email({ email: "ann@example.com", password }));
    await until((data) => data?.user.email === "ann@example.com");
    await ok(client.signOut());
    await until((data) => data === null);
    stop();
  });
});

describe("sessions", () => {
  test("list, revoke one, the others, all", async () => {
    const { client, email, data } = await signedUp("bob");
    const [second, third] = [browser(), browser()];
    const { token } = await ok(second.client.signIn.email({ email, password }));
    await ok(third.client.signIn.email({ email, password }));
    assert.equal((await ok(client.listSessions())).length, 3);

    assert.equal((await ok(client.revokeSession({ token }))).status, true);
    assert.equal(await ok(second.client.getSession()), null);
    assert.equal((await ok(client.revokeOtherSessions())).status, true);
    assert.equal(await ok(third.client.getSession()), null);
    const left = await ok(client.listSessions());
    assert.deepEqual(
      left.map((session) => session.token),
      [data.token],
    );
    assert.equal((await ok(client.revokeSessions())).status, true);
    assert.equal(await ok(client.getSession()), null);
  });

  test("update-session has no field to update", async () => {
    const { client } = await signedUp("cleo");
    const { error } = await client.updateSession({ colour: "red" });
    assert.deepEqual([error.status, error.message], [400, "No fields to update"]);
  });

  test("the session token as bearer, from set-auth-token", async () => {
    let token;
    const first = browser({
      onSuccess: ({ response }) => {
        token = response.headers.get("set-auth-token") ?? token;
      },
    });
    await ok(first.client.signIn.email({ email: "ann@example.com", password }));
    assert.match(token, /^[A-Za-z0-9]{32}\.[A-Za-z0-9+/]{43}=$/);
    for (const bearer of [token, token.split(".")[0]]) {
      const api = createAuthClient({
        baseURL: server.origin,
        plugins: [jwtClient()],
        fetchOptions: { auth: { type: "Bearer", token: bearer } },
      });
      assert.equal((await ok(api.getSession())).user.email, "ann@example.com");
      assert.equal((await ok(api.updateUser({ name: "Ann" }))).status, true);
      assert.ok((await ok(api.token())).token);
    }
  });
});

describe("the user", () => {
  test("update-user", async () => {
    const { client } = await signedUp("dora");
    await ok(client.updateUser({ name: "Dora D", image: "https://x.test/d.png" }));
    const { user } = await ok(client.getSession());
    assert.deepEqual([user.name, user.image], ["Dora D", "https://x.test/d.png"]);
  });

  test("change-password and verify-password", async () => {
    const { client, email, data } = await signedUp("eve");
    const changed = await ok(
      client.changePassword({
        currentPassword: password,
        newPassword: other,
        revokeOtherSessions: true,
      }),
    );
    assert.notEqual(changed.token, data.token);
    assert.equal((await ok(client.getSession())).session.token, changed.token);
    assert.equal((await ok(client.verifyPassword({ password: other }))).status, true);
    await refused(client.verifyPassword({ password }), 400, "INVALID_PASSWORD");
    await refused(browser().client.signIn.email({ email, password }), 401, "INVALID_EMAIL_OR_PASSWORD");
    await ok(browser().client.signIn.email({ email, password: other }));
  });

  test("change-email, by a link to the new address", async () => {
    const { client } = await signedUp("fay");
    assert.equal((await ok(client.changeEmail({ newEmail: "fay.new@example.com" }))).status, true);
    const token = await mailedToken();
    assert.equal((await ok(client.verifyEmail({ query: { token } }))).status, true);
    assert.equal((await ok(client.getSession())).user.email, "fay.new@example.com");
  });

  test("delete-user, by a link", async () => {
    const { client, email } = await signedUp("gus");
    assert.equal((await ok(client.deleteUser())).message, "Verification email sent");
    const token = await mailedToken();
    const done = await ok(client.deleteUser.callback({ query: { token } }));
    assert.equal(done.message, "User deleted");
    assert.equal(await ok(client.getSession()), null);
    await refused(client.signIn.email({ email, password }), 401, "INVALID_EMAIL_OR_PASSWORD");
  });

  test("delete-user with a token", async () => {
    const { client } = await signedUp("hal");
    await ok(client.deleteUser({ callbackURL: "/bye" }));
    const token = await mailedToken();
    assert.equal((await ok(client.deleteUser({ token }))).success, true);
  });
});

describe("mails", () => {
  test("password reset, with the token in the body and in the query", async () => {
    const { email } = await signedUp("ida");
    const { client } = browser();
    await ok(client.requestPasswordReset({ email, redirectTo: "/reset" }));
    const token = await mailedToken("/reset-password/");
    const link = await client.$fetch(`/reset-password/${token}`, { query: { callbackURL: "/reset" } });
    assert.equal(link.error.status, 302);
    assert.equal((await ok(client.resetPassword({ newPassword: other, token }))).status, true);
    await refused(client.resetPassword({ newPassword: other, token }), 400, "INVALID_TOKEN");
    await ok(client.signIn.email({ email, password: other }));

    await ok(client.requestPasswordReset({ email }));
    const query = { token: await mailedToken("/reset-password/") };
    assert.equal((await ok(client.resetPassword({ newPassword: password, query }))).status, true);
    await ok(client.signIn.email({ email, password }));
  });

  test("e-mail verification", async () => {
    const { client, email } = await signedUp("jim");
    assert.equal((await ok(client.sendVerificationEmail({ email, callbackURL: "/" }))).status, true);
    const token = await mailedToken();
    await refused(client.verifyEmail({ query: { token: `${token}x` } }), 401, "INVALID_TOKEN");
    assert.equal((await ok(client.verifyEmail({ query: { token } }))).status, true);
    assert.equal((await ok(client.getSession())).user.emailVerified, true);
    await refused(client.sendVerificationEmail({ email }), 400, "EMAIL_ALREADY_VERIFIED");
  });
});

describe("accounts", () => {
  test("list, unlink, information, provider tokens", async () => {
    const { client, data } = await signedUp("kim");
    const accounts = await ok(client.listAccounts());
    assert.deepEqual(
      accounts.map(({ providerId, accountId, scopes }) => ({ providerId, accountId, scopes })),
      [{ providerId: "credential", accountId: data.user.id, scopes: [] }],
    );
    const accountId = accounts[0].id;
    await refused(client.unlinkAccount({ accountId }), 400, "FAILED_TO_UNLINK_LAST_ACCOUNT");
    db.prepare(
      `insert into account (id, "accountId", "providerId", "userId", "createdAt", "updatedAt")
        select 'linked', '7', 'github', "userId", "createdAt", "updatedAt" from account where id = ?`,
    ).run(accountId);
    await refused(client.accountInfo({ query: { accountId: "linked" } }), 400, "PROVIDER_NOT_CONFIGURED");
    await refused(client.getAccessToken({ accountId: "linked" }), 400, "PROVIDER_NOT_SUPPORTED");
    await refused(client.refreshToken({ accountId: "linked" }), 400, "PROVIDER_NOT_SUPPORTED");
    assert.equal((await ok(client.unlinkAccount({ accountId: "linked" }))).status, true);
    assert.equal((await ok(client.listAccounts())).length, 1);
  });

  test("no social providers", async () => {
    const { client } = await signedUp("lea");
    await refused(client.signIn.social({ provider: "github" }), 404, "PROVIDER_NOT_FOUND");
    await refused(client.linkSocial({ provider: "github" }), 404, "PROVIDER_NOT_FOUND");
  });
});

describe("the rest", () => {
  test("ok and error", async () => {
    const { client } = browser();
    assert.deepEqual(await ok(client.ok()), { ok: true });
    const page = await client.$fetch("/error", { query: { error: "INVALID_TOKEN" } });
    assert.match(String(page.data), /INVALID_TOKEN/);
  });

  test("token and jwks; the header beside the session", async () => {
    let header;
    const { client } = browser({
      onSuccess: ({ response }) => {
        header = response.headers.get("set-auth-jwt") ?? header;
      },
    });
    await ok(client.signIn.email({ email: "ann@example.com", password }));
    const { token } = await ok(client.token());
    await ok(client.getSession());
    const { keys } = await ok(client.jwks());
    for (const jwt of [token, header]) {
      const { kid } = JSON.parse(Buffer.from(jwt.split(".")[0], "base64url"));
      assert.ok(keys.some((key) => key.kid === kid));
    }
  });
});

describe("profile = hardened", () => {
  test("the client works unchanged with __Host- cookies", async () => {
    const own = workspace();
    const origin = "https://auth.example.com";
    const hardened = await startSessiond({
      directory: own.path,
      store: `${own.path}/hardened.db`,
      settings: { profile: "hardened", base_url: origin },
      secret,
      tcp: true,
    });
    try {
      const { jar, client } = browser({}, hardened.origin, origin);
      const email = "ann@example.com";
      const data = await ok(client.signUp.email({ name: "Ann", email, password }));
      assert.ok(jar.get("__Host-better-auth.session_token"));
      assert.equal(jar.header().split("; ").every((c) => c.startsWith("__Host-")), true, jar.header());
      assert.equal((await ok(client.getSession())).session.token, data.token);
      assert.match((await ok(client.token())).token, /^[\w-]+\.[\w-]+\.[\w-]+$/);
      await ok(client.signOut());
      assert.equal(jar.header(), "");
      assert.equal(await ok(client.getSession()), null);
      assert.equal((await ok(client.signIn.email({ email, password }))).user.email, email);
      assert.ok(await ok(client.getSession()));
    } finally {
      await hardened.stop();
      own.done();
    }
  });
});
