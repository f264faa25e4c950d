/* tests lib/core/key.c */
#include "lib/core/key.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/json.h"
#include "lib/base/limits.h"
#include "tests/unit/core/fixture.h"

/* contract.md appendix B, 7 */
static const char sealed_vector[] =
    "df6cf460164602a10412cafdeb6d5d6d282f1e38cf54425dd844df8d07112b42c97dd553b4c70ea083b39665ad623c"
    "47273e026a1c478877833f9bbb71d1ad4de84b36289bf5ace7d4007066613d81f89851276c7681269fe1fe7b8c438a"
    "3fa2710198d74cf2ca3734efeb47ef950323e377e4343a7cabdfff616908557d98dd7dc39034e519e57e627e960f47"
    "1222e93a535652018f6b88ac45cf22d82f45ab4f69c7d7338fb7ccfd";
#define VECTOR_X "-l8asaZ-YFGswQDmIdPyzsz8pZ5qEX4RC1VH6M2gLIg"
static const char private_vector[] =
    "{\"crv\":\"Ed25519\",\"d\":\"6PnK7dpxaTGwD1szCzYSimk0bvwfzerg4Hisf6PmDIo\","
    "\"x\":\"" VECTOR_X "\",\"kty\":\"OKP\"}";
static const char public_vector[] = "{\"crv\":\"Ed25519\",\"x\":\"" VECTOR_X "\",\"kty\":\"OKP\"}";

#define SECRET_ONE "one-one-one-one-one-one-one-one-one"
#define SECRET_TWO "two-two-two-two-two-two-two-two-two"

/* Runs in the middle of making a key, where another process may be faster. */
enum wa_err __real_wa_jwk_generate(
    struct wa_arena *a, enum wa_jwk_alg alg, const char **ret_public, const char **ret_private);
enum wa_err __wrap_wa_jwk_generate(
    struct wa_arena *a, enum wa_jwk_alg alg, const char **ret_public, const char **ret_private);

static void (*meanwhile)(struct core *c);
static struct core *meanwhile_core;

enum wa_err
__wrap_wa_jwk_generate(
    struct wa_arena *a, enum wa_jwk_alg alg, const char **ret_public, const char **ret_private)
{
	void (*fn)(struct core * c) = meanwhile;

	meanwhile = NULL;
	if (fn != NULL)
		fn(meanwhile_core);
	return __real_wa_jwk_generate(a, alg, ret_public, ret_private);
}

/* Encryption */

static void
ciphertext_of_better_auth_is_read(void **state)
{
	struct core *c = *state;
	const char *text = NULL;

	assert_ok(wa_key_decrypt(c->cx.arena, c->keyring, sealed_vector, &text));
	assert_string_equal(text, private_vector);
}

static void
what_is_encrypted_comes_back_and_no_two_are_alike(void **state)
{
	static const char *const texts[] = {"", "x", private_vector};
	struct core *c = *state;

	for (size_t i = 0; i < WA_ARRAY_LEN(texts); i++) {
		const char *one, *two, *text;

		assert_ok(wa_key_encrypt(c->cx.arena, c->keyring, texts[i], &one));
		assert_ok(wa_key_encrypt(c->cx.arena, c->keyring, texts[i], &two));
		assert_int_equal(strlen(one), 2 * (24 + strlen(texts[i]) + 16));
		assert_int_equal(strspn(one, "0123456789abcdef"), strlen(one));
		assert_memory_not_equal(one, two, 48);
		assert_ok(wa_key_decrypt(c->cx.arena, c->keyring, one, &text));
		assert_string_equal(text, texts[i]);
	}
}

static void
changed_ciphertext_is_refused(void **state)
{
	struct core *c = *state;
	char changed[sizeof(sealed_vector)];
	const char *text = NULL;

	for (size_t i = 0; i < strlen(sealed_vector); i++) {
		memcpy(changed, sealed_vector, sizeof(changed));
		changed[i] = changed[i] == '0' ? '1' : '0';
		assert_err(wa_key_decrypt(c->cx.arena, c->keyring, changed, &text), WA_ERR_INVALID);
		memcpy(changed, sealed_vector, i);
		changed[i] = '\0';
		assert_err(wa_key_decrypt(c->cx.arena, c->keyring, changed, &text), WA_ERR_INVALID);
		wa_arena_reset(c->cx.arena);
	}
	assert_null(text);
}

static void
malformed_ciphertext_is_refused(void **state)
{
	static const char *const texts[] = {
	    "$ba$",
	    "$ba$1",
	    "$ba$$00",
	    "$ba$-1$00",
	    "$ba$01$00",
	    "$ba$1x$00",
	    "$ba$18446744073709551616$00",
	    "$BA$1$00",
	    "DF6CF460164602A10412CAFDEB6D5D6D282F1E38CF54425DD844DF8D07112B42C97DD553B4C70EA083",
	    "zz6cf460164602a10412cafdeb6d5d6d282f1e38cf54425dd844df8d07112b42c97dd553b4c70ea083",
	};
	struct core *c = *state;
	const char *text;

	for (size_t i = 0; i < WA_ARRAY_LEN(texts); i++)
		assert_err(
		    wa_key_decrypt(c->cx.arena, c->keyring, texts[i], &text), WA_ERR_INVALID);
}

static void
version_of_the_secret_is_written_and_followed(void **state)
{
	struct core *c = *state;
	const char *by_one, *by_two, *text;

	core_use_secret(c, "1:" SECRET_ONE);
	assert_ok(wa_key_encrypt(c->cx.arena, c->keyring, "text", &by_one));
	assert_memory_equal(by_one, "$ba$1$", 6);

	core_use_secret(c, "2:" SECRET_TWO ",1:" SECRET_ONE);
	assert_ok(wa_key_encrypt(c->cx.arena, c->keyring, "text", &by_two));
	assert_memory_equal(by_two, "$ba$2$", 6);
	assert_ok(wa_key_decrypt(c->cx.arena, c->keyring, by_one, &text));
	assert_string_equal(text, "text");
	assert_ok(wa_key_decrypt(c->cx.arena, c->keyring, by_two, &text));

	/* Unversioned text needs the unversioned secret, and the other way round. */
	assert_err(wa_key_decrypt(c->cx.arena, c->keyring, sealed_vector, &text), WA_ERR_INVALID);
	core_use_secret(c, "2:" SECRET_TWO);
	assert_err(wa_key_decrypt(c->cx.arena, c->keyring, by_one, &text), WA_ERR_INVALID);
	core_use_secret(c, SECRET_TWO);
	assert_err(wa_key_decrypt(c->cx.arena, c->keyring, by_two, &text), WA_ERR_INVALID);
	core_use_secret(c, "1:" SECRET_TWO);
	assert_err(wa_key_decrypt(c->cx.arena, c->keyring, by_one, &text), WA_ERR_INVALID);
}

static void
legacy_secret_still_reads_unversioned_text(void **state)
{
	struct core *c = *state;
	struct wa_keyring *k = NULL;
	const char *text;

	assert_int_equal(setenv("BETTER_AUTH_SECRETS", "1:" SECRET_ONE, 1), 0);
	assert_int_equal(setenv("BETTER_AUTH_SECRET", CORE_SECRET, 1), 0);
	assert_ok(wa_keyring_load(c->settings, &k));
	assert_ok(wa_key_decrypt(c->cx.arena, k, sealed_vector, &text));
	assert_string_equal(text, private_vector);
	assert_ok(wa_key_encrypt(c->cx.arena, k, "text", &text));
	assert_memory_equal(text, "$ba$1$", 6);
	wa_keyring_free(k);
	(void)unsetenv("BETTER_AUTH_SECRETS");
	(void)unsetenv("BETTER_AUTH_SECRET");
}

/* Rows */

enum flavour {
	SEALED,
	PLAIN,
	FOREIGN,    /* encrypted with a secret that is not here */
	GARBAGE,    /* neither */
	MISMATCHED, /* the private half of another key */
	NO_JWK,	    /* the public half is no JWK */
};

struct row {
	const char *id;
	enum wa_jwk_alg kind;
	const char *alg; /* of the row; NULL for a row of 1.6 */
	int age;	 /* days */
	int64_t expires; /* ms from now; 0: never */
	enum flavour flavour;
};

/* One key per kind, and another one, made once. */
static struct {
	struct wa_arena *a;
	const char *public[3][2], *private[3][2];
} made;

static const char *
private_column(struct core *c, const char *private, enum flavour flavour)
{
	struct wa_keyring *other = NULL;
	const char *sealed = NULL;

	switch (flavour) {
	case PLAIN: return private;
	case GARBAGE: return "garbage";
	case FOREIGN:
		assert_ok(wa_keyring_parse(SECRET_ONE, "test", &other));
		assert_ok(wa_key_encrypt(c->cx.arena, other, private, &sealed));
		wa_keyring_free(other);
		break;
	case SEALED:
	case MISMATCHED:
	case NO_JWK: assert_ok(wa_key_encrypt(c->cx.arena, c->keyring, private, &sealed)); break;
	}
	return wa_arena_printf(c->cx.arena, "\"%s\"", sealed);
}

static void
insert(struct core *c, const struct row *r)
{
	struct jwk_row row = {
	    .id = r->id,
	    .public_key = r->flavour == NO_JWK ? "[not a JWK" : made.public[r->kind][0],
	    .private_key =
		private_column(c, made.private[r->kind][r->flavour == MISMATCHED], r -> flavour),
	    .created_ms = NOW - r->age * DAY,
	    .expires_ms = r->expires == 0 ? 0 : NOW + r->expires,
	    .alg = r->alg,
	    .crv = r->alg == NULL ? NULL : wa_jwk_alg_crv(r->kind),
	};

	assert_ok(store_jwk_insert(c->cx.store, &row));
}

static struct wa_key_set
load(struct core *c)
{
	struct wa_key_set set = {0};

	assert_ok(wa_key_load(&c->cx, c->cx.arena, &set));
	return set;
}

static bool
holds(const struct wa_key_set *set, const char *kid)
{
	for (size_t i = 0; i < set->n; i++) {
		if (strcmp(set->keys[i].kid, kid) == 0)
			return true;
	}
	return false;
}

static struct wa_key
find(const struct wa_key_set *set, const char *kid)
{
	for (size_t i = 0; i < set->n; i++) {
		if (strcmp(set->keys[i].kid, kid) == 0)
			return set->keys[i];
	}
	fail_msg("no key %s", kid);
	return (struct wa_key){0};
}

static const char *
signer_of(const struct wa_key_set *set)
{
	return set->signer == NULL ? "none" : set->signer->kid;
}

#define ES256 WA_JWK_ES256, "ES256"
#define EDDSA WA_JWK_EDDSA, "EdDSA"
#define RS256 WA_JWK_RS256, "RS256"

static void
signer_is_chosen_as_the_contract_says(void **state)
{
	static const struct {
		const char *jwt_alg;
		const char *signer;
		size_t published;
		struct row rows[4];
	} cases[] = {
	    {"ES256", "none", 0, {{0}}},
	    {"ES256", "a", 1, {{"a", ES256, 1, 0, SEALED}}},
	    {"ES256", "a", 1, {{"a", ES256, 1, 0, PLAIN}}},
	    /* the newest of the configured algorithm … */
	    {"ES256", "b", 2, {{"a", ES256, 2, 0, SEALED}, {"b", ES256, 1, 0, SEALED}}},
	    {"ES256", "a", 2, {{"a", ES256, 2, 0, SEALED}, {"b", EDDSA, 1, 0, SEALED}}},
	    {"EdDSA", "b", 2, {{"a", ES256, 2, 0, SEALED}, {"b", EDDSA, 1, 0, SEALED}}},
	    {"RS256", "r", 3,
		{{"a", ES256, 2, 0, SEALED}, {"b", EDDSA, 1, 0, SEALED},
		    {"r", RS256, 3, 0, SEALED}}},
	    /* … else the newest of any */
	    {"ES256", "a", 1, {{"a", EDDSA, 1, 0, SEALED}}},
	    {"ES256", "b", 2, {{"a", EDDSA, 2, 0, SEALED}, {"b", RS256, 1, 0, SEALED}}},
	    /* live is: now is before the end */
	    {"ES256", "b", 2, {{"a", ES256, 1, -1, SEALED}, {"b", EDDSA, 2, 0, SEALED}}},
	    {"ES256", "a", 2, {{"a", ES256, 1, 1, SEALED}, {"b", EDDSA, 2, 0, SEALED}}},
	    {"ES256", "none", 1, {{"a", ES256, 1, -1, SEALED}}},
	    /* what cannot be opened is passed over, and published all the same */
	    {"ES256", "b", 2, {{"a", ES256, 1, 0, FOREIGN}, {"b", ES256, 2, 0, SEALED}}},
	    {"ES256", "b", 2, {{"a", ES256, 1, 0, GARBAGE}, {"b", ES256, 2, 0, SEALED}}},
	    {"ES256", "b", 2, {{"a", ES256, 1, 0, MISMATCHED}, {"b", ES256, 2, 0, SEALED}}},
	    {"ES256", "b", 2, {{"a", ES256, 1, 0, FOREIGN}, {"b", EDDSA, 2, 0, SEALED}}},
	    {"ES256", "none", 1, {{"a", ES256, 1, 0, FOREIGN}}},
	    {"ES256", "b", 1, {{"a", ES256, 1, 0, NO_JWK}, {"b", ES256, 2, 0, SEALED}}},
	    /* a row whose algorithm is not what its key is for */
	    {"ES256", "b", 2,
		{{"a", WA_JWK_EDDSA, "ES256", 1, 0, SEALED}, {"b", EDDSA, 2, 0, SEALED}}},
	    /* algorithms we do not sign with */
	    {"ES256", "b", 3,
		{{"a", WA_JWK_ES256, "ES512", 1, 0, SEALED}, {"b", EDDSA, 3, 0, SEALED},
		    {"p", WA_JWK_RS256, "PS256", 2, 0, SEALED}}},
	    {"ES256", "none", 1, {{"p", WA_JWK_RS256, "PS256", 2, 0, SEALED}}},
	    /* rows of 1.6 */
	    {"EdDSA", "a", 2,
		{{"a", WA_JWK_EDDSA, NULL, 2, 0, SEALED}, {"b", ES256, 1, 0, SEALED}}},
	    {"ES256", "a", 2,
		{{"a", WA_JWK_ES256, NULL, 2, 0, SEALED}, {"b", EDDSA, 1, 0, SEALED}}},
	    {"ES256", "b", 2,
		{{"a", WA_JWK_EDDSA, NULL, 1, 0, SEALED}, {"b", ES256, 2, 0, SEALED}}},
	};
	struct core *c = *state;

	for (size_t i = 0; i < WA_ARRAY_LEN(cases); i++) {
		struct wa_key_set set;

		assert_ok(store_exec(c->cx.store, "DELETE FROM \"jwks\""));
		c->settings->jwt_alg = cases[i].jwt_alg;
		for (size_t r = 0; r < 4 && cases[i].rows[r].id != NULL; r++)
			insert(c, &cases[i].rows[r]);

		set = load(c);
		if (set.n != cases[i].published || strcmp(signer_of(&set), cases[i].signer) != 0)
			print_error("case %zu\n", i);
		assert_int_equal(set.n, cases[i].published);
		assert_string_equal(signer_of(&set), cases[i].signer);
		wa_arena_reset(c->cx.arena);
	}
}

static void
legacy_row_is_published_with_the_algorithm_of_its_key(void **state)
{
	struct core *c = *state;
	struct wa_key_set set;

	insert(c, &(struct row){"old", WA_JWK_EDDSA, NULL, 1, 0, SEALED});
	set = load(c);
	assert_string_equal(set.signer->alg_name, "EdDSA");
	assert_string_equal(set.signer->crv, "Ed25519");
}

static void
only_the_signers_private_key_is_kept(void **state)
{
	struct core *c = *state;
	struct wa_key_set set;

	insert(c, &(struct row){"a", ES256, 1, 0, SEALED});
	insert(c, &(struct row){"b", ES256, 2, 0, SEALED});
	insert(c, &(struct row){"c", EDDSA, 3, 0, SEALED});
	insert(c, &(struct row){"d", EDDSA, 3, -DAY, SEALED});
	set = load(c);
	assert_non_null(find(&set, "a").private_key.pem);
	assert_true(find(&set, "b").usable && find(&set, "c").usable);
	assert_false(find(&set, "d").usable);
	for (size_t i = 0; i < set.n; i++) {
		if (&set.keys[i] != set.signer)
			assert_true(sodium_is_zero((const uint8_t *)&set.keys[i].private_key,
			    sizeof(set.keys[i].private_key)));
	}
}

static void
expired_key_is_published_for_the_grace_time(void **state)
{
	struct core *c = *state;
	struct wa_key_set set;

	c->settings->jwt_grace = 30 * DAY;
	insert(c, &(struct row){"a", ES256, 1, DAY, SEALED});
	c->cx.now_ms = NOW + 31 * DAY - 1;
	set = load(c);
	assert_int_equal(set.n, 1);
	c->cx.now_ms = NOW + 31 * DAY;
	set = load(c);
	assert_int_equal(set.n, 0);
}

static void
newest_rows_up_to_the_limit_are_looked_at(void **state)
{
	struct core *c = *state;
	struct wa_key_set set;
	char id[16];

	assert_ok(store_begin_write(c->cx.store));
	for (int i = 0; i <= WA_KEYS_MAX; i++) {
		(void)snprintf(id, sizeof(id), "key%d", i);
		insert(c, &(struct row){id, RS256, i, 0, PLAIN});
	}
	assert_ok(store_end(c->cx.store, WA_OK));
	set = load(c);
	assert_int_equal(set.n, WA_KEYS_MAX);
	assert_string_equal(set.keys[0].kid, "key0");
	assert_string_equal(set.signer->kid, "key0");
	assert_false(holds(&set, "key64"));
}

static void
without_a_secret_plain_keys_can_be_read_and_none_made(void **state)
{
	struct core *c = *state;
	struct wa_key_set set;
	const char *kid;

	insert(c, &(struct row){"a", ES256, 1, 0, SEALED});
	c->cx.keyring = NULL;
	set = load(c);
	assert_int_equal(set.n, 1);
	assert_null(set.signer);
	assert_err(wa_key_create(&c->cx, WA_JWK_ES256, &kid), WA_ERR_CONFIG);

	insert(c, &(struct row){"b", ES256, 2, 0, PLAIN});
	set = load(c);
	assert_string_equal(set.signer->kid, "b");
}

static void
key_of_another_version_of_the_secret_is_read(void **state)
{
	struct core *c = *state;
	struct wa_key_set set;

	core_use_secret(c, "1:" SECRET_ONE);
	insert(c, &(struct row){"a", ES256, 1, 0, SEALED});
	core_use_secret(c, "2:" SECRET_TWO ",1:" SECRET_ONE);
	set = load(c);
	assert_string_equal(set.signer->kid, "a");
}

/* Making */

static const char *
count(struct core *c)
{
	return fixture_value(c->cx.store, "SELECT count(*) || '' FROM \"jwks\"");
}

static void
made_key_signs_and_is_stored_as_better_auth_does(void **state)
{
	static const enum wa_jwk_alg algs[] = {WA_JWK_ES256, WA_JWK_EDDSA, WA_JWK_RS256};
	static const char *const expected[] = {"ES256 P-256", "EdDSA Ed25519", "RS256 none"};
	struct core *c = *state;

	for (size_t i = 0; i < WA_ARRAY_LEN(algs); i++) {
		struct wa_key_set set;
		const char *kid = NULL;

		assert_ok(store_exec(c->cx.store, "DELETE FROM \"jwks\""));
		assert_ok(wa_key_create(&c->cx, algs[i], &kid));
		assert_int_equal(strlen(kid), 32);
		set = load(c);
		assert_string_equal(set.signer->kid, kid);
		assert_int_equal(set.signer->alg, algs[i]);
		assert_int_equal(set.signer->expires_ms, 0);
		assert_int_equal(set.signer->created_ms, NOW);
		assert_string_equal(
		    fixture_value(c->cx.store,
			"SELECT \"alg\" || ' ' || coalesce(\"crv\", 'none') FROM \"jwks\""),
		    expected[i]);
		assert_string_equal(
		    fixture_value(c->cx.store,
			"SELECT CASE WHEN \"privateKey\" GLOB '\"[0-9a-f]*[0-9a-f]\"'"
			" AND \"privateKey\" NOT GLOB '\"*[^0-9a-f]*\"' THEN 'sealed' END"
			" FROM \"jwks\""),
		    "sealed");
	}
	assert_err(wa_key_create(&c->cx, WA_JWK_OTHER, &(const char *){NULL}), WA_ERR_INVALID);
}

static void
made_key_is_newer_than_all_others(void **state)
{
	struct core *c = *state;
	const char *one, *two;

	/* Made in the same millisecond, and after the clock was set back. */
	assert_ok(wa_key_create(&c->cx, WA_JWK_ES256, &one));
	assert_ok(wa_key_create(&c->cx, WA_JWK_ES256, &two));
	assert_string_equal(load(c).signer->kid, two);
	c->cx.now_ms = NOW - DAY;
	assert_ok(wa_key_create(&c->cx, WA_JWK_ES256, &one));
	assert_string_equal(load(c).signer->kid, one);
}

static void
made_key_expires_when_rotation_is_on(void **state)
{
	struct core *c = *state;
	const char *kid;

	c->settings->jwt_rotate_every = 90 * DAY;
	assert_ok(wa_key_create(&c->cx, WA_JWK_ES256, &kid));
	assert_int_equal(load(c).signer->expires_ms, NOW + 90 * DAY);
}

static void
ensure_makes_one_key_and_then_finds_it(void **state)
{
	struct core *c = *state;
	struct wa_key_set set;
	const char *kid;

	assert_ok(wa_key_ensure(&c->cx, c->cx.arena, &set));
	kid = set.signer->kid;
	assert_int_equal(set.signer->alg, WA_JWK_ES256);
	assert_ok(wa_key_ensure(&c->cx, c->cx.arena, &set));
	assert_string_equal(set.signer->kid, kid);
	assert_string_equal(count(c), "1");
	assert_false(store_in_transaction(c->cx.store));
}

static void
ensure_makes_a_key_beside_those_it_cannot_open(void **state)
{
	struct core *c = *state;
	struct wa_key_set set;

	insert(c, &(struct row){"a", ES256, 0, 0, FOREIGN});
	assert_ok(wa_key_ensure(&c->cx, c->cx.arena, &set));
	assert_string_not_equal(set.signer->kid, "a");
	assert_int_equal(set.n, 2);
}

static void
ensure_replaces_an_expired_key(void **state)
{
	struct core *c = *state;
	struct wa_key_set set;

	c->settings->jwt_rotate_every = DAY;
	insert(c, &(struct row){"a", ES256, 1, -1, SEALED});
	assert_ok(wa_key_ensure(&c->cx, c->cx.arena, &set));
	assert_string_not_equal(set.signer->kid, "a");
	assert_int_equal(set.n, 2);
}

static void
ensure_on_a_reading_connection_asks_for_the_other_lane(void **state)
{
	struct core *c = *state;
	struct wa_key_set set = {0};

	core_reopen(c, STORE_READ);
	assert_err(wa_key_ensure(&c->cx, c->cx.arena, &set), WA_ERR_WRONG_LANE);
	assert_null(set.signer);
}

static void
ensure_elsewhere(struct core *c)
{
	struct wa_context other = c->cx;
	struct wa_key_set set;

	other.store = fixture_open(c->store, STORE_WRITE, WA_OK);
	assert_ok(wa_key_ensure(&other, other.arena, &set));
	store_close(other.store);
}

static void
ensure_takes_the_key_of_a_faster_process(void **state)
{
	struct core *c = *state;
	struct wa_key_set set;

	meanwhile = ensure_elsewhere;
	meanwhile_core = c;
	assert_ok(wa_key_ensure(&c->cx, c->cx.arena, &set));
	assert_string_equal(count(c), "1");
	assert_string_equal(
	    set.signer->kid, fixture_value(c->cx.store, "SELECT \"id\" FROM \"jwks\""));
}

/* Opens the store, waits for the others, ensures, and ends with 0. */
static void
ensure_and_exit(struct core *c, int gate)
{
	const struct store_options o = {
	    .uri = c->store->uri, .mode = STORE_WRITE, .busy_ms = 10000};
	struct wa_context cx = c->cx;
	struct wa_key_set set;
	char byte;

	if (store_open(&o, &cx.store) != WA_OK || read(gate, &byte, 1) != 0 ||
	    wa_key_ensure(&cx, cx.arena, &set) != WA_OK || set.signer == NULL)
		_exit(1);
	_exit(0);
}

static void
processes_that_start_at_once_make_one_key(void **state)
{
	enum { PROCESSES = 6 };
	struct core *c = *state;
	int gate[2], status;
	pid_t pid;

	assert_int_equal(pipe(gate), 0);
	fixture_close(c->store); /* a connection does not survive a fork */
	for (int i = 0; i < PROCESSES; i++) {
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			(void)close(gate[1]);
			ensure_and_exit(c, gate[0]);
		}
	}
	(void)close(gate[0]);
	(void)close(gate[1]);
	for (int i = 0; i < PROCESSES; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	core_reopen(c, STORE_WRITE);
	assert_string_equal(count(c), "1");
}

static void
rotated_key_signs_no_more_and_is_published_on(void **state)
{
	struct core *c = *state;
	struct wa_key_set set;
	const char *kid;

	c->settings->jwt_grace = 30 * DAY;
	insert(c, &(struct row){"a", ES256, 3, 0, SEALED});
	insert(c, &(struct row){"b", ES256, 2, DAY, FOREIGN});
	insert(c, &(struct row){"c", EDDSA, 1, 0, SEALED});
	insert(c, &(struct row){"d", ES256, 9, -DAY, SEALED});
	insert(c, &(struct row){"e", WA_JWK_ES256, NULL, 9, 0, SEALED});
	insert(c, &(struct row){"f", WA_JWK_ES256, "ES256", 9, 0, NO_JWK});
	assert_ok(wa_key_rotate(&c->cx, WA_JWK_ES256, &kid));

	set = load(c);
	assert_string_equal(set.signer->kid, kid);
	assert_int_equal(set.signer->expires_ms, 0);
	assert_int_equal(find(&set, "a").expires_ms, NOW);
	assert_int_equal(find(&set, "b").expires_ms, NOW);
	assert_int_equal(find(&set, "c").expires_ms, 0);
	assert_int_equal(find(&set, "d").expires_ms, NOW - DAY);
	assert_int_equal(find(&set, "e").expires_ms, NOW);
	assert_int_equal(set.n, 6);

	c->cx.now_ms = NOW + 30 * DAY;
	set = load(c);
	assert_int_equal(set.n, 2);
}

static void
failed_rotation_changes_nothing(void **state)
{
	struct core *c = *state;
	const char *kid = "untouched";

	insert(c, &(struct row){"a", ES256, 3, 0, SEALED});
	assert_ok(store_exec(c->cx.store,
	    "CREATE TRIGGER \"stop\" BEFORE INSERT ON \"jwks\" BEGIN SELECT RAISE(ABORT, 'no'); "
	    "END"));
	assert_int_not_equal(wa_key_rotate(&c->cx, WA_JWK_ES256, &kid), WA_OK);
	assert_string_equal(kid, "untouched");
	assert_int_equal(load(c).signer->expires_ms, 0);
	assert_false(store_in_transaction(c->cx.store));
}

/* Publishing */

static void
insert_public(struct core *c, const char *id, const char *alg, const char *crv, const char *public)
{
	const struct jwk_row row = {
	    .id = id,
	    .public_key = public,
	    .private_key = "\"\"",
	    .created_ms = NOW,
	    .alg = alg,
	    .crv = crv,
	};

	assert_ok(store_jwk_insert(c->cx.store, &row));
}

static void
assert_published(struct core *c, const char *expected)
{
	struct wa_buf b = WA_BUF_INIT(65536);
	struct wa_key_set set = load(c);

	assert_ok(wa_key_publish(&set, &b));
	assert_string_equal(wa_buf_cstr(&b), expected);
	wa_buf_done(&b);
	assert_ok(store_exec(c->cx.store, "DELETE FROM \"jwks\""));
}

static void
keys_are_published_member_by_member_in_the_contracts_order(void **state)
{
	struct core *c = *state;

	assert_published(c, "{\"keys\":[]}");
	insert_public(c, "k", "EdDSA", "Ed25519", public_vector);
	assert_published(c,
	    "{\"keys\":[{\"alg\":\"EdDSA\",\"crv\":\"Ed25519\",\"x\":\"" VECTOR_X
	    "\",\"kty\":\"OKP\",\"kid\":\"k\"}]}");
	insert_public(
	    c, "k", "ES256", "P-256", "{\"kty\":\"EC\",\"x\":\"X\",\"y\":\"Y\",\"crv\":\"P-256\"}");
	assert_published(c,
	    "{\"keys\":[{\"alg\":\"ES256\",\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"X\",\"y\":"
	    "\"Y\","
	    "\"kid\":\"k\"}]}");
	insert_public(c, "k", "PS256", NULL, "{\"kty\":\"RSA\",\"n\":\"N\",\"e\":\"AQAB\"}");
	assert_published(c,
	    "{\"keys\":[{\"alg\":\"PS256\",\"kty\":\"RSA\",\"n\":\"N\",\"e\":\"AQAB\",\"kid\":"
	    "\"k\"}]}");
}

static void
nothing_but_public_members_is_ever_published(void **state)
{
	struct core *c = *state;

	insert_public(c, "k", "RS256", NULL,
	    "{\"kty\":\"RSA\",\"n\":\"N\",\"e\":\"AQAB\",\"d\":\"D\",\"p\":\"P\",\"q\":\"Q\","
	    "\"dp\":\"DP\","
	    "\"dq\":\"DQ\",\"qi\":\"QI\",\"oth\":[],\"k\":\"K\",\"x5c\":[\"C\"],\"use\":\"sig\","
	    "\"kid\":\"other\",\"alg\":\"none\",\"x\":{\"d\":\"D\"}}");
	assert_published(c,
	    "{\"keys\":[{\"alg\":\"RS256\",\"kty\":\"RSA\",\"n\":\"N\",\"e\":\"AQAB\",\"kid\":"
	    "\"k\"}]}");
}

static int
setup_group(void **state)
{
	(void)state;
	wa_json_init();
	made.a = wa_arena_new(WA_ARENA_MAX);
	assert_non_null(made.a);
	for (enum wa_jwk_alg alg = 0; alg < WA_JWK_OTHER; alg++) {
		for (size_t i = 0; i < 2; i++)
			assert_ok(__real_wa_jwk_generate(
			    made.a, alg, &made.public[alg][i], &made.private[alg][i]));
	}
	return 0;
}

static int
teardown_group(void **state)
{
	(void)state;
	wa_arena_free(made.a);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    test_with_core(ciphertext_of_better_auth_is_read),
	    test_with_core(what_is_encrypted_comes_back_and_no_two_are_alike),
	    test_with_core(changed_ciphertext_is_refused),
	    test_with_core(malformed_ciphertext_is_refused),
	    test_with_core(version_of_the_secret_is_written_and_followed),
	    test_with_core(legacy_secret_still_reads_unversioned_text),
	    test_with_core(signer_is_chosen_as_the_contract_says),
	    test_with_core(legacy_row_is_published_with_the_algorithm_of_its_key),
	    test_with_core(only_the_signers_private_key_is_kept),
	    test_with_core(expired_key_is_published_for_the_grace_time),
	    test_with_core(newest_rows_up_to_the_limit_are_looked_at),
	    test_with_core(without_a_secret_plain_keys_can_be_read_and_none_made),
	    test_with_core(key_of_another_version_of_the_secret_is_read),
	    test_with_core(made_key_signs_and_is_stored_as_better_auth_does),
	    test_with_core(made_key_is_newer_than_all_others),
	    test_with_core(made_key_expires_when_rotation_is_on),
	    test_with_core(ensure_makes_one_key_and_then_finds_it),
	    test_with_core(ensure_makes_a_key_beside_those_it_cannot_open),
	    test_with_core(ensure_replaces_an_expired_key),
	    test_with_core(ensure_on_a_reading_connection_asks_for_the_other_lane),
	    test_with_core(ensure_takes_the_key_of_a_faster_process),
	    test_with_core(processes_that_start_at_once_make_one_key),
	    test_with_core(rotated_key_signs_no_more_and_is_published_on),
	    test_with_core(failed_rotation_changes_nothing),
	    test_with_core(keys_are_published_member_by_member_in_the_contracts_order),
	    test_with_core(nothing_but_public_members_is_ever_published),
	};

	return cmocka_run_group_tests(tests, setup_group, teardown_group);
}
