/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Boards that carry several GPUs. */
#ifndef GPUCLAIM_CTL_MACHINE_BOARD_H
#define GPUCLAIM_CTL_MACHINE_BOARD_H

#include "helper/machine/scan.h"

enum board_answer {
	BOARD_NONE,
	BOARD_MAYBE,
	BOARD_SURE,
};

/**
 * board_find() - does a GPU sit on one board with others?
 * @function:	index of the GPU
 * @ret:	the lowest address among the GPUs of that board, its own included
 *
 * It does where its IDs are those of such a board's GPUs, and below one switch there are as many
 * of them, with its subsystem, as such a board has. Two of these boards behind a switch of the
 * mainboard have a switch of their own each. Where a board with one GPU has the IDs, too, its
 * subsystem tells, or there must be nothing else below the switch, not even an empty port; then it
 * is not sure: two boards with one GPU each may fill a switch of the mainboard.
 *
 * Source: the IDs are those of pci.ids.
 *
 * Return: whether it does; BOARD_NONE, too, where its place can't be read.
 */
enum board_answer board_find(const struct root *root, const struct machine *machine,
			     size_t function, struct pci_address *ret);

#endif
