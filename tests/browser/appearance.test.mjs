// Every page in every shape: no accessibility violation, nothing wider than the screen, and a picture of it.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { audit, closeBrowser, daemon, shoot, signIn, visitor } from "./harness.mjs";

after(closeBrowser);

const SHAPES = {
	phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
	desktop: { viewport: { width: 1280, height: 800 } },
	dark: { viewport: { width: 1280, height: 800 }, colorScheme: "dark", reducedMotion: "reduce" },
	"phone-dark": { viewport: { width: 320, height: 640 }, isMobile: true, colorScheme: "dark" },
};

const PAGES = {
	"sign-in": "sign-in",
	"sign-in-expired": "sign-in?reason=expired&next=/app",
	"sign-up": "sign-up",
	"forgot-password": "forgot-password",
	"forgot-password-sent": "forgot-password?notice=reset-sent",
	"reset-password": "reset-password?token=x",
	"reset-password-invalid": "reset-password?error=INVALID_TOKEN",
	verified: "verified",
	"verified-expired": "verified?error=TOKEN_EXPIRED",
};

async function look(page, name) {
	await audit(page);
	const [content, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
	assert.ok(content <= screen, `${name}: ${content} wide on ${screen}`);
	await shoot(page, name);
}

for (const [shape, options] of Object.entries(SHAPES)) {
	test(`the pages on ${shape}`, async (t) => {
		const site = await daemon(t, { change_email: true, delete_user: true, site_name: "Example Site" });
		await site.signUp("ann-with-a-rather-long-address@mail.department.example.com");
		const page = await (await visitor(t, site, options)).newPage();

		for (const [name, path] of Object.entries(PAGES)) {
			await page.goto(site.at(`/auth/${path}`));
			await look(page, `${shape}-${name}`);
		}
		await page.goto(site.at("/auth/sign-up"));
		await page.getByLabel("E-mail").fill("nonsense");
		await page.getByLabel("Password", { exact: true }).fill("password1");
		await page.getByRole("button", { name: "Create account" }).click();
		await look(page, `${shape}-sign-up-refused`);

		await signIn(page, site, { email: "ann-with-a-rather-long-address@mail.department.example.com" });
		await look(page, `${shape}-account`);
		await page.getByLabel("New app password for").fill("mail on my phone");
		await page.getByRole("button", { name: "Create app password" }).click();
		await page.locator("#app-password").waitFor();
		await page.getByText("Delete my account …").click();
		await look(page, `${shape}-account-app-password`);
	});
}

test("text can be twice as large", async (t) => {
	const site = await daemon(t);
	const page = await (await visitor(t, site, { viewport: { width: 640, height: 800 } })).newPage();
	await page.goto(site.at("/auth/sign-up"));
	await page.evaluate(() => { document.documentElement.style.setProperty("font-size", "200%"); });
	await look(page, "large-text-sign-up");
});

test("who wants less motion gets none to speak of", async (t) => {
	const site = await daemon(t);
	for (const [reducedMotion, expected] of [["no-preference", true], ["reduce", false]]) {
		const page = await (await visitor(t, site, { reducedMotion })).newPage();
		await page.goto(site.at("/auth/sign-in"));
		const moves = await page.locator("button[type=submit]").first()
			.evaluate((button) => parseFloat(getComputedStyle(button).transitionDuration) > 0);
		assert.equal(moves, expected);
	}
});
