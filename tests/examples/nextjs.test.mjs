// etc/examples/nextjs: installed from its lock file, built and served as its README says, with sessiond behind
// it and a browser in front.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { audit, closeBrowser, daemon, PASSWORD, shoot, start, temporary, visitor } from "./harness.mjs";
import { freePort } from "./ports.mjs";

const { SOURCE, BUILT } = process.env;
const EXAMPLE = join(SOURCE, "etc/examples/nextjs");
const calls = join(temporary(), "calls");
const quiet = { ...process.env, NEXT_TELEMETRY_DISABLED: "1" };
/* Of the one sessiond that all tests ask: the app is built with it. */
let sessiond, port;

after(closeBrowser);

function run(command, words, env) {
	const done = spawnSync(command, words, { cwd: BUILT, env, encoding: "utf8" });

	assert.equal(done.status, 0, `${command} ${words.join(" ")}:\n${done.stdout}${done.stderr}`);
}

/** What was installed for the same lock file is used again. */
function install() {
	const lock = readFileSync(join(EXAMPLE, "package-lock.json"), "utf8"), mark = join(BUILT, "node_modules/.installed");

	mkdirSync(BUILT, { recursive: true });
	cpSync(EXAMPLE, BUILT, { recursive: true });
	if (existsSync(mark) && readFileSync(mark, "utf8") === lock)
		return;
	run("npm", ["ci", "--no-audit", "--no-fund"], quiet);
	writeFileSync(mark, lock);
}

before(async () => {
	sessiond = await freePort();
	port = await freePort();
	install();
	rmSync(join(BUILT, ".next"), { recursive: true, force: true });
	// From here on nobody is called.
	writeFileSync(calls, "");
	Object.assign(quiet, {
		NO_NETWORK_LOG: calls,
		NODE_OPTIONS: `--require=${resolve("no_network.cjs")}`,
		SESSIOND: `http://127.0.0.1:${sessiond}`,
	});
	run(join(BUILT, "node_modules/.bin/next"), ["build"], quiet);
});

/** The app and a sessiond of its own. */
async function app(t) {
	const origin = `http://localhost:${port}`;
	const site = await daemon(t, { port: sessiond, base_url: origin });

	await start(t, origin, process.execPath,
		[join(BUILT, "node_modules/next/dist/bin/next"), "start", "--hostname", "127.0.0.1", "--port", port],
		{ cwd: BUILT, env: quiet });
	const context = await visitor(t, site);
	return { site, context, page: await context.newPage() };
}

const menu = (page, name) => page.getByRole("banner").getByText(name, { exact: true });

async function enter(page, { email = "ann@example.com", password = PASSWORD } = {}) {
	await page.getByLabel("E-mail").fill(email);
	await page.getByLabel("Password").fill(password);
	await page.getByRole("button", { name: "Sign in" }).click();
}

async function signUp(page, site) {
	await page.goto(site.at("/sign-up"));
	await page.getByLabel("Name").fill("Ann");
	await page.getByLabel("E-mail").fill("ann@example.com");
	await page.getByLabel("Password").fill(PASSWORD);
	await page.getByRole("button", { name: "Create account" }).click();
	await page.waitForURL(site.at("/account"));
}

test("signing up shows the account, and useSession the name", async (t) => {
	const { site, page } = await app(t);

	await page.goto(site.at("/"));
	await page.getByRole("link", { name: "Sign in" }).click();
	await page.getByRole("link", { name: "Create an account" }).click();
	await page.getByRole("heading", { name: "Create an account" }).waitFor();
	await audit(page);
	await shoot(page, "nextjs-sign-up");
	await signUp(page, site);
	await page.getByRole("main").getByText("ann@example.com").waitFor();
	await menu(page, "Ann").waitFor();
	await audit(page);
	await shoot(page, "nextjs-account");
});

test("refusals are told, and a right password is one's way in", async (t) => {
	const { site, page } = await app(t);

	await site.signUp();
	await page.goto(site.at("/sign-up"));
	await page.getByLabel("Name").fill("Ann");
	await page.getByLabel("E-mail").fill("ann@example.com");
	await page.getByLabel("Password").fill(PASSWORD);
	await page.getByRole("button", { name: "Create account" }).click();
	await page.getByRole("main").getByRole("alert").filter({ hasText: "User already exists" }).waitFor();
	await page.goto(site.at("/sign-in"));
	await enter(page, { password: "wrong password" });
	await page.getByRole("main").getByRole("alert").filter({ hasText: "Invalid email or password" }).waitFor();
	await enter(page);
	await page.waitForURL(site.at("/account"));
	await menu(page, "Ann").waitFor();
});

test("the signed-out are led from the account to the sign-in and back, and nowhere else", async (t) => {
	const { site, page } = await app(t);

	await site.signUp();
	const answer = await fetch(site.at("/account?x=1"), { redirect: "manual" });
	assert.equal(answer.status, 307);
	assert.equal(new URL(answer.headers.get("location"), site.origin).href, site.at("/sign-in?next=%2Faccount%3Fx%3D1"));
	// A cookie that only looks like one opens nothing.
	const forged = await fetch(site.at("/account"), { redirect: "manual", headers: { cookie: "better-auth.session_token=x" } });
	assert.equal(forged.status, 307);
	await page.goto(site.at("/account?x=1"));
	await page.waitForURL(site.at("/sign-in?next=%2Faccount%3Fx%3D1"));
	await enter(page);
	await page.waitForURL(site.at("/account?x=1"));

	await page.getByRole("button", { name: "Sign out" }).click();
	await page.waitForURL(site.at("/sign-in"));
	await page.goto(site.at("/sign-in?next=https://evil.example/"));
	await enter(page);
	await page.waitForURL(site.at("/account"));
});

test("signing out ends the session, here and in what is kept for going back", async (t) => {
	const { site, context, page } = await app(t);

	await signUp(page, site);
	await page.getByRole("button", { name: "Sign out" }).click();
	await page.waitForURL(site.at("/sign-in"));
	await page.getByRole("banner").getByRole("link", { name: "Sign in" }).waitFor();
	assert.deepEqual((await context.cookies()).filter(({ name }) => name.includes("session_token")), []);
	await page.goBack();
	await page.waitForURL(/sign-in/);
	assert.equal(await page.getByText("ann@example.com").count(), 0);
});

test("a session that another process ends is gone at the next page", async (t) => {
	const { site, page } = await app(t);

	await signUp(page, site);
	await page.getByRole("link", { name: "Home" }).click();
	await page.getByRole("heading", { name: "Home" }).waitFor();
	site.ctl("session", "kill", "--user", "ann@example.com", "--yes");
	await page.getByRole("link", { name: "Account" }).click();
	await page.waitForURL(/\/sign-in\?next=%2Faccount$/);
	await page.getByRole("banner").getByRole("link", { name: "Sign in" }).waitFor();
	assert.equal(await menu(page, "Ann").count(), 0);
});

test("neither the build nor the server called anybody", () => {
	assert.equal(readFileSync(calls, "utf8"), "");
});
