#include "tests/pam/fixture.h"

#include <dirent.h>
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "lib/base/compiler.h"
#include "lib/base/parse.h"

unsigned nss_calls;

/* The transaction that runs: PAM gives the conversation one pointer and syslog none. */
static struct {
	const struct pam_case *c;
	struct pam_seen seen;
	char log[65536];
	size_t log_len;
	bool echoed[ANSWERS_MAX]; /* this answer was a name, not a secret */
} now;

/* ---- the host's functions ---- */

#define HOST __attribute__((visibility("default")))

static void WA_PRINTF(2, 0) record(int priority, const char *fmt, va_list ap)
{
	size_t room = sizeof(now.log) - now.log_len;
	int n = snprintf(now.log + now.log_len, room, "%d ", LOG_PRI(priority));

	n += vsnprintf(now.log + now.log_len + n, room - (size_t)n, fmt, ap);
	assert_true((size_t)n + 2 < room);
	now.log_len += (size_t)n;
	now.log[now.log_len++] = '\n';
	now.log[now.log_len] = '\0';
}

void __vsyslog_chk(int priority, int flag, const char *fmt, va_list ap);
void __syslog_chk(int priority, int flag, const char *fmt, ...);

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): libc's names on purpose */
HOST void WA_PRINTF(3, 0)
    __vsyslog_chk(int priority, int flag WA_UNUSED, const char *fmt, va_list ap)
{
	record(priority, fmt, ap);
}

HOST void WA_PRINTF(3, 4) __syslog_chk(int priority, int flag WA_UNUSED, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	record(priority, fmt, ap);
	va_end(ap);
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

HOST void
vsyslog(int priority, const char *fmt, va_list ap)
{
	record(priority, fmt, ap);
}

HOST void
syslog(int priority, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	record(priority, fmt, ap);
	va_end(ap);
}

HOST int
getpwnam_r(const char *restrict name, struct passwd *restrict entry, char *restrict buffer,
    size_t size, struct passwd **restrict ret)
{
	static const struct {
		const char *name;
		uid_t uid;
		size_t size;
	} accounts[] = {{"root", 0, 0}, {"daemon", 1, 0}, {"low", 999, 0}, {"unixer", 1000, 0},
	    {"unlinked", 1001, 0}, {"barred", 1002, 0}, {"nobody", 65534, 0},
	    {NSS_LONG, 2000, 9000}};

	nss_calls++;
	*ret = NULL;
	if (strcmp(name, NSS_DOWN) == 0)
		return EIO;
	if (strcmp(name, NSS_ENDLESS) == 0)
		return ERANGE;
	for (size_t i = 0; i < WA_ARRAY_LEN(accounts); i++) {
		if (strcmp(accounts[i].name, name) != 0)
			continue;
		if (size < accounts[i].size || size < strlen(name) + 1)
			return ERANGE;
		memcpy(buffer, name, strlen(name) + 1);
		*entry = (struct passwd){.pw_name = buffer, .pw_uid = accounts[i].uid};
		*ret = entry;
		return 0;
	}
	return 0;
}

static void
no_sleep(int code, unsigned usec, void *arg WA_UNUSED)
{
	if (code != PAM_SUCCESS)
		now.seen.delay_us = usec;
}

/* PAM wants a function as if it were an object, which ISO C has no cast for. */
static const void *
no_sleep_item(void)
{
	void (*function)(int, unsigned, void *) = no_sleep;
	const void *item;

	memcpy(&item, &function, sizeof(item));
	return item;
}

/* ---- the conversation ---- */

static int
answer(const struct pam_message *m, struct pam_response *r)
{
	const char *text;

	if (m->msg_style != PAM_PROMPT_ECHO_OFF && m->msg_style != PAM_PROMPT_ECHO_ON) {
		now.seen.infos++;
		return PAM_SUCCESS;
	}
	(void)snprintf(now.seen.prompt, sizeof(now.seen.prompt), "%s", m->msg);
	if (now.seen.prompts >= ANSWERS_MAX)
		return PAM_CONV_ERR;
	now.echoed[now.seen.prompts] = m->msg_style == PAM_PROMPT_ECHO_ON;
	text = now.c->answers[now.seen.prompts++];
	if (text == NULL || strcmp(text, ANSWER_FAILS) == 0)
		return PAM_CONV_ERR;
	if (strcmp(text, ANSWER_AGAIN) == 0)
		return PAM_CONV_AGAIN;
	if (strcmp(text, ANSWER_NULL) != 0)
		r->resp = strdup(text);
	return PAM_SUCCESS;
}

static int
converse(int n, const struct pam_message **messages, struct pam_response **ret, void *arg WA_UNUSED)
{
	struct pam_response *replies = calloc((size_t)n, sizeof(*replies));
	int code = PAM_SUCCESS;

	assert_non_null(replies);
	for (int i = 0; i < n && code == PAM_SUCCESS; i++)
		code = answer(messages[i], &replies[i]);
	if (code == PAM_SUCCESS) {
		*ret = replies;
		return code;
	}
	free(replies);
	return code;
}

/* ---- files ---- */

void
fixture_path(struct fixture *f, const char *name, char *ret, size_t size)
{
	assert_true(snprintf(ret, size, "%s/%s", f->dir, name) < (int)size);
}

static void
write_file(const char *path, const char *text)
{
	FILE *out = fopen(path, "we");

	assert_non_null(out);
	assert_true(fputs(text, out) >= 0);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(chmod(path, 0644), 0);
}

void
fixture_conf(struct fixture *f, const char *name, const char *text)
{
	char path[256], whole[4096];

	(void)snprintf(path, sizeof(path), "%s/%s.conf", f->dir, name);
	if (strstr(text, "store =") != NULL)
		(void)snprintf(whole, sizeof(whole), "%s", text);
	else
		(void)snprintf(whole, sizeof(whole), "store = sqlite:%s\n%s", f->store, text);
	write_file(path, whole);
}

int
fixture_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	char path[256];

	assert_non_null(f);
	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/pam-test-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	fixture_path(f, "webauth.db", f->store, sizeof(f->store));
	people_make(f->store);
	fixture_conf(f, "webauth", "");
	fixture_path(f, "other", path, sizeof(path));
	write_file(path, "auth required pam_deny.so\n");
	*state = f;
	return 0;
}

int
fixture_teardown(void **state)
{
	struct fixture *f = *state;
	DIR *dir = opendir(f->dir);
	struct dirent *entry;
	char path[512];

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		(void)snprintf(path, sizeof(path), "%s/%s", f->dir, entry->d_name);
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			(void)remove(path);
	}
	(void)closedir(dir);
	(void)rmdir(f->dir);
	free(f);
	return 0;
}

/* ---- transactions ---- */

static const char *
expand(const char *stack, const char *words)
{
	static char text[8192];
	size_t n = 0;

	for (const char *p = stack; *p != '\0'; p++) {
		const char *with = p[0] == '%' && p[1] == 'M' ? PAM_MODULE
		    : p[0] == '%' && p[1] == 'W'	      ? words
							      : NULL;

		if (with == NULL) {
			text[n++] = *p;
			continue;
		}
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s", with);
		assert_true(n < sizeof(text));
		p++;
	}
	text[n] = '\0';
	return text;
}

static void
write_service(struct fixture *f, const struct pam_case *c, const char *service)
{
	const char *all = "auth required %M %W\naccount required %M %W\n"
			  "password required %M %W\nsession required %M %W\n";
	char path[256], words[1024];

	if (c->conf != NULL && *c->conf == '\0')
		(void)snprintf(words, sizeof(words), "%s", c->words != NULL ? c->words : "");
	else
		(void)snprintf(words, sizeof(words), "conf=%s/%s.conf %s", f->dir,
		    c->conf != NULL ? c->conf : "webauth", c->words != NULL ? c->words : "");
	fixture_path(f, service, path, sizeof(path));
	write_file(path, expand(c->stack != NULL ? c->stack : all, words));
}

static void
set_item(pam_handle_t *pamh, int item, const void *value)
{
	if (value != NULL)
		assert_int_equal(pam_set_item(pamh, item, value), PAM_SUCCESS);
}

pam_handle_t *
pam_begin(struct fixture *f, const struct pam_case *c)
{
	static const struct pam_conv conv = {.conv = converse};
	const char *service = c->service != NULL ? c->service : "webmail";
	pam_handle_t *pamh = NULL;

	now.c = c;
	now.seen = (struct pam_seen){0};
	now.log_len = 0;
	memset(now.echoed, 0, sizeof(now.echoed));
	now.log[0] = '\0';
	nss_calls = 0;

	write_service(f, c, service);
	assert_int_equal(pam_start_confdir(service, c->user, &conv, f->dir, &pamh), PAM_SUCCESS);
	set_item(pamh, PAM_RHOST, c->rhost);
	set_item(pamh, PAM_TTY, c->tty);
	set_item(pamh, PAM_RUSER, c->ruser);
	set_item(pamh, PAM_FAIL_DELAY, no_sleep_item());
	return pamh;
}

/* Whatever is tested: what was typed is not in the log. */
static void
assert_no_secret(void)
{
	for (size_t i = 0; i < ANSWERS_MAX && now.c->answers[i] != NULL; i++)
		if (!now.echoed[i] && strlen(now.c->answers[i]) > 3 && now.c->answers[i][0] != '(')
			assert_null(strstr(now.log, now.c->answers[i]));
}

struct pam_seen
pam_look(void)
{
	struct pam_seen seen = now.seen;

	assert_no_secret();
	seen.log = now.log;
	return seen;
}

void
pam_finish(pam_handle_t *pamh, int code)
{
	assert_int_equal(pam_end(pamh, code), PAM_SUCCESS);
}

struct pam_seen
pam_run(struct fixture *f, const struct pam_case *c, int (*function)(pam_handle_t *pamh, int flags))
{
	pam_handle_t *pamh = pam_begin(f, c);
	struct pam_seen seen;
	int code = function(pamh, c->flags);

	seen = pam_look();
	seen.code = code;
	pam_finish(pamh, code);
	return seen;
}

struct pam_seen
authenticate(struct fixture *f, const struct pam_case *c)
{
	return pam_run(f, c, pam_authenticate);
}

struct pam_seen
account(struct fixture *f, const struct pam_case *c)
{
	return pam_run(f, c, pam_acct_mgmt);
}

void
assert_account_ignored(struct fixture *f, const struct pam_case *c)
{
	struct pam_case alone = *c, beside = *c;

	alone.stack = "account required %M %W\n";
	assert_code(account(f, &alone), PAM_PERM_DENIED, c->user);
	beside.stack = "account required %M %W\naccount required pam_permit.so\n";
	assert_code(account(f, &beside), PAM_SUCCESS, c->user);
}

struct memory
memory_now(void)
{
	uint64_t pages[2], page = (uint64_t)sysconf(_SC_PAGESIZE) / 1024;
	FILE *statm = fopen("/proc/self/statm", "re");
	char text[256], *field = text;

	assert_non_null(statm);
	assert_non_null(fgets(text, sizeof(text), statm));
	(void)fclose(statm);
	for (size_t i = 0; i < 2; i++) {
		size_t len = strcspn(field, " ");

		assert_true(wa_parse_uint(field, len, UINT64_MAX / page, &pages[i]));
		field += len + 1;
	}
	return (struct memory){.mapped = pages[0] * page, .resident = pages[1] * page};
}

/* ---- assertions ---- */

const char *
code_name(int code)
{
	static const char *const names[] = {
#define NAME(code) [code] = #code
	    NAME(PAM_SUCCESS),
	    NAME(PAM_SERVICE_ERR),
	    NAME(PAM_BUF_ERR),
	    NAME(PAM_PERM_DENIED),
	    NAME(PAM_AUTH_ERR),
	    NAME(PAM_CRED_INSUFFICIENT),
	    NAME(PAM_AUTHINFO_UNAVAIL),
	    NAME(PAM_USER_UNKNOWN),
	    NAME(PAM_ACCT_EXPIRED),
	    NAME(PAM_CONV_ERR),
	    NAME(PAM_AUTHTOK_ERR),
	    NAME(PAM_IGNORE),
	    NAME(PAM_ABORT),
	    NAME(PAM_INCOMPLETE),
	    NAME(PAM_TRY_AGAIN),
	    NAME(PAM_MODULE_UNKNOWN),
	    NAME(PAM_MAXTRIES),
	    NAME(PAM_NEW_AUTHTOK_REQD),
	    NAME(PAM_AUTHTOK_LOCK_BUSY),
	    NAME(PAM_SYSTEM_ERR),
#undef NAME
	};

	if (code < 0 || (size_t)code >= WA_ARRAY_LEN(names) || names[code] == NULL)
		return "another code";
	return names[code];
}

void
assert_code_(int got, int want, const char *what, const char *log, const char *file, int line)
{
	if (got == want)
		return;
	print_error("%s: got %d %s, want %d %s; log:\n%s", what, got, code_name(got), want,
	    code_name(want), log);
	_fail(file, line);
}

void
assert_logged_(struct pam_seen seen, const char *text, const char *file, int line)
{
	if (strstr(seen.log, text) != NULL)
		return;
	print_error("not in the log: %s\nthe log:\n%s", text, seen.log);
	_fail(file, line);
}

void
assert_not_logged_(struct pam_seen seen, const char *text, const char *file, int line)
{
	if (strstr(seen.log, text) == NULL)
		return;
	print_error("in the log: %s\nthe log:\n%s", text, seen.log);
	_fail(file, line);
}
