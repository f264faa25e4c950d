/* Tokens of e-mail links: ours, Node's, and what others make of them. */
#include "lib/core/email_token.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/encode.h"
#include "lib/base/json.h"
#include "lib/base/limits.h"
#include "tests/unit/core/fixture.h"

#define HOUR  INT64_C(3600000)
#define NOW_S "1795239738"

/* A token with any header and claims, signed right. */
static const char *
forge(const char *header, const char *claims, const char *secret)
{
	static char token[16384];
	uint8_t mac[crypto_auth_hmacsha256_BYTES];
	crypto_auth_hmacsha256_state st;
	size_t n;

	wa_base64_encode(WA_BASE64_URL, (const uint8_t *)header, strlen(header), token, 8192);
	strcat(token, ".");
	n = strlen(token);
	wa_base64_encode(
	    WA_BASE64_URL, (const uint8_t *)claims, strlen(claims), token + n, sizeof(token) - n);
	crypto_auth_hmacsha256_init(&st, (const uint8_t *)secret, strlen(secret));
	crypto_auth_hmacsha256_update(&st, (const uint8_t *)token, strlen(token));
	crypto_auth_hmacsha256_final(&st, mac);
	strcat(token, ".");
	n = strlen(token);
	wa_base64_encode(WA_BASE64_URL, mac, sizeof(mac), token + n, sizeof(token) - n);
	return token;
}

#define NODE_HEADER "{\"alg\":\"HS256\"}"
#define TIMES	    "\"iat\":" NOW_S ",\"exp\":1795243338"

static void
assert_opens(struct core *c, const char *claims, enum wa_err want)
{
	struct wa_email_token t = {.email = "untouched"};

	assert_err(wa_email_token_open(&c->cx, forge(NODE_HEADER, claims, CORE_SECRET), &t), want);
	if (want != WA_OK)
		assert_string_equal(t.email, "untouched");
}

static void
ours_is_opened(void **state)
{
	struct core *c = *state;
	struct wa_email_token t = {
	    .email = "Ann@X.co",
	    .update_to = "New@X.co",
	    .request = WA_EMAIL_REQUEST_CONFIRM,
	    .user_id = "u1",
	};
	struct wa_email_token got;
	const char *token;

	assert_ok(wa_email_token_make(&c->cx, &t, &token));
	assert_ok(wa_email_token_open(&c->cx, token, &got));
	assert_string_equal(got.email, "ann@x.co");
	assert_string_equal(got.update_to, "new@x.co");
	assert_int_equal(got.request, WA_EMAIL_REQUEST_CONFIRM);
	assert_string_equal(got.user_id, "u1");

	t = (struct wa_email_token){.email = "ann@x.co", .user_id = "u1"};
	assert_ok(wa_email_token_make(&c->cx, &t, &token));
	assert_ok(wa_email_token_open(&c->cx, token, &got));
	assert_null(got.update_to);
	assert_int_equal(got.request, WA_EMAIL_REQUEST_NONE);
}

/* As jose writes it: no typ, claims in contract.md 5.8's order. */
static void
nodes_is_opened(void **state)
{
	struct core *c = *state;

	assert_opens(c, "{\"email\":\"ann@x.co\",\"userId\":\"u1\"," TIMES "}", WA_OK);
	assert_opens(c,
	    "{\"email\":\"ann@x.co\",\"updateTo\":\"b@x.co\",\"requestType\":"
	    "\"change-email-verification\",\"userId\":\"u1\"," TIMES "}",
	    WA_OK);
	/* Before 1.7.16 */
	assert_opens(c, "{\"email\":\"ann@x.co\"," TIMES "}", WA_OK);
}

static void
it_ends_when_it_says(void **state)
{
	struct core *c = *state;
	struct wa_email_token t = {.email = "ann@x.co", .user_id = "u1"}, got;
	const char *token;

	assert_ok(wa_email_token_make(&c->cx, &t, &token));
	c->cx.now_ms = NOW / 1000 * 1000 + HOUR - 1;
	assert_ok(wa_email_token_open(&c->cx, token, &got));
	c->cx.now_ms++;
	assert_err(wa_email_token_open(&c->cx, token, &got), WA_ERR_VERIFY_TOKEN_EXPIRED);
}

static void
another_secrets_is_refused(void **state)
{
	struct core *c = *state;
	struct wa_email_token t = {.email = "ann@x.co", .user_id = "u1"}, got;
	const char *token;

	assert_ok(wa_email_token_make(&c->cx, &t, &token));
	core_use_secret(c, "another secret of more than 32 characters");
	assert_err(wa_email_token_open(&c->cx, token, &got), WA_ERR_VERIFY_TOKEN_INVALID);
	/* Expired and foreign is foreign. */
	c->cx.now_ms += DAY;
	assert_err(wa_email_token_open(&c->cx, token, &got), WA_ERR_VERIFY_TOKEN_INVALID);
}

static void
changed_token_is_refused_wherever_it_is_changed(void **state)
{
	struct core *c = *state;
	struct wa_email_token t = {.email = "ann@x.co", .user_id = "u1"}, got;
	const char *token;
	char changed[1024];

	assert_ok(wa_email_token_make(&c->cx, &t, &token));
	assert_true(strlen(token) < sizeof(changed));
	for (size_t i = 0; i < strlen(token); i++) {
		strcpy(changed, token);
		changed[i] = changed[i] == 'A' ? 'B' : 'A';
		assert_err(wa_email_token_open(&c->cx, changed, &got), WA_ERR_VERIFY_TOKEN_INVALID);
		strcpy(changed, token);
		changed[i] = '\0';
		assert_err(wa_email_token_open(&c->cx, changed, &got), WA_ERR_VERIFY_TOKEN_INVALID);
	}
	for (size_t i = 0; i < 5; i++) {
		static const char *const more[] = {".", "=", "A", ".A", " "};

		(void)snprintf(changed, sizeof(changed), "%s%s", token, more[i]);
		assert_err(wa_email_token_open(&c->cx, changed, &got), WA_ERR_VERIFY_TOKEN_INVALID);
	}
}

static void
only_hs256_and_nothing_more_is_a_header(void **state)
{
	static const char *const headers[] = {
	    "{}",
	    "{\"alg\":\"none\"}",
	    "{\"alg\":\"HS512\"}",
	    "{\"alg\":\"hs256\"}",
	    "{\"alg\":null}",
	    "{\"typ\":\"JWT\"}",
	    "{\"alg\":\"HS256\",\"alg\":\"HS256\"}",
	    "{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}",
	    "{\"alg\":\"HS256\",\"crit\":[\"b64\"],\"b64\":false}",
	    "{\"alg\":\"HS256\",\"kid\":\"x\"}",
	    "{\"alg\":\"HS256\"} ",
	    "[]",
	    "",
	};
	struct core *c = *state;
	struct wa_email_token got;

	assert_ok(wa_email_token_open(&c->cx,
	    forge("{\"typ\":\"JWT\",\"alg\":\"HS256\"}", "{\"email\":\"ann@x.co\"," TIMES "}",
		CORE_SECRET),
	    &got));
	for (size_t i = 0; i < WA_ARRAY_LEN(headers); i++) {
		const char *token =
		    forge(headers[i], "{\"email\":\"ann@x.co\"," TIMES "}", CORE_SECRET);
		enum wa_err e = wa_email_token_open(&c->cx, token, &got);

		/* A blank at the end is still one JSON value. */
		if (strcmp(headers[i], "{\"alg\":\"HS256\"} ") != 0)
			assert_err(e, WA_ERR_VERIFY_TOKEN_INVALID);
	}
}

static void
claims_are_what_they_must_be(void **state)
{
	static const char *const bad[] = {
	    "{" TIMES "}",
	    "{\"email\":\"ann\"," TIMES "}",
	    "{\"email\":5," TIMES "}",
	    "{\"email\":\"ann@x.co\",\"email\":\"bob@x.co\"," TIMES "}",
	    "{\"email\":\"ann@x.co\"}",
	    "{\"email\":\"ann@x.co\",\"exp\":\"1795243338\"}",
	    "{\"email\":\"ann@x.co\",\"exp\":1795243338.5}",
	    "{\"email\":\"ann@x.co\",\"exp\":1e30}",
	    "{\"email\":\"ann@x.co\",\"iat\":\"x\",\"exp\":1795243338}",
	    "{\"email\":\"ann@x.co\",\"nbf\":1795243330,\"exp\":1795243338}",
	    "{\"email\":\"ann@x.co\",\"userId\":null," TIMES "}",
	    "{\"email\":\"ann@x.co\",\"requestType\":\"change-email-verification\"," TIMES "}",
	    "{\"email\":\"ann@x.co\",\"updateTo\":\"b@x.co\"," TIMES "}",
	    "{\"email\":\"ann@x.co\",\"updateTo\":\"b\",\"userId\":\"u1\"," TIMES "}",
	    "{\"email\":\"ann@x.co\",\"updateTo\":\"b@x.co\",\"userId\":\"u1\","
	    "\"requestType\":\"other\"," TIMES "}",
	    /* A JWT of /token, should one ever be signed with the secret */
	    "{\"email\":\"ann@x.co\",\"sub\":\"u1\"," TIMES "}",
	    "{\"email\":\"ann@x.co\",\"aud\":\"https://x\"," TIMES "}",
	    "[]",
	    "5",
	    "",
	};
	struct core *c = *state;

	for (size_t i = 0; i < WA_ARRAY_LEN(bad); i++)
		assert_opens(c, bad[i], WA_ERR_VERIFY_TOKEN_INVALID);
	assert_opens(c, "{\"email\":\"ann@x.co\",\"exp\":" NOW_S "}", WA_ERR_VERIFY_TOKEN_EXPIRED);
	assert_opens(c, "{\"email\":\"ann@x.co\",\"exp\":-5}", WA_ERR_VERIFY_TOKEN_EXPIRED);
}

static void
overlong_token_is_refused(void **state)
{
	struct core *c = *state;
	struct wa_email_token got;
	char claims[8000];
	int n = snprintf(claims, sizeof(claims), "{\"email\":\"ann@x.co\"," TIMES ",\"x\":\"");

	memset(claims + n, 'x', WA_EMAIL_TOKEN_MAX);
	strcpy(claims + n + WA_EMAIL_TOKEN_MAX, "\"}");
	assert_err(wa_email_token_open(&c->cx, forge(NODE_HEADER, claims, CORE_SECRET), &got),
	    WA_ERR_VERIFY_TOKEN_INVALID);
}

/* The longest addresses that a user can have make a token that opens. */
static void
longest_addresses_fit(void **state)
{
	struct core *c = *state;
	struct wa_email_token t = {
	    .request = WA_EMAIL_REQUEST_VERIFY, .user_id = "0123456789abcdef0123456789abcdef"};
	struct wa_email_token got;
	char email[WA_EMAIL_MAX + 1];
	const char *token;

	memset(email, 'a', sizeof(email));
	strcpy(email + WA_EMAIL_MAX - 5, "@x.co");
	t.email = email;
	t.update_to = email;
	assert_ok(wa_email_token_make(&c->cx, &t, &token));
	assert_ok(wa_email_token_open(&c->cx, token, &got));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    test_with_core(ours_is_opened),
	    test_with_core(nodes_is_opened),
	    test_with_core(it_ends_when_it_says),
	    test_with_core(another_secrets_is_refused),
	    test_with_core(changed_token_is_refused_wherever_it_is_changed),
	    test_with_core(only_hs256_and_nothing_more_is_a_header),
	    test_with_core(claims_are_what_they_must_be),
	    test_with_core(overlong_token_is_refused),
	    test_with_core(longest_addresses_fit),
	};

	if (sodium_init() < 0)
		return 1;
	wa_json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
