/* SPDX-License-Identifier: GPL-2.0-or-later */
/* May report_in_placement be taken out again? */
#ifndef GPUCLAIM_CTL_NOVA_REPORT_LINE_H
#define GPUCLAIM_CTL_NOVA_REPORT_LINE_H

#include "helper/base/root.h"
#include "nova/tell/dropin.h"

/* How long nova-compute may take from its start to the reading of its files, and from there to its
 * first report: slow machines need over a minute for its imports alone. */
#define NOVA_START_CS (UINT64_C(300) * 100)

/** enum nova_answer - what Placement says of this node's PCI devices */
enum nova_answer {
	NOVA_NOT_ASKED,
	NOVA_HAS_NONE,
	NOVA_HAS_SOME,
};

/**
 * struct nova_runs - the nova-computes that run now
 * @now:	when that was
 * @own:	how many of them are in the unit that starts this node's. In a container none is
 *		known to be
 * @last_cs, @last_pid: the one that was started last
 * @unread:	whether there are others can't be told
 */
struct nova_runs {
	struct nova_moment now;
	size_t n, own;
	uint64_t last_cs;
	int last_pid;
	bool unread;
};

/**
 * nova_runs_read() - look at /proc. Where it tells nothing, nothing is known
 * @unit:	"nova-compute.service"; NULL: there is none
 */
void nova_runs_read(const struct root *root, const char *unit, struct nova_runs *ret);

/**
 * nova_runs_in() - does /proc/PID/cgroup say that a process is this unit's? Pure.
 *
 * Source: proc(5), cgroups(7); systemd's units are below slices, whose names end in ".slice".
 */
bool nova_runs_in(const char *cgroup, const char *unit);

/**
 * struct nova_report_facts - what is known
 * @readable:	the files can be read; else @elsewhere is not known
 * @elsewhere:	another file sets it to true, too
 * @contained:	this node's nova-compute is in a container, or not in the unit that starts it: when
 * it read which file is not known
 * @reverted:	ours lists no devices any more: a nova-compute that is started now reports none
 * @since:	when ours was written
 */
struct nova_report_facts {
	bool readable, elsewhere, contained, reverted;
	enum nova_answer placement;
	struct nova_moment since;
	struct nova_runs runs;
};

enum nova_report_fate {
	NOVA_REPORT_GOES,
	NOVA_REPORT_IN_USE,  /* Placement has providers */
	NOVA_REPORT_RUNNING, /* Placement has none yet, and a nova-compute may still know of devices
			      */
	NOVA_REPORT_STARTING, /* Placement has none yet */
	NOVA_REPORT_STARTED,  /* a nova-compute was started with it */
	NOVA_REPORT_UNKNOWN,  /* whether one was can't be told */
};

/**
 * nova_report_fate() - would nova-compute start without it? Pure.
 *
 * Without it nova-compute refuses to start while a resource provider of its node has the trait
 * COMPUTE_MANAGED_PCI_DEVICE; these are made by a nova-compute that was started with it. One that
 * has run since before it was written has not seen it: Nova reads it at its start alone.
 *
 * Source: ensure_tracking_was_not_enabled_before() and update_provider_tree_for_pci() in
 * nova/compute/pci_placement_translator.py, the same from 26 to 34; the option is not mutable
 * (nova/conf/pci.py).
 */
enum nova_report_fate nova_report_fate(const struct nova_report_facts *facts);

/** nova_report_why() - what keeps it there, as a part of a sentence; for all but NOVA_REPORT_GOES
 */
#define NOVA_REPORT_WHY_MAX 160
const char *nova_report_why(const struct nova_report_facts *facts, enum nova_report_fate fate,
			    char buf[static NOVA_REPORT_WHY_MAX]);

/** nova_report_read() - all but @ret->placement, .reverted and .since, for the drop-in at @path */
int nova_report_read(const struct root *root, const char *path,
		     struct nova_report_facts *ret) _must_check_;

#endif
