/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nova/rules/schema.h"

#include <ctype.h>
#include <string.h>

#include "helper/base/text.h"
#include "helper/base/text_buffer.h"
#include "nova/rules/release.h"

#define NAME_LENGTH_MAX 256
#define ID_PATTERN	"^([\\da-fA-F]{4})$"

enum { ANY_RELEASE = _NOVA_FEATURE_COUNT };

/* @words: what is allowed, ends with NULL; NULL: any string. */
struct property {
	const char *key;
	unsigned feature;
	bool id;
	const char *const *words;
};

static const char *const capability_types[] = {"pci", NULL};
static const char *const device_types[] = {"type-PCI", "type-PF", "type-VF", NULL};
static const char *const policies[] = {"required", "legacy", "preferred", "socket", NULL};
static const char *const old_policies[] = {"required", "legacy", "preferred", NULL};

static const struct property properties[] = {
	{"name", ANY_RELEASE, false, NULL},
	{"capability_type", ANY_RELEASE, false, capability_types},
	{"product_id", ANY_RELEASE, true, NULL},
	{"vendor_id", ANY_RELEASE, true, NULL},
	{"device_type", ANY_RELEASE, false, device_types},
	{"numa_policy", ANY_RELEASE, false, policies},
	{"resource_class", NOVA_ALIAS_PLACEMENT, false, NULL},
	{"traits", NOVA_ALIAS_PLACEMENT, false, NULL},
	{"live_migratable", NOVA_LIVE_MIGRATABLE, false, NULL},
};

static bool is_known(unsigned release, const struct property *property)
{
	return property->feature == ANY_RELEASE ||
	       nova_accepts(release, (enum nova_feature)property->feature);
}

/* "Additional properties are not allowed ('a', 'b' were unexpected)", or nothing. */
static int check_keys(unsigned release, const struct py_value *dict, struct text_buffer *to)
{
	_cleanup_free_ const char **extra = calloc(dict->n + 1, sizeof(char *));
	size_t n = 0;

	if (!extra)
		return -ENOMEM;
	for (size_t i = 0; i < dict->n; i++) {
		bool known = false;

		for (size_t k = 0; k < ARRAY_SIZE(properties) && !known; k++)
			known = strcmp(dict->key[i], properties[k].key) == 0 &&
				is_known(release, &properties[k]);
		if (!known)
			extra[n++] = dict->key[i];
	}
	if (!n)
		return 0;
	qsort(extra, n, sizeof(*extra), text_compare);
	text_add(to, "Additional properties are not allowed (");
	for (size_t i = 0; i < n; i++) {
		if (i)
			text_add(to, ", ");
		py_quote(extra[i], to);
	}
	text_addf(to, " %s unexpected)", n == 1 ? "was" : "were");
	return -EINVAL;
}

static bool is_id(const char *text)
{
	for (int i = 0; i < 4; i++)
		if (!isxdigit((unsigned char)text[i]))
			return false;
	return !text[4] || strcmp(text + 4, "\n") == 0; /* "$" passes over a last newline */
}

static int check_word(const char *const *words, const char *text, struct text_buffer *to)
{
	if (text_is_any(text, words))
		return 0;
	py_quote(text, to);
	text_add(to, " is not one of [");
	for (const char *const *word = words; *word; word++)
		text_addf(to, "%s'%s'", word == words ? "" : ", ", *word);
	text_add_char(to, ']');
	return -EINVAL;
}

static int check_text(unsigned release, const struct property *property, const char *text,
		      struct text_buffer *to)
{
	const char *const *words = property->words;
	size_t length = py_length(text);

	if (words == policies && !nova_accepts(release, NOVA_NUMA_SOCKET))
		words = old_policies;
	if (words)
		return check_word(words, text, to);
	if (property->id && !py_is_ascii(text))
		return -EDOM;
	if (property->id && !is_id(text)) {
		py_quote(text, to);
		text_add(to, " does not match ");
		py_quote(ID_PATTERN, to);
		return -EINVAL;
	}
	if (property != &properties[0] || (length > 0 && length <= NAME_LENGTH_MAX))
		return 0;
	py_quote(text, to);
	text_add(to, length ? " is too long" : " is too short");
	return -EINVAL;
}

/* Of what is wrong with single values, a wrong type is told first. */
static int check_values(unsigned release, const struct py_value *dict, struct text_buffer *to)
{
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(properties); i++) {
		const struct py_value *value = py_dict_get(dict, properties[i].key);

		if (!value || value->type == PY_STR)
			continue;
		py_repr(value, to);
		text_add(to, " is not of type 'string'");
		return -EINVAL;
	}
	for (size_t i = 0; i < ARRAY_SIZE(properties) && r == 0; i++) {
		const struct py_value *value = py_dict_get(dict, properties[i].key);

		if (value)
			r = check_text(release, &properties[i], value->text, to);
	}
	return r;
}

static int check(unsigned release, const struct py_value *value, struct text_buffer *to)
{
	int r;

	if (value->type != PY_DICT) {
		py_repr(value, to);
		text_add(to, " is not of type 'object'");
		return -EINVAL;
	}
	r = check_keys(release, value, to);
	if (r < 0)
		return r;
	if (!py_dict_get(value, "name")) {
		text_add(to, "'name' is a required property");
		return -EINVAL;
	}
	return check_values(release, value, to);
}

int alias_schema_check(unsigned release, const struct py_value *value, char **ret_error)
{
	struct text_buffer to _cleanup_(text_buffer_free) = {0};
	int r = check(release, value, &to), taken;

	if (r != -EINVAL)
		return r;
	taken = text_take(&to, ret_error, NULL);
	return taken < 0 ? taken : r;
}
