/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Takes over what older ways to give GPUs to vfio-pci have left on a node. Reads only. */
#ifndef GPUCLAIM_CTL_CHOOSE_ADOPT_H
#define GPUCLAIM_CTL_CHOOSE_ADOPT_H

#include "ctl/change/plan.h"
#include "ctl/choose/candidates.h"
#include "ctl/choose/request.h"
#include "ctl/node/node.h"

/**
 * struct adoption - what setup --adopt is to do
 * @addresses:	the GPUs that the old recipes gave away: the addresses for struct
 *		selection_request; owned; NULL: none
 * @plan:	changes of files (CHANGE_FILE, UNDO_ADOPTED); its warnings name what is to be
 *		taken out by hand: kernel arguments
 * @notes:	what becomes of each line, and what is left alone and why
 * @unread:	what can't be read, and why: if there is any, nothing is planned
 */
struct adoption {
	char *addresses;
	struct change_plan plan;
	struct text_list notes, unread;
};

/**
 * struct adoptable - what is looked at
 * @view:	where the kernel arguments stand; NULL: only the running kernel's are looked at
 */
struct adoptable {
	const struct root *root;
	const struct node *node;
	const struct candidates *candidates;
	const struct kargs_view *view;
};

/**
 * adopt_plan() - find old recipes, and say what becomes of them
 * @request:	what the options choose, whatever the recipes say
 *
 * Taken out is what breaks the promise that nothing but the selected GPUs is
 * taken: ids= parameters of vfio-pci, which bind every device of those IDs;
 * softdeps on vfio-pci, whose one purpose was to let those win; driverctl's
 * overrides, whose service stores to new_id, which binds all alike, too. The
 * GPUs that they name become claims by address. A companion goes with its GPU. So do scripts,
 * units and udev rules, whole files, that do nothing else: see adopted_files_settle().
 *
 * Left alone is what gives away something that is no GPU (a network function
 * of some guest): the whole line stays, and with it the softdeps. Left alone,
 * too, is what does no harm: blacklists and "install … /bin/true" lines (the
 * claim needs none, and whether the host wants that driver for another GPU is
 * for its operator to say), and vfio-pci in lists of modules to load or to
 * pack: without ids= it binds nothing.
 *
 * Kernel arguments are only named: the boot loaders' tools add and take back
 * what is ours, and these are others'.
 *
 * Without a sys it can't be told what the IDs are: then all is left alone.
 *
 * Return: 0, or a negative errno. Free with adoption_free().
 */
int adopt_plan(const struct adoptable *from, const struct selection_request *request,
	       struct adoption *ret) _must_check_;
void adoption_free(struct adoption *adoption);

#endif
