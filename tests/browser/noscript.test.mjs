// A browser that runs no scripts: each form of each page, what it does and how it refuses.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { closeBrowser, daemon, enter, follow, PASSWORD, until, visitor } from "./harness.mjs";

after(closeBrowser);

const PAGES = join(process.env.SOURCE, "sessiond/pages");
const NEW_PASSWORD = "another good one";

/** The names of all forms, as the templates have them. */
function allForms() {
	const names = readdirSync(PAGES).filter((name) => name.endsWith(".html"))
		.flatMap((name) => [...readFileSync(join(PAGES, name), "utf8").matchAll(/action="\{\{pages\}\}\/([a-z-]+)"/g)])
		.map(([, name]) => name);

	return [...new Set(names)].sort();
}

const button = (page, name) => page.getByRole("button", { name });
const field = (page, label) => page.getByLabel(label, { exact: true });
const shows = (locator, text) => locator.filter({ hasText: text }).waitFor();
const says = (page, text) => shows(page.getByRole("status"), text);
const sessions = (page, n) => until(async () => await page.getByRole("listitem").count() === n, `${n} sessions`);
const wrong = (page, id, text) => shows(page.locator(`#${id}-error`), text);

test("every form of every page", async (t) => {
	const site = await daemon(t, { change_email: true, delete_user: true });
	await site.signUp("taken@example.com");
	const page = await (await visitor(t, site, { javaScriptEnabled: false })).newPage();
	const sent = new Set();
	page.on("request", (request) => {
		if (request.method() === "POST")
			sent.add(new URL(request.url()).pathname.replace("/auth/", ""));
	});

	// Signing up; what was typed stays, but for the password.
	await page.goto(site.at("/auth/account"));
	await page.waitForURL(site.at("/auth/sign-in?next=%2Fauth%2Faccount"));
	await follow(page, "Create an account", "/auth/sign-up");
	await field(page, "Name").fill("Bo");
	await field(page, "E-mail").fill("taken@example.com");
	await field(page, "Password").fill(PASSWORD);
	await button(page, "Create account").click();
	await wrong(page, "email", "There is an account with this address already");
	assert.equal(await field(page, "Name").inputValue(), "Bo");
	assert.equal(await field(page, "Password").inputValue(), "");
	await field(page, "E-mail").fill("bo@example.com");
	await field(page, "Password").fill(PASSWORD);
	await button(page, "Create account").click();
	await page.waitForURL(site.at("/auth/account"));

	// Name and address.
	await field(page, "Name").fill("Bo the Second");
	await button(page, "Save profile").click();
	await says(page, "Your profile is saved.");
	assert.equal(await field(page, "Name").inputValue(), "Bo the Second");
	await field(page, "New e-mail address").fill("bo@example.com");
	await button(page, "Change address").click();
	await wrong(page, "newEmail", "This is your address already.");
	await field(page, "New e-mail address").fill("new@example.com");
	await button(page, "Change address").click();
	await says(page, "Check your mail");
	await page.goto(await site.link("new@example.com"));
	await page.getByText("new@example.com", { exact: true }).waitFor();
	await button(page, "Send a verification link").click();
	await says(page, "a link is on its way");
	await page.goto(await site.link("new@example.com", 2));
	await page.getByRole("heading", { name: "Your e-mail address is verified" }).waitFor();
	await follow(page, "Go to your account", "/auth/account");
	await page.getByText("Verified", { exact: true }).waitFor();

	// The password, and other sessions.
	await field(page, "Current password").fill("wrong password");
	await field(page, "New password").fill(NEW_PASSWORD);
	await button(page, "Change password").click();
	await wrong(page, "currentPassword", "This is not your password.");
	await field(page, "Current password").fill(PASSWORD);
	await field(page, "New password").fill(NEW_PASSWORD);
	await button(page, "Change password").click();
	await says(page, "Your password is changed.");
	for (let i = 0; i < 2; i++) {
		const { status } = await site.post("/sign-in/email", { email: "new@example.com", password: NEW_PASSWORD });
		assert.equal(status, 200);
	}
	await page.reload();
	await sessions(page, 3);
	await button(page, "End session").first().click();
	await says(page, "That session has ended.");
	await button(page, "Sign out everywhere else").click();
	await says(page, "You are signed out everywhere else.");
	await sessions(page, 1);

	// App passwords: shown once, not again by a reload.
	await field(page, "New app password for").fill("mail");
	await button(page, "Create app password").click();
	assert.match(await page.locator("#app-password").textContent(), /^wap_\w+$/);
	await page.goto(site.at("/auth/account"));
	assert.equal(await page.locator("#app-password").count(), 0);
	await button(page, "Revoke mail").click();
	await says(page, "does not work any more");

	// Out, and in again with the password that a mail gave back.
	await page.getByRole("banner").getByRole("button", { name: "Sign out" }).click();
	await says(page, "You are signed out.");
	await enter(page, { email: "new@example.com", password: "wrong password" });
	await shows(page.getByRole("alert"), "E-mail or password is wrong.");
	await follow(page, "Forgot your password?", "/auth/forgot-password");
	await field(page, "E-mail").fill("new@example.com");
	await button(page, "Send the link").click();
	await says(page, "a link is on its way");
	const link = await site.link("new@example.com", 3);
	await page.goto(link);
	await field(page, "New password").fill(PASSWORD);
	await button(page, "Save password").click();
	await says(page, "Your new password is saved.");
	await page.goto(link);
	await shows(page.getByRole("alert"), "not valid any more");
	await page.goto(site.at("/auth/sign-in"));
	await enter(page, { email: "new@example.com" });
	await page.waitForURL(site.at("/auth/account"));

	// And the end of it.
	await page.getByText("Delete my account …").click();
	await field(page, "Your password, to be sure").fill("wrong password");
	await button(page, "Delete my account for good").click();
	await wrong(page, "password", "This is not your password.");
	await field(page, "Your password, to be sure").fill(PASSWORD);
	await button(page, "Delete my account for good").click();
	await says(page, "Your account is deleted.");

	assert.deepEqual([...sent].sort(), allForms());
});

test("an address is verified before the first sign-in", async (t) => {
	const site = await daemon(t, { require_email_verification: true });
	const page = await (await visitor(t, site, { javaScriptEnabled: false })).newPage();

	await page.goto(site.at("/auth/sign-up"));
	await field(page, "Name").fill("Ann");
	await field(page, "E-mail").fill("ann@example.com");
	await field(page, "Password").fill(PASSWORD);
	await button(page, "Create account").click();
	await says(page, "Almost done");
	await enter(page);
	await shows(page.getByRole("alert"), "verify your e-mail address first");
	await button(page, "Send the verification link again").click();
	await says(page, "a link is on its way");
	await page.goto(await site.link("ann@example.com", 2));
	await page.getByRole("heading", { name: "Your e-mail address is verified" }).waitFor();
	await follow(page, "Sign in", "/auth/sign-in");
	await enter(page);
	await page.waitForURL(site.at("/auth/account"));
});

test("a session that has ended is told where a form is sent, and one is back afterwards", async (t) => {
	const site = await daemon(t);
	await site.signUp();
	const page = await (await visitor(t, site, { javaScriptEnabled: false })).newPage();

	await page.goto(site.at("/auth/sign-in"));
	await enter(page);
	await page.waitForURL(site.at("/auth/account"));
	site.ctl("session", "kill", "--user", "ann@example.com", "--yes");
	await button(page, "Save profile").click();
	await page.waitForURL(/sign-in\?reason=expired/);
	await says(page, "Your session has ended");
	await enter(page);
	await page.waitForURL(site.at("/auth/account"));
});
