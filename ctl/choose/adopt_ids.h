/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which devices an ids= parameter of vfio-pci binds. Pure. */
#ifndef GPUCLAIM_CTL_CHOOSE_ADOPT_IDS_H
#define GPUCLAIM_CTL_CHOOSE_ADOPT_IDS_H

#include "ctl/choose/candidates.h"
#include "helper/machine/scan.h"

/**
 * struct adopted - what is known of the machine, and the GPUs that are taken over
 * @spared:	for each candidate: a skip line of the operator's names it
 * @chosen:	for each candidate: it is claimed anyway
 * @taken:	for each candidate: a recipe gave it to vfio-pci
 */
struct adopted {
	const struct machine *machine;
	const struct candidates *candidates;
	const bool *spared, *chosen;
	bool *taken;
};

/**
 * adopted_take() - take the GPUs that a list of IDs binds
 *
 * Source: vfio_pci_fill_ids() in drivers/vfio/pci/vfio_pci.c ("%x:%x:%x:%x:%x:%x",
 * what is left out being any) and pci_match_one_device() in drivers/pci/pci.h.
 */
void adopted_take(struct adopted *adopted, const char *ids);

/** adopted_take_address() - take the GPU at an address. Return: there is one */
bool adopted_take_address(struct adopted *adopted, const struct pci_address *address);

/** adopted_covers() - is a function a GPU that is taken or chosen, or does it come along with one?
 */
bool adopted_covers(const struct adopted *adopted, const struct function_id *id);

/** adopted_foreign() - the first function that a list binds and no claim covers, or NULL */
const struct function_id *adopted_foreign(const struct adopted *adopted, const char *ids);

#endif
