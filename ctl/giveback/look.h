/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this node knows of one GPU that is to be given back. */
#ifndef GPUCLAIM_CTL_GIVEBACK_LOOK_H
#define GPUCLAIM_CTL_GIVEBACK_LOOK_H

#include "ctl/giveback/decide.h"
#include "ctl/readiness/devices.h"
#include "helper/base/root.h"
#include "helper/policy/setting.h"

#define GIVEBACK_FUNCTIONS 8

/**
 * struct giveback_look - what was seen
 * @valid:	the configuration is
 * @known:	it is a GPU that is claimed or to be; else all below says nothing
 * @function:	it and its companions, and the IOMMU @group of each
 * @id:		its IDs, as the kernel had them when it found it
 * @why:	why it is not ready, or who holds it, or ""
 */
struct giveback_look {
	bool valid, known;
	struct pci_address function[GIVEBACK_FUNCTIONS];
	int group[GIVEBACK_FUNCTIONS];
	size_t n_functions;
	struct pci_id id;
	struct settings settings;
	char why[REASON_MAX];
};

/**
 * giveback_look() - look at it
 * @facts:	gets all but what Placement says, @before and @was_reset; nothing of an earlier look
 *		stays
 *
 * Before the reset it wakes nothing; once it was reset it wakes the GPU, to ask for its IDs.
 *
 * Return: 0, or a negative errno.
 */
int giveback_look(const struct root *root, const struct pci_address *address,
		  struct giveback_look *ret, struct giveback_facts *facts) _must_check_;

/** giveback_is_confined() - as in a unit's sandbox: are the files of other processes not to be seen
 * (CAP_SYS_PTRACE), or is /sys read-only where its reset is? */
bool giveback_is_confined(const struct root *root, const struct pci_address *address);

/** giveback_is_gone() - does its configuration read as ones? It is woken for that */
bool giveback_is_gone(const struct root *root, const struct pci_address *address);

/** giveback_look_is_same() - the same functions, IDs and program as then? Pure */
bool giveback_look_is_same(const struct giveback_look *then, const struct giveback_look *now);

#endif
