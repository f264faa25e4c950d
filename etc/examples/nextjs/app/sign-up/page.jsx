"use client";

import Link from "next/link";
import { signUp } from "../../lib/auth-client";
import Credentials from "../credentials";

export default function SignUp() {
  return (
    <>
      <h1>Create an account</h1>
      <Credentials send={signUp.email} submit="Create account" newUser />
      <p>
        Already have one? <Link href="/sign-in">Sign in</Link>
      </p>
    </>
  );
}
