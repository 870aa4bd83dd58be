/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which PCI functions hold file systems that are mounted now? */
#ifndef GPUCLAIM_CTL_MACHINE_DISK_USE_H
#define GPUCLAIM_CTL_MACHINE_DISK_USE_H

#include "helper/base/pci.h"
#include "helper/base/root.h"
#include "helper/base/text.h"

/**
 * disk_use_read() - the sysfs paths of the devices that are mounted
 * @ret:	"devices/pci0000:00/0000:00:1d.0/…", those under device mapper and RAID included
 *
 * Source: the third field of /proc/self/mountinfo, proc_pid_mountinfo(5); slaves/ in
 * Documentation/ABI/stable/sysfs-block.
 *
 * Return: 0, or a negative errno; what is not there is left out.
 */
int disk_use_read(const struct root *root, struct text_list *ret) _must_check_;

/** disk_use_has() - is one of them behind this function? Pure. */
bool disk_use_has(const struct text_list *paths, const struct pci_address *address);

#endif
