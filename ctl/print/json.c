/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/print/json.h"

#include <string.h>

#include "helper/base/text_buffer.h"

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

/* Of what there was no memory for, nothing is said: not the whole, nor a part of it. */
static const char spoilt;

static void spoil(struct json_object *object)
{
	if (object)
		json_object_set_userdata(object, (void *)&spoilt, NULL);
}

static bool is_spoilt(struct json_object *object)
{
	bool found = json_object_get_userdata(object) == &spoilt;

	if (json_object_is_type(object, json_type_array)) {
		for (size_t i = 0; i < (size_t)json_object_array_length(object) && !found; i++) {
			struct json_object *one = json_object_array_get_idx(object, i);

			found = one && is_spoilt(one);
		}
	} else if (json_object_is_type(object, json_type_object)) {
		json_object_object_foreach(object, key, value)
		{
			(void)key;
			found |= value && is_spoilt(value);
		}
	}
	return found;
}

/* Either takes the value; NULL: it could not be made. */
static bool add(struct json_object *to, const char *key, struct json_object *value)
{
	if (to && value && json_object_object_add(to, key, value) == 0)
		return true;
	(void)json_object_put(value);
	spoil(to);
	return false;
}

static bool append(struct json_object *array, struct json_object *value)
{
	if (array && value && json_object_array_add(array, value) == 0)
		return true;
	(void)json_object_put(value);
	spoil(array);
	return false;
}

void json_add(struct json_object *to, const char *key, struct json_object *value)
{
	(void)add(to, key, value); /* what fails is seen at the end */
}

void json_append(struct json_object *array, struct json_object *value)
{
	(void)append(array, value);
}

struct json_object *json_append_object(struct json_object *array)
{
	struct json_object *object = json_object_new_object();

	return append(array, object) ? object : NULL;
}

void json_add_texts(struct json_object *to, const char *key, const struct text_list *texts)
{
	struct json_object *array = json_add_array(to, key);

	for (size_t i = 0; i < texts->n; i++)
		json_append_text(array, texts->text[i]);
}

void json_append_text(struct json_object *array, const char *text)
{
	json_append(array, json_text(text));
}

static void add_null(struct json_object *to, const char *key)
{
	if (to && json_object_object_add(to, key, NULL) < 0)
		spoil(to);
}

void json_add_text(struct json_object *to, const char *key, const char *text)
{
	if (text)
		json_add(to, key, json_text(text));
	else
		add_null(to, key);
}

void json_add_bool(struct json_object *to, const char *key, bool value)
{
	json_add(to, key, json_object_new_boolean(value));
}

void json_add_number(struct json_object *to, const char *key, int64_t value)
{
	json_add(to, key, json_object_new_int64(value));
}

void json_add_known(struct json_object *to, const char *key, int value)
{
	if (value < 0)
		add_null(to, key);
	else
		json_add_number(to, key, value);
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

	return add(to, key, object) ? object : NULL;
}

struct json_object *json_add_array(struct json_object *to, const char *key)
{
	struct json_object *array = json_object_new_array();

	return add(to, key, array) ? array : NULL;
}

struct json_object *json_member(struct json_object *o, const char *key, enum json_type type)
{
	struct json_object *value = json_object_object_get(o, key);

	return json_object_is_type(value, type) ? value : NULL;
}

const char *json_member_text(struct json_object *o, const char *key)
{
	return json_object_get_string(json_member(o, key, json_type_string));
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

static void render(struct text_buffer *to, struct json_object *value, int level);

/* A line of its own for what is at this level. */
static void begin_line(struct text_buffer *to, int level)
{
	text_add_char(to, '\n');
	for (int i = 0; i < level; i++)
		text_add(to, "  ");
}

static void render_text(struct text_buffer *to, const char *text)
{
	static const char named[] = "\"\\\b\f\n\r\t", names[] = "\"\\bfnrt";

	text_add_char(to, '"');
	for (; *text; text++) {
		const char *at = strchr(named, *text);

		if (at)
			text_addf(to, "\\%c", names[at - named]);
		else if ((unsigned char)*text < ' ')
			text_addf(to, "\\u%04x", (unsigned)*text);
		else
			text_add_char(to, *text);
	}
	text_add_char(to, '"');
}

static void render_object(struct text_buffer *to, struct json_object *object, int level)
{
	bool first = true;

	text_add_char(to, '{');
	json_object_object_foreach(object, key, value)
	{
		if (!first)
			text_add_char(to, ',');
		first = false;
		begin_line(to, level + 1);
		render_text(to, key);
		text_add(to, ": ");
		render(to, value, level + 1);
	}
	begin_line(to, level);
	text_add_char(to, '}');
}

static void render_array(struct text_buffer *to, struct json_object *array, int level)
{
	size_t n = (size_t)json_object_array_length(array);

	text_add_char(to, '[');
	for (size_t i = 0; i < n; i++) {
		if (i)
			text_add_char(to, ',');
		begin_line(to, level + 1);
		render(to, json_object_array_get_idx(array, i), level + 1);
	}
	begin_line(to, level);
	text_add_char(to, ']');
}

static void render(struct text_buffer *to, struct json_object *value, int level)
{
	const char *text;

	switch (json_object_get_type(value)) {
	case json_type_object:
		render_object(to, value, level);
		break;
	case json_type_array:
		render_array(to, value, level);
		break;
	case json_type_string:
		render_text(to, json_object_get_string(value));
		break;
	default: /* null, true, a number: it has room for them, or nothing */
		text = json_object_to_json_string(value);
		if (text)
			text_add(to, text);
		else
			to->error = -ENOMEM;
	}
}

char *json_render(struct json_object *object)
{
	struct text_buffer text _cleanup_(text_buffer_free) = {0};

	if (!object || is_spoilt(object))
		return NULL;
	render(&text, object, 0);
	return text_take_or_null(&text);
}

int json_print(struct json_object *object, FILE *to)
{
	_cleanup_free_ char *text = json_render(object);

	if (!text)
		return -ENOMEM;
	fprintf(to, "%s\n", text);
	return 0;
}
