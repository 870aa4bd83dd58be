/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/machine/board.h"

#include <string.h>

#include "helper/base/pci_attribute.h"

#define PLACE_MAX 512

/* Some of these IDs are also those of a board with one GPU. */
static const struct board {
	struct pci_id id;
	unsigned n_gpus;
} boards[] = {
	{{0x10de, 0x0ff2}, 4}, /* GRID K1 */
	{{0x10de, 0x0fef}, 4}, /* GRID K340 */
	{{0x10de, 0x11bf}, 2}, /* GRID K2 */
	{{0x10de, 0x118f}, 2}, /* Tesla K10 */
	{{0x10de, 0x102d}, 2}, /* Tesla K80 */
	{{0x10de, 0x13bd}, 4}, /* Tesla M10 */
	{{0x10de, 0x13f2}, 2}, /* Tesla M60 */
	{{0x10de, 0x25b6}, 4}, /* A16, A2 */
	{{0x10de, 0x1001}, 2}, /* GTX TITAN Z */
	{{0x10de, 0x1188}, 2}, /* GTX 690 */
	{{0x1002, 0x679b}, 2}, /* HD 7990 */
	{{0x1002, 0x67b9}, 2}, /* R9 295X2 */
	{{0x1002, 0x7300}, 2}, /* Radeon Pro Duo, R9 Fury */
	{{0x1002, 0x66a3}, 2}, /* Radeon Pro Vega II Duo */
	{{0x1002, 0x6864}, 2}, /* Radeon Pro V340 */
	{{0x1002, 0x7408}, 2}, /* MI250X */
	{{0x1002, 0x740c}, 2}, /* MI250, MI250X */
	{{0x8086, 0x56c1}, 2}, /* Data Center GPU Flex 140 */
	{{0x8086, 0xe211}, 2}, /* Arc Pro B60, B60 Dual */
};

static unsigned gpus_of_board(const struct pci_id *id)
{
	for (size_t i = 0; i < ARRAY_SIZE(boards); i++)
		if (boards[i].id.vendor == id->vendor && boards[i].id.device == id->device)
			return boards[i].n_gpus;
	return 0;
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

/* How many like it are below a bridge, and the lowest of their addresses. */
static unsigned count_below(const struct root *root, const struct machine *machine,
			    const struct function_id *id, const char *bridge,
			    struct pci_address *ret)
{
	unsigned n = 0;

	for (size_t i = 0; i < machine->n_functions; i++) {
		const struct function *f = &machine->function[i];
		char place[PLACE_MAX];

		if (is_alike(&f->id, id) && read_place(root, f, place) && is_below(place, bridge) &&
		    n++ == 0)
			*ret = f->id.address;
	}
	return n;
}

bool board_find(const struct root *root, const struct machine *machine, size_t function,
		struct pci_address *ret)
{
	const struct function *f = &machine->function[function];
	unsigned wanted = gpus_of_board(&f->id.id), n = 0;
	struct pci_address lowest;
	char bridge[PLACE_MAX];

	if (!wanted || !read_place(root, f, bridge))
		return false;
	while (n < wanted && go_up(bridge))
		n = count_below(root, machine, &f->id, bridge, &lowest);
	if (n != wanted)
		return false;
	*ret = lowest;
	return true;
}
