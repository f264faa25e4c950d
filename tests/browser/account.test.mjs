// The account, and the ways back into it: what is mailed is read from the mail that was really sent.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { closeBrowser, daemon, follow, PASSWORD, signIn, visitor } from "./harness.mjs";

after(closeBrowser);

const NEW_PASSWORD = "another good one";
const status = (page, text) => page.getByRole("status").filter({ hasText: text }).waitFor();

test("name and picture are changed", async (t) => {
	const site = await daemon(t);
	await site.signUp();
	const page = await (await visitor(t, site)).newPage();
	const picture = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==";
	await signIn(page, site);
	await page.getByLabel("Picture").fill("nonsense");
	await page.getByRole("button", { name: "Save profile" }).click();
	await page.locator("#image-error").filter({ hasText: "https address" }).waitFor();
	await page.getByLabel("Picture").fill(picture);
	await page.getByLabel("Name", { exact: true }).fill("Ann <b>Other</b>");
	await page.getByRole("button", { name: "Save profile" }).click();
	await status(page, "Your profile is saved.");
	await page.getByRole("banner").getByText("Ann <b>Other</b>").waitFor();
	assert.equal(await page.locator("img.avatar").evaluate((img) => img.naturalWidth), 1);

	// One that cannot be shown any more
	await page.getByLabel("Picture").fill("data:image/gif;base64,AAAA");
	await page.getByRole("button", { name: "Save profile" }).click();
	await page.locator("span.avatar").filter({ hasText: "A" }).waitFor();
});

for (const javaScriptEnabled of [true, false]) {
	test(`a forgotten password, ${javaScriptEnabled ? "with" : "without"} scripts`, async (t) => {
		const site = await daemon(t, { revoke_sessions_on_password_reset: true });
		await site.signUp();
		const page = await (await visitor(t, site, { javaScriptEnabled })).newPage();
		await page.goto(site.at("/auth/sign-in"));
		await follow(page, "Forgot your password?", "/auth/forgot-password");
		await page.getByLabel("E-mail").fill("ann@example.com");
		await page.getByRole("button", { name: "Send the link" }).click();
		await status(page, "a link is on its way");

		const link = await site.link("ann@example.com");
		assert.equal(new URL(link).origin, site.origin);
		await page.goto(link);
		await page.getByLabel("New password", { exact: true }).fill("short");
		await page.getByRole("button", { name: "Save password" }).click();
		if (javaScriptEnabled)
			await page.locator("#newPassword-error").filter({ hasText: "at least 8" }).waitFor();
		await page.getByLabel("New password", { exact: true }).fill(NEW_PASSWORD);
		await page.getByRole("button", { name: "Save password" }).click();
		await status(page, "Your new password is saved.");
		await signIn(page, site, { password: NEW_PASSWORD });

		// A link works once.
		const other = await (await visitor(t, site, { javaScriptEnabled })).newPage();
		await other.goto(link);
		await other.getByRole("alert").filter({ hasText: "not valid any more" }).waitFor();
		await follow(other, "Send a new link", "/auth/forgot-password");
	});
}

test("an address that nobody has is answered alike", async (t) => {
	const site = await daemon(t);
	const page = await (await visitor(t, site)).newPage();
	await page.goto(site.at("/auth/forgot-password"));
	await page.getByLabel("E-mail").fill("nobody@example.com");
	await page.getByRole("button", { name: "Send the link" }).click();
	await status(page, "a link is on its way");
});

test("an address is verified before the first sign-in", async (t) => {
	const site = await daemon(t, { require_email_verification: true });
	const page = await (await visitor(t, site)).newPage();
	await page.goto(site.at("/auth/sign-up"));
	await page.getByLabel("Name").fill("Ann");
	await page.getByLabel("E-mail").fill("ann@example.com");
	await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
	await page.getByRole("button", { name: "Create account" }).click();
	await status(page, "Almost done");

	await page.getByLabel("E-mail").fill("ann@example.com");
	await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
	await page.getByRole("button", { name: "Sign in" }).click();
	await page.getByRole("alert").filter({ hasText: "verify your e-mail address first" }).waitFor();
	await page.getByRole("button", { name: "Send the verification link again" }).click();
	await status(page, "a link is on its way");

	await page.goto(await site.link("ann@example.com", 2));
	await page.getByRole("heading", { name: "Your e-mail address is verified" }).waitFor();
	await follow(page, "Sign in", "/auth/sign-in");
	await signIn(page, site);
	await page.getByText("Verified", { exact: true }).waitFor();
});

test("a link that has expired leads to a new one", async (t) => {
	const site = await daemon(t);
	await site.signUp();
	const page = await (await visitor(t, site)).newPage();
	await page.goto(site.at("/api/auth/verify-email?token=nonsense&callbackURL=%2Fauth%2Fverified"));
	await page.getByRole("heading", { name: "This link did not work" }).waitFor();
	await page.getByLabel("E-mail").fill("ann@example.com");
	await page.getByRole("button", { name: "Send the verification link again" }).click();
	await status(page, "a link is on its way");
	await page.goto(await site.link("ann@example.com"));
	await page.getByRole("heading", { name: "Your e-mail address is verified" }).waitFor();
});

test("the e-mail address is changed through a mail", async (t) => {
	const site = await daemon(t, { change_email: true });
	await site.signUp();
	const page = await (await visitor(t, site)).newPage();
	await signIn(page, site);
	await page.getByLabel("New e-mail address").fill("ann@example.com");
	await page.getByRole("button", { name: "Change address" }).click();
	await page.locator("#newEmail-error").filter({ hasText: "your address already" }).waitFor();
	await page.getByLabel("New e-mail address").fill("new@example.com");
	await page.getByRole("button", { name: "Change address" }).click();
	await status(page, "Check your mail");
	await page.goto(await site.link("new@example.com"));
	await status(page, "Confirmed.");
	await page.getByText("new@example.com", { exact: true }).waitFor();
});

test("a new password ends the other sessions and keeps this one", async (t) => {
	const site = await daemon(t);
	await site.signUp();
	const other = await (await visitor(t, site)).newPage();
	await signIn(other, site);
	const page = await (await visitor(t, site)).newPage();
	await signIn(page, site);
	await page.getByLabel("Current password", { exact: true }).fill("wrong password");
	await page.getByLabel("New password", { exact: true }).fill(NEW_PASSWORD);
	await page.getByRole("button", { name: "Change password" }).click();
	await page.locator("#currentPassword-error").filter({ hasText: "not your password" }).waitFor();
	await page.getByLabel("Current password", { exact: true }).fill(PASSWORD);
	await page.getByRole("button", { name: "Change password" }).click();
	await status(page, "Your password is changed.");
	await other.reload();
	await other.waitForURL(/reason=expired/);
});

test("an app password is made, copied once and revoked", async (t) => {
	const site = await daemon(t);
	await site.signUp();
	const page = await (await visitor(t, site)).newPage();
	await signIn(page, site);
	await page.getByLabel("New app password for").fill("mail");
	await page.getByRole("button", { name: "Create app password" }).click();
	assert.match(await page.locator("#app-password").textContent(), /^wap_\w+$/);
	assert.equal(page.url(), site.at("/auth/account"));
	await page.reload();
	assert.equal(await page.locator("#app-password").count(), 0);
	await page.getByRole("button", { name: "Revoke mail" }).click();
	await status(page, "does not work any more");
	await page.getByText("You have none.").waitFor();
});

test("an account is deleted with its password", async (t) => {
	const site = await daemon(t, { delete_user: true });
	await site.signUp();
	const page = await (await visitor(t, site)).newPage();
	await signIn(page, site);
	await page.getByText("Delete my account …").click();
	await page.getByLabel("Your password, to be sure", { exact: true }).fill("wrong password");
	await page.getByRole("button", { name: "Delete my account for good" }).click();
	await page.locator("#password-error").filter({ hasText: "not your password" }).waitFor();
	await page.getByLabel("Your password, to be sure", { exact: true }).fill(PASSWORD);
	await page.getByRole("button", { name: "Delete my account for good" }).click();
	await status(page, "Your account is deleted.");
	const r = await site.post("/sign-in/email", { email: "ann@example.com", password: PASSWORD });
	assert.equal(r.status, 401);
});
