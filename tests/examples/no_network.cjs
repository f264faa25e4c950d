// Loaded into every Node process of a test (NODE_OPTIONS): whoever calls anything but this machine is
// refused and written down in NO_NETWORK_LOG.

const dns = require("node:dns");
const { appendFileSync } = require("node:fs");
const net = require("node:net");

const HERE = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/;

function refuse(host) {
	appendFileSync(process.env.NO_NETWORK_LOG, `${process.argv.join(" ")}: ${host}\n`);
	throw new Error(`no network here: ${host}`);
}

const { connect } = net.Socket.prototype;

net.Socket.prototype.connect = function (...words) {
	const options = Array.isArray(words[0]) ? words[0][0] : words[0];
	const host = typeof options === "object" ? options.host : words[1];

	// Without a host it is this machine, or a path.
	if (typeof host === "string" && !HERE.test(host))
		refuse(host);
	return connect.apply(this, words);
};

for (const place of [dns, dns.promises])
	for (const name of ["lookup", "resolve", "resolve4", "resolve6"]) {
		const ask = place[name];

		place[name] = function (host, ...more) {
			if (!HERE.test(host) && net.isIP(host) === 0)
				refuse(host);
			return ask.call(this, host, ...more);
		};
	}
