// Sessions over time, tabs and browsers: who comes back is still signed in, and who is not any more is told
// so and brought back to where they were.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { closeBrowser, daemon, enter, PASSWORD, profile, signIn, temporary, until, visitor } from "./harness.mjs";

after(closeBrowser);

const reason = (page) => page.getByRole("status");

test("a browser that is closed and opened again is still signed in", async (t) => {
	const site = await daemon(t), dir = temporary();
	await site.signUp();
	let browser = await profile(t, site, dir);
	await signIn(await browser.newPage(), site);
	await browser.close();

	browser = await profile(t, site, dir);
	t.after(() => browser.close());
	const page = await browser.newPage();
	await page.goto(site.at("/"));
	await page.waitForURL(site.at("/auth/account"));
	await page.getByText("ann@example.com", { exact: true }).waitFor();
});

test("without “stay signed in”, closing the browser signs out", async (t) => {
	const site = await daemon(t), dir = temporary();
	await site.signUp();
	let browser = await profile(t, site, dir);
	const first = await browser.newPage();
	await signIn(first, site, { remember: false });
	await first.reload();
	assert.equal(first.url(), site.at("/auth/account"), "but not before");
	await browser.close();

	browser = await profile(t, site, dir);
	t.after(() => browser.close());
	const page = await browser.newPage();
	await page.goto(site.at("/"));
	await page.waitForURL(site.at("/auth/sign-in"));
});

test("no token is left where scripts or the disk keep things", async (t) => {
	const site = await daemon(t);
	await site.signUp();
	const context = await visitor(t, site), page = await context.newPage();
	await signIn(page, site);
	assert.deepEqual(await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie]), [0, 0, ""]);
	const [cookie] = await context.cookies();
	assert.deepEqual([cookie.httpOnly, cookie.sameSite], [true, "Lax"]);
});

test("a session that ends during use is told, and one is back afterwards", async (t) => {
	const site = await daemon(t, { session_expires_in: "3s", session_update_age: "1s", session_refresh: false });
	await site.signUp();
	const page = await (await visitor(t, site)).newPage();
	await page.goto(site.at("/auth/sign-in"));
	await enter(page);
	await page.waitForURL(site.at("/auth/account"));
	// Nobody touches anything: the page itself notices.
	await page.waitForURL(/sign-in\?reason=expired/);
	await reason(page).filter({ hasText: "Your session has ended" }).waitFor();
	await enter(page);
	await page.waitForURL(site.at("/auth/account"));
});

test("an ended session is told where a form is sent", async (t) => {
	const site = await daemon(t);
	const { token } = await site.signUp();
	const context = await visitor(t, site), page = await context.newPage();
	await signIn(page, site);
	const cookie = (await context.cookies()).map((c) => `${c.name}=${c.value}`).join("; ");
	assert.equal((await site.post("/revoke-sessions", {}, { cookie })).status, 200);
	assert.ok(token);
	await page.getByLabel("Name", { exact: true }).fill("Ann B");
	await page.getByRole("button", { name: "Save profile" }).click();
	await page.waitForURL(/sign-in\?reason=expired/);
	await reason(page).filter({ hasText: "Your session has ended" }).waitFor();
	await enter(page);
	await page.waitForURL(site.at("/auth/account"));
});

test("signing out in one tab is seen in the other, and so is signing in", async (t) => {
	const site = await daemon(t);
	await site.signUp();
	const context = await visitor(t, site);
	const one = await context.newPage(), two = await context.newPage();
	await signIn(one, site);
	await two.goto(site.at("/auth/account"));
	await two.getByText("ann@example.com", { exact: true }).waitFor();

	// The other tab is told even while nobody looks at it.
	await one.getByRole("banner").getByRole("button", { name: "Sign out" }).click();
	await one.waitForURL(/notice=signed-out/);
	await two.waitForURL(/sign-in\?reason=signed-out/);
	await reason(two).filter({ hasText: "You were signed out" }).waitFor();

	await enter(one);
	await one.waitForURL(site.at("/auth/account"));
	await two.waitForURL(site.at("/auth/account"));
});

test("another browser's session is seen, ended, and over there at once", async (t) => {
	const site = await daemon(t);
	await site.signUp();
	const phone = await (await visitor(t, site, {
		userAgent: "Mozilla/5.0 (Linux; Android 14; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0",
		extraHTTPHeaders: { "x-forwarded-for": "203.0.113.77" },
	})).newPage();
	await signIn(phone, site);
	const laptop = await (await visitor(t, site)).newPage();
	await signIn(laptop, site);

	const row = laptop.getByRole("listitem").filter({ hasText: "Firefox on Android" });
	await row.getByText("203.0.113.77").waitFor();
	assert.match(await row.textContent(), /Last active \d/);
	await row.getByRole("button", { name: "End session" }).click();
	await reason(laptop).filter({ hasText: "That session has ended." }).waitFor();
	await until(async () => await row.count() === 0, "it is gone from the list");

	await phone.reload();
	await phone.waitForURL(/sign-in\?reason=expired/);
});

test("everywhere else is one button", async (t) => {
	const site = await daemon(t);
	await site.signUp();
	await site.post("/sign-in/email", { email: "ann@example.com", password: PASSWORD });
	const page = await (await visitor(t, site)).newPage();
	await signIn(page, site);
	assert.equal(await page.locator(".list li").count(), 3);
	await page.getByRole("button", { name: "Sign out everywhere else" }).click();
	await reason(page).filter({ hasText: "You are signed out everywhere else." }).waitFor();
	assert.equal(await page.locator(".list li").count(), 1);
	await page.getByText("You are not signed in anywhere else.").waitFor();
});

test("what was seen while signed in is not seen by going back", async (t) => {
	const site = await daemon(t);
	await site.signUp();
	const page = await (await visitor(t, site)).newPage();
	await signIn(page, site);
	await page.getByRole("banner").getByRole("button", { name: "Sign out" }).click();
	await page.waitForURL(/notice=signed-out/);
	await page.goBack();
	await page.waitForURL(/sign-in/);
	assert.equal(await page.getByText("ann@example.com").count(), 0);
});

test("nothing of an account is sent to a stranger", async (t) => {
	const site = await daemon(t);
	const page = await (await visitor(t, site)).newPage();
	const bodies = [];
	page.on("response", async (response) => {
		if (response.url().includes("/account"))
			bodies.push([response.status(), await response.body().catch(() => Buffer.alloc(0))]);
	});
	await page.goto(site.at("/auth/account"));
	assert.equal(page.url(), site.at("/auth/sign-in?next=%2Fauth%2Faccount"));
	assert.deepEqual(bodies.map(([status, body]) => [status, body.length]), [[303, 0]]);
});
