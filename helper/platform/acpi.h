/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables of ACPI that tell of IOMMUs, read as untrusted bytes. Pure. */
#ifndef GPUCLAIM_HELPER_PLATFORM_ACPI_H
#define GPUCLAIM_HELPER_PLATFORM_ACPI_H

#include <stddef.h>
#include <stdint.h>

#define ACPI_TABLES "sys/firmware/acpi/tables"
/* An Arm server's IORT may be some hundred kilobytes. */
#define ACPI_TABLE_MAX (1u << 20)

enum acpi_table {
	ACPI_DMAR, /* Intel's: a unit is a DRHD */
	ACPI_IVRS, /* AMD's: an IVHD */
	ACPI_VIOT, /* a virtual machine's: a virtio-iommu */
	ACPI_IORT, /* Arm's: an SMMU, of version 1 and 2 or 3 */
	_ACPI_TABLES,
};

enum acpi_units {
	ACPI_NO_UNIT, /* the table is whole, and tells of no IOMMU */
	ACPI_UNIT,
	ACPI_BROKEN, /* no unit was found before what can't be read as such a table */
};

/**
 * acpi_find_unit() - does the table tell of an IOMMU?
 * @bytes:	the file of sysfs; any bytes at all
 *
 * Neither the checksum nor the number of nodes is held against it: the kernel takes a table
 * with a wrong one, too.
 *
 * Source: include/acpi/actbl2.h: struct acpi_table_dmar, acpi_dmar_header; acpi_table_ivrs,
 * acpi_ivrs_header; acpi_table_viot (actbl3.h), acpi_viot_header; acpi_table_iort,
 * acpi_iort_node.
 */
enum acpi_units acpi_find_unit(enum acpi_table table, const uint8_t *bytes, size_t size);

/** acpi_table_name() - "DMAR" */
const char *acpi_table_name(enum acpi_table table);

/** acpi_unit_name() - what people call a unit in that table: "VT-d unit (DRHD)" */
const char *acpi_unit_name(enum acpi_table table);

#endif
