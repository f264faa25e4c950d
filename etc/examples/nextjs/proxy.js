// What Next.js before 16 called middleware: runs before a protected page is made.
import { NextResponse } from "next/server";
import { readSession } from "./lib/sessiond.js";

export async function proxy(request) {
  if (await readSession(request.headers.get("cookie"))) return NextResponse.next();
  const url = new URL("/sign-in", request.url);
  url.searchParams.set("next", request.nextUrl.pathname + request.nextUrl.search);
  return NextResponse.redirect(url);
}

export const config = { matcher: ["/account/:path*"] };
