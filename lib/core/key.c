/*
 * The jwks table as a set of keys. The table is shared with Node processes, so a row is believed
 * only after a look: one that cannot be read is passed over, because a bad row must not take JWTs,
 * let alone sessions, away from everybody.
 */
#include "lib/core/key.h"

#include <sodium.h>
#include <string.h>

#include "lib/base/encode.h"
#include "lib/base/json.h"
#include "lib/base/json_write.h"
#include "lib/base/limits.h"
#include "lib/base/parse.h"
#include "lib/base/random.h"
#include "lib/core/audit.h"

#define ENVELOPE  "$ba$"
#define NONCE_LEN crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_LEN	  crypto_aead_xchacha20poly1305_ietf_ABYTES
#define KEY_LEN	  crypto_aead_xchacha20poly1305_ietf_KEYBYTES

_Static_assert(KEY_LEN == crypto_hash_sha256_BYTES, "the AEAD key is a SHA-256");

/* Encryption at rest (contract.md 7.5) */

static void
aead_key_wipe(uint8_t (*key)[KEY_LEN])
{
	sodium_memzero(key, sizeof(*key));
}

static enum wa_err
aead_key(const struct wa_secret *secret, uint8_t key[static KEY_LEN])
{
	if (sodium_init() < 0)
		return wa_fault(WA_ERR_CRYPTO, "libsodium cannot start: no source of random bytes");
	(void)crypto_hash_sha256(key, (const uint8_t *)secret->bytes, secret->len);
	return WA_OK;
}

enum wa_err
wa_key_encrypt(struct wa_arena *a, const struct wa_keyring *k, const char *text, const char **ret)
{
	WA_CLEANUP(aead_key_wipe) uint8_t key[KEY_LEN] = {0};
	size_t n = strlen(text), sealed_len = NONCE_LEN + n + TAG_LEN;
	int64_t version = k->entries[0].version;
	uint8_t *sealed;
	char *hex;
	enum wa_err e;

	sealed = wa_arena_alloc(a, sealed_len);
	hex = wa_arena_alloc(a, 2 * sealed_len + 1);
	if (sealed == NULL || hex == NULL)
		return wa_fault(WA_ERR_NOMEM, "encrypting %zu bytes", n);

	e = aead_key(wa_keyring_current(k), key);
	if (e != WA_OK)
		return e;

	wa_random_bytes(sealed, NONCE_LEN);
	(void)crypto_aead_xchacha20poly1305_ietf_encrypt(
	    sealed + NONCE_LEN, NULL, (const uint8_t *)text, n, NULL, 0, NULL, sealed, key);
	wa_hex_encode(sealed, sealed_len, hex);

	/* A Better Auth with a single secret does not read the versioned form. */
	if (version >= 0)
		hex = wa_arena_printf(a, ENVELOPE "%lld$%s", (long long)version, hex);
	if (hex == NULL)
		return wa_fault(WA_ERR_NOMEM, "encrypting %zu bytes", n);
	*ret = hex;
	return WA_OK;
}

/* Splits "$ba$VERSION$hex", or takes all of it for hex under the unversioned secret. */
static bool
envelope_parse(const char *text, int64_t *ret_version, const char **ret_hex)
{
	const char *digits = text + strlen(ENVELOPE);
	uint64_t version;
	size_t n;

	if (strncmp(text, ENVELOPE, strlen(ENVELOPE)) != 0) {
		*ret_version = -1;
		*ret_hex = text;
		return true;
	}
	n = strcspn(digits, "$");
	if (digits[n] != '$' || !wa_parse_uint(digits, n, INT64_MAX, &version))
		return false;
	*ret_version = (int64_t)version;
	*ret_hex = digits + n + 1;
	return true;
}

static enum wa_err
unseal(struct wa_arena *a, const struct wa_secret *secret, const char *hex, const char **ret)
{
	WA_CLEANUP(aead_key_wipe) uint8_t key[KEY_LEN] = {0};
	size_t hex_len = strlen(hex), sealed_len = hex_len / 2;
	uint8_t *sealed, *text;
	enum wa_err e;

	if (sealed_len < NONCE_LEN + TAG_LEN)
		return wa_refuse(WA_ERR_INVALID, "an encrypted value is cut off");
	sealed = wa_arena_alloc(a, sealed_len);
	text = wa_arena_alloc(a, sealed_len - NONCE_LEN - TAG_LEN + 1);
	if (sealed == NULL || text == NULL)
		return wa_fault(WA_ERR_NOMEM, "decrypting %zu bytes", sealed_len);
	if (!wa_hex_decode(hex, hex_len, sealed, sealed_len))
		return wa_refuse(WA_ERR_INVALID, "an encrypted value is not hexadecimal");

	e = aead_key(secret, key);
	if (e != WA_OK)
		return e;
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(text, NULL, NULL, sealed + NONCE_LEN,
		sealed_len - NONCE_LEN, NULL, 0, sealed, key) != 0)
		return wa_refuse(WA_ERR_INVALID, "an encrypted value was made with another secret");
	if (strlen((const char *)text) != sealed_len - NONCE_LEN - TAG_LEN)
		return wa_refuse(WA_ERR_INVALID, "an encrypted value is not text");
	*ret = (const char *)text;
	return WA_OK;
}

enum wa_err
wa_key_decrypt(struct wa_arena *a, const struct wa_keyring *k, const char *text, const char **ret)
{
	const struct wa_secret *secret;
	const char *hex;
	int64_t version;

	if (!envelope_parse(text, &version, &hex))
		return wa_refuse(
		    WA_ERR_INVALID, "an encrypted value names no version of the secret");
	secret = wa_keyring_version(k, version);
	if (secret == NULL)
		return wa_refuse(WA_ERR_INVALID,
		    "an encrypted value needs version %lld of the secret (-1: the unversioned one)",
		    (long long)version);
	return unseal(a, secret, hex, ret);
}

/* Reading the table */

static bool
is_live(int64_t expires_ms, int64_t now_ms)
{
	return expires_ms == 0 || expires_ms > now_ms;
}

/* The text of the private JWK: encrypted as a JSON string, or plain as an object (contract.md 7.4).
 */
static enum wa_err
private_text(const struct wa_context *cx, struct wa_arena *a, const char *stored, const char **ret)
{
	WA_CLEANUP(wa_json_freep) struct wa_json *doc = NULL;
	const char *sealed;
	enum wa_err e;

	if (stored[0] == '{') {
		*ret = stored;
		return WA_OK;
	}
	if (cx->keyring == NULL)
		return wa_refuse(WA_ERR_INVALID, "no secret to decrypt a signing key with");

	e = wa_json_parse(stored, strlen(stored), &doc);
	if (e != WA_OK)
		return e;
	sealed = wa_json_get_string(doc);
	if (sealed == NULL)
		return wa_refuse(
		    WA_ERR_INVALID, "a signing key is neither a JSON string nor an object");
	return wa_key_decrypt(a, cx->keyring, sealed, ret);
}

static enum wa_err
open_private(const struct wa_context *cx, struct wa_arena *a, const struct jwk_row *row,
    enum wa_jwk_alg alg, struct wa_jwk_key *ret)
{
	const char *text;
	enum wa_err e;

	e = private_text(cx, a, row->private_key, &text);
	if (e != WA_OK)
		return e;
	return wa_jwk_private(a, alg, text, row->public_key, ret);
}

static const char *
alg_of(const struct wa_context *cx, const struct jwk_row *row, const struct wa_json *jwk)
{
	if (row->alg != NULL)
		return row->alg;
	return wa_jwk_alg_guess(jwk, cx->settings->jwt_alg);
}

static enum wa_err
public_parse(const struct jwk_row *row, struct wa_json **ret)
{
	enum wa_err e;

	e = wa_json_parse(row->public_key, strlen(row->public_key), ret);
	if (e == WA_OK && wa_json_type(*ret) != WA_JSON_OBJECT)
		return WA_ERR_INVALID;
	return e;
}

static enum wa_err
key_describe(
    const struct wa_context *cx, struct wa_arena *a, const struct jwk_row *row, struct wa_key *ret)
{
	WA_CLEANUP(wa_json_freep) struct wa_json *jwk = NULL;
	enum wa_err e;

	e = public_parse(row, &jwk);
	if (e != WA_OK)
		return e;

	*ret = (struct wa_key){
	    .kid = wa_arena_strdup(a, row->id),
	    .alg_name = wa_arena_strdup(a, alg_of(cx, row, jwk)),
	    .crv = wa_arena_strdup(a, wa_json_get_string(wa_json_get(jwk, "crv"))),
	    .public_jwk = wa_arena_strdup(a, row->public_key),
	    .created_ms = row->created_ms,
	    .expires_ms = row->expires_ms,
	};
	if (ret->kid == NULL || ret->alg_name == NULL || ret->public_jwk == NULL)
		return wa_fault(WA_ERR_NOMEM, "signing keys");
	ret->alg = wa_jwk_alg_from_name(ret->alg_name);
	return WA_OK;
}

/* Private halves are opened in scratch memory, to learn whether they can be; the set keeps only
 * that of the key that signs. Keys that have expired are not opened at all. */
static enum wa_err
key_read(const struct wa_context *cx, struct wa_arena *a, struct wa_arena *scratch,
    const struct jwk_row *row, struct wa_key *ret)
{
	struct wa_jwk_key opened = {0};
	enum wa_err e;

	e = key_describe(cx, a, row, ret);
	if (e != WA_OK)
		return e;

	e = wa_jwk_verifier(a, ret->alg_name, ret->public_jwk, &ret->public_key);
	if (wa_err_class(e) == WA_CLASS_FAULT)
		return e;
	ret->verifies = e == WA_OK;

	if (!is_live(row->expires_ms, cx->now_ms) || ret->alg == WA_JWK_OTHER)
		return WA_OK;

	e = open_private(cx, scratch, row, ret->alg, &opened);
	sodium_memzero(&opened, sizeof(opened));
	if (wa_err_class(e) == WA_CLASS_FAULT)
		return e;
	ret->usable = e == WA_OK;
	return WA_OK;
}

/* The newest usable key of the configured algorithm, else the newest usable one (contract.md 7.4).
 */
static struct wa_key *
choose_signer(const struct wa_context *cx, struct wa_key *keys, size_t n)
{
	struct wa_key *newest = NULL;

	for (size_t i = 0; i < n; i++) {
		if (!keys[i].usable)
			continue;
		if (strcmp(keys[i].alg_name, cx->settings->jwt_alg) == 0)
			return &keys[i];
		if (newest == NULL)
			newest = &keys[i];
	}
	return newest;
}

static const struct jwk_row *
row_of(const struct jwk_row *rows, size_t n, const char *kid)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(rows[i].id, kid) == 0)
			return &rows[i];
	}
	return NULL;
}

/* Each text with its length before it, so that no two tables look the same. */
static void
hash_text(crypto_generichash_state *state, const char *text)
{
	uint64_t n = text == NULL ? UINT64_MAX : strlen(text);

	(void)crypto_generichash_update(state, (const uint8_t *)&n, sizeof(n));
	if (text != NULL)
		(void)crypto_generichash_update(state, (const uint8_t *)text, n);
}

static void
hash_rows(const struct jwk_row *rows, size_t n, uint8_t ret[static WA_KEY_FINGERPRINT_LEN])
{
	crypto_generichash_state state;

	(void)crypto_generichash_init(&state, NULL, 0, WA_KEY_FINGERPRINT_LEN);
	for (size_t i = 0; i < n; i++) {
		const int64_t times[] = {rows[i].created_ms, rows[i].expires_ms};

		hash_text(&state, rows[i].id);
		hash_text(&state, rows[i].public_key);
		hash_text(&state, rows[i].private_key);
		hash_text(&state, rows[i].alg);
		hash_text(&state, rows[i].crv);
		(void)crypto_generichash_update(&state, (const uint8_t *)times, sizeof(times));
	}
	(void)crypto_generichash_final(&state, ret, WA_KEY_FINGERPRINT_LEN);
}

enum wa_err
wa_key_fingerprint(const struct wa_context *cx, uint8_t ret[static WA_KEY_FINGERPRINT_LEN])
{
	struct jwk_row *rows;
	size_t n;
	enum wa_err e;

	e = store_jwk_all(cx->store, cx->arena, WA_KEYS_MAX, &rows, &n);
	if (e != WA_OK)
		return e;

	hash_rows(rows, n, ret);
	return WA_OK;
}

/* The secret as a key: it stands in no table and is published nowhere. */
static enum wa_err
secret_key(const struct wa_context *cx, struct wa_arena *a, const struct wa_key **ret)
{
	const struct wa_secret *secret = wa_keyring_current(cx->keyring);
	struct wa_key *key = wa_arena_alloc(a, sizeof(*key));

	if (key == NULL)
		return wa_fault(WA_ERR_NOMEM, "signing keys");
	/* A public key that was taken for the secret would be a secret that everybody has. */
	if (strncmp(secret->bytes, "-----BEGIN", 10) == 0)
		return wa_fault(
		    WA_ERR_CONFIG, "the secret is a PEM file: not with jwt_alg = HS256");
	*key = (struct wa_key){
	    .kid = WA_KEY_SECRET_KID,
	    .alg = WA_JWK_SECRET,
	    .alg_name = "HS256",
	    .usable = true,
	    .verifies = true,
	    .secret = secret,
	};
	*ret = key;
	return WA_OK;
}

static enum wa_err
set_fill(const struct wa_context *cx, struct wa_arena *a, struct wa_arena *scratch,
    struct wa_key_set *ret)
{
	struct wa_key_set set = {0};
	struct wa_key *signer;
	struct jwk_row *rows;
	size_t n;
	enum wa_err e;

	e = store_jwk_all(cx->store, scratch, WA_KEYS_MAX, &rows, &n);
	if (e != WA_OK)
		return e;
	hash_rows(rows, n, set.fingerprint);
	set.keys = wa_arena_alloc(a, n * sizeof(*set.keys));
	if (set.keys == NULL)
		return wa_fault(WA_ERR_NOMEM, "%zu signing keys", n);

	for (size_t i = 0; i < n; i++) {
		if (!is_live(rows[i].expires_ms, cx->now_ms - cx->settings->jwt_grace))
			continue;
		e = key_read(cx, a, scratch, &rows[i], &set.keys[set.n]);
		if (wa_err_class(e) == WA_CLASS_FAULT)
			return e;
		if (e == WA_OK)
			set.n++;
	}

	if (cx->keyring != NULL && strcmp(cx->settings->jwt_alg, "HS256") == 0) {
		e = secret_key(cx, a, &set.signer);
		if (e == WA_OK)
			*ret = set;
		return e;
	}
	signer = choose_signer(cx, set.keys, set.n);
	if (signer != NULL) {
		e = open_private(
		    cx, a, row_of(rows, n, signer->kid), signer->alg, &signer->private_key);
		if (e != WA_OK)
			return e;
	}
	set.signer = signer;
	*ret = set;
	return WA_OK;
}

enum wa_err
wa_key_load(const struct wa_context *cx, struct wa_arena *a, struct wa_key_set *ret)
{
	WA_CLEANUP(wa_arena_freep) struct wa_arena *scratch = wa_arena_new(WA_ARENA_MAX);

	if (scratch == NULL)
		return wa_fault(WA_ERR_NOMEM, "signing keys");
	return set_fill(cx, a, scratch, ret);
}

const struct wa_key *
wa_key_find(const struct wa_key_set *set, const char *kid)
{
	const struct wa_key *signer = set->signer;

	for (size_t i = 0; i < set->n; i++) {
		if (strcmp(set->keys[i].kid, kid) == 0)
			return set->keys[i].verifies ? &set->keys[i] : NULL;
	}
	if (signer != NULL && signer->alg == WA_JWK_SECRET && strcmp(signer->kid, kid) == 0)
		return signer;
	return NULL;
}

/* Making keys. They are made before the transaction begins: an RSA key takes a while. */

static enum wa_err
row_make(struct wa_context *cx, enum wa_jwk_alg alg, struct jwk_row *ret)
{
	const char *public, *private, *sealed;
	char *id = wa_arena_alloc(cx->arena, WA_ID_SIZE);
	enum wa_err e;

	if (id == NULL)
		return wa_fault(WA_ERR_NOMEM, "new signing key");
	if (cx->keyring == NULL)
		return wa_fault(WA_ERR_CONFIG, "no secret to encrypt a signing key with");

	e = wa_jwk_generate(cx->arena, alg, &public, &private);
	if (e != WA_OK)
		return e;

	e = wa_key_encrypt(cx->arena, cx->keyring, private, &sealed);
	if (e != WA_OK)
		return e;

	wa_random_text(id, WA_ID_LEN);
	*ret = (struct jwk_row){
	    .id = id,
	    .public_key = public,
	    .private_key = wa_arena_printf(cx->arena, "\"%s\"", sealed),
	    .created_ms = cx->now_ms,
	    .alg = wa_jwk_alg_name(alg),
	    .crv = wa_jwk_alg_crv(alg),
	};
	if (ret->private_key == NULL)
		return wa_fault(WA_ERR_NOMEM, "new signing key");
	if (cx->settings->jwt_rotate_every > 0)
		ret->expires_ms = cx->now_ms + cx->settings->jwt_rotate_every;
	return WA_OK;
}

/* Only an administrator asks for a key; on the web one is made when a token needs it. */
static enum wa_err
insert_and_record(struct wa_context *cx, const struct jwk_row *row)
{
	const struct wa_audit event = {
	    .event = WA_AUDIT_AUTHZ_ADMIN,
	    .detail = wa_arena_printf(cx->arena, "signing key %s, %s", row->id, row->alg),
	    .by_itself = cx->door != WA_DOOR_CTL,
	};
	enum wa_err e;

	if (event.detail == NULL)
		return wa_fault(WA_ERR_NOMEM, "new signing key");
	e = store_jwk_insert(cx->store, row);
	return e == WA_OK ? wa_audit(cx, &event) : e;
}

/* The newest key signs, here and in Node: two keys of one millisecond, or a clock that was set
 * back, must not keep the new one from it. */
static enum wa_err
row_insert(struct wa_context *cx, struct jwk_row *row)
{
	struct jwk_row *rows;
	size_t n;
	enum wa_err e;

	e = store_jwk_all(cx->store, cx->arena, 1, &rows, &n);
	if (e != WA_OK)
		return e;
	if (n > 0 && rows[0].created_ms >= row->created_ms)
		row->created_ms = rows[0].created_ms + 1;
	return insert_and_record(cx, row);
}

enum wa_err
wa_key_create(struct wa_context *cx, enum wa_jwk_alg alg, const char **ret_kid)
{
	struct jwk_row row;
	enum wa_err e;

	e = row_make(cx, alg, &row);
	if (e != WA_OK)
		return e;

	e = store_begin_write(cx->store);
	if (e != WA_OK)
		return e;
	e = store_end(cx->store, row_insert(cx, &row));
	if (e != WA_OK)
		return e;

	*ret_kid = row.id;
	return WA_OK;
}

/* The look and the write are one transaction: of several processes that start on an empty table,
 * one makes the key and the others find it. */
static enum wa_err
insert_unless_there(struct wa_context *cx, struct jwk_row *row)
{
	struct wa_key_set set;
	enum wa_err e;

	e = wa_key_load(cx, cx->arena, &set);
	if (e != WA_OK || set.signer != NULL)
		return e;
	return row_insert(cx, row);
}

enum wa_err
wa_key_ensure(struct wa_context *cx, struct wa_arena *a, struct wa_key_set *ret)
{
	struct wa_key_set set;
	struct jwk_row row;
	enum wa_err e;

	e = wa_key_load(cx, a, &set);
	if (e != WA_OK)
		return e;
	if (set.signer != NULL) {
		*ret = set;
		return WA_OK;
	}

	e = row_make(cx, wa_jwk_alg_from_name(cx->settings->jwt_alg), &row);
	if (e != WA_OK)
		return e;

	e = store_begin_write(cx->store);
	if (e != WA_OK)
		return e;
	e = store_end(cx->store, insert_unless_there(cx, &row));
	if (e != WA_OK)
		return e;
	return wa_key_load(cx, a, ret);
}

bool
wa_key_wants_successor(const struct wa_context *cx, const struct wa_key_set *set)
{
	const struct wa_key *signer = set->signer;

	/* One of another algorithm signs only until there is one of ours: nothing follows it. */
	if (signer == NULL || signer->expires_ms == 0 ||
	    strcmp(signer->alg_name, cx->settings->jwt_alg) != 0 ||
	    signer->expires_ms - cx->settings->jwt_publish_ahead > cx->now_ms)
		return false;
	for (size_t i = 0; i < set->n; i++) {
		const struct wa_key *k = &set->keys[i];

		if (k->usable && strcmp(k->alg_name, signer->alg_name) == 0 &&
		    is_live(k->expires_ms, signer->expires_ms))
			return false;
	}
	return true;
}

/* The look and the write are one transaction, as above. */
static enum wa_err
insert_successor(struct wa_context *cx, struct jwk_row *row)
{
	struct wa_key_set set;
	enum wa_err e;

	e = wa_key_load(cx, cx->arena, &set);
	if (e != WA_OK || set.signer == NULL || !wa_key_wants_successor(cx, &set))
		return e;
	row->created_ms = set.signer->created_ms - 1;
	if (row->expires_ms != 0)
		row->expires_ms = set.signer->expires_ms + cx->settings->jwt_rotate_every;
	return insert_and_record(cx, row);
}

enum wa_err
wa_key_add_successor(struct wa_context *cx)
{
	struct jwk_row row;
	enum wa_err e;

	e = row_make(cx, wa_jwk_alg_from_name(cx->settings->jwt_alg), &row);
	if (e != WA_OK)
		return e;

	e = store_begin_write(cx->store);
	if (e != WA_OK)
		return e;
	return store_end(cx->store, insert_successor(cx, &row));
}

/* Whatever state the private half is in: what cannot sign here may still sign elsewhere. */
static enum wa_err
expire_row(struct wa_context *cx, const struct jwk_row *row, const char *alg_name)
{
	WA_CLEANUP(wa_json_freep) struct wa_json *jwk = NULL;
	enum wa_err e;

	if (!is_live(row->expires_ms, cx->now_ms))
		return WA_OK;
	e = public_parse(row, &jwk);
	if (wa_err_class(e) == WA_CLASS_FAULT)
		return e;
	if (e != WA_OK || strcmp(alg_of(cx, row, jwk), alg_name) != 0)
		return WA_OK;
	return store_jwk_set_expiry(cx->store, row->id, cx->now_ms);
}

static enum wa_err
replace_rows(struct wa_context *cx, struct jwk_row *row)
{
	struct jwk_row *rows;
	size_t n;
	enum wa_err e;

	e = store_jwk_all(cx->store, cx->arena, WA_KEYS_MAX, &rows, &n);
	if (e != WA_OK)
		return e;
	for (size_t i = 0; i < n; i++) {
		e = expire_row(cx, &rows[i], row->alg);
		if (e != WA_OK)
			return e;
	}
	return row_insert(cx, row);
}

enum wa_err
wa_key_rotate(struct wa_context *cx, enum wa_jwk_alg alg, const char **ret_kid)
{
	struct jwk_row row;
	enum wa_err e;

	e = row_make(cx, alg, &row);
	if (e != WA_OK)
		return e;

	e = store_begin_write(cx->store);
	if (e != WA_OK)
		return e;
	e = store_end(cx->store, replace_rows(cx, &row));
	if (e != WA_OK)
		return e;

	*ret_kid = row.id;
	return WA_OK;
}

/* Publishing */

static bool
publish_member(void *arg, const char *key, const struct wa_json *value)
{
	static const char *const public_members[] = {"kty", "x", "y", "n", "e"};
	struct wa_buf *out = arg;

	for (size_t i = 0; i < WA_ARRAY_LEN(public_members); i++) {
		if (strcmp(key, public_members[i]) == 0 && wa_json_type(value) == WA_JSON_STRING) {
			wa_json_key(out, key);
			wa_json_string(out, wa_json_get_string(value));
		}
	}
	return true;
}

static enum wa_err
publish_key(const struct wa_key *key, bool with_use, struct wa_buf *out)
{
	WA_CLEANUP(wa_json_freep) struct wa_json *jwk = NULL;
	enum wa_err e;

	e = wa_json_parse(key->public_jwk, strlen(key->public_jwk), &jwk);
	if (e != WA_OK)
		return e;

	wa_json_open(out, '{');
	wa_json_key(out, "alg");
	wa_json_string(out, key->alg_name);
	if (key->crv != NULL) {
		wa_json_key(out, "crv");
		wa_json_string(out, key->crv);
	}
	wa_json_each(jwk, publish_member, out);
	wa_json_key(out, "kid");
	wa_json_string(out, key->kid);
	if (with_use) {
		wa_json_key(out, "use");
		wa_json_string(out, "sig");
	}
	wa_json_close(out, '}');
	return WA_OK;
}

static enum wa_err
publish(const struct wa_key_set *set, bool with_use, struct wa_buf *out)
{
	enum wa_err e;

	wa_json_open(out, '{');
	wa_json_key(out, "keys");
	wa_json_open(out, '[');
	for (size_t i = 0; i < set->n; i++) {
		e = publish_key(&set->keys[i], with_use, out);
		if (e != WA_OK)
			return e;
	}
	wa_json_close(out, ']');
	wa_json_close(out, '}');
	return wa_buf_check(out);
}

enum wa_err
wa_key_publish(const struct wa_key_set *set, struct wa_buf *out)
{
	return publish(set, false, out);
}

enum wa_err
wa_key_publish_with_use(const struct wa_key_set *set, struct wa_buf *out)
{
	return publish(set, true, out);
}
