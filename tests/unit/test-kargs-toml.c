/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "grub/kargs_toml.h"

#include "tests/unit/test.h"

static void test_read(void)
{
	static const struct {
		const char *name, *text, *line; /* NULL: no such file */
	} rows[] = {
		{"ours", "# x\nkargs = [\"intel_iommu=on\", \"iommu=pt\", \"gpuclaim=1\"]\n",
		 "intel_iommu=on iommu=pt gpuclaim=1"},
		{"over several lines, with comments",
		 "kargs = [\n  'a=\"b c\"', # one\n  \"d\",\n]\n", "a=\"b c\" d"},
		{"escapes", "kargs=[\"a=\\\"b\\\\\"]", "a=\"b\\"},
		{"of this architecture", "kargs = ['a']\nmatch-architectures = ['x86_64']\n", "a"},
		{"of one of them", "match-architectures = ['aarch64', 'x86_64']\nkargs = ['a']\n",
		 "a"},
		{"of another", "match-architectures = ['aarch64']\nkargs = ['a']\n", ""},
		{"none", "kargs = []\r\n", ""},
		{"for no architecture", "kargs = ['a']\nmatch-architectures = []\n", ""},
		{"empty", "", NULL},
		{"without the key", "match-architectures = ['x86_64']\n", NULL},
		{"another key", "kargs-delete = ['a']\n", NULL},
		{"a table", "[kargs]\n", NULL},
		{"the key twice", "kargs = ['a']\nkargs = ['b']\n", NULL},
		{"a text alone", "kargs = 'a'\n", NULL},
		{"no text in the list", "kargs = [1]\n", NULL},
		{"an open text", "kargs = ['a\n']\n", NULL},
		{"an open list", "kargs = ['a'", NULL},
		{"an escape that it does not know", "kargs = [\"\\u0041\"]\n", NULL},
		{"no comma", "kargs = ['a' 'b']\n", NULL},
		{"more on the line", "kargs = ['a'] x\n", NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *line = NULL;
		int r = kargs_toml_read(rows[i].text, "x86_64", &line);

		test_int(rows[i].name, r, rows[i].line ? 0 : -EINVAL);
		test_text(rows[i].name, line ? line : "", rows[i].line ? rows[i].line : "");
	}
}

TESTS(kargs_toml)
{
	test_read();
	return test_done();
}
