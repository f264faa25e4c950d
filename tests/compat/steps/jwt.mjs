// JWTs and the keys that verify them.

import { session, signIn, signUp } from "./common.mjs";

const topic = (name, settings, steps = []) => ({
  name,
  settings,
  steps: [
    { does: "token without a session", get: "/token", is: [401, "UNAUTHORIZED"] },
    { does: "the first look at jwks makes a key", get: "/jwks", is: 200 },
    { does: "the second finds it", get: "/jwks", is: 200 },
    signUp("ann", { json: { image: "https://x.test/a.png" } }),
    { does: "a JWT", get: "/token", as: "ann", is: 200 },
    { does: "a JWT by bearer token", get: "/token", bearer: (s) => s.token("ann"), is: 200 },
    session("ann", { does: "a JWT beside the session" }),
    { does: "a JWT is no bearer token", get: "/get-session", bearer: (s) => s.jws({ sub: "x" }), is: 200 },
    {
      does: "token with a dead session",
      get: "/token",
      cookie: (s) => `better-auth.session_token=${encodeURIComponent(s.sign("n".repeat(32)))}`,
      is: 401,
    },
    ...steps,
  ],
});

export default [
  topic("JWTs with ES256", { jwt_alg: "ES256" }, [
    {
      does: "a name that changed is in the next JWT",
      post: "/update-user",
      json: { name: "Änn 🦊" },
      as: "ann",
      is: 200,
    },
    { does: "the next JWT", get: "/token", as: "ann", is: 200 },
    signIn("ann", { does: "no JWT at sign-in" }),
  ]),
  topic("JWTs with EdDSA", { jwt_alg: "EdDSA" }),
  topic("JWTs with RS256", { jwt_alg: "RS256" }),
  topic("JWTs with their own issuer and audience", {
    jwt_alg: "ES256",
    jwt_issuer: "https://issuer.test",
    jwt_audience: ["https://a.test", "https://b.test"],
    jwt_header: false,
    base_url: "https://auth.example.com",
  }),
];
