/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What sysfs tells people about a PCI function, beyond what the decision needs. */
#ifndef GPUCLAIM_CTL_MACHINE_ATTRIBUTES_H
#define GPUCLAIM_CTL_MACHINE_ATTRIBUTES_H

#include <stdint.h>

#include "helper/base/pci.h"
#include "helper/base/root.h"
#include "helper/machine/scan.h"

#define ATTRIBUTE_BARS 6

/**
 * struct place - where a function is
 * @group:	the IOMMU group's number, or -1
 * @numa_node:	or -1: the kernel doesn't know, or the machine has no such nodes
 * @boot_vga:	1, 0, or -1 where the kernel doesn't tell: it does for class 0300 only
 */
struct place {
	int group, numa_node, boot_vga;
};

struct place place_read(const struct root *root, const struct pci_address *address);
int place_read_group(const struct root *root, const struct pci_address *address);
int place_read_numa_node(const struct root *root, const struct pci_address *address);

/**
 * struct bar - one base address register
 * @size_bytes:	0 if it isn't implemented
 * @homeless:	the kernel found no address for it
 */
struct bar {
	uint64_t size_bytes;
	bool io, prefetchable, wide, homeless;
};

/* "8.0 GT/s" and 16 lanes; "" and 0 where it isn't known. */
struct link {
	char speed[24];
	unsigned width;
};

/**
 * struct attributes - what sysfs tells of one function
 * @has_bars, @has_resets: the attributes could be read
 * @resets:	the kernel's reset methods in the order it tries them, "flr bus"
 * @current, @max: of the link; see attributes_read_links()
 */
struct attributes {
	bool has_bars, has_resets;
	struct bar bar[ATTRIBUTE_BARS];
	char resets[64];
	struct link current, max;
	char modalias[256];
};

/**
 * attributes_read() - read it, but for the link; what can't be read is left unknown
 *
 * Source: Documentation/ABI/testing/sysfs-bus-pci; resource_show() in
 * drivers/pci/pci-sysfs.c, flags in include/linux/ioport.h.
 */
void attributes_read(const struct root *root, const struct pci_address *address,
		     struct attributes *ret);

/** attributes_read_links() - read these, too: Linux 6.18 wakes a device that is in D3cold for it */
void attributes_read_links(const struct root *root, const struct pci_address *address,
			   struct attributes *attributes);

/** attributes_parse_bars() - the first six lines "START END FLAGS" of a resource attribute. Pure.
 */
bool attributes_parse_bars(const char *text, struct bar bar[static ATTRIBUTE_BARS]);

/** size_format() - "16M", "1536K", "128": the largest unit that divides it */
#define SIZE_TEXT_MAX 24
const char *size_format(uint64_t size_bytes, char buf[static SIZE_TEXT_MAX]);

/**
 * place_is_soldered() - can't it be put elsewhere?
 *
 * An NVSwitch, a GPU on the board of such, or one on a root bus, which is part of the processor or
 * the mainboard.
 */
bool place_is_soldered(const struct root *root, const struct machine *machine,
		       const struct function *function);

#endif
