/*
 * The browser's side of sessiond, as one module without dependencies.
 *
 *	import { signIn, getSession, apiFetch } from "https://auth.example.com/auth/assets/webauth.js";
 *
 * The session lives in an HttpOnly cookie, which no script can read; JWTs for APIs live in this
 * module's memory and nowhere else. Where the server is follows from where this file was loaded
 * from; configure() says otherwise.
 */

const here = new URL(import.meta.url);

const settings = {
	base: new URL("/api/auth", here).href,
	pages: new URL("..", here).href.replace(/\/$/, ""),
	apis: [],
	signInOnEnd: true,
};

/* Renewed this long before it ends, or a quarter of its life if that is shorter. */
const RENEW_BEFORE_MS = 60_000;
/* The longest delay that setTimeout takes. */
const TIMER_MAX_MS = 2 ** 31 - 1;

let session; /* undefined: not known yet; null: signed out; { session, user } */
let asking = null; /* the one get-session under way */
let jwt = null; /* { token, renewAt } */
let renewing = null; /* the one token request under way */
let timer = 0;
let generation = 0; /* counts sessions: what was asked for an earlier one is thrown away */
let channel = null;
const listeners = new Set();

/** Why a call failed: `code` and `message` are the server's. */
export class WebauthError extends Error {
	constructor(message, { code = null, status = 0, retryAfter = null } = {}) {
		super(message);
		this.name = "WebauthError";
		this.code = code;
		this.status = status;
		this.retryAfter = retryAfter;
	}
}

/**
 * base: the API, as better-auth's baseURL with its path. pages: where the pages are. apis: other
 * origins that apiFetch may send a JWT to. signInOnEnd: false leaves it to onSessionChange what
 * happens when a session has ended.
 */
export function configure(changes) {
	for (const name of ["base", "pages"]) {
		if (changes[name] !== undefined)
			settings[name] = new URL(changes[name], location.href).href.replace(/\/$/, "");
	}
	if (changes.apis !== undefined)
		settings.apis = changes.apis.map((api) => new URL(api, location.href).origin);
	if (changes.signInOnEnd !== undefined)
		settings.signInOnEnd = changes.signInOnEnd;
}

/* ---- asking the server ---- */

async function failure(response) {
	const retry = response.headers.get("x-retry-after") ?? response.headers.get("retry-after");
	let body = null;

	try {
		body = await response.json();
	} catch {
		/* some refusals have no body */
	}
	return new WebauthError(body?.message ?? response.statusText, {
		code: body?.code ?? null,
		status: response.status,
		retryAfter: retry === null ? null : Number(retry),
	});
}

async function call(path, body) {
	const init = { credentials: "include", cache: "no-store" };

	if (body !== undefined) {
		init.method = "POST";
		init.headers = { "content-type": "application/json" };
		init.body = JSON.stringify(body);
	}
	const response = await fetch(settings.base + path, init);
	if (!response.ok)
		throw await failure(response);
	return response;
}

/* ---- the session ---- */

function isSame(a, b) {
	if (!a || !b)
		return a === b;
	return a.session.id === b.session.id && a.user.updatedAt === b.user.updatedAt &&
		a.session.expiresAt === b.session.expiresAt;
}

function watchEnd() {
	clearTimeout(timer);
	if (!session)
		return;
	const left = new Date(session.session.expiresAt) - Date.now() + 500;
	/* Looking must not count as using. */
	timer = setTimeout(() => check(), Math.min(Math.max(left, 1000), TIMER_MAX_MS));
}

function settle(next, reason) {
	const before = session;

	if (before?.session.id !== next?.session.id) {
		generation++;
		jwt = null;
		renewing = null;
	}
	session = next;
	watchEnd();
	if (before !== undefined && isSame(before, next))
		return;
	for (const listener of [...listeners])
		listener(session, reason ?? (before && !next ? "expired" : null));
}

function ask(query, reason) {
	if (asking !== null)
		return asking;
	const mine = call(`/get-session${query}`)
		.then((response) => response.json())
		.then((found) => {
			/* A sign-in or sign-out meanwhile has made this old news. */
			if (asking !== mine)
				return asking ?? session;
			settle(found, reason);
			return session;
		})
		.finally(() => {
			if (asking === mine)
				asking = null;
		});
	asking = mine;
	return asking;
}

/** Who is signed in: `{ session, user }`, or null. Always asks the server; parallel calls ask once. */
export function getSession() {
	return ask("");
}

async function check(reason) {
	try {
		await ask("?disableRefresh=true", reason);
	} catch {
		/* Not reachable now: nothing is known, so nothing has changed. */
	}
}

/* Other tabs are told that something happened, not what: they ask the server themselves. */
function tell(reason) {
	channel?.postMessage({ reason });
}

function listen() {
	if (channel !== null || typeof BroadcastChannel === "undefined")
		return;
	channel = new BroadcastChannel("webauth");
	channel.onmessage = (event) => {
		const reason = event.data?.reason;

		if (asking !== null)
			asking.catch(() => {}).then(() => check(reason));
		else
			check(reason);
	};
	/* Another origin's tab cannot tell us, and a page from the browser's cache has missed things. */
	document.addEventListener("visibilitychange", () => {
		if (document.visibilityState === "visible")
			check();
	});
	addEventListener("pageshow", (event) => {
		if (event.persisted)
			check();
	});
	addEventListener("online", () => check());
}

/**
 * Calls `fn(session, reason)` when that is known, and whenever it changes, here or in another tab.
 * reason, when a session has ended: "signed-out" or "expired". Returns a function that stops it.
 */
export function onSessionChange(fn) {
	listen();
	listeners.add(fn);
	if (session !== undefined)
		queueMicrotask(() => listeners.has(fn) && fn(session, null));
	else
		check();
	return () => listeners.delete(fn);
}

/** To be called after a form has changed the session without this module. */
export function sessionChanged(reason = null) {
	listen();
	tell(reason);
}

async function enter(path, body) {
	listen();
	const result = await (await call(path, body)).json();

	asking = null;
	if (result.token !== null) {
		await getSession();
		tell(null);
	}
	return result;
}

/** Signs up, and in unless the server wants the address verified first; `{ token, user }`. */
export function signUp({ name, email, password, ...more }) {
	return enter("/sign-up/email", { name, email, password, ...more });
}

export function signIn({ email, password, rememberMe = true, ...more }) {
	return enter("/sign-in/email", { email, password, rememberMe, ...more });
}

export async function signOut() {
	listen();
	await call("/sign-out", {});
	asking = null;
	settle(null, "signed-out");
	tell("signed-out");
}

/* ---- pages ---- */

/** The sign-in page, which leads back to `next`; reason: "expired", "signed-out" or "required". */
export function signInUrl({ next = location.href, reason = null } = {}) {
	const target = new URL(next, location.href);
	const url = new URL(`${settings.pages}/sign-in`);

	if (reason !== null)
		url.searchParams.set("reason", reason);
	url.searchParams.set("next", target.origin === url.origin
		? target.pathname + target.search + target.hash : target.href);
	return url.href;
}

export function accountUrl() {
	return `${settings.pages}/account`;
}

const never = () => new Promise(() => {});

/** For protected pages: the session; without one the browser goes to sign-in, and this never ends. */
export async function requireSession() {
	const found = await getSession();

	if (found !== null)
		return found;
	location.replace(signInUrl({ reason: "required" }));
	return never();
}

/* ---- APIs ---- */

function decode(token) {
	const part = token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/");

	return JSON.parse(new TextDecoder().decode(
		Uint8Array.from(atob(part), (c) => c.charCodeAt(0))));
}

/* This machine's clock may be wrong: then how long the token lives is all that is known. */
function renewTime(token) {
	const { iat, exp } = decode(token);
	const now = Date.now(), life = (exp - iat) * 1000;
	const left = exp * 1000 - now;
	const sane = left > 0 && left <= life ? left : life;

	return now + sane - Math.min(RENEW_BEFORE_MS, sane / 4);
}

async function renew() {
	const asked = generation;
	const { token } = await (await call("/token")).json();

	if (asked !== generation)
		throw new WebauthError("The session has changed meanwhile");
	jwt = { token, renewAt: renewTime(token) };
	return token;
}

/** A JWT for an API. Renewed before it ends, once for any number of callers. */
export function getToken({ not = null } = {}) {
	if (jwt !== null && jwt.token !== not && Date.now() < jwt.renewAt)
		return Promise.resolve(jwt.token);
	if (renewing !== null)
		return renewing;
	const mine = renew().finally(() => {
		if (renewing === mine)
			renewing = null;
	});
	renewing = mine;
	return renewing;
}

function end(known) {
	const reason = known ? "expired" : "required";

	settle(null, reason);
	if (known)
		tell("expired");
	if (settings.signInOnEnd)
		location.replace(signInUrl({ reason }));
	throw new WebauthError("You are not signed in", { code: "UNAUTHORIZED", status: 401 });
}

async function tokenOrEnd(options) {
	/* Whether there was a session is only known from an earlier answer. */
	const known = Boolean(session) || jwt !== null;

	try {
		return await getToken(options);
	} catch (error) {
		if (error.status === 401)
			end(known);
		throw error;
	}
}

function mayHave(url) {
	const { origin } = new URL(url);

	return origin === location.origin || origin === new URL(settings.base).origin ||
		settings.apis.includes(origin);
}

function send(request, token) {
	const headers = new Headers(request.headers);

	headers.set("authorization", `Bearer ${token}`);
	return fetch(new Request(request, { headers }));
}

/**
 * fetch() with the JWT. Only to this origin, the server's and those of configure({ apis }): a JWT
 * sent to anybody else would be theirs. After a 401 it asks the server whether the session is
 * really over; if not, it tries once more with a new JWT.
 */
export async function apiFetch(input, init) {
	const request = new Request(input, init);

	if (!mayHave(request.url))
		throw new TypeError(`apiFetch: ${request.url} is not among configure({ apis })`);
	listen();
	const token = await tokenOrEnd();
	const response = await send(request.clone(), token);
	if (response.status !== 401)
		return response;
	return send(request, await tokenOrEnd({ not: token }));
}

/* ---- <webauth-button> ---- */

const buttonStyle = `
:host { display: inline-block; position: relative; font: inherit; }
:host([hidden]) { display: none; }
.wait { visibility: hidden; }
a, button {
	display: inline-flex; align-items: center; gap: .5em; box-sizing: border-box;
	min-height: 2.5em; padding: .25em .875em; font: inherit; text-decoration: none; cursor: pointer;
	color: var(--webauth-color, inherit);
	background: var(--webauth-background, transparent);
	border: 1px solid var(--webauth-border, currentcolor);
	border-radius: var(--webauth-radius, .5em);
}
a:focus-visible, button:focus-visible { outline: 3px solid var(--webauth-focus, #2456d6); outline-offset: 2px; }
.menu {
	position: absolute; right: 0; top: calc(100% + .25em); z-index: 10; min-width: 100%;
	display: grid; padding: .25em; white-space: nowrap;
	color: var(--webauth-menu-color, canvastext);
	background: var(--webauth-menu-background, canvas);
	border: 1px solid var(--webauth-border, color-mix(in srgb, currentcolor 25%, transparent));
	border-radius: var(--webauth-radius, .5em);
	box-shadow: 0 8px 24px -8px rgb(0 0 0 / 35%);
}
.menu[hidden] { display: none; }
.menu a, .menu button { border-color: transparent; justify-content: flex-start; color: inherit; }
.menu a:hover, .menu button:hover { background: color-mix(in srgb, currentcolor 10%, transparent); }
.name { max-width: 12em; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
`;

function element(name, properties, ...children) {
	const e = Object.assign(document.createElement(name), properties);

	e.append(...children);
	return e;
}

/**
 * <webauth-button label-sign-in="Sign in" label-account="Account" label-sign-out="Sign out">
 * Signed out, a link to sign in; signed in, the name, with links to the account and to sign out.
 * Looks like the page around it; --webauth-* properties and ::part() change that.
 */
const Button = typeof HTMLElement === "undefined" ? class {} : class extends HTMLElement {
	#stop = null;

	connectedCallback() {
		if (this.shadowRoot === null) {
			const sheet = new CSSStyleSheet();

			sheet.replaceSync(buttonStyle);
			this.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet];
		}
		/* Its room is taken before the answer is there, so that nothing jumps. */
		this.shadowRoot.replaceChildren(element("a", { className: "wait", textContent: this.#label("sign-in", "Sign in") }));
		this.#stop = onSessionChange((now) => this.#show(now));
	}

	disconnectedCallback() {
		this.#stop?.();
	}

	#label(name, fallback) {
		return this.getAttribute(`label-${name}`) ?? fallback;
	}

	#show(now) {
		this.shadowRoot.replaceChildren(...now === null ? this.#signedOut() : this.#signedIn(now.user));
	}

	#signedOut() {
		const link = element("a", { href: signInUrl(), textContent: this.#label("sign-in", "Sign in") });

		link.part = "button";
		/* Where one is may change without a new page. */
		link.addEventListener("click", () => {
			link.href = signInUrl();
		});
		return [link];
	}

	#signedIn(user) {
		const name = element("span", { className: "name", textContent: user.name || user.email });
		const button = element("button", { type: "button" }, name, "▾");
		const account = element("a", { href: accountUrl(), textContent: this.#label("account", "Account") });
		const out = element("button", { type: "button", textContent: this.#label("sign-out", "Sign out") });
		const menu = element("div", { className: "menu", hidden: true }, account, out);
		const open = (yes) => {
			menu.hidden = !yes;
			button.setAttribute("aria-expanded", String(yes));
		};

		button.part = "button";
		menu.part = "menu";
		open(false);
		button.addEventListener("click", () => open(menu.hidden));
		this.onfocusout = (event) => {
			if (!this.shadowRoot.contains(event.relatedTarget) && event.relatedTarget !== this)
				open(false);
		};
		this.onkeydown = (event) => {
			if (event.key === "Escape" && !menu.hidden) {
				open(false);
				button.focus();
			}
		};
		out.addEventListener("click", () => signOut());
		return [button, menu];
	}
};

if (typeof customElements !== "undefined" && customElements.get("webauth-button") === undefined)
	customElements.define("webauth-button", Button);
