// etc/examples/single-page-app with etc/examples/node-api behind it, nginx in front and a browser on it.

import assert from "node:assert/strict";
import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { audit, closeBrowser, daemon, enter, shoot, start, temporary, visitor } from "./harness.mjs";
import { freePort } from "./ports.mjs";

after(closeBrowser);

const { SOURCE, NGINX } = process.env;
const EXAMPLE = join(SOURCE, "etc/examples/single-page-app");

function replaced(text, pairs) {
	for (const [from, to] of pairs) {
		assert.ok(text.includes(from), from);
		text = text.replaceAll(from, to);
	}
	return text;
}

/** The example's site.conf and the snippets as they are, but for their paths and the port. */
function configure(dir, port, site, api) {
	cpSync(join(SOURCE, "etc/nginx"), `${dir}/snippets`, { recursive: true });
	for (const [name, from, to] of [
		["webauth-upstream.conf", "/run/webauth/api.sock", `${site.dir}/api.sock`],
		["webauth-pages.conf", "/usr/share/webauth/pages/", `${SOURCE}/sessiond/pages/`],
	])
		writeFileSync(`${dir}/snippets/${name}`, replaced(readFileSync(`${dir}/snippets/${name}`, "utf8"), [[from, to]]));
	writeFileSync(`${dir}/site.conf`, replaced(readFileSync(join(EXAMPLE, "site.conf"), "utf8"), [
		["/run/notes/api.sock", api], ["listen 80;", `listen 127.0.0.1:${port};`], ["/var/www/notes", `${EXAMPLE}/site`],
	]));
	const folders = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) => `${kind}_temp_path ${dir}/${kind};`);
	writeFileSync(`${dir}/nginx.conf`, `${process.getuid() === 0 ? "user root;" : ""}
		daemon off;
		pid ${dir}/nginx.pid;
		error_log ${dir}/error.log;
		events { worker_connections 64; }
		http { access_log off; ${folders.join(" ")} include /etc/nginx/mime.types; include site.conf; }
	`);
}

/** All of it; the app is at the origin of what comes back. */
async function app(t, options = {}) {
	const port = await freePort(), dir = temporary(), apiSocket = `${dir}/notes.sock`;
	const site = await daemon(t, { base_url: `http://localhost:${port}`, ...options });

	configure(dir, port, site, apiSocket);
	// run.sh has copied it here, where it finds jose.
	await start(t, () => existsSync(apiSocket), process.execPath, ["server.mjs", apiSocket],
		{ env: { ...process.env, WEBAUTH_SOCKET: `${site.dir}/api.sock`, WEBAUTH_ISSUER: site.origin } });
	await start(t, `${site.origin}/api/auth/ok`, NGINX, ["-p", dir, "-c", `${dir}/nginx.conf`, "-e", `${dir}/error.log`]);
	await site.signUp();
	const context = await visitor(t, site);
	return { site, context, page: await context.newPage() };
}

const notes = (page) => page.getByRole("main").getByRole("listitem");

async function openNotes(page, site) {
	await page.goto(site.at("/notes"));
	await page.waitForURL(/sign-in/);
	await enter(page);
	await page.waitForURL(site.at("/notes"));
	await page.getByRole("heading", { name: "Notes of Ann" }).waitFor();
}

async function add(page, note) {
	await page.getByLabel("New note").fill(note);
	await page.getByRole("button", { name: "Add" }).click();
}

test("everybody sees the public page, and nobody a glimpse of the protected one", async (t) => {
	const { site, page } = await app(t);
	const seen = [];

	await page.exposeFunction("saw", (text) => seen.push(text));
	await page.addInitScript(() => {
		new MutationObserver(() => globalThis.saw(document.querySelector("main")?.innerText ?? ""))
			.observe(document, { subtree: true, childList: true, characterData: true });
	});
	await page.goto(site.at("/"));
	await page.getByRole("heading", { name: "Home" }).waitFor();
	await audit(page);
	await shoot(page, "single-page-app-home");
	await page.getByRole("navigation").getByRole("link", { name: "Notes" }).click();
	await page.waitForURL(site.at("/auth/sign-in?reason=required&next=%2Fnotes"));
	await page.getByRole("status").filter({ hasText: "Please sign in to see this page." }).waitFor();
	assert.ok(seen.some((text) => text.includes("Everybody sees this page")), "the observer sees what is shown");
	assert.ok(!seen.some((text) => /Notes of|New note/.test(text)), seen.join("\n"));
});

test("notes are kept behind the API, asked with a JWT and nothing else", async (t) => {
	const { site, page } = await app(t);
	const asked = [];

	page.on("request", (request) => {
		if (new URL(request.url()).pathname.startsWith("/api/users/"))
			asked.push(request.headers().authorization);
	});
	await openNotes(page, site);
	await add(page, "buy <b>tea</b>");
	await notes(page).filter({ hasText: "buy <b>tea</b>" }).waitFor();
	await audit(page);
	await shoot(page, "single-page-app-notes");
	await page.reload();
	await notes(page).filter({ hasText: "tea" }).waitFor();
	assert.equal(asked.length, 3);
	for (const authorization of asked)
		assert.match(authorization, /^Bearer ey[\w-]+\.[\w-]+\.[\w-]+$/);
	assert.deepEqual(await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie]), [0, 0, ""]);
});

test("a session that was revoked elsewhere ends with its reason, and one is back afterwards", async (t) => {
	const { site, page } = await app(t);

	await openNotes(page, site);
	await add(page, "first");
	await notes(page).filter({ hasText: "first" }).waitFor();
	site.ctl("session", "kill", "--user", "ann@example.com", "--yes");
	await add(page, "second");
	await page.waitForURL(site.at("/auth/sign-in?reason=expired&next=%2Fnotes"));
	await page.getByRole("status").filter({ hasText: "Your session has ended" }).waitFor();
	await enter(page);
	await page.waitForURL(site.at("/notes"));
	await notes(page).filter({ hasText: "first" }).waitFor();
	assert.deepEqual(await notes(page).allTextContents(), ["first"]);
});

test("signing out in another tab empties this one", async (t) => {
	const { site, context, page } = await app(t);
	const other = await context.newPage();

	await openNotes(page, site);
	await other.goto(site.at("/"));
	await other.locator("webauth-button").getByRole("button", { name: "Ann" }).click();
	await other.locator("webauth-button").getByRole("button", { name: "Sign out" }).click();
	await page.waitForURL(site.at("/auth/sign-in?reason=signed-out&next=%2Fnotes"));
	assert.equal(other.url(), site.at("/"), "a page for everybody stays");
});

test("going back and forth, by links and by the browser, keeps the place", async (t) => {
	const { site, page } = await app(t);

	await openNotes(page, site);
	await page.getByRole("navigation").getByRole("link", { name: "Home" }).click();
	await page.getByRole("heading", { name: "Home" }).waitFor();
	assert.equal(await page.title(), "Home – Notes");
	assert.equal(await page.evaluate(() => document.activeElement.localName), "main");
	await page.goBack();
	await page.getByRole("heading", { name: "Notes of Ann" }).waitFor();
	await page.goto(site.at("/nowhere"));
	await page.getByRole("heading", { name: "Not here" }).waitFor();
});
