/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads what readiness is judged by: record, configuration and sysfs. Changes nothing. */
#ifndef GPUCLAIM_CTL_READINESS_GATHER_H
#define GPUCLAIM_CTL_READINESS_GATHER_H

#include "ctl/machine/recipes.h"
#include "ctl/readiness/readiness.h"
#include "helper/claim/assess.h"

/**
 * struct gathered - the facts, and what they point to
 * @device:	GPU by GPU, each with its companions, then what else rules name; owned
 * @function:	index in the machine of each device; owned
 */
struct gathered {
	struct facts facts;
	struct assessment assessment;
	struct recipes recipes;
	struct device_facts *device;
	size_t *function;
	struct idle_line *idle;
	struct pci_address *absent, *lost;
};

/** gather() - read all of it. Return: 0, or a negative errno; free with gathered_free() */
int gather(const struct root *root, struct gathered *ret) _must_check_;

/**
 * gather_as() - the same, as if setup had done its work
 * @config_text: what SELECTION_FILE will hold; gpuclaim=1 counts as given. NULL: just as it is
 */
int gather_as(const struct root *root, const char *config_text, struct gathered *ret) _must_check_;

/** gathered_users() - what would use the selected ones. Return: 0, or a negative errno */
int gathered_users(const struct root *root, const struct gathered *gathered,
		   struct gpu_users *ret) _must_check_;
void gathered_free(struct gathered *gathered);

#endif
