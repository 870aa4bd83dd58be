/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A policy as one line of text, for the tests that compare them. */
#ifndef GPUCLAIM_POLICY_TEXT_H
#define GPUCLAIM_POLICY_TEXT_H

#include "helper/policy/policy.h"
#include "tests/unit/tree.h"

#define POLICY_TEXT_MAX 4096

/* One case: files for tree_script(), and what they make. */
struct policy_row {
	const char *name, *files, *expected;
};

/* All that the policy below the tree's root says; what is as usual is left out. */
void policy_text(const struct tree *tree, char buf[static POLICY_TEXT_MAX]);

/* Compares the text of each. */
void policy_check(const struct policy_row *rows, size_t n);

#endif
