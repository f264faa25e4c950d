// JWTs of sessiond, verified by libraries that know nothing but /jwks: jose here, python-jose and PyJWT in
// verify_jwt.py.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { createRemoteJWKSet, jwtVerify } from "jose";

import { startSessiond, workspace } from "./servers.mjs";

const script = join(dirname(fileURLToPath(import.meta.url)), "verify_jwt.py");
const secret = "0123456789abcdef0123456789ABCDEFxyz!";
const password = "correct horse battery";

// python-jose has no EdDSA (design.md: why ES256 is the default).
const libraries = {
  ES256: ["jose", "jwt"],
  RS256: ["jose", "jwt"],
  EdDSA: ["jwt"],
};

function python(input) {
  return execFileSync("/usr/bin/python3", [script], {
    input: JSON.stringify(input),
    encoding: "utf8",
  }).trim();
}

// One character of the signature, not of its last, which has bits to spare.
function forged(token) {
  const [header, payload, signature] = token.split(".");
  const other = signature[5] === "A" ? "B" : "A";
  return [header, payload, signature.slice(0, 5) + other + signature.slice(6)].join(".");
}

for (const [alg, modules] of Object.entries(libraries)) {
  test(`${alg} is verified offline`, async (t) => {
    const space = workspace();
    const server = await startSessiond({
      directory: space.path,
      store: `${space.path}/jwt.db`,
      secret,
      settings: { jwt_alg: alg },
      tcp: true,
    });
    t.after(async () => {
      await server.stop();
      space.done();
    });
    const call = async (path, init) => (await fetch(`${server.origin}/api/auth${path}`, init)).json();
    const { token: session, user } = await call("/sign-up/email", {
      method: "POST",
      headers: { "content-type": "application/json", origin: server.origin },
      body: JSON.stringify({ name: "Änn", email: "ann@example.com", password }),
    });
    const { token } = await call("/token", { headers: { authorization: `Bearer ${session}` } });
    const jwks = await call("/jwks");
    const claims = { issuer: server.origin, audience: server.origin };

    const keys = createRemoteJWKSet(new URL(`${server.origin}/api/auth/jwks`));
    const verified = await jwtVerify(token, keys, claims);
    assert.equal(verified.protectedHeader.alg, alg);
    assert.deepEqual([verified.payload.sub, verified.payload.name], [user.id, "Änn"]);
    await assert.rejects(jwtVerify(forged(token), keys, claims));
    await assert.rejects(jwtVerify(token, keys, { ...claims, audience: "https://other.test" }));

    for (const module of modules) {
      assert.equal(python({ module, token, jwks, ...claims }), user.id, module);
      assert.equal(python({ module, token: forged(token), jwks, ...claims }), "refused", module);
      const elsewhere = { module, token, jwks, ...claims, audience: "https://other.test" };
      assert.equal(python(elsewhere), "refused", module);
    }
  });
}
