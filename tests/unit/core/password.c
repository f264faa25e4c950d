/* tests lib/core/password.c */
#include "lib/core/password.h"

#include <pthread.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "lib/base/limits.h"
#include "tests/unit/core/kdf.h"
#include "tests/unit/core/peek.h"

#define OTHER_PASSWORD "correct horse"

/* contract.md appendix B, 3 */
static const char better_auth[] =
    "36f6602985867d1c4cdd771c632a10ca:"
    "c0676540eb00a043090cfb27d3f0fb094b14ecf402b6b38edaac09b52e3f89c2"
    "f06bafbdcf5e0c48816f511a5c2faefb393f55a041de344c7556e99dced888a8";

/* Made with the reference implementation of Argon2, OTHER_PASSWORD. */
static const char cheap[] = "$argon2id$v=19$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg"
			    "$MjZP1+1U9JUbDWvDvtLyEsZiNXOKEUxfi6O2oe46uxA";
static const char cheap_lanes[] = "$argon2id$v=19$m=64,t=3,p=4$MDEyMzQ1Njc4OWFiY2RlZg"
				  "$0CZqMZ1QBMaHQj3p+a9jDiwNcLoLHu6N5jg73q6A/M4";
static const char cheap_short[] = "$argon2id$v=19$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg"
				  "$YOFfoFCP/LuJgEgcVZ/ATw";

#define KEY_32 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define SALT   "MDEyMzQ1Njc4OWFiY2RlZg"

static const enum wa_password_scheme schemes[] = {WA_SCHEME_ARGON2ID, WA_SCHEME_SCRYPT};

static int
setup(void **state)
{
	*state = wa_arena_new(WA_ARENA_MAX);
	assert_non_null(*state);
	kdf_reset(KDF_REAL);
	return 0;
}

static int
teardown(void **state)
{
	wa_arena_free(*state);
	kdf_reset(KDF_REAL);
	return 0;
}

static void
hash_of_better_auth_matches_its_password_only(void **state)
{
	assert_int_equal(wa_password_verify(*state, better_auth, "password123"), WA_OK);
	assert_int_equal(
	    wa_password_verify(*state, better_auth, "password124"), WA_ERR_BAD_CREDENTIALS);
	assert_int_equal(wa_password_verify(*state, better_auth, ""), WA_ERR_BAD_CREDENTIALS);
}

static void
hash_of_another_program_matches_its_password_only(void **state)
{
	static const char *const hashes[] = {
	    cheap,
	    cheap_lanes,
	    cheap_short,
	    "$argon2id$v=19$m=1024,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg"
	    "$tCGweEmNNiMdfjqoFl9ZKRl/bO0NJTtJMmax1Il43Gc",
	    "$argon2id$v=19$m=1024,t=3,p=4$MDEyMzQ1Njc4OWFiY2RlZg"
	    "$i5hYWtpvEvc8Skax3FSft+GddXYjSTQ6XuNHEhV+o8c",
	    "$argon2i$v=19$m=256,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg"
	    "$b/CtopBGvcugonYFDKzihpITBLJiEA52hXT8AnEOs6E",
	    "$argon2i$v=19$m=256,t=3,p=1$MDEyMzQ1Njc4OWFiY2RlZg"
	    "$fntpbPHiad0PvnByOF3girmKRl6s1sDsS9Cdv+4otJQ",
	    "$argon2i$v=19$m=256,t=3,p=2$c2FsdHNhbHQ$oKoRk+VA2Ih+Xgs8M/j3T93enV29qJht",
	    "$argon2id$v=19$m=256,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"
	    "$XB8oXmi4thLKJp1GF5wCm7zgo1nwsxbZOxrBBZm+udJ0rAo+7iMxPVTvj5O5mky2uKkPm/"
	    "HhaDowe0oN5l76QQ",
	};

	for (size_t i = 0; i < WA_ARRAY_LEN(hashes); i++) {
		assert_int_equal(wa_password_verify(*state, hashes[i], OTHER_PASSWORD), WA_OK);
		assert_int_equal(
		    wa_password_verify(*state, hashes[i], "correct house"), WA_ERR_BAD_CREDENTIALS);
	}
}

/* contract.md appendix B, 4: both sides of a comparison are normalised. */
static void
password_matches_in_every_normal_form(void **state)
{
	static const char made[] = "pas\xcc\x81sword\xc3\xa9\xef\xac\x81";
	static const char typed[] = "pa\xc5\x9bsworde\xcc\x81"
				    "fi";
	char hash[WA_PASSWORD_HASH_SIZE];

	for (size_t i = 0; i < WA_ARRAY_LEN(schemes); i++) {
		assert_int_equal(wa_password_hash(*state, schemes[i], made, hash), WA_OK);
		assert_int_equal(wa_password_verify(*state, hash, typed), WA_OK);
		assert_int_equal(wa_password_verify(*state, hash, made), WA_OK);
		assert_int_equal(
		    wa_password_verify(*state, hash, "passwordefi"), WA_ERR_BAD_CREDENTIALS);
	}
}

static void
hash_has_the_form_of_its_scheme(void **state)
{
	char hash[WA_PASSWORD_HASH_SIZE];

	assert_int_equal(wa_password_hash(*state, WA_SCHEME_ARGON2ID, "password", hash), WA_OK);
	assert_memory_equal(hash, "$argon2id$v=19$m=19456,t=2,p=1$", 31);
	assert_false(wa_password_is_outdated(hash, WA_SCHEME_ARGON2ID));

	assert_int_equal(wa_password_hash(*state, WA_SCHEME_SCRYPT, "password", hash), WA_OK);
	assert_int_equal(strlen(hash), 161);
	assert_int_equal(strspn(hash, "0123456789abcdef"), 32);
	assert_int_equal(hash[32], ':');
	assert_int_equal(strspn(hash + 33, "0123456789abcdef"), 128);
	assert_false(wa_password_is_outdated(hash, WA_SCHEME_SCRYPT));

	assert_int_equal(wa_password_hash(*state, WA_SCHEME_AUTO, "password", hash), WA_ERR_CRYPTO);
}

static int
compare_salts(const void *a, const void *b)
{
	return memcmp(a, b, WA_PASSWORD_HASH_SIZE);
}

static void
salt_is_never_used_twice(void **state)
{
	enum { N = 4096 };
	char(*hashes)[WA_PASSWORD_HASH_SIZE] = calloc(N, sizeof(*hashes));

	assert_non_null(hashes);
	kdf_reset(KDF_MISMATCH); /* one key for all: only the salts differ */
	for (size_t i = 0; i < N; i++)
		assert_int_equal(
		    wa_password_hash(*state, WA_SCHEME_SCRYPT, "password", hashes[i]), WA_OK);
	qsort(hashes, N, sizeof(*hashes), compare_salts);
	for (size_t i = 1; i < N; i++)
		assert_memory_not_equal(hashes[i - 1], hashes[i], 32);
	free(hashes);
}

static void
malformed_hash_is_unusable_and_runs_no_kdf(void **state)
{
	static const char *const hashes[] = {
	    "",
	    ":",
	    "x",
	    "password123",
	    "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
	    "$test$sha256$0000",
	    /* scrypt: no salt, salts that cannot be, keys that are not */
	    ":c0676540eb00a043090cfb27d3f0fb094b14ecf402b6b38edaac09b52e3f89c2"
	    "f06bafbdcf5e0c48816f511a5c2faefb393f55a041de344c7556e99dced888a8",
	    "a salt:c0676540eb00a043090cfb27d3f0fb094b14ecf402b6b38edaac09b52e3f89c2"
	    "f06bafbdcf5e0c48816f511a5c2faefb393f55a041de344c7556e99dced888a8",
	    "0123456789012345678901234567890123456789012345678901234567890123x:"
	    "c0676540eb00a043090cfb27d3f0fb094b14ecf402b6b38edaac09b52e3f89c2"
	    "f06bafbdcf5e0c48816f511a5c2faefb393f55a041de344c7556e99dced888a8",
	    "36f6602985867d1c4cdd771c632a10ca:"
	    "C0676540EB00A043090CFB27D3F0FB094B14ECF402B6B38EDAAC09B52E3F89C2"
	    "F06BAFBDCF5E0C48816F511A5C2FAEFB393F55A041DE344C7556E99DCED888A8",
	    "36f6602985867d1c4cdd771c632a10ca:"
	    "c0676540eb00a043090cfb27d3f0fb094b14ecf402b6b38edaac09b52e3f89c2"
	    "f06bafbdcf5e0c48816f511a5c2faefb393f55a041de344c7556e99dced888a8:more",
	    "36f6602985867d1c4cdd771c632a10ca:"
	    "c0676540eb00a043090cfb27d3f0fb094b14ecf402b6b38edaac09b52e3f89c2"
	    "f06bafbdcf5e0c48816f511a5c2faefb393f55a041de344c7556e99dced888a",
	    "36f6602985867d1c4cdd771c632a10ca:"
	    "g0676540eb00a043090cfb27d3f0fb094b14ecf402b6b38edaac09b52e3f89c2"
	    "f06bafbdcf5e0c48816f511a5c2faefb393f55a041de344c7556e99dced888a8",
	    /* argon2: variant, version, parameters, salt, key */
	    "$argon2d$v=19$m=64,t=1,p=1$" SALT "$" KEY_32,
	    "argon2id$v=19$m=64,t=1,p=1$" SALT "$" KEY_32,
	    "$argon2id$m=64,t=1,p=1$" SALT "$" KEY_32,
	    "$argon2id$v=16$m=64,t=1,p=1$" SALT "$" KEY_32,
	    "$argon2id$v=19$t=1,m=64,p=1$" SALT "$" KEY_32,
	    "$argon2id$v=19$m=064,t=1,p=1$" SALT "$" KEY_32,
	    "$argon2id$v=19$m=+64,t=1,p=1$" SALT "$" KEY_32,
	    "$argon2id$v=19$m=,t=1,p=1$" SALT "$" KEY_32,
	    "$argon2id$v=19$m=64,t=0,p=1$" SALT "$" KEY_32,
	    "$argon2id$v=19$m=64,t=1,p=0$" SALT "$" KEY_32,
	    "$argon2id$v=19$m=7,t=1,p=1$" SALT "$" KEY_32,
	    "$argon2id$v=19$m=64,t=1,p=9$" SALT "$" KEY_32,
	    "$argon2id$v=19$m=4294967296,t=1,p=1$" SALT "$" KEY_32,
	    "$argon2id$v=19$m=18446744073709551616,t=1,p=1$" SALT "$" KEY_32,
	    "$argon2id$v=19$m=64,t=1,p=1,data=QUJD$" SALT "$" KEY_32,
	    "$argon2id$v=19$m=64,t=1,p=1$$" KEY_32,
	    "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbA$" KEY_32,
	    "$argon2id$v=19$m=64,t=1,p=1$" SALT "==$" KEY_32,
	    "$argon2id$v=19$m=64,t=1,p=1$" SALT "$" KEY_32 "=",
	    "$argon2id$v=19$m=64,t=1,p=1$" SALT "$" KEY_32 "$",
	    "$argon2id$v=19$m=64,t=1,p=1$" SALT "$AAAA",
	    "$argon2id$v=19$m=64,t=1,p=1$" SALT "$",
	    "$argon2id$v=19$m=64,t=1,p=1$" SALT "$!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!",
	    "$argon2id$v=19$m=64,t=1,p=1$" SALT "$" KEY_32 KEY_32 "AAAAAAAAAAAA",
	};

	for (size_t i = 0; i < WA_ARRAY_LEN(hashes); i++) {
		enum wa_err e = wa_password_verify(*state, hashes[i], "password123");

		if (e != WA_ERR_HASH_UNUSABLE)
			print_error("%s\n", hashes[i]);
		assert_int_equal(e, WA_ERR_HASH_UNUSABLE);
		assert_true(wa_password_is_outdated(hashes[i], WA_SCHEME_SCRYPT));
		assert_true(wa_password_is_outdated(hashes[i], WA_SCHEME_ARGON2ID));
	}
	assert_int_equal(kdf_count(), 0);
}

static void
detail_of_an_unusable_hash_does_not_quote_it(void **state)
{
	assert_int_equal(
	    wa_password_verify(*state, "hunter2-in-clear", "password"), WA_ERR_HASH_UNUSABLE);
	assert_null(strstr(wa_err_detail(WA_ERR_HASH_UNUSABLE), "hunter2"));
}

static void
truncated_hash_never_matches(void **state)
{
	static const char *const hashes[] = {cheap, cheap_lanes};
	char cut[sizeof(better_auth)];

	for (size_t i = 0; i < WA_ARRAY_LEN(hashes); i++) {
		for (size_t n = 0; n < strlen(hashes[i]); n++) {
			memcpy(cut, hashes[i], n);
			cut[n] = '\0';
			assert_int_not_equal(
			    wa_password_verify(*state, cut, OTHER_PASSWORD), WA_OK);
		}
	}
	kdf_reset(KDF_REAL);
	for (size_t n = 0; n < strlen(better_auth); n++) {
		memcpy(cut, better_auth, n);
		cut[n] = '\0';
		assert_int_equal(
		    wa_password_verify(*state, cut, "password123"), WA_ERR_HASH_UNUSABLE);
	}
	assert_int_equal(kdf_count(), 0);
}

static void
cost_at_the_limit_runs_and_past_it_is_refused_unrun(void **state)
{
	static const struct {
		const char *hash;
		bool runs;
	} cases[] = {
	    {"$argon2id$v=19$m=131072,t=16,p=1$" SALT "$" KEY_32, true},
	    {"$argon2id$v=19$m=131072,t=16,p=4$" SALT "$" KEY_32, true},
	    {"$argon2i$v=19$m=131072,t=16,p=1$" SALT "$" KEY_32, true},
	    {"$argon2id$v=19$m=131073,t=1,p=1$" SALT "$" KEY_32, false},
	    {"$argon2id$v=19$m=64,t=17,p=1$" SALT "$" KEY_32, false},
	    {"$argon2id$v=19$m=131073,t=3,p=4$" SALT "$" KEY_32, false},
	    {"$argon2id$v=19$m=4294967295,t=4294967295,p=1$" SALT "$" KEY_32, false},
	    {"$argon2i$v=19$m=131072,t=17,p=1$" SALT "$" KEY_32, false},
	};

	assert_int_equal(131072ULL * 1024, WA_KDF_MEMORY_MAX);
	assert_int_equal(16, WA_KDF_OPS_MAX);
	for (size_t i = 0; i < WA_ARRAY_LEN(cases); i++) {
		kdf_reset(KDF_MISMATCH);
		assert_int_equal(wa_password_verify(*state, cases[i].hash, "password"),
		    cases[i].runs ? WA_ERR_BAD_CREDENTIALS : WA_ERR_HASH_UNUSABLE);
		assert_int_equal(kdf_count(), cases[i].runs);
	}
}

static void
hash_text_past_the_limit_is_unusable(void **state)
{
	char text[WA_HASH_TEXT_MAX + 2];

	/* Leading zeros would be refused anyway; the length is what is said to be wrong. */
	memset(text, '0', sizeof(text));
	text[WA_HASH_TEXT_MAX + 1] = '\0';
	assert_int_equal(wa_password_verify(*state, text, "password"), WA_ERR_HASH_UNUSABLE);
	assert_non_null(strstr(wa_err_detail(WA_ERR_HASH_UNUSABLE), "long"));

	text[WA_HASH_TEXT_MAX] = '\0';
	assert_int_equal(wa_password_verify(*state, text, "password"), WA_ERR_HASH_UNUSABLE);
	assert_null(strstr(wa_err_detail(WA_ERR_HASH_UNUSABLE), "long"));
}

static void
lack_of_memory_is_a_fault_and_no_mismatch(void **state)
{
	static const char *const hashes[] = {cheap, cheap_lanes, better_auth};
	char hash[WA_PASSWORD_HASH_SIZE] = "untouched";

	kdf_reset(KDF_NO_MEMORY);
	kdf_fail_mmap(1);
	for (size_t i = 0; i < WA_ARRAY_LEN(hashes); i++) {
		assert_int_equal(
		    wa_password_verify(*state, hashes[i], OTHER_PASSWORD), WA_ERR_NOMEM);
		assert_non_null(strstr(wa_err_detail(WA_ERR_NOMEM), "MiB"));
	}
	for (size_t i = 0; i < WA_ARRAY_LEN(schemes); i++) {
		assert_int_equal(
		    wa_password_hash(*state, schemes[i], "password", hash), WA_ERR_NOMEM);
		assert_string_equal(hash, "untouched");
		assert_int_equal(wa_password_burn(*state, schemes[i], "password"), WA_ERR_NOMEM);
	}
	assert_int_equal(wa_password_burn(*state, WA_SCHEME_SCRYPT, "password"), WA_ERR_NOMEM);
	assert_non_null(strstr(wa_err_detail(WA_ERR_NOMEM), "32 MiB"));
	assert_int_equal(wa_password_burn(*state, WA_SCHEME_ARGON2ID, "password"), WA_ERR_NOMEM);
	assert_non_null(strstr(wa_err_detail(WA_ERR_NOMEM), "19 MiB"));

	/* libsodium does not tell the two apart, but there is memory: a mismatch. */
	kdf_fail_mmap(0);
	assert_int_equal(
	    wa_password_verify(*state, cheap_lanes, OTHER_PASSWORD), WA_ERR_BAD_CREDENTIALS);
}

static void
full_arena_is_a_fault(void **state)
{
	struct wa_arena *small = wa_arena_new(1);
	char hash[WA_PASSWORD_HASH_SIZE];

	(void)state;
	assert_non_null(small);
	assert_int_equal(
	    wa_password_hash(small, WA_SCHEME_SCRYPT, "p\xc3\xa4sswort", hash), WA_ERR_NOMEM);
	assert_int_equal(wa_password_verify(small, better_auth, "p\xc3\xa4sswort"), WA_ERR_NOMEM);
	assert_int_equal(
	    wa_password_burn(small, WA_SCHEME_SCRYPT, "p\xc3\xa4sswort"), WA_ERR_NOMEM);
	wa_arena_free(small);
}

static void
password_that_is_no_utf8_matches_nothing_and_costs_nothing(void **state)
{
	static const char bad[] = "pass\xffword";
	char hash[WA_PASSWORD_HASH_SIZE];

	assert_int_equal(wa_password_hash(*state, WA_SCHEME_SCRYPT, bad, hash), WA_ERR_INVALID);
	assert_int_equal(wa_password_verify(*state, better_auth, bad), WA_ERR_BAD_CREDENTIALS);
	assert_int_equal(wa_password_burn(*state, WA_SCHEME_SCRYPT, bad), WA_OK);
	assert_int_equal(wa_password_burn(*state, WA_SCHEME_ARGON2ID, bad), WA_OK);
	assert_int_equal(kdf_count(), 0);
}

static void
burning_asks_of_the_kdf_what_verifying_does(void **state)
{
	char hash[WA_PASSWORD_HASH_SIZE];
	struct kdf_call verifying, burning;

	for (size_t i = 0; i < WA_ARRAY_LEN(schemes); i++) {
		assert_int_equal(wa_password_hash(*state, schemes[i], "password", hash), WA_OK);
		kdf_reset(KDF_REAL);
		assert_int_equal(wa_password_verify(*state, hash, "password"), WA_OK);
		verifying = kdf_last();
		assert_int_equal(wa_password_burn(*state, schemes[i], "password"), WA_OK);
		burning = kdf_last();
		assert_int_equal(kdf_count(), 2);
		assert_int_equal(verifying.kind, burning.kind);
		assert_int_equal(verifying.passes, burning.passes);
		assert_int_equal(verifying.memory, burning.memory);
		assert_int_equal(verifying.key_len, burning.key_len);
	}
}

static void
hash_of_another_scheme_or_lower_cost_is_outdated(void **state)
{
	static const struct {
		const char *hash;
		enum wa_password_scheme scheme;
		bool outdated;
	} cases[] = {
	    {better_auth, WA_SCHEME_SCRYPT, false},
	    {better_auth, WA_SCHEME_ARGON2ID, true},
	    {"salt:c0676540eb00a043090cfb27d3f0fb094b14ecf402b6b38edaac09b52e3f89c2"
	     "f06bafbdcf5e0c48816f511a5c2faefb393f55a041de344c7556e99dced888a8",
		WA_SCHEME_SCRYPT, true},
	    {"$argon2id$v=19$m=19456,t=2,p=1$" SALT "$" KEY_32, WA_SCHEME_ARGON2ID, false},
	    {"$argon2id$v=19$m=19456,t=2,p=1$" SALT "$" KEY_32, WA_SCHEME_SCRYPT, true},
	    {"$argon2id$v=19$m=19456,t=3,p=1$" SALT "$" KEY_32, WA_SCHEME_ARGON2ID, false},
	    {"$argon2id$v=19$m=65536,t=3,p=4$" SALT "$" KEY_32, WA_SCHEME_ARGON2ID, false},
	    {"$argon2id$v=19$m=47104,t=1,p=1$" SALT "$" KEY_32, WA_SCHEME_ARGON2ID, false},
	    {"$argon2id$v=19$m=19456,t=1,p=1$" SALT "$" KEY_32, WA_SCHEME_ARGON2ID, true},
	    {"$argon2id$v=19$m=19455,t=2,p=1$" SALT "$" KEY_32, WA_SCHEME_ARGON2ID, true},
	    {"$argon2id$v=19$m=4096,t=16,p=1$" SALT "$" KEY_32, WA_SCHEME_ARGON2ID, true},
	    {"$argon2i$v=19$m=65536,t=3,p=1$" SALT "$" KEY_32, WA_SCHEME_ARGON2ID, true},
	};

	(void)state;
	for (size_t i = 0; i < WA_ARRAY_LEN(cases); i++)
		assert_int_equal(
		    wa_password_is_outdated(cases[i].hash, cases[i].scheme), cases[i].outdated);
}

static void
scheme_follows_who_made_the_store_unless_configured(void **state)
{
	const struct store_shape ours = {.origin = STORE_ORIGIN_OURS};
	const struct store_shape node = {.origin = STORE_ORIGIN_NODE};

	(void)state;
	assert_int_equal(wa_password_scheme_for(WA_SCHEME_AUTO, &ours), WA_SCHEME_ARGON2ID);
	assert_int_equal(wa_password_scheme_for(WA_SCHEME_AUTO, &node), WA_SCHEME_SCRYPT);
	assert_int_equal(wa_password_scheme_for(WA_SCHEME_ARGON2ID, &node), WA_SCHEME_ARGON2ID);
	assert_int_equal(wa_password_scheme_for(WA_SCHEME_SCRYPT, &ours), WA_SCHEME_SCRYPT);
}

#define TEN	   "0123456789"
#define HUNDRED	   TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define EMOJI	   "\xf0\x9f\x98\x80" /* two UTF-16 units */
#define FOUR_EMOJI EMOJI EMOJI EMOJI EMOJI

static void
length_is_counted_in_utf16_units_between_the_limits(void **state)
{
	const struct wa_settings s = {.min_password_length = 8, .max_password_length = 128};
	static const struct {
		const char *password;
		enum wa_err as_new, as_given;
	} cases[] = {
	    {"", WA_ERR_PASSWORD_TOO_SHORT, WA_OK},
	    {"1234567", WA_ERR_PASSWORD_TOO_SHORT, WA_OK},
	    {"12345678", WA_OK, WA_OK},
	    {FOUR_EMOJI, WA_OK, WA_OK},
	    {EMOJI EMOJI EMOJI "1", WA_ERR_PASSWORD_TOO_SHORT, WA_OK},
	    {HUNDRED TEN TEN "12345678", WA_OK, WA_OK},
	    {HUNDRED TEN TEN "123456789", WA_ERR_PASSWORD_TOO_LONG, WA_ERR_PASSWORD_TOO_LONG},
	    {HUNDRED TEN TEN FOUR_EMOJI, WA_OK, WA_OK},
	    {HUNDRED TEN TEN FOUR_EMOJI "1", WA_ERR_PASSWORD_TOO_LONG, WA_ERR_PASSWORD_TOO_LONG},
	    {"12345678\xff", WA_ERR_INVALID, WA_ERR_INVALID},
	};

	(void)state;
	for (size_t i = 0; i < WA_ARRAY_LEN(cases); i++) {
		assert_int_equal(wa_password_check_new(&s, cases[i].password), cases[i].as_new);
		assert_int_equal(wa_password_check_given(&s, cases[i].password), cases[i].as_given);
	}
}

static void
password_past_the_limit_of_bytes_is_too_long_whatever_is_configured(void **state)
{
	const struct wa_settings s = {.max_password_length = UINT64_MAX};
	char *password = calloc(1, WA_PASSWORD_MAX + 2);

	(void)state;
	assert_non_null(password);
	memset(password, 'x', WA_PASSWORD_MAX);
	assert_int_equal(wa_password_check_new(&s, password), WA_OK);
	assert_int_equal(wa_password_check_given(&s, password), WA_OK);
	password[WA_PASSWORD_MAX] = 'x';
	assert_int_equal(wa_password_check_new(&s, password), WA_ERR_PASSWORD_TOO_LONG);
	assert_int_equal(wa_password_check_given(&s, password), WA_ERR_PASSWORD_TOO_LONG);
	free(password);
}

/* A thread whose stack is ours to read when it has ended. */

#define STACK_SIZE ((size_t)1 << 20)

struct verify_job {
	struct wa_arena *arena;
	const char *hash;
	const char *password;
	enum wa_err e;
};

static void *
verify_on_thread(void *arg)
{
	struct verify_job *job = arg;

	job->e = wa_password_verify(job->arena, job->hash, job->password);
	return NULL;
}

static void
no_derived_key_is_left_on_the_stack(void **state)
{
	static const struct {
		const char *hash, *password, *key_hex;
	} cases[] = {
	    {better_auth, "password123", "c0676540eb00a043090cfb27d3f0fb09"},
	    {better_auth, "password123", "f06bafbdcf5e0c48816f511a5c2faefb"},
	    {cheap, OTHER_PASSWORD, "32364fd7ed54f4951b0d6bc3bed2f212"},
	    {cheap_lanes, OTHER_PASSWORD, "d0266a319d5004c687423de9f9af630e"},
	    {cheap_short, OTHER_PASSWORD, "60e15fa0508ffcbb8980481c559fc04f"},
	};
	/* The stored key is changed, for it may stay on the stack; the one derived may not. */
	uint8_t *stack =
	    mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(stack != MAP_FAILED);
	for (size_t i = 0; i < WA_ARRAY_LEN(cases); i++) {
		struct verify_job job = {*state, NULL, cases[i].password, WA_OK};
		bool is_scrypt = strchr(cases[i].hash, ':') != NULL;
		char text[sizeof(better_auth)];
		uint8_t key[16];
		pthread_attr_t attr;
		pthread_t thread;

		(void)sodium_hex2bin(key, sizeof(key), cases[i].key_hex, 32, NULL, NULL, NULL);
		(void)snprintf(text, sizeof(text), "%s", cases[i].hash);
		for (char *p = strrchr(text, is_scrypt ? ':' : '$') + 1; *p != '\0'; p++)
			*p = is_scrypt ? '0' : 'A';
		job.hash = text;

		assert_int_equal(pthread_attr_init(&attr), 0);
		assert_int_equal(pthread_attr_setstack(&attr, stack, STACK_SIZE), 0);
		assert_int_equal(pthread_create(&thread, &attr, verify_on_thread, &job), 0);
		assert_int_equal(pthread_join(thread, NULL), 0);
		assert_int_equal(job.e, WA_ERR_BAD_CREDENTIALS);
		assert_false(peek_finds(stack, STACK_SIZE, key, sizeof(key)));
		(void)pthread_attr_destroy(&attr);
	}
	(void)munmap(stack, STACK_SIZE);
}

#define password_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    password_test(hash_of_better_auth_matches_its_password_only),
	    password_test(hash_of_another_program_matches_its_password_only),
	    password_test(password_matches_in_every_normal_form),
	    password_test(hash_has_the_form_of_its_scheme),
	    password_test(salt_is_never_used_twice),
	    password_test(malformed_hash_is_unusable_and_runs_no_kdf),
	    password_test(detail_of_an_unusable_hash_does_not_quote_it),
	    password_test(truncated_hash_never_matches),
	    password_test(cost_at_the_limit_runs_and_past_it_is_refused_unrun),
	    password_test(hash_text_past_the_limit_is_unusable),
	    password_test(lack_of_memory_is_a_fault_and_no_mismatch),
	    password_test(full_arena_is_a_fault),
	    password_test(password_that_is_no_utf8_matches_nothing_and_costs_nothing),
	    password_test(burning_asks_of_the_kdf_what_verifying_does),
	    password_test(hash_of_another_scheme_or_lower_cost_is_outdated),
	    password_test(scheme_follows_who_made_the_store_unless_configured),
	    password_test(length_is_counted_in_utf16_units_between_the_limits),
	    password_test(password_past_the_limit_of_bytes_is_too_long_whatever_is_configured),
	    password_test(no_derived_key_is_left_on_the_stack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
