// The same bytes to our HTTP parser and to Node's: what we take for requests, Node takes for the same
// requests. We may refuse more; we never read differently, and so nothing can be smuggled past a
// proxy that reads as Node does.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import http from "node:http";
import { Duplex } from "node:stream";
import test from "node:test";

const helper = process.env.FRAMING_HELPER;
const data = process.env.TESTS_DATA;
const corpus = process.env.FUZZ_CORPUS;

function ours(bytes) {
  const run = spawnSync(helper, { input: bytes, encoding: "latin1" });
  assert.equal(run.status, 0, run.stderr);
  const lines = run.stdout.trimEnd().split("\n");
  const end = lines.pop();
  return { requests: lines, end };
}

// Node's server on a connection that holds the bytes and then ends.
function nodes(bytes) {
  return new Promise((resolve) => {
    const requests = [];
    let refused = false;
    const take = (request, response) => {
      const chunks = [];
      const at = requests.push(null) - 1;
      request.on("data", (chunk) => chunks.push(chunk));
      request.on("end", () => {
        requests[at] = `${request.method} ${request.url} ${Buffer.concat(chunks).toString("hex")}`;
        response.end();
      });
      request.on("error", () => {});
    };
    const server = http.createServer(take);
    const connection = new Duplex({
      read() {},
      write(chunk, encoding, done) {
        done();
      },
    });
    server.on("checkContinue", take);
    server.on("checkExpectation", take);
    server.on("clientError", () => {
      refused = true;
      connection.destroy();
    });
    connection.on("error", () => {});
    connection.on("close", () => {
      resolve({ requests: requests.filter((request) => request !== null), refused });
    });
    server.emit("connection", connection);
    connection.push(bytes);
    connection.push(null);
  });
}

// One name more than Node's list: such a request gets our 404, which is no difference in framing.
function isKnown(request) {
  const method = request.slice(0, request.indexOf(" "));
  return http.METHODS.includes(method) && method !== "CONNECT";
}

async function compare(name, bytes) {
  const mine = ours(bytes);
  const unknown = mine.requests.findIndex((request) => !isKnown(request));
  const comparable = unknown < 0 ? mine.requests : mine.requests.slice(0, unknown);
  const theirs = await nodes(bytes);
  // Where Node refuses, nobody behind it is asked: what both took must be the same.
  const n = theirs.refused ? Math.min(comparable.length, theirs.requests.length) : comparable.length;

  assert.deepEqual(comparable.slice(0, n), theirs.requests.slice(0, n), name);
}

function unescape(text) {
  const words = {
    "{get}": "GET /api/auth/ok HTTP/1.1\\r\\nHost: a.test\\r\\n",
    "{post}": "POST /api/auth/ok HTTP/1.1\\r\\nHost: a.test\\r\\n",
    "{smuggled}": "GET /api/auth/ok?smuggled HTTP/1.1\\r\\nHost: a.test\\r\\n\\r\\n",
  };
  const whole = text.replace(/\{(get|post|smuggled)\}/g, (word) => words[word]);
  const plain = whole.replace(/\\(r|n|t|\\|x[0-9A-Fa-f]{2})/g, (_, code) => {
    if (code[0] === "x") return String.fromCharCode(parseInt(code.slice(1), 16));
    return { r: "\r", n: "\n", t: "\t", "\\": "\\" }[code];
  });
  return Buffer.from(plain, "latin1");
}

test("the raw cases", async () => {
  const lines = readFileSync(`${data}/framing.txt`, "latin1").split("\n");
  let n = 0;
  for (const line of lines) {
    const parts = line.split(" | ");
    if (line.startsWith("#") || parts.length < 3) continue;
    await compare(parts[0], unescape(parts.slice(2).join(" | ")));
    n++;
  }
  assert.ok(n >= 55, `${n} cases`);
});

test("the fuzzer's corpus", async () => {
  for (const name of readdirSync(corpus)) await compare(name, readFileSync(`${corpus}/${name}`));
});

// Every byte of some requests replaced by those that confuse parsers, one at a time.
test("requests with one byte changed", async () => {
  const seeds = [
    "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloGET /b HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /a HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n",
  ];
  const bytes = ["\0", "\t", "\n", "\r", " ", "0", ":", ",", "\x80"];
  const all = [];
  for (const seed of seeds)
    for (let at = 0; at < seed.length; at++)
      for (const byte of bytes) all.push(seed.slice(0, at) + byte + seed.slice(at + 1));
  // One helper per case is the cost: a fixed third of them is enough for every run.
  for (let i = 0; i < all.length; i += 3)
    await compare(JSON.stringify(all[i]), Buffer.from(all[i], "latin1"));
});
