/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What may make a guest slower than this machine could: hints, never failures. Pure. */
#ifndef GPUCLAIM_CTL_HINTS_HINTS_H
#define GPUCLAIM_CTL_HINTS_HINTS_H

#include "ctl/machine/health.h"
#include "ctl/machine/peer.h"
#include "helper/base/pci.h"

#define HINT_TEXT_MAX  224
#define HINT_ABOVE_MAX 256

enum hint_state {
	HINT_GOOD,
	HINT_SLOWER,
	HINT_UNKNOWN,
};

/** hint_state_name() - "good", "slower", "unknown" */
const char *hint_state_name(enum hint_state state);

/**
 * struct hint - one answer
 * @id:		stable: other programs look for it
 * @source:	where its fact is read: an attribute of @gpu, or, told as it stands, what begins
 *		with a slash or a bracket
 * @peer:	of a pair the other GPU, with the higher address
 */
struct hint {
	const char *id, *source;
	enum hint_state state;
	struct pci_address gpu, peer;
	bool has_peer;
	char text[HINT_TEXT_MAX];
};

struct hints {
	struct hint *hint; /* GPU by GPU, then pair by pair; owned */
	size_t n;
};

/**
 * struct hint_gpu - the facts of one GPU; zero, "" and -1: not known
 * @silent:	it sleeps or does not answer: its link and its BARs were not looked at
 * @narrow:	of its link, or of one above it
 * @speed:	of its link; less than both ends can do. 0: as much, as far as is known
 * @bars_bytes:	of all its memory BARs; @largest_bytes: of the largest of them
 * @resizable:	a BAR of it can be resized: @resizable_bar, which has @resizable_bytes, and could
 *		have @possible_bytes
 * @free_pages:	of 1 GiB, on its NUMA node, or on a machine without such nodes; or -1
 * @dedicated:	CPUs there that are kept for guests; or -1
 * @group_type:	"identity", "DMA", "DMA-FQ"
 * @ats:	as it is set now
 * @above:	where it sits in sysfs, without itself: "pci0000:00/0000:00:01.0/"
 */
struct hint_gpu {
	struct pci_address address;
	bool silent, resizable;
	int group, numa_node;
	unsigned resizable_bar;
	struct narrow_link narrow;
	double speed, speed_possible;
	uint64_t bars_bytes, largest_bytes, resizable_bytes, possible_bytes;
	long free_pages, dedicated;
	enum ats ats;
	char group_type[16], above[HINT_ABOVE_MAX];
};

/**
 * struct hint_port - a port of a switch that is above two GPUs, one of them below this port
 */
struct hint_port {
	struct pci_address address;
	enum acs acs;
};

/**
 * struct hint_facts - and of the machine
 * @port:	those of hints_find_port(); one that is missing is not known
 * @address_bits: of the processor's physical addresses
 * @kernel:	6012 for Linux 6.12
 * @backports:	it is a kernel of a distribution that brings back what newer ones have
 * @override:	its IOMMU groups are made by an ACS override: they tell nothing of the ports
 */
struct hint_facts {
	const struct hint_gpu *gpu; /* in the order of their addresses */
	size_t n;
	const struct hint_port *port;
	size_t n_ports;
	unsigned address_bits, kernel;
	bool backports, override;
};

/**
 * hints_find_port() - where requests of @a to @b enter the switch that is above both
 *
 * Return: false: there is no switch, or none of its ports is between.
 */
bool hints_find_port(const struct hint_gpu *a, const struct hint_gpu *b, struct pci_address *ret);

/**
 * hints_judge() - hold the facts against a table of rules
 *
 * Source: of each rule, beside it, in hints.c. Of more than HINT_GPUS_MAX GPUs no pairs are told.
 *
 * Return: 0, or -ENOMEM. Free with hints_free().
 */
#define HINT_GPUS_MAX 64
int hints_judge(const struct hint_facts *facts, struct hints *ret) _must_check_;
void hints_free(struct hints *hints);

#endif
