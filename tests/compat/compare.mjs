// Two answers to the same request, field by field. What is random on each side (ids, tokens, keys) is
// named by where it was first seen, so that the same id again must be the same on both; dates need only be
// close; signatures are checked and then left out.

import { createHmac } from "node:crypto";

import { parseSetCookie } from "./http.mjs";

// Said by every HTTP server in its own way.
const transport = new Set(["date", "connection", "keep-alive", "content-length", "transfer-encoding"]);

// Headers whose value is a set of names.
const lists = new Set(["access-control-expose-headers"]);
const sorted = (text) => text.split(", ").sort().join(", ");

// Both sides are asked at the same time; what is left is the time that one hash takes.
const clockTolerance = 30_000;

const date = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const token = /^(?:[A-Za-z0-9]{24}|[A-Za-z0-9]{32})$/;
const tokenInside = /(?<![A-Za-z0-9])(?:[A-Za-z0-9]{32}|[A-Za-z0-9]{24})(?![A-Za-z0-9])/g;
const jws = /^eyJ[A-Za-z0-9_-]+\.eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;
const signed = /^(.+)\.([A-Za-z0-9+/]{43}=)$/;
const keyMaterial = new Set(["x", "y", "n"]);

const fromBase64url = (text) => JSON.parse(Buffer.from(text, "base64url").toString());

// One side's random values by name.
export class Names {
  #names = new Map();
  #secret;

  constructor(secret) {
    this.#secret = secret;
  }

  name(value, where) {
    if (!this.#names.has(value)) this.#names.set(value, `<${where}>`);
    return this.#names.get(value);
  }

  jwt(text, where) {
    const [header, payload, signature] = text.split(".");
    const { alg, kid, ...rest } = fromBase64url(header);
    const { iat, exp, sid, ...claims } = fromBase64url(payload);
    const mac = createHmac("sha256", this.#secret).update(`${header}.${payload}`);
    return {
      header: { alg, ...(kid === undefined ? {} : { kid: this.name(kid, `${where}.kid`) }), ...rest },
      // HS256 can be checked here; the others are checked by whoever has the JWKS.
      valid: alg === "HS256" ? mac.digest("base64url") === signature : undefined,
      iat: new Date(iat * 1000).toISOString(),
      lifetime: exp - iat,
      // Only one side has it, and a value is named where both have seen it.
      ...(sid === undefined ? {} : { sid: this.#names.get(sid) ?? "<not seen yet>" }),
      claims: this.value(claims, where),
    };
  }

  string(text, where) {
    if (date.test(text)) return text;
    if (token.test(text)) return this.name(text, where);
    const mac = signed.exec(text);
    if (mac) {
      const right = createHmac("sha256", this.#secret).update(mac[1]).digest("base64");
      return `${this.string(mac[1], where)} ${right === mac[2] ? "rightly" : "wrongly"} signed`;
    }
    if (jws.test(text)) return this.jwt(text, where);
    return text.replace(tokenInside, (found) => this.name(found, where));
  }

  // A mail, its link in parts.
  mail({ to, url }, where) {
    const { origin, pathname, searchParams } = new URL(url);
    const query = [...searchParams].map(([name, value]) => [name, this.string(value, where)]);
    return { to, at: origin + this.string(pathname, where), query: Object.fromEntries(query) };
  }

  value(value, where) {
    if (typeof value === "string") return this.string(value, where);
    if (Array.isArray(value)) return value.map((item, i) => this.value(item, `${where}[${i}]`));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(
      Object.keys(value)
        .sort()
        .map((key) => [
          key,
          keyMaterial.has(key) && typeof value[key] === "string"
            ? `${value[key].length} characters`
            : this.value(value[key], `${where}.${key}`),
        ]),
    );
  }
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function parseBody(response, type) {
  if (response.body === "") return { empty: true };
  if (!/^application\/json/.test(type ?? "")) return { text: response.body };
  return { json: JSON.parse(response.body) };
}

// The comparable form of an answer, names given by `names`; `where` names the step. The body comes first:
// what it has in common with headers and cookies is named by its place in the body.
export function canonical(response, names, where) {
  const type = response.headers.find(([name]) => name === "content-type")?.[1];
  const body = parseBody(response, type);
  if ("json" in body) body.json = names.value(body.json, where);

  const headers = {};
  const cookies = {};
  for (const [name, text] of response.headers) {
    if (transport.has(name)) continue;
    if (name === "set-cookie") {
      const cookie = parseSetCookie(text);
      const value = names.string(decoded(cookie.value), `${where} cookie ${cookie.name}`);
      (cookies[cookie.name] ??= []).push({ value, attributes: cookie.attributes.join("; ") });
    } else headers[name] = names.string(lists.has(name) ? sorted(text) : text, `${where} ${name}`);
  }
  return { status: response.status, headers, cookies, body };
}

const isObject = (value) => value !== null && typeof value === "object";

function same(a, b) {
  if (a === b) return true;
  return (
    typeof a === "string" &&
    typeof b === "string" &&
    date.test(a) &&
    date.test(b) &&
    Math.abs(Date.parse(a) - Date.parse(b)) <= clockTolerance
  );
}

// [{at, node, sessiond}...], `at` being a path such as "body.json.user.name"; undefined means absent.
export function differences(node, sessiond, at = "") {
  if (isObject(node) && isObject(sessiond) && Array.isArray(node) === Array.isArray(sessiond)) {
    const keys = new Set([...Object.keys(node), ...Object.keys(sessiond)]);
    return [...keys].flatMap((key) =>
      differences(node[key], sessiond[key], at === "" ? key : `${at}.${key}`),
    );
  }
  return same(node, sessiond) ? [] : [{ at, node, sessiond }];
}
