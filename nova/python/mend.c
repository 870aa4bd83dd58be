/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nova/python/mend.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/base/text.h"
#include "nova/python/python_json.h"
#include "nova/python/python_text.h"
#include "nova/python/python_value.h"

#define LEFT_QUOTE  0x201c
#define RIGHT_QUOTE 0x201d
#define CONTINUED   "Unexpected continuation line: "
#define WORD	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"

/* Where the parser gave up: at the end of its words, "(char N)", in characters. */
static const char *find_place(const char *text, const char *error)
{
	const char *mark = strrchr(error, '(');
	unsigned long n = mark ? strtoul(mark + strlen("(char "), NULL, 10) : 0;
	size_t size;

	for (; n > 0 && *text; n--) {
		(void)py_decode(text, &size);
		text += size;
	}
	return text;
}

/* A character that looks like the right one; "" for others. */
static void mend_character(uint32_t c, char buf[static MEND_MAX])
{
	const char *right = py_is_space(c)			  ? "a blank"
			    : c == LEFT_QUOTE || c == RIGHT_QUOTE ? "\""
								  : "a plain character";

	(void)snprintf(buf, MEND_MAX, "write %s in the place of U+%04X", right, c);
}

/* In JSON they are small, and None has another name. */
static bool is_pythons_word(const char *at)
{
	static const char *const words[] = {"True", "False", "None", "TRUE", "FALSE", "NULL"};
	size_t n = strspn(at, WORD);

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strlen(words[i]) == n && strncmp(at, words[i], n) == 0)
			return true;
	return false;
}

/* What the parser waited for, and did not meet. */
static const char *mend_delimiter(const char *at, const char *error)
{
	if (strncmp(error, "Expecting ',' delimiter", strlen("Expecting ',' delimiter")) == 0 &&
	    strchr("\"{[", *at))
		return "write a comma between the keys, or the entries";
	if (strncmp(error, "Expecting ':' delimiter", strlen("Expecting ':' delimiter")) == 0)
		return "write a : behind each key";
	return NULL;
}

/* A character that a shell's quotes, Python or its tools left there. */
static const char *mend_leftover(const char *at)
{
	if (*at == '\'')
		return "write \" in the place of each '";
	if (at[0] == 'u' && at[1] == '\'')
		return "write \" in the place of each u' and '";
	if (*at == '\\')
		return "take out each backslash";
	return is_pythons_word(at) ? "write true, false or null" : NULL;
}

/* By what the parser met; NULL: that tells nothing. */
static const char *mend_json(const char *text, const char *error, char buf[static MEND_MAX])
{
	const char *at = find_place(text, error);
	size_t size;
	uint32_t c = py_decode(at, &size);

	if (!text[strspn(text, " \t\r\n")])
		return "write a value, or take the line out";
	if (strncmp(error, "Extra data", strlen("Extra data")) == 0)
		return c == ',' || c == '{' || c == '['
			       ? "write a line of its own for each"
			       : "take out what follows the value: a comment is a line of its own";
	if (strncmp(error, "Illegal trailing comma", strlen("Illegal trailing comma")) == 0)
		return "take out the comma after the last one";
	if (c == '\0')
		return "write the whole value: a line that continues it begins with a blank";
	if (mend_leftover(at))
		return mend_leftover(at);
	if (c < 0x80)
		return mend_delimiter(at, error);
	mend_character(c, buf);
	return buf;
}

/* "('device_id' was unexpected)": what others call so, Nova has another name for. */
static const char *mend_keys(const char *error)
{
	if (strstr(error, "'device_id'"))
		return "write product_id in the place of device_id";
	if (strstr(error, "'dev_type'"))
		return "write device_type in the place of dev_type";
	return "take out the keys that are named";
}

/* A value that is JSON, and not what Nova wants. */
static const char *mend_meaning(const struct py_value *value, const char *error)
{
	static const struct {
		const char *end, *mend;
	} known[] = {
		{"has no attribute 'strip'", "write vendor_id and product_id in quotes"},
		{"with explicit base", "write vendor_id and product_id in quotes"},
		{"does not match '^([\\\\da-fA-F]{4})$'",
		 "write vendor_id and product_id as four hex digits, without 0x"},
		{"alias definition: 'dev_type'", "write device_type in each alias of that name"},
		{"requires pci.report_in_placement to be enabled",
		 "take one_time_use out, or set report_in_placement (for good)"},
	};

	if (value->type == PY_LIST && text_ends_with(error, "is not of type 'object'"))
		return "write a line of its own for each alias, without [ and ]";
	if (text_ends_with(error, " unexpected)"))
		return mend_keys(error);
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (text_ends_with(error, known[i].end))
			return known[i].mend;
	return NULL;
}

const char *mend_value(const char *text, const char *error, char buf[static MEND_MAX])
{
	_cleanup_(py_value_drop) struct py_value *value = NULL;
	_cleanup_free_ char *refusal = NULL;
	int r = py_json_parse(text, &value, &refusal);

	if (r == -EINVAL)
		return mend_json(text, refusal, buf);
	return r == 0 ? mend_meaning(value, error) : NULL;
}

/* As repr() prints it: '\tdevice_spec = ...'; not 'rabbit://...', which may go on with a value. */
static bool is_line_of_its_own(const char *line)
{
	size_t n;

	line += *line == '\'' || *line == '"';
	while (*line == ' ' || strncmp(line, "\\t", 2) == 0)
		line += *line == ' ' ? 1 : 2;
	if (*line == '#' || *line == ';')
		return true;
	n = strspn(line, WORD);
	line += n;
	line += strspn(line, " ");
	return n && (*line == '=' || (*line == ':' && line[1] != '/'));
}

const char *mend_file(const char *error, bool ended)
{
	static const struct {
		const char *words, *mend;
	} known[] = {
		{"'\\ufeff", "save it without a byte order mark"},
		{"codec can't decode", "save it as UTF-8"},
		{"Failed to open some config files", "let the user of nova-compute read it"},
		{CONTINUED, "take out the empty line or comment above it, for it ends the value"},
		{"No ':' or '=' found",
		 "begin the line with a blank if it continues the one above"},
	};
	const char *continued = strstr(error, CONTINUED);

	if (continued && (!ended || is_line_of_its_own(continued + strlen(CONTINUED))))
		return "begin the line without a blank";
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (strstr(error, known[i].words))
			return known[i].mend;
	return NULL;
}
