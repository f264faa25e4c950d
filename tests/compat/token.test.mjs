// Signing keys and JWTs between lib/core/key.c, lib/core/jwt.c, the real Better Auth and jose: what one
// encrypts the other reads, what one signs the other verifies, in one jwks table.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import Database from "better-sqlite3";
import { betterAuth } from "better-auth";
import { symmetricDecrypt, symmetricEncrypt } from "better-auth/crypto";
import { getMigrations } from "better-auth/db/migration";
import { jwt } from "better-auth/plugins";
import { createLocalJWKSet, decodeProtectedHeader, errors, jwtVerify } from "jose";

const helper = process.env.TOKEN_HELPER;
const secret = randomBytes(32).toString("base64");
const origin = "https://auth.example.com";

function run(...args) {
  return execFileSync(helper, args, { encoding: "utf8", stdio: "pipe" }).slice(0, -1);
}

describe("encryption", () => {
  const texts = ["x", '{"kty":"EC","d":"\u00e4\u{1f600}"}', "y".repeat(5000)];
  const versioned = { keys: new Map([[2, secret], [1, "1".repeat(32)]]), currentVersion: 2 };

  for (const text of texts) {
    test(`of ${text.length} characters, theirs is read here`, async () => {
      assert.equal(run("decrypt", secret, await symmetricEncrypt({ key: secret, data: text })), text);
      const sealed = await symmetricEncrypt({ key: versioned, data: text });
      assert.match(sealed, /^\$ba\$2\$/);
      assert.equal(run("decrypt", `2:${secret},1:${"1".repeat(32)}`, sealed), text);
    });

    test(`of ${text.length} characters, ours is read there`, async () => {
      assert.equal(await symmetricDecrypt({ key: secret, data: run("encrypt", secret, text) }), text);
      const sealed = run("encrypt", `2:${secret},1:${"1".repeat(32)}`, text);
      assert.match(sealed, /^\$ba\$2\$/);
      assert.equal(await symmetricDecrypt({ key: versioned, data: sealed }), text);
    });
  }

  test("with another secret neither reads the other's", async () => {
    const other = randomBytes(32).toString("base64");
    const theirs = await symmetricEncrypt({ key: other, data: "text" });
    assert.throws(() => run("decrypt", secret, theirs), /INVALID/);
    await assert.rejects(symmetricDecrypt({ key: other, data: run("encrypt", secret, "text") }));
  });
});

// Each test has a store of its own, with a Better Auth app on it.
function makeApp(database, options) {
  return betterAuth({
    database,
    secret,
    baseURL: origin,
    telemetry: { enabled: false },
    logger: { disabled: true },
    plugins: [jwt(options)],
  });
}

describe("signing", () => {
  let directory;

  before(() => {
    directory = mkdtempSync(join(tmpdir(), "webauth-token-"));
  });
  after(() => rmSync(directory, { recursive: true }));

  async function makeStore(name, options) {
    const path = join(directory, name);
    const database = new Database(path);
    const app = makeApp(database, options);
    const { runMigrations } = await getMigrations(app.options);
    await runMigrations();
    return { app, database, mint: (alg) => JSON.parse(run("mint", `sqlite:${path}`, secret, alg)) };
  }

  async function assertGood({ token, jwks }, alg) {
    const keys = createLocalJWKSet(jwks);
    const { payload, protectedHeader } = await jwtVerify(token, keys, {
      issuer: origin,
      audience: origin,
      algorithms: [alg],
    });
    assert.equal(protectedHeader.alg, alg);
    assert.equal(payload.sub, "u1");
    assert.equal(payload.sid, "s1");
    assert.equal(payload.name, '\u00c4 \u{1f600} "x"');
    assert.equal(payload.exp, payload.iat + 900);

    const [header, claims, signature] = token.split(".");
    const forged = Buffer.from(JSON.stringify({ ...payload, sub: "u2" })).toString("base64url");
    await assert.rejects(
      jwtVerify([header, forged, signature].join("."), keys),
      errors.JWSSignatureVerificationFailed,
    );
    assert.notEqual(claims, forged);
  }

  for (const alg of ["ES256", "EdDSA", "RS256"]) {
    test(`${alg}: our token verifies against our JWKS, with no private member in it`, async () => {
      const { mint } = await makeStore(`ours-${alg}.db`);
      const minted = mint(alg);
      await assertGood(minted, alg);
      assert.deepEqual(Object.keys(minted.jwks), ["keys"]);
      for (const key of minted.jwks.keys)
        for (const member of Object.keys(key))
          assert.ok(["alg", "crv", "kty", "x", "y", "n", "e", "kid"].includes(member), member);
    });

    test(`${alg}: the app signs with our key, publishes it and verifies our token`, async () => {
      const { app, database, mint } = await makeStore(`shared-${alg}.db`);
      const minted = mint(alg);
      const { token } = await app.api.signJWT({ body: { payload: { sub: "u1" } } });
      const { kid } = decodeProtectedHeader(token);

      assert.equal(database.prepare("select count(*) as n from jwks").get().n, 1);
      assert.equal(kid, decodeProtectedHeader(minted.token).kid);
      await jwtVerify(token, createLocalJWKSet(minted.jwks), { algorithms: [alg] });
      assert.equal(JSON.stringify(await app.api.getJwks()), JSON.stringify(minted.jwks));
      const { payload } = await app.api.verifyJWT({ body: { token: minted.token, issuer: origin } });
      assert.equal(payload.sub, "u1");
    });

    test(`${alg}: we sign with the app's key, and publish what it does`, async () => {
      const { app, database, mint } = await makeStore(`node-${alg}.db`, {
        jwks: { keyPairConfig: { alg } },
      });
      const { token } = await app.api.signJWT({ body: { payload: { sub: "u1" } } });
      const minted = mint(alg);

      assert.equal(database.prepare("select count(*) as n from jwks").get().n, 1);
      assert.equal(decodeProtectedHeader(minted.token).kid, decodeProtectedHeader(token).kid);
      assert.equal(JSON.stringify(await app.api.getJwks()), JSON.stringify(minted.jwks));
      await assertGood(minted, alg);
    });
  }

  test("a key of the app that is not encrypted is used as well", async () => {
    const { app, mint } = await makeStore("plain.db", { jwks: { disablePrivateKeyEncryption: true } });
    const { token } = await app.api.signJWT({ body: { payload: { sub: "u1" } } });
    const minted = mint("ES256");
    assert.equal(decodeProtectedHeader(minted.token).kid, decodeProtectedHeader(token).kid);
    await assertGood(minted, "EdDSA");
  });

  for (const alg of ["ES512", "PS256"]) {
    test(`${alg}: the app's key is published and ours made beside it`, async () => {
      const { app, database, mint } = await makeStore(`${alg}.db`, { jwks: { keyPairConfig: { alg } } });
      await app.api.signJWT({ body: { payload: { sub: "u1" } } });
      const minted = mint("ES256");
      assert.equal(database.prepare("select count(*) as n from jwks").get().n, 2);
      assert.deepEqual(minted.jwks.keys.map((key) => key.alg).sort(), ["ES256", alg].sort());
      await assertGood(minted, "ES256");
    });
  }
});
