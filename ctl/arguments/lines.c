/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/arguments/lines.h"

#include "helper/base/text.h"
#include "helper/policy/kernel_args.h"

/* What a kind of line is called in front of people. */
static const char *const titles[] = {
	[BOOT_RUNNING] = "running",
	[BOOT_NEXT] = "next boot",
	[BOOT_TRIAL] = "trial: next boot only",
	[BOOT_KERNEL] = "kernel",
	[BOOT_NEW] = "new kernels",
};
_Static_assert(ARRAY_SIZE(titles) == _BOOT_COUNT, "a kind has no title");

const char *kargs_refusal(const struct kargs_view *view)
{
	if (view->loader.refusal || view->doubt)
		return view->loader.refusal ? view->loader.refusal : view->doubt;
	return view->unmounted
		       ? "a partition in /etc/fstab that the boot loader reads is not mounted; mount it first"
		       : NULL;
}

bool kargs_line_is_judged(const struct boot_line *line)
{
	return line->cmdline && !line->recovery && !line->foreign && line->kind != BOOT_TRIAL;
}

/* Without a module of vfio nothing can be claimed, whatever else is there. */
static int add_kept_out(const char *cmdline, struct text_list *against)
{
	struct kernel_args args;
	int r = kernel_args_read(cmdline, &args);

	if (r < 0 || !kernel_args_have(&args, KARG_VFIO_KEPT_OUT))
		return r;
	return text_list_add(against, "%s", args.said[KARG_VFIO_KEPT_OUT].text);
}

int kargs_line_lacks(const struct kargs_view *view, const struct boot_line *line,
		     struct text_list *lacks, struct text_list *against)
{
	_cleanup_free_ char *off = NULL;
	int r = view->unwanted ? kargs_state(line->cmdline, view->unwanted, &off) : 0;

	if (r >= 0)
		r = off ? text_list_add(against, "%s", off) : 0;
	if (r == 0)
		r = add_kept_out(line->cmdline, against);
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

int kargs_rescue_armed(const struct kargs_view *view, const struct boot_line *line,
		       struct text_list *against)
{
	_cleanup_free_ char *text = NULL;
	int r;

	if (!line->recovery || line->foreign || !line->cmdline)
		return 0;
	r = kargs_state(line->cmdline, &view->wanted[view->n_wanted - 1], &text);
	return r == KARGS_PRESENT ? text_list_add(against, "%s", text) : r < 0 ? r : 0;
}

char *kargs_line_title(const struct boot_line *line)
{
	bool named = line->name && *line->name;
	char *title;

	(void)text_format(&title, "%s%s%s", titles[line->kind], named ? " " : "",
			  named ? line->name : "");
	return title;
}
