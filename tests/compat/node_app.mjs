// Serves a Better Auth app until SIGTERM: node node_app.mjs SETUP, SETUP being JSON with store, outbox,
// listen (what net.Server.listen takes), secret, settings, plugins, and immediate (see below). Says
// {"port":N} when it is ready.
// NODE_ENV=production is the caller's business: "test" would switch the origin checks off.

import { randomUUID } from "node:crypto";
import { renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";

import Database from "better-sqlite3";
import { toNodeHandler } from "better-auth/node";

import { makeAuth } from "./app.mjs";

const setup = JSON.parse(process.argv[2]);
const database = new Database(setup.store, { fileMustExist: true });

// What docs/api.md advises to apps that share their file: a transaction takes its write lock when it begins,
// not at its first write, when it is too late to wait for it.
if (setup.immediate) {
  const prepare = database.prepare.bind(database);
  database.prepare = (sql) => prepare(sql === "begin" ? "begin immediate" : sql);
}

function send(kind, to, url) {
  const name = join(setup.outbox, randomUUID());
  writeFileSync(`${name}.part`, JSON.stringify({ to, url }));
  renameSync(`${name}.part`, `${name}.json`);
}

const server = createServer(toNodeHandler(makeAuth(setup, database, send)));
server.listen(setup.listen, () => {
  process.stdout.write(`${JSON.stringify({ port: server.address().port ?? null })}\n`);
});
process.on("SIGTERM", () => {
  server.close(() => {
    database.close();
    process.exit(0);
  });
  server.closeIdleConnections();
});
