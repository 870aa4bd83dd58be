/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/machine/scan.h"

#include "tests/unit/test.h"
#include "tests/unit/tree.h"

#define DEVICE "sys/bus/pci/devices/0000:01:00.0"

/* "VENDOR:DEVICE SUBSYSTEM CLASS" of the only function, or "unread". */
static void describe(const struct machine *machine, char *buf, size_t size)
{
	const struct function *f = machine->function;

	if (machine->n_functions != 1)
		(void)snprintf(buf, size, "%zu functions", machine->n_functions);
	else if (f->unread)
		(void)snprintf(buf, size, "unread, %zu fault", machine->n_faults);
	else
		(void)snprintf(buf, size, "%04x:%04x %04x:%04x %06x", f->id.id.vendor,
			       f->id.id.device, f->id.subsystem.vendor, f->id.subsystem.device,
			       f->id.class_code);
}

static void scan(const struct root *root, const char *name, const char *wanted)
{
	struct machine machine;
	char text[64];

	if (!test_int(name, machine_scan(root, &machine), 0))
		return;
	describe(&machine, text, sizeof(text));
	(void)test_text(name, text, wanted);
	machine_free(&machine);
}

static void test_modaliases(void)
{
	static const struct {
		const char *modalias, *wanted;
	} rows[] = {
		{"pci:v000010DEd00001C81sv00001458sd00003733bc03sc00i00",
		 "10de:1c81 1458:3733 030000"},
		{"pci:v000010ded00001c81sv00000000sd00000000bc12sc00i0f",
		 "10de:1c81 0000:0000 12000f"},
		{"pci:v0000FFFFd0000FFFFsv0000FFFFsd0000FFFFbcFFscFFiFF",
		 "ffff:ffff ffff:ffff ffffff"},
		{"", "unread, 1 fault"},
		{"pci:", "unread, 1 fault"},
		{"usb:v000010DEd00001C81sv00001458sd00003733bc03sc00i00", "unread, 1 fault"},
		{"pci:v10DEd00001C81sv00001458sd00003733bc03sc00i00", "unread, 1 fault"},
		{"pci:v000010DGd00001C81sv00001458sd00003733bc03sc00i00", "unread, 1 fault"},
		{"pci:v000010DEd00001C81sv00001458sd00003733bc03sc00i0", "unread, 1 fault"},
		{"pci:v000010DEd00001C81sv00001458sd00003733bc03sc00", "unread, 1 fault"},
		{"pci:v 00010DEd00001C81sv00001458sd00003733bc03sc00i00", "unread, 1 fault"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct root plain;
		struct tree tree;

		tree_make(&tree);
		tree_file(&tree, "proc/sys/kernel/random/boot_id", "x\n");
		tree_file(&tree, DEVICE "/modalias", rows[i].modalias);
		scan(&tree.root, rows[i].modalias, rows[i].wanted);
		/* As on the machine itself, where paths are taken from the devices' folder. */
		plain = tree.root;
		plain.confined = false;
		scan(&plain, rows[i].modalias, rows[i].wanted);
		tree_remove(&tree);
	}
}

/* In the order of their addresses, however the folder lists them; all are found again. */
static void test_order(void)
{
	struct pci_address address, absent = {0, 0xff, 0x1f, 7};
	struct machine machine;
	struct tree tree;
	unsigned wrong = 0;

	tree_make(&tree);
	for (unsigned i = 0; i < 200; i++) {
		char path[64];

		(void)snprintf(path, sizeof(path), "sys/bus/pci/devices/%04x:%02x:%02x.%x/modalias",
			       i % 3 << 16 | i % 5, i * 7 % 256, i % 32, i % 8);
		tree_file(&tree, path, "pci:v000010DEd00001C81sv00001458sd00003733bc03sc00i00");
	}
	if (test_int("many functions", machine_scan(&tree.root, &machine), 0)) {
		test_int("all are listed", (long)machine.n_functions, 200);
		for (size_t i = 0; i < machine.n_functions; i++) {
			address = machine.function[i].id.address;
			wrong += machine_find(&machine, &address) != i;
		}
		test_int("each is found where it is", wrong, 0);
		test_int("another isn't", machine_find(&machine, &absent) == NO_FUNCTION, true);
		machine_free(&machine);
	}
	tree_remove(&tree);
}

TESTS(scan)
{
	test_modaliases();
	test_order();
	return test_done();
}
