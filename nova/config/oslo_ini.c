/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nova/config/oslo_ini.h"

#include <string.h>

/*
 * @key, @value: of the assignment that the next lines may go on with; NULL: none
 * @key_line:	where it began
 */
struct parser {
	struct ini ini;
	const char *path;
	char *section, *key;
	struct text_buffer value;
	unsigned line, key_line;
};

/* The file is given up here: 1. @line is the text that Python would show. */
static int fail(struct parser *p, const char *what, const char *line)
{
	struct text_buffer to _cleanup_(text_buffer_free) = {0};
	int r;

	text_addf(&to, "Failed to parse %s: at %s:%u, %s: ", p->path, p->path, p->line, what);
	py_quote(line, &to);
	r = text_take(&to, &p->ini.error, NULL);
	if (r < 0)
		return r;
	p->ini.error_line = p->line;
	return 1;
}

static void drop_assignment(struct parser *p)
{
	text_buffer_free(&p->value);
	free(p->key);
	p->key = NULL;
}

/* The assignment above is complete. */
static int flush(struct parser *p)
{
	struct ini_entry *entry;

	if (!p->key)
		return 0;
	if (!p->section)
		return fail(p, "Section must be started before assignment", "");
	entry = ARRAY_PLACE(p->ini.entry, p->ini.n);
	if (!entry)
		return -ENOMEM;
	*entry = (struct ini_entry){.section = strdup(p->section), .line = p->key_line};
	if (!entry->section)
		return -ENOMEM;
	entry->key = TAKE_PTR(p->key);
	p->ini.ended = true;
	return text_take(&p->value, &entry->value, NULL);
}

static int begin_section(struct parser *p, char *line)
{
	size_t length = strlen(line);

	if (line[length - 1] != ']')
		return fail(p, "Invalid section (must end with ])", line);
	if (length <= 2)
		return fail(p, "Empty section name", line);
	p->ini.ended = false;
	free(p->section);
	p->section = strndup(line + 1, length - 2);
	if (!p->section)
		return -ENOMEM;
	if (strcmp(p->section, "DEFAULT") != 0)
		for (char *c = p->section; *c; c++)
			if (*c >= 'A' && *c <= 'Z')
				*c = (char)(*c | 32);
	return 0;
}

/* What is before the first ":" or "=" and what is after it. */
static int begin_assignment(struct parser *p, char *line)
{
	char *mark = strpbrk(line, ":="), *key, *value;
	_cleanup_free_ char *copy = NULL;
	size_t length;

	if (!mark)
		return fail(p, "No ':' or '=' found in assignment", line);
	copy = strndup(line, (size_t)(mark - line));
	if (!copy)
		return -ENOMEM;
	key = py_strip(copy);
	if (!*key)
		return fail(p, "Key cannot be empty", line);
	value = py_strip(mark + 1);
	length = strlen(value);
	if (length && value[0] == value[length - 1] && (*value == '"' || *value == '\'')) {
		value[length - 1] = '\0';
		value += length > 1;
	}
	p->key = strdup(key);
	if (!p->key)
		return -ENOMEM;
	p->key_line = p->line;
	text_add(&p->value, value);
	return 0;
}

static int take_line(struct parser *p, char *line)
{
	int r;

	p->line++;
	line = py_rstrip(line);
	if (*line == ' ' || *line == '\t') {
		if (!p->key)
			return fail(p, "Unexpected continuation line", line);
		text_addf(&p->value, "\n%s", py_lstrip(line));
		return 0;
	}
	r = flush(p);
	if (r != 0 || !*line || *line == '#' || *line == ';')
		return r;
	return *line == '[' ? begin_section(p, line) : begin_assignment(p, line);
}

static int take_lines(struct parser *p, char *text)
{
	char *next;
	int r = 0;

	for (char *line = text; *line && r == 0; line = next) {
		char *end = line + strcspn(line, "\r\n");

		next = end + (*end != '\0') + (end[0] == '\r' && end[1] == '\n');
		*end = '\0';
		r = take_line(p, line);
	}
	return r == 0 ? flush(p) : r;
}

/* Python decodes strictly, and says so in its own way. */
static int refuse_bytes(struct parser *p, const char *text, size_t offset)
{
	int n = asprintf(
		&p->ini.error,
		"UnicodeDecodeError: 'utf-8' codec can't decode byte 0x%02x in position %zu",
		(unsigned char)text[offset], offset);

	if (n < 0) {
		p->ini.error = NULL;
		return -ENOMEM;
	}
	for (size_t i = 0; i < offset; i++)
		p->ini.error_line += text[i] == '\n';
	p->ini.error_line++;
	return 1;
}

int ini_parse(const char *text, size_t size, const char *path, struct ini *ret)
{
	struct parser p = {.path = path};
	_cleanup_free_ char *copy = malloc(size + 1);
	size_t offset;
	int r;

	if (!copy)
		return -ENOMEM;
	/* NUL is as good as no other control character to all that reads these values. */
	for (size_t i = 0; i < size; i++)
		copy[i] = text[i] ? text[i] : '\x01';
	copy[size] = '\0';
	if (py_check_utf8(text, size, &offset) < 0)
		r = refuse_bytes(&p, text, offset);
	else
		r = take_lines(&p, copy);
	drop_assignment(&p);
	free(p.section);
	if (r < 0) {
		ini_free(&p.ini);
		return r;
	}
	*ret = p.ini;
	return 0;
}

void ini_free(struct ini *ini)
{
	for (size_t i = 0; i < ini->n; i++) {
		free(ini->entry[i].section);
		free(ini->entry[i].key);
		free(ini->entry[i].value);
	}
	free(ini->entry);
	free(ini->error);
	*ini = (struct ini){0};
}
