/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/platform/acpi.h"

#include "tests/unit/test.h"

/* A table of @size bytes: its own length, where structures start if it says so, then those. */
static const struct {
	const char *name;
	enum acpi_table table;
	const char *signature;
	unsigned length, first;
	const char *structures;
	size_t n; /* bytes of them that are there */
	enum acpi_units units;
} rows[] = {
	{"a DRHD", ACPI_DMAR, "DMAR", 56, 48,
	 "\0\0\x08\0"
	 "xxxx",
	 8, ACPI_UNIT},
	{"a DRHD after an RMRR", ACPI_DMAR, "DMAR", 62, 48,
	 "\1\0\6\0xx\0\0\x08\0"
	 "xxxx",
	 14, ACPI_UNIT},
	{"an RMRR only", ACPI_DMAR, "DMAR", 54, 48, "\1\0\6\0xx", 6, ACPI_NO_UNIT},
	{"nothing after the header", ACPI_DMAR, "DMAR", 48, 48, "", 0, ACPI_NO_UNIT},
	{"a length of 0", ACPI_DMAR, "DMAR", 56, 48,
	 "\1\0\0\0"
	 "xxxx",
	 8, ACPI_BROKEN},
	{"a structure that goes beyond the end", ACPI_DMAR, "DMAR", 56, 48,
	 "\1\0\xff\0"
	 "xxxx",
	 8, ACPI_BROKEN},
	{"a unit that goes beyond the end", ACPI_DMAR, "DMAR", 56, 48,
	 "\0\0\xff\0"
	 "xxxx",
	 8, ACPI_BROKEN},
	{"two bytes of a structure", ACPI_DMAR, "DMAR", 50, 48, "\0\0", 2, ACPI_BROKEN},
	{"a unit behind the table's length", ACPI_DMAR, "DMAR", 48, 48,
	 "\0\0\x08\0"
	 "xxxx",
	 8, ACPI_NO_UNIT},
	{"a table that is cut", ACPI_DMAR, "DMAR", 90, 48, "\1\0\6\0xx", 6, ACPI_BROKEN},
	{"a unit in a table that is cut", ACPI_DMAR, "DMAR", 90, 48, "\0\0\x06\0xx", 6, ACPI_UNIT},
	{"another table", ACPI_DMAR, "XMAR", 56, 48,
	 "\0\0\x08\0"
	 "xxxx",
	 8, ACPI_BROKEN},
	{"a length that is too small", ACPI_DMAR, "DMAR", 20, 48,
	 "\0\0\x08\0"
	 "xxxx",
	 8, ACPI_BROKEN},
	{"an IVHD of type 10h", ACPI_IVRS, "IVRS", 56, 48,
	 "\x10\0\x08\0"
	 "xxxx",
	 8, ACPI_UNIT},
	{"an IVHD of type 40h", ACPI_IVRS, "IVRS", 56, 48,
	 "\x40\0\x08\0"
	 "xxxx",
	 8, ACPI_UNIT},
	{"an IVMD only", ACPI_IVRS, "IVRS", 56, 48,
	 "\x21\0\x08\0"
	 "xxxx",
	 8, ACPI_NO_UNIT},
	{"an SMMUv3", ACPI_IORT, "IORT", 56, 48,
	 "\4\x08\0"
	 "xxxxx",
	 8, ACPI_UNIT},
	{"an SMMU after an ITS", ACPI_IORT, "IORT", 64, 48,
	 "\0\x08\0xxxxx\3\x08\0"
	 "xxxxx",
	 16, ACPI_UNIT},
	{"an ITS and a root complex", ACPI_IORT, "IORT", 64, 48,
	 "\0\x08\0xxxxx\2\x08\0"
	 "xxxxx",
	 16, ACPI_NO_UNIT},
	{"nodes somewhere else", ACPI_IORT, "IORT", 56, 52, "xxxx\4\x04\0x", 8, ACPI_UNIT},
	{"nodes beyond the end", ACPI_IORT, "IORT", 56, 0xfffffff0,
	 "\4\x08\0"
	 "xxxxx",
	 8, ACPI_BROKEN},
	{"nodes in the header", ACPI_IORT, "IORT", 56, 4,
	 "\4\x08\0"
	 "xxxxx",
	 8, ACPI_BROKEN},
	{"a virtio-iommu", ACPI_VIOT, "VIOT", 56, 48,
	 "\3\0\x08\0"
	 "xxxx",
	 8, ACPI_UNIT},
	{"a range of PCI devices only", ACPI_VIOT, "VIOT", 56, 48,
	 "\1\0\x08\0"
	 "xxxx",
	 8, ACPI_NO_UNIT},
};

static void put(uint8_t *at, unsigned value, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

static void test_row(size_t i)
{
	uint8_t bytes[96] = {0};

	memcpy(bytes, rows[i].signature, 4);
	put(bytes + 4, rows[i].length, 4);
	if (rows[i].table == ACPI_IORT)
		put(bytes + 40, rows[i].first, 4);
	else if (rows[i].table == ACPI_VIOT)
		put(bytes + 38, rows[i].first, 2);
	for (size_t k = 0; k < rows[i].n; k++)
		bytes[48 + k] = (uint8_t)rows[i].structures[k];
	put(bytes + 48 + rows[i].n, 0x080000, 4); /* a DRHD behind what was read */
	(void)test_int(rows[i].name, acpi_find_unit(rows[i].table, bytes, 48 + rows[i].n),
		       rows[i].units);
}

TESTS(acpi)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		test_row(i);
	(void)test_int("no bytes", acpi_find_unit(ACPI_DMAR, (const uint8_t *)"", 0), ACPI_BROKEN);
	(void)test_int("four bytes", acpi_find_unit(ACPI_DMAR, (const uint8_t *)"DMAR", 4),
		       ACPI_BROKEN);
	return test_done();
}
