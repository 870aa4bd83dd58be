/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "grub/grub_cfg.h"

#include <stdio.h>
#include <string.h>

#define DEPTH_MAX 8

/* One open menu or entry. */
struct level {
	char *title, *id; /* owned */
	unsigned number;  /* its own in its menu */
	unsigned inside;  /* how many it holds so far */
	size_t start;	  /* of its line */
	bool entry, linux_;
};

struct reader {
	struct grub_menu menu;
	struct level level[DEPTH_MAX]; /* [0] is the whole file */
	unsigned depth;
	unsigned line;
	size_t at;	/* where that line begins */
	bool elsewhere; /* in what another script made than that of the system's kernels */
	bool own;	/* that one made an entry, too */
	bool fallback;	/* in what 08_fallback_counting made */
};

static bool starts(const char *s, size_t n, const char *word)
{
	size_t length = strlen(word);

	return n > length && strncmp(s, word, length) == 0 &&
	       (s[length] == ' ' || s[length] == '\t');
}

char *grub_word(const char *s, size_t n, size_t *ret_next)
{
	char *word = malloc(n + 1);
	size_t i, length = 0;
	char quote = 0;

	if (!word)
		return NULL;
	for (i = 0; i < n; i++) {
		if (!quote && (s[i] == ' ' || s[i] == '\t'))
			break;
		if (s[i] == '\\' && quote != '\'' && i + 1 < n) {
			word[length++] = s[++i];
		} else if ((s[i] == '"' || s[i] == '\'') && (!quote || quote == s[i])) {
			quote = quote ? 0 : s[i];
		} else {
			word[length++] = s[i];
		}
	}
	word[length] = '\0';
	while (i < n && (s[i] == ' ' || s[i] == '\t'))
		i++;
	*ret_next = i;
	return word;
}

static void level_free(struct level *level)
{
	free(level->title);
	free(level->id);
	*level = (struct level){0};
}

/* "menuentry 'TITLE' … $menuentry_id_option 'ID' {", or --id ID */
static int open_level(struct reader *reader, const char *s, size_t n, bool entry)
{
	struct level *above = &reader->level[reader->depth], *level = above + 1;
	size_t at = 0, next;

	if (reader->depth + 1 >= DEPTH_MAX)
		return 0;
	*level = (struct level){.entry = entry, .number = above->inside++, .start = reader->at};
	reader->depth++;
	level->title = grub_word(s, n, &at);
	if (!level->title)
		return -ENOMEM;
	while (at < n) {
		_cleanup_free_ char *word = grub_word(s + at, n - at, &next);

		if (!word)
			return -ENOMEM;
		at += next;
		if (strncmp(word, "--id=", 5) == 0) {
			free(level->id);
			level->id = strdup(word + 5);
			if (!level->id)
				return -ENOMEM;
		}
		if (strcmp(word, "$menuentry_id_option") != 0 && strcmp(word, "--id") != 0)
			continue;
		free(level->id);
		level->id = grub_word(s + at, n - at, &next);
		if (!level->id)
			return -ENOMEM;
	}
	return 0;
}

static int close_level(struct reader *reader)
{
	struct level *level = &reader->level[reader->depth];
	int r = 0;

	if (!level->linux_)
		r = text_list_add(&reader->menu.others, "%s", level->title);
	if (!level->linux_ && level->id && r == 0)
		r = text_list_add(&reader->menu.others, "%s", level->id);
	level_free(level);
	reader->depth--;
	return r;
}

/* The titles, IDs or numbers from the outermost on, joined with ">". */
static char *join(const struct reader *reader, char what)
{
	char *text = strdup("");

	for (unsigned i = 1; text && i <= reader->depth; i++) {
		const struct level *level = &reader->level[i];
		char number[16], *more;
		const char *part = what == 't' ? level->title : level->id ? level->id : "";

		if (what == 'n') {
			(void)snprintf(number, sizeof(number), "%u", level->number);
			part = number;
		}
		if (asprintf(&more, "%s%s%s", text, *text ? ">" : "", part) < 0)
			more = NULL;
		free(text);
		text = more;
	}
	return text;
}

static void entry_free(struct grub_entry *e)
{
	free(e->title);
	free(e->id);
	free(e->place);
	free(e->path);
	free(e->id_path);
	free(e->kernel);
	free(e->cmdline);
}

static int add_entry(struct reader *reader, const char *s, size_t n)
{
	struct level *level = &reader->level[reader->depth];
	struct grub_entry entry = {
		.line = reader->line, .start = level->start, .foreign = reader->elsewhere};
	size_t next = 0;

	if (!level->entry)
		return 0;
	entry.title = strdup(level->title);
	entry.id = strdup(level->id ? level->id : "");
	entry.place = join(reader, 'n');
	entry.path = join(reader, 't');
	entry.id_path = join(reader, 'i');
	entry.kernel = grub_word(s, n, &next);
	entry.cmdline = strndup(s + next, n - next);
	reader->own |= !entry.foreign;
	level->linux_ = true;
	if (entry.title && entry.id && entry.place && entry.path && entry.id_path && entry.kernel &&
	    entry.cmdline && ARRAY_ADD(reader->menu.entry, reader->menu.n, entry) == 0)
		return 0;
	entry_free(&entry);
	return -ENOMEM;
}

static int set_default(struct reader *reader, const char *s, size_t n)
{
	size_t next;
	char *value = grub_word(s, n, &next);

	if (!value)
		return -ENOMEM;
	/* Once a boot has failed, 08_fallback_counting takes another one. */
	if (strcmp(value, "${next_entry}") == 0 || reader->fallback) {
		free(value);
		return 0;
	}
	free(reader->menu.standard);
	reader->menu.standard = value;
	return 0;
}

static bool mentions(const char *s, size_t n, const char *word)
{
	return memmem(s, n, word, strlen(word)) != NULL;
}

/*
 * "### BEGIN /etc/grub.d/10_linux ###", or 10_linux_zfs, 20_linux_xen, a proxy of them: what those
 * make has the variables of etc/default/grub. Others' entries, as of 30_os-prober and 40_custom,
 * have arguments of their own.
 */
static void read_mark(struct reader *reader, const char *s, size_t n)
{
	static const char begin[] = "### BEGIN /etc/grub.d/", end[] = "### END /etc/grub.d/";

	if (strncmp(s, end, strlen(end)) == 0) {
		reader->elsewhere = reader->fallback = false;
	} else if (strncmp(s, begin, strlen(begin)) == 0) {
		reader->elsewhere = !mentions(s, n, "linux");
		reader->fallback = mentions(s, n, "fallback_counting");
	}
}

static int read_line(struct reader *reader, const char *s, size_t n)
{
	static const char *const commands[] = {"linux", "linux16", "linuxefi"};
	static const char assignment[] = "set default=";
	bool menu = starts(s, n, "submenu"), entry = starts(s, n, "menuentry");

	if (*s == '#') {
		read_mark(reader, s, n);
		return 0;
	}
	if (menu || entry) {
		size_t skip = strlen(menu ? "submenu" : "menuentry");

		skip += strspn(s + skip, " \t");
		return open_level(reader, s + skip, n - skip, entry);
	}
	if (n >= 1 && s[0] == '}' && reader->depth > 0)
		return close_level(reader);
	if (strncmp(s, assignment, strlen(assignment)) == 0)
		return set_default(reader, s + strlen(assignment), n - strlen(assignment));
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		size_t skip = strlen(commands[i]);

		if (!starts(s, n, commands[i]))
			continue;
		skip += strspn(s + skip, " \t");
		return add_entry(reader, s + skip, n - skip);
	}
	return 0;
}

int grub_cfg_parse(const char *text, struct grub_menu *ret)
{
	struct reader reader = {.line = 1};
	int r = 0;

	while (*text && r == 0) {
		size_t n = strcspn(text, "\n"), blank = strspn(text, " \t");

		if (blank < n)
			r = read_line(&reader, text + blank, n - blank);
		reader.line++;
		n += text[n] == '\n';
		reader.at += n;
		text += n;
	}
	while (reader.depth > 0)
		level_free(&reader.level[reader.depth--]);
	/* Where a script of another name makes them all, they are this system's. */
	for (size_t i = 0; i < reader.menu.n && !reader.own; i++)
		reader.menu.entry[i].foreign = false;
	if (r < 0) {
		grub_menu_free(&reader.menu);
		return r;
	}
	*ret = reader.menu;
	return 0;
}

void grub_menu_free(struct grub_menu *menu)
{
	for (size_t i = 0; i < menu->n; i++)
		entry_free(&menu->entry[i]);
	free(menu->entry);
	free(menu->standard);
	text_list_free(&menu->others);
	*menu = (struct grub_menu){0};
}

const struct grub_entry *grub_menu_find(const struct grub_menu *menu, const char *standard)
{
	for (size_t i = 0; i < menu->n; i++) {
		const struct grub_entry *e = &menu->entry[i];

		if (strcmp(e->place, standard) == 0 || strcmp(e->path, standard) == 0 ||
		    (*e->id && strcmp(e->id, standard) == 0) ||
		    (*e->id && strcmp(e->id_path, standard) == 0))
			return e;
	}
	return NULL;
}

/* What the last "set NAME=" of a file sets it to; 0 or -ENOMEM, and *@ret NULL where none does. */
static int find_set(const char *text, const char *assignment, char **ret)
{
	size_t skip = strlen(assignment), next;

	for (; *text; text += *text == '\n') {
		size_t n;

		text += strspn(text, " \t");
		n = strcspn(text, "\n");
		if (n >= skip && strncmp(text, assignment, skip) == 0) {
			free(*ret);
			*ret = grub_word(text + skip, n - skip, &next);
			if (!*ret)
				return -ENOMEM;
		}
		text += n;
	}
	return 0;
}

char *grub_cfg_expand(const char *text, const char *cmdline)
{
	static const char variable[] = "$tuned_params";
	_cleanup_free_ char *value = NULL;
	const char *at = strstr(cmdline, variable);
	size_t n = strlen(variable), start = at ? (size_t)(at - cmdline) : 0;

	if (at && text && find_set(text, "set tuned_params=", &value) < 0)
		return NULL;
	if (!value || (at[n] && !strchr(" \t", at[n])))
		return strdup(cmdline);
	return text_splice(cmdline, start, start + n, value);
}

bool grub_cfg_reads_entries(const char *text)
{
	static const char command[] = "blscfg";
	size_t n = strlen(command);

	while (*text) {
		text += strspn(text, " \t");
		if (strncmp(text, command, n) == 0 && (!text[n] || strchr(" \t\n;", text[n])))
			return true;
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return false;
}

bool grub_cfg_is_handmade(const char *text)
{
	return strstr(text, "menuentry ") && !strstr(text, "automatically generated by ") &&
	       !strstr(text, "### BEGIN /etc/grub.d/");
}
