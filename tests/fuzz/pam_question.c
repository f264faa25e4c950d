/*
 * Input: a byte that says which question and who asks, and the form. Whatever is in it, nobody gets
 * a yes without the password, and nobody but root gets a session or a reason.
 *
 * Bits 0 to 2 of that byte: the operation; 3 and 4: root, the account linked to ada, or another; 5:
 * nonce, service and policy are as given, and not put before the form as the module would.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/config.h"
#include "lib/base/encode.h"
#include "lib/base/limits.h"
#include "lib/base/text.h"
#include "lib/core/login_wire.h"
#include "sessiond/routes/accounts.h"
#include "sessiond/routes/pam.h"
#include "sessiond/routes/route.h"
#include "tests/fault/world.h"
#include "tests/fuzz/fuzz.h"

#define ADA_UID	  1234
#define OTHER_UID 1235
#define NONCE	  "11111111111111111111111111111111"

static const char *const operations[] = {
    LOGIN_WIRE_BASE LOGIN_WIRE_AUTHENTICATE,
    LOGIN_WIRE_BASE LOGIN_WIRE_ACCOUNT,
    LOGIN_WIRE_BASE LOGIN_WIRE_CHECK,
    LOGIN_WIRE_BASE LOGIN_WIRE_CHANGE,
    LOGIN_WIRE_BASE LOGIN_WIRE_OPEN,
    LOGIN_WIRE_BASE LOGIN_WIRE_CLOSE,
};

static struct world *world;
static struct wa_arena *site_arena;
static struct site site;

static struct wa_local_account
find(const struct accounts *self, struct wa_arena *a, const struct wa_service *service,
    const char *name)
{
	(void)self;
	(void)a;
	(void)service;
	if (strcmp(name, "ada") == 0)
		return (struct wa_local_account){WA_LOCAL_EXISTS, ADA_UID};
	return (struct wa_local_account){.known = WA_LOCAL_NONE};
}

static enum wa_err
name_of(const struct accounts *self, struct wa_arena *a, uid_t uid, const char **ret)
{
	(void)self;
	(void)a;
	if (uid != ADA_UID && uid != OTHER_UID)
		return WA_ERR_NOT_FOUND;
	*ret = uid == ADA_UID ? "ada" : "mallory";
	return WA_OK;
}

static void
clean_up(void)
{
	wa_arena_free(site_arena);
	world_free(world);
}

static void
start(void)
{
	static const struct accounts accounts = {find, name_of};

	wa_json_init();
	world = world_new();
	site_arena = wa_arena_new(WA_ARENA_MAX);
	if (site_arena == NULL ||
	    site_init(site_arena, world->settings, world->keyring, &site) != WA_OK)
		abort();
	site.accounts = &accounts;
	(void)atexit(clean_up);
}

/* What the module puts before its fields. */
static void
add_frame(struct wa_buf *form)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf policy = WA_BUF_INIT(WA_BODY_MAX);
	struct wa_service service;

	wa_settings_service(world->settings, "dovecot", &service);
	service.name = "dovecot";
	wa_service_policy(&service, &policy);
	wa_buf_str(form,
	    LOGIN_WIRE_NONCE "=" NONCE "&" LOGIN_WIRE_SERVICE "=dovecot&" LOGIN_WIRE_POLICY "=");
	wa_percent_encode(form, policy.data, policy.len);
	wa_buf_char(form, '&');
}

static bool
says(const struct wa_buf *answer, const char *text)
{
	return memmem(answer->data, answer->len, text, strlen(text)) != NULL;
}

/* What stood in the form under this name; "" for nothing. */
static const char *
given(struct http_slice body, const char *name)
{
	struct http_form form;
	const char *value = NULL;

	if (http_form_parse(world->cx.arena, body, &form) == WA_OK)
		value = http_form_get(&form, name);
	return value != NULL ? value : "";
}

static void
check(const struct exchange *x, const struct wa_buf *answer)
{
	bool yes = says(answer, "pam-outcome: OK\r\n");
	const char *password = given(x->request->body, LOGIN_WIRE_PASSWORD);
	bool proven = strcmp(password, WORLD_PASSWORD) == 0 ||
	    wa_text_equal_nocase(password, strlen(password), world->app_password);

	assert(answer->len > 0 && memcmp(answer->data, "HTTP/1.1 ", 9) == 0);
	if (http_slice_is(x->request->path, operations[0]))
		assert(!yes || proven);
	if (x->peer->uid == 0)
		return;
	assert(!says(answer, "pam-ticket") && !says(answer, "pam-session"));
	assert(!says(answer, "pam-detail"));
	if (x->peer->uid == OTHER_UID)
		assert(!yes);
	if (http_slice_is(x->request->path, operations[3]))
		assert(!yes || strcmp(password, WORLD_PASSWORD) == 0);
}

static void
ask(const char *path, uid_t uid, struct http_slice body)
{
	static const uid_t nobody = OTHER_UID;
	WA_CLEANUP(wa_buf_done) struct wa_buf answer = WA_BUF_INIT(WA_ARENA_MAX);
	WA_CLEANUP(wa_buf_done) struct wa_buf head = WA_BUF_INIT(WA_ARENA_MAX);
	struct peer peer = {.is_local = true, .uid = uid, .gid = nobody};
	struct http_response response;
	struct http_request r;
	struct exchange x = {
	    .site = &site, .request = &r, .response = &response, .peer = &peer, .cx = world->cx};
	size_t n;
	int status;

	wa_buf_str(&head, "POST ");
	wa_buf_str(&head, path);
	wa_buf_str(&head,
	    " HTTP/1.1\r\nHost: webauth\r\nContent-Length: 0\r\nContent-Type:"
	    " application/x-www-form-urlencoded\r\n\r\n");
	if (http_request_parse(head.data, head.len, &r, &n, &status) != HTTP_PARSE_DONE)
		abort();
	r.body = body;
	x.route = pam_route_find(r.method, r.path);
	assert(x.route != NULL);
	http_response_init(&response);
	(void)!pam_dispatch(&x);
	if (http_response_write(&response, "Sat, 21 Nov 2026 05:42:18 GMT", false, &answer) !=
	    WA_OK)
		abort();
	check(&x, &answer);
	http_response_done(&response);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uid_t uids[] = {0, ADA_UID, OTHER_UID, OTHER_UID};
	WA_CLEANUP(wa_buf_done) struct wa_buf form = WA_BUF_INIT(WA_ARENA_MAX);

	if (size == 0 || size > WA_BODY_MAX)
		return 0;
	if (world == NULL)
		start();
	world_reset(world);
	if ((data[0] & 0x20) == 0)
		add_frame(&form);
	wa_buf_add(&form, (const char *)data + 1, size - 1);
	if (wa_buf_cstr(&form) == NULL)
		abort();
	ask(operations[(data[0] & 7) % WA_ARRAY_LEN(operations)], uids[data[0] >> 3 & 3],
	    (struct http_slice){form.data, form.len});
	return 0;
}
