// Signing up and in as visitors do it: what is refused and how that is told, by mouse, by keyboard, without
// scripts.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { closeBrowser, daemon, PASSWORD, signIn, until, visitor } from "./harness.mjs";

after(closeBrowser);

const email = (page) => page.getByLabel("E-mail");
const password = (page) => page.getByLabel("Password", { exact: true });
const create = (page) => page.getByRole("button", { name: "Create account" });
const enter = (page) => page.getByRole("button", { name: "Sign in" });
const errorOf = (page, id) => page.locator(`#${id}-error`);

async function fillSignUp(page, { name = "Bo", address = "bo@example.com", secret = PASSWORD } = {}) {
	await page.getByLabel("Name").fill(name);
	await email(page).fill(address);
	await password(page).fill(secret);
}

async function shows(locator, text) {
	await locator.filter({ hasText: text }).waitFor();
}

test("a sign-up leads to the account, signed in", async (t) => {
	const site = await daemon(t);
	const page = await (await visitor(t, site)).newPage();

	await page.goto(site.at("/"));
	await page.getByRole("link", { name: "Create an account" }).click();
	await fillSignUp(page);
	await create(page).click();
	await page.waitForURL(site.at("/auth/account"));
	await page.getByText("bo@example.com", { exact: true }).waitFor();
});

test("every refusal of a sign-up is told at its field", async (t) => {
	const site = await daemon(t);
	await site.signUp("taken@example.com");
	const page = await (await visitor(t, site)).newPage();
	let asked = 0;
	page.on("request", (request) => { asked += request.method() === "POST"; });
	await page.goto(site.at("/auth/sign-up"));

	await create(page).click();
	for (const id of ["name", "email", "password"]) {
		await shows(errorOf(page, id), "Please fill this in.");
		assert.equal(await page.locator(`#${id}`).getAttribute("aria-invalid"), "true");
	}
	assert.equal(await page.evaluate(() => document.activeElement.id), "name");

	await fillSignUp(page, { address: "nonsense", secret: "short" });
	await create(page).click();
	await shows(errorOf(page, "email"), "does not look like");
	await shows(errorOf(page, "password"), "at least 8 characters");
	// An address that browsers take and the server does not.
	await email(page).fill("bo@localhost");
	await create(page).click();
	await shows(errorOf(page, "email"), "does not look like");
	assert.equal(asked, 0, "nothing of this needs the server");

	// What only the server knows.
	await fillSignUp(page, { address: "taken@example.com" });
	await create(page).click();
	await shows(errorOf(page, "email"), "There is an account with this address already");
	assert.equal(await page.evaluate(() => document.activeElement.id), "email");
	assert.equal(await password(page).inputValue(), PASSWORD, "nothing is to be typed again");

	// Server rules that the browser does not check.
	await email(page).fill("a!b@example.com");
	await create(page).click();
	await shows(errorOf(page, "email"), "does not look like");
	await fillSignUp(page);
	await create(page).click();
	await page.waitForURL(site.at("/auth/account"));
});

test("a field is judged when it is left, and forgiven while it is mended", async (t) => {
	const site = await daemon(t);
	const page = await (await visitor(t, site)).newPage();
	await page.goto(site.at("/auth/sign-up"));

	await email(page).pressSequentially("bo@exa");
	assert.equal(await errorOf(page, "email").textContent(), "", "not in the middle of a word");
	await password(page).focus();
	await shows(errorOf(page, "email"), "does not look like");
	await email(page).pressSequentially("mple.com");
	await until(async () => await errorOf(page, "email").textContent() === "", "the complaint is taken back");
	assert.equal(await email(page).getAttribute("aria-invalid"), null);
});

test("a password can be looked at, and is rated", async (t) => {
	const site = await daemon(t);
	const page = await (await visitor(t, site)).newPage();
	await page.goto(site.at("/auth/sign-up"));

	await page.getByLabel("Name").fill("Bo Example");
	for (const [secret, rating] of [["password", "Easy to guess"], ["boexample1", "Easy to guess"],
		["tram lamp 71", "Could be stronger"], ["purple tram orbits", "Strong"]]) {
		await password(page).fill(secret);
		await shows(page.locator("#password-strength"), rating);
	}
	await page.getByRole("button", { name: "Show: Password" }).click();
	assert.equal(await page.locator("#password").getAttribute("type"), "text");
	await page.getByRole("button", { name: "Hide: Password" }).click();
	assert.equal(await page.locator("#password").getAttribute("type"), "password");
});

test("a wrong password is told without saying whose it is not", async (t) => {
	const site = await daemon(t);
	await site.signUp();
	const page = await (await visitor(t, site)).newPage();
	await page.goto(site.at("/auth/sign-in"));

	for (const address of ["ann@example.com", "nobody@example.com"]) {
		await email(page).fill(address);
		await password(page).fill("wrong password");
		await enter(page).click();
		await shows(page.getByRole("alert"), /^E-mail or password is wrong\.$/);
		assert.equal(await email(page).inputValue(), address);
	}
	await signIn(page, site);
});

test("two clicks are one request, and the form says that it is busy", async (t) => {
	const site = await daemon(t);
	const page = await (await visitor(t, site)).newPage();
	let asked = 0, go;
	const held = new Promise((resolve) => { go = resolve; });
	await page.route("**/auth/sign-up", async (route) => {
		if (route.request().method() === "POST") {
			asked++;
			await held;
		}
		await route.continue();
	});
	await page.goto(site.at("/auth/sign-up"));
	await fillSignUp(page);
	await create(page).dblclick();
	await page.locator("form[aria-busy=true]").waitFor();
	await page.locator("#password").press("Enter");
	go();
	await page.waitForURL(site.at("/auth/account"));
	assert.equal(asked, 1);
});

test("a server that is gone is told, and the form can be sent again", async (t) => {
	const site = await daemon(t);
	await site.signUp();
	const context = await visitor(t, site), page = await context.newPage();
	await page.goto(site.at("/auth/sign-in"));
	await email(page).fill("ann@example.com");
	await password(page).fill(PASSWORD);
	await context.setOffline(true);
	await enter(page).click();
	await shows(page.getByRole("alert"), "The server cannot be reached");
	await context.setOffline(false);
	await enter(page).click();
	await page.waitForURL(site.at("/auth/account"));
});

test("too many tries are told", async (t) => {
	const site = await daemon(t, { rate_limit: true });
	const page = await (await visitor(t, site, { extraHTTPHeaders: { "x-forwarded-for": "203.0.113.5" } })).newPage();
	await page.goto(site.at("/auth/sign-in"));
	await email(page).fill("ann@example.com");
	for (let i = 0; i < 3; i++) {
		await password(page).fill(`wrong ${i}`);
		await Promise.all([page.waitForResponse((r) => r.request().method() === "POST"), enter(page).click()]);
		await shows(page.getByRole("alert"), "wrong");
	}
	await enter(page).click();
	await shows(page.getByRole("alert"), "Too many tries");
});

test("next leads on within the site and nowhere else", async (t) => {
	const site = await daemon(t);
	await site.signUp();
	for (const [next, expected] of [["/auth/verified", "/auth/verified"], ["//evil.example/", "/auth/account"],
		["https://evil.example/", "/auth/account"], ["/\\evil.example", "/auth/account"]]) {
		const page = await (await visitor(t, site)).newPage();
		await page.goto(site.at(`/auth/sign-in?next=${encodeURIComponent(next)}`));
		await email(page).fill("ann@example.com");
		await password(page).fill(PASSWORD);
		await enter(page).click();
		await page.waitForURL(site.at(expected));
	}
});

test("by keyboard alone: sign up, sign out, sign in", async (t) => {
	const site = await daemon(t);
	const page = await (await visitor(t, site)).newPage();
	const focused = () => page.evaluate(() => document.activeElement.innerText || document.activeElement.labels?.[0].innerText);
	const tabTo = async (text) => {
		for (let i = 0; i < 40; i++) {
			await page.keyboard.press("Tab");
			if (await focused() === text)
				return;
		}
		assert.fail(`${text} is not reached with Tab`);
	};

	await page.goto(site.at("/auth/sign-up"));
	// The order is that of the page.
	for (const text of ["Skip to the content", new URL(site.origin).host, "Name"]) {
		await page.keyboard.press("Tab");
		assert.equal(await focused(), text);
	}
	await page.keyboard.type("Kim");
	await page.keyboard.press("Tab");
	await page.keyboard.type("kim@example.com");
	await page.keyboard.press("Tab");
	await page.keyboard.type(PASSWORD);
	await page.keyboard.press("Enter");
	await page.waitForURL(site.at("/auth/account"));
	await tabTo("Sign out");
	const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
	assert.equal(outline, "solid", "where the focus is can be seen");
	await page.keyboard.press("Enter");
	await page.waitForURL(/notice=signed-out/);
	await tabTo("E-mail");
	await page.keyboard.type("kim@example.com");
	await page.keyboard.press("Tab");
	await page.keyboard.type(PASSWORD);
	await page.keyboard.press("Enter");
	await page.waitForURL(site.at("/auth/account"));
});

test("without scripts: refusals, sign-up, account, sign-out, sign-in", async (t) => {
	const site = await daemon(t, { delete_user: true });
	await site.signUp("taken@example.com");
	const page = await (await visitor(t, site, { javaScriptEnabled: false })).newPage();

	await page.goto(site.at("/auth/account"));
	await page.waitForURL(site.at("/auth/sign-in?next=%2Fauth%2Faccount"));
	await page.getByRole("link", { name: "Create an account" }).click();
	await fillSignUp(page, { address: "taken@example.com" });
	await create(page).click();
	await shows(errorOf(page, "email"), "There is an account with this address already");
	assert.equal(await page.getByLabel("Name").inputValue(), "Bo");
	assert.equal(await password(page).inputValue(), "");
	await email(page).fill("bo@example.com");
	await password(page).fill(PASSWORD);
	await create(page).click();
	await page.waitForURL(site.at("/auth/account"));

	await page.getByLabel("Name", { exact: true }).fill("Bo the Second");
	await page.getByRole("button", { name: "Save profile" }).click();
	await shows(page.getByRole("status"), "Your profile is saved.");
	assert.equal(await page.getByLabel("Name", { exact: true }).inputValue(), "Bo the Second");

	await page.getByLabel("Current password", { exact: true }).fill("wrong password");
	await page.getByLabel("New password", { exact: true }).fill("another good one");
	await page.getByRole("button", { name: "Change password" }).click();
	await shows(errorOf(page, "currentPassword"), "This is not your password.");
	await page.getByLabel("Current password", { exact: true }).fill(PASSWORD);
	await page.getByLabel("New password", { exact: true }).fill("another good one");
	await page.getByRole("button", { name: "Change password" }).click();
	await shows(page.getByRole("status"), "Your password is changed.");

	await page.getByRole("banner").getByRole("button", { name: "Sign out" }).click();
	await shows(page.getByRole("status"), "You are signed out.");
	await email(page).fill("bo@example.com");
	await password(page).fill(PASSWORD);
	await enter(page).click();
	await shows(page.getByRole("alert"), "E-mail or password is wrong.");
	await password(page).fill("another good one");
	await enter(page).click();
	await page.waitForURL(site.at("/auth/account"));

	await page.getByText("Delete my account …").click();
	await page.getByLabel("Your password, to be sure", { exact: true }).fill("another good one");
	await page.getByRole("button", { name: "Delete my account for good" }).click();
	await shows(page.getByRole("status"), "Your account is deleted.");
});
