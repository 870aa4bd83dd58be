/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/change/take_out.h"

#include <stdio.h>
#include <string.h>

#include "ctl/change/content.h"
#include "ctl/machine/recipe_text.h"
#include "grub/bls.h"
#include "grub/grub_default.h"
#include "grub/grub_trial.h"

/* The file without the lines that are ours; NULL if nothing but blanks is left. */
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

/* Without what is between our marks; no file, if that is all there was and is. */
static int without_marked(const struct undo_file *file, const char *current, char **ret,
			  size_t *ret_gone)
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
	size_t old = strlen(before), new = strlen(after), start = 0, tail = 0;

	for (size_t i = 0; before[i] && before[i] == after[i]; i++)
		if (before[i] == '\n')
			start = i + 1;
	for (size_t n = 1; n <= old - start && n <= new - start; n++) {
		if (before[old - n] != after[new - n])
			break;
		if ((n == old - start || before[old - n - 1] == '\n') &&
		    (n == new - start || after[new - n - 1] == '\n'))
			tail = n;
	}
	*ret_old = strndup(before + start, old - start - tail);
	*ret_new = strndup(after + start, new - start - tail);
	return *ret_old && *ret_new ? 0 : -ENOMEM;
}

/*
 * A file that can't be read any more: if the line stands there that we made of another, once, it
 * becomes that again; if none of our words is left, others have taken them out.
 */
static int without_line(const struct undo_file *file, const char *current, char **ret,
			size_t *ret_gone)
{
	_cleanup_free_ char *old = NULL, *new = NULL;
	const char *at = NULL;
	int r = file->after ? cut_changed(file, &old, &new) : 0;

	if (r < 0)
		return r;
	*ret_gone = 0;
	if (new &&*new)
		at = strstr(current, new);
	if (at && (at == current || at[-1] == '\n') && !strstr(at + 1, new)) {
		*ret = text_splice(current, (size_t)(at - current),
				   (size_t)(at - current) + strlen(new), old);
		return *ret ? 0 : -ENOMEM;
	}
	if (has_words(file, current))
		return -EINVAL;
	*ret_gone = file->changes.n;
	return text_copy(current, ret);
}

static int without_value(const struct undo_file *file, const char *current, char **ret,
			 size_t *ret_gone)
{
	const char *name = file->editor == UNDO_GRUB_LINUX ? "GRUB_CMDLINE_LINUX"
							   : "GRUB_CMDLINE_LINUX_DEFAULT";
	struct grub_assignment at _cleanup_grub_assignment_ = {0};
	_cleanup_free_ char *value = NULL;
	struct text_error error;
	int r = grub_default_find(current, name, &at, &error);

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
	struct text_list a _cleanup_text_list_ = {0}, b _cleanup_text_list_ = {0};
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

/* Lines that were taken out come back, whatever else was changed since; so does a whole file,
 * unless there is another one. */
static int undo_adopted(const struct undo_file *file, const char *current, char **ret,
			size_t *ret_gone)
{
	_cleanup_free_ char *known = NULL;
	size_t n = 0, n_known = 0;

	*ret_gone = 0;
	if (content_equal(current, file->before) || (!current && !file->after) ||
	    content_equal(current, file->after))
		return text_copy(file->before, ret);
	if (!current || !file->after) {
		*ret_gone = 1;
		return text_copy(current, ret);
	}
	known = recipe_put_back(file->after, &n_known);
	*ret = recipe_put_back(current, &n);
	if (!known || !*ret)
		return -ENOMEM;
	*ret_gone = n < n_known ? n_known - n : 0;
	return 0;
}

int undo_without_ours(const struct undo_file *file, const char *current, char **ret,
		      size_t *ret_gone)
{
	int r;

	if (file->editor == UNDO_ADOPTED)
		return undo_adopted(file, current, ret, ret_gone);
	*ret_gone = 0;
	if (content_equal(current, file->before) ||
	    (file->after && content_equal(current, file->after)))
		return text_copy(file->before, ret);
	if (file->editor == UNDO_OWN)
		return text_copy(NULL, ret);
	if (!current) {
		*ret_gone = file->changes.n;
		return text_copy(NULL, ret);
	}
	if (file->editor == UNDO_LINK || file->editor == UNDO_FOLDER) {
		*ret_gone = 1; /* all of it is another's now */
		return text_copy(current, ret);
	}
	if (file->editor == UNDO_MARKED)
		return without_marked(file, current, ret, ret_gone);
	/* The run was cut off, and grubby had given the entry a text of its own. */
	if (file->editor == UNDO_BLS && file->before && !file->after &&
	    strstr(file->before, "$kernelopts") && !strstr(current, "$kernelopts"))
		return text_copy(file->before, ret);
	if (file->editor >= UNDO_BLS) {
		r = file->editor == UNDO_BLS ? bls_revert(current, &file->changes, ret, ret_gone)
					     : kargs_revert(current, &file->changes, ret, ret_gone);
		return r == 0 && file->before ? restore_order(file->before, ret) : r;
	}
	switch (file->editor) {
	case UNDO_WHOLE:
		return file->after ? without_lines(current, file->after, ret, ret_gone) : -EINVAL;
	case UNDO_GRUB_LINUX:
	case UNDO_GRUB_DEFAULT:
		return without_value(file, current, ret, ret_gone);
	default:
		return kargs_revert(current, &file->changes, ret, ret_gone);
	}
}

int undo_warn(const struct undo_file *file, const char *current, size_t gone,
	      struct text_list *warnings)
{
	/* No content means a removed file only where old recipes were taken out. */
	bool known = file->after || file->editor == UNDO_ADOPTED;

	if (content_equal(current, file->before) ||
	    (known && content_equal(current, file->after)) || file->editor == UNDO_OWN)
		return 0;
	if (!current)
		return text_list_add(warnings, "/%s: another hand has removed it", file->path);
	if (gone)
		return text_list_add(
			warnings,
			"/%s: another hand has changed it since; of our changes %zu %s not there any more",
			file->path, gone, gone == 1 ? "is" : "are");
	if (file->after)
		return text_list_add(warnings,
				     "/%s: another hand has changed it since, which is kept",
				     file->path);
	return 0;
}
