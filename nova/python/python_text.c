/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nova/python/python_text.h"

#include <string.h>

uint32_t py_decode(const char *text, size_t *ret_size)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t size = s[0] < 0xc0 ? 1 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	uint32_t c = size == 1 ? s[0] : s[0] & (0x7fu >> size);

	for (size_t i = 1; i < size; i++) {
		if ((s[i] & 0xc0) != 0x80) {
			*ret_size = 1;
			return s[0];
		}
		c = c << 6 | (s[i] & 0x3fu);
	}
	*ret_size = size;
	return c;
}

size_t py_encode(uint32_t c, char buf[static 4])
{
	if (c < 0x80 && c != 0) {
		buf[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		buf[0] = (char)(0xc0 | c >> 6);
		buf[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		buf[0] = (char)(0xe0 | c >> 12);
		buf[1] = (char)(0x80 | (c >> 6 & 0x3f));
		buf[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	buf[0] = (char)(0xf0 | c >> 18);
	buf[1] = (char)(0x80 | (c >> 12 & 0x3f));
	buf[2] = (char)(0x80 | (c >> 6 & 0x3f));
	buf[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

int py_check_utf8(const char *text, size_t size, size_t *ret)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *s = (const unsigned char *)text;

	for (size_t i = 0; i < size;) {
		size_t n = s[i] < 0x80	 ? 1
			   : s[i] < 0xc2 ? 0
			   : s[i] < 0xe0 ? 2
			   : s[i] < 0xf0 ? 3
					 : 4;
		uint32_t c = n > 1 ? s[i] & (0x7fu >> n) : s[i];
		bool good = n > 0 && s[i] < 0xf5 && n <= size - i;

		for (size_t k = 1; good && k < n; k++) {
			good = (s[i + k] & 0xc0) == 0x80;
			c = c << 6 | (s[i + k] & 0x3fu);
		}
		if (!good || c < least[n] || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff) {
			*ret = i;
			return -EILSEQ;
		}
		i += n;
	}
	return 0;
}

size_t py_length(const char *text)
{
	size_t n = 0, size;

	for (; *text; text += size, n++)
		(void)py_decode(text, &size);
	return n;
}

bool py_is_space(uint32_t c)
{
	return (c >= 0x09 && c <= 0x0d) || (c >= 0x1c && c <= 0x20) || c == 0x85 || c == 0xa0 ||
	       c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 ||
	       c == 0x202f || c == 0x205f || c == 0x3000;
}

char *py_lstrip(char *text)
{
	size_t size;

	while (*text && py_is_space(py_decode(text, &size)))
		text += size;
	return text;
}

char *py_rstrip(char *text)
{
	char *end = text + strlen(text);

	while (end > text) {
		char *last = end - 1;
		size_t size;

		while (last > text && ((unsigned char)*last & 0xc0) == 0x80)
			last--;
		if (!py_is_space(py_decode(last, &size)) || last + size != end)
			break;
		end = last;
	}
	*end = '\0';
	return text;
}

char *py_strip(char *text)
{
	return py_rstrip(py_lstrip(text));
}

bool py_is_ascii(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text > 0x7f)
			return false;
	return true;
}

/* str.isprintable() for what is met here; the unassigned and private blocks are not told apart. */
static bool is_printable(uint32_t c)
{
	return !(c < 0x20 || (c >= 0x7f && c <= 0xa0) || c == 0xad || c == 0xfeff ||
		 (c >= 0xd800 && c < 0xf900) || (c >= 0x200b && c <= 0x200f) ||
		 (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
		 (c > 0x20 && py_is_space(c)));
}

static void quote_one(uint32_t c, char quote, struct text_buffer *to)
{
	static const char named[] = "\tt\nn\rr";
	const char *found = c < 0x80 && c ? strchr(named, (int)c) : NULL;
	char buf[4];
	size_t n = py_encode(c, buf);

	if (c == (unsigned char)quote || c == '\\')
		text_addf(to, "\\%c", (int)c);
	else if (found && (found - named) % 2 == 0)
		text_addf(to, "\\%c", found[1]);
	else if (is_printable(c))
		text_add_bytes(to, buf, n);
	else if (c < 0x100)
		text_addf(to, "\\x%02x", c);
	else if (c < 0x10000)
		text_addf(to, "\\u%04x", c);
	else
		text_addf(to, "\\U%08x", c);
}

void py_quote(const char *text, struct text_buffer *to)
{
	char quote = strchr(text, '\'') && !strchr(text, '"') ? '"' : '\'';
	size_t size;

	text_add_char(to, quote);
	for (; *text; text += size)
		quote_one(py_decode(text, &size), quote, to);
	text_add_char(to, quote);
}
