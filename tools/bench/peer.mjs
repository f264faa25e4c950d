// Better Auth as its documentation sets it up, on a store that is there: node peer.mjs STORE PORT SECRET.
// The rate limit is off, as it is for sessiond, and get-session carries no JWT.

import { createServer } from "node:http";

import Database from "better-sqlite3";
import { betterAuth } from "better-auth";
import { toNodeHandler } from "better-auth/node";
import { jwt } from "better-auth/plugins";

const [store, port, secret] = process.argv.slice(2);
const database = new Database(store);
database.pragma("journal_mode = WAL");
database.pragma("busy_timeout = 5000");

const auth = betterAuth({
  database,
  secret,
  baseURL: "http://localhost:3000",
  telemetry: { enabled: false },
  logger: { disabled: true },
  rateLimit: { enabled: false },
  emailAndPassword: { enabled: true },
  plugins: [
    jwt({ disableSettingJwtHeader: true, jwks: { keyPairConfig: { alg: "ES256" } } }),
  ],
});

createServer(toNodeHandler(auth)).listen(Number(port), "127.0.0.1", () => console.log("ready"));
