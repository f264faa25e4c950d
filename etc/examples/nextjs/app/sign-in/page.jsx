"use client";

import Link from "next/link";
import { signIn } from "../../lib/auth-client";
import Credentials from "../credentials";

export default function SignIn() {
  return (
    <>
      <h1>Sign in</h1>
      <Credentials send={signIn.email} submit="Sign in" />
      <p>
        New here? <Link href="/sign-up">Create an account</Link>
      </p>
    </>
  );
}
