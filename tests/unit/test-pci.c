/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/base/pci.h"

#include "tests/unit/test.h"

static void test_addresses(void)
{
	static const struct {
		const char *text;
		int r;
		const char *printed;
	} rows[] = {
		{"0000:01:00.0", 0, "0000:01:00.0"},
		{"0000:3B:1F.7", 0, "0000:3b:1f.7"},
		{"ffff:ff:1f.7", 0, "ffff:ff:1f.7"},
		{"9AbC:dE:0F.1", 0, "9abc:de:0f.1"},
		{"10000:00:02.0", 0, "10000:00:02.0"},
		{"00010000:e1:00.1", 0, "10000:e1:00.1"},
		{"FFFFFFFF:FF:1F.7", 0, "ffffffff:ff:1f.7"},
		{"", -EINVAL, NULL},
		{"01:00.0", -EINVAL, NULL},
		{"000:01:00.0", -EINVAL, NULL},
		{"100000000:01:00.0", -ERANGE, NULL},
		{"100000000", -EINVAL, NULL},
		{"0000:1:00.0", -EINVAL, NULL},
		{"0000:001:00.0", -EINVAL, NULL},
		{"0000:01:0.0", -EINVAL, NULL},
		{"0000:01:00", -EINVAL, NULL},
		{"0000:01:00.", -EINVAL, NULL},
		{"0000:01:00.00", -EINVAL, NULL},
		{"0000:01:00.0 ", -EINVAL, NULL},
		{" 0000:01:00.0", -EINVAL, NULL},
		{"0000:01:00.0\t", -EINVAL, NULL},
		{"0x00:01:00.0", -EINVAL, NULL},
		{"0000-01-00.0", -EINVAL, NULL},
		{"0000:01:00:0", -EINVAL, NULL},
		{"0000:0g:00.0", -EINVAL, NULL},
		{"0000:01:20.0", -ERANGE, NULL},
		{"0000:01:00.8", -ERANGE, NULL},
		{"0000:01:00.f", -ERANGE, NULL},
		{"0000:01:00.g", -EINVAL, NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct pci_address before = {1, 2, 3, 4};
		struct pci_address a = before;
		char name[64], buf[PCI_ADDRESS_MAX];

		(void)snprintf(name, sizeof(name), "address \"%.20s\"", rows[i].text);
		test_int(name, pci_address_parse(rows[i].text, &a), rows[i].r);
		if (rows[i].r == 0)
			test_text(name, pci_address_format(&a, buf), rows[i].printed);
		else
			test_int("a failure leaves the address", pci_address_compare(&a, &before),
				 0);
	}
}

/* Every address that can be is printed and read back. */
static void test_round_trip(void)
{
	static const uint32_t domains[] = {0, 1, 0xffff, 0x10000, 0xffffffff};
	unsigned wrong = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(domains) << 16; i++) {
		struct pci_address a = {
			.domain = domains[i >> 16],
			.bus = (uint8_t)(i >> 8),
			.device = i >> 3 & 0x1f,
			.function = i & 7,
		};
		struct pci_address b;
		char buf[PCI_ADDRESS_MAX];

		wrong += pci_address_parse(pci_address_format(&a, buf), &b) != 0 ||
			 pci_address_compare(&a, &b) != 0;
	}
	test_int("each address is read back", wrong, 0);
}

static void test_order(void)
{
	static const char *const sorted[] = {
		"0000:00:00.0", "0000:00:00.1", "0000:00:01.0",	 "0000:01:00.0",
		"0001:00:00.0", "ffff:00:00.0", "10000:00:00.0",
	};

	for (size_t i = 0; i < ARRAY_SIZE(sorted); i++)
		for (size_t j = 0; j < ARRAY_SIZE(sorted); j++) {
			struct pci_address a, b;
			char name[64];
			int r = 0;

			(void)snprintf(name, sizeof(name), "%s <=> %s", sorted[i], sorted[j]);
			if (pci_address_parse(sorted[i], &a) == 0 &&
			    pci_address_parse(sorted[j], &b) == 0)
				r = pci_address_compare(&a, &b);
			test_int(name, (r > 0) - (r < 0), (i > j) - (i < j));
		}
}

static void test_same_device(void)
{
	const struct pci_address a = {1, 2, 3, 4};
	const struct pci_address function = {1, 2, 3, 0}, device = {1, 2, 4, 4}, bus = {1, 3, 3, 4},
				 domain = {2, 2, 3, 4};

	test_int("same device, other function", pci_address_same_device(&a, &function), true);
	test_int("other device", pci_address_same_device(&a, &device), false);
	test_int("other bus", pci_address_same_device(&a, &bus), false);
	test_int("other domain", pci_address_same_device(&a, &domain), false);
}

static void test_ids(void)
{
	static const struct {
		const char *text;
		int r;
		struct pci_id id;
	} rows[] = {
		{"10de:1c81", 0, {0x10de, 0x1c81}}, {"10DE:FFFF", 0, {0x10de, 0xffff}},
		{"0000:0000", 0, {0, 0}},	    {"", -EINVAL, {7, 7}},
		{"10de", -EINVAL, {7, 7}},	    {"10de:", -EINVAL, {7, 7}},
		{"10de:*", -EINVAL, {7, 7}},	    {"10de:1c8", -EINVAL, {7, 7}},
		{"10de:1c811", -EINVAL, {7, 7}},    {"10de 1c81", -EINVAL, {7, 7}},
		{"10de:1c8g", -EINVAL, {7, 7}},	    {"+0de:1c81", -EINVAL, {7, 7}},
		{":1c81", -EINVAL, {7, 7}},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct pci_id id = {7, 7};
		char name[64];

		(void)snprintf(name, sizeof(name), "id \"%s\"", rows[i].text);
		test_int(name, pci_id_parse(rows[i].text, &id), rows[i].r);
		test_int(name, id.vendor, rows[i].id.vendor);
		test_int(name, id.device, rows[i].id.device);
	}
}

static void test_classes(void)
{
	static const struct {
		uint32_t class_code;
		const char *is, *name;
	} rows[] = {
		{0x030000, "gpu", "VGA controller"},
		{0x030200, "gpu", "3D controller"},
		{0x038000, "gpu", "display controller"},
		{0x120000, "gpu", "processing accelerator"},
		{0x120100, "gpu", "processing accelerator"},
		{0x040300, "companion", "audio device"},
		{0x040380, "companion", "audio device"},
		{0x0c0330, "companion", "USB controller"},
		{0x0c8000, "companion", "serial bus controller"},
		{0x060000, "bridge", "host bridge"},
		{0x060100, "bridge", "ISA bridge"},
		{0x060400, "bridge", "PCI bridge"},
		{0x060401, "bridge", "PCI bridge"},
		{0x068000, "fabric", "bridge"},
		{0x060500, "", "bridge"},
		{0x020000, "", "network controller"},
		{0x010802, "", "NVMe controller"},
		{0x010601, "", "SATA controller"},
		{0x010700, "", "storage controller"},
		{0x040100, "", "multimedia controller"},
		{0x0c0500, "", "SMBus controller"},
		{0x000000, "", "unclassified device"},
		{0x130000, "", "non-essential instrumentation"},
		{0x140000, "", "device of unknown class"},
		{0x400000, "", "co-processor"},
		{0xff0000, "", "device of unknown class"},
		{0x000300, "", "unclassified device"}, /* VGA's digits one place too low */
		{0x000003, "", "unclassified device"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint32_t class_code = rows[i].class_code;
		char name[64], is[64];

		(void)snprintf(name, sizeof(name), "class %06x", class_code);
		(void)snprintf(is, sizeof(is), "%s%s%s%s",
			       pci_class_is_gpu(class_code) ? "gpu" : "",
			       pci_class_is_companion(class_code) ? "companion" : "",
			       pci_class_is_bridge(class_code) ? "bridge" : "",
			       pci_class_is_fabric(class_code) ? "fabric" : "");
		test_text(name, is, rows[i].is);
		test_text(name, pci_class_name(class_code), rows[i].name);
	}
}

TESTS(pci)
{
	test_addresses();
	test_round_trip();
	test_order();
	test_same_device();
	test_ids();
	test_classes();
	return test_done();
}
