/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel command lines of a machine, judged one by one. */
#ifndef GPUCLAIM_CTL_ARGUMENTS_LINES_H
#define GPUCLAIM_CTL_ARGUMENTS_LINES_H

#include "ctl/arguments/trial.h"
#include "boot/lines.h"
#include "grub/kargs.h"

/**
 * struct kargs_view - where a machine's kernel arguments stand
 * @trial:	where a trial of them stands
 * @spread:	what grub2-mkconfig may bring into the entries; no cmdline: it may not, or it is not
 *		known
 * @doubt:	what on the running system speaks against @loader, owned; NULL: nothing
 * @unmounted:	what the loader reads is not mounted: nothing can be taken back, either
 * @wanted, @n_wanted: what every line should have, part of kargs_all
 * @unwanted:	only what is against it matters: kargs_amd, or NULL on Intel
 */
struct kargs_view {
	struct loader loader;
	struct boot_lines lines;
	struct boot_line spread;
	char *doubt;
	bool unmounted;
	struct trial_marks marks;
	enum trial_state trial;
	const struct kargs_wanted *wanted, *unwanted;
	size_t n_wanted;
};

/** kargs_refusal() - why nothing is changed, whatever is wanted; NULL: no reason */
const char *kargs_refusal(const struct kargs_view *view);

/** kargs_line_is_judged() - should it have the arguments? Not a recovery entry, another
 * system's, nor the unknown */
bool kargs_line_is_judged(const struct boot_line *line);

/**
 * kargs_line_lacks() - the wanted arguments that the line lacks or contradicts
 * @lacks, @against: texts "iommu=pt" are appended
 *
 * Return: 0 or -ENOMEM.
 */
int kargs_line_lacks(const struct kargs_view *view, const struct boot_line *line,
		     struct text_list *lacks, struct text_list *against) _must_check_;

/** kargs_rescue_armed() - what arms a recovery entry, which should never claim, is appended */
int kargs_rescue_armed(const struct kargs_view *view, const struct boot_line *line,
		       struct text_list *against) _must_check_;

/** kargs_line_title() - "next boot 6.1.0-28-amd64", to be freed; or NULL */
char *kargs_line_title(const struct boot_line *line);

#endif
