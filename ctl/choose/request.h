/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is asked of setup about GPUs, and the answer. */
#ifndef GPUCLAIM_CTL_CHOOSE_REQUEST_H
#define GPUCLAIM_CTL_CHOOSE_REQUEST_H

#include <stdbool.h>

#include "helper/base/text.h"

/**
 * struct selection_request - the values of setup's options; NULL where not given
 * @ids:	"10de:1c81,10de:*"
 * @addresses:	"0000:3b:00.0,5e:00.0": without a domain it is 0000
 * @adopted:	likewise; not named by an option, but by old recipes
 * @boot_vga:	"allow" or "refuse"
 * @as_configured: the claim lines that there are, in SELECTION_FILE too, are the choice
 */
struct selection_request {
	const char *ids, *addresses, *adopted, *boot_vga;
	bool all_gpus, as_configured;
};

/**
 * struct selection - the answer
 * @text:	the whole content of SELECTION_FILE, owned; NULL: see @refusal
 * @refusal:	one sentence with its remedy, owned
 * @usage:	the options themselves are wrong (exit code 2), whatever the machine;
 *		else they ask for what can't or must not be done here (4)
 * @notes:	one line a GPU, chosen, or left out and why; and what else is to be said
 * @dropped:	the GPUs that SELECTION_FILE claims so far and nothing will: "0000:3b:00.0
 * (10de:2330)"
 * @n_gpus:	how many GPUs of this machine the text selects
 * @n_usable:	how many of these can be handed out: of an IOMMU group one, or all its NVSwitches;
 *		while the IOMMU is off, and with it the groups unknown, how many are sure to be
 */
struct selection {
	char *text, *refusal;
	bool usage;
	struct text_list notes, dropped;
	size_t n_gpus, n_usable;
};

#endif
