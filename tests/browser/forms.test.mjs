// Signing up and in as visitors do it: what is refused and how that is told, by mouse, by keyboard, without
// scripts.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { closeBrowser, daemon, follow, PASSWORD, signIn, until, visitor } from "./harness.mjs";

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
	await follow(page, "Create an account", "/auth/sign-up");
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

test("what appears when a field is left does not move the button away from under the mouse", async (t) => {
	const site = await daemon(t);
	const page = await (await visitor(t, site)).newPage();
	await page.goto(site.at("/auth/sign-up"));

	await password(page).fill("short");
	await create(page).click();
	await shows(errorOf(page, "name"), "Please fill this in.");
	assert.equal(await page.evaluate(() => document.activeElement.id), "name", "the form was sent");

	// The same for a link, and nothing is lost that is to be said.
	await password(page).fill("long enough now");
	await email(page).fill("nonsense");
	await page.getByRole("button", { name: "Show: Password" }).click();
	assert.equal(await page.locator("#password").getAttribute("type"), "text");
	await shows(errorOf(page, "email"), "does not look like");
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
	let made = 0;
	for (const [next, expected] of [["/auth/verified", "/auth/verified"], ["//evil.example/", "/auth/account"],
		["https://evil.example/", "/auth/account"], ["/\\evil.example", "/auth/account"]]) {
		const query = `next=${encodeURIComponent(next)}`;
		const page = await (await visitor(t, site)).newPage();
		await page.goto(site.at(`/auth/sign-in?${query}`));
		await email(page).fill("ann@example.com");
		await password(page).fill(PASSWORD);
		await enter(page).click();
		await page.waitForURL(site.at(expected));

		// Over the link between the two pages as well.
		const other = await (await visitor(t, site)).newPage();
		await other.goto(site.at(`/auth/sign-in?${query}`));
		await follow(other, "Create an account", "/auth/sign-up");
		await fillSignUp(other, { address: `bo${made++}@example.com` });
		await create(other).click();
		await other.waitForURL(site.at(expected));
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

/** Everything on the page that Tab should reach, in the order in which it stands there. */
const reachable = (page) => page.evaluate(() =>
	[...document.querySelectorAll("a[href], button, input:not([type=hidden]), summary")]
		.filter((e) => e.checkVisibility()).map((e) => e.outerHTML.slice(0, 120)));

test("by keyboard alone: everything on every page is reached, in its order, and seen to be", async (t) => {
	const site = await daemon(t, { change_email: true, delete_user: true });
	await site.signUp();
	const context = await visitor(t, site), page = await context.newPage();
	const walk = async (path) => {
		await page.goto(site.at(path));
		await page.evaluate(() => document.activeElement.blur());
		const expected = await reachable(page), found = [];
		for (const _ of expected) {
			await page.keyboard.press("Tab");
			const [html, outline] = await page.evaluate(() => [document.activeElement.outerHTML.slice(0, 120),
				getComputedStyle(document.activeElement).outlineStyle]);
			found.push(html);
			assert.equal(outline, "solid", html);
		}
		assert.deepEqual(found, expected);
		assert.ok(found.length > 2, path);
	};

	for (const path of ["sign-in", "sign-up", "forgot-password", "reset-password?token=x", "reset-password?error=INVALID_TOKEN",
		"verified", "verified?error=TOKEN_EXPIRED"])
		await walk(`/auth/${path}`);
	await signIn(page, site);
	await walk("/auth/account");
});

test("by keyboard alone: the account", async (t) => {
	const site = await daemon(t, { delete_user: true });
	await site.signUp();
	const page = await (await visitor(t, site)).newPage();
	const type = async (label, text) => {
		await page.getByLabel(label, { exact: true }).focus();
		await page.keyboard.press("Control+A");
		await page.keyboard.type(text);
	};
	const said = (text) => page.getByRole("status").filter({ hasText: text }).waitFor();

	await signIn(page, site);
	await type("Name", "Ann B");
	await page.keyboard.press("Enter");
	await said("Your profile is saved.");
	// What was said is where the person is now, so that it is read out, and Tab goes on from there.
	await page.waitForFunction(() => /^\s*Your profile is saved/.test(document.activeElement.textContent));
	await page.getByRole("button", { name: /^End session/ }).focus();
	await page.keyboard.press("Enter");
	await said("That session has ended.");
	await type("New app password for", "mail");
	await page.keyboard.press("Enter");
	await page.locator("#app-password").waitFor();
	await page.getByText("Delete my account …").focus();
	await page.keyboard.press("Enter");
	await type("Your password, to be sure", PASSWORD);
	await page.keyboard.press("Enter");
	await said("Your account is deleted.");
});

test("whoever is in a field before the scripts are there stays in it", async (t) => {
	const site = await daemon(t);
	await site.signUp();
	const page = await (await visitor(t, site)).newPage();
	let release;
	const released = new Promise((resolve) => { release = resolve; });

	await signIn(page, site);
	await page.route("**/page.js*", async (route) => {
		await released;
		await route.continue();
	});
	await page.goto(site.at("/auth/account?notice=profile-saved"), { waitUntil: "commit" });
	await page.getByRole("status").filter({ hasText: "Your profile is saved." }).waitFor();
	await page.getByLabel("Name", { exact: true }).focus();
	release();
	await page.waitForFunction(() => document.querySelector("main > .note[role=status]").tabIndex === -1
		&& document.readyState === "complete");
	assert.equal(await page.evaluate(() => document.activeElement.id), "name");
});

test("a screen reader hears each field with its name, its hint and what is wrong with it", async (t) => {
	const site = await daemon(t, { site_name: "Example Site" });
	const page = await (await visitor(t, site)).newPage();
	await page.goto(site.at("/auth/sign-up"));
	await password(page).fill("short");
	await create(page).click();
	await shows(errorOf(page, "email"), "Please fill this in.");

	const tools = await page.context().newCDPSession(page);
	const { nodes } = await tools.send("Accessibility.getFullAXTree");
	const byId = new Map(nodes.map((node) => [node.nodeId, node]));
	const inOrder = (node) => [node, ...node.childIds.flatMap((id) => byId.has(id) ? inOrder(byId.get(id)) : [])];
	const heard = inOrder(nodes[0]).filter(({ ignored, role }) => !ignored && ["heading", "textbox", "button", "link"].includes(role.value))
		.map(({ role, name, description, properties }) => [role.value, name.value, description?.value ?? "",
			properties.some((p) => p.name === "invalid" && p.value.value === "true")]);
	assert.deepEqual(heard, [
		["link", "Skip to the content", "", false],
		["link", "Example Site", "", false],
		["heading", "Create your account", "", false],
		["textbox", "Name", "Please fill this in.", true],
		["textbox", "E-mail", "Please fill this in.", true],
		["textbox", "Password", "At least 8 characters. A few unrelated words make a good one. Easy to guess Use at least 8 characters.", true],
		["button", "Show: Password", "", false],
		["button", "Create account", "", false],
		["link", "Sign in", "", false],
	]);
});

// name: type, autocomplete, and what keyboards and spelling are told
const FIELDS = {
	"sign-in": ["email: email, username, none, false", "password: password, current-password", "rememberMe: checkbox"],
	"sign-up": ["name: text, name", "email: email, username, none, false", "password: password, new-password"],
	"forgot-password": ["email: email, username, none, false"],
	"reset-password?token=x": ["newPassword: password, new-password"],
	"verified?error=TOKEN_EXPIRED": ["email: email, username, none, false"],
	account: ["name: text, name", "image: url, photo, , false", "newEmail: email, email, none, false",
		"username: text, username", "currentPassword: password, current-password",
		"newPassword: password, new-password", "revokeOtherSessions: checkbox", "name: text, off",
		"password: password, current-password"],
};

test("password managers are told what each field is, and may paste into it", async (t) => {
	const site = await daemon(t, { change_email: true, delete_user: true });
	await site.signUp();
	const context = await visitor(t, site, { permissions: ["clipboard-read", "clipboard-write"] });
	const page = await context.newPage();

	for (const [path, expected] of Object.entries(FIELDS)) {
		if (path === "account")
			await signIn(page, site);
		else
			await page.goto(site.at(`/auth/${path}`));
		const found = await page.evaluate(() => [...document.querySelectorAll("input:not([type=hidden])")].map((e) =>
			`${e.name}: ${[e.type, e.getAttribute("autocomplete"), e.getAttribute("autocapitalize"), e.getAttribute("spellcheck")]
				.map((v) => v ?? "").join(", ").replace(/[, ]+$/, "")}`));
		assert.deepEqual(found, expected, path);

		for (const field of await page.locator("input[type=password]:visible").all()) {
			await page.evaluate((text) => navigator.clipboard.writeText(text), PASSWORD);
			await field.focus();
			await page.keyboard.press("Control+V");
			assert.equal(await field.inputValue(), PASSWORD, path);
		}
	}
});

test("every refusal of the server has words, at its field if it is about one", async (t) => {
	const site = await daemon(t, { delete_user: true, change_email: true });
	await site.signUp();
	const page = await (await visitor(t, site)).newPage();
	await page.goto(site.at("/auth/sign-up"));

	// As if the browser had checked nothing: a field that only the server judges.
	for (const [address, secret, field, text] of [
		["bo@example.com", "short", "password", "This password is too short."],
		["bo@example.com", "x".repeat(129), "password", "This password is too long."],
		["bo@example.com", "password1", "password", "This password is too easy to guess"],
		["nonsense", PASSWORD, "email", "does not look like"],
		["ann@example.com", PASSWORD, "email", "There is an account with this address already"],
	]) {
		await page.evaluate(() => {
			document.body.dataset.min = 0;
			document.body.dataset.max = 1e9;
			for (const input of document.querySelectorAll("input"))
				input.removeAttribute("maxlength");
			document.querySelector("#email").type = "text";
		});
		await fillSignUp(page, { address, secret });
		await create(page).click();
		await shows(errorOf(page, field), text);
	}
	await signIn(page, site);
	await page.getByLabel("Current password", { exact: true }).fill(PASSWORD);
	await page.evaluate(() => { document.body.dataset.min = 0; });
	await page.getByLabel("New password", { exact: true }).fill("short");
	await page.getByRole("button", { name: "Change password" }).click();
	await shows(errorOf(page, "newPassword"), "This password is too short.");
});
