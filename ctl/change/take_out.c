/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/change/take_out.h"

#include <string.h>

#include "ctl/recipes/recipe_text.h"
#include "grub/bls.h"
#include "grub/grub_default.h"
#include "grub/grub_trial.h"

/* NULL if nothing but blanks is left. */
static int without_lines(const char *current, const char *ours, char **ret, size_t *ret_gone)
{
	_cleanup_free_ char *text = strdup(current);
	int r = text ? 0 : -ENOMEM;

	*ret_gone = 0;
	for (const char *p = ours; r == 0 && *p;) {
		size_t n = strcspn(p, "\n");
		_cleanup_free_ char *line = strndup(p, n + (p[n] == '\n'));
		char *at = line ? strstr(text, line) : NULL;

		if (!line)
			return -ENOMEM;
		p += n + (p[n] == '\n');
		if (at && (at == text || at[-1] == '\n'))
			memmove(at, at + strlen(line), strlen(at + strlen(line)) + 1);
		else
			*ret_gone += *line != '#'; /* a comment sets nothing */
	}
	if (text[strspn(text, " \t\n")])
		*ret = TAKE_PTR(text);
	else
		*ret = NULL;
	return r;
}

int take_out_lines(const struct undo_file *file, const char *current, char **ret, size_t *ret_gone)
{
	return file->after ? without_lines(current, file->after, ret, ret_gone) : -EINVAL;
}

/* No file, if that is all there was and is. */
int take_out_marked(const struct undo_file *file, const char *current, char **ret, size_t *ret_gone)
{
	_cleanup_free_ char *text = NULL;
	bool found;
	int r = grub_trial_remove(current, &text, &found);

	if (r < 0)
		return r;
	*ret_gone = !found;
	if (file->before || text[strspn(text, " \t\n")])
		*ret = TAKE_PTR(text);
	else
		*ret = NULL;
	return 0;
}

int take_out_own_line(const struct undo_file *file, const char *current, char **ret,
		      size_t *ret_gone)
{
	_cleanup_free_ char *others = NULL;
	bool whole, part;
	int r = grub_own_line_remove(current, &others, &whole);

	(void)file;
	if (r == 0)
		r = grub_own_line_disown(others, ret, &part);
	if (r < 0)
		return r;
	*ret_gone = !whole && !part;
	return 0;
}

/* Are any of our arguments in the text, wherever? */
static bool has_words(const struct undo_file *file, const char *text)
{
	for (size_t i = 0; i < file->changes.n; i++)
		if (strstr(text, file->changes.change[i].now))
			return true;
	return false;
}

/* The lines that we made of others, and those others. */
static int cut_changed(const struct undo_file *file, char **ret_old, char **ret_new)
{
	const char *before = file->before ? file->before : "", *after = file->after;
	size_t old = strlen(before), fresh = strlen(after), start = 0, tail = 0;

	for (size_t i = 0; before[i] && before[i] == after[i]; i++)
		if (before[i] == '\n')
			start = i + 1;
	for (size_t n = 1; n <= old - start && n <= fresh - start; n++) {
		if (before[old - n] != after[fresh - n])
			break;
		if ((n == old - start || before[old - n - 1] == '\n') &&
		    (n == fresh - start || after[fresh - n - 1] == '\n'))
			tail = n;
	}
	*ret_old = strndup(before + start, old - start - tail);
	*ret_new = strndup(after + start, fresh - start - tail);
	return *ret_old && *ret_new ? 0 : -ENOMEM;
}

/* One of GRUB's, in a file. */
struct variable {
	const char *name;
	const struct undo_file *file;
};

/*
 * A file that can't be read any more: if the line stands there that we made of another, once, it
 * becomes that again; if none of our words is left, others have taken them out.
 */
static int without_line(const struct undo_file *file, const char *current, char **ret,
			size_t *ret_gone)
{
	_cleanup_free_ char *old = NULL, *fresh = NULL;
	const char *at = NULL;
	int r = file->after ? cut_changed(file, &old, &fresh) : 0;

	if (r < 0)
		return r;
	*ret_gone = 0;
	if (fresh && *fresh)
		at = strstr(current, fresh);
	if (at && (at == current || at[-1] == '\n') && !strstr(at + 1, fresh)) {
		*ret = text_splice(current, (size_t)(at - current),
				   (size_t)(at - current) + strlen(fresh), old);
		return *ret ? 0 : -ENOMEM;
	}
	if (has_words(file, current))
		return -EINVAL;
	*ret_gone = file->changes.n;
	return text_copy(current, ret);
}

static int without_value(const struct variable *variable, const char *current, char **ret,
			 size_t *ret_gone)
{
	const struct undo_file *file = variable->file;
	struct grub_assignment at _cleanup_(grub_assignment_free) = {0};
	_cleanup_free_ char *value = NULL;
	struct text_error error;
	int r = grub_default_find(current, variable->name, &at, &error);

	if (r == -ENOENT) {
		*ret_gone = file->changes.n;
		return text_copy(current, ret);
	}
	if (r == 0)
		r = kargs_revert(at.value, &file->changes, &value, ret_gone);
	if (r == -EINVAL)
		return without_line(file, current, ret, ret_gone);
	if (r < 0)
		return r;
	*ret = grub_default_replace(current, &at, value);
	return *ret ? 0 : -ENOMEM;
}

int take_out_linux(const struct undo_file *file, const char *current, char **ret, size_t *ret_gone)
{
	return without_value(&(struct variable){"GRUB_CMDLINE_LINUX", file}, current, ret,
			     ret_gone);
}

int take_out_default(const struct undo_file *file, const char *current, char **ret,
		     size_t *ret_gone)
{
	return without_value(&(struct variable){"GRUB_CMDLINE_LINUX_DEFAULT", file}, current, ret,
			     ret_gone);
}

static int split_words(const char *text, struct text_list *ret)
{
	while (*text) {
		size_t n = strcspn(text, " \t\n");
		int r = n ? text_list_add(ret, "%.*s", (int)n, text) : 0;

		if (r < 0)
			return r;
		text += n;
		text += strspn(text, " \t\n");
	}
	text_list_sort(ret);
	return 0;
}

/* A program that moves arguments about leaves the same words: then the old order is right. */
static int restore_order(const char *before, char **target)
{
	struct text_list a _cleanup_(text_list_free) = {0}, b _cleanup_(text_list_free) = {0};
	char *again;
	int r = split_words(before, &a);

	if (r == 0)
		r = split_words(*target, &b);
	if (r < 0 || a.n != b.n)
		return r;
	for (size_t i = 0; i < a.n; i++)
		if (strcmp(a.text[i], b.text[i]) != 0)
			return 0;
	again = strdup(before);
	if (!again)
		return -ENOMEM;
	free(*target);
	*target = again;
	return 0;
}

int take_out_words(const struct undo_file *file, const char *current, char **ret, size_t *ret_gone)
{
	return kargs_revert(current, &file->changes, ret, ret_gone);
}

int take_out_ordered(const struct undo_file *file, const char *current, char **ret,
		     size_t *ret_gone)
{
	int r = kargs_revert(current, &file->changes, ret, ret_gone);

	return r == 0 && file->before ? restore_order(file->before, ret) : r;
}

int take_out_options(const struct undo_file *file, const char *current, char **ret,
		     size_t *ret_gone)
{
	int r;

	/* A run of version 0.1.0 was cut off, and grubby had given the entry a text of its own. */
	if (file->before && !file->after && strstr(file->before, "$kernelopts") &&
	    !strstr(current, "$kernelopts"))
		return text_copy(file->before, ret);
	r = bls_revert(current, &file->changes, ret, ret_gone);
	return r == 0 && file->before ? restore_order(file->before, ret) : r;
}

int take_out_all(const struct undo_file *file, const char *current, char **ret, size_t *ret_gone)
{
	(void)file, (void)current, (void)ret_gone;
	*ret = NULL;
	return 0;
}

int take_out_nothing(const struct undo_file *file, const char *current, char **ret,
		     size_t *ret_gone)
{
	(void)file;
	*ret_gone = 1;
	return text_copy(current, ret);
}

int take_out_adoption(const struct undo_file *file, const char *current, char **ret,
		      size_t *ret_gone)
{
	_cleanup_free_ char *known = NULL;
	size_t n = 0, n_known = 0;

	if (!current && !file->after)
		return text_copy(file->before, ret);
	if (!current || !file->after)
		return take_out_nothing(file, current, ret, ret_gone);
	known = recipe_put_back(file->after, &n_known);
	*ret = recipe_put_back(current, &n);
	if (!known || !*ret)
		return -ENOMEM;
	*ret_gone = n < n_known ? n_known - n : 0;
	return 0;
}
