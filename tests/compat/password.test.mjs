// Hashes that the real Better Auth made, verified by lib/core/password.c, and the other way round.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, test } from "node:test";

import { hashPassword, verifyPassword } from "better-auth/crypto";

const helper = process.env.PASSWORD_HELPER;

// What is set, and spellings of it that must match as well.
const passwords = {
  "plain ASCII": ["correct horse battery"],
  "every printable character of ASCII": [
    String.fromCharCode(...Array.from({ length: 95 }, (_, i) => 32 + i)),
  ],
  "blanks at both ends": ["  blank padded  "],
  "accents, composed and not": ["p\u00e4ssw\u00f6rt\u00e9", "pa\u0308sswo\u0308rte\u0301"],
  "ligatures and full-width letters": ["of\ufb01ce \uff21\uff22\uff23", "office ABC"],
  "vector of the contract": ["pas\u0301sword\u00e9\ufb01", "pa\u015bsworde\u0301fi"],
  "marks in another order": ["a\u0323\u0307bcdefg", "a\u0307\u0323bcdefg"],
  "Hangul": ["\ud55c\uae00\ube44\ubc00\ubc88\ud638", "\ud55c\uae00\ube44\ubc00\ubc88\ud638".normalize("NFD")],
  "emoji": ["\u{1f600}\u{1f469}\u200d\u{1f4bb}\u{1f1e9}\u{1f1ea}\u2764\ufe0f"],
  "128 units": ["x".repeat(127) + "y"],
  "128 units of emoji": ["\u{1f600}".repeat(64)],
  "one that NFKC makes 18 times as long": ["\ufdfa".repeat(8)],
  "U+2028 and no-break space": ["line\u2028sep\u00a0arator", "line\u2028sep arator"],
};

function ask(lines) {
  const input = lines.map((fields) => fields.join("\t") + "\n").join("");
  const answers = execFileSync(helper, { input, encoding: "utf8" }).split("\n");
  assert.equal(answers.pop(), "");
  assert.equal(answers.length, lines.length);
  return answers;
}

// Another last character, so that only a comparison of all of it tells them apart.
const wrong = (password) => password.slice(0, -1).normalize("NFC") + "\u00a4";

for (const [name, spellings] of Object.entries(passwords)) {
  describe(name, () => {
    test("a hash of Better Auth verifies here", async () => {
      const hash = await hashPassword(spellings[0]);
      const answers = ask([
        ...spellings.map((password) => ["verify", hash, password]),
        ["verify", hash, wrong(spellings[0])],
        ["verify", hash, spellings[0] + " "],
      ]);
      assert.deepEqual(answers, [...spellings.map(() => "OK"), "BAD_CREDENTIALS", "BAD_CREDENTIALS"]);
    });

    test("a hash of ours verifies there", async () => {
      const [hash] = ask([["hash", "scrypt", spellings[0]]]);
      for (const password of spellings)
        assert.equal(await verifyPassword({ hash, password }), true);
      assert.equal(await verifyPassword({ hash, password: wrong(spellings[0]) }), false);
    });

    test("an Argon2id hash of ours takes the same spellings", () => {
      const [hash] = ask([["hash", "argon2id", spellings[0]]]);
      assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
      const answers = ask(spellings.map((password) => ["verify", hash, password]));
      assert.deepEqual(answers, spellings.map(() => "OK"));
    });
  });
}

test("no truncation of a hash of Better Auth is usable", async () => {
  const hash = await hashPassword("correct horse battery");
  assert.equal(hash.length, 161);
  const cuts = Array.from(hash, (_, n) => ["verify", hash.slice(0, n), "correct horse battery"]).slice(1);
  assert.deepEqual(new Set(ask(cuts)), new Set(["HASH_UNUSABLE"]));
});
