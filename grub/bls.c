/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "grub/bls.h"

#include <stdbool.h>
#include <string.h>

#include "grub/grubenv.h"

/* One line of an entry that has the key; the value from @start to @end. */
struct field {
	size_t line, start, end;
};

/* From *@at on; a key ends with a blank or a tab. */
static bool next_field(const char *text, const char *key, size_t *at, struct field *ret)
{
	size_t n = strlen(key);

	while (text[*at]) {
		size_t line = *at, start, end = line + strcspn(text + line, "\n");

		*at = end + (text[end] == '\n');
		start = line + strspn(text + line, " \t");
		if (start + n > end || strncmp(text + start, key, n) != 0)
			continue;
		start += n;
		if (text[start] != ' ' && text[start] != '\t')
			continue;
		start += strspn(text + start, " \t");
		*ret = (struct field){line, start < end ? start : end, end};
		return true;
	}
	return false;
}

int bls_field(const char *text, const char *key, char **ret)
{
	struct field field;
	size_t at = 0;
	char *value;

	if (!next_field(text, key, &at, &field))
		return -ENOENT;
	value = strndup(text + field.start, field.end - field.start);
	if (!value)
		return -ENOMEM;
	*ret = value;
	return 0;
}

int bls_set_field(const char *text, const char *key, const char *value, char **ret)
{
	struct field field;
	size_t at = 0;

	if (!next_field(text, key, &at, &field))
		return -ENOENT;
	*ret = text_splice(text, field.start, field.end, value);
	return *ret ? 0 : -ENOMEM;
}

int bls_options(const char *text, char **ret, unsigned *ret_line)
{
	char *options = calloc(1, strlen(text) + 2);
	struct field field;
	size_t at = 0, length = 0;
	unsigned line = 0;

	if (!options)
		return -ENOMEM;
	while (next_field(text, "options", &at, &field)) {
		if (line == 0)
			line = text_line(text, field.line);
		if (length)
			options[length++] = ' ';
		memcpy(options + length, text + field.start, field.end - field.start);
		length += field.end - field.start;
	}
	if (ret_line)
		*ret_line = line;
	*ret = options;
	return 0;
}

/* How many lines GRUB finds there of the kernel and of options, and whether it read all. */
struct grub_found {
	unsigned kernels, options;
	bool all;
};

/* It parts a line at the first blank, or at a tab where no blank is; one without a value is the
 * last that it reads. */
static struct grub_found grub_find(const char *text)
{
	static const char kernel[] = "linux", options[] = "options";
	struct grub_found found = {0};

	while (*text) {
		const char *line = text + strspn(text, " \t");
		size_t end = strcspn(line, "\n"), n = strcspn(line, "\r\n"), key;

		text = line + end + (line[end] == '\n');
		if (*line == '#')
			continue;
		key = strcspn(line, " ");
		if (key >= n)
			key = strcspn(line, "\t");
		if (key + 1 >= n)
			return found;
		found.kernels += key == strlen(kernel) && strncmp(line, kernel, key) == 0;
		found.options += key == strlen(options) && strncmp(line, options, key) == 0;
	}
	found.all = true;
	return found;
}

const char *bls_grub_trouble(const char *text)
{
	struct grub_found found = grub_find(text);
	struct field field;
	size_t at = 0, lines = 0;
	bool tab = false;

	for (; next_field(text, "options", &at, &field); lines++) {
		const char *key = text + field.line + strspn(text + field.line, " \t");

		tab |= key[strlen("options")] == '\t';
	}
	if (lines == 0)
		return "it has no options line";
	if (!found.all && (found.kernels == 0 || found.options == 0))
		return "GRUB stops reading it at an empty line, or at a word without a value, before its options";
	/* With one word behind it GRUB takes it, but there are to be more. */
	if (tab || found.kernels == 0 || found.options == 0)
		return "a tab stands where GRUB wants a blank, behind \"linux\" or \"options\"";
	return lines > 1 ? "it has several options lines, of which GRUB reads the first" : NULL;
}

/* Replaces one line's options in *@text by what @line has become. */
static int put_line(char **text, const struct field *field, const char *line)
{
	char *result = text_splice(*text, field->start, field->end, line);

	if (!result)
		return -ENOMEM;
	free(*text);
	*text = result;
	return 0;
}

/* Does "--" on a line make init's what the lines after it say? */
static int check_end(const char *text)
{
	struct field field;
	size_t at = 0;
	bool ended = false;

	while (next_field(text, "options", &at, &field)) {
		_cleanup_free_ char *line = NULL;
		int r;

		if (ended)
			return -EINVAL;
		line = strndup(text + field.start, field.end - field.start);
		if (!line)
			return -ENOMEM;
		r = kargs_has_end(line);
		if (r < 0)
			return r;
		ended = r;
	}
	return 0;
}

/* The last line that has a value to merge into, else the first one; applied there. */
static int add_one(char **text, const struct kargs_wanted *wanted, struct kargs_changes *changes)
{
	struct kargs_changes made _cleanup_(kargs_changes_free) = {0};
	_cleanup_free_ char *best = NULL;
	struct field field, place = {0};
	size_t at = 0;
	int r;

	while (next_field(*text, "options", &at, &field)) {
		struct kargs_changes here _cleanup_(kargs_changes_free) = {0}, other;
		_cleanup_free_ char *line = NULL, *now = NULL;

		line = strndup(*text + field.start, field.end - field.start);
		if (!line)
			return -ENOMEM;
		r = kargs_apply(line, wanted, 1, &now, &here);
		if (r < 0)
			return r;
		if (best && !(here.n && *here.change[0].was))
			continue;
		other = made;
		made = here;
		here = other;
		free(best);
		best = TAKE_PTR(now);
		place = field;
	}
	if (!best)
		return -ENOENT;
	r = put_line(text, &place, best);
	for (size_t i = 0; i < made.n && r == 0; i++)
		r = kargs_changes_add(changes, made.change[i].was, made.change[i].now);
	return r;
}

int bls_apply(const char *text, const struct kargs_wanted *wanted, size_t n_wanted, char **ret,
	      struct kargs_changes *changes)
{
	struct kargs_changes made _cleanup_(kargs_changes_free) = {0};
	_cleanup_free_ char *result = strdup(text), *options = NULL;
	int r = check_end(text);

	if (!result)
		return -ENOMEM;
	if (r == 0)
		r = bls_options(text, &options, NULL);
	if (r == 0)
		r = kargs_check(options);
	for (size_t i = 0; i < n_wanted && r == 0; i++) {
		r = kargs_state(options, &wanted[i], NULL);
		if (r == KARGS_CONFLICT)
			return -EEXIST;
		if (r == KARGS_MISSING)
			r = add_one(&result, &wanted[i], &made);
		else if (r == KARGS_PRESENT)
			r = 0;
	}
	for (size_t i = 0; i < made.n && r == 0; i++)
		r = kargs_changes_add(changes, made.change[i].was, made.change[i].now);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(result);
	return 0;
}

/* Takes one change back on the first line where it is found. Returns 1, 0 or an errno. */
static int revert_one(char **text, const struct kargs_change *change)
{
	const struct kargs_changes one = {(struct kargs_change *)change, 1};
	struct field field;
	size_t at = 0;

	while (next_field(*text, "options", &at, &field)) {
		_cleanup_free_ char *line = NULL, *now = NULL;
		size_t gone;
		int r;

		line = strndup(*text + field.start, field.end - field.start);
		if (!line)
			return -ENOMEM;
		r = kargs_revert(line, &one, &now, &gone);
		if (r < 0)
			return r;
		if (gone)
			continue;
		r = put_line(text, &field, now);
		return r < 0 ? r : 1;
	}
	return 0;
}

int bls_revert(const char *text, const struct kargs_changes *changes, char **ret, size_t *ret_gone)
{
	_cleanup_free_ char *result = strdup(text);
	size_t gone = 0;

	if (!result)
		return -ENOMEM;
	for (size_t i = changes->n; i-- > 0;) {
		int r = revert_one(&result, &changes->change[i]);

		if (r < 0)
			return r;
		gone += r == 0;
	}
	*ret_gone = gone;
	*ret = TAKE_PTR(result);
	return 0;
}

static const struct kargs_wanted *const arm = &kargs_all[KARGS_ALL - 1];
static const struct kargs_wanted disarm = {.name = "gpuclaim", .value = "0"};

/* Takes out what arms it. Returns 1, 0: nothing does, or a negative errno. */
static int disarm_once(char **text, struct kargs_changes *changes)
{
	_cleanup_free_ char *options = NULL, *word = NULL, *now = NULL;
	struct kargs_change change;
	size_t gone;
	int r = bls_options(*text, &options, NULL);

	if (r == 0)
		r = kargs_state(options, arm, &word);
	if (r != KARGS_PRESENT)
		return r < 0 ? r : 0;
	change = (struct kargs_change){(char *)"", word};
	r = bls_revert(*text, &(struct kargs_changes){&change, 1}, &now, &gone);
	if (r == 0 && gone)
		r = -EINVAL;
	if (r == 0)
		r = kargs_changes_add(changes, "", word);
	if (r < 0)
		return r;
	free(*text);
	*text = TAKE_PTR(now);
	return 1;
}

/* Do variables of the block arm it? 1, 0 or a negative errno */
static int is_armed(const char *text, const char *block)
{
	_cleanup_free_ char *options = NULL, *expanded = NULL;
	int r = bls_options(text, &options, NULL);

	if (r < 0)
		return r;
	expanded = grubenv_expand(block, options);
	r = expanded ? kargs_state(expanded, arm, NULL) : -ENOMEM;
	return r < 0 ? r : r == KARGS_PRESENT;
}

int bls_disarm(const char *text, const char *block, char **ret, struct kargs_changes *changes)
{
	_cleanup_free_ char *result = strdup(text), *off = NULL;
	int r;

	if (!result)
		return -ENOMEM;
	while ((r = disarm_once(&result, changes)) > 0)
		;
	if (r == 0)
		r = is_armed(result, block);
	if (r <= 0) {
		if (r == 0)
			*ret = TAKE_PTR(result);
		return r;
	}
	r = bls_apply(result, &disarm, 1, &off, changes);
	/* A "--" of the block's may make it init's. */
	if (r == 0)
		r = is_armed(off, block);
	if (r != 0)
		return r < 0 ? r : -EINVAL;
	*ret = TAKE_PTR(off);
	return 0;
}
