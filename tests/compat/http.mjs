// HTTP as bytes say it: every header as it was sent and as it came, nothing followed, nothing added.

import { request as httpRequest } from "node:http";

const deadline = 60_000;

// headers: [[name, value]...]. `at` is {socketPath} or {host, port}.
export function exchange(at, { method, path, headers, body }) {
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      ...at,
      method,
      path,
      agent: false,
      timeout: deadline,
      setHost: false,
      headers: headers.flat(),
    });
    request.on("timeout", () => request.destroy(new Error(`${method} ${path}: no answer`)));
    request.on("error", reject);
    request.on("response", (response) => {
      const chunks = [];
      response.on("error", reject);
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => {
        const pairs = [];
        for (let i = 0; i < response.rawHeaders.length; i += 2)
          pairs.push([response.rawHeaders[i].toLowerCase(), response.rawHeaders[i + 1]]);
        resolve({
          status: response.statusCode,
          headers: pairs,
          body: Buffer.concat(chunks).toString(),
        });
      });
    });
    request.end(body);
  });
}

export function parseSetCookie(line) {
  const [pair, ...attributes] = line.split("; ");
  const cut = pair.indexOf("=");
  return { name: pair.slice(0, cut), value: pair.slice(cut + 1), attributes };
}

// What a browser keeps of the cookies of one site.
export class Jar {
  #cookies = new Map();

  take(response) {
    for (const [name, line] of response.headers) {
      if (name !== "set-cookie") continue;
      const cookie = parseSetCookie(line);
      if (cookie.attributes.includes("Max-Age=0")) this.#cookies.delete(cookie.name);
      else this.#cookies.set(cookie.name, cookie.value);
    }
  }

  set(name, value) {
    this.#cookies.set(name, value);
  }

  delete(name) {
    this.#cookies.delete(name);
  }

  get(name) {
    return this.#cookies.get(name);
  }

  header() {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }
}
