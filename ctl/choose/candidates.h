/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What setup chooses among: every GPU of the machine, selected so far or not. */
#ifndef GPUCLAIM_CTL_CHOOSE_CANDIDATES_H
#define GPUCLAIM_CTL_CHOOSE_CANDIDATES_H

#include "ctl/machine/names.h"
#include "helper/machine/scan.h"

/**
 * struct candidate - a display controller, a processing accelerator, or an NVSwitch
 * @integrated:	it is on a root bus, with no port above it; never so NVIDIA's GPUs, and accelerators
 *		(SXM, OAM) but Intel's
 * @processor:	a function of AMD's processor in the slot of a display controller, which makes it
 *		integrated behind a port, too; its vendor is 0 if there is none. A port alone says
 *		nothing: accelerator modules (MI300A, SXM, OAM) are behind one as well
 * @elsewhere:	the boot framebuffer is in another function, whatever @boot_vga says
 * @boot_vga, @framebuffer, @vf, @bridge: as in struct detail
 * @group:	its IOMMU group; less than 0: none, or not known before the IOMMU is on
 * @port:	the first port above it, at its root bus; itself where there is none. Below ports of
 *		different devices no two functions share a group, wherever the IOMMU is
 * @path:	where it sits, as path= has it; "" unless candidates_read_paths() looked
 * @name:	vendor and device in words; "" if the list of names does not know them
 */
struct candidate {
	struct function_id id, processor;
	struct pci_address port;
	int group;
	bool integrated, elsewhere, boot_vga, framebuffer, vf, bridge;
	char path[TOPOLOGY_MAX], name[2 * NAME_MAX_BYTES];
};

struct candidates {
	struct candidate *item; /* sorted by address; owned */
	size_t n;
};

/**
 * candidates_read() - find them, and read what choosing needs to know
 * @machine:	what was read of it so far; more is put there
 *
 * Reads configuration space, which may wake a sleeping device.
 *
 * Return: 0, or a negative errno. Free with candidates_free().
 */
int candidates_read(const struct root *root, struct machine *machine,
		    struct candidates *ret) _must_check_;
void candidates_free(struct candidates *candidates);

/** candidates_read_paths() - fill in each @path; returns 0, or a negative errno */
int candidates_read_paths(const struct root *root, struct candidates *candidates) _must_check_;

/** candidates_find() - the one at an address, or NULL */
const struct candidate *candidates_find(const struct candidates *candidates,
					const struct pci_address *address);

#endif
