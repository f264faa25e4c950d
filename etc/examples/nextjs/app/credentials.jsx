"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";

// Only a place on this site: the parameter is in a link that anybody may have written.
function nextPlace() {
  const wanted = new URLSearchParams(location.search).get("next") ?? "/account";
  const url = new URL(wanted, location.origin);
  return url.origin === location.origin ? url.pathname + url.search : "/account";
}

/** A form whose fields are given to `send`, which answers as better-auth's client does. */
export default function Credentials({ send, submit, newUser = false }) {
  const router = useRouter();
  const [error, setError] = useState(null);
  const [busy, setBusy] = useState(false);

  async function onSubmit(event) {
    event.preventDefault();
    setBusy(true);
    setError(null);
    const { error } = await send(Object.fromEntries(new FormData(event.currentTarget)));
    if (error) {
      setError(error.message ?? "The server cannot be reached.");
      setBusy(false);
      return;
    }
    router.push(nextPlace());
    router.refresh();
  }

  return (
    <form onSubmit={onSubmit}>
      {newUser && (
        <label>
          Name <input name="name" autoComplete="name" required />
        </label>
      )}
      <label>
        E-mail <input name="email" type="email" autoComplete="username" required />
      </label>
      <label>
        Password{" "}
        <input
          name="password"
          type="password"
          autoComplete={newUser ? "new-password" : "current-password"}
          minLength={newUser ? 8 : undefined}
          required
        />
      </label>
      <p role="alert">{error}</p>
      <button disabled={busy}>{submit}</button>
    </form>
  );
}
