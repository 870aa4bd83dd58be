/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/base/text_buffer.h"

#include <string.h>

#include "tests/unit/test.h"

static void test_adding(void)
{
	struct text_buffer buffer _cleanup_(text_buffer_free) = {0};
	_cleanup_free_ char *text = NULL, *empty = NULL, *large = NULL;
	size_t size = 0;
	bool same = true;

	test_int("nothing", text_take(&buffer, &empty, &size), 0);
	test_text("is an empty text", empty, "");
	text_add(&buffer, "a");
	text_addf(&buffer, "%d%s", 7, "b");
	text_add_bytes(&buffer, "cdef", 2);
	text_add_char(&buffer, '\n');
	test_int("all", text_take(&buffer, &text, &size), 0);
	test_text("in order", text, "a7bcd\n");
	test_int("its length", (long)size, 6);
	for (unsigned i = 0; i < 10000; i++)
		text_addf(&buffer, "%04x", i);
	test_int("much", text_take(&buffer, &large, &size), 0);
	test_int("all of it", (long)size, 40000);
	for (unsigned i = 0; i < 10000; i++)
		same = same && strtoul((char[]){large[4 * i], large[4 * i + 1], large[4 * i + 2],
						large[4 * i + 3], '\0'},
				       NULL, 16) == i;
	test_int("as it was added", same, true);
}

static void test_errors(void)
{
	struct text_buffer buffer _cleanup_(text_buffer_free) = {.max = 5};
	_cleanup_free_ char *text = NULL;

	text_add(&buffer, "12345");
	test_int("as large as it may be", text_take(&buffer, &text, NULL), 0);
	test_text("whole", text, "12345");
	text_add(&buffer, "1234");
	text_addf(&buffer, "%d", 56);
	text_add(&buffer, "7");
	free(text);
	text = NULL;
	test_int("larger", text_take(&buffer, &text, NULL), -E2BIG);
	test_int("no text is handed over", text == NULL, true);
	buffer.error = -ENOMEM;
	text_add(&buffer, "1");
	test_int("the first error stays", text_take(&buffer, &text, NULL), -ENOMEM);
	test_int("NULL is the other way to say so",
		 (buffer.error = -ENOMEM, text_take_or_null(&buffer) == NULL), true);
}

static void test_stream(void)
{
	struct text_buffer buffer _cleanup_(text_buffer_free) = {0},
				  small _cleanup_(text_buffer_free) = {0};
	_cleanup_free_ char *text = NULL;
	FILE *to = text_stream(&buffer);

	fprintf(to, "%s %d", "a", 7);
	test_int("closed", fclose(to), 0);
	test_int("taken", text_take(&buffer, &text, NULL), 0);
	test_text("what was printed", text, "a 7");
	small.max = 2;
	to = text_stream(&small);
	fputs("abc", to);
	test_int("lost", fclose(to), EOF);
	test_int("told", text_take(&small, &text, NULL), -E2BIG);
}

TESTS(text_buffer)
{
	test_adding();
	test_errors();
	test_stream();
	return test_done();
}
