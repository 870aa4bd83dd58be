/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What scan has found, printed. */
#ifndef GPUCLAIM_CTL_VERBS_SCAN_PRINT_H
#define GPUCLAIM_CTL_VERBS_SCAN_PRINT_H

#include <stdio.h>

#include "ctl/explain/chain.h"
#include "ctl/guests/guests.h"
#include "ctl/machine/attributes.h"
#include "ctl/machine/board.h"
#include "ctl/print/table.h"
#include "helper/machine/modalias.h"
#include "helper/machine/scan.h"

/**
 * struct scan_row - a GPU, or a function that comes along with one
 * @gpu:	the GPU it belongs to, itself for a GPU
 * @on_board: it sits on one board with other GPUs, see board_find()
 * @knows_modules: there was a list of this kernel's modules to look in
 * @module:	the modules that would take it, and the driver that has it; owned
 */
struct scan_row {
	const struct function *function;
	struct pci_address gpu;
	bool companion;
	enum board_answer on_board;
	struct pci_address board;
	struct place place;
	char path[TOPOLOGY_MAX]; /* as path= has it, or "" */
	struct attributes attributes;
	bool knows_modules;
	struct alias_match *module;
	size_t n_modules;
	struct gpu_use use;
};

/**
 * struct scan_rows - all of them
 * @row:	GPU by GPU, each with its companions; owned
 * @machine, @tree: with --tree: the functions with the ports above them; else NULL
 * @assessment:	with --why: which lines select what; else NULL
 * @future:	with --why: what the next boot decides; NULL: its kernel arguments are not known
 */
struct scan_rows {
	struct scan_row *row;
	size_t n;
	struct names *names;
	const struct root *root;
	const struct machine *machine;
	const struct device_tree *tree;
	const struct assessment *assessment, *future;
};

/* Ends with NULL. */
extern const char *const scan_columns[];

/* Return: 0, or -ENOMEM. */
int scan_print_text(const struct scan_rows *rows, const struct table_style *style,
		    FILE *to) _must_check_;
int scan_print_json(const struct scan_rows *rows, FILE *to) _must_check_;

#endif
