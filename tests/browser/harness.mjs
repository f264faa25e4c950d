// A real sessiond with its pages, and real browsers. Nothing waits for a length of time: a start is over
// when the port answers, an expectation is met when the page shows it.
//
// From the environment (meson sets all): SESSIOND, WEBAUTHCTL, SOURCE (the project), SHOTS (where pictures
// go), CHROMIUM.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { freePort } from "./ports.mjs";

const { SESSIOND, WEBAUTHCTL, SOURCE, SHOTS, CHROMIUM = "/usr/bin/chromium" } = process.env;
const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const PASSWORD = "correct horse battery";

// Nothing that Chromium does by itself: no look-ups, no updates, no first run.
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
	"--disable-background-networking", "--disable-component-update", "--disable-sync"];

/** Tries until it succeeds; `what` is the complaint when it never does. */
export async function until(condition, what, ms = 30_000) {
	const end = Date.now() + ms;

	for (;;) {
		const found = await condition();
		if (found)
			return found;
		assert.ok(Date.now() < end, `never: ${what}`);
		await new Promise((resolve) => setTimeout(resolve, 25)); // between two looks
	}
}

async function answers(url) {
	try {
		await (await fetch(url)).arrayBuffer();
		return true;
	} catch {
		return false;
	}
}

/** A program that is there when url answers, or when ready() is true; stopped with the test. */
export async function start(t, ready, command, words, options = {}) {
	const child = spawn(command, words, { stdio: ["ignore", "pipe", "pipe"], ...options });
	let log = "", ended = false;

	child.stdout.on("data", (data) => { log += data; });
	child.stderr.on("data", (data) => { log += data; });
	child.on("exit", () => { ended = true; });
	t.after(async () => {
		if (!ended) {
			child.kill("SIGTERM");
			await once(child, "exit");
		}
		// A sanitizer's report makes it something else. 143 is how a program says that it was SIGTERM.
		assert.ok([0, 143].includes(child.exitCode) || child.signalCode === "SIGTERM", `${command}: ${log}`);
	});
	const isReady = typeof ready === "function" ? ready : () => answers(ready);
	await until(async () => ended || await isReady(), `${command} is ready: ${ready}`, 120_000);
	assert.ok(!ended, `${command} ended: ${log}`);
	return { log: () => log };
}

/** Removed when all is over: hooks run in the order they were made, and a daemon whose store goes ends. */
const temporaries = [];

process.on("exit", () => {
	for (const dir of temporaries)
		rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
});

export function temporary() {
	const dir = mkdtempSync(join(tmpdir(), "webauth-browser-"));

	temporaries.push(dir);
	return dir;
}

/** sessiond with pages, on a store of its own; mails end up in a directory. */
export async function daemon(t, options = {}, { host = "localhost" } = {}) {
	const dir = temporary(), port = options.port ?? await freePort();
	const origin = options.base_url ?? `http://${host}:${port}`;
	const all = {
		store: `sqlite:${dir}/webauth.db`,
		listen: [`tcp:127.0.0.1:${port}`, `unix:${dir}/api.sock`],
		secret_file: `${dir}/secret`,
		base_url: origin,
		pages: true,
		rate_limit: false,
		mail_command: `${dir}/sendmail`,
		mail_templates: `${SOURCE}/etc/mail`,
		...options,
	};
	delete all.port;
	writeFileSync(`${dir}/secret`, "for tests in a browser, and nothing but tests", { mode: 0o600 });
	mkdirSync(`${dir}/mail`);
	writeFileSync(`${dir}/sendmail`, `#!/bin/sh\nf=$(mktemp ${dir}/mail/.XXXXXX)\ncat >"$f"\nmv "$f" "${dir}/mail/$(date +%s%N).eml"\n`);
	chmodSync(`${dir}/sendmail`, 0o755);
	const words = ["-f", "none"];
	for (const [key, value] of Object.entries(all))
		for (const item of [value].flat())
			words.push("-o", `${key}=${item}`);
	const { log } = await start(t, `http://127.0.0.1:${port}/api/auth/ok`, SESSIOND, words);

	return {
		origin, port, dir, log,
		at: (path) => origin + path,
		/** webauthctl on its store: another process. */
		ctl(...command) {
			const done = spawnSync(WEBAUTHCTL, ["-f", "none", "--set", `store=sqlite:${dir}/webauth.db`,
				"--set", `secret_file=${dir}/secret`, ...command], { encoding: "utf8" });
			assert.equal(done.status, 0, done.stderr);
		},
		async post(route, body, headers = {}) {
			const response = await fetch(`http://127.0.0.1:${port}/api/auth${route}`, {
				method: "POST",
				headers: { "content-type": "application/json", origin, ...headers },
				body: JSON.stringify(body),
			});
			return { status: response.status, headers: response.headers, body: await response.json() };
		},
		async signUp(email = "ann@example.com", more = {}) {
			const r = await this.post("/sign-up/email", { name: "Ann", email, password: PASSWORD, ...more });
			assert.equal(r.status, 200, JSON.stringify(r.body));
			return r.body;
		},
		/** The first link in the newest mail to this address, once there are `count` of them. */
		async link(to, count = 1) {
			const mails = await until(() => {
				const found = readdirSync(`${dir}/mail`).filter((name) => name.endsWith(".eml")).sort()
					.map((name) => readFileSync(`${dir}/mail/${name}`, "utf8"))
					.filter((text) => text.includes(`To: <${to}>`)); // others may speak of it
				return found.length >= count && found;
			}, `mail ${count} to ${to}: ${log()}`);
			const text = mails.at(-1).replace(/=\r?\n/g, "")
				.replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
			return text.match(/https?:\/\/[^\s"<>]+/)[0].replace(/&amp;/g, "&");
		},
	};
}

/** What a page did that it should not have: requests elsewhere, errors, violated policies. */
function watch(t, context, allowed) {
	const faults = [];

	context.on("request", (request) => {
		const url = new URL(request.url());
		if (url.protocol !== "data:" && !allowed.includes(url.origin))
			faults.push(`request to ${url}`);
	});
	context.on("weberror", (error) => faults.push(`error: ${error.error()}`));
	context.on("console", (message) => {
		// What a refusal looks like in the console is no fault; nor that http is no https.
		if (message.type() === "error" && !/Failed to load resource|origin was untrustworthy/.test(message.text()))
			faults.push(`console: ${message.text()}`);
	});
	t.after(() => assert.deepEqual(faults, []));
}

/** What stood there when a test failed. */
async function describe(t, context) {
	for (const page of context.pages())
		t.diagnostic(`${page.url()}: ${await page.locator("body").innerText({ timeout: 1000 }).catch(String)}`);
}

let browser;

/** A browser of its own (a context): its cookies, nobody else's. */
export async function visitor(t, site, { allow = [], ...options } = {}) {
	browser ??= await chromium.launch({ executablePath: CHROMIUM, args: [...FLAGS, "--host-resolver-rules=MAP *.test 127.0.0.1"] });
	const context = await browser.newContext({ locale: "en-GB", timezoneId: "Europe/Berlin", ...options });

	context.setDefaultTimeout(30_000);
	t.after(async () => {
		if (!t.passed)
			await describe(t, context);
		await context.close();
	});
	watch(t, context, [site.origin, ...allow]);
	return context;
}

export async function closeBrowser() {
	await browser?.close();
	browser = undefined;
}

/** A browser on a profile on disk: what it keeps when it is closed is there when it is opened again. */
export async function profile(t, site, dir) {
	const context = await chromium.launchPersistentContext(dir, { executablePath: CHROMIUM, args: FLAGS, locale: "en-GB" });

	context.setDefaultTimeout(30_000);
	watch(t, context, [site.origin]);
	return context;
}

/** By a link to another page, and not on before that is there: both may have a field of the same name. */
export async function follow(page, name, path) {
	await page.getByRole("link", { name }).click();
	await page.waitForURL((url) => url.pathname === path);
}

/** On the sign-in page where it stands. */
export async function enter(page, { email = "ann@example.com", password = PASSWORD, remember = true } = {}) {
	await page.getByLabel("E-mail").fill(email);
	await page.getByLabel("Password", { exact: true }).fill(password);
	await page.getByLabel("Stay signed in").setChecked(remember);
	await page.getByRole("button", { name: "Sign in" }).click();
}

export async function signIn(page, site, who) {
	await page.goto(site.at("/auth/sign-in"));
	await enter(page, who);
	await page.waitForURL(site.at("/auth/account"));
}

export async function audit(page) {
	await page.evaluate(axeSource);
	const { violations } = await page.evaluate(() => globalThis.axe.run(document, {
		runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
	}));

	assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.target} ${n.failureSummary}`).join(", ")}`), []);
}

export async function shoot(page, name) {
	mkdirSync(SHOTS, { recursive: true });
	await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
}
