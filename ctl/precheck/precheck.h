/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Before setup changes anything: is it any use, and is it safe? Reads only. */
#ifndef GPUCLAIM_CTL_PRECHECK_PRECHECK_H
#define GPUCLAIM_CTL_PRECHECK_PRECHECK_H

#include "ctl/print/finding.h"
#include "ctl/node/node.h"

/**
 * precheck() - look at everything that setup depends on
 * @node:	of the same root, with its boot and its images
 * @config_text: what SELECTION_FILE will hold
 * @rewritten:	setup has a program write the next boot's arguments anew, as new kernels get them
 *
 * In a tree without sys what is about hardware is STATE_SKIP.
 *
 * Return: 0, or a negative errno. Free with findings_free().
 */
int precheck(const struct root *root, const struct node *node, const char *config_text,
	     bool rewritten, struct findings *ret) _must_check_;

#endif
