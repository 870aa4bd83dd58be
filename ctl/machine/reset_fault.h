/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GPUs that a reset of the kernel's own does not bring back. */
#ifndef GPUCLAIM_CTL_MACHINE_RESET_FAULT_H
#define GPUCLAIM_CTL_MACHINE_RESET_FAULT_H

#include "helper/base/pci.h"

/**
 * struct reset_fault - what is known of the GPUs from @first to @last
 * @hangs:	the method that the GPU does not come back from, where it is tried first
 * @needs:	the method that has to be among them; one of both is NULL
 */
struct reset_fault {
	uint16_t vendor, first, last;
	const char *hangs, *needs;
};

/* What a reset method resets: the function alone, or all that is on its bus. */
#define RESET_OF_FUNCTION 1u
#define RESET_OF_BUS	  2u

/** reset_kinds() - of the methods in an attribute reset_method: a mask. Pure */
unsigned reset_kinds(const char *methods);

/**
 * reset_fault_of() - what speaks against the reset methods that a GPU has
 * @methods:	as in its attribute reset_method: names, in the order in which they are tried
 *
 * Pure. Return: a row of the table, or NULL: nothing is known.
 */
const struct reset_fault *reset_fault_of(const struct pci_id *id, const char *methods);

#endif
