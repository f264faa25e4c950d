// A session that the real Better Auth ends, on the store that sessiond serves, is gone for sessiond: a
// thousand validations of each way are in flight meanwhile, and of those sent after Better Auth has
// answered none succeeds. SESSIOND names the program under test.

import assert from "node:assert";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { betterAuth } from "better-auth";
import { admin, bearer } from "better-auth/plugins";
import Database from "better-sqlite3";

const validations = 1000;
const origin = "http://localhost:8787";
const secret = randomBytes(33).toString("base64");
const directory = mkdtempSync(join(tmpdir(), "revoke-"));
const socketPath = join(directory, "api.sock");
const store = join(directory, "webauth.db");
const agent = new Agent({ keepAlive: true, maxSockets: 16 });

function ask(method, path, headers = {}, body = undefined) {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, agent, method, path, headers }, (answer) => {
      const chunks = [];
      answer.on("data", (chunk) => chunks.push(chunk));
      answer.on("end", () =>
        resolve({
          status: answer.statusCode,
          headers: answer.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

const json = { "Content-Type": "application/json" };
const account = { email: "ann@example.com", password: "correct horse battery" };

async function signIn() {
  const answer = await ask("POST", "/api/auth/sign-in/email", json, JSON.stringify(account));
  assert.strictEqual(answer.status, 200, answer.body);
  const { token } = JSON.parse(answer.body);
  const headers = { Authorization: `Bearer ${token}` };
  const jwt = JSON.parse((await ask("GET", "/api/auth/token", headers)).body).token;
  return { token, jwt, headers };
}

function ways({ token, jwt }) {
  const form = { "Content-Type": "application/x-www-form-urlencoded" };
  const as = (text) => ({ Authorization: `Bearer ${text}` });
  const introspect = async (text) =>
    JSON.parse((await ask("POST", "/api/webauth/introspect", form, `token=${text}`)).body).active;
  const verify = async (text) => (await ask("GET", "/api/webauth/verify", as(text))).status === 204;
  return {
    "get-session": async () =>
      (await ask("GET", "/api/auth/get-session", as(token))).body !== "null",
    "verify, session token": () => verify(token),
    "verify, JWT": () => verify(jwt),
    "introspect, session token": () => introspect(token),
    "introspect, JWT": () => introspect(jwt),
  };
}

async function race(session, revoke) {
  let revoked = false;
  const racing = Object.entries(ways(session)).map(async ([name, validate]) => {
    let before = 0;
    let after = 0;
    while (after < validations) {
      const sentAfter = revoked;
      const good = await validate();
      assert.ok(!(sentAfter && good), `${name}: good after the revocation was answered`);
      if (sentAfter) after++;
      else if (good) before++;
    }
    assert.ok(before > 0, `${name}: was never good`);
  });
  for (const validate of Object.values(ways(session))) assert.ok(await validate());
  await revoke();
  revoked = true;
  await Promise.all(racing);
}

test("sessions that Better Auth ends", async (t) => {
  const secretFile = join(directory, "secret");
  writeFileSync(secretFile, secret, { mode: 0o600 });
  const options = { store: `sqlite:${store}`, listen: `unix:${socketPath}`, base_url: origin };
  const words = Object.entries({
    ...options,
    secret_file: secretFile,
    rate_limit: false,
    password_scheme: "scrypt",
    log_level: "warning",
  }).flatMap(([key, value]) => ["-o", `${key}=${value}`]);
  const sessiond = spawn(process.env.SESSIOND, ["-f", "none", ...words], { stdio: "inherit" });
  const ended = new Promise((resolve) => sessiond.on("exit", resolve));
  t.after(async () => {
    agent.destroy();
    sessiond.kill("SIGTERM");
    await ended;
    rmSync(directory, { recursive: true, force: true });
  });
  while (!(await ask("GET", "/api/auth/ok").catch(() => undefined))) {
    assert.strictEqual(sessiond.exitCode, null, "sessiond did not start");
    await pause(5);
  }
  const signedUp = await ask(
    "POST",
    "/api/auth/sign-up/email",
    json,
    JSON.stringify({ name: "Ann", ...account }),
  );
  assert.strictEqual(signedUp.status, 200, signedUp.body);
  const userId = JSON.parse(signedUp.body).user.id;

  const database = new Database(store, { fileMustExist: true });
  t.after(() => database.close());
  const auth = betterAuth({
    database,
    secret,
    baseURL: origin,
    telemetry: { enabled: false },
    emailAndPassword: { enabled: true },
    plugins: [admin(), bearer()],
  });
  const api = async (path, { headers }, body = {}) => {
    const answer = await auth.handler(
      new Request(`${origin}/api/auth${path}`, {
        method: "POST",
        headers: { ...json, ...headers },
        body: JSON.stringify(body),
      }),
    );
    assert.strictEqual(answer.status, 200, await answer.text());
  };

  await t.test("by signing out", async () => {
    const session = await signIn();
    await race(session, () => api("/sign-out", session));
  });
  await t.test("by revoking it from another session", async () => {
    const [session, other] = [await signIn(), await signIn()];
    await race(session, () => api("/revoke-session", other, { token: session.token }));
  });
  await t.test("by a password change", async () => {
    const [session, other] = [await signIn(), await signIn()];
    const newPassword = "another horse battery";
    await race(session, () =>
      api("/change-password", other, {
        currentPassword: account.password,
        newPassword,
        revokeOtherSessions: true,
      }),
    );
    account.password = newPassword;
  });
  await t.test("by a ban", async () => {
    const session = await signIn();
    database.prepare('UPDATE "user" SET role = ? WHERE id = ?').run("admin", userId);
    const boss = await signIn();
    // A user cannot ban themselves; somebody else is banned by this one.
    const other = await ask(
      "POST",
      "/api/auth/sign-up/email",
      json,
      JSON.stringify({ name: "Ben", email: "ben@example.com", password: account.password }),
    );
    const { token, user } = JSON.parse(other.body);
    const headers = { Authorization: `Bearer ${token}` };
    const jwt = JSON.parse((await ask("GET", "/api/auth/token", headers)).body).token;
    await race({ token, jwt }, () => api("/admin/ban-user", boss, { userId: user.id }));
    assert.ok(await ways(session)["verify, JWT"]());
  });
});
