// One SQLite file, two kinds of server: one after the other, and both at once under load.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import Database from "better-sqlite3";
import { createLocalJWKSet, jwtVerify } from "jose";

import { makeAuth, pendingMigrations } from "./app.mjs";
import { exchange, Jar } from "./http.mjs";
import { makeStore, migrateForUs, startNode, startSessiond, webauthctl, workspace } from "./servers.mjs";

const secret = "0123456789abcdef0123456789ABCDEFxyz!";
const origin = "http://localhost:3000";
const password = "correct horse battery";
const plugins = ["jwt", "bearer"];
const start = { node: startNode, sessiond: startSessiond };

// Someone with cookies, who may speak to either server.
class Person {
  jar = new Jar();

  constructor(name) {
    this.email = `${name}@example.com`;
    this.name = name;
  }

  async ask(server, path, json) {
    const headers = [["host", "localhost:3000"]];
    const body = json === undefined ? undefined : JSON.stringify(json);
    if (this.jar.header()) headers.push(["cookie", this.jar.header()]);
    if (body !== undefined)
      headers.push(
        ["origin", origin],
        ["content-type", "application/json"],
        ["content-length", Buffer.byteLength(body)],
      );
    const answer = await exchange(server.at, {
      method: body === undefined ? "GET" : "POST",
      path: `/api/auth${path}`,
      headers,
      body,
    });
    this.jar.take(answer);
    return { ...answer, json: answer.body === "" ? undefined : JSON.parse(answer.body) };
  }

  async done(server, path, json) {
    const answer = await this.ask(server, path, json);
    assert.equal(answer.status, 200, `${server.name} ${path}: ${answer.status} ${answer.body}`);
    return answer.json;
  }

  signUp(server) {
    return this.done(server, "/sign-up/email", {
      name: this.name,
      email: this.email,
      password,
    });
  }

  signIn(server, using = password) {
    return this.done(server, "/sign-in/email", { email: this.email, password: using });
  }

  session(server) {
    return this.done(server, "/get-session");
  }

  // The same person in another browser.
  again() {
    return new Person(this.name);
  }
}

async function assertVerifies(token, server) {
  const keys = createLocalJWKSet(await new Person("nobody").done(server, "/jwks"));
  const { payload } = await jwtVerify(token, keys, { issuer: origin, audience: origin });
  return payload;
}

function onOneStore(settings = {}, more = {}) {
  const setup = { settings, plugins, secret, ...more };
  const running = new Map();
  const it = {
    async open() {
      it.space = workspace();
      it.store = `${it.space.path}/shared.db`;
      await makeStore(it.store, setup);
      it.db = new Database(it.store, { timeout: 20_000 });
    },
    async run(name) {
      // Each start of a server gets its own place for mails and logs.
      const directory = workspace();
      const server = await start[name]({ ...setup, directory: directory.path, store: it.store });
      running.set(server, directory);
      return server;
    },
    async end(server) {
      const directory = running.get(server);
      running.delete(server);
      try {
        assert.doesNotMatch(server.log(), /SQLITE_BUSY|database is locked|SCHEMA_MISMATCH/);
        await server.stop();
      } finally {
        directory.done();
      }
    },
    async close() {
      try {
        for (const server of [...running.keys()]) await it.end(server);
      } finally {
        it.db.close();
        it.space.done();
      }
    },
    async assertContent() {
      assert.deepEqual(await pendingMigrations(setup, it.db), []);
      assert.equal(it.db.pragma("integrity_check", { simple: true }), "ok");
      assert.deepEqual(it.db.pragma("foreign_key_check"), []);
    },
    // Node's own code, in this process, on the same file.
    auth: () => makeAuth(setup, it.db),
  };
  return it;
}

describe("Node, then sessiond, then Node", () => {
  const one = onOneStore({ jwt_alg: "ES256" });
  const ann = new Person("ann");
  const bob = new Person("bob");
  const other = "another good password";
  const jwts = [];
  let server;

  before(() => one.open());
  after(() => one.close());

  test("Node makes the store and its first user", async () => {
    server = await one.run("node");
    await ann.signUp(server);
    jwts.push((await ann.done(server, "/token")).token);
    await one.end(server);
  });

  test("sessiond takes over: session, password, JWTs", async () => {
    migrateForUs(one.store);
    server = await one.run("sessiond");
    const { user } = await ann.session(server);
    assert.equal(user.email, ann.email);
    await ann.again().signIn(server);
    assert.equal((await assertVerifies(jwts[0], server)).sub, user.id);
    jwts.push((await ann.done(server, "/token")).token);
    assert.equal(one.db.prepare("select count(*) from jwks").pluck().get(), 1);
  });

  test("and changes what is there", async () => {
    await bob.signUp(server);
    await ann.done(server, "/update-user", { name: "Änn" });
    await ann.done(server, "/change-password", { currentPassword: password, newPassword: other });
    await one.end(server);
  });

  test("Node finds everything as sessiond left it", async () => {
    server = await one.run("node");
    assert.equal((await ann.session(server)).user.name, "Änn");
    assert.equal((await bob.session(server)).user.email, bob.email);
    await ann.again().signIn(server, other);
    await bob.again().signIn(server);
    assert.equal(
      (await ann.again().ask(server, "/sign-in/email", { email: ann.email, password })).status,
      401,
    );
    assert.equal((await ann.done(server, "/list-sessions")).length, 3);
    for (const token of jwts) await assertVerifies(token, server);
  });

  test("Node's own check of a JWT accepts one of sessiond", async () => {
    const { payload } = await one.auth().api.verifyJWT({ body: { token: jwts[1] } });
    assert.equal(payload.email, ann.email);
  });

  test("a user whom Node deletes is gone for sessiond", async () => {
    one.db.prepare("delete from user where email = ?").run(bob.email);
    await one.end(server);
    server = await one.run("sessiond");
    assert.equal(await bob.session(server), null);
    await one.end(server);
  });

  test("Node has nothing to complain about", () => one.assertContent());
});

describe("a store that sessiond makes", () => {
  test("is one that Node serves", async () => {
    const space = workspace();
    const store = `${space.path}/ours.db`;
    const ann = new Person("ann");
    // scrypt, because Node can verify nothing else.
    const ours = { directory: space.path, store, secret, settings: { password_scheme: "scrypt" } };
    let server = await startSessiond(ours);
    await ann.signUp(server);
    const { token } = await ann.done(server, "/token");
    await server.stop();

    const db = new Database(store);
    const setup = { settings: {}, plugins: ["admin", "username", "jwt", "bearer"], secret };
    assert.deepEqual(await pendingMigrations(setup, db), []);
    db.close();
    server = await startNode({ ...setup, directory: space.path, store });
    assert.equal((await ann.session(server)).user.email, ann.email);
    await ann.again().signIn(server);
    await assertVerifies(token, server);
    await server.stop();
    space.done();
  });
});

describe("both at once", () => {
  // Due at once: every session check of either is a write.
  const one = onOneStore({ session_update_age: 0 });
  let both;

  before(async () => {
    await one.open();
    migrateForUs(one.store);
    both = await Promise.all([one.run("node"), one.run("sessiond")]);
  });

  after(() => one.close());

  const sides = () => both.map((server, i) => [server, both[1 - i]]);

  test("a sign-up of one signs in at the other, at once", async () => {
    for (const [here, there] of sides()) {
      const person = new Person(`both-${here.name}`);
      const { token } = await person.signUp(here);
      assert.equal((await person.session(there)).session.token, token);
      await person.again().signIn(there);
    }
  });

  test("a revocation of one holds at the other, at the next request", async () => {
    for (const [here, there] of sides()) {
      const ways = [
        (p, token) => p.done(here, "/revoke-session", { token }),
        (p) => p.done(here, "/revoke-other-sessions", {}),
        (p) => p.done(here, "/revoke-sessions", {}),
        (p) =>
          p.done(here, "/change-password", {
            currentPassword: password,
            newPassword: password,
            revokeOtherSessions: true,
          }),
      ];
      for (const revoke of ways) {
        const person = new Person(`both-${here.name}`);
        const elsewhere = person.again();
        await person.signIn(here);
        const { token } = await elsewhere.signIn(there);
        assert.equal((await elsewhere.session(there)).session.token, token);
        assert.equal((await elsewhere.session(here)).session.token, token);
        await revoke(person, token);
        assert.equal(await elsewhere.session(there), null);
        assert.equal(await elsewhere.session(here), null);
      }
    }
  });

  test("a sign-out of one holds at the other", async () => {
    for (const [here, there] of sides()) {
      const person = new Person(`both-${here.name}`);
      await person.signIn(here);
      const cookie = person.again();
      for (const [name, value] of [
        ["better-auth.session_token", person.jar.get("better-auth.session_token")],
      ])
        cookie.jar.set(name, value);
      await person.done(here, "/sign-out", {});
      assert.equal(await cookie.session(there), null);
    }
  });

  test("JWTs of each verify with the keys of the other", async () => {
    for (const [here, there] of sides()) {
      const person = new Person(`both-${here.name}`);
      await person.signIn(here);
      const { token } = await person.done(here, "/token");
      assert.equal((await assertVerifies(token, there)).email, person.email);
      const { payload } = await one.auth().api.verifyJWT({ body: { token } });
      assert.equal(payload.email, person.email);
    }
    assert.equal(one.db.prepare("select count(*) from jwks").pluck().get(), 1);
  });

  test("mixed load: sign-ins, refreshes and revocations, and no request fails", async () => {
    const people = 6;
    const rounds = 10;
    let checks = 0;

    // Chance is not needed: people are out of step by their number.
    const live = async (person, number) => {
      for (let round = 0; round < rounds; round++) {
        const here = both[(number + round) % 2];
        const there = both[(number + round + 1) % 2];
        const me = person.again();
        const { token } = await me.signIn(here);
        for (let i = 0; i < 4; i++) {
          const found = await me.session(i % 2 ? here : there);
          assert.equal(found?.session.token, token);
          checks++;
        }
        await me.done(there, "/update-user", { name: `${person.name} ${round}` });
        const old = me.again();
        old.jar.set("better-auth.session_token", me.jar.get("better-auth.session_token"));
        if (round % 3 === 0) await me.done(here, "/sign-out", {});
        else if (round % 3 === 1) await me.done(there, "/revoke-session", { token });
        else await me.done(here, "/revoke-sessions", {});
        assert.equal(await old.session(there), null, "revoked there");
        assert.equal(await old.session(here), null, "revoked here");
        checks += 2;
      }
    };
    const everybody = Array.from({ length: people }, (_, i) => new Person(`load${i}`));
    for (const [i, person] of everybody.entries()) await person.signUp(both[i % 2]);
    await Promise.all(everybody.map(live));
    assert.equal(checks, people * rounds * 6);
  });

  test("simultaneous extensions of one session by both", async () => {
    const person = new Person("load0");
    const { token } = await person.signIn(both[0]);
    const found = await Promise.all(Array.from({ length: 60 }, (_, i) => person.session(both[i % 2])));
    for (const { session } of found) assert.equal(session.token, token);
  });

  test("Node has nothing to complain about", () => one.assertContent());
});

// Better Auth's transactions begin with reading, and then SQLite does not let them wait for their turn to
// write: beside any other process that writes, some fail (docs/api.md, "One store, two servers").
describe("both at once, Node's transactions immediate", () => {
  const one = onOneStore({}, { immediate: true });
  let both;

  before(async () => {
    await one.open();
    migrateForUs(one.store);
    both = await Promise.all([one.run("node"), one.run("sessiond")]);
  });

  after(() => one.close());

  test("sign-ups and changes of passwords, and no request fails", async () => {
    const live = async (number) => {
      const [here, there] = number % 2 ? both : both.toReversed();
      const person = new Person(`new${number}`);
      await person.signUp(here);
      const change = { currentPassword: password, newPassword: password, revokeOtherSessions: true };
      for (let round = 0; round < 3; round++) {
        await person.done(there, "/change-password", change);
        await person.done(here, "/change-password", change);
      }
      assert.equal((await person.done(there, "/list-sessions")).length, 1);
    };
    await Promise.all(Array.from({ length: 8 }, (_, i) => live(i)));
  });

  test("a reset token of one is spent once, whoever comes first", async () => {
    const person = new Person("new1");
    for (const here of both) {
      await person.done(here, "/request-password-reset", { email: person.email, redirectTo: "/r" });
      const [{ url }] = await here.mails.take(1);
      const token = new URL(url).pathname.split("/").at(-1);
      const answers = await Promise.all(
        both.map((server) => person.again().ask(server, "/reset-password", { newPassword: password, token })),
      );
      assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 400]);
    }
    for (const server of both) await person.again().signIn(server);
  });

  test("a reset link that an administrator hands over opens either, once", async () => {
    const person = new Person("new2");
    for (const [here, there] of [both, both.toReversed()]) {
      const made = webauthctl(one.store, "--set", `base_url=${origin}`, "-o", "json",
        "user", "reset-link", person.email, "--page", "/new-password");
      const token = new URL(JSON.parse(made).user.resetLink).pathname.split("/").at(-1);
      const given = { newPassword: `chosen at ${here.name}`, token };
      await person.again().done(here, "/reset-password", given);
      for (const server of [here, there])
        assert.equal((await person.again().ask(server, "/reset-password", given)).status, 400);
      for (const server of both) await person.again().signIn(server, given.newPassword);
    }
  });

  test("Node has nothing to complain about", () => one.assertContent());
});
