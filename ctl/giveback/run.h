/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One GPU, from reserved to offered again: asked, proven, reset, proven again, given back. */
#ifndef GPUCLAIM_CTL_GIVEBACK_RUN_H
#define GPUCLAIM_CTL_GIVEBACK_RUN_H

#include "ctl/change/report.h"
#include "ctl/giveback/decide.h"
#include "ctl/giveback/look.h"
#include "helper/base/pci.h"

#define GIVEBACK_DETAIL_MAX (REASON_MAX + 128)

/**
 * struct giveback_run - one
 * @url:	Placement's address instead of the catalog's, or ""
 * @began:	the operator's program or a reset was started
 * @kind:	what kind of end it was, where it could not be done
 * @doubt:	why it is left reserved; GIVEBACK_SURE: it was returned, or would be
 * @detail:	more of it, or what failed, or ""
 */
struct giveback_run {
	const struct root *root;
	const char *url;
	struct pci_address address;
	bool dry_run, began;
	enum problem kind;
	enum giveback_doubt doubt;
	char detail[GIVEBACK_DETAIL_MAX];
};

/**
 * giveback_run() - do it
 *
 * Return: 0: returned, or nothing of it is reserved; -ECANCELED: it is left reserved, see @kind:
 * PROBLEM_REFUSED: nothing was done; PROBLEM_USAGE: the configuration is broken.
 */
int giveback_run(struct giveback_run *run);

#endif
