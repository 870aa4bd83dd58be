/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/platform/acpi.h"

#include <stdbool.h>
#include <string.h>

#include "helper/base/util.h"

#define HEADER_SIZE 36 /* struct acpi_table_header: signature, length, … */
#define LENGTH_AT   4

/*
 * A table is a header and structures one after the other, each with its type and its length of
 * two bytes. All numbers are little-endian.
 */
struct layout {
	const char *name, *unit;
	uint8_t first;			/* where the first structure is */
	uint8_t offset_at, offset_size; /* or where that is said; size 0: nowhere */
	uint8_t type_size, length_at;	/* in a structure */
	uint8_t types[3], n_types;	/* of structures that are units */
};

static const struct layout layouts[] = {
	[ACPI_DMAR] = {"DMAR", "VT-d unit (DRHD)", 48, 0, 0, 2, 2, {0}, 1},
	[ACPI_IVRS] = {"IVRS", "IOMMU (IVHD)", 48, 0, 0, 1, 2, {0x10, 0x11, 0x40}, 3},
	[ACPI_VIOT] = {"VIOT", "virtio-iommu", 0, 38, 2, 1, 2, {3, 4}, 2},
	[ACPI_IORT] = {"IORT", "SMMU", 0, 40, 4, 1, 1, {3, 4}, 2},
};
_Static_assert(ARRAY_SIZE(layouts) == _ACPI_TABLES, "a table has no layout");

struct bytes {
	const uint8_t *start;
	size_t size;
};

static bool read_number(const struct bytes *bytes, size_t at, unsigned n, uint32_t *ret)
{
	uint32_t value = 0;

	if (at > bytes->size || bytes->size - at < n)
		return false;
	for (unsigned i = 0; i < n; i++)
		value |= (uint32_t)bytes->start[at + i] << 8 * i;
	*ret = value;
	return true;
}

static bool is_unit(const struct layout *layout, uint32_t type)
{
	for (unsigned i = 0; i < layout->n_types; i++)
		if (layout->types[i] == type)
			return true;
	return false;
}

static enum acpi_units walk(const struct layout *layout, const struct bytes *table, size_t at)
{
	while (at < table->size) {
		uint32_t type, length;

		if (!read_number(table, at, layout->type_size, &type) ||
		    !read_number(table, at + layout->length_at, 2, &length) ||
		    length < layout->length_at + 2u || length > table->size - at)
			return ACPI_BROKEN;
		if (is_unit(layout, type))
			return ACPI_UNIT;
		at += length;
	}
	return ACPI_NO_UNIT;
}

enum acpi_units acpi_find_unit(enum acpi_table which, const uint8_t *bytes, size_t size)
{
	const struct layout *layout = &layouts[which];
	struct bytes table = {bytes, size};
	uint32_t length, first = layout->first;
	enum acpi_units units;

	if (size < HEADER_SIZE || memcmp(bytes, layout->name, LENGTH_AT) != 0 ||
	    !read_number(&table, LENGTH_AT, 4, &length) || length < HEADER_SIZE)
		return ACPI_BROKEN;
	if (length < size)
		table.size = length;
	if (layout->offset_size &&
	    !read_number(&table, layout->offset_at, layout->offset_size, &first))
		return ACPI_BROKEN;
	if (first < HEADER_SIZE || first > table.size)
		return ACPI_BROKEN;
	units = walk(layout, &table, first);
	/* The rest of a table that is cut may tell of one. */
	return units == ACPI_NO_UNIT && length > size ? ACPI_BROKEN : units;
}

const char *acpi_table_name(enum acpi_table table)
{
	return layouts[table].name;
}

const char *acpi_unit_name(enum acpi_table table)
{
	return layouts[table].unit;
}
