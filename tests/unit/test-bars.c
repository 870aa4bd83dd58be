/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/machine/health.h"

#include "tests/unit/test.h"
#include "tests/unit/tree.h"

#define DEVICE	"sys/bus/pci/devices/0000:01:00.0/"
#define NONE	"0x0 0x0 0x0|"
#define SOME	"0x100000 0x101fff 0x40200|"
#define WIDE	"0x4000000000 0x40000fffff 0x14220c|"
#define DISPLAY 0x03
#define AUDIO	0x04
#define BRIDGE	0x06
#define COMPUTE 0x12

/* What the registers say, beside what the kernel made of them: its first three lines. */
static const struct {
	const char *name, *resource;
	uint8_t command, class_code, header_type;
	uint32_t bar[3];
	const char *expected;
} rows[] = {
	{"as the registers say", SOME NONE NONE, 3, DISPLAY, 0, {0x100000}, ""},
	{"64 bits, given up", NONE NONE SOME, 3, DISPLAY, 0, {0xc, 0, 0x100000}, "0 reads c"},
	{"32 bits, given up",
	 NONE SOME NONE,
	 3,
	 DISPLAY,
	 0,
	 {0xfe000000, 0x100000},
	 "0 reads fe000000"},
	{"a companion's, given up", NONE NONE NONE, 0, AUDIO, 0, {0x4}, "0 reads 4"},
	{"the third one, given up", WIDE NONE NONE, 3, DISPLAY, 0, {0xc, 0x40, 0x8}, "2 reads 8"},
	{"the other half", WIDE NONE NONE, 3, DISPLAY, 0, {0xc, 0x40}, ""},
	{"an I/O port", NONE SOME NONE, 3, DISPLAY, 0, {0xe001, 0x100000}, ""},
	{"ones", NONE SOME NONE, 3, DISPLAY, 0, {0xffffffff, 0x100000}, ""},
	{"a bridge has other registers there", NONE NONE NONE, 0, BRIDGE, 1, {0xc}, ""},
	{"a GPU without memory", NONE NONE NONE, 0, DISPLAY, 0, {0}, "none"},
	{"an accelerator without memory", NONE NONE NONE, 1, COMPUTE, 0, {0}, "none"},
	{"it decodes memory, whatever it is", NONE NONE NONE, 2, DISPLAY, 0, {0}, ""},
	{"a companion without memory", NONE NONE NONE, 0, AUDIO, 0, {0}, ""},
};

static void make_config(size_t i, uint8_t config[static 64])
{
	config[0x00] = 0xde;
	config[0x01] = 0x10;
	config[0x04] = rows[i].command;
	config[0x0b] = rows[i].class_code;
	config[0x0e] = rows[i].header_type;
	for (size_t k = 0; k < ARRAY_SIZE(rows[i].bar); k++)
		for (unsigned b = 0; b < 4; b++)
			config[0x10 + 4 * k + b] = (uint8_t)(rows[i].bar[k] >> 8 * b);
}

static void test_row(size_t i)
{
	static const struct pci_address spot = {.bus = 1};
	uint8_t config[64] = {0};
	char text[256] = "";
	struct health health;
	struct tree tree;

	make_config(i, config);
	(void)snprintf(text, sizeof(text), "f " DEVICE "resource %s" NONE NONE NONE "\n",
		       rows[i].resource);
	tree_make(&tree);
	tree_script(&tree, text);
	tree_bytes(&tree, DEVICE "config", config, sizeof(config));
	health = health_read(&tree.root, &spot, NULL, false);
	text[0] = '\0';
	if (health.dropped)
		(void)snprintf(text, sizeof(text), "%u reads %x", health.homeless_bar,
			       health.bar_register);
	test_text(rows[i].name, health.no_bars ? "none" : text, rows[i].expected);
	tree_remove(&tree);
}

TESTS(bars)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		test_row(i);
	return test_done();
}
