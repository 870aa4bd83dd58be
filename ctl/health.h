/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What may keep a card from working in a guest, though it is claimed. */
#ifndef GPUCLAIMCTL_HEALTH_H
#define GPUCLAIMCTL_HEALTH_H

#include <stdint.h>

#include "pci.h"
#include "root.h"

/**
 * struct health - one function; all zero: nothing is known against it
 * @dead:	its configuration space reads as ones: it fell off the bus
 * @cold:	it is in D3cold, and was left asleep: its configuration was not read
 * @homeless_bar: a BAR of @homeless_bytes without an address; 0 bytes: none is
 * @no_reset:	the kernel knows no way to reset it
 * @lanes, @lanes_possible: of its link; fewer than both ends can do. 0: not so, or not known
 * @nodeless:	its NUMA node isn't known, on a machine that has several
 *
 * Source: Documentation/ABI/testing/sysfs-bus-pci, pci_read_config() in
 * drivers/pci/pci-sysfs.c (it wakes a device that is in D3cold).
 */
struct health {
	bool dead, cold, no_reset, nodeless;
	unsigned homeless_bar, lanes, lanes_possible;
	uint64_t homeless_bytes;
};

struct health health_read(const struct root *root, const struct pci_address *address);

#endif
