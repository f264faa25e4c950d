// The same requests to a real Node Better Auth and to sessiond, each on its own copy of the same store;
// answers, cookies, headers and mails compared field by field. What may differ, and why, is the table
// in docs/api.md (named by API_MD), and nothing else is accepted. steps/ has the requests, by topic.

import assert from "node:assert/strict";
import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { canonical, differences, Names } from "./compare.mjs";
import { documented, rules, unexplained, unused } from "./differences.mjs";
import { makeStore, migrateForUs, startNode, startSessiond, workspace } from "./servers.mjs";
import { Side } from "./side.mjs";
import { topics } from "./steps/index.mjs";

const secret = "0123456789abcdef0123456789ABCDEFxyz!";

async function startBoth(directory, { settings, plugins = ["jwt", "bearer"] }) {
  const setup = { settings, plugins, secret };
  const [ofNode, ofOurs] = ["node.db", "sessiond.db"].map((name) => join(directory, name));
  await makeStore(ofNode, setup);
  copyFileSync(ofNode, ofOurs);
  migrateForUs(ofOurs);
  return Promise.all([
    startNode({ ...setup, directory, store: ofNode }),
    startSessiond({ ...setup, directory, store: ofOurs }),
  ]);
}

const show = (value) => (value === undefined ? "absent" : JSON.stringify(value));

function complaint(step, found, [node, sessiond]) {
  const lines = found.map(
    (d) => `  ${d.at}\n    node:     ${show(d.node)}\n    sessiond: ${show(d.sessiond)}`,
  );
  return [
    `${step.request} is answered differently:`,
    ...lines,
    `node said ${node.status} ${node.body.slice(0, 300)}`,
    `sessiond said ${sessiond.status} ${sessiond.body.slice(0, 300)}`,
  ].join("\n");
}

for (const topic of topics) {
  describe(topic.name, () => {
    let space;
    let sides;

    before(async () => {
      space = workspace();
      const servers = await startBoth(space.path, topic);
      sides = servers.map((server) => new Side(server, { ...topic, secret, names: new Names(secret) }));
    });

    after(async () => {
      try {
        await Promise.all((sides ?? []).map((side) => side.stop()));
      } finally {
        space.done();
      }
    });

    topic.steps.forEach((step, i) => {
      test(step.does, async () => {
        const where = `step ${i + 1}`;
        const responses = await Promise.all(sides.map((side) => side.run(step)));
        const forms = responses.map(({ answer, mails }, side) => ({
          ...canonical(answer, sides[side].names, where),
          mails: mails.map((mail) => sides[side].names.mail(mail, `${where} mail`)),
        }));
        const found = unexplained(differences(...forms), step, forms);
        const answers = responses.map(({ answer }) => answer);

        if (step.is !== undefined) {
          const [status, code] = [step.is].flat();
          assert.equal(answers[0].status, status, `Better Auth's own status; it said ${answers[0].body}`);
          if (code !== undefined) assert.equal(JSON.parse(answers[0].body).code, code);
        }
        assert.equal(found.length, 0, complaint({ ...step, request: responses[0].request }, found, answers));
      });
    });
  });
}

test("the differences are those that docs/api.md lists", () => {
  const listed = documented(readFileSync(process.env.API_MD, "utf8"));

  assert.deepEqual(Object.keys(rules).sort(), listed.sort());
});

test("every difference that is listed was met", () => {
  assert.deepEqual(unused(), []);
});

test("there are at least 200 steps", () => {
  assert.ok(topics.reduce((sum, topic) => sum + topic.steps.length, 0) >= 200);
});
