// Stores that the real Better Auth made, opened by lib/store, and the other way round: both write, and
// neither notices the other.

import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { createHmac, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";

import Database from "better-sqlite3";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { admin, bearer, jwt, twoFactor, username } from "better-auth/plugins";
import { Kysely, SqliteDialect } from "kysely";

const helper = process.env.STORE_NODE;
const secret = randomBytes(32).toString("base64");
const baseURL = "http://localhost:3000";
const password = "correct horse battery";
const ourUser = "ourUser00000000000000000000000001";
const ourToken = "ourToken000000000000000000000001";

const pluginSets = {
  none: () => [],
  jwt: () => [jwt()],
  "admin username jwt bearer twoFactor": () => [admin(), username(), jwt(), bearer(), twoFactor()],
};

function makeAuth(db, plugins) {
  return betterAuth({
    database: db,
    secret,
    baseURL,
    emailAndPassword: { enabled: true, sendResetPassword: async () => {} },
    telemetry: { enabled: false },
    logger: { disabled: true },
    rateLimit: { enabled: false },
    plugins,
  });
}

async function migrate(db, plugins) {
  const { runMigrations } = await getMigrations(makeAuth(db, plugins).options);
  await runMigrations();
}

async function assertNothingToMigrate(db, plugins) {
  const plan = await getMigrations(makeAuth(db, plugins).options);
  for (const part of ["toBeCreated", "toBeAdded", "toBeAddedIndexes", "unsafeChanges", "schemaProblems"])
    assert.deepEqual(plan[part] ?? [], [], part);
}

function store(path, ...args) {
  try {
    return execFileSync(helper, [`sqlite:${path}`, ...args], { encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    throw new Error(error.stderr || error.message);
  }
}

const schemaOf = (db) =>
  db.prepare("select type, name, tbl_name, sql from sqlite_schema order by name").all();

function signed(token) {
  const mac = createHmac("sha256", secret).update(token).digest("base64");
  return `better-auth.session_token=${encodeURIComponent(`${token}.${mac}`)}`;
}

async function request(auth, path, { body, cookie } = {}) {
  const headers = { origin: baseURL };
  if (cookie) headers.cookie = cookie;
  if (body) headers["content-type"] = "application/json";
  const response = await auth.handler(
    new Request(`${baseURL}/api/auth${path}`, {
      method: body ? "POST" : "GET",
      headers,
      body: body && JSON.stringify(body),
    }),
  );
  const text = await response.text();
  return { status: response.status, body: text === "" ? null : JSON.parse(text) };
}

const signIn = (auth, email, pass = password) =>
  request(auth, "/sign-in/email", { body: { email, password: pass } });

// Rows as SQLite has them, spelt as the helper spells them.
function nodeRows(db, table, booleans) {
  return db
    .prepare(`select * from "${table}"`)
    .all()
    .map((row) => {
      for (const name of booleans)
        if (name in row) row[name] = row[name] === null ? null : row[name] === 1;
      return row;
    });
}

const byId = (a, b) => (a.id < b.id ? -1 : 1);

function workspace() {
  const dir = mkdtempSync(join(tmpdir(), "store-node-"));
  const open = [];
  return {
    path: join(dir, "node.db"),
    database(path = join(dir, "node.db")) {
      const db = new Database(path);
      open.push(db);
      return db;
    },
    done() {
      for (const db of open) db.close();
      rmSync(dir, { recursive: true });
    },
  };
}

for (const [name, plugins] of Object.entries(pluginSets)) {
  describe(`a store made by Better Auth with plugins: ${name}`, () => {
    const has = (plugin) => name.split(" ").includes(plugin);
    let space;
    let db;
    let auth;
    let schemaBefore;

    before(async () => {
      space = workspace();
      db = space.database();
      await migrate(db, plugins());
      auth = makeAuth(db, plugins());
      for (const person of ["Älice", "bob"]) {
        const extra = has("username") ? { username: `${person.slice(1)}.Name` } : {};
        const body = { name: person, email: `${person.slice(1)}@Example.com`, password, ...extra };
        assert.equal((await request(auth, "/sign-up/email", { body })).status, 200);
      }
      if (has("jwt")) {
        const me = await signIn(auth, "lice@example.com");
        assert.equal(
          (await request(auth, "/token", { cookie: signed(me.body.token) })).status,
          200,
        );
      }
      schemaBefore = schemaOf(db);
    });

    after(() => space.done());

    test("is refused until it is migrated", () => {
      assert.throws(() => store(space.path, "dump"), /STORE_SCHEMA .*webauthctl store migrate/);
      assert.deepEqual(schemaOf(db), schemaBefore);
    });

    test("gets our tables, jwks where there is none, and nothing else", () => {
      const shape = JSON.parse(store(space.path, "migrate"));
      const all = has("admin");

      assert.deepEqual(shape, {
        origin: "node",
        admin: all,
        impersonation: all,
        username: all,
        twoFactor: all,
        issuer: false,
        plugins: all ? [1, 2, 3] : [0, 0, 0],
      });
      const ours = (row) =>
        row.tbl_name.startsWith("webauth_") || (row.tbl_name === "jwks" && !has("jwt"));
      assert.deepEqual(schemaOf(db).filter((row) => !ours(row)), schemaBefore);
      const tables = schemaOf(db).filter((row) => ours(row) && row.type === "table");
      assert.equal(tables.some((row) => row.name === "jwks"), !has("jwt"));
      assert.ok(tables.some((row) => row.name === "webauth_schema"));
    });

    test("is read as Node wrote it", () => {
      const dump = JSON.parse(store(space.path, "dump"));
      const users = nodeRows(db, "user", ["emailVerified", "banned", "twoFactorEnabled"]);
      const hash = db.prepare(`select password from account where "userId" = ?`).pluck();

      for (const user of users) user.password = hash.get(user.id);
      assert.deepEqual(dump.users.sort(byId), users.sort(byId));
      assert.equal(dump.users.length, 2);
      assert.deepEqual(dump.sessions.sort(byId), nodeRows(db, "session", []).sort(byId));
      assert.deepEqual(dump.keys, nodeRows(db, "jwks", []));
      assert.equal(dump.keys.length, has("jwt") ? 1 : 0);
    });

    test("has nothing to migrate for Node, and a fresh app serves it", async () => {
      const other = space.database();

      await assertNothingToMigrate(other, plugins());
      assert.equal((await signIn(makeAuth(other, plugins()), "ob@example.com")).status, 200);
    });

    test("takes rows of ours that Node then uses", async () => {
      const context = await auth.$context;

      store(space.path, "add", await context.password.hash(password));
      const session = await request(auth, "/get-session", { cookie: signed(ourToken) });
      assert.equal(session.status, 200);
      assert.equal(session.body.user.id, ourUser);
      assert.equal(session.body.user.email, "ours@example.com");
      assert.equal(session.body.session.token, ourToken);
      if (has("admin")) {
        assert.equal(session.body.user.role, "user");
        assert.equal(session.body.user.banned, false);
        assert.equal(session.body.user.displayUsername, "Our.User");
        assert.equal(session.body.user.twoFactorEnabled, false);
      }
      assert.equal((await signIn(auth, "ours@example.com")).status, 200);
      assert.equal((await signIn(auth, "ours@example.com", "wrong password")).status, 401);

      const listed = await request(auth, "/list-sessions", { cookie: signed(ourToken) });
      assert.ok(listed.body.some((row) => row.token === ourToken));
      if (has("jwt"))
        assert.equal((await request(auth, "/token", { cookie: signed(ourToken) })).status, 200);
    });

    test("has an extension of ours seen by Node", async () => {
      const expiry = async () =>
        Date.parse(
          (await request(auth, "/get-session", { cookie: signed(ourToken) })).body.session.expiresAt,
        );
      const old = await expiry();

      store(space.path, "extend", ourToken);
      assert.equal((await expiry()) - old, 86400000);
    });

    test("has a reset token of ours spent once, by Node", async () => {
      const body = { newPassword: "another good password", token: "ourResetToken00000000001" };

      assert.equal((await request(auth, "/reset-password", { body })).status, 200);
      assert.equal((await request(auth, "/reset-password", { body })).status, 400);
      assert.throws(
        () => store(space.path, "consume", `reset-password:${body.token}`),
        /^Error: NOT_FOUND/,
      );
      assert.equal((await signIn(auth, "ours@example.com", body.newPassword)).status, 200);
    });

    test("has a reset token of Node's spent once, by us", async () => {
      await request(auth, "/request-password-reset", { body: { email: "ours@example.com" } });
      const identifier = db
        .prepare("select identifier from verification where identifier like 'reset-password:%'")
        .pluck()
        .get();

      assert.equal(JSON.parse(store(space.path, "consume", identifier)), ourUser);
      assert.throws(() => store(space.path, "consume", identifier), /^Error: NOT_FOUND/);
    });

    test("has a ban of ours, and its end, respected where Node knows bans", async () => {
      const attempt = () => signIn(auth, "ours@example.com", "another good password");

      store(space.path, "ban", ourUser);
      assert.equal(
        JSON.parse(store(space.path, "dump")).users.find((u) => u.id === ourUser)?.banned,
        has("admin") ? true : undefined,
      );
      assert.equal((await attempt()).body.code, has("admin") ? "BANNED_USER" : undefined);
      store(space.path, "unban", ourUser);
      assert.equal((await attempt()).status, 200);
    });

    test("has a user deleted by us gone for Node", async () => {
      store(space.path, "delete", ourUser);
      assert.equal((await signIn(auth, "ours@example.com", "another good password")).status, 401);
      assert.equal((await request(auth, "/get-session", { cookie: signed(ourToken) })).body, null);
      assert.equal(db.prepare(`select count(*) from account`).pluck().get(), 2);
    });

    test("is whole afterwards, and in WAL mode for both", async () => {
      assert.equal(db.pragma("integrity_check", { simple: true }), "ok");
      assert.deepEqual(db.pragma("foreign_key_check"), []);
      assert.equal(db.pragma("journal_mode", { simple: true }), "wal");
      await assertNothingToMigrate(db, plugins());
    });
  });
}

test("a store made by us is the one Better Auth would have made", async () => {
  const space = workspace();
  const plugins = () => [admin(), username(), jwt()];

  store(space.path, "create");
  const ours = space.database();
  const theirs = space.database(`${space.path}-2`);
  await migrate(theirs, plugins());
  const spelt = (db) =>
    schemaOf(db)
      .filter((row) => !row.tbl_name.startsWith("webauth_"))
      .map((row) => ({ ...row, sql: row.sql?.toLowerCase() }));
  assert.deepEqual(spelt(ours), spelt(theirs));

  await assertNothingToMigrate(ours, plugins());
  const auth = makeAuth(ours, plugins());
  const body = { name: "Node", email: "node@example.com", password, username: "node.user" };
  assert.equal((await request(auth, "/sign-up/email", { body })).status, 200);
  assert.equal(JSON.parse(store(space.path, "dump")).users[0].username, "node.user");
  space.done();
});

test("an app that gets plugins later finds its way, and our bans go with it", async () => {
  const space = workspace();
  const db = space.database();
  const plugins = pluginSets["admin username jwt bearer twoFactor"];

  await migrate(db, []);
  const body = { name: "Eve", email: "eve@example.com", password };
  const { user } = (await request(makeAuth(db, []), "/sign-up/email", { body })).body;
  store(space.path, "migrate");
  store(space.path, "ban", user.id);

  await migrate(db, plugins());
  assert.throws(() => store(space.path, "dump"), /STORE_SCHEMA .*bans/);
  const shape = JSON.parse(store(space.path, "migrate"));
  assert.deepEqual(shape.plugins, [1, 2, 3]);
  assert.equal(shape.origin, "node");
  assert.equal(JSON.parse(store(space.path, "dump")).users[0].banReason, "of ours");
  assert.equal((await signIn(makeAuth(db, plugins()), "eve@example.com")).body.code, "BANNED_USER");
  await assertNothingToMigrate(db, plugins());
  space.done();
});

// Better Auth 1.7.0 to 1.7.2 (contract.md 2.7, rule 3).
test("a required account.issuer stops Node until we have migrated", async () => {
  const space = workspace();
  const db = space.database();

  await migrate(db, []);
  const create = db.prepare("select sql from sqlite_schema where name = 'account'").pluck().get();
  db.exec(`drop table account;
    ${create.replace('"accountId"', '"issuer" text not null, "accountId"')};
    create unique index "account_issuer_accountId_uidx" on "account" ("issuer", "accountId")`);
  const body = { name: "Ann", email: "ann@example.com", password };
  const refused = await request(makeAuth(db, []), "/sign-up/email", { body }).catch((e) => e);
  assert.equal(refused.code, "SCHEMA_MISMATCH");

  assert.equal(JSON.parse(store(space.path, "migrate")).issuer, true);
  const auth = makeAuth(db, []);
  assert.equal((await request(auth, "/sign-up/email", { body })).status, 200);
  store(space.path, "add", await (await auth.$context).password.hash(password));
  assert.equal((await signIn(auth, "ours@example.com")).status, 200);
  assert.deepEqual(db.prepare("select issuer from account order by issuer").pluck().all(), [
    null,
    "local:credential",
  ]);
  space.done();
});

// Better Auth's sign-up reads, hashes and then writes in one transaction that began as a reader: SQLite
// refuses such a write, in every journal mode, when any other process has committed meanwhile, and the
// client gets 422. That is so between two Node processes too; "transaction: false" is its way out.
test("Node and we write side by side, given an app that hashes outside of transactions", async () => {
  const space = workspace();
  const db = space.database();

  await migrate(db, []);
  store(space.path, "migrate");
  const kysely = new Kysely({ dialect: new SqliteDialect({ database: db }) });
  const auth = makeAuth({ db: kysely, type: "sqlite", transaction: false }, []);
  store(space.path, "add", await (await auth.$context).password.hash(password));
  const token = () => request(auth, "/get-session", { cookie: signed(ourToken) });
  for (let i = 0; i < 20; i++) {
    const body = { name: "N", email: `n${i}@example.com`, password };
    const [signedUp] = await Promise.all([
      request(auth, "/sign-up/email", { body }),
      promisify(execFile)(helper, [`sqlite:${space.path}`, "extend", ourToken]),
    ]);
    assert.equal(signedUp.status, 200);
    assert.equal((await token()).status, 200);
  }
  assert.equal(JSON.parse(store(space.path, "dump")).users.length, 21);
  space.done();
});
