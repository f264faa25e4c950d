/*
 * What is accepted can be written, and what is then read again says the same.
 */
#include "lib/base/json.h"

#include <assert.h>
#include <string.h>

#include "lib/base/limits.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf once = WA_BUF_INIT(16 * WA_BODY_MAX);
	WA_CLEANUP(wa_buf_done) struct wa_buf twice = WA_BUF_INIT(16 * WA_BODY_MAX);
	WA_CLEANUP(wa_json_freep) struct wa_json *doc = NULL;
	WA_CLEANUP(wa_json_freep) struct wa_json *again = NULL;

	if (size > WA_BODY_MAX || wa_json_parse((const char *)data, size, &doc) != WA_OK)
		return 0;
	wa_json_dump(doc, &once);
	assert(!once.failed && memchr(once.data, '\0', once.len) == NULL);
	/* Whole numbers past 63 bits are written as JavaScript does, and not read. */
	if (wa_json_parse(once.data, once.len, &again) != WA_OK)
		return 0;
	wa_json_dump(again, &twice);
	assert(twice.len == once.len && memcmp(once.data, twice.data, once.len) == 0);
	return 0;
}
