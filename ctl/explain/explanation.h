/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What explain shows of one function: facts, each with the file that it was read from. */
#ifndef GPUCLAIM_CTL_EXPLAIN_EXPLANATION_H
#define GPUCLAIM_CTL_EXPLAIN_EXPLANATION_H

#include "ctl/explain/tree.h"

/**
 * struct explain_fact - one of them
 * @id:		"verdict-now" and so on: stable, other programs look for them
 * @value:	owned; NULL: not known
 * @file:	where it was read, "/etc/gpuclaim/gpuclaim.conf:3"; in parentheses what it follows
 *		from: rows of this list, or who tells more of it; owned
 * @error:	why it is not known; NULL: nobody tells
 */
struct explain_fact {
	const char *id;
	char *value, *file;
	const char *error;
};

/**
 * struct explanation - all of them
 * @tree:	the functions of its IOMMU group, and the ports above them
 * @next:	what to do, or NULL; owned
 * @failed:	memory ran out on the way
 */
struct explanation {
	struct pci_address address, gpu;
	bool has_gpu, ready;
	struct explain_fact *fact; /* owned */
	size_t n_facts;
	struct device_tree tree;
	char *next;
	bool failed;
};

/**
 * explain_say() - add a fact; @file: relative to the root or in parentheses, with the line if it
 * has lines
 *
 * explain_unknown(): it can't be read, for @error, a negative errno, or 0.
 * What goes wrong is seen at the end: @explanation->failed.
 */
void explain_say(struct explanation *explanation, const char *id, const char *file,
		 const char *format, ...) _printf_(4, 5);
void explain_unknown(struct explanation *explanation, const char *id, const char *file, int error);

void explanation_free(struct explanation *explanation);

/** explanation_print() - for people. Return: 0, or -errno */
int explanation_print(const struct explanation *explanation, const struct root *root,
		      const struct machine *machine, FILE *to) _must_check_;

/** explanation_add_json() - append it to an array */
void explanation_add_json(struct json_object *all, const struct explanation *explanation,
			  const struct root *root, const struct machine *machine);

#endif
