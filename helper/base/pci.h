/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PCI addresses, IDs and classes: parse, print, compare. Pure. */
#ifndef GPUCLAIM_HELPER_BASE_PCI_H
#define GPUCLAIM_HELPER_BASE_PCI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "helper/base/util.h"

/* "ffffffff:ff:1f.7" and a NUL: VMD gives domains more than four digits. */
#define PCI_ADDRESS_MAX 17

struct pci_address {
	uint32_t domain;
	uint8_t bus;
	uint8_t device;	  /* 0 to 31 */
	uint8_t function; /* 0 to 7 */
};

struct pci_id {
	uint16_t vendor;
	uint16_t device;
};

/**
 * pci_address_parse() - read a full "DDDD:BB:DD.F"
 * @s:		the text, all of it: no blanks, no trailing bytes
 * @ret:	the address; untouched on failure
 *
 * Accepts lower- and upper-case hex; the domain has 4 to 8 digits, and is
 * never missing: config files name devices in full. Pure.
 *
 * Source: the format of /sys/bus/pci/devices, kernel
 * Documentation/ABI/testing/sysfs-bus-pci; drivers/pci/controller/vmd.c for
 * domains above ffff.
 *
 * Return: 0, or -EINVAL (not an address), -ERANGE (a field too large).
 */
int pci_address_parse(const char *s, struct pci_address *ret) _must_check_;

/** pci_address_format() - print as sysfs does: lower case, 4 or more domain digits */
const char *pci_address_format(const struct pci_address *a, char buf[static PCI_ADDRESS_MAX]);

/** pci_address_compare() - order by domain, bus, device, function; as for qsort(3) */
int pci_address_compare(const struct pci_address *a, const struct pci_address *b);

/** pci_address_same_device() - functions of one device: domain, bus and device are equal */
bool pci_address_same_device(const struct pci_address *a, const struct pci_address *b);

/** hex_take() - read exactly @digits hex digits, 8 at most, at *@s, and step over them; else false
 */
bool hex_take(const char **s, size_t digits, uint32_t *ret);

/**
 * pci_id_parse() - read "VVVV:DDDD", four hex digits each, all of @s
 *
 * Return: 0, or -EINVAL. Pure.
 */
int pci_id_parse(const char *s, struct pci_id *ret) _must_check_;

/* Classes are 24 bits: base class, subclass, programming interface
 * (PCI Code and ID Assignment Specification; include/linux/pci_ids.h). */
static inline uint8_t pci_class_base(uint32_t class_code)
{
	return (uint8_t)(class_code >> 16);
}

static inline uint16_t pci_class_sub(uint32_t class_code)
{
	return (uint16_t)(class_code >> 8);
}

bool pci_class_is_gpu(uint32_t class_code);	  /* 03xx display, 12xx processing accelerator */
bool pci_class_is_companion(uint32_t class_code); /* 0403 audio, 0c03 USB, 0c80 other serial bus */
bool pci_class_is_bridge(uint32_t class_code);	  /* 0600 host, 0601 ISA, 0604 PCI */
bool pci_class_is_fabric(uint32_t class_code);	  /* 0680 other bridge: what an NVSwitch says */

/** pci_class_name() - a few words for messages: "network controller"; never NULL */
const char *pci_class_name(uint32_t class_code);

#endif
