/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a PCI function sits, whatever number its bus has today. Pure. */
#ifndef GPUCLAIM_HELPER_POLICY_TOPOLOGY_H
#define GPUCLAIM_HELPER_POLICY_TOPOLOGY_H

#include <stddef.h>

#include "helper/base/util.h"

/* ROOT, and eight bridges and more, with a NUL. */
#define TOPOLOGY_MAX 128

/**
 * topology_parse() - read "ROOT/DD.F/…", the function last
 * @s:		ROOT is a root bus as sysfs names it, "0000:00", or its ACPI path, "\_SB_.PC00";
 *		then device.function of each bridge and of the function, in hex
 * @ret:	the same in lower case, but for an ACPI path; untouched on failure
 *
 * Return: 0, or -EINVAL.
 */
int topology_parse(const char *s, char ret[static TOPOLOGY_MAX]) _must_check_;

/**
 * topology_of_link() - from where a link of /sys/bus/pci/devices leads
 * @target:	"../../../devices/pci0000:00/0000:00:01.0/0000:01:00.0"
 * @ret:	"0000:00/01.0/00.0"; where there is a root bus below another, as VMD's, from that
 * @ret_root:	how many bytes of @target end with the folder of the root bus
 *
 * Source: pci_create_root_bus() in drivers/pci/probe.c and vmd_enable_domain() in
 * drivers/pci/controller/vmd.c name the folders.
 *
 * Return: 0, or -EINVAL.
 */
int topology_of_link(const char *target, char ret[static TOPOLOGY_MAX],
		     size_t *ret_root) _must_check_;

#endif
