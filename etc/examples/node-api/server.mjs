// An API that knows its users by what sessiond says of them. Plain node:http, and jose.
//
//   WEBAUTH_ISSUER=https://auth.example.com node server.mjs /run/myapi/api.sock
//
// userId    verifies the bearer JWT here: a revoked session is noticed when its JWT expires.
// liveUser  asks sessiond on every request: a revoked session is gone at once.

import { Agent, createServer, request } from "node:http";

import { createLocalJWKSet, decodeProtectedHeader, errors, jwtVerify } from "jose";

const socketPath = process.env.WEBAUTH_SOCKET ?? "/run/webauth/api.sock";
const issuer = process.env.WEBAUTH_ISSUER; // the origin of base_url
const audience = process.env.WEBAUTH_AUDIENCE ?? issuer;
// The one algorithm of this service: what a token says about itself decides nothing.
const algorithm = process.env.WEBAUTH_ALG ?? "ES256";
if (!issuer) throw new Error("WEBAUTH_ISSUER is not set");

class Refusal extends Error {
  constructor(status, message, challenge) {
    super(message);
    this.status = status;
    this.challenge = challenge;
  }
}

const refuse = (reason) =>
  new Refusal(401, reason, `Bearer error="invalid_token", error_description="${reason}"`);

const agent = new Agent({ keepAlive: true });

function askSessiond(path, headers = {}) {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path, headers, agent, timeout: 5000 }, (answer) => {
      const chunks = [];
      answer.on("error", reject);
      answer.on("data", (chunk) => chunks.push(chunk));
      answer.on("end", () =>
        resolve({
          status: answer.statusCode,
          headers: answer.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    asked.on("timeout", () => asked.destroy(new Error("sessiond does not answer")));
    asked.on("error", reject);
    asked.end();
  }).catch(() => {
    throw new Refusal(503, "Sessions cannot be checked");
  });
}

// sessiond's public keys, fetched again for a kid that is new, but not at everybody's whim.
const cooldown = 10_000;
let keys;
let kids = new Set();
let fetched = -cooldown;

async function publicKey(header, token) {
  if (!kids.has(header.kid) && performance.now() - fetched >= cooldown) {
    fetched = performance.now();
    const answer = await askSessiond("/.well-known/jwks.json");
    if (answer.status !== 200) throw new Refusal(503, "The keys are not available");
    const set = JSON.parse(answer.body);
    kids = new Set(set.keys.map((key) => key.kid));
    keys = createLocalJWKSet(set);
  }
  if (!kids.has(header.kid)) throw refuse("The token was signed with an unknown key");
  return keys(header, token);
}

// The secret signs other things too: sessions' tokens are those of this kid.
function secretKey(header) {
  if (header.kid !== "hs256") throw refuse("The token was signed with an unknown key");
  return new TextEncoder().encode(process.env.BETTER_AUTH_SECRET);
}

function bearer(incoming) {
  const [, token] = /^bearer +(\S+) *$/i.exec(incoming.headers.authorization ?? "") ?? [];
  if (!token) throw new Refusal(401, "No bearer token", "Bearer");
  return token;
}

async function claims(incoming) {
  const token = bearer(incoming);
  let header;
  try {
    header = decodeProtectedHeader(token);
  } catch {
    throw refuse("The token is malformed");
  }
  if (!Object.keys(header).every((name) => ["alg", "kid", "typ"].includes(name)))
    throw refuse("The token's header is not accepted here");
  if (header.alg !== algorithm) throw refuse("The token's algorithm is not accepted here");
  try {
    const { payload } = await jwtVerify(token, algorithm === "HS256" ? secretKey : publicKey, {
      algorithms: [algorithm],
      issuer,
      audience,
      requiredClaims: ["exp", "iat", "sub", "sid"],
    });
    return payload;
  } catch (error) {
    if (error instanceof Refusal) throw error;
    if (error instanceof errors.JWTExpired) throw refuse("The token has expired");
    if (error instanceof errors.JWTClaimValidationFailed)
      throw refuse("The token is not meant for this service");
    if (error instanceof errors.JWSSignatureVerificationFailed)
      throw refuse("The token's signature does not fit");
    throw refuse("The token is malformed");
  }
}

const userId = async (incoming) => (await claims(incoming)).sub;

async function liveUser(incoming) {
  const headers = {};
  for (const name of ["authorization", "cookie"])
    if (incoming.headers[name]) headers[name] = incoming.headers[name];
  const answer = await askSessiond("/api/webauth/verify", headers);
  if (answer.status === 401)
    throw new Refusal(401, "No live session", answer.headers["www-authenticate"]);
  if (answer.status !== 204) throw new Refusal(503, "Sessions cannot be checked");
  const told = (name) => decodeURIComponent(answer.headers[`x-auth-${name}`]);
  const roles = answer.headers["x-auth-roles"].split(",").filter(Boolean).map(decodeURIComponent);
  return { user_id: told("user-id"), email: told("email"), name: told("name"), roles };
}

const notes = new Map();

function own(owner, asking) {
  if (owner !== asking) throw new Refusal(403, "These are somebody else's");
}

async function bodyOf(incoming) {
  const chunks = [];
  let size = 0;
  for await (const chunk of incoming) {
    size += chunk.length;
    if (size > 65536) throw new Refusal(413, "Too long");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

async function answer(incoming) {
  const { pathname } = new URL(incoming.url, "http://localhost");
  const route = `${incoming.method} ${pathname}`;
  const [, method, owner] = /^(GET|POST) \/users\/([^/]+)\/notes$/.exec(route) ?? [];

  if (route === "GET /me") {
    const { sub, sid, name } = await claims(incoming);
    return [200, { user_id: sub, session_id: sid, name }];
  }
  if (route === "GET /live/me") return [200, await liveUser(incoming)];
  if (method === "GET") {
    own(owner, await userId(incoming));
    return [200, { notes: notes.get(owner) ?? [] }];
  }
  // Writing is worth the question.
  if (method === "POST") {
    own(owner, (await liveUser(incoming)).user_id);
    notes.set(owner, [...(notes.get(owner) ?? []), await bodyOf(incoming)]);
    return [201, { notes: notes.get(owner) }];
  }
  throw new Refusal(404, "Not Found");
}

const server = createServer((incoming, outgoing) => {
  const send = (status, body, more = {}) => {
    outgoing.writeHead(status, { "Content-Type": "application/json", ...more });
    outgoing.end(JSON.stringify(body));
  };
  answer(incoming).then(
    ([status, body]) => send(status, body),
    (error) => {
      if (!(error instanceof Refusal)) console.error(error);
      const challenge = error.challenge ? { "WWW-Authenticate": error.challenge } : {};
      send(error.status ?? 500, { detail: error.status ? error.message : "Error" }, challenge);
    },
  );
});
server.listen(process.argv[2] ?? { host: "127.0.0.1", port: 3001 });
process.on("SIGTERM", () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
