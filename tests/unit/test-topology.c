/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/policy/topology.h"

#include <string.h>

#include "tests/unit/test.h"

static void test_parse(void)
{
	static const struct {
		const char *text, *expected;
	} rows[] = {
		{"0000:00/01.0/00.0", "0000:00/01.0/00.0"},
		{"0000:AB/1F.7", "0000:ab/1f.7"},
		{"10000:e0/06.0/00.0", "10000:e0/06.0/00.0"},
		{"\\_SB_.PC00/0A.0", "\\_SB_.PC00/0a.0"},
		{"\\_SB_.PC00.BR1A/0A.0", "\\_SB_.PC00.BR1A/0a.0"},
		{"\\_SB.PCI0/01.0", NULL},
		{"\\_sb_.pci0/01.0", NULL},
		{"\\_SB_./01.0", NULL},
		{"\\_SB_.0CI0/01.0", NULL},
		{"\\_SB_.PCI01/01.0", NULL},
		{"\\/01.0", NULL},
		{"0000:00", NULL},
		{"0000:00/", NULL},
		{"/01.0", NULL},
		{"", NULL},
		{"000:00/01.0", NULL},
		{"0000:0/01.0", NULL},
		{"0000:00/20.0", NULL},
		{"0000:00/01.8", NULL},
		{"0000:00/01.0/", NULL},
		{"0000:00/1.0", NULL},
		{"0000:00/01.0x", NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[TOPOLOGY_MAX] = "untouched";
		int r = topology_parse(rows[i].text, text);

		test_int(rows[i].text, r, rows[i].expected ? 0 : -EINVAL);
		test_text(rows[i].text, text, rows[i].expected ? rows[i].expected : "untouched");
	}
}

static void test_long(void)
{
	char text[TOPOLOGY_MAX + 5] = "0000:00", got[TOPOLOGY_MAX];

	for (size_t i = 0; i < 25; i++)
		strcat(text, "/00.0");
	test_int("too long", topology_parse(text, got), -EINVAL);
	text[TOPOLOGY_MAX - 6] = '\0';
	test_int("as long as may be", topology_parse(text, got), 0);
}

static void test_link(void)
{
	static const struct {
		const char *target, *expected, *root;
	} rows[] = {
		{"../../../devices/pci0000:00/0000:00:01.0/0000:01:00.0", "0000:00/01.0/00.0",
		 "../../../devices/pci0000:00"},
		{"../../../devices/pci0000:00/0000:00:02.0", "0000:00/02.0",
		 "../../../devices/pci0000:00"},
		{"../../../devices/pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:06.0/10000:e1:00.1",
		 "10000:e0/06.0/00.1", "../../../devices/pci0000:00/0000:00:0e.0/pci10000:e0"},
		{"../../../devices/platform/40000000.pcie/pci0005:00/0005:00:00.0/0005:01:00.0",
		 "0005:00/00.0/00.0", "../../../devices/platform/40000000.pcie/pci0005:00"},
		{"../../../devices/vio/0000:01:00.0", NULL, NULL},
		{"../../../devices/pci0000:00", NULL, NULL},
		{"", NULL, NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[TOPOLOGY_MAX] = "untouched";
		size_t n = 0;
		int r = topology_of_link(rows[i].target, text, &n);

		test_int(rows[i].target, r, rows[i].expected ? 0 : -EINVAL);
		test_text(rows[i].target, text, rows[i].expected ? rows[i].expected : "untouched");
		test_int(rows[i].target, (long)n, rows[i].root ? (long)strlen(rows[i].root) : 0);
	}
}

TESTS(topology)
{
	test_parse();
	test_long();
	test_link();
	return test_done();
}
