/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first byte chooses the table, the rest are its bytes. */
#include <string.h>

#include "helper/platform/acpi.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ uint8_t *longer = NULL;
	enum acpi_table table;
	enum acpi_units units;

	if (size == 0)
		return 0;
	table = (enum acpi_table)(data[0] % _ACPI_TABLES);
	units = acpi_find_unit(table, ++data, --size);
	FUZZ_ASSERT(size >= 36 || units == ACPI_BROKEN);
	if (units == ACPI_BROKEN)
		return 0;

	/* It was a table of that name; what comes behind its end says nothing of it. */
	FUZZ_ASSERT(memcmp(data, acpi_table_name(table), 4) == 0);
	longer = calloc(1, size + 8);
	FUZZ_ASSERT(longer);
	memcpy(longer, data, size);
	if (units == ACPI_NO_UNIT)
		FUZZ_ASSERT(acpi_find_unit(table, longer, size + 8) == ACPI_NO_UNIT);
	else
		FUZZ_ASSERT(acpi_find_unit(table, longer, size + 8) == ACPI_UNIT);

	/* One that is cut is never told to be without a unit. */
	for (size_t n = 0; n < size && n < 256 && units == ACPI_UNIT; n++)
		FUZZ_ASSERT(acpi_find_unit(table, data, n) != ACPI_NO_UNIT);
	return 0;
}
