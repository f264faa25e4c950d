// What many steps do.

export const password = "correct horse battery";

export const email = (who) => `${who}@example.com`;

// `as` is the browser that gets the cookies; null for a client without any.
export const signUp = (who, { as = who, json = {}, ...more } = {}) => ({
  does: `${who} signs up`,
  post: "/sign-up/email",
  json: { name: who, email: email(who), password, ...json },
  as,
  is: 200,
  ...more,
});

export const signIn = (who, { as = who, json = {}, ...more } = {}) => ({
  does: `${who} signs in`,
  post: "/sign-in/email",
  json: { email: email(who), password, ...json },
  as,
  is: 200,
  ...more,
});

export const session = (as, more = {}) => ({
  does: `${as} asks for the session`,
  get: "/get-session",
  as,
  is: 200,
  ...more,
});

// The same route with one body after another: [what is wrong, body, answer].
export const bodies = (post, cases, more = {}) =>
  cases.map(([what, json, is, extra]) => ({
    does: `${post} with ${what}`,
    post,
    json,
    is,
    ...more,
    ...extra,
  }));

export const refusal = "VALIDATION_ERROR";
