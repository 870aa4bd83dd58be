/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/kargs/next_boot.h"

#include <stdio.h>
#include <string.h>

#include "ctl/arguments/wanted.h"
#include "boot/env.h"
#include "helper/base/text.h"

#define TUNED "$tuned_params"

/* Only what changes counts: that this boot works is proven, not that the arguments are why. */
static void list_new(const struct text_list *now, const struct text_list *then,
		     char list[static LACKS_MAX])
{
	for (size_t i = 0; i < then->n; i++)
		if (!text_list_has(now, then->text[i]))
			text_join(list, LACKS_MAX, " ", then->text[i]);
}

static int compare_lines(const struct kargs_view *view, const struct boot_line *running,
			 const struct boot_line *next, struct next_boot *ret)
{
	struct text_list now _cleanup_(text_list_free) = {0}, then _cleanup_(text_list_free) = {0};
	struct text_list against_now _cleanup_(text_list_free) = {0};
	struct text_list against_then _cleanup_(text_list_free) = {0};
	int r = kargs_line_lacks(view, running, &now, &against_now);

	if (r == 0)
		r = kargs_line_lacks(view, next, &then, &against_then);
	if (r < 0)
		return r;
	list_new(&now, &then, ret->lacks);
	list_new(&against_now, &against_then, ret->against);
	ret->armed = text_list_has(&now, "gpuclaim=1") && !text_list_has(&then, "gpuclaim=1") &&
		     !strstr(ret->against, "gpuclaim=");
	snprintf(ret->source, sizeof(ret->source), "%s", next->source ? next->source : "");
	return 0;
}

static bool lacks_some(const struct kargs_view *view, const struct boot_line *line)
{
	return line->cmdline && kargs_line_is_complete(view, line) != 1;
}

/* Which of several EFI partitions boots can't be told: the first that lacks something counts. */
bool next_boot_lines(const struct kargs_view *view, const struct boot_line **ret_running,
		     const struct boot_line **ret_next)
{
	const struct boot_line *running = NULL, *next = NULL;

	for (size_t i = 0; i < view->lines.n; i++) {
		const struct boot_line *line = &view->lines.line[i];

		if (line->kind == BOOT_RUNNING)
			running = line;
		else if (line->kind == BOOT_NEXT && !(next && lacks_some(view, next)))
			next = line;
		/* Where its own line is out of reach: what it was made from. An entry that was
		 * read is not. */
		else if (line->kind == BOOT_NEW && next && !next->cmdline && !next->text)
			next = line;
	}
	*ret_running = running;
	*ret_next = next;
	return running && running->cmdline && next && next->cmdline;
}

static bool has_unread(const struct boot_lines *lines)
{
	for (size_t i = 0; i < lines->n; i++)
		if (lines->line[i].kind == BOOT_KERNEL && !lines->line[i].cmdline)
			return true;
	return false;
}

/*
 * Will tuned's arguments be in what is made of it? tuned adds its variable to each new kernel's
 * entry; of /etc/default/grub grub2-mkconfig makes $kernelopts, or the whole line of an entry.
 */
static bool tuned_stays(const struct kargs_view *view, const struct boot_line *next,
			const struct boot_line *from)
{
	if (!next->text || !strstr(next->text, TUNED))
		return false;
	return from != &view->spread || strstr(next->text, "$kernelopts") ||
	       strstr(from->cmdline, TUNED);
}

static int template_words(const struct kargs_view *view, const struct boot_line *next,
			  const struct boot_line *from, char **ret)
{
	_cleanup_free_ char *tuned = NULL;

	if (tuned_stays(view, next, from))
		tuned = boot_variable(&view->loader, &TUNED[1]);
	return text_format(ret, "%s %s", from->cmdline, tuned ? tuned : "");
}

/* What the next boot has, and a template has not. */
static int compare_template(const struct kargs_view *view, const struct boot_line *next,
			    const struct boot_line *from, struct next_boot *ret)
{
	_cleanup_free_ char *words = NULL;

	if (from->cmdline && template_words(view, next, from, &words) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < view->n_wanted && words; i++) {
		const struct kargs_wanted *wanted = &view->wanted[i];
		int there = kargs_state(next->cmdline, wanted, NULL);
		int here = kargs_state(words, wanted, NULL);
		char text[64];

		if (there < 0 || here < 0)
			return -ENOMEM;
		(void)snprintf(text, sizeof(text), "%s=%s", wanted->name, wanted->value);
		if (there == KARGS_PRESENT && here != KARGS_PRESENT)
			text_join(ret->dropped, sizeof(ret->dropped), " ", text);
	}
	if (ret->dropped[0])
		snprintf(ret->made_from, sizeof(ret->made_from), "%s",
			 from->source ? from->source : "");
	return 0;
}

static int compare_templates(const struct kargs_view *view, const struct boot_line *next,
			     struct next_boot *ret)
{
	int r = compare_template(view, next, &view->spread, ret);

	for (size_t i = 0; i < view->lines.n && r == 0 && !ret->dropped[0]; i++)
		if (view->lines.line[i].kind == BOOT_NEW)
			r = compare_template(view, next, &view->lines.line[i], ret);
	return r;
}

static int find_armed_rescue(const struct kargs_view *view, struct next_boot *ret)
{
	struct text_list against _cleanup_(text_list_free) = {0};
	int r = 0;

	for (size_t i = 0; i < view->lines.n && r == 0 && against.n == 0; i++) {
		const struct boot_line *line = &view->lines.line[i];

		r = kargs_rescue_armed(view, line, &against);
		if (against.n)
			snprintf(ret->rescue, sizeof(ret->rescue), "%s", line->source);
	}
	return r;
}

/* GRUB may read an entry otherwise than it looks. */
static void doubt_entry(const struct boot_line *next, struct next_boot *ret)
{
	if (!ret->doubt[0] && next && next->text && next->why)
		snprintf(
			ret->doubt, sizeof(ret->doubt),
			"the next boot (%s) has other kernel arguments than its entry seems to give it: %s",
			next->source, next->why);
}

int next_boot_compare(const struct kargs_view *view, struct next_boot *ret)
{
	const struct boot_line *running, *next;

	snprintf(ret->doubt, sizeof(ret->doubt), "%s", view->doubt ? view->doubt : "");
	if (find_armed_rescue(view, ret) < 0)
		return -ENOMEM;
	if (!next_boot_lines(view, &running, &next)) {
		doubt_entry(next, ret);
		return 0;
	}
	ret->unread = next->kind == BOOT_NEW || has_unread(&view->lines);
	if (compare_templates(view, next, ret) < 0)
		return -ENOMEM;
	return compare_lines(view, running, next, ret);
}
