// etc/examples/docs-site: a static site on another origin than sessiond's, in a browser.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { after, test } from "node:test";
import { audit, closeBrowser, daemon, enter, shoot, signIn, until, visitor } from "./harness.mjs";

after(closeBrowser);

const { SOURCE } = process.env;
const EXAMPLE = join(SOURCE, "etc/examples/docs-site");
const TYPES = { ".html": "text/html; charset=utf-8", ".css": "text/css" };

/** The files, with sessiond's origin in place of the example's, and the policy that the README asks for. */
async function serve(t, host, auth) {
	const server = createServer((request, response) => {
		const name = request.url.slice(1).split("?")[0] || "index.html";

		if (TYPES[extname(name)] === undefined) {
			response.writeHead(404).end();
			return;
		}
		response.writeHead(200, {
			"content-type": TYPES[extname(name)],
			"content-security-policy":
				`default-src 'none'; style-src 'self'; script-src ${auth()}; connect-src ${auth()}`,
		});
		response.end(readFileSync(join(EXAMPLE, name), "utf8").replaceAll("https://auth.example.com", auth()));
	});

	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	t.after(() => {
		server.close();
		server.closeAllConnections();
	});
	const origin = `http://${host}:${server.address().port}`;
	return { origin, at: (path) => origin + path };
}

async function both(t, docsHost = "docs.example.test", authHost = "auth.example.test") {
	let site;
	const docs = await serve(t, docsHost, () => site.origin);

	site = await daemon(t, { trusted_origins: docs.origin }, { host: authHost });
	await site.signUp();
	const context = await visitor(t, site, { allow: [docs.origin] });
	return { site, docs, context, page: await context.newPage() };
}

const link = (page) => page.locator("webauth-button a[part=button]");
const menu = (page) => page.locator("webauth-button button[part=button]");

test("signed out, a link leads to the sign-in and back to the page", async (t) => {
	const { site, docs, page } = await both(t);

	await page.goto(docs.at("/guide.html?a=b#colours"));
	assert.equal(await link(page).textContent(), "Sign in");
	await audit(page);
	await shoot(page, "docs-site-signed-out");
	await link(page).click();
	await page.waitForURL(site.at("/auth/sign-in?*"));
	await enter(page);
	await page.waitForURL(docs.at("/guide.html?a=b#colours"));
	await menu(page).filter({ hasText: "Ann" }).waitFor();
});

test("signed in, it has the name, the account and the way out", async (t) => {
	const { site, docs, page } = await both(t);

	await signIn(page, site);
	await page.goto(docs.at("/"));
	await menu(page).filter({ hasText: "Ann" }).click();
	await audit(page);
	await shoot(page, "docs-site-signed-in");
	const account = page.getByRole("link", { name: "Account" });
	assert.equal(await account.getAttribute("href"), site.at("/auth/account"));
	await account.click();
	await page.getByRole("heading", { name: "Your account" }).waitFor();

	await page.goBack();
	await menu(page).click();
	await page.getByRole("button", { name: "Sign out" }).click();
	await link(page).filter({ hasText: "Sign in" }).waitFor();
	await page.goto(site.at("/auth/account"));
	await page.waitForURL(/sign-in/);
});

test("the menu is used by keyboard alone", async (t) => {
	const { site, docs, page } = await both(t);
	const focused = () => page.evaluate(() => document.activeElement.shadowRoot?.activeElement?.textContent);

	await signIn(page, site);
	await page.goto(docs.at("/"));
	await menu(page).focus();
	await page.keyboard.press("Enter");
	assert.equal(await menu(page).getAttribute("aria-expanded"), "true");
	await page.keyboard.press("Tab");
	assert.equal(await focused(), "Account");
	await page.keyboard.press("Escape");
	assert.equal(await menu(page).getAttribute("aria-expanded"), "false");
	assert.equal(await focused(), "Ann▾");
});

test("neither the link nor a name is seen before the answer is there", async (t) => {
	const { docs, page } = await both(t);
	let answer;
	const held = new Promise((resolve) => { answer = resolve; });

	await page.route("**/get-session*", async (route) => {
		await held;
		await route.continue();
	});
	await page.goto(docs.at("/"));
	await page.locator("webauth-button .wait").waitFor({ state: "attached" });
	assert.equal(await page.locator("webauth-button .wait").isVisible(), false);
	answer();
	await link(page).waitFor();
});

test("signing out elsewhere is seen when the page is looked at again", async (t) => {
	const { site, docs, context, page } = await both(t);

	await signIn(page, site);
	await page.goto(docs.at("/"));
	await menu(page).waitFor();
	const other = await context.newPage();
	await other.goto(site.at("/auth/account"));
	await other.getByRole("banner").getByRole("button", { name: "Sign out" }).click();
	await other.waitForURL(/notice=signed-out/);
	// What the browser says of a tab that comes to the front; without a screen none does.
	await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
	await link(page).waitFor();
});

// The table of README.md.
for (const [docsHost, authHost, works] of [
	["docs.example.test", "auth.example.test", true],
	["localhost", "localhost", true],
	["docs.localhost", "auth.localhost", false],
	["docs.example.test", "auth.other.test", false],
])
	test(`pages at ${docsHost}, sessiond at ${authHost}: ${works ? "the button" : "only the link"} works`, async (t) => {
		const { site, docs, page } = await both(t, docsHost, authHost);
		const answers = [];

		page.on("response", async (response) => {
			if (response.url().includes("/get-session") && response.frame().url().startsWith(docs.origin))
				answers.push(await response.text().catch(() => "lost"));
		});
		await page.goto(docs.at("/"));
		await link(page).click();
		await page.waitForURL(site.at("/auth/sign-in?*"));
		answers.length = 0;
		await enter(page);
		await page.waitForURL(docs.at("/"));
		await until(() => answers.length > 0, "the page asks who is there");
		assert.equal(JSON.parse(answers[0])?.user.name, works ? "Ann" : undefined);
		await (works ? menu(page) : link(page)).waitFor();
	});
