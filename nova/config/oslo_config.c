/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nova/config/oslo_config.h"

#include <string.h>

#include "helper/base/text.h"

/*
 * A value may refer to an option that refers to another. Python's stack holds some 60 to 190 of
 * them, as it is when the option is asked for; what people write has two or three.
 */
#define DEPTH_MAX      32
#define REFERENCES_MAX 4096
#define TEXT_MAX       (1u << 20)

bool oslo_config_has_file(const struct oslo_config *config, const char *path)
{
	for (size_t i = 0; i < config->n; i++)
		if (strcmp(&config->file[i].path[1], path) == 0)
			return true;
	return false;
}

int oslo_config_add(struct oslo_config *config, const char *path, const char *text, size_t size)
{
	struct oslo_file file = {.path = strdup(path)};
	int r = file.path ? ini_parse(text, size, path, &file.ini) : -ENOMEM;

	if (r == 0)
		r = ARRAY_ADD(config->file, config->n, file);
	if (r < 0) {
		free(file.path);
		ini_free(&file.ini);
	}
	return r;
}

void oslo_config_free(struct oslo_config *config)
{
	for (size_t i = 0; i < config->n; i++) {
		free(config->file[i].path);
		ini_free(&config->file[i].ini);
	}
	free(config->file);
	*config = (struct oslo_config){0};
}

static bool is_named(const struct ini_entry *entry, const char *section, const char *key)
{
	return strcmp(entry->section, section) == 0 && strcmp(entry->key, key) == 0;
}

static const struct ini_entry *find_in_file(const struct oslo_file *file, const char *section,
					    const char *key)
{
	for (size_t i = file->ini.n; i-- > 0;)
		if (is_named(&file->ini.entry[i], section, key))
			return &file->ini.entry[i];
	return NULL;
}

static const struct ini_entry *find_last(const struct oslo_config *config, const char *section,
					 const char *key)
{
	const struct ini_entry *found = NULL;

	for (size_t f = config->n; f-- > 0 && !found;)
		found = find_in_file(&config->file[f], section, key);
	return found;
}

/* The last file's, in which the name of today comes before older ones. */
static const struct ini_entry *find_single(const struct oslo_config *config,
					   const struct oslo_name *name,
					   const struct oslo_file **ret)
{
	for (size_t f = config->n; f-- > 0;)
		for (const struct oslo_name *one = name; one->key; one++) {
			const struct ini_entry *entry =
				find_in_file(&config->file[f], one->section, one->key);

			*ret = &config->file[f];
			if (entry)
				return entry;
		}
	return NULL;
}

/* The value that "$name" or "$group.name" stands for in an option of @section, or NULL. */
static const struct ini_entry *find_reference(const struct oslo_config *config, const char *section,
					      const char *name)
{
	const char *dot = strchr(name, '.');
	_cleanup_free_ char *group = dot ? strndup(name, (size_t)(dot - name)) : NULL;
	const struct ini_entry *entry;

	if (dot) /* oslo.config knows no group of the name DEFAULT */
		return group && strcmp(group, "DEFAULT") != 0 ? find_last(config, group, dot + 1)
							      : NULL;
	entry = find_last(config, section, name);
	return entry ? entry : find_last(config, "DEFAULT", name);
}

/* All values of one option: how much there is of them already. */
struct budget {
	size_t references, bytes;
};

/*
 * @outer:	what refers to this; NULL: it is the option itself
 * @section, @key: the option whose value it is, by its name of today
 */
struct substitution {
	const struct oslo_config *config;
	const struct substitution *outer;
	const char *section, *key;
	unsigned depth;
	struct budget *budget;
	struct oslo_value *value;
	struct text_buffer *to;
};

/* [_a-z][._a-z0-9]*, in either case */
static size_t name_length(const char *text)
{
	static const char letters[] = "_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

	if (!*text || !strchr(letters, *text))
		return 0;
	return strspn(text, "._abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
}

static int substitute(const struct substitution *s, const char *text);

/* Is that option being read already? @name: "name" of the option's own group, or "group.name" */
static bool is_open(const struct substitution *s, const char *section, const char *name)
{
	const char *dot = strchr(name, '.');
	size_t n = dot ? (size_t)(dot - name) : strlen(section);

	if (dot)
		section = name;
	for (; s; s = s->outer)
		if (strcmp(s->key, dot ? dot + 1 : name) == 0 && strlen(s->section) == n &&
		    strncmp(s->section, section, n) == 0)
			return true;
	return false;
}

/* The option is given up: 1. */
static int refuse(const struct substitution *s, const char *type, const char *what)
{
	return nova_error_set(&s->value->error, type, "%s", what);
}

/* What an option stands for that the value of another refers to. */
static int put_value(const struct substitution *s, const struct ini_entry *entry)
{
	struct substitution deeper = *s;

	if (is_open(s, entry->section, entry->key))
		return refuse(s, "RecursionError", "it refers to itself");
	if (s->depth >= DEPTH_MAX || ++s->budget->references > REFERENCES_MAX)
		return refuse(s, NOVA_ERROR_OURS, "it refers to too many other options");
	deeper.outer = s;
	deeper.section = entry->section;
	deeper.key = entry->key;
	deeper.depth++;
	return substitute(&deeper, entry->value);
}

/*
 * Those that people refer to. oslo.config refuses a name that nobody registered, though a file sets
 * it: NoSuchOptError.
 *
 * Source: nova/conf/netconf.py, paths.py and compute.py.
 */
static bool is_of_nova(const struct ini_entry *entry)
{
	return strcmp(entry->section, "DEFAULT") == 0 &&
	       TEXT_IS_ANY(entry->key, "host", "my_ip", "my_block_storage_ip", "state_path",
			   "pybasedir", "bindir", "instances_path");
}

/* "$NAME" or "${NAME}": what it stands for, or itself; a doubt where Nova may not have it. */
static int put_reference(const struct substitution *s, const char *whole, size_t whole_length,
			 const char *text, size_t length)
{
	_cleanup_free_ char *name = strndup(text, length);
	const struct ini_entry *entry;

	if (!name)
		return -ENOMEM;
	if (is_open(s, s->section, name))
		return refuse(s, "RecursionError", "it refers to itself");
	entry = find_reference(s->config, s->section, name);
	if (!s->value->doubt && !(entry && is_of_nova(entry)))
		s->value->doubt = TAKE_PTR(name);
	if (entry)
		return put_value(s, entry);
	text_add_bytes(s->to, whole, whole_length);
	return 0;
}

/* string.Template's safe_substitute() */
static int substitute_template(const struct substitution *s, const char *text)
{
	int r = 0;

	while (*text && r == 0 && !s->to->error) {
		bool braced = text[0] == '$' && text[1] == '{';
		const char *name = text + 1 + braced;
		size_t length = *text == '$' ? name_length(name) : 0;

		if (text[0] == '$' && text[1] == '$')
			text++;
		if (length == 0 || (braced && name[length] != '}')) {
			text_add_char(s->to, *text++);
			continue;
		}
		r = put_reference(s, text, length + (braced ? 3 : 1), name, length);
		text += length + (braced ? 3 : 1);
	}
	return r;
}

/* oslo.config takes "\$" for "$$". */
static int substitute(const struct substitution *s, const char *text)
{
	_cleanup_free_ char *copy = strdup(text);
	char *at = copy;

	if (!copy)
		return -ENOMEM;
	while ((at = strstr(at, "\\$")))
		*at = '$', at += 2;
	return substitute_template(s, copy);
}

/* "$name" is looked for where the option belongs today, wherever it is written. */
static int read_value(const struct oslo_config *config, const struct oslo_name *name,
		      struct budget *budget, struct oslo_value *value)
{
	struct text_buffer to _cleanup_(text_buffer_free) = {0};
	bool plain = !strchr(value->entry->value, '$');
	struct substitution s = {
		.config = config,
		.section = name->section,
		.key = name->key,
		.budget = budget,
		.value = value,
		.to = &to,
	};
	int r;

	if (!plain)
		to.max = TEXT_MAX - budget->bytes;
	r = substitute(&s, value->entry->value);
	if (r == 0 && to.error == -E2BIG)
		r = refuse(&s, NOVA_ERROR_OURS, "it is larger than 1 MiB");
	if (r > 0) {
		free(value->doubt);
		value->doubt = NULL;
		value->text = strdup("");
		return value->text ? 0 : -ENOMEM;
	}
	/* One byte is left: 0 is no end. */
	if (!plain)
		budget->bytes += to.length < to.max ? to.length : to.max - 1;
	return r < 0 ? r : text_take(&to, &value->text, NULL);
}

static void value_free(struct oslo_value *value)
{
	free(value->text);
	free(value->doubt);
	nova_error_free(&value->error);
}

static int add_value(const struct oslo_config *config, const struct oslo_name *name,
		     const struct oslo_file *file, const struct ini_entry *entry,
		     struct budget *budget, struct oslo_values *values)
{
	struct oslo_value value = {.file = file, .entry = entry};
	int r = read_value(config, name, budget, &value);

	if (r == 0)
		r = ARRAY_ADD(values->value, values->n, value);
	if (r < 0)
		value_free(&value);
	return r;
}

int oslo_config_multi(const struct oslo_config *config, const struct oslo_name *name,
		      struct oslo_values *ret)
{
	struct oslo_values values _cleanup_(oslo_values_free) = {0};
	struct budget budget = {0};
	size_t names = 0;
	int r = 0;

	while (name[names].key)
		names++;
	for (size_t f = 0; f < config->n; f++)
		for (size_t k = names; k-- > 0;)
			for (size_t i = 0; i < config->file[f].ini.n && r == 0; i++) {
				const struct ini_entry *entry = &config->file[f].ini.entry[i];

				if (is_named(entry, name[k].section, name[k].key))
					r = add_value(config, name, &config->file[f], entry,
						      &budget, &values);
			}
	return HAND_OVER(r, ret, values);
}

int oslo_config_single(const struct oslo_config *config, const struct oslo_name *name,
		       struct oslo_values *ret)
{
	struct oslo_values values = {0};
	struct budget budget = {0};
	const struct oslo_file *file;
	const struct ini_entry *entry = find_single(config, name, &file);
	int r = entry ? add_value(config, name, file, entry, &budget, &values) : 0;

	if (r == 0)
		*ret = values;
	else
		oslo_values_free(&values);
	return r;
}

size_t oslo_values_error(const struct oslo_values *values)
{
	for (size_t i = 0; i < values->n; i++)
		if (values->value[i].error.type)
			return i;
	return SIZE_MAX;
}

void oslo_values_free(struct oslo_values *values)
{
	for (size_t i = 0; i < values->n; i++)
		value_free(&values->value[i]);
	free(values->value);
	*values = (struct oslo_values){0};
}

int oslo_boolean(const char *text)
{
	static const char *const words[] = {"false", "true", "0", "1", "off", "on", "no", "yes"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcasecmp(text, words[i]) == 0)
			return (int)(i & 1);
	return -EINVAL;
}

const char *oslo_value_place(const struct oslo_value *value, char buf[static OSLO_PLACE_MAX])
{
	snprintf(buf, OSLO_PLACE_MAX, "%s:%u", value->file->path, value->entry->line);
	return buf;
}
