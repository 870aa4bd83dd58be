/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PCI functions with the ports above them, as a tree. */
#ifndef GPUCLAIM_CTL_EXPLAIN_TREE_H
#define GPUCLAIM_CTL_EXPLAIN_TREE_H

#include "ctl/machine/names.h"
#include "ctl/print/json.h"
#include "ctl/print/table.h"
#include "helper/machine/scan.h"

/**
 * struct tree_node - a function of it
 * @function:	index in the machine
 * @parent:	index of the port above it in the tree, or SIZE_MAX
 * @asked:	it was asked for, and is no mere port above
 */
struct tree_node {
	size_t function, parent;
	bool asked;
};

/** struct device_tree - the ports before what is below them */
struct device_tree {
	struct tree_node *node; /* owned */
	size_t n;
};

/**
 * device_tree_make() - the functions that are wanted, and the ports above them
 * @wanted:	one for each function of @machine
 * @ret:	to be freed on failure, too
 *
 * A function whose place can't be read stands at the root. The drivers of all are read.
 *
 * Return: 0, or -ENOMEM.
 */
int device_tree_make(const struct root *root, struct machine *machine, const bool *wanted,
		     struct device_tree *ret) _must_check_;
void device_tree_free(struct device_tree *tree);

/* Ends with NULL. */
extern const char *const device_tree_columns[];

/** device_tree_print() - print it. Return: 0, or -errno */
int device_tree_print(const struct root *root, const struct machine *machine,
		      const struct device_tree *tree, FILE *to) _must_check_;

/** device_tree_add_json() - an array below @key: address, parent, asked, class and driver */
void device_tree_add_json(struct json_object *to, const char *key, const struct root *root,
			  const struct machine *machine, const struct device_tree *tree);

#endif
