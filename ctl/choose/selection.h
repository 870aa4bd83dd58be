/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From what was asked of setup to the text of its configuration file. Pure. */
#ifndef GPUCLAIM_CTL_CHOOSE_SELECTION_H
#define GPUCLAIM_CTL_CHOOSE_SELECTION_H

#include "ctl/choose/candidates.h"
#include "ctl/choose/request.h"
#include "ctl/node/node.h"

/**
 * selection_make() - choose
 *
 * IDs become "claim ID" lines; one that no device here has is noted only, since
 * an installer may name what comes later. Addresses become lines with the IDs
 * that are read there, so that another device at that place is not taken. With
 * @all_gpus every GPU gets such a line, but those that the host is likely to
 * need (each is noted with its reason), and "set expect=" tells their number.
 * A GPU that a skip line spares is not chosen. "set isolation=require" is written where no other
 * file says anything of it.
 *
 * Return: 0 (look at @ret->refusal), or -ENOMEM with @ret untouched. Free with
 * selection_free().
 */
int selection_make(const struct node *node, const struct candidates *candidates,
		   const struct selection_request *request, struct selection *ret) _must_check_;
void selection_free(struct selection *selection);

/**
 * selection_reason() - why --all-gpus leaves one out, in @buf or a constant; NULL: it takes it
 * @request:	its @boot_vga; a wrong one is for selection_make() to refuse
 */
#define LEFT_OUT_MAX 280
const char *selection_reason(const struct node *node, const struct candidate *c,
			     const struct selection_request *request,
			     char buf[static LEFT_OUT_MAX]);

#endif
