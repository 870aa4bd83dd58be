/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/live/report.h"

#include <stdio.h>
#include <string.h>

int live_fail_errno(struct live *live, int r)
{
	return report_problem(&live->report, PROBLEM_FAILED, "the node can't be looked at: %s",
			      strerror(-r));
}

int live_add_action(struct live *live, const char *word, const struct pci_address *address,
		    const char *driver)
{
	struct live_action action = {.word = word, .address = *address};

	snprintf(action.driver, sizeof(action.driver), "%s", driver);
	return ARRAY_ADD(live->action, live->n_actions, action);
}

int live_add_plan(struct live *live, const struct machine *machine, const struct plan *plan)
{
	static const char *const words[] = {
		[PLAN_OVERRIDE] = "override", [PLAN_LOAD] = "load",   [PLAN_UNBIND] = "unbind",
		[PLAN_BIND] = "bind",	      [PLAN_OFFER] = "probe",
	};
	int r = 0;

	for (size_t i = 0; i < plan->n_steps && r == 0; i++) {
		const struct plan_step *step = &plan->step[i];
		const struct function *f = &machine->function[step->function];
		const char *driver = step->driver;

		if (step->op == PLAN_UNBIND)
			driver = f->driver;
		else if (step->op == PLAN_OVERRIDE)
			driver = step->value[0] == '\n' ? "" : step->value;
		r = live_add_action(live, words[step->op], &f->id.address, driver);
	}
	return r;
}

int live_add_device(struct live *live, const struct record *record)
{
	struct live_device device = {
		.address = record->address,
		.companion = record->companion,
		.verdict = record->verdict,
	};

	memcpy(device.why, record->why, sizeof(device.why));
	memcpy(device.driver, record->driver, sizeof(device.driver));
	return ARRAY_ADD(live->device, live->n_devices, device);
}
