/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the host has in use now below PCI functions: file systems, swap, network interfaces. */
#ifndef GPUCLAIM_CTL_MACHINE_HOST_USE_H
#define GPUCLAIM_CTL_MACHINE_HOST_USE_H

#include "helper/base/pci.h"
#include "helper/base/root.h"
#include "helper/base/text.h"

/**
 * struct host_use - what is in use; all owned
 * @path:	places in sysfs, "devices/pci0000:00/0000:00:14.0/…"
 * @what:	of each: "/dev/sda1, mounted at /", "the network interface eth0, which is up"
 * @unread:	the file that can't be read, after a failure; or NULL
 */
struct host_use {
	struct text_list path, what;
	char *unread;
};

/**
 * host_use_read() - read all of it
 *
 * Device mapper and RAID count as what they are made of; so does each disk of a btrfs. The disks of
 * a ZFS pool are not told by the kernel: with one mounted, each disk may be of it. An interface is
 * in use if it is up and has a carrier, or does not tell.
 *
 * Source: proc_pid_mountinfo(5), /proc/swaps in proc(5), slaves/ in
 * Documentation/ABI/stable/sysfs-block, Documentation/ABI/testing/sysfs-class-net.
 *
 * Return: 0, or a negative errno: @ret->unread names the file. Free with host_use_free() in any
 * case.
 */
int host_use_read(const struct root *root, struct host_use *ret) _must_check_;
void host_use_free(struct host_use *use);

#define _cleanup_host_use_ __attribute__((cleanup(host_use_free)))

/** host_use_below() - the first that is below this function, or NULL. Pure */
const char *host_use_below(const struct host_use *use, const struct pci_address *address);

#endif
