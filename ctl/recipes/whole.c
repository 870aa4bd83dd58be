/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/recipes/whole.h"

#include <stdio.h>
#include <string.h>

#include "ctl/recipes/script.h"
#include "helper/base/text.h"

#define BLANKS "\t\r "

static bool is_shells(const char *text)
{
	static const char *const names[] = {"sh", "bash", "dash", "ash"};
	size_t n = strcspn(text, "\n"), last = n;

	if (!text_starts_with(text, "#!"))
		return true; /* sourced, as dracut's hooks are, or it is no program */
	while (last > 2 && !strchr("/ ", text[last - 1]))
		last--;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		size_t m = strlen(names[i]);

		if (strncmp(text + last, names[i], m) == 0 && last + m == n)
			return true;
	}
	/* "#!/bin/sh -e" */
	return memmem(text, n, "/sh -", strlen("/sh -")) ||
	       memmem(text, n, "/bash -", strlen("/bash -"));
}

static int script_line(struct does *does, const struct recipe_line *line, char *text)
{
	(void)line;
	return does_line(does, text);
}

/* "ExecStartPre=-/bin/sh -c '…'": what is run, or NULL */
static const char *find_run(const char *text)
{
	const char *value = strchr(text, '=');

	return text_starts_with(text, "Exec") && value ? value + 1 + strspn(value + 1, "@-:+! \t")
						       : NULL;
}

static bool has_key(const char *text, const char *key)
{
	return strcspn(text, "= \t") == strlen(key) && text_starts_with(text, key);
}

/* What is after "KEY =" */
static const char *value_of(const char *text)
{
	text += strcspn(text, "=");
	text += *text == '=';
	return text + strspn(text, BLANKS);
}

/* /bin/true is a service of these types, and of no other. */
static bool is_type_of_true(const char *type)
{
	static const char *const types[] = {"simple", "exec", "oneshot"};
	size_t n = strcspn(type, BLANKS);

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (strlen(types[i]) == n && text_starts_with(type, types[i]))
			return true;
	return !*type;
}

static int unit_line(struct does *does, const struct recipe_line *line, char *text)
{
	const char *run = find_run(text);
	char *to;

	(void)line;
	if (has_key(text, "Type") && !is_type_of_true(value_of(text)))
		does_more(does);
	if (!run)
		return 0;
	to = text;
	for (const char *at = run; *at; at++) {
		at += at[0] == '$' && at[1] == '$';
		*to++ = *at;
	}
	*to = '\0';
	return does_line(does, text);
}

/**
 * struct key - one of a rule: ATTR{vendor}=="0x10de"
 * @name:	"ATTR{vendor}"
 * @sign:	"==", "+="
 */
struct key {
	char name[64], sign[3], value[1024];
};

/* The next of a rule. Return: 1, 0: there is none, -EINVAL: it can't be read. */
static int next_key(const char **at, struct key *ret)
{
	const char *p = *at + strspn(*at, BLANKS ",");
	size_t n = strcspn(p, "=!+-:\" \t"), m = 0, end;

	if (!*p)
		return 0;
	(void)snprintf(ret->name, sizeof(ret->name), "%.*s", (int)n, p);
	p += n + strspn(p + n, BLANKS);
	while (m < 2 && strchr("=!+-:", p[m]) && p[m])
		m++;
	(void)snprintf(ret->sign, sizeof(ret->sign), "%.*s", (int)m, p);
	p += m + strspn(p + m, BLANKS);
	if (!m || *p != '"')
		return -EINVAL;
	for (end = 1; p[end] && p[end] != '"'; end++)
		end += p[end] == '\\' && p[end + 1];
	if (!p[end] || end >= sizeof(ret->value))
		return -EINVAL;
	(void)snprintf(ret->value, sizeof(ret->value), "%.*s", (int)end - 1, p + 1);
	*at = p + end + 1;
	return 1;
}

/* What a rule asks about the function that it is for. */
struct matched {
	unsigned vendor, device, class_code;
	bool has_vendor, has_device, has_class;
};

static bool take_number(const char *value, unsigned *ret)
{
	int n = 0;

	return sscanf(value, "0x%x%n", ret, &n) == 1 && !value[n];
}

static int match_key(struct does *does, const struct key *key, struct matched *matched)
{
	bool is = strcmp(key->sign, "==") == 0;

	if (!is)
		return 0;
	if (strcmp(key->name, "ATTR{vendor}") == 0)
		matched->has_vendor = take_number(key->value, &matched->vendor);
	else if (strcmp(key->name, "ATTR{device}") == 0)
		matched->has_device = take_number(key->value, &matched->device);
	else if (strcmp(key->name, "ATTR{class}") == 0)
		matched->has_class = take_number(key->value, &matched->class_code);
	else if (strcmp(key->name, "KERNEL") == 0 && !strpbrk(key->value, "*?[|"))
		return does_name_functions(does, key->value);
	return 0;
}

static int assign_key(struct does *does, const struct key *key)
{
	_cleanup_free_ char *line = NULL;

	if (text_starts_with(key->name, "RUN"))
		return does_line(does, key->value);
	if (strcmp(key->name, "ATTR{driver_override}") != 0) {
		does_more(does);
		return 0;
	}
	if (text_format(&line, "echo %s > /sys/bus/pci/devices/$kernel/driver_override",
			key->value) < 0)
		return -ENOMEM;
	return does_line(does, line);
}

/* By address, or else as vfio-pci's ids= has it: VENDOR:DEVICE:::CLASS:MASK. */
static int name_matched(struct does *does, const struct matched *matched, size_t n_addresses)
{
	struct text_list *ids = &does->whole->ids;
	unsigned device = matched->has_device ? matched->device : 0xffffffffu;

	if (does->whole->addresses.n > n_addresses)
		return 0;
	if (!matched->has_vendor && !matched->has_class) {
		does_more(does);
		return 0;
	}
	return text_list_add(ids, "%x:%x:ffffffff:ffffffff:%x:%x",
			     matched->has_vendor ? matched->vendor : 0xffffffffu, device,
			     matched->class_code, matched->has_class ? 0xffffffu : 0);
}

static int rule_line(struct does *does, const struct recipe_line *line, char *text)
{
	size_t n_addresses = does->whole->addresses.n;
	struct matched matched = {0};
	const char *at = text;
	struct key key;
	int r, found;

	(void)line;
	if (!script_line_does(text))
		return 0;
	for (r = 0; r == 0 && (found = next_key(&at, &key)) != 0;) {
		bool asks = strcmp(key.sign, "==") == 0 || strcmp(key.sign, "!=") == 0;

		if (found < 0) {
			does_more(does);
			return 0;
		}
		r = asks ? match_key(does, &key, &matched) : assign_key(does, &key);
	}
	return r == 0 ? name_matched(does, &matched, n_addresses) : r;
}

static bool is_comment(const char *text)
{
	text += strspn(text, BLANKS);
	return !*text || strchr("#;", *text);
}

static bool goes(const char *text, enum recipe_file file)
{
	if (file == RECIPE_RULES)
		return script_line_does(text) != NULL;
	if (file == RECIPE_UNIT)
		return text_starts_with(text, "Exec") || text_starts_with(text, "Restart");
	return true;
}

static bool has_start(const struct recipe_lines *lines)
{
	for (size_t i = 0; i < lines->n; i++)
		if (lines->line[i].rest)
			return true;
	return false;
}

static int add_out(struct whole *whole, const struct recipe_line *line, const char *text,
		   enum recipe_file file)
{
	struct recipe_line own = *line;

	if (!goes(text, file))
		return 0;
	/* Without any command systemd refuses the unit. */
	if (file == RECIPE_UNIT && (has_key(text, "ExecStart") || has_key(text, "ExecStop")) &&
	    *value_of(text) && !has_start(&whole->out)) {
		own.rest = strdup("ExecStart=/bin/true");
		if (!own.rest)
			return -ENOMEM;
	}
	if (ARRAY_ADD(whole->out.line, whole->out.n, own) == 0)
		return 0;
	free(own.rest);
	return -ENOMEM;
}

/**
 * struct judging - what is passed on from line to line
 */
struct judging {
	struct does does;
	enum recipe_file file;
};

static int judge_line(void *context, const struct recipe_line *line, char *text)
{
	static int (*const by_file[])(struct does * does, const struct recipe_line *line,
				      char *text) = {
		[RECIPE_SCRIPT] = script_line,
		[RECIPE_UNIT] = unit_line,
		[RECIPE_RULES] = rule_line,
	};
	struct judging *judging = context;
	int r;

	if (is_comment(text))
		return 0;
	if (judging->file == RECIPE_UNIT)
		text += strspn(text, BLANKS);
	if (judging->file != RECIPE_SCRIPT)
		judging->does.open = 0; /* each has a shell of its own */
	judging->does.line = line->line;
	r = add_out(judging->does.whole, line, text, judging->file);
	return r < 0 ? r : by_file[judging->file](&judging->does, line, text);
}

int whole_judge(const char *text, enum recipe_file file, struct whole *ret)
{
	struct whole whole _cleanup_(whole_free) = {0};
	struct judging judging = {.does = {.whole = &whole, .of_rule = file == RECIPE_RULES},
				  .file = file};
	int r = recipe_each_line(text, file, judge_line, &judging);

	if (file == RECIPE_SCRIPT && !is_shells(text))
		whole.more = 1;
	does_free(&judging.does);
	return HAND_OVER(r, ret, whole);
}

void whole_free(struct whole *whole)
{
	text_list_free(&whole->addresses);
	text_list_free(&whole->ids);
	text_list_free(&whole->calls);
	recipe_lines_free(&whole->out);
}
