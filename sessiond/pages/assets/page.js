/*
 * What scripts add to the pages, which work without: checks while typing, no new page for a
 * refusal, revealed passwords, local times, and an eye on the session.
 */
import { configure, onSessionChange, sessionChanged, signInUrl } from "./webauth.js";

const { dataset: texts, dataset: { base, page, pages } } = document.body;

configure({ base, pages });

/* ---- fields ---- */

function problem(input) {
	const value = input.value;

	if (input.required && value.trim() === "")
		return texts.tRequired;
	if (value === "")
		return "";
	/* The server's own rule is stricter than the browser's: a domain has a dot. */
	if (input.type === "email" && (input.validity.typeMismatch || !/\.[a-z]{2,}$/i.test(value)))
		return texts.tEmail;
	if (input.type === "url" && (input.validity.typeMismatch || !/^(https:|data:image\/)/.test(value)))
		return texts.tUrl;
	if (input.autocomplete === "new-password" && value.length < Number(texts.min))
		return texts.tShort;
	if (input.autocomplete === "new-password" && value.length > Number(texts.max))
		return texts.tLong;
	return "";
}

function say(input, message) {
	const error = document.getElementById(`${input.id}-error`);

	if (error === null)
		return;
	if (error.textContent !== message)
		error.textContent = message;
	if (message === "")
		input.removeAttribute("aria-invalid");
	else
		input.setAttribute("aria-invalid", "true");
}

function fields(form) {
	return [...form.elements].filter((e) => e.id !== "" && document.getElementById(`${e.id}-error`));
}

/* What appears between pressing a button and letting go would move it away from under the finger. */
let pressed = false;

document.addEventListener("pointerdown", () => {
	pressed = true;
}, true);
for (const name of ["pointerup", "pointercancel"])
	document.addEventListener(name, () => {
		pressed = false;
	}, true);

function afterPress(action) {
	if (pressed)
		document.addEventListener("pointerup", () => setTimeout(action), { once: true });
	else
		action();
}

/* Not before somebody has left the field once: nobody is wrong in the middle of a word. */
function watch(input) {
	let left = input.hasAttribute("aria-invalid");

	input.addEventListener("blur", (event) => {
		if (input.value === "" || event.relatedTarget?.type === "submit")
			return;
		left = true;
		afterPress(() => say(input, problem(input)));
	});
	input.addEventListener("input", () => {
		if (left || input.hasAttribute("aria-invalid"))
			say(input, problem(input));
	});
}

/* ---- sending ---- */

function showFormError(form, message) {
	const place = form.querySelector("[data-form-error]");

	if (place !== null)
		place.textContent = message;
}

function showRefusal(form, { message, field, code }) {
	const input = field === null || field === undefined ? null : form.elements[field];

	if (input && document.getElementById(`${input.id}-error`)) {
		say(input, message);
		input.focus();
	} else {
		showFormError(form, message);
		form.querySelector("input[type=password]")?.select();
	}
	const resend = document.querySelector("[data-resend]");
	if (resend !== null && code === "EMAIL_NOT_VERIFIED") {
		resend.elements.email.value = form.elements.email.value;
		resend.hidden = false;
	}
}

function setBusy(form, busy) {
	form.toggleAttribute("data-busy", busy);
	if (busy)
		form.setAttribute("aria-busy", "true");
	else
		form.removeAttribute("aria-busy");
}

async function post(form) {
	const response = await fetch(form.action, {
		method: "POST",
		headers: { accept: "application/json" },
		body: new URLSearchParams(new FormData(form)),
	});

	return response.json();
}

async function submit(form) {
	let answer;

	setBusy(form, true);
	showFormError(form, "");
	try {
		answer = await post(form);
	} catch {
		setBusy(form, false);
		showFormError(form, texts.tOffline);
		return;
	}
	if (answer.location === undefined) {
		setBusy(form, false);
		showRefusal(form, answer);
		return;
	}
	/* Stays busy: the next page is on its way. */
	leaving = true;
	if (form.hasAttribute("data-changes-session"))
		sessionChanged(new URL(answer.location, location.href).searchParams.get("notice") === "signed-out"
			? "signed-out" : null);
	location.assign(answer.location);
}

function enhance(form) {
	const inputs = fields(form);

	form.noValidate = true;
	inputs.forEach(watch);
	form.addEventListener("submit", (event) => {
		const wrong = inputs.filter((input) => {
			say(input, problem(input));
			return input.hasAttribute("aria-invalid");
		});

		if (form.hasAttribute("data-busy") || wrong.length > 0) {
			event.preventDefault();
			wrong[0]?.focus();
			return;
		}
		if (form.hasAttribute("data-enhance")) {
			event.preventDefault();
			submit(form);
		} else {
			setBusy(form, true);
		}
	});
}

/* ---- passwords ---- */

function reveal(button) {
	const input = document.getElementById(button.dataset.reveal);
	const show = (yes) => {
		input.type = yes ? "text" : "password";
		button.textContent = yes ? texts.tHide : texts.tShow;
		button.setAttribute("aria-label", `${button.textContent}: ${input.labels[0].textContent}`);
	};

	button.hidden = false;
	button.setAttribute("aria-controls", input.id);
	show(false);
	button.addEventListener("click", () => {
		show(input.type === "password");
		input.focus();
	});
	/* Password managers and shoulders: nothing is sent as plain text. */
	input.form.addEventListener("submit", () => show(false));
}

/* A hint, not a rule: length first, then how many different characters, and nothing about oneself. */
function strength(value, own) {
	const lower = value.toLowerCase();
	let score = value.length + new Set(lower).size;

	for (const word of own)
		if (word.length > 2 && lower.includes(word.toLowerCase()))
			score -= 2 * word.length;
	if (/^(?:.)\1*$|^\d+$/.test(value) || /(pass|word|qwert|asdf|1234|abcd)/.test(lower))
		score -= 8;
	return score < 16 ? 0 : score < 24 ? 1 : score < 30 ? 2 : 3;
}

function rate(place) {
	const input = document.getElementById(place.dataset.strength);
	const own = () => ["name", "email"]
		.flatMap((name) => (input.form.elements[name]?.value ?? "").split(/[\s@.]+/));

	input.addEventListener("input", () => {
		const level = strength(input.value, own());

		place.hidden = input.value === "";
		place.dataset.level = level;
		place.textContent = texts[`tStrength${level}`];
	});
}

/* ---- times ---- */

function localise(time) {
	const when = new Date(time.dateTime);
	const { lang } = document.documentElement;
	/* The page's language, in the visitor's variety of it. */
	const format = new Intl.DateTimeFormat(navigator.languages.find((l) => l.startsWith(lang)) ?? lang,
		{ dateStyle: "medium", timeStyle: "day" in time.dataset ? undefined : "short" });

	time.title = when.toISOString();
	time.textContent = format.format(when);
}

/* ---- the picture, which is somewhere else and may be gone ---- */

function initialInstead(img) {
	const replace = () => img.replaceWith(Object.assign(document.createElement("span"),
		{ className: "avatar", ariaHidden: "true", textContent: img.dataset.initial }));

	if (img.complete && img.naturalWidth === 0)
		replace();
	else
		img.addEventListener("error", replace);
}

/* ---- the session, here and in other tabs ---- */

let leaving = false;

function watchSession() {
	if (page === "account") {
		onSessionChange((session, reason) => {
			if (session === null && !leaving)
				location.replace(signInUrl({ next: `${pages}/account`, reason: reason ?? "expired" }));
		});
	} else if (page === "sign-in" || page === "sign-up") {
		let first = true;

		/* Signed in in another tab meanwhile: on, as the server would have sent us. */
		onSessionChange((session) => {
			if (session !== null && !first && !leaving)
				location.replace(document.querySelector("[name=next]")?.value ?? `${pages}/account`);
			first = false;
		});
	}
}

document.querySelectorAll("form[data-enhance], form[data-plain]").forEach(enhance);
document.querySelectorAll("[data-reveal]").forEach(reveal);
document.querySelectorAll("[data-strength]").forEach(rate);
document.querySelectorAll("time").forEach(localise);
document.querySelectorAll("img.avatar").forEach(initialInstead);
document.querySelectorAll("[data-copy]").forEach((button) => {
	button.hidden = navigator.clipboard === undefined;
	button.addEventListener("click", () =>
		navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent));
});
/* What a plain form answered is not to be sent again by a reload. */
if (page === "account" && !location.pathname.endsWith("/account"))
	history.replaceState(null, "", `${pages}/account`);
/*
 * To what is wrong, or to what was done, which is thereby read out: the page has begun anew. Not away
 * from somebody who was faster than this script and is in a field already.
 */
const wrong = document.querySelector("[aria-invalid]")
	?? document.querySelector("form[data-changes-session] .note.bad:not(:empty) ~ .field input");
const said = page === "account" ? document.querySelector("main > .note[role=status]") : null;
if (said !== null)
	said.tabIndex = -1;
if (document.activeElement === document.body)
	(said ?? wrong)?.focus();
watchSession();
