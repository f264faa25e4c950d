/*
 * What a token says. Nothing here depends on how libjwt reads one: the header decides nothing but
 * which of our keys is tried, and that only with the algorithm of the key's own record (RFC
 * 8725, 3.1).
 */
#include "lib/core/claims.h"

#include <string.h>

#include "lib/base/encode.h"
#include "lib/base/json.h"
#include "lib/base/text.h"

#define SIGNATURE_MAX 1024 /* bytes: RSA of 8192 bits */

static enum wa_err
refuse(const char *why)
{
	return wa_refuse(WA_ERR_INVALID, "The token %s", why);
}

static enum wa_err
malformed(void)
{
	return refuse("is malformed");
}

struct segment {
	const char *p;
	size_t n;
};

/* Exactly three, none empty. */
static bool
split(const char *text, size_t n, struct segment ret[static 3])
{
	for (size_t i = 0; i < 3; i++) {
		const char *dot = memchr(text, '.', n);
		size_t len = dot == NULL ? n : (size_t)(dot - text);

		if (len == 0 || (dot == NULL) != (i == 2))
			return false;
		ret[i] = (struct segment){text, len};
		if (dot != NULL) {
			text += len + 1;
			n -= len + 1;
		}
	}
	return true;
}

/* A segment as a JSON object. */
static enum wa_err
read_object(const struct wa_context *cx, struct segment s, struct wa_json **ret)
{
	uint8_t *bytes = wa_arena_alloc(cx->arena, s.n);
	size_t len;
	enum wa_err e;

	if (bytes == NULL)
		return wa_fault(WA_ERR_NOMEM, "token");
	if (!wa_base64_decode(WA_BASE64_URL, s.p, s.n, bytes, s.n, &len))
		return malformed();

	e = wa_json_parse((const char *)bytes, len, ret);
	if (wa_err_class(e) == WA_CLASS_FAULT)
		return e;
	if (e != WA_OK || wa_json_type(*ret) != WA_JSON_OBJECT)
		return malformed();
	return WA_OK;
}

/* crit, b64, jwk, jku, x5u and whatever else changes how a token is read has no place here. */
static bool
is_plain_member(void *arg, const char *key, const struct wa_json *value)
{
	bool *plain = arg;

	*plain = wa_json_type(value) == WA_JSON_STRING &&
	    (strcmp(key, "alg") == 0 || strcmp(key, "kid") == 0 || strcmp(key, "typ") == 0);
	return *plain;
}

static enum wa_err
read_header(const struct wa_context *cx, const struct wa_key_set *set, struct segment s,
    struct wa_claims *c)
{
	WA_CLEANUP(wa_json_freep) struct wa_json *header = NULL;
	const char *alg, *kid, *typ;
	bool plain = true;
	enum wa_err e;

	e = read_object(cx, s, &header);
	if (e != WA_OK)
		return e;

	wa_json_each(header, is_plain_member, &plain);
	if (!plain)
		return refuse("has a header that is not accepted here");
	alg = wa_json_get_string(wa_json_get(header, "alg"));
	kid = wa_json_get_string(wa_json_get(header, "kid"));
	typ = wa_json_get_string(wa_json_get(header, "typ"));
	if (typ != NULL && strcmp(typ, "JWT") != 0)
		return refuse("is of another kind");
	if (kid == NULL)
		return refuse("names no key");
	c->key = wa_key_find(set, kid);
	if (c->key == NULL)
		return refuse("was signed with a key that is not known here");
	if (alg == NULL || strcmp(alg, c->key->alg_name) != 0)
		return refuse("names an algorithm that is not its key's");
	return WA_OK;
}

static bool
is_one_of_ours(const struct wa_context *cx, const char *origin, const char *audience)
{
	const struct wa_strings *ours = &cx->settings->jwt_audience;

	if (audience == NULL)
		return false;
	for (size_t i = 0; i < ours->n; i++)
		if (strcmp(ours->v[i], audience) == 0)
			return true;
	return ours->n == 0 && strcmp(origin, audience) == 0;
}

/* A string, or an array of nothing but strings (RFC 7519, 4.1.3), one of which is ours. */
static bool
audience_fits(const struct wa_context *cx, const char *origin, const struct wa_json *aud)
{
	bool found = false;

	if (wa_json_type(aud) != WA_JSON_ARRAY)
		return is_one_of_ours(cx, origin, wa_json_get_string(aud));
	for (size_t i = 0; i < wa_json_array_len(aud); i++) {
		const char *one = wa_json_get_string(wa_json_array_get(aud, i));

		if (one == NULL)
			return false;
		found = found || is_one_of_ours(cx, origin, one);
	}
	return found;
}

/* An absent one leaves *ret alone; one that is no integer, or before 1970, is refused. */
static bool
read_time(const struct wa_json *payload, const char *name, int64_t *ret)
{
	const struct wa_json *value = wa_json_get(payload, name);

	return value == NULL || (wa_json_get_int(value, ret) && *ret >= 0);
}

static enum wa_err
read_times(const struct wa_json *payload, struct wa_claims *c)
{
	c->issued_s = c->not_before_s = 0;
	c->expires_s = -1;
	if (!read_time(payload, "exp", &c->expires_s) ||
	    !read_time(payload, "nbf", &c->not_before_s) ||
	    !read_time(payload, "iat", &c->issued_s) || c->expires_s < 0)
		return malformed();
	return WA_OK;
}

enum wa_err
wa_claims_check_times(const struct wa_context *cx, const struct wa_claims *c)
{
	int64_t now_s = cx->now_ms / 1000;

	if (c->expires_s <= now_s)
		return refuse("has expired");
	if (c->not_before_s > now_s + WA_JWT_SKEW_S || c->issued_s > now_s + WA_JWT_SKEW_S)
		return refuse("is not valid yet");
	return WA_OK;
}

/* A copy of a claim that must be there and not be empty; *ret_none when it is not. */
static enum wa_err
take(const struct wa_context *cx, const struct wa_json *payload, const char *name, const char **ret)
{
	const char *text = wa_json_get_string(wa_json_get(payload, name));

	if (text == NULL || text[0] == '\0')
		return malformed();
	*ret = wa_arena_strdup(cx->arena, text);
	return *ret != NULL ? WA_OK : wa_fault(WA_ERR_NOMEM, "token");
}

static enum wa_err
take_audience(const struct wa_context *cx, const struct wa_json *aud, struct wa_claims *c)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT(2 * WA_JWT_MAX);

	wa_json_dump(aud, &b);
	if (b.full)
		return malformed();
	if (b.failed)
		return wa_buf_check(&b);
	c->aud_json = wa_arena_strndup(cx->arena, b.data, b.len);
	return c->aud_json != NULL ? WA_OK : wa_fault(WA_ERR_NOMEM, "token");
}

static enum wa_err
read_payload(const struct wa_context *cx, const char *origin, struct segment s, struct wa_claims *c)
{
	WA_CLEANUP(wa_json_freep) struct wa_json *payload = NULL;
	const char *issuer = cx->settings->jwt_issuer;
	enum wa_err e;

	e = read_object(cx, s, &payload);
	if (e == WA_OK)
		e = read_times(payload, c);
	if (e == WA_OK)
		e = wa_claims_check_times(cx, c);
	if (e == WA_OK)
		e = take(cx, payload, "iss", &c->iss);
	if (e != WA_OK)
		return e;
	if (strcmp(c->iss, issuer[0] != '\0' ? issuer : origin) != 0)
		return refuse("was issued by somebody else");
	if (!audience_fits(cx, origin, wa_json_get(payload, "aud")))
		return refuse("is meant for somebody else");

	e = take(cx, payload, "sub", &c->sub);
	if (e == WA_OK)
		e = take(cx, payload, "sid", &c->sid);
	if (e == WA_OK)
		e = take_audience(cx, wa_json_get(payload, "aud"), c);
	return e;
}

static enum wa_err
read_signature(const struct wa_context *cx, struct segment s, struct wa_claims *c)
{
	c->signature = wa_arena_alloc(cx->arena, SIGNATURE_MAX);
	if (c->signature == NULL)
		return wa_fault(WA_ERR_NOMEM, "token");
	if (!wa_base64_decode(
		WA_BASE64_URL, s.p, s.n, c->signature, SIGNATURE_MAX, &c->signature_len))
		return malformed();
	return WA_OK;
}

enum wa_err
wa_claims_read(const struct wa_context *cx, const struct wa_key_set *set, const char *origin,
    const char *text, size_t n, struct wa_claims *ret)
{
	struct wa_claims c = {0};
	struct segment segments[3];
	enum wa_err e;

	if (n > WA_JWT_MAX)
		return refuse("is too long");
	if (!split(text, n, segments))
		return malformed();
	c.text = wa_arena_strndup(cx->arena, text, n);
	if (c.text == NULL)
		return wa_fault(WA_ERR_NOMEM, "token");
	c.signed_len = segments[0].n + 1 + segments[1].n;

	e = read_header(cx, set, segments[0], &c);
	if (e == WA_OK)
		e = read_signature(cx, segments[2], &c);
	if (e == WA_OK)
		e = read_payload(cx, origin, segments[1], &c);
	if (e != WA_OK)
		return e;
	*ret = c;
	return WA_OK;
}
