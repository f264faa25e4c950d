import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { readSession } from "../../lib/sessiond";

export const metadata = { title: "Account" };

// Asks for itself: a proxy in front is a convenience, not the lock.
export default async function Account() {
  const session = await readSession((await headers()).get("cookie"));
  if (!session) redirect("/sign-in?next=/account");

  return (
    <>
      <h1>Account</h1>
      <dl>
        <dt>Name</dt>
        <dd>{session.user.name}</dd>
        <dt>E-mail</dt>
        <dd>{session.user.email}</dd>
        <dt>Signed in until</dt>
        <dd>{session.session.expiresAt}</dd>
      </dl>
    </>
  );
}
