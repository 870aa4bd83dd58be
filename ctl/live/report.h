/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What claim or release did, or would do, to a GPU, and why not. */
#ifndef GPUCLAIM_CTL_LIVE_REPORT_H
#define GPUCLAIM_CTL_LIVE_REPORT_H

#include "ctl/change/report.h"
#include "ctl/verb.h"
#include "helper/claim/plan.h"
#include "helper/machine/hold.h"

/**
 * struct live_action - one effect, as it is told
 * @word:	"override", "load", "unbind", "bind" or "probe": the JSON's word, a constant
 * @driver:	the override, the module, the old or the new driver; "" for none
 */
struct live_action {
	const char *word;
	struct pci_address address;
	char driver[DRIVER_NAME_MAX];
};

/* A function of the GPU, as it is afterwards. */
struct live_device {
	struct pci_address address;
	bool companion;
	enum verdict verdict;
	char why[VERDICT_WHY_MAX];
	char driver[DRIVER_NAME_MAX];
};

/**
 * struct live - one run of a verb
 * @address:	of the GPU that was named
 * @action, @device: owned
 * @report:	what ended it, what was warned of, why there was nothing to do
 */
struct live {
	const struct invocation *invocation;
	struct pci_address address;
	struct live_action *action;
	size_t n_actions;
	struct live_device *device;
	size_t n_devices;
	struct holders holders;
	struct report report;
};

/** live_fail_errno() - fail for want of memory or the like. Return: -ECANCELED */
int live_fail_errno(struct live *live, int r);

/** live_add_action() - Return: 0 or -ENOMEM */
int live_add_action(struct live *live, const char *word, const struct pci_address *address,
		    const char *driver) _must_check_;

/** live_add_plan() - the steps of a plan as actions. Return: 0 or -ENOMEM */
int live_add_plan(struct live *live, const struct machine *machine,
		  const struct plan *plan) _must_check_;

/** live_add_device() - Return: 0 or -ENOMEM */
int live_add_device(struct live *live, const struct record *record) _must_check_;

#endif
