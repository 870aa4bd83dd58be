/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/machine/attributes.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "helper/base/pci_attribute.h"

#define IORESOURCE_IO	    0x00000100ull
#define IORESOURCE_PREFETCH 0x00002000ull
#define IORESOURCE_MEM_64   0x00100000ull
#define IORESOURCE_UNSET    0x20000000ull

/* A decimal number, or -1. */
static int parse_number(const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);

	return end == text || *end || n < 0 || n > INT32_MAX ? -1 : (int)n;
}

static int read_number(const struct root *root, const struct pci_address *address, const char *name)
{
	char text[32];

	return pci_attribute_read(root, address, name, text, sizeof(text)) >= 0 ? parse_number(text)
										: -1;
}

int place_read_group(const struct root *root, const struct pci_address *address)
{
	char name[16];

	if (pci_attribute_link(root, address, "iommu_group", name, sizeof(name)) < 0)
		return -1;
	return parse_number(name);
}

int place_read_numa_node(const struct root *root, const struct pci_address *address)
{
	return read_number(root, address, "numa_node");
}

struct place place_read(const struct root *root, const struct pci_address *address)
{
	return (struct place){
		.group = place_read_group(root, address),
		.numa_node = place_read_numa_node(root, address),
		.boot_vga = read_number(root, address, "boot_vga"),
	};
}

static bool parse_bar(const char *line, struct bar *ret)
{
	uint64_t start, end, flags;

	if (sscanf(line, "%" SCNx64 " %" SCNx64 " %" SCNx64, &start, &end, &flags) != 3)
		return false;
	/* An unassigned one starts at 0 and still has its size; one that isn't there has no flags.
	 */
	*ret = (struct bar){
		.size_bytes = flags && end >= start ? end - start + 1 : 0,
		.io = flags & IORESOURCE_IO,
		.prefetchable = flags & IORESOURCE_PREFETCH,
		.wide = flags & IORESOURCE_MEM_64,
		.homeless = flags && (!start || flags & IORESOURCE_UNSET),
	};
	return true;
}

bool attributes_parse_bars(const char *text, struct bar bar[static ATTRIBUTE_BARS])
{
	for (size_t i = 0; i < ATTRIBUTE_BARS; i++) {
		if (!parse_bar(text, &bar[i]))
			return false;
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return true;
}

/* "8.0 GT/s PCIe", or "Unknown"; 255 lanes are a device that doesn't answer. */
static struct link read_link(const struct root *root, const struct pci_address *address,
			     const char *speed_name, const char *width_name)
{
	struct link link = {0};
	int width = read_number(root, address, width_name);
	char text[64], *tail;

	if (width > 0 && width < 255)
		link.width = (unsigned)width;
	if (pci_attribute_read(root, address, speed_name, text, sizeof(text)) >= 0 &&
	    *text >= '0' && *text <= '9') {
		tail = strstr(text, " PCIe");
		if (tail)
			*tail = '\0';
		snprintf(link.speed, sizeof(link.speed), "%.23s", text);
	}
	return link;
}

void attributes_read(const struct root *root, const struct pci_address *address,
		     struct attributes *ret)
{
	char text[ROOT_ATTRIBUTE_MAX];

	*ret = (struct attributes){0};
	if (pci_attribute_read(root, address, "resource", text, sizeof(text)) >= 0)
		ret->has_bars = attributes_parse_bars(text, ret->bar);
	ret->has_resets = pci_attribute_read(root, address, "reset_method", ret->resets,
					     sizeof(ret->resets)) >= 0;
	(void)pci_attribute_read(root, address, "modalias", ret->modalias, sizeof(ret->modalias));
}

void attributes_read_links(const struct root *root, const struct pci_address *address,
			   struct attributes *attributes)
{
	attributes->current = read_link(root, address, "current_link_speed", "current_link_width");
	attributes->max = read_link(root, address, "max_link_speed", "max_link_width");
}

const char *size_format(uint64_t size_bytes, char buf[static SIZE_TEXT_MAX])
{
	static const char units[] = {'\0', 'K', 'M', 'G', 'T'};
	size_t u = 0;

	while (size_bytes && size_bytes % 1024 == 0 && u + 1 < ARRAY_SIZE(units)) {
		size_bytes /= 1024;
		u++;
	}
	snprintf(buf, SIZE_TEXT_MAX, "%" PRIu64 "%.1s", size_bytes, &units[u]);
	return buf;
}

static bool has_fabric(const struct machine *machine, uint16_t vendor)
{
	for (size_t i = 0; i < machine->n_functions; i++)
		if (machine->function[i].id.id.vendor == vendor &&
		    pci_class_is_fabric(machine->function[i].id.class_code))
			return true;
	return false;
}

/* "…/pci0000:00/0000:00:02.0": no port is above it, and so no slot. */
static bool is_on_root_bus(const struct root *root, const struct pci_address *address)
{
	char path[PCI_PATH_MAX], target[512], *end;

	if (root_link_target(root, pci_attribute_path(address, "", path), target, sizeof(target)) <
	    0)
		return false;
	end = strrchr(target, '/');
	while (end && end > target && end[-1] != '/')
		end--;
	return end && strncmp(end, "pci", 3) == 0;
}

bool place_is_soldered(const struct root *root, const struct machine *machine,
		       const struct function *f)
{
	return is_on_root_bus(root, &f->id.address) || has_fabric(machine, f->id.id.vendor);
}
