/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nova/python/boolean.h"
#include "nova/python/mend.h"
#include "nova/python/python_json.h"
#include "nova/python/python_regex.h"
#include "tests/unit/test.h"

static void test_strip(void)
{
	static const struct {
		const char *name, *text, *expected;
	} rows[] = {
		{"nothing", "", ""},
		{"blanks only", " \t\n", ""},
		{"both ends", " a b ", "a b"},
		{"separators",
		 "\x1c\x1f"
		 "a\x0b\x0c",
		 "a"},
		{"no-break spaces",
		 "\xc2\xa0"
		 "a\xc2\xa0",
		 "a"},
		{"an ideographic space", "\xe3\x80\x80\xc3\xa9\xe3\x80\x80", "\xc3\xa9"},
		{"a zero-width space stays",
		 "\xe2\x80\x8b"
		 "a",
		 "\xe2\x80\x8b"
		 "a"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *copy = strdup(rows[i].text);

		test_text(rows[i].name, copy ? py_strip(copy) : "", rows[i].expected);
	}
}

static void test_utf8(void)
{
	static const struct {
		const char *name, *text;
		int r;
		size_t at;
	} rows[] = {
		{"ASCII", "abc", 0, 0},
		{"two bytes", "\xc3\xa9", 0, 0},
		{"four bytes", "\xf0\x9f\x98\x80", 0, 0},
		{"a stray byte", "ab\xff", -EILSEQ, 2},
		{"a stray continuation", "\x80", -EILSEQ, 0},
		{"cut", "a\xe3\x80", -EILSEQ, 1},
		{"overlong", "\xc0\x80", -EILSEQ, 0},
		{"overlong by three", "\xe0\x80\x80", -EILSEQ, 0},
		{"a surrogate", "\xed\xa0\x80", -EILSEQ, 0},
		{"beyond Unicode", "\xf4\x90\x80\x80", -EILSEQ, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t at = 0;

		test_int(rows[i].name, py_check_utf8(rows[i].text, strlen(rows[i].text), &at),
			 rows[i].r);
		test_int(rows[i].name, (long)at, (long)rows[i].at);
	}
}

/* What repr(json.loads(TEXT)) prints, or the exception's text. */
static void test_json(void)
{
	static const struct {
		const char *text, *expected;
	} rows[] = {
		{"{}", "{}"},
		{" [ 1 , 2 ] ", "[1, 2]"},
		{"null", "None"},
		{"[true, false]", "[True, False]"},
		{"[NaN, Infinity, -Infinity]", "[nan, inf, -inf]"},
		{"[-0, 0, 12345678901234567890]", "[0, 0, 12345678901234567890]"},
		{"[1.50, 1e3, 1E-5, 1e16, 123456789.125, -0.0]",
		 "[1.5, 1000.0, 1e-05, 1e+16, 123456789.125, -0.0]"},
		{"[1e999, 0.1, 1e22]", "[inf, 0.1, 1e+22]"},
		{"\"it's\"", "\"it's\""},
		{"\"\\\"'\"", "'\"\\''"},
		{"\"\\n\\t\\\\\\/\\u0001\"", "'\\n\\t\\\\/\\x01'"},
		{"\"\\u00e9\\ud83d\\ude00\\ud800\\u2028\"",
		 "'\xc3\xa9\xf0\x9f\x98\x80\\ud800\\u2028'"},
		{"\"\\u0000\"", "'\\x00'"},
		{"{\"b\":1,\"a\":2,\"b\":3}", "{'b': 3, 'a': 2}"},
		{"", "Expecting value: line 1 column 1 (char 0)"},
		{"[", "Expecting value: line 1 column 2 (char 1)"},
		{"[1", "Expecting ',' delimiter: line 1 column 3 (char 2)"},
		{"[1,]", "Illegal trailing comma before end of array: line 1 column 3 (char 2)"},
		{"{\"a\":1,}",
		 "Illegal trailing comma before end of object: line 1 column 7 (char 6)"},
		{"{a:1}",
		 "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"},
		{"{'a':1}",
		 "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"},
		{"{\"a\" 1}", "Expecting ':' delimiter: line 1 column 6 (char 5)"},
		{"{} \t#", "Extra data: line 1 column 5 (char 4)"},
		{"01", "Extra data: line 1 column 2 (char 1)"},
		{"1.", "Extra data: line 1 column 2 (char 1)"},
		{"-", "Expecting value: line 1 column 1 (char 0)"},
		{"\"a", "Unterminated string starting at: line 1 column 1 (char 0)"},
		{"\"a\\", "Unterminated string starting at: line 1 column 1 (char 0)"},
		{"\"\t\"", "Invalid control character at: line 1 column 2 (char 1)"},
		{"\"\\x\"", "Invalid \\escape: line 1 column 2 (char 1)"},
		{"\"\\u12\"", "Invalid \\uXXXX escape: line 1 column 3 (char 2)"},
		{"\"\\u12g4\"", "Invalid \\uXXXX escape: line 1 column 3 (char 2)"},
		{"\"\xc3\xa9\" x", "Extra data: line 1 column 5 (char 4)"},
		{"\xef\xbb\xbf{}",
		 "Unexpected UTF-8 BOM (decode using utf-8-sig): line 1 column 1 (char 0)"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(py_value_drop) struct py_value *value = NULL;
		_cleanup_free_ char *text = NULL, *error = NULL;
		struct text_buffer to _cleanup_(text_buffer_free) = {0};
		int r = py_json_parse(rows[i].text, &value, &error);

		if (r == 0)
			py_repr(value, &to);
		if (r == 0)
			r = text_take(&to, &text, NULL);
		test_text(rows[i].expected, error ? error : text ? text : "", rows[i].expected);
	}
}

static void test_error_line(void)
{
	_cleanup_(py_value_drop) struct py_value *value = NULL;
	_cleanup_free_ char *error = NULL;

	test_int("an error further down", py_json_parse("{\n\"a\": 1\n}\n #", &value, &error),
		 -EINVAL);
	test_text("its place", error ? error : "", "Extra data: line 4 column 2 (char 12)");
}

static void test_depth(void)
{
	char text[2 * PY_JSON_DEPTH_MAX + 4];
	struct py_value *value = NULL;
	char *error = NULL;

	for (size_t depth = PY_JSON_DEPTH_MAX; depth <= PY_JSON_DEPTH_MAX + 1; depth++) {
		memset(text, '[', depth);
		memset(text + depth, ']', depth);
		text[2 * depth] = '\0';
		test_int("nesting", py_json_parse(text, &value, &error),
			 depth > PY_JSON_DEPTH_MAX ? -ELOOP : 0);
	}
	py_value_free(value);
}

static void test_boolean(void)
{
	static const struct {
		const char *text;
		int expected;
	} rows[] = {
		{"true", 1},	  {"false", 0},	     {"1", 1},	      {"0", 0},
		{"\"yes\"", 1},	  {"\" NO \"", 0},   {"\"t\"", 1},    {"\"off\"", 0},
		{"1.0", -EINVAL}, {"\"\"", -EINVAL}, {"[]", -EINVAL}, {"\"nope\"", -EINVAL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(py_value_drop) struct py_value *value = NULL;
		_cleanup_free_ char *error = NULL;

		test_int(rows[i].text, py_json_parse(rows[i].text, &value, &error), 0);
		test_int(rows[i].text, py_boolean(value, &error), rows[i].expected);
		test_int("a text with an error only", error != NULL, rows[i].expected == -EINVAL);
	}
}

static const struct {
	const char *pattern, *text;
	enum py_regex expected;
} regex_rows[] = {
	{"", "41", PY_REGEX_YES},
	{"4", "41", PY_REGEX_YES},
	{"1", "41", PY_REGEX_NO},
	{"41$", "41", PY_REGEX_YES},
	{"4$", "41", PY_REGEX_NO},
	{".*1", "41", PY_REGEX_YES},
	{"[0-9a-f]+$", "8a", PY_REGEX_YES},
	{"8A", "8a", PY_REGEX_NO},
	{"[^8]", "8a", PY_REGEX_NO},
	{"[]8]", "8a", PY_REGEX_YES},
	{"[^]]", "8a", PY_REGEX_YES},
	{"[8-]", "-", PY_REGEX_YES},
	{"[\\d]\\w", "8a", PY_REGEX_YES},
	{"\\D", "8a", PY_REGEX_NO},
	{"4|8", "8a", PY_REGEX_YES},
	{"(4|8)(?:a|b)$", "8a", PY_REGEX_YES},
	{"(4|8)c", "8a", PY_REGEX_NO},
	{"0{4}", "0000", PY_REGEX_YES},
	{"0{5}", "0000", PY_REGEX_NO},
	{"0{2,3}$", "0000", PY_REGEX_NO},
	{"0{,4}$", "0000", PY_REGEX_YES},
	{"0{2,}$", "0000", PY_REGEX_YES},
	{"0{3}{", "000{", PY_REGEX_YES},
	{"{}", "{}", PY_REGEX_YES},
	{"x{a", "x{a", PY_REGEX_YES},
	{"(a*)*$", "8a", PY_REGEX_NO},
	{"((0*)*)*$", "0000", PY_REGEX_YES},
	{"(0?){9999}$", "0000", PY_REGEX_YES},
	{"0*?$", "0000", PY_REGEX_YES},
	{"\\A0\\Z", "0", PY_REGEX_YES},
	{"\\.", ".", PY_REGEX_YES},
	{"^^0", "0", PY_REGEX_YES},
	{"0^", "00", PY_REGEX_NO},
	{"(^)*0", "0", PY_REGEX_YES},
	{"a||0", "x", PY_REGEX_YES},
	{"[", "0", PY_REGEX_WRONG},
	{"[a-", "0", PY_REGEX_WRONG},
	{"[z-a]", "0", PY_REGEX_WRONG},
	{"[0-\\d]", "0", PY_REGEX_WRONG},
	{"(", "0", PY_REGEX_WRONG},
	{")", "0", PY_REGEX_WRONG},
	{"*", "0", PY_REGEX_WRONG},
	{"(*)", "0", PY_REGEX_WRONG},
	{"0|*", "0", PY_REGEX_WRONG},
	{"0**", "0", PY_REGEX_WRONG},
	{"0{2}{3}", "0", PY_REGEX_WRONG},
	{"0{3,2}", "0", PY_REGEX_WRONG},
	{"^*", "0", PY_REGEX_WRONG},
	{"\\A*", "0", PY_REGEX_WRONG},
	{"\\", "0", PY_REGEX_WRONG},
	{"\\q", "0", PY_REGEX_WRONG},
	{"[\\q]", "0", PY_REGEX_WRONG},
	{"0*+", "0", PY_REGEX_UNKNOWN},
	{"(?i)a", "0", PY_REGEX_UNKNOWN},
	{"(?=a)", "0", PY_REGEX_UNKNOWN},
	{"\\1", "0", PY_REGEX_UNKNOWN},
	{"\\b", "0", PY_REGEX_UNKNOWN},
	{"[[:alpha:]]", "0", PY_REGEX_UNKNOWN},
	{"[a--b]", "0", PY_REGEX_UNKNOWN},
	{"\xc3\xa9", "0", PY_REGEX_UNKNOWN},
	{"0{99999999999}", "0", PY_REGEX_UNKNOWN},
	{"0", "longer than eight", PY_REGEX_UNKNOWN},
};

static void test_regex(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(regex_rows); i++)
		test_int(regex_rows[i].pattern,
			 (long)py_regex_match(regex_rows[i].pattern, regex_rows[i].text),
			 (long)regex_rows[i].expected);
}

static void test_mend(void)
{
	static const struct {
		const char *text, *error, *expected;
	} rows[] = {
		{"{'vendor_id':'10de'}", "", "write \" in the place of each '"},
		{"{\xe2\x80\x9cvendor_id\xe2\x80\x9d:1}", "", "write \" in the place of U+201C"},
		{"{\xc2\xa0\"address\":\"0000:41:00.0\"}", "",
		 "write a blank in the place of U+00A0"},
		{"{\xef\xbc\x9a}", "", "write a plain character in the place of U+FF1A"},
		{"{\"a\":True}", "", "write true, false or null"},
		{"{\"a\":None}", "", "write true, false or null"},
		{"{\"a\":TRUE,\"b\":1}", "", "write true, false or null"},
		{"{\"a\":Tesla}", "", "-"},
		{"NVIDIA", "", "-"},
		{"{\"a\":None_}", "", "-"},
		{"{\"a\":1,}", "", "take out the comma after the last one"},
		{"{\"a\":1} # V100", "",
		 "take out what follows the value: a comment is a line of its own"},
		{"{\"a\":1} {\"a\":2}", "", "write a line of its own for each"},
		{"{\"a\":1},{\"a\":2}", "", "write a line of its own for each"},
		{"[{\"a\":1}] [{\"a\":2}]", "", "write a line of its own for each"},
		{"", "", "write a value, or take the line out"},
		{" \t ", "", "write a value, or take the line out"},
		{"[", "", "write the whole value: a line that continues it begins with a blank"},
		{"{\"a\" 1}", "", "write a : behind each key"},
		{"{\"a\":1 \"b\":2}", "", "write a comma between the keys, or the entries"},
		{"[{\"a\":1} {\"b\":2}]", "", "write a comma between the keys, or the entries"},
		{"{\\\"a\\\":1}", "", "take out each backslash"},
		{"{u'a':1}", "", "write \" in the place of each u' and '"},
		{"{\"a\":u'b'}", "", "write \" in the place of each u' and '"},
		{"{use}", "", "-"},
		{"{\"a\":\"x\"y\"}", "", "-"},
		{"{\"vendor_id\":4318}", "'int' object has no attribute 'strip'",
		 "write vendor_id and product_id in quotes"},
		{"{\"product_id\":7297}", "int() can't convert non-string with explicit base",
		 "write vendor_id and product_id in quotes"},
		{"[{\"name\":\"a\"}]", "[{'name': 'a'}] is not of type 'object'",
		 "write a line of its own for each alias, without [ and ]"},
		{"5", "5 is not of type 'object'", "-"},
		{"{\"vendor_id\":\"0x10de\"}", "'0x10de' does not match '^([\\\\da-fA-F]{4})$'",
		 "write vendor_id and product_id as four hex digits, without 0x"},
		{"{\"device_id\":\"1\"}", "not allowed ('device_id' was unexpected)",
		 "write product_id in the place of device_id"},
		{"{\"x\":1,\"dev_type\":1}", "not allowed ('x', 'dev_type' were unexpected)",
		 "write device_type in the place of dev_type"},
		{"{\"x\":1,\"y\":1}", "not allowed ('x', 'y' were unexpected)",
		 "take out the keys that are named"},
		{"{\"name\":\"a\"}", "PCI alias definition: 'dev_type'",
		 "write device_type in each alias of that name"},
		{"{\"one_time_use\":true}",
		 "one_time_use=true requires pci.report_in_placement to be enabled",
		 "take one_time_use out, or set report_in_placement (for good)"},
		{"{\"vendor_id\":\"x\"}", "property vendor_id ('x') does not parse", "-"},
	};
	char buf[MEND_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *mend = mend_value(rows[i].text, rows[i].error, buf);

		test_text(rows[i].text, mend ? mend : "-", rows[i].expected);
	}
}

static void test_mend_file(void)
{
#define AT	 "Failed to parse /n: at /n:4, Unexpected continuation line: "
#define TAKE_OUT "take out the empty line or comment above it, for it ends the value"
#define BEGIN	 "begin the line without a blank"
	static const struct {
		const char *error;
		bool ended;
		const char *expected;
	} rows[] = {
		{AT "'\\t{\"vendor_id\":\"1002\"}]'", true, TAKE_OUT},
		{AT "'  \"vendor_id\": \"1002\"'", true, TAKE_OUT},
		{AT "' rabbit://a'", true, TAKE_OUT},
		{AT "'  c'", true, TAKE_OUT},
		{AT "'  c'", false, BEGIN},
		{AT "' [DEFAULT]'", false, BEGIN},
		{AT "'\\t alias = {}'", true, BEGIN},
		{AT "' alias: {}'", true, BEGIN},
		{AT "\" alias = {'name':1}\"", true, BEGIN},
		{AT "' # GPUs'", true, BEGIN},
		{"at /n:2, No ':' or '=' found in assignment: 'abc'", true,
		 "begin the line with a blank if it continues the one above"},
		{"at /n:2, Key cannot be empty: '= b'", true, "-"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *mend = mend_file(rows[i].error, rows[i].ended);

		test_text(rows[i].error, mend ? mend : "-", rows[i].expected);
	}
}

TESTS(nova_python)
{
	test_mend();
	test_mend_file();
	test_strip();
	test_utf8();
	test_json();
	test_error_line();
	test_depth();
	test_boolean();
	test_regex();
	return test_done();
}
