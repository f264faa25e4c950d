// Both servers as processes, each on a store of its own or both on one: started, asked for mails, stopped.
// SESSIOND and WEBAUTHCTL name the programs under test, MAIL_TEMPLATES the folder of etc/mail.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import Database from "better-sqlite3";

import { defaults, migrate } from "./app.mjs";
import { freePort } from "./ports.mjs";

const startDeadline = 60_000;
const mailDeadline = 20_000;

// Returns the first true value of condition(), looked at again and again.
export async function eventually(condition, complaint, deadline = startDeadline) {
  const end = Date.now() + deadline;
  for (;;) {
    const found = await condition();
    if (found) return found;
    if (Date.now() > end) throw new Error(complaint());
    await pause(5);
  }
}

// Socket paths are short: not below a build directory.
export function workspace() {
  const path = mkdtempSync(join(tmpdir(), "compat-"));
  return { path, done: () => rmSync(path, { recursive: true, force: true }) };
}

// A store as the Node app's own migration makes it.
export async function makeStore(path, setup) {
  const database = new Database(path);
  await migrate(setup, database);
  database.close();
}

// webauthctl on a store; what it prints.
export function webauthctl(path, ...words) {
  const done = spawnSync(
    process.env.WEBAUTHCTL,
    ["-f", "none", "--set", `store=sqlite:${path}`, ...words],
    { encoding: "utf8" },
  );
  if (done.status !== 0) throw new Error(`webauthctl ${words.join(" ")}: ${done.stderr}`);
  return done.stdout;
}

export const migrateForUs = (path) => webauthctl(path, "store", "migrate");

// What a test says to a server is all that a server hears.
function environment(more) {
  const foreign = /^(BETTER_AUTH_|AUTH_|LISTEN_|NOTIFY_|CREDENTIALS_|NODE_|npm_)/;
  const kept = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  return { ...Object.fromEntries(kept), ...more };
}

async function stop(child, log) {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    await ended;
  }
  if (child.exitCode !== 0) throw new Error(`ended with ${child.exitCode ?? child.signalCode}:\n${log()}`);
}

function decodedPart(text) {
  const [head] = text.split(/\r?\n\r?\n/, 1);
  const body = text.slice(head.length);
  if (!/^content-transfer-encoding:\s*quoted-printable/im.test(head)) return body;
  return body
    .replace(/=\r?\n/g, "")
    .replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
}

// The address and the link of a mail; url is undefined in a notice, which has none.
function parseMail(text) {
  const boundary = /^content-type:.*boundary="([^"]+)"/im.exec(text)?.[1];
  const parts = boundary === undefined ? [text] : text.split(`--${boundary}`).slice(1, -1);
  const plain = parts.find((part) => /^content-type:\s*text\/plain/im.test(part)) ?? text;
  return {
    to: /^to:.*?([^\s<>]+@[^\s<>]+)/im.exec(text)?.[1],
    url: /https?:\/\/\S+/.exec(decodedPart(plain.trimStart()))?.[0],
  };
}

// Mails with a link. Notices, which only sessiond sends, are passed over.
function outbox(directory, parse) {
  const parsed = new Map();
  let taken = 0;
  mkdirSync(directory);
  const links = () => {
    for (const name of readdirSync(directory).sort())
      if (!name.endsWith(".part") && !parsed.has(name))
        parsed.set(name, parse(readFileSync(join(directory, name), "utf8")));
    return [...parsed.values()].filter(({ url }) => url !== undefined);
  };
  return {
    // Those that came since the last call, at least this many.
    async take(count) {
      const found = await eventually(
        () => (links().length - taken >= count ? links().slice(taken) : undefined),
        () => `${links().length - taken} mails in ${basename(directory)}, ${count} expected`,
        mailDeadline,
      );
      taken += found.length;
      return found;
    },
  };
}

export async function startNode(setup) {
  const { directory, store, settings = {}, plugins, secret, tcp = false, immediate = false } = setup;
  const mails = join(directory, "node-mails");
  const box = outbox(mails, JSON.parse);
  const socketPath = join(directory, "node.sock");
  const listen = tcp ? { host: "127.0.0.1", port: 0 } : { path: socketPath };
  const log = openSync(join(directory, "node.log"), "a");
  const child = spawn(
    process.execPath,
    [
      join(dirname(fileURLToPath(import.meta.url)), "node_app.mjs"),
      JSON.stringify({ store, outbox: mails, listen, secret, settings, plugins, immediate }),
    ],
    { stdio: ["ignore", "pipe", log], env: environment({ NODE_ENV: "production" }) },
  );
  closeSync(log);
  const text = () => readFileSync(join(directory, "node.log"), "utf8");
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([
    once(lines, "line").then(([line]) => line),
    once(child, "exit").then(() => undefined),
  ]);
  if (first === undefined) throw new Error(`the Node app did not start:\n${text()}`);
  const { port } = JSON.parse(first);
  return {
    name: "node",
    at: tcp ? { host: "127.0.0.1", port } : { socketPath },
    store,
    mails: box,
    log: text,
    stop: () => stop(child, text),
  };
}

// sessiond takes the settings as they are; a list repeats its key.
export async function startSessiond({ directory, store, settings = {}, secret, tcp = false }) {
  const mails = join(directory, "sessiond-mails");
  const box = outbox(mails, parseMail);
  const sender = join(directory, "mail");
  const socketPath = join(directory, "sessiond.sock");
  const secretFile = join(directory, "secret");
  writeFileSync(secretFile, secret, { mode: 0o600 });
  writeFileSync(
    sender,
    `#!/bin/sh\nname=${mails}/$(date +%s%N)-$$\ncat >"$name.part" && mv "$name.part" "$name"\n`,
  );
  chmodSync(sender, 0o755);
  // A free port, found by asking for one: sessiond takes no port 0.
  const port = tcp ? await freePort() : undefined;
  const origin = tcp ? `http://127.0.0.1:${port}` : undefined;
  const all = {
    ...defaults,
    ...(tcp ? { base_url: origin } : {}),
    store: `sqlite:${store}`,
    listen: tcp ? `tcp:127.0.0.1:${port}` : `unix:${socketPath}`,
    secret_file: secretFile,
    mail_command: sender,
    mail_templates: process.env.MAIL_TEMPLATES,
    rate_limit: false,
    ...settings,
  };
  const words = Object.entries(all).flatMap(([key, value]) =>
    [value].flat().flatMap((item) => ["-o", `${key}=${item}`]),
  );
  const log = openSync(join(directory, "sessiond.log"), "a");
  const child = spawn(process.env.SESSIOND, ["-f", "none", ...words], {
    stdio: ["ignore", log, log],
    env: environment({}),
  });
  closeSync(log);
  const text = () => readFileSync(join(directory, "sessiond.log"), "utf8");
  const at = tcp ? { host: "127.0.0.1", port } : { socketPath };
  await eventually(
    () => {
      if (child.exitCode !== null) throw new Error(`sessiond did not start:\n${text()}`);
      return reachable(at);
    },
    () => `sessiond does not listen:\n${text()}`,
  );
  return {
    name: "sessiond",
    at,
    origin,
    store,
    mails: box,
    log: text,
    stop: () => stop(child, text),
  };
}

function reachable({ socketPath, host, port }) {
  return new Promise((resolve) => {
    const socket = connect(socketPath ? { path: socketPath } : { host, port });
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}
