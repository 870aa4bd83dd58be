/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where functions sit: at the places that path= names, and below which ports. */
#ifndef GPUCLAIM_HELPER_MACHINE_PLACES_H
#define GPUCLAIM_HELPER_MACHINE_PLACES_H

#include "helper/machine/scan.h"
#include "helper/policy/policy.h"

/**
 * places_resolve() - fill in @place of each rule that has a path
 *
 * Reads nothing where no rule has one. A function whose place can't be read is a fault of it.
 *
 * Return: 0, or -ENOMEM.
 */
int places_resolve(const struct root *root, struct machine *machine,
		   struct policy *policy) _must_check_;

/**
 * place_path() - where a function sits, as path= names it
 * @ret:	by the ACPI path of its root bus, where there is one
 *
 * Source: path_show() in drivers/acpi/device_sysfs.c.
 *
 * Return: 0, or a negative errno.
 */
int place_path(const struct root *root, const struct pci_address *address,
	       char ret[static TOPOLOGY_MAX]) _must_check_;

/**
 * machine_read_upstream() - fill in @upstream of all GPUs and companions: which slots are one
 * board's
 *
 * Source: the device's place below /sys/devices; PCI Express Base
 * Specification 7.5.3.2 for the port type (5 is a switch's upstream port).
 *
 * Return: 0, or -ENOMEM.
 */
int machine_read_upstream(const struct root *root, struct machine *machine) _must_check_;

#endif
