// Ports of this machine for the servers of tests; what api/ports.py is to those in Python.

import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

/** A port of 127.0.0.1 that nobody listens on, and below the kernel's own range: it does not become the near
 * end of another test's connection before it is used. */
export async function freePort() {
	for (;;) {
		const port = randomInt(15000, 32000), server = createServer();

		server.listen(port, "127.0.0.1");
		try {
			await once(server, "listening");
		} catch {
			continue; // taken
		}
		server.close();
		await once(server, "close");
		return port;
	}
}
