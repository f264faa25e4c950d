// webauth.js, as a site's own pages use it.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { closeBrowser, daemon, enter, PASSWORD, until, visitor } from "./harness.mjs";

after(closeBrowser);

const ANN = { email: "ann@example.com", password: PASSWORD };

/** A page of the site's own with nothing but the module, which is `webauth` there. */
async function app(context, site, path = "/app") {
	const page = await context.newPage();

	await page.route(site.at("/app*"), (route) => route.fulfill({
		contentType: "text/html", body: "<!doctype html><title>app</title>",
	}));
	await page.goto(site.at(path));
	await page.evaluate(async () => {
		globalThis.webauth = await import("/auth/assets/webauth.js");
	});
	return page;
}

/** An API that asks sessiond who calls it; what comes back fills with the headers it was sent. */
async function serveApi(page, site) {
	const seen = [];

	await page.route(site.at("/things*"), async (route) => {
		const { authorization } = route.request().headers();
		const answer = await fetch(`http://127.0.0.1:${site.port}/api/webauth/verify`, { headers: { authorization } });

		seen.push(authorization);
		await route.fulfill({
			status: answer.status === 204 ? 200 : 401,
			body: decodeURIComponent(answer.headers.get("x-auth-email") ?? "nobody"),
		});
	});
	return seen;
}

/** How often the page asked for a JWT. */
function countTokens(page) {
	const count = { asked: 0 };

	page.on("request", (request) => { count.asked += request.url().endsWith("/api/auth/token"); });
	return count;
}

const fetchThings = (page, times = 1) => page.evaluate(async (n) => Promise.all(
	Array.from({ length: n }, async (_, i) => (await globalThis.webauth.apiFetch(`/things?${i}`)).text())), times);

/** What a call was refused with. */
const refusal = (page, name, ...words) => page.evaluate(([fn, args]) => globalThis.webauth[fn](...args).then(
	() => null, ({ name: error, code, status, retryAfter }) => ({ error, code, status, retryAfter })), [name, words]);

test("signing up, in and out, and who is there", async (t) => {
	const site = await daemon(t);
	const context = await visitor(t, site), page = await app(context, site);
	const who = () => page.evaluate(async () => (await globalThis.webauth.getSession())?.user.name);

	assert.equal(await who(), undefined);
	const made = await page.evaluate((more) => globalThis.webauth.signUp({ name: "Ann", ...more }), ANN);
	assert.equal(made.user.email, ANN.email);
	assert.equal(await who(), "Ann");
	await page.evaluate(() => globalThis.webauth.signOut());
	assert.equal(await who(), undefined);
	for (const [rememberMe, lasts] of [[true, true], [false, false]]) {
		await page.evaluate((more) => globalThis.webauth.signIn(more), { ...ANN, rememberMe });
		assert.equal(await who(), "Ann");
		const cookie = (await context.cookies()).find(({ name }) => name.endsWith("session_token"));
		assert.equal(cookie.expires > 0, lasts);
	}
});

test("a refusal is an error with the server's code", async (t) => {
	const site = await daemon(t, { rate_limit: true });
	const page = await app(await visitor(t, site, { extraHTTPHeaders: { "x-forwarded-for": "203.0.113.9" } }), site);
	const wrong = { ...ANN, password: "wrong password" };

	assert.deepEqual(await refusal(page, "signUp", { ...ANN, name: "Ann", password: "short" }),
		{ error: "WebauthError", code: "PASSWORD_TOO_SHORT", status: 400, retryAfter: null });
	for (let i = 0; i < 3; i++)
		assert.equal((await refusal(page, "signIn", wrong)).code, "INVALID_EMAIL_OR_PASSWORD");
	const last = await refusal(page, "signIn", wrong);
	assert.equal(last.status, 429);
	assert.ok(last.retryAfter > 0);
});

test("many calls at once need one JWT, and the next calls none", async (t) => {
	const site = await daemon(t);
	const page = await app(await visitor(t, site), site);
	const seen = await serveApi(page, site), tokens = countTokens(page);

	await site.signUp();
	await page.evaluate((more) => globalThis.webauth.signIn(more), ANN);
	assert.deepEqual(await fetchThings(page, 20), Array(20).fill(ANN.email));
	await fetchThings(page, 5);
	assert.equal(tokens.asked, 1);
	assert.equal(seen.length, 25);
	assert.equal(new Set(seen).size, 1);
});

test("a JWT is renewed before it ends, once for many calls", async (t) => {
	const site = await daemon(t, { jwt_expires_in: "15m" });
	const context = await visitor(t, site), page = await app(context, site);
	const tokens = countTokens(page);

	await serveApi(page, site);
	await site.signUp();
	await page.evaluate((more) => globalThis.webauth.signIn(more), ANN);
	await page.clock.install();
	await fetchThings(page, 3);
	await page.clock.fastForward("13:50");
	await fetchThings(page, 3);
	assert.equal(tokens.asked, 1, "good for more than a minute");
	await page.clock.fastForward("00:20");
	await fetchThings(page, 10);
	assert.equal(tokens.asked, 2);
});

test("a 401 while the session lives is one more try with a new JWT", async (t) => {
	const site = await daemon(t);
	const page = await app(await visitor(t, site), site);
	const tokens = countTokens(page);
	let calls = 0;

	await site.signUp();
	await page.route(site.at("/things*"), (route) => route.fulfill({ status: ++calls === 2 ? 200 : 401, body: "" }));
	await page.evaluate((more) => globalThis.webauth.signIn(more), ANN);
	const send = () => page.evaluate(async () => (await globalThis.webauth.apiFetch("/things",
		{ method: "POST", body: "kept for the second try" })).status);
	assert.equal(await send(), 200);
	assert.deepEqual([calls, tokens.asked], [2, 2]);
	assert.equal(await send(), 401, "what the API refuses all the same is the caller's to see");
	assert.equal(page.url(), site.at("/app"));
});

test("a 401 whose session is over leads to the sign-in with the reason, and back", async (t) => {
	const site = await daemon(t);
	const context = await visitor(t, site), page = await app(context, site, "/app?x=1#y");

	await serveApi(page, site);
	await site.signUp();
	await page.evaluate((more) => globalThis.webauth.signIn(more), ANN);
	await fetchThings(page);
	const other = await context.newPage();
	await other.goto(site.at("/auth/account"));
	site.ctl("session", "kill", "--user", ANN.email, "--yes");
	await page.evaluate(() => { globalThis.webauth.apiFetch("/things").catch(() => {}); });
	await page.waitForURL(site.at("/auth/sign-in?reason=expired&next=%2Fapp%3Fx%3D1%23y"));
	await page.getByRole("status").filter({ hasText: "Your session has ended" }).waitFor();
	// The other tab was told, and its page is no longer to be seen.
	await other.waitForURL(/sign-in\?reason=expired/);
	await enter(page);
	await page.waitForURL(site.at("/app?x=1#y"));
});

test("a page that goes nowhere by itself is told once", async (t) => {
	const site = await daemon(t);
	const page = await app(await visitor(t, site), site);

	await serveApi(page, site);
	await site.signUp();
	await page.evaluate(async (more) => {
		globalThis.told = [];
		globalThis.webauth.configure({ signInOnEnd: false });
		await globalThis.webauth.signIn(more);
		globalThis.webauth.onSessionChange((session, reason) => globalThis.told.push([session?.user.name ?? null, reason]));
	}, ANN);
	await fetchThings(page);
	site.ctl("session", "kill", "--user", ANN.email, "--yes");
	const codes = await page.evaluate(() => Promise.all([1, 2, 3].map((i) =>
		globalThis.webauth.apiFetch(`/things?${i}`).catch(({ code }) => code))));
	assert.deepEqual(codes, Array(3).fill("UNAUTHORIZED"));
	assert.deepEqual(await page.evaluate(() => globalThis.told), [["Ann", null], [null, "expired"]]);
	assert.equal(page.url(), site.at("/app"));
});

test("other tabs hear of a sign-in and a sign-out, and who has stopped listening does not", async (t) => {
	const site = await daemon(t);
	const context = await visitor(t, site);
	const one = await app(context, site), two = await app(context, site);
	const told = (name) => two.evaluate((list) => globalThis[list], name);

	await site.signUp();
	await two.evaluate(() => {
		globalThis.told = [];
		globalThis.early = [];
		globalThis.webauth.onSessionChange((session, reason) => globalThis.told.push([session?.user.name ?? null, reason]));
		globalThis.stop = globalThis.webauth.onSessionChange((session) => globalThis.early.push(session?.user.name ?? null));
	});
	await until(async () => (await told("told")).length === 1, "it is known at first");
	await one.evaluate((more) => globalThis.webauth.signIn(more), ANN);
	await until(async () => (await told("told")).length === 2, "the sign-in is heard");
	await two.evaluate(() => globalThis.stop());
	await one.evaluate(() => globalThis.webauth.signOut());
	await until(async () => (await told("told")).length === 3, "the sign-out is heard");
	assert.deepEqual(await told("told"), [[null, null], ["Ann", null], [null, "signed-out"]]);
	assert.deepEqual(await told("early"), [null, "Ann"]);
});

test("another origin gets no JWT unless it is named", async (t) => {
	const site = await daemon(t), api = "https://api.example.test";
	const page = await app(await visitor(t, site, { allow: [api] }), site);
	const seen = [];

	await site.signUp();
	await page.route(`${api}/*`, (route) => {
		seen.push([route.request().method(), route.request().headers().authorization]);
		return route.fulfill({ status: 200, body: "hello", headers: {
			"access-control-allow-origin": site.origin, "access-control-allow-headers": "authorization",
		} });
	});
	await page.evaluate((more) => globalThis.webauth.signIn(more), ANN);
	for (const url of [`${api}/x`, "//api.example.test/x", "https://localhost/x", "http://localhost.evil.example/"])
		assert.equal((await refusal(page, "apiFetch", url)).error, "TypeError", url);
	assert.deepEqual(seen, []);
	await page.evaluate((origin) => globalThis.webauth.configure({ apis: [`${origin}/v1/`] }), api);
	assert.equal(await page.evaluate(async (url) => (await globalThis.webauth.apiFetch(url)).text(), `${api}/x`), "hello");
	assert.match(seen.at(-1)[1], /^Bearer ey/);
});

test("tokens are in memory and nowhere else", async (t) => {
	const site = await daemon(t);
	const page = await app(await visitor(t, site), site);

	await serveApi(page, site);
	await site.signUp();
	await page.evaluate((more) => globalThis.webauth.signIn(more), ANN);
	await fetchThings(page);
	assert.deepEqual(await page.evaluate(async () => ({
		local: localStorage.length, session: sessionStorage.length, cookie: document.cookie, state: history.state,
		databases: (await indexedDB.databases()).length, caches: (await caches.keys()).length,
		name: globalThis.name, globals: Object.values(globalThis.webauth).filter((v) => typeof v === "string"),
	})), { local: 0, session: 0, cookie: "", state: null, databases: 0, caches: 0, name: "", globals: [] });
});

test("a protected page waits for the session, or is left for the sign-in", async (t) => {
	const site = await daemon(t);
	const page = await app(await visitor(t, site), site);

	await site.signUp();
	await page.evaluate((more) => globalThis.webauth.signIn(more), ANN);
	assert.equal(await page.evaluate(async () => (await globalThis.webauth.requireSession()).user.name), "Ann");
	await page.evaluate(() => globalThis.webauth.signOut());
	await page.evaluate(() => {
		globalThis.webauth.requireSession().then(() => { document.title = "shown to a stranger"; });
	});
	await page.waitForURL(site.at("/auth/sign-in?reason=required&next=%2Fapp"));
	await enter(page);
	await page.waitForURL(site.at("/app"));
	assert.equal(await page.title(), "app");
});

test("a JWT that was asked for one user is not given to the next", async (t) => {
	const site = await daemon(t);
	const page = await app(await visitor(t, site), site);
	let release, held = 0;
	const released = new Promise((resolve) => { release = resolve; });

	await site.signUp();
	await site.signUp("ben@example.com", { name: "Ben" });
	await serveApi(page, site);
	await page.route(site.at("/api/auth/token"), async (route) => {
		const answer = await route.fetch();
		if (held++ === 0)
			await released;
		await route.fulfill({ response: answer });
	});
	await page.evaluate(async (more) => {
		await globalThis.webauth.signIn(more);
		globalThis.first = globalThis.webauth.getToken().then(() => "given", (error) => error.message);
	}, ANN);
	await until(() => held === 1, "Ann's JWT is under way");
	await page.evaluate(() => globalThis.webauth.signOut());
	await page.evaluate((more) => globalThis.webauth.signIn(more), { ...ANN, email: "ben@example.com" });
	assert.deepEqual(await fetchThings(page), ["ben@example.com"]);
	release();
	assert.equal(await page.evaluate(() => globalThis.first), "The session has changed meanwhile");
	assert.deepEqual(await fetchThings(page), ["ben@example.com"]);
});

test("an answer from before a sign-in does not undo it", async (t) => {
	const site = await daemon(t);
	const page = await app(await visitor(t, site), site);
	let release, asked = 0;
	const released = new Promise((resolve) => { release = resolve; });

	await site.signUp();
	await page.route(site.at("/api/auth/get-session*"), async (route) => {
		const answer = await route.fetch();
		if (asked++ === 0)
			await released;
		await route.fulfill({ response: answer });
	});
	await page.evaluate(() => {
		globalThis.told = [];
		globalThis.webauth.onSessionChange((session) => globalThis.told.push(session?.user.name ?? null));
	});
	await until(() => asked === 1, "the page asks who is there");
	await page.evaluate((more) => globalThis.webauth.signIn(more), ANN);
	release();
	await page.evaluate(() => globalThis.webauth.getSession());
	assert.deepEqual(await page.evaluate(() => globalThis.told), ["Ann"]);
});
