/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a GPU can be reset, and nothing but it. Pure. */
#ifndef GPUCLAIM_CTL_GIVEBACK_WAY_H
#define GPUCLAIM_CTL_GIVEBACK_WAY_H

#include <stdbool.h>

enum giveback_way {
	GIVEBACK_NO_WAY,
	GIVEBACK_BY_FUNCTION, /* each of its functions by the kernel's own "reset" */
	GIVEBACK_BY_SLOT,     /* all of them together, by VFIO's hot reset */
};

/**
 * struct way_facts - of all its functions
 * @alone:	each can be reset alone, see way_resets_alone()
 * @whole:	they are all that there is on its bus
 * @grouped:	the node of each one's IOMMU group is there
 */
struct way_facts {
	bool alone, whole, grouped;
};

enum giveback_way way_of(const struct way_facts *facts);

/**
 * way_resets_alone() - can the kernel reset this function, and no other?
 * @methods:	as in its attribute reset_method; NULL: it has "reset", and no list, as before
 *		Linux 5.15
 * @only:	it is the only function on its bus
 *
 * A reset of the bus is refused (-ENOTTY) where there are others; the list has it all the same of
 *the function that was found first.
 *
 * Source: pci_parent_bus_reset(), cxl_reset_bus_function() in drivers/pci/pci.c;
 * pci_init_capabilities(), which asks what is possible before pci_device_add() puts the function on
 * its bus.
 */
bool way_resets_alone(const char *methods, bool only);

#endif
