/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An argument that says the opposite of a wanted one is somebody's decision: where does it stand?
 */
#include "ctl/kargs/conflicts.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "ctl/arguments/wanted.h"
#include "ctl/change/plan.h"
#include "ctl/loaders/loaders.h"
#include "helper/base/root.h"
#include "helper/base/text.h"

#define DEFAULT_PATH "etc/default/grub"
#define PLACES_MAX   600

static bool is_part_of_word(char c, const char *more)
{
	return isalnum((unsigned char)c) || (c && strchr(more, c));
}

/* The line of a shell's file that has the word, comments aside; 0: none. */
static unsigned find_word(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = text; (p = strstr(p, word)); p++) {
		const char *line = p;

		while (line > text && line[-1] != '\n')
			line--;
		if (line[strspn(line, " \t")] == '#' || is_part_of_word(p[n], "_.-,=") ||
		    (p > text && is_part_of_word(p[-1], "_.-")))
			continue;
		return text_line(text, (size_t)(p - text));
	}
	return 0;
}

/* Of the files that grub.cfg is made from the last that has the word; @ret stays NULL if none. */
static int find_sourced(const struct kargs_view *view, const char *word, char **ret)
{
	const struct boot_sources *sources = &view->lines.sources;

	for (size_t i = sources->n; i-- > 0;) {
		const struct boot_source *source = &sources->source[i];
		unsigned line = source->text ? find_word(source->text, word) : 0;

		if (line == 0)
			continue;
		if (text_format(ret, "/%s:%u", source->path, line) < 0)
			return -ENOMEM;
		return 0;
	}
	return 0;
}

static bool is_written(const struct kargs_view *view)
{
	return kargs_loader_of(&view->loader)->writes_config;
}

/* An entry that says $kernelopts does not hold the word itself. */
static bool is_shared(const struct kargs_view *view, const struct boot_line *line, const char *word)
{
	return kargs_loader_of(&view->loader)->shares_options && line->entry &&
	       !find_word(line->text, word);
}

static int add_place(struct text_list *places, const char *place, const char *word)
{
	_cleanup_free_ char *text = NULL;

	if (text_format(&text, "%s: \"%s\"", place, word) < 0)
		return -ENOMEM;
	return text_list_has(places, text) ? 0 : text_list_add(places, "%s", text);
}

static int add_conflict(const struct kargs_view *view, const struct boot_line *line,
			const char *word, struct text_list *places)
{
	_cleanup_free_ char *place = NULL;
	int r = 0;

	if (is_written(view))
		r = find_sourced(view, word, &place);
	else if (is_shared(view, line, word) &&
		 text_format(&place, "/%s", view->loader.grubenv) < 0)
		r = -ENOMEM;
	return r < 0 ? r : add_place(places, place ? place : line->source, word);
}

/* grub.cfg is written anew: only what it is written from can speak against it. */
static bool is_decisive(const struct kargs_view *view, const struct boot_line *line)
{
	return kargs_line_is_judged(line) &&
	       (line->kind == BOOT_NEW || (line->kind == BOOT_KERNEL && !is_written(view)));
}

static int check_line(const struct kargs_view *view, const struct boot_line *line,
		      struct text_list *places, struct change_plan *plan)
{
	struct text_list lacks _cleanup_(text_list_free) = {0},
			       against _cleanup_(text_list_free) = {0};
	int r = kargs_check(line->cmdline);

	if (r == -EINVAL)
		return kargs_refuse(plan, view, "%s: a quote is open in the kernel arguments",
				    line->source);
	if (r == 0)
		r = kargs_line_lacks(view, line, &lacks, &against);
	for (size_t i = 0; i < against.n && r == 0; i++)
		r = add_conflict(view, line, against.text[i], places);
	return r;
}

/* Where the entries have the arguments, grub2-mkconfig may bring them from here at any time. */
static int check_default(const struct root *root, const struct kargs_view *view,
			 struct text_list *places)
{
	struct text_list lacks _cleanup_(text_list_free) = {0},
			       against _cleanup_(text_list_free) = {0};
	_cleanup_free_ char *text = NULL;
	int r = 0;

	if (!view->spread.cmdline || root_read_text(root, DEFAULT_PATH, &text) < 0)
		return 0;
	r = kargs_line_lacks(view, &view->spread, &lacks, &against);
	for (size_t i = 0; i < against.n && r == 0; i++) {
		unsigned line = find_word(text, against.text[i]);
		char place[64];

		(void)snprintf(place, sizeof(place), "/" DEFAULT_PATH "%s%.0u", line ? ":" : "",
			       line);
		r = add_place(places, place, against.text[i]);
	}
	return r;
}

int kargs_check_conflicts(const struct root *root, const struct kargs_view *view,
			  struct change_plan *plan)
{
	struct text_list places _cleanup_(text_list_free) = {0};
	char list[PLACES_MAX] = "";
	int r = 0;

	for (size_t i = 0; i < view->lines.n && r == 0 && !plan->refusal; i++)
		if (is_decisive(view, &view->lines.line[i]))
			r = check_line(view, &view->lines.line[i], &places, plan);
	if (r == 0 && kargs_loader_of(&view->loader)->copies_default)
		r = check_default(root, view, &places);
	if (r < 0 || plan->refusal || places.n == 0)
		return r;
	for (size_t i = 0; i < places.n; i++)
		text_join(list, sizeof(list), ", ", places.text[i]);
	return kargs_refuse(plan, view, "%s %s the opposite; take %s out first", list,
			    places.n > 1 ? "say" : "says", places.n > 1 ? "them" : "it");
}
