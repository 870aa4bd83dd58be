/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of Nova's configuration is judged, and what came out. */
#ifndef GPUCLAIM_CTL_JUDGE_JUDGEMENT_H
#define GPUCLAIM_CTL_JUDGE_JUDGEMENT_H

#include "ctl/print/finding.h"
#include "ctl/readiness/devices.h"
#include "nova/config/effective.h"
#include "nova/rules/alias.h"
#include "nova/rules/provider.h"

/**
 * struct nova_group - the IOMMU group of a GPU that a driver of VFIO's has
 * @none:	it is in none
 * @blocker:	a member whose driver keeps a guest from it, or NULL
 */
struct nova_group {
	bool none;
	const struct nova_device *blocker;
};

/**
 * struct verify_facts - what is judged
 * @effective:	the configuration as nova-compute reads it
 * @devices, @results: as readiness has them, of the same index
 * @driver:	for each of the host's devices the one that is bound, "" if none
 * @vfio:	for each of them whether that is one of VFIO's, by its name or by vfio-dev/
 * @group:	of each of them
 * @mounted:	see disk_use_read()
 * @dropin:	where gpuclaim's own drop-in is, "/etc/nova/nova.conf.d/60-gpuclaim.conf"
 * @has_dropin:	it is there
 * @api, @scheduler: what nova-api and nova-scheduler read, where they are on this node; else NULL
 */
struct verify_facts {
	unsigned release;
	const char *node;
	const struct effective *effective, *api, *scheduler;
	const struct nova_host *host;
	const struct device_facts *devices;
	const struct device_result *results;
	size_t n_devices;
	const char *const *driver;
	const bool *vfio;
	const struct nova_group *group;
	const struct text_list *mounted;
	const char *dropin;
	bool has_dropin;
};

/**
 * struct nova_judgement - what came out
 * @match:	for each of the host's devices the index of the spec that it is matched by, or
 *		SIZE_MAX; owned
 * @offers_none: by its driver nova-compute offers no device of this node: they are not judged
 * @beaten:	the environment beats the files
 * @stop:	how many findings there were when the first was added that stops nova-compute; 0:
 *		none does. That its resources are never reported is no better
 */
struct nova_judgement {
	struct nova_rules rules;
	struct oslo_values spec_values, alias_values;
	struct devspecs specs;
	struct alias_rules aliases;
	struct providers providers;
	bool offers_none, beaten;
	size_t *match, stop;
	struct findings findings;
};

void nova_judgement_free(struct nova_judgement *judgement);

/** nova_judgement_set_stop() - the finding that was added last stops nova-compute */
void nova_judgement_set_stop(struct nova_judgement *judgement);

/** nova_judgement_stop() - what stops nova-compute, in Nova's words, or NULL */
const struct finding *nova_judgement_stop(const struct nova_judgement *judgement);

/** nova_judgement_doubts() - part of the configuration could not be judged */
bool nova_judgement_doubts(const struct nova_judgement *judgement);

/** verify_find_device() - what readiness knows of an address; its index, or SIZE_MAX */
size_t verify_find_device(const struct verify_facts *facts, const struct pci_address *address);

/** verify_find_unit() - the same of what can be claimed: a GPU or a companion, no virtual function
 */
size_t verify_find_unit(const struct verify_facts *facts, const struct nova_device *device);

#endif
