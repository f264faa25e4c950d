"use client";

import Link from "next/link";
import { usePathname, useRouter } from "next/navigation";
import { useEffect } from "react";
import { signOut, useSession } from "../lib/auth-client";

export default function Menu() {
  const { data, isPending, refetch } = useSession();
  const path = usePathname();
  const router = useRouter();

  // A session may have ended since: each page asks.
  useEffect(() => {
    refetch();
  }, [path]);

  async function leave() {
    await signOut();
    router.push("/sign-in");
    router.refresh(); // forgets the pages that were kept for going back
  }

  return (
    <header>
      <nav aria-label="Pages">
        <Link href="/">Home</Link>
        <Link href="/account" prefetch={false}>
          Account
        </Link>
      </nav>
      {isPending ? null : data ? (
        <p>
          <span>{data.user.name}</span> <button onClick={leave}>Sign out</button>
        </p>
      ) : (
        <Link href="/sign-in">Sign in</Link>
      )}
    </header>
  );
}
