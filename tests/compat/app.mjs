// A real Better Auth app, described by sessiond's own configuration keys: one set of settings makes both
// servers of a comparison. Used by node_app.mjs, which serves it, and by servers.mjs, which makes stores.

import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { admin, bearer, jwt, username } from "better-auth/plugins";

export const defaults = { base_url: "http://localhost:3000" };

const seconds = (value) => (value === undefined ? undefined : Number(value));
const curves = { EdDSA: "Ed25519" };

function plugins(names, s) {
  const make = {
    admin: () => admin(),
    username: () => username(),
    jwt: () =>
      jwt({
        jwks: { keyPairConfig: { alg: s.jwt_alg ?? "ES256", crv: curves[s.jwt_alg] } },
        jwt: { issuer: s.jwt_issuer, audience: s.jwt_audience, expirationTime: s.jwt_expires_in },
        disableSettingJwtHeader: s.jwt_header === false,
      }),
    bearer: () => bearer({ requireSignature: s.bearer_require_signature === true }),
  };
  return names.map((name) => make[name]());
}

// Which settings of ours are which options of theirs. send(kind, to, url, token) files a mail.
export function options({ settings: given, plugins: names, secret }, database, send) {
  const s = { ...defaults, ...given };
  const mail = s.mail_command === "" ? undefined : send;
  const to = (kind) => mail && (async ({ user, url }) => mail(kind, user.email, url));

  return {
    database,
    secret,
    baseURL: s.base_url,
    trustedOrigins: s.trusted_origins ?? [],
    telemetry: { enabled: false },
    logger: { level: "error" },
    rateLimit: { enabled: s.rate_limit === true },
    emailAndPassword: {
      enabled: true,
      disableSignUp: s.sign_up === false,
      autoSignIn: s.auto_sign_in,
      requireEmailVerification: s.require_email_verification,
      minPasswordLength: s.min_password_length,
      maxPasswordLength: s.max_password_length,
      revokeSessionsOnPasswordReset: s.revoke_sessions_on_password_reset,
      resetPasswordTokenExpiresIn: seconds(s.reset_token_expires_in),
      sendResetPassword: to("reset"),
    },
    emailVerification: {
      sendVerificationEmail: to("verification"),
      sendOnSignUp: s.send_on_sign_up,
      sendOnSignIn: s.send_on_sign_in,
      autoSignInAfterVerification: s.auto_sign_in_after_verification,
      expiresIn: seconds(s.verification_expires_in),
    },
    user: {
      changeEmail: {
        enabled: s.change_email === true,
        updateEmailWithoutVerification: s.change_email_unverified,
        sendChangeEmailConfirmation: s.change_email_confirmation ? to("confirmation") : undefined,
      },
      deleteUser: {
        enabled: s.delete_user === true,
        sendDeleteAccountVerification: s.delete_user_verification ? to("deletion") : undefined,
        deleteTokenExpiresIn: seconds(s.delete_token_expires_in),
      },
    },
    account: { accountLinking: { allowUnlinkingAll: s.unlink_last_account === true } },
    session: {
      expiresIn: seconds(s.session_expires_in),
      updateAge: seconds(s.session_update_age),
      freshAge: seconds(s.session_fresh_age),
      disableSessionRefresh: s.session_refresh === false,
      deferSessionRefresh: s.session_defer_refresh === true,
    },
    advanced: {
      cookiePrefix: s.cookie_prefix,
      useSecureCookies: s.secure_cookies,
      crossSubDomainCookies: s.cookie_domain ? { enabled: true, domain: s.cookie_domain } : undefined,
      ipAddress: {
        disableIpTracking: s.ip_tracking === false,
        ipAddressHeaders: s.ip_headers,
        trustedProxies: s.trusted_proxies,
      },
    },
    plugins: plugins(names, s),
  };
}

export const makeAuth = (setup, database, send) => betterAuth(options(setup, database, send));

export async function migrate(setup, database) {
  const { runMigrations } = await getMigrations(options(setup, database));
  await runMigrations();
}

// What Better Auth itself would still want to change in that store.
export async function pendingMigrations(setup, database) {
  const plan = await getMigrations(options(setup, database));
  const parts = ["toBeCreated", "toBeAdded", "toBeAddedIndexes", "unsafeChanges", "schemaProblems"];
  return parts.flatMap((part) => plan[part] ?? []);
}
