/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The boot loaders: a row each, in a file of its own. */
#ifndef GPUCLAIM_CTL_LOADERS_ROW_H
#define GPUCLAIM_CTL_LOADERS_ROW_H

#include "ctl/arguments/lines.h"
#include "ctl/change/plan.h"

/**
 * struct kargs_loader - a boot loader, as those see it who change its arguments
 * @kind:	as the readers see it; the first member, so that a struct loader leads here
 * @writes_config: grub.cfg is written anew from etc/default/grub
 * @shares_options: its entries say $kernelopts, which the environment block holds
 * @copies_default: grub2-mkconfig may bring the arguments of etc/default/grub into its entries
 * @look_inside: of a change: @lines, which @kind.read has read, get what nobody has mounted; what
 * has no command line then, and is not @unseen, was not reached by the change. NULL: @kind.read
 * reads all
 * @plan:	of kargs_plan_apply(): nothing speaks against it; NULL: the loader is refused always
 * @no_trial:	why it can't try arguments once, a constant; NULL: it can
 * @trial_asks_nothing: it need not ask grub-probe whether the choice for one boot can be let go of
 * @plan_trial:	of kargs_plan_trial(): @next is copied and chosen once; NULL as @plan or @no_trial
 * @forget:	of kargs_plan_trial_revert(): what was chosen once is not chosen any more
 * @revert:	of kargs_plan_revert(): what is to be done once the files of @undo are restored
 */
struct kargs_loader {
	struct loader_kind kind;
	bool writes_config, shares_options, copies_default;
	int (*look_inside)(const struct root *root, const struct loader *loader,
			   struct boot_lines *lines);
	int (*plan)(const struct root *root, const struct kargs_view *view,
		    struct change_plan *plan);
	const char *no_trial;
	bool trial_asks_nothing;
	int (*plan_trial)(const struct root *root, const struct kargs_view *view,
			  const struct boot_line *next, struct change_plan *plan);
	int (*forget)(const struct root *root, const struct kargs_view *view,
		      struct change_plan *plan);
	int (*revert)(const struct root *root, const struct kargs_view *view,
		      const struct undo *undo, struct change_plan *plan);
};

/*
 * The table, in the order in which they are looked for: kargs_ostree and so on, each in its
 * file. The last one is there always.
 */
/* clang-format off */
#define KARGS_LOADERS(row)		\
	row(kargs_ostree)		\
	row(kargs_image)		\
	row(kargs_uki)			\
	row(kargs_proxmox)		\
	row(kargs_kernelstub)		\
	row(kargs_flash_kernel)		\
	row(kargs_systemd_boot)		\
	row(kargs_grubenv)		\
	row(kargs_bls)			\
	row(kargs_grub_dropin)		\
	row(kargs_grub_default)		\
	row(kargs_unknown)
/* clang-format on */

#define KARGS_LOADER_DECLARE(name) extern const struct kargs_loader name;
KARGS_LOADERS(KARGS_LOADER_DECLARE)

#endif
