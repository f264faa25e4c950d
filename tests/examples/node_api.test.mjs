// Runs backends.py on the Node example. Here, because jose is found from where the server is.

import assert from "node:assert";
import { spawnSync } from "node:child_process";
import { copyFileSync } from "node:fs";
import { dirname, join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";

test("the example and a real sessiond", () => {
  const { PYTHON, BACKENDS, EXAMPLE } = process.env;
  const server = join(dirname(fileURLToPath(import.meta.url)), "node_api_server.mjs");
  copyFileSync(EXAMPLE, server);
  const done = spawnSync(PYTHON, [BACKENDS, process.execPath, server, "SOCKET"], {
    encoding: "utf8",
  });
  assert.strictEqual(done.status, 0, done.stderr);
});
