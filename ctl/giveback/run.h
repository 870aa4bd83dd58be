/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One GPU, from reserved to offered again: asked, proven, reset, proven again, given back. */
#ifndef GPUCLAIM_CTL_GIVEBACK_RUN_H
#define GPUCLAIM_CTL_GIVEBACK_RUN_H

#include "ctl/giveback/decide.h"
#include "ctl/giveback/look.h"
#include "helper/base/exit_code.h"
#include "helper/base/pci.h"

#define GIVEBACK_DETAIL_MAX (REASON_MAX + 128)

/**
 * struct giveback_run - one
 * @url:	Placement's address instead of the catalog's, or ""
 * @doubt:	why it is left reserved; GIVEBACK_SURE: it was returned, or would be
 * @detail:	more of it, or what failed, or ""
 */
struct giveback_run {
	const struct root *root;
	const char *url;
	struct pci_address address;
	bool dry_run;
	enum giveback_doubt doubt;
	char detail[GIVEBACK_DETAIL_MAX];
};

/**
 * giveback_run() - do it
 *
 * Return: EXIT_CODE_OK: returned, or nothing of it is reserved; EXIT_CODE_REFUSED: nothing was
 * done; EXIT_CODE_USAGE: the configuration is broken; EXIT_CODE_FAILED: it is left reserved.
 */
enum exit_code giveback_run(struct giveback_run *run);

#endif
