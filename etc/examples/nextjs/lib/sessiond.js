// Where sessiond listens, as this server reaches it; rewrites are built in by "next build".
export const sessiond = process.env.SESSIOND ?? "http://127.0.0.1:8787";

/**
 * Who asks, by the cookies of the request, or null. Always asked anew: a session that was revoked, by
 * whichever process, is gone at once.
 */
export async function readSession(cookie) {
  if (!cookie) return null;
  const answer = await fetch(`${sessiond}/api/auth/get-session?disableRefresh=true`, {
    headers: { cookie },
    cache: "no-store",
  });
  if (!answer.ok) throw new Error(`sessiond answers ${answer.status}`);
  return answer.json();
}
