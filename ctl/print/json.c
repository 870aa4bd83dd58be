/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/print/json.h"

#include <string.h>

#define DEPTH_MAX      32
#define CONTAINERS_MAX 16384

/* How many bytes the character that @first begins has, or 0 (RFC 3629, section 4). */
static size_t utf8_announced(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first < 0xe0)
		return 2;
	if (first >= 0xe0 && first < 0xf0)
		return 3;
	return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

static size_t utf8_length(const unsigned char *s)
{
	size_t n = utf8_announced(s[0]);

	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	/* Too long a form of a shorter one, a surrogate, or beyond the last character. */
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

struct json_object *json_text(const char *text)
{
	_cleanup_free_ char *clean = strdup(text);

	if (!clean)
		return NULL;
	for (char *p = clean; *p;) {
		size_t n = utf8_length((const unsigned char *)p);

		if (n == 0)
			*p = '?';
		p += n ? n : 1;
	}
	return json_object_new_string(clean);
}

void json_add_text(struct json_object *to, const char *key, const char *text)
{
	json_object_object_add(to, key, text ? json_text(text) : NULL);
}

void json_add_bool(struct json_object *to, const char *key, bool value)
{
	json_object_object_add(to, key, json_object_new_boolean(value));
}

void json_add_known(struct json_object *to, const char *key, int value)
{
	json_object_object_add(to, key, value < 0 ? NULL : json_object_new_int(value));
}

void json_add_address(struct json_object *to, const char *key, const struct pci_address *address)
{
	char text[PCI_ADDRESS_MAX];

	json_add_text(to, key, pci_address_format(address, text));
}

void json_add_hex(struct json_object *to, const char *key, unsigned value, int digits)
{
	char text[16];

	snprintf(text, sizeof(text), "%0*x", digits, value);
	json_add_text(to, key, text);
}

struct json_object *json_add_object(struct json_object *to, const char *key)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(to, key, object);
	return object;
}

struct json_object *json_add_array(struct json_object *to, const char *key)
{
	struct json_object *array = json_object_new_array();

	json_object_object_add(to, key, array);
	return array;
}

static bool is_bounded(const char *text)
{
	size_t n = 0;

	for (const char *p = text; *p; p++) {
		if (*p == '"')
			for (p++; *p && *p != '"'; p++)
				p += *p == '\\' && p[1];
		if (!*p)
			break;
		n += *p == '[' || *p == '{';
	}
	return n <= CONTAINERS_MAX;
}

struct json_object *json_parse(const char *text)
{
	struct json_tokener *tokener = is_bounded(text) ? json_tokener_new_ex(DEPTH_MAX) : NULL;
	struct json_object *value;

	if (!tokener)
		return NULL;
	value = json_tokener_parse_ex(tokener, text, -1);
	if (json_tokener_get_error(tokener) != json_tokener_success) {
		(void)json_object_put(value);
		value = NULL;
	}
	json_tokener_free(tokener);
	return value;
}

int json_print(struct json_object *object, FILE *to)
{
	const char *text = json_object_to_json_string_ext(
		object,
		JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE);

	if (!text)
		return -ENOMEM;
	fprintf(to, "%s\n", text);
	return 0;
}
