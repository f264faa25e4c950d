// Every page in every shape: no accessibility violation, nothing wider than the screen, and a picture of it.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { audit, closeBrowser, daemon, enter, shoot, signIn, temporary, visitor } from "./harness.mjs";

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

const ANN = "ann-with-a-rather-long-address@mail.department.example.com";
const press = (page, name) => page.getByRole("button", { name, exact: true }).click();
const errors = (page) => page.locator(".error:not(:empty)");

/** Each form as it looks when it was refused. */
async function refused(page, site, show) {
	await page.goto(site.at("/auth/sign-up"));
	await page.getByLabel("E-mail").fill("nonsense");
	await page.getByLabel("Password", { exact: true }).fill("password1");
	await press(page, "Create account");
	await errors(page).nth(1).waitFor();
	await show("sign-up-refused");
	await page.goto(site.at("/auth/sign-in"));
	await enter(page, { email: ANN, password: "wrong password" });
	await page.getByRole("alert").filter({ hasText: "wrong" }).waitFor();
	await show("sign-in-refused");
	await page.goto(site.at("/auth/forgot-password"));
	await page.getByLabel("E-mail").fill("nonsense");
	await press(page, "Send the link");
	await errors(page).waitFor();
	await show("forgot-password-refused");
	await page.goto(site.at("/auth/reset-password?token=x"));
	await page.getByLabel("New password", { exact: true }).fill("short");
	await press(page, "Save password");
	await errors(page).waitFor();
	await show("reset-password-refused");
}

async function refusedAccount(page, show) {
	await page.getByText("Delete my account …").click();
	await page.getByLabel("Name", { exact: true }).fill("");
	await page.getByLabel("Picture").fill("nonsense");
	for (const name of ["Save profile", "Change address", "Change password", "Create app password", "Delete my account for good"])
		await press(page, name);
	await errors(page).nth(6).waitFor();
	await show("account-refused");
}

for (const [shape, options] of Object.entries(SHAPES)) {
	test(`the pages on ${shape}`, async (t) => {
		const site = await daemon(t, { change_email: true, delete_user: true, site_name: "Example Site" });
		await site.signUp(ANN);
		const page = await (await visitor(t, site, options)).newPage();
		const show = (name) => look(page, `${shape}-${name}`);

		for (const [name, path] of Object.entries(PAGES)) {
			await page.goto(site.at(`/auth/${path}`));
			await show(name);
		}
		await refused(page, site, show);

		await signIn(page, site, { email: ANN });
		await show("account");
		await page.getByLabel("New app password for").fill("mail on my phone");
		await press(page, "Create app password");
		await page.locator("#app-password").waitFor();
		await page.getByText("Delete my account …").click();
		await show("account-app-password");
		await page.goto(site.at("/auth/account?notice=profile-saved"));
		await refusedAccount(page, show);
	});
}

test("the page of an error, and that of a site which is closed to new accounts", async (t) => {
	const site = await daemon(t, { sign_up: false });
	const page = await (await visitor(t, site)).newPage();

	await page.goto(site.at("/auth/sign-up"));
	await page.getByText("New accounts cannot be made here").waitFor();
	await look(page, "desktop-sign-up-closed");
	// A form of which nobody says where it stood.
	await page.route(site.at("/auth/update-user"), (route) => route.continue({
		method: "POST", headers: { ...route.request().headers(), "content-type": "application/x-www-form-urlencoded" },
		postData: "name=x",
	}));
	await page.goto(site.at("/auth/update-user"));
	await page.getByRole("heading", { name: "That did not work" }).waitFor();
	await look(page, "desktop-error");
});

test("while an answer is awaited", async (t) => {
	const site = await daemon(t);
	await site.signUp();
	const page = await (await visitor(t, site)).newPage();
	let go;
	const held = new Promise((resolve) => { go = resolve; });

	await page.goto(site.at("/auth/sign-in"));
	await page.route(site.at("/auth/sign-in"), async (route) => {
		await held;
		await route.continue();
	});
	await enter(page);
	await page.locator("form[aria-busy=true]").waitFor();
	await look(page, "desktop-sign-in-busy");
	go();
	await page.waitForURL(site.at("/auth/account"));
});

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

/** A directory for pages_dir with these files. */
function overriding(files) {
	const dir = temporary();

	for (const [name, text] of Object.entries(files)) {
		mkdirSync(dirname(join(dir, name)), { recursive: true });
		writeFileSync(join(dir, name), text);
	}
	return dir;
}

const shipped = (name) => readFileSync(join(process.env.SOURCE, "sessiond/pages", name), "utf8");

test("one file of colours restyles all pages", async (t) => {
	assert.doesNotMatch(shipped("assets/style.css"), /#[0-9a-f]{3,8}\b|\b(rgb|hsl|oklch)\(/i, "all colours are in theme.css");
	const names = [...shipped("assets/theme.css").matchAll(/^\t(--[a-z-]+):/gm)].map(([, name]) => name);
	const theme = shipped("assets/theme.css") + ":root { --page: rgb(1, 2, 3); --accent: rgb(120, 0, 60); --radius: 0; }";
	const site = await daemon(t, { pages_dir: overriding({ "assets/theme.css": theme }) });
	await site.signUp();
	const page = await (await visitor(t, site)).newPage();

	for (const name of names)
		assert.ok(shipped("assets/style.css").includes(`var(${name})`), `${name} is used`);
	await signIn(page, site);
	for (const path of ["account", "sign-in?reason=fresh", "sign-up?x", "verified"]) {
		await page.goto(site.at(`/auth/${path}`));
		const [background, primary, corner] = await page.evaluate(() => {
			const style = getComputedStyle(document.querySelector(".primary"));
			return [getComputedStyle(document.body).backgroundColor, style.backgroundColor, style.borderRadius];
		});
		assert.deepEqual([background, primary, corner], ["rgb(1, 2, 3)", "rgb(120, 0, 60)", "0px"], path);
	}
});

test("one file of words translates all pages", async (t) => {
	const marked = JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(shipped("texts/en.json")))
		.map(([key, text]) => [key, `«${text}»`])));
	const site = await daemon(t, { pages_dir: overriding({ "texts/eo.json": marked }), change_email: true, delete_user: true });
	await site.signUp();
	const page = await (await visitor(t, site, { locale: "eo" })).newPage();
	// What is of no language: whose account it is, the site's name, programs and times.
	const untranslated = async (...known) => page.evaluate((allowed) => {
		const found = [], texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);

		while (texts.nextNode()) {
			const { parentElement: at, data } = texts.currentNode;
			if (data.trim() !== "" && !at.closest("time, code, .unseen, .avatar") && !/[«»]/.test(data) && !allowed.includes(data.trim()))
				found.push(data);
		}
		for (const e of document.querySelectorAll("[aria-label], [title], img[alt]:not([alt=''])"))
			if (e.localName !== "time" && !/«/.test(e.ariaLabel ?? e.title ?? e.alt))
				found.push(e.outerHTML);
		if (!document.title.startsWith("«"))
			found.push(document.title);
		return found;
	}, [new URL(site.origin).host, ...known]);

	for (const path of Object.values(PAGES)) {
		await page.goto(site.at(`/auth/${path}`));
		assert.equal(await page.evaluate(() => document.documentElement.lang), "eo");
		assert.deepEqual(await untranslated(), [], path);
	}
	await page.goto(site.at("/auth/sign-up"));
	await page.getByLabel("«Password»", { exact: true }).fill("short");
	await press(page, "«Create account»");
	await errors(page).nth(2).waitFor();
	assert.deepEqual(await untranslated(), [], "what is said of the fields");
	await page.goto(site.at("/auth/sign-in"));
	await page.getByLabel("«E-mail»").fill("ann@example.com");
	await page.getByLabel("«Password»", { exact: true }).fill("wrong password");
	await press(page, "«Sign in»");
	await page.getByRole("alert").filter({ hasText: "wrong" }).waitFor();
	assert.deepEqual(await untranslated(), [], "what the server says");
	await page.getByLabel("«Password»", { exact: true }).fill("correct horse battery");
	await press(page, "«Sign in»");
	await page.waitForURL(site.at("/auth/account"));
	assert.deepEqual(await untranslated("Ann", "ann@example.com", "Chrome", "Node.js", "·"), [], "the account");
});
