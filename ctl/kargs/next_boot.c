/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/kargs/next_boot.h"

#include <stdio.h>
#include <string.h>

static bool has_text(const struct text_list *list, const char *text)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->text[i], text) == 0)
			return true;
	return false;
}

/* Only what changes counts: that this boot works is proven, not that the arguments are why. */
static int compare_lines(const struct kargs_view *view, const struct boot_line *running,
			 const struct boot_line *next, struct next_boot *ret)
{
	struct text_list now _cleanup_text_list_ = {0}, then _cleanup_text_list_ = {0};
	struct text_list against _cleanup_text_list_ = {0};
	int r = kargs_line_lacks(view, running, &now, &against);

	if (r == 0)
		r = kargs_line_lacks(view, next, &then, &against);
	for (size_t i = 0; i < then.n && r == 0; i++) {
		size_t n = strlen(ret->lacks);

		if (!has_text(&now, then.text[i]))
			snprintf(ret->lacks + n, sizeof(ret->lacks) - n, "%s%s", n ? " " : "",
				 then.text[i]);
	}
	ret->armed = has_text(&now, "gpuclaim=1") && !has_text(&then, "gpuclaim=1");
	snprintf(ret->source, sizeof(ret->source), "%s", next->source ? next->source : "");
	return r;
}

bool next_boot_lines(const struct kargs_view *view, const struct boot_line **ret_running,
		     const struct boot_line **ret_next)
{
	const struct boot_line *running = NULL, *next = NULL;

	for (size_t i = 0; i < view->lines.n; i++) {
		const struct boot_line *line = &view->lines.line[i];

		if (line->kind == BOOT_RUNNING)
			running = line;
		else if (line->kind == BOOT_NEXT)
			next = line;
		/* Where its own line is out of reach: what it was made from. */
		else if (line->kind == BOOT_NEW && next && !next->cmdline)
			next = line;
	}
	*ret_running = running;
	*ret_next = next;
	return running && running->cmdline && next && next->cmdline;
}

int next_boot_compare(const struct kargs_view *view, struct next_boot *ret)
{
	const struct boot_line *running, *next;

	if (!next_boot_lines(view, &running, &next))
		return 0;
	return compare_lines(view, running, next, ret);
}
