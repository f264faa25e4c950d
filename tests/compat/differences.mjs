// The intended differences, as the test recognises them. Their reasons stand in docs/api.md, in a table
// whose first column has the same names.

const used = new Set();
const stale = new Set();

const absent = undefined;
const anything = (value) => value !== undefined;
const deletion = (cookie) => /^Max-Age=0; /.test(cookie.attributes);
const deletions = (cookies) => cookies.every(deletion);

// What each of them looks like. Either `cases`: at (the path of a difference) and what the two sides have
// there, each a value, a RegExp or a function; a rule that is `named` counts only in steps that name it in
// `differs`. Or `answers`: status, or [status, code], of each side in a step that names it, which explains all
// that differs in that step.
export const rules = {
  // JWTs
  "jwt-sid": {
    cases: [{ at: /\.sid$/, node: absent, sessiond: /^<.*(\.id|not seen yet)>$/ }],
  },
  "jwt-typ": {
    cases: [{ at: /\.header\.typ$/, node: absent, sessiond: "JWT" }],
  },
  "expired-jwt": {
    named: true,
    cases: [
      { at: "headers.set-auth-jwt", node: anything, sessiond: absent },
      { at: "headers.access-control-expose-headers", node: "set-auth-jwt", sessiond: absent },
    ],
  },
  // Later versions of Better Auth
  "dont-remember-deleted": {
    named: true,
    cases: [{ at: /^cookies\..*\.dont_remember$/, node: absent, sessiond: deletions }],
  },
  "revoked-cookies-deleted": {
    named: true,
    cases: [
      { at: /^cookies\./, node: absent, sessiond: deletions },
      { at: /^cookies\./, node: deletions, sessiond: absent },
    ],
  },
  "verification-user-id": {
    cases: [{ at: /^mails\.\d\.query\.token\.claims\.userId$/, node: absent, sessiond: /^<.*user\.id>$/ }],
    answers: [{ node: 200, sessiond: [401, "INVALID_TOKEN"] }],
  },
  "change-email-verified": {
    named: true,
    cases: [
      { at: /\.emailVerified$/, node: true, sessiond: false },
      { at: "headers.set-auth-token", node: anything, sessiond: absent },
      { at: "headers.access-control-expose-headers", node: anything, sessiond: absent },
      { at: /^cookies\..*\.session_token$/, node: anything, sessiond: absent },
    ],
  },
  // Sessions
  "session-data-once": {
    cases: [{ at: /^cookies\..*\.session_data\.1$/, node: deletion, sessiond: absent }],
  },
  "short-sessions-stay-short": {
    named: true,
    cases: [
      { at: "headers.set-auth-token", node: anything, sessiond: absent },
      {
        at: "headers.access-control-expose-headers",
        node: "set-auth-jwt, set-auth-token",
        sessiond: "set-auth-jwt",
      },
      { at: /^cookies\..*\.session_token$/, node: anything, sessiond: absent },
      { at: "body.json.session.expiresAt", node: anything, sessiond: anything },
    ],
  },
  "list-sessions-order": {
    named: true,
    cases: [{ at: /^body\.json\.\d+\.(id|token|userAgent)$/, node: anything, sessiond: anything }],
  },
  "get-session-body": {
    answers: [
      { node: [415, "UNSUPPORTED_MEDIA_TYPE"], sessiond: [405, "METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED"] },
      { node: [400, "BAD_REQUEST"], sessiond: [405, "METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED"] },
    ],
  },
  // Users and accounts
  "common-password": { answers: [{ node: 200, sessiond: [400, "PASSWORD_COMPROMISED"] }] },
  "profile-types": { answers: [{ node: 200, sessiond: [400, "VALIDATION_ERROR"] }] },
  "refused-not-500": {
    answers: [
      { node: 500, sessiond: [400, "VALIDATION_ERROR"] },
      { node: 500, sessiond: [401, "INVALID_TOKEN"] },
    ],
  },
  "delete-cookies": { named: true, cases: [{ at: /^cookies\./, node: absent, sessiond: deletions }] },
  "delete-link-kept": { answers: [{ node: [404, "INVALID_TOKEN"], sessiond: 302 }] },
  "selector-message": {
    named: true,
    cases: [
      {
        at: "body.json.message",
        node: /^\[(body|query)\] Unrecognized key: /,
        sessiond: /^\[(body|query)\] Invalid input$/,
      },
    ],
  },
  "empty-401": { answers: [{ node: 401, sessiond: [401, "UNAUTHORIZED"] }] },
  "username-type": {
    answers: [
      { node: [422, "FAILED_TO_CREATE_USER"], sessiond: [400, "VALIDATION_ERROR"] },
      { node: 200, sessiond: [400, "VALIDATION_ERROR"] },
    ],
  },
  "ban-ends-sessions": {
    named: true,
    cases: [
      { at: "body.json", node: anything, sessiond: (value) => value === null },
      { at: /^headers\.(set-auth-jwt|access-control-expose-headers)$/, node: anything, sessiond: absent },
      { at: /^cookies\./, node: absent, sessiond: deletions },
    ],
  },
  "social-schema": { answers: [{ node: [400, "VALIDATION_ERROR"], sessiond: [404, "PROVIDER_NOT_FOUND"] }] },
  "oauth-callback": {
    named: true,
    cases: [{ at: "headers.location", node: anything, sessiond: /\/error\?error=state_not_found$/ }],
  },
  // Origins
  "no-store": {
    cases: [
      { at: "headers.cache-control", node: absent, sessiond: "no-store" },
      { at: "headers.pragma", node: absent, sessiond: "no-cache" },
    ],
  },
  cors: {
    cases: [
      { at: "headers.access-control-allow-origin", node: absent, sessiond: anything },
      { at: "headers.access-control-allow-credentials", node: absent, sessiond: "true" },
      { at: "headers.vary", node: absent, sessiond: "Origin" },
    ],
    answers: [{ node: 404, sessiond: 204 }],
  },
  "custom-scheme-wildcards": {
    answers: [
      { node: [403, "INVALID_ORIGIN"], sessiond: 200 },
      { node: [403, "INVALID_CALLBACK_URL"], sessiond: 200 },
    ],
  },
  "callback-userinfo": { answers: [{ node: 200, sessiond: [403, "INVALID_CALLBACK_URL"] }] },
  "location-utf8": {
    named: true,
    cases: [{ at: "headers.location", node: anything, sessiond: anything }],
    answers: [{ node: 500, sessiond: 200 }],
  },
  // HTTP
  "retry-after": { cases: [{ at: "headers.retry-after", node: absent, sessiond: /^\d+$/ }] },
  "dot-segments": { answers: [{ node: 200, sessiond: 404 }] },
  "strict-target": { answers: [{ node: 302, sessiond: 400 }] },
  chunked: { answers: [{ node: 200, sessiond: 501 }] },
  "body-limit": { answers: [{ node: 200, sessiond: 413 }] },
  "no-content-type": {
    answers: [{ node: [400, "VALIDATION_ERROR"], sessiond: [415, "UNSUPPORTED_MEDIA_TYPE"] }],
  },
  "media-type-list": { answers: [{ node: 200, sessiond: [415, "UNSUPPORTED_MEDIA_TYPE"] }] },
  "byte-order-mark": { answers: [{ node: 200, sessiond: [400, "BAD_REQUEST"] }] },
  "duplicate-keys": { answers: [{ node: 200, sessiond: [400, "BAD_REQUEST"] }] },
  "error-page": { answers: [{ node: 302, sessiond: 200 }] },
};

const fits = (pattern, value) => {
  if (pattern instanceof RegExp) return typeof value === "string" && pattern.test(value);
  if (typeof pattern === "function") return value !== undefined && pattern(value);
  return pattern === value;
};

const caseFits = (one, d) => fits(one.at, d.at) && fits(one.node, d.node) && fits(one.sessiond, d.sessiond);

function answerFits(wanted, form) {
  const [status, code] = [wanted].flat();
  return form.status === status && (code === undefined || form.body.json?.code === code);
}

// What is left of the differences of a step once the intended ones are taken away.
export function unexplained(found, step, [node, sessiond]) {
  let left = found;
  const named = [step.differs ?? []].flat();
  for (const [id, rule] of Object.entries(rules)) {
    const isNamed = named.includes(id);
    const whole =
      isNamed && rule.answers?.some((a) => answerFits(a.node, node) && answerFits(a.sessiond, sessiond));
    const counts = isNamed || !rule.named;
    const rest = left.filter((d) => !whole && !(counts && rule.cases?.some((one) => caseFits(one, d))));
    if (rest.length < left.length) used.add(id);
    else if (isNamed) stale.add(`${id}: ${step.does}`);
    left = rest;
  }
  return left;
}

// Rules that explained nothing, and steps that name a difference which is none.
export const unused = () => [...Object.keys(rules).filter((id) => !used.has(id)), ...stale];

// The first column of the table under "Differences from Better Auth".
export function documented(page) {
  const section = page.split(/^## /m).find((part) => part.startsWith("Differences from Better Auth"));
  if (section === undefined) return [];
  return [...section.matchAll(/^\| `([a-z0-9-]+)` \|/gm)].map(([, id]) => id);
}
