/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Holds Nova's configuration on this node against its devices. Pure. */
#ifndef GPUCLAIM_CTL_VERIFY_JUDGE_H
#define GPUCLAIM_CTL_VERIFY_JUDGE_H

#include "ctl/print/finding.h"
#include "ctl/readiness/readiness.h"
#include "nova/config/effective.h"
#include "nova/rules/alias.h"
#include "nova/rules/provider.h"

/**
 * struct nova_situation - what is judged
 * @effective:	the configuration as nova-compute reads it
 * @devices, @results: as readiness has them, of the same index
 * @driver:	for each of the host's devices the one that is bound, "" if none
 * @mounted:	see disk_use_read()
 * @dropin:	where gpuclaim's own drop-in is, "/etc/nova/nova.conf.d/60-gpuclaim.conf"
 * @has_dropin:	it is there
 */
struct nova_situation {
	unsigned release;
	const char *node;
	const struct effective *effective;
	const struct nova_host *host;
	const struct device_facts *devices;
	const struct device_result *results;
	size_t n_devices;
	const char *const *driver;
	const struct text_list *mounted;
	const char *dropin;
	bool has_dropin;
};

/**
 * struct nova_judgement - what came out
 * @match:	for each of the host's devices the index of the spec that it is matched by, or
 *		SIZE_MAX; owned
 * @stop:	how many findings there were when the first was added that stops nova-compute; 0:
 *none does. That its resources are never reported is no better
 */
struct nova_judgement {
	struct nova_rules rules;
	struct oslo_values spec_values, alias_values;
	struct devspecs specs;
	struct alias_rules aliases;
	struct providers providers;
	size_t *match, stop;
	struct findings findings;
};

/**
 * nova_judge() - judge all of it
 * @situation:	must outlive the answer
 *
 * Return: 0, or -ENOMEM with @ret untouched. Free with nova_judgement_free().
 */
int nova_judge(const struct nova_situation *situation, struct nova_judgement *ret) _must_check_;
void nova_judgement_free(struct nova_judgement *judgement);

#define _cleanup_nova_judgement_ __attribute__((cleanup(nova_judgement_free)))

/**
 * nova_whitelist_check() - check "nova-whitelist" of status
 *
 * Fails where Nova may hand out a GPU that is not ready. Warns where a spec outside of our
 * drop-in matches a GPU that is: once that GPU fails, nothing takes it out. Skips where Nova
 * does not start with its configuration.
 */
void nova_whitelist_check(const struct nova_situation *situation,
			  const struct nova_judgement *judgement, struct check *check);

/**
 * nova_judge_start() - judge only whether nova-compute starts
 * @situation:	without what readiness knows: @release, @node, @effective, @host and @dropin
 *
 * Return: as nova_judge().
 */
int nova_judge_start(const struct nova_situation *situation,
		     struct nova_judgement *ret) _must_check_;

/** nova_judgement_stop() - what stops nova-compute, in Nova's words, or NULL */
const struct finding *nova_judgement_stop(const struct nova_judgement *judgement);

/** nova_judge_stop() - the finding that was added last stops nova-compute */
void nova_judge_stop(struct nova_judgement *judgement);

/* The parts of nova_judge(), a file each. All return 0 or -ENOMEM. */
int nova_judge_options(const struct nova_situation *situation,
		       struct nova_judgement *judgement) _must_check_;
int nova_judge_devices(const struct nova_situation *situation,
		       struct nova_judgement *judgement) _must_check_;
int nova_judge_aliases(const struct nova_situation *situation,
		       struct nova_judgement *judgement) _must_check_;

/** nova_judgement_doubts() - part of the configuration could not be judged */
bool nova_judgement_doubts(const struct nova_judgement *judgement);

/** nova_place() - "/etc/nova/nova.conf:12", where a value is written, in @buf */
#define NOVA_PLACE_MAX 320
const char *nova_place(const struct oslo_value *value, char buf[static NOVA_PLACE_MAX]);

/** nova_device_facts() - what readiness knows of an address; its index, or SIZE_MAX */
size_t nova_device_facts(const struct nova_situation *situation, const struct pci_address *address);

#endif
