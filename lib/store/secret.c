/* Keys of the store. */
#include "lib/store/secret.h"

#include <sodium.h>

#include "lib/base/encode.h"
#include "lib/base/random.h"
#include "lib/store/driver.h"

#define SECRET_BYTES 32

static enum wa_err
read_secret(struct store *s, struct wa_arena *a, const char *name, const char **ret)
{
	struct store_stmt *st =
	    store_prepare(s, "SELECT \"value\" FROM \"webauth_secret\" WHERE \"name\" = ?1");

	store_bind_text(st, 1, name);
	return store_run_text(st, a, ret);
}

/* Of two that make one at once, the first wins, and both read that. */
static enum wa_err
make_secret(struct store *s, const char *name)
{
	struct store_stmt *st = store_prepare(s,
	    "INSERT INTO \"webauth_secret\" (\"name\", \"value\") VALUES (?1, ?2)"
	    " ON CONFLICT (\"name\") DO NOTHING");
	uint8_t bytes[SECRET_BYTES];
	char hex[2 * SECRET_BYTES + 1];
	enum wa_err e;

	wa_random_bytes(bytes, sizeof(bytes));
	wa_hex_encode(bytes, sizeof(bytes), hex);
	store_bind_text(st, 1, name);
	store_bind_text(st, 2, hex);
	e = store_run(st, NULL);
	sodium_memzero(bytes, sizeof(bytes));
	sodium_memzero(hex, sizeof(hex));
	return e;
}

enum wa_err
store_secret(struct store *s, struct wa_arena *a, const char *name, const char **ret)
{
	enum wa_err e = read_secret(s, a, name, ret);

	if (e != WA_ERR_NOT_FOUND || !store_may_write(s))
		return e;
	e = make_secret(s, name);
	return e == WA_OK ? read_secret(s, a, name, ret) : e;
}
