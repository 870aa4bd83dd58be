/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which GPUs an X server of this host was told to use. */
#ifndef GPUCLAIM_CTL_MACHINE_XORG_H
#define GPUCLAIM_CTL_MACHINE_XORG_H

#include "helper/base/pci.h"
#include "helper/base/root.h"
#include "helper/base/text.h"

/**
 * xorg_parse_bus_id() - the address in a line 'BusID "PCI:1:0:0"'. Pure
 *
 * Bus, device and function are decimal; "PCI:1@2:0:0" has the domain behind the bus. A function
 * that is left out is 0.
 *
 * Source: xorg.conf(5); xf86ParsePciBusString() of the X server.
 */
bool xorg_parse_bus_id(const char *line, struct pci_address *ret);

/**
 * xorg_find() - append a text for each line that names one of @gpus
 * @gpus:	addresses, as pci_address_format() has them
 * @unread:	what can't be read, and why, is appended
 * @ret:	"/etc/X11/xorg.conf:4 has Xorg use 0000:01:00.0"
 *
 * Return: 0, or -ENOMEM.
 */
int xorg_find(const struct root *root, const struct text_list *gpus, struct text_list *ret,
	      struct text_list *unread) _must_check_;

#endif
