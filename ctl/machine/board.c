/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/machine/board.h"

#include <string.h>

#include "helper/base/pci_attribute.h"

#define PLACE_MAX 512

/* Boards with one GPU may have the ID, too: a subsystem tells, or (@shared) nothing does. */
static const struct board {
	struct pci_id id;
	unsigned n_gpus;
	struct pci_id subsystem;
	bool shared;
} boards[] = {
	{.id = {0x10de, 0x0ff2}, .n_gpus = 4},				      /* GRID K1 */
	{.id = {0x10de, 0x0fef}, .n_gpus = 4},				      /* GRID K340 */
	{.id = {0x10de, 0x11bf}, .n_gpus = 2},				      /* GRID K2 */
	{.id = {0x10de, 0x118a}, .n_gpus = 2},				      /* GRID K520 */
	{.id = {0x10de, 0x118f}, .n_gpus = 2},				      /* Tesla K10 */
	{.id = {0x10de, 0x102d}, .n_gpus = 2},				      /* Tesla K80 */
	{.id = {0x10de, 0x13bd}, .n_gpus = 4},				      /* Tesla M10 */
	{.id = {0x10de, 0x13f2}, .n_gpus = 2},				      /* Tesla M60 */
	{.id = {0x10de, 0x25b6}, .n_gpus = 4, .subsystem = {0x10de, 0x14a9}}, /* A16; A2 */
	{.id = {0x10de, 0x1001}, .n_gpus = 2},				      /* GTX TITAN Z */
	{.id = {0x10de, 0x1088}, .n_gpus = 2},				      /* GTX 590 */
	{.id = {0x10de, 0x1188}, .n_gpus = 2},				      /* GTX 690 */
	{.id = {0x1002, 0x689c}, .n_gpus = 2},				      /* HD 5970 */
	{.id = {0x1002, 0x671c}, .n_gpus = 2},				      /* HD 6990 */
	{.id = {0x1002, 0x671d}, .n_gpus = 2},				      /* HD 6990 */
	{.id = {0x1002, 0x678a}, .n_gpus = 2, .subsystem = {0x1002, 0x0b0e}}, /* FirePro S10000 */
	{.id = {0x1002, 0x678a}, .n_gpus = 2, .subsystem = {0x1002, 0x0b2a}}, /* FirePro S10000 */
	{.id = {0x1002, 0x679b}, .n_gpus = 2},				      /* HD 7990 */
	{.id = {0x1002, 0x67b9}, .n_gpus = 2},				      /* R9 295X2 */
	{.id = {0x1002, 0x7300}, .n_gpus = 2, .subsystem = {0x1002, 0x1b36}}, /* Pro Duo; Fury */
	{.id = {0x1002, 0x7300}, .n_gpus = 2, .subsystem = {0x1002, 0x0b35}}, /* S9300 X2 */
	{.id = {0x1002, 0x66a3}, .n_gpus = 2, .shared = true}, /* Radeon Pro Vega II Duo, Vega II */
	{.id = {0x1002, 0x73ab}, .n_gpus = 2, .shared = true}, /* Radeon Pro W6800X Duo, W6800X */
	{.id = {0x1002, 0x6864}, .n_gpus = 2},		       /* Radeon Pro V340 */
	{.id = {0x1002, 0x7408}, .n_gpus = 2},		       /* MI250X */
	{.id = {0x1002, 0x740c}, .n_gpus = 2},		       /* MI250, MI250X */
	{.id = {0x8086, 0x56c1}, .n_gpus = 2},		       /* Data Center GPU Flex 140 */
	{.id = {0x8086, 0xe211}, .n_gpus = 2, .shared = true}, /* Arc Pro B60 Dual, B60 */
};

static bool is_equal(const struct pci_id *a, const struct pci_id *b)
{
	return a->vendor == b->vendor && a->device == b->device;
}

static const struct board *board_of(const struct function_id *id)
{
	for (size_t i = 0; i < ARRAY_SIZE(boards); i++)
		if (is_equal(&boards[i].id, &id->id) &&
		    (!boards[i].subsystem.vendor || is_equal(&boards[i].subsystem, &id->subsystem)))
			return &boards[i];
	return NULL;
}

static bool is_alike(const struct function_id *a, const struct function_id *b)
{
	return a->class_code == b->class_code && memcmp(&a->id, &b->id, sizeof(a->id)) == 0 &&
	       memcmp(&a->subsystem, &b->subsystem, sizeof(a->subsystem)) == 0;
}

static bool read_place(const struct root *root, const struct function *f,
		       char ret[static PLACE_MAX])
{
	char path[PCI_PATH_MAX];

	return root_link_target(root, pci_attribute_path(&f->id.address, "", path), ret,
				PLACE_MAX) >= 0;
}

/* One bridge up. False: that is a root port, ".../pci0000:3a/0000:3a:00.0", or none. */
static bool go_up(char place[static PLACE_MAX])
{
	char *end = strrchr(place, '/');

	if (!end)
		return false;
	*end = '\0';
	end = strrchr(place, '/');
	while (end && end > place && end[-1] != '/')
		end--;
	return end && strncmp(end, "pci", 3) != 0;
}

static bool is_below(const char *place, const char *bridge)
{
	size_t n = strlen(bridge);

	return strncmp(place, bridge, n) == 0 && place[n] == '/';
}

/* How many like it (NULL: of all) are below a bridge, and the lowest of their addresses. */
static unsigned count_below(const struct root *root, const struct machine *machine,
			    const struct function_id *id, const char *bridge,
			    struct pci_address *ret)
{
	unsigned n = 0;

	for (size_t i = 0; i < machine->n_functions; i++) {
		const struct function *f = &machine->function[i];
		char place[PLACE_MAX];

		if ((!id || is_alike(&f->id, id)) && read_place(root, f, place) &&
		    is_below(place, bridge) && n++ == 0)
			*ret = f->id.address;
	}
	return n;
}

/* Nothing else ends below a bridge, as a mainboard's empty slot would. */
static bool has_only(const struct root *root, const struct machine *machine,
		     const struct function_id *id, const char *bridge)
{
	for (size_t i = 0; i < machine->n_functions; i++) {
		const struct function *f = &machine->function[i];
		struct pci_address any;
		char place[PLACE_MAX];

		if (!is_alike(&f->id, id) && !pci_class_is_companion(f->id.class_code) &&
		    read_place(root, f, place) && is_below(place, bridge) &&
		    count_below(root, machine, NULL, place, &any) == 0)
			return false;
	}
	return true;
}

enum board_answer board_find(const struct root *root, const struct machine *machine,
			     size_t function, struct pci_address *ret)
{
	const struct function *f = &machine->function[function];
	const struct board *board = board_of(&f->id);
	unsigned n = 0;
	struct pci_address lowest;
	char bridge[PLACE_MAX];

	if (!board || !read_place(root, f, bridge))
		return BOARD_NONE;
	while (n < board->n_gpus && go_up(bridge))
		n = count_below(root, machine, &f->id, bridge, &lowest);
	if (n != board->n_gpus || (board->shared && !has_only(root, machine, &f->id, bridge)))
		return BOARD_NONE;
	*ret = lowest;
	return board->shared ? BOARD_MAYBE : BOARD_SURE;
}
