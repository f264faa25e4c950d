// One of the two servers, as the steps see it: sends a step's request with this side's own cookies, tokens
// and mails in it.

import { createHmac } from "node:crypto";

import Database from "better-sqlite3";

import { defaults } from "./app.mjs";
import { exchange, Jar } from "./http.mjs";

const methods = ["get", "post", "put", "patch", "delete", "head", "options"];

export class Side {
  kept = {}; // what steps keep for later ones
  mail = []; // {to, url}, the newest last
  #jars = new Map();

  constructor(server, { settings = {}, secret, names }) {
    this.server = server;
    this.names = names;
    this.secret = secret;
    this.base = new URL(settings.base_url ?? defaults.base_url);
    this.path = this.base.pathname === "/" ? "/api/auth" : this.base.pathname;
    const secure = settings.secure_cookies ?? this.base.protocol === "https:";
    this.cookie = `${secure ? "__Secure-" : ""}${settings.cookie_prefix ?? "better-auth"}`;
    this.db = new Database(server.store, { timeout: 20_000 });
  }

  jar(name) {
    if (!this.#jars.has(name)) this.#jars.set(name, new Jar());
    return this.#jars.get(name);
  }

  sql(text, ...values) {
    return this.db.prepare(text).run(...values);
  }

  one(text, ...values) {
    return this.db
      .prepare(text)
      .pluck()
      .get(...values);
  }

  sign(value) {
    return `${value}.${createHmac("sha256", this.secret).update(value).digest("base64")}`;
  }

  // Of a JWS: what a mailed link carries, made by the test.
  jws(claims, header = { alg: "HS256" }, secret = this.secret) {
    const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const text = `${part(header)}.${part(claims)}`;
    return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
  }

  // The newest mail's link, as a path with query.
  link() {
    const { pathname, search } = new URL(this.mail.at(-1).url);
    return pathname.slice(this.path.length) + search;
  }

  // The session token in a jar.
  token(name) {
    return decodeURIComponent(this.jar(name).get(`${this.cookie}.session_token`)).split(".")[0];
  }

  #of(value) {
    return typeof value === "function" ? value(this) : value;
  }

  #headers(step) {
    const jar = step.as && this.jar(step.as);
    const cookie = step.cookie === undefined ? jar?.header() : this.#of(step.cookie);
    const origin = step.origin === undefined && cookie ? this.base.origin : this.#of(step.origin);
    const found = [["host", this.base.host]];
    if (cookie) found.push(["cookie", cookie]);
    if (origin) found.push(["origin", origin]);
    if (step.bearer !== undefined) found.push(["authorization", `Bearer ${this.#of(step.bearer)}`]);
    return [...found, ...Object.entries(this.#of(step.headers) ?? {})];
  }

  #body(step) {
    if (step.json !== undefined) return ["application/json", JSON.stringify(this.#of(step.json))];
    if (step.form !== undefined)
      return ["application/x-www-form-urlencoded", new URLSearchParams(this.#of(step.form)).toString()];
    return ["application/json", this.#of(step.body)];
  }

  async run(step) {
    const method = methods.find((name) => name in step);
    const target = this.#of(step[method]);
    const path = step.outside ? target : this.path + target;
    if (step.set) await step.set(this);

    const headers = this.#headers(step);
    const [type, body] = this.#body(step);
    if (body !== undefined) {
      if (step.type !== null) headers.push(["content-type", step.type ?? type]);
      headers.push(
        step.chunked ? ["transfer-encoding", "chunked"] : ["content-length", Buffer.byteLength(body)],
      );
    } else if (method !== "get") headers.push(["content-length", 0]);
    const answer = await exchange(this.server.at, {
      method: method.toUpperCase(),
      path,
      headers,
      body,
    });
    if (step.as) this.jar(step.as).take(answer);
    const mails = await this.server.mails.take(step.mails ?? 0);
    this.mail.push(...mails);
    for (const [name, read] of Object.entries(step.keep ?? {}))
      this.kept[name] = read(JSON.parse(answer.body), this);
    return { answer, mails, request: `${method.toUpperCase()} ${path}` };
  }

  async stop() {
    this.db.close();
    await this.server.stop();
  }
}
