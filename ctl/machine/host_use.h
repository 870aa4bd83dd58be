/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the host has in use now below PCI functions: file systems, swap, network interfaces,
 * the console's keyboard, the TPM. */
#ifndef GPUCLAIM_CTL_MACHINE_HOST_USE_H
#define GPUCLAIM_CTL_MACHINE_HOST_USE_H

#include "helper/base/pci.h"
#include "helper/base/root.h"
#include "helper/base/text.h"

/**
 * struct host_use - what is in use; all owned
 * @path:	places in sysfs, "devices/pci0000:00/0000:00:14.0/…"
 * @what:	of each: "/dev/sda1, mounted at /", "the network interface eth0, which is up"
 * @network_root: what / is mounted from, if another machine has it; or NULL
 * @unread:	the file that can't be read, after a failure; or NULL
 */
struct host_use {
	struct text_list path, what;
	char *network_root, *unread;
};

/**
 * host_use_read() - read all of it
 *
 * Device mapper and RAID count as what they are made of; so does each disk of a btrfs. The disks of
 * a ZFS pool are not told by the kernel: with one mounted, each disk may be of it. An interface is
 * in use if it is up and has a carrier, or does not tell; with / on another machine each that is
 * up. A keyboard is the console's if it has letters, and the kernel's console listens to it.
 *
 * Source: proc_pid_mountinfo(5), /proc/swaps in proc(5), slaves/ in
 * Documentation/ABI/stable/sysfs-block, Documentation/ABI/testing/sysfs-class-net,
 * input_devices_seq_show() in drivers/input/input.c, kbd_match() in drivers/tty/vt/keyboard.c,
 * Documentation/ABI/stable/sysfs-class-tpm.
 *
 * Return: 0, or a negative errno: @ret->unread names the file. Free with host_use_free() in any
 * case.
 */
int host_use_read(const struct root *root, struct host_use *ret) _must_check_;
void host_use_free(struct host_use *use);

/**
 * host_use_find() - what is in use below a function
 * @ret:	the first that is, of @use; or NULL
 *
 * Below it is also what a function of another slot carries that can't be without it: the ports of a
 * Thunderbolt controller are its consumers. In its own slot a function that stays with the host
 * goes on working.
 *
 * Source: Documentation/ABI/testing/sysfs-devices-consumer, tb_acpi_add_links() in
 * drivers/thunderbolt/acpi.c, pci_create_device_link() in drivers/pci/quirks.c.
 *
 * Return: 0, or a negative errno: @use->unread names the folder.
 */
int host_use_find(const struct root *root, struct host_use *use, const struct pci_address *address,
		  const char **ret) _must_check_;

#endif
