/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What $name stands for has an end: no loops, not too many references, not too much text. */
#include "nova/config/oslo_config.h"

#include <string.h>

#include "helper/base/text_buffer.h"
#include "nova/config/effective.h"
#include "tests/unit/test.h"

#define LARGE (700 * 1024)

/* The values of pci.alias: their texts, or what is wrong with them. */
static void read_aliases(const char *text, struct text_buffer *ret)
{
	struct oslo_values values _cleanup_(oslo_values_free) = {0};
	struct oslo_config config = {0};

	test_int("is a file", oslo_config_add(&config, "a", text, strlen(text)), 0);
	test_int("is read",
		 oslo_config_multi(&config, effective_option(NOVA_OPTION_ALIAS), &values), 0);
	for (size_t i = 0; i < values.n; i++) {
		const struct oslo_value *value = &values.value[i];

		text_addf(ret, "|%s%s%s", value->text, value->error.type ? "!" : "",
			  value->error.type ? value->error.text : "");
	}
	oslo_config_free(&config);
}

static void test_aliases(const char *name, const char *text, const char *expected)
{
	struct text_buffer told _cleanup_(text_buffer_free) = {0};
	_cleanup_free_ char *got = NULL;

	read_aliases(text, &told);
	test_int(name, text_take(&told, &got, NULL), 0);
	test_text(name, got, expected);
}

/* A chain of options, each of which names the next @times; what is at its end. */
static void test_chain(const char *name, unsigned links, unsigned times, const char *end,
		       const char *expected)
{
	struct text_buffer to _cleanup_(text_buffer_free) = {0};
	_cleanup_free_ char *text = NULL;

	text_add(&to, "[pci]\nalias = $w0\n");
	for (unsigned i = 0; i < links; i++) {
		text_addf(&to, "w%u = ", i);
		for (unsigned k = 0; k < times; k++)
			text_addf(&to, "${w%u}", i + 1);
		text_add_char(&to, '\n');
	}
	text_addf(&to, "w%u = %s\n", links, end);
	test_int("a chain", text_take(&to, &text, NULL), 0);
	test_aliases(name, text, expected);
}

static void test_chains(void)
{
	static const struct {
		const char *name;
		unsigned links, times;
		const char *end, *expected;
	} rows[] = {
		{"a chain", 20, 1, "x", "|x"},
		{"twice", 3, 2, "x", "|xxxxxxxx"},
		{"a long chain", 40, 1, "x", "|!it refers to too many other options"},
		{"a tree", 24, 2, "x", "|!it refers to too many other options"},
		{"a tree without leaves", 30, 2, "", "|!it refers to too many other options"},
		{"a loop", 3, 1, "$w1", "|!it refers to itself"},
		{"a loop by the group's name", 3, 1, "${pci.w2}", "|!it refers to itself"},
		{"a loop of one, by the group's name", 1, 1, "${pci.w1}", "|!it refers to itself"},
		{"a loop to the option itself", 3, 9, "$alias", "|!it refers to itself"},
	};
	char big[2048];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		test_chain(rows[i].name, rows[i].links, rows[i].times, rows[i].end,
			   rows[i].expected);
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	test_chain("large", 5, 4, big, "|!it is larger than 1 MiB");
}

/* Alone, each is not too large. */
static void test_all_together(void)
{
	struct text_buffer to _cleanup_(text_buffer_free) = {0};
	_cleanup_free_ char *text = NULL, *big = calloc(1, LARGE + 1);

	if (!big)
		abort();
	memset(big, 'x', LARGE);
	text_addf(&to, "[pci]\nalias = $w\nalias = $w\nw = %s\n", big);
	test_int("two", text_take(&to, &text, NULL), 0);
	text_addf(&to, "|%s|!it is larger than 1 MiB", big);
	free(TAKE_PTR(big));
	test_int("the first of two", text_take(&to, &big, NULL), 0);
	test_aliases("the first of two", text, big);
}

TESTS(nova_bounds)
{
	test_chains();
	test_all_together();
	/* By the name that it has today, which no file says. */
	test_aliases("a loop by an old name", "[DEFAULT]\npci_alias = $alias\n",
		     "|!it refers to itself");
	return test_done();
}
