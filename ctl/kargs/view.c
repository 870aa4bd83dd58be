/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/kargs/view.h"

#include "ctl/kargs/loaders.h"
#include "grub/boot.h"
#include "grub/grub_trial.h"

#define TABLES "sys/firmware/acpi/tables"

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
	loader_free(&view->loader);
}
