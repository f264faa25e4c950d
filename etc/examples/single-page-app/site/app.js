/*
 * A page for everybody and a page for users, without a framework or a build step. nginx answers every
 * path with index.html; what is shown is decided here.
 */
import { apiFetch, onSessionChange, requireSession, signInUrl } from "/auth/assets/webauth.js";

const main = document.querySelector("main");
const problem = document.querySelector("[role=alert]");

/* ---- the pages ---- */

const pages = {
	"/": { template: "home", title: "Home" },
	"/notes": { template: "notes", title: "Notes", fill: fillNotes },
};
const missing = { template: "missing", title: "Not here" };

async function ask(path, init) {
	const response = await apiFetch(`/api${path}`, init);

	if (!response.ok)
		throw new Error((await response.json()).detail);
	return response.json();
}

/* A page that is filled is protected: none of it is shown before the API has answered. */
async function fillNotes(page, { user }) {
	const path = `/users/${user.id}/notes`;
	const list = page.querySelector("ul");
	const show = ({ notes }) => list.replaceChildren(...notes.map((note) =>
		Object.assign(document.createElement("li"), { textContent: note })));

	page.querySelector("[data-name]").textContent = user.name;
	show(await ask(path));
	page.querySelector("form").addEventListener("submit", (event) => {
		const form = event.currentTarget;

		event.preventDefault();
		attempt(async () => {
			show(await ask(path, { method: "POST", body: form.elements.note.value }));
			form.reset();
		});
	});
}

/* ---- going from one to another ---- */

let turn = 0; /* of two clicks the second one counts */

const current = () => pages[location.pathname] ?? missing;

async function attempt(action) {
	problem.textContent = "";
	try {
		await action();
	} catch (error) {
		problem.textContent = `That did not work: ${error.message}`;
	}
}

async function show() {
	const page = current(), mine = ++turn;
	const content = document.getElementById(page.template).content.cloneNode(true);

	if (page.fill)
		await page.fill(content, await requireSession());
	if (mine !== turn)
		return;
	main.replaceChildren(content);
	document.title = `${page.title} – Notes`;
	for (const link of document.querySelectorAll("nav a"))
		link.ariaCurrent = link.pathname === location.pathname ? "page" : null;
}

document.addEventListener("click", (event) => {
	const link = event.target.closest?.("a");

	/* All others, and new tabs, are the browser's. */
	if (!link || link.origin !== location.origin || !(link.pathname in pages) || event.button !== 0 ||
		event.metaKey || event.ctrlKey || event.shiftKey)
		return;
	event.preventDefault();
	history.pushState(null, "", link.href);
	attempt(show).then(() => main.focus());
});
addEventListener("popstate", () => attempt(show));

/* Signed out, here or in another tab, or ended: what is protected is not left on the screen. */
onSessionChange((session, reason) => {
	if (session === null && current().fill)
		location.replace(signInUrl({ reason: reason ?? "required" }));
});
attempt(show);
