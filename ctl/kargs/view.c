/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/kargs/view.h"

#include <stdio.h>

#include "grub/boot.h"
#include "grub/grub_trial.h"

#define TABLES "sys/firmware/acpi/tables"

/* What a kind of line is called in front of people. */
static const char *const titles[] = {
	[BOOT_RUNNING] = "running",
	[BOOT_NEXT] = "next boot",
	[BOOT_TRIAL] = "trial: next boot only",
	[BOOT_KERNEL] = "kernel",
	[BOOT_NEW] = "new kernels",
};
_Static_assert(ARRAY_SIZE(titles) == _BOOT_COUNT, "a kind has no title");

static int read_trial(const struct root *root, struct kargs_view *view)
{
	int running = 0;

	for (size_t i = 0; i < view->lines.n && running == 0; i++)
		if (view->lines.line[i].kind == BOOT_RUNNING)
			running = trial_is_running(view->lines.line[i].cmdline);
	if (running >= 0)
		view->trial = trial_read(root, &view->loader, running);
	return running < 0 ? running : 0;
}

int kargs_view_read(const struct root *root, struct kargs_view *ret)
{
	struct kargs_view view = {.loader = loader_detect(root)};
	bool dmar = root_exists(root, TABLES "/DMAR");
	bool intel = dmar || !root_exists(root, TABLES);
	int r = boot_read(root, &view.loader, &view.lines);

	if (r == 0)
		r = read_trial(root, &view);
	if (r < 0) {
		kargs_view_free(&view);
		return r;
	}
	view.wanted = intel ? kargs_all : kargs_all + 1;
	view.n_wanted = intel ? KARGS_ALL : KARGS_ALL - 1;
	view.unwanted = dmar ? NULL : &kargs_amd;
	*ret = view;
	return 0;
}

void kargs_view_free(struct kargs_view *view)
{
	boot_lines_free(&view->lines);
}

bool kargs_line_is_judged(const struct boot_line *line)
{
	return line->cmdline && !line->recovery && line->kind != BOOT_TRIAL;
}

int kargs_line_lacks(const struct kargs_view *view, const struct boot_line *line,
		     struct text_list *lacks, struct text_list *against)
{
	_cleanup_free_ char *off = NULL;
	int r = view->unwanted ? kargs_state(line->cmdline, view->unwanted, &off) : 0;

	if (r >= 0)
		r = off ? text_list_add(against, "%s", off) : 0;
	for (size_t i = 0; i < view->n_wanted && r == 0; i++) {
		_cleanup_free_ char *text = NULL;

		r = kargs_state(line->cmdline, &view->wanted[i], &text);
		if (r == KARGS_CONFLICT)
			r = text_list_add(against, "%s", text);
		else if (r == KARGS_MISSING)
			r = text_list_add(lacks, "%s=%s", view->wanted[i].name,
					  view->wanted[i].value);
		else if (r == KARGS_PRESENT)
			r = 0;
	}
	return r;
}

char *kargs_line_title(const struct boot_line *line)
{
	bool named = line->name && *line->name;
	char *title;

	if (asprintf(&title, "%s%s%s", titles[line->kind], named ? " " : "",
		     named ? line->name : "") < 0)
		return NULL;
	return title;
}
