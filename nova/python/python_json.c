/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nova/python/python_json.h"

#include <string.h>

/* sys.int_info.default_max_str_digits: int() of more raises ValueError. */
#define INT_DIGITS_MAX 4300

struct parser {
	const char *text, *at;
	unsigned depth;
	const char *what; /* the error, and where it is */
	const char *where;
};

static int fail(struct parser *p, const char *what, const char *where)
{
	p->what = what;
	p->where = where;
	return -EINVAL;
}

static void skip_blanks(struct parser *p)
{
	p->at += strspn(p->at, " \t\n\r");
}

static struct py_value *new_value(enum py_type type)
{
	struct py_value *value = calloc(1, sizeof(*value));

	if (value)
		value->type = type;
	return value;
}

static int hex4(struct parser *p, const char *digits, uint32_t *ret)
{
	const char *end = digits + strnlen(digits, 5);

	/* Python wants one character behind the four, the quote at least. */
	if (end - digits < 5)
		return fail(p, "Invalid \\uXXXX escape", digits - 1);
	*ret = 0;
	for (int i = 0; i < 4; i++) {
		char c = digits[i];
		uint32_t digit = c >= '0' && c <= '9'	? (uint32_t)(c - '0')
				 : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
				 : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10)
							: 16;

		if (digit > 15)
			return fail(p, "Invalid \\uXXXX escape", digits - 1);
		*ret = *ret << 4 | digit;
	}
	return 0;
}

/* What follows "\u"; a pair of surrogates is one character, a lone one stays. */
static int parse_unicode(struct parser *p, uint32_t *ret)
{
	uint32_t low;
	int r = hex4(p, p->at, ret);

	if (r < 0)
		return r;
	p->at += 4;
	if (*ret < 0xd800 || *ret > 0xdbff || p->at[0] != '\\' || p->at[1] != 'u' ||
	    strnlen(p->at, 7) < 7)
		return 0;
	r = hex4(p, p->at + 2, &low);
	if (r == 0 && low >= 0xdc00 && low <= 0xdfff) {
		*ret = 0x10000 + ((*ret - 0xd800) << 10) + (low - 0xdc00);
		p->at += 6;
	}
	return r;
}

static int parse_escape(struct parser *p, const char *begin, uint32_t *ret)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *found;

	if (!*p->at)
		return fail(p, "Unterminated string starting at", begin);
	if (*p->at == 'u') {
		p->at++;
		return parse_unicode(p, ret);
	}
	found = strchr(from, *p->at);
	if (!found)
		return fail(p, "Invalid \\escape", p->at - 1);
	*ret = (uint32_t)to[found - from];
	p->at++;
	return 0;
}

/* The bytes up to the closing quote, or to the end. */
static size_t written_length(const char *text)
{
	size_t n = 0;

	while (text[n] && text[n] != '"')
		n += text[n] == '\\' && text[n + 1] ? 2 : 1;
	return n;
}

/* At the opening quote. What it stands for is never longer than what is written. */
static int parse_string(struct parser *p, char **ret)
{
	const char *begin = p->at++;
	_cleanup_free_ char *text = malloc(written_length(p->at) + 1);
	char *to = text;

	if (!text)
		return -ENOMEM;
	while (*p->at != '"') {
		uint32_t c;
		int r;

		if (!*p->at)
			return fail(p, "Unterminated string starting at", begin);
		if ((unsigned char)*p->at < 0x20)
			return fail(p, "Invalid control character at", p->at);
		if (*p->at != '\\') {
			*to++ = *p->at++;
			continue;
		}
		p->at++;
		r = parse_escape(p, begin, &c);
		if (r < 0)
			return r;
		to += py_encode(c, to);
	}
	p->at++;
	*to = '\0';
	*ret = TAKE_PTR(text);
	return 0;
}

/* The shortest digits that make the same number, as repr() of a float. */
static char *format_float(double number)
{
	char digits[32], *exponent, *text = NULL;
	int power, r;

	if (number != number || number > __DBL_MAX__ || number < -__DBL_MAX__)
		return strdup(number != number ? "nan" : number > 0 ? "inf" : "-inf");
	for (int precision = 0; precision < 17; precision++) {
		snprintf(digits, sizeof(digits), "%.*e", precision, number);
		if (strtod(digits, NULL) == number)
			break;
	}
	exponent = strchr(digits, 'e');
	power = (int)strtol(exponent + 1, NULL, 10);
	if (power >= -4 && power < 16) {
		int decimals = (int)(exponent - digits) - (digits[0] == '-') - 2 - power;

		r = asprintf(&text, "%.*f", decimals > 1 ? decimals : 1, number);
	} else {
		r = asprintf(&text, "%.*se%c%02d", (int)(exponent - digits), digits,
			     power < 0 ? '-' : '+', abs(power));
	}
	return r < 0 ? NULL : text;
}

/* [-](0|[1-9]digits)[.digits][e[+-]digits], and no further than it fits. */
static int parse_number(struct parser *p, struct py_value *value)
{
	const char *begin = p->at, *end = begin + (*begin == '-'), *more;
	size_t digits = strspn(end, "0123456789");

	if (digits == 0)
		return fail(p, "Expecting value", begin);
	if (*end == '0')
		digits = 1;
	end += digits;
	value->type = PY_INT;
	if (end[0] == '.' && strspn(end + 1, "0123456789") > 0) {
		value->type = PY_FLOAT;
		end += 1 + strspn(end + 1, "0123456789");
	}
	more = end + 1;
	if ((*end == 'e' || *end == 'E') && (*more == '+' || *more == '-'))
		more++;
	if ((*end == 'e' || *end == 'E') && strspn(more, "0123456789") > 0) {
		value->type = PY_FLOAT;
		end = more + strspn(more, "0123456789");
	}
	if (value->type == PY_INT && digits > INT_DIGITS_MAX)
		return fail(p, "Exceeds the limit (4300 digits) for integer string conversion",
			    begin);
	p->at = end;
	if (value->type == PY_FLOAT)
		value->text = format_float(strtod(begin, NULL));
	else
		value->text = strncmp(begin, "-0", 2) == 0 ? strdup("0")
							   : strndup(begin, (size_t)(end - begin));
	return value->text ? 0 : -ENOMEM;
}

static int parse_value(struct parser *p, struct py_value **ret);

static int add_item(struct py_value *to, char *key, struct py_value *item)
{
	struct py_value **items;
	char **keys;

	for (size_t i = 0; key && i < to->n; i++)
		if (strcmp(to->key[i], key) == 0) {
			py_value_free(to->item[i]);
			to->item[i] = item;
			to->twice = to->key[i];
			free(key);
			return 0;
		}
	items = reallocarray(to->item, to->n + 1, sizeof(struct py_value *));
	if (!items)
		return -ENOMEM;
	to->item = items;
	if (key) {
		keys = reallocarray(to->key, to->n + 1, sizeof(char *));
		if (!keys)
			return -ENOMEM;
		to->key = keys;
		to->key[to->n] = key;
	}
	to->item[to->n++] = item;
	return 0;
}

static int parse_member(struct parser *p, struct py_value *dict)
{
	_cleanup_(py_value_drop) struct py_value *item = NULL;
	_cleanup_free_ char *key = NULL;
	int r;

	if (*p->at != '"')
		return fail(p, "Expecting property name enclosed in double quotes", p->at);
	r = parse_string(p, &key);
	if (r < 0)
		return r;
	skip_blanks(p);
	if (*p->at != ':')
		return fail(p, "Expecting ':' delimiter", p->at);
	p->at++;
	skip_blanks(p);
	r = parse_value(p, &item);
	if (r == 0)
		r = add_item(dict, key, item);
	if (r == 0) {
		key = NULL;
		item = NULL;
	}
	return r;
}

static int parse_element(struct parser *p, struct py_value *list)
{
	struct py_value *item;
	int r = parse_value(p, &item);

	if (r < 0)
		return r;
	r = add_item(list, NULL, item);
	if (r < 0)
		py_value_free(item);
	return r;
}

/* Between the brackets of either kind. */
static int parse_items(struct parser *p, struct py_value *value)
{
	bool dict = value->type == PY_DICT;
	char close = dict ? '}' : ']';

	p->at++;
	skip_blanks(p);
	while (*p->at != close || value->n > 0) {
		const char *comma;
		int r = dict ? parse_member(p, value) : parse_element(p, value);

		if (r < 0)
			return r;
		skip_blanks(p);
		if (*p->at == close)
			break;
		if (*p->at != ',')
			return fail(p, "Expecting ',' delimiter", p->at);
		comma = p->at++;
		skip_blanks(p);
		if (*p->at == close)
			return fail(p,
				    dict ? "Illegal trailing comma before end of object"
					 : "Illegal trailing comma before end of array",
				    comma);
	}
	p->at++;
	return 0;
}

static int parse_word(struct parser *p, struct py_value *value)
{
	static const struct {
		const char *word;
		enum py_type type;
		const char *text;
	} words[] = {
		{"null", PY_NONE, NULL},       {"true", PY_TRUE, NULL},
		{"false", PY_FALSE, NULL},     {"NaN", PY_FLOAT, "nan"},
		{"Infinity", PY_FLOAT, "inf"}, {"-Infinity", PY_FLOAT, "-inf"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strncmp(p->at, words[i].word, strlen(words[i].word)) != 0)
			continue;
		p->at += strlen(words[i].word);
		value->type = words[i].type;
		value->text = words[i].text ? strdup(words[i].text) : NULL;
		return words[i].text && !value->text ? -ENOMEM : 0;
	}
	return parse_number(p, value);
}

static int parse_value(struct parser *p, struct py_value **ret)
{
	_cleanup_(py_value_drop) struct py_value *value = new_value(PY_NONE);
	int r;

	if (!value)
		return -ENOMEM;
	if (p->depth == PY_JSON_DEPTH_MAX)
		return -ELOOP;
	p->depth++;
	if (*p->at == '{' || *p->at == '[') {
		value->type = *p->at == '{' ? PY_DICT : PY_LIST;
		r = parse_items(p, value);
	} else if (*p->at == '"') {
		value->type = PY_STR;
		r = parse_string(p, &value->text);
	} else {
		r = parse_word(p, value);
	}
	p->depth--;
	return HAND_OVER(r, ret, value);
}

/* "WHAT: line L column C (char N)", counted in characters. */
static char *format_error(const struct parser *p)
{
	size_t line = 1, column = 1, n = 0, size;
	char *text;

	for (const char *at = p->text; at < p->where; at += size, n++) {
		bool newline = py_decode(at, &size) == '\n';

		line += newline;
		column = newline ? 1 : column + 1;
	}
	if (asprintf(&text, "%s: line %zu column %zu (char %zu)", p->what, line, column, n) < 0)
		return NULL;
	return text;
}

int py_json_parse(const char *text, struct py_value **ret, char **ret_error)
{
	struct parser p = {.text = text, .at = text};
	_cleanup_(py_value_drop) struct py_value *value = NULL;
	int r;

	if (strncmp(text, "\xef\xbb\xbf", 3) == 0) {
		r = fail(&p, "Unexpected UTF-8 BOM (decode using utf-8-sig)", text);
	} else {
		skip_blanks(&p);
		r = parse_value(&p, &value);
		skip_blanks(&p);
		if (r == 0 && *p.at)
			r = fail(&p, "Extra data", p.at);
	}
	if (r == 0)
		*ret = TAKE_PTR(value);
	if (r != -EINVAL)
		return r;
	*ret_error = format_error(&p);
	return *ret_error ? r : -ENOMEM;
}
