#include "lib/base/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* What the words are compared with: the bytes, one by one. */
static bool
any_less(const char *p, unsigned limit)
{
	for (size_t i = 0; i < 8; i++)
		if ((unsigned char)p[i] < limit)
			return true;
	return false;
}

static bool
any_is(const char *p, char byte)
{
	return memchr(p, byte, 8) != NULL;
}

static void
check(const char *p)
{
	uint64_t w = wa_word_at(p);

	assert_int_equal(wa_word_less(w, 0x20) != 0, any_less(p, 0x20));
	assert_int_equal(wa_word_less(w, 0x80) != 0, any_less(p, 0x80));
	assert_int_equal(wa_word_equal(w, '"') != 0, any_is(p, '"'));
	assert_int_equal(wa_word_has_control(w), any_less(p, 0x20) || any_is(p, 0x7f));
}

/* Each pair of bytes side by side, among bytes that borrow and such that do not. */
static void
a_word_says_what_its_bytes_say(void **state)
{
	static const char around[] = {'a', '\0', '!', '\x7f', '\x80', '\xff'};
	char word[8];

	(void)state;
	for (size_t i = 0; i < sizeof(around); i++)
		for (unsigned pair = 0; pair <= 0xffff; pair++) {
			memset(word, around[i], sizeof(word));
			word[3] = (char)(pair & 0xff);
			word[4] = (char)(pair >> 8);
			check(word);
		}
}

static void
every_place_is_looked_at(void **state)
{
	char word[8];

	(void)state;
	for (size_t place = 0; place < sizeof(word); place++)
		for (unsigned byte = 0; byte <= 0xff; byte++) {
			memset(word, 'a', sizeof(word));
			word[place] = (char)byte;
			check(word);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_word_says_what_its_bytes_say),
	    cmocka_unit_test(every_place_is_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
