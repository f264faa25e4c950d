import { sessiond } from "./lib/sessiond.js";

/** @type {import("next").NextConfig} */
export default {
  // Better Auth's routes are sessiond's: the browser asks this origin, and its cookie is of this origin.
  async rewrites() {
    return [{ source: "/api/auth/:path*", destination: `${sessiond}/api/auth/:path*` }];
  },
};
