#include "lib/base/mime.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *
text_of(struct wa_buf *b)
{
	const char *text = wa_buf_cstr(b);

	assert_non_null(text);
	return text;
}

static void
assert_header(const char *text, const char *want)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT(4096);

	wa_mime_header(&b, "Subject", text);
	assert_string_equal(text_of(&b), want);
}

static void
plain_text_stays(void **state)
{
	(void)state;
	assert_header("Reset your password", "Subject: Reset your password\n");
	assert_header("", "Subject: \n");
}

static void
text_cannot_begin_another_line(void **state)
{
	(void)state;
	/* "a  Bcc: x@y" */
	assert_header("a\r\nBcc: x@y", "Subject: =?UTF-8?B?YSAgQmNjOiB4QHk=?=\n");
	assert_header("a\x7f", "Subject: =?UTF-8?B?YSA=?=\n");
}

static void
what_looks_like_an_encoded_word_is_encoded(void **state)
{
	(void)state;
	assert_header("=?UTF-8?B?YQ==?=", "Subject: =?UTF-8?B?PT9VVEYtOD9CP1lRPT0/PQ==?=\n");
}

static void
words_end_between_characters(void **state)
{
	(void)state;
	/* 29 letters, then a character of two bytes that would not fit whole. */
	assert_header("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaäb",
	    "Subject: =?UTF-8?B?YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=?=\n"
	    " =?UTF-8?B?w6Ri?=\n");
	/* Not UTF-8 at all: it ends all the same. */
	assert_header("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80"
		      "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80",
	    "Subject: =?UTF-8?B?gICAgICAgICAgICAgICAgICAgICAgICAgICAgICA?=\n"
	    " =?UTF-8?B?gA==?=\n");
}

static void
long_text_is_folded(void **state)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT(4096);
	char text[400];
	size_t longest = 0;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	wa_mime_header(&b, "Subject", text);
	for (const char *p = text_of(&b); *p != '\0'; p += strcspn(p, "\n") + 1)
		longest = strcspn(p, "\n") > longest ? strcspn(p, "\n") : longest;
	assert_true(longest <= 76);
}

static void
phrase_is_quoted(void **state)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT(4096);

	(void)state;
	wa_mime_phrase(&b, "The \"Shop\", Inc.");
	assert_string_equal(text_of(&b), "\"The \\\"Shop\\\", Inc.\"");
	wa_buf_clear(&b);
	wa_mime_phrase(&b, "Bäcker");
	assert_string_equal(text_of(&b), "=?UTF-8?B?QsOkY2tlcg==?=");
}

static void
date_is_rfc_5322s(void **state)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT(4096);

	(void)state;
	wa_mime_date(&b, INT64_C(1795239738292));
	assert_string_equal(text_of(&b), "Sat, 21 Nov 2026 05:42:18 +0000");
}

static void
assert_quoted(const char *text, const char *want)
{
	WA_CLEANUP(wa_buf_done) struct wa_buf b = WA_BUF_INIT(4096);

	wa_mime_quoted_printable(&b, text, strlen(text));
	assert_string_equal(text_of(&b), want);
}

static void
body_survives_relays(void **state)
{
	(void)state;
	assert_quoted("a=b ä\n", "a=3Db =C3=A4\n");
	assert_quoted("blank \nend\t", "blank=20\nend=09\n");
	assert_quoted(".\nFrom me\r\n\n", "=2E\n=46rom me\n\n");
	assert_quoted("\x01\x7f\r", "=01=7F=0D\n");
	assert_quoted(
	    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxä.\n",
	    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx=\n"
	    "=C3=A4.\n");
	assert_quoted(
	    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.",
	    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx=\n"
	    "=2E\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(plain_text_stays),
	    cmocka_unit_test(text_cannot_begin_another_line),
	    cmocka_unit_test(what_looks_like_an_encoded_word_is_encoded),
	    cmocka_unit_test(words_end_between_characters),
	    cmocka_unit_test(long_text_is_folded),
	    cmocka_unit_test(phrase_is_quoted),
	    cmocka_unit_test(date_is_rfc_5322s),
	    cmocka_unit_test(body_survives_relays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
