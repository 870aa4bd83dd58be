/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "plan.h"

#define DEVICES "sys/bus/pci/devices"
#define PROBE	"sys/bus/pci/drivers_probe"

struct planner {
	const struct machine *machine;
	struct plan plan;
};

static struct plan_step *add_step(struct planner *planner, enum plan_op op,
				  const struct outcome *outcome)
{
	struct plan *plan = &planner->plan;
	struct plan_step *step = reallocarray(plan->step, plan->n_steps + 1, sizeof(*step));

	if (!step)
		return NULL;
	plan->step = step;
	step = &plan->step[plan->n_steps++];
	*step = (struct plan_step){ .op = op, .unit = outcome->unit, .function = outcome->function };
	memcpy(step->driver, planner->machine->function[outcome->function].detail->wanted,
	       sizeof(step->driver));
	return step;
}

static int plan_override(struct planner *planner, const struct outcome *o)
{
	const struct function *f = &planner->machine->function[o->function];
	char a[PCI_ADDRESS_MAX];
	struct plan_step *step;

	if (strcmp(f->detail->driver_override, f->detail->wanted) == 0)
		return 0;
	step = add_step(planner, PLAN_OVERRIDE, o);
	if (!step)
		return -ENOMEM;
	snprintf(step->path, sizeof(step->path), DEVICES "/%s/driver_override",
		 pci_address_format(&f->id.address, a));
	memcpy(step->value, f->detail->wanted, sizeof(step->value));
	memcpy(step->undo_path, step->path, sizeof(step->undo_path));
	/* A lone newline clears it (Documentation/ABI/testing/sysfs-bus-pci). */
	snprintf(step->undo_value, sizeof(step->undo_value), "%s",
		 f->detail->driver_override[0] ? f->detail->driver_override : "\n");
	return 0;
}

static int plan_load(struct planner *planner, const struct outcome *o)
{
	const struct function *f = &planner->machine->function[o->function];
	const struct plan_step *step;

	for (size_t i = 0; i < planner->plan.n_steps; i++)
		if (planner->plan.step[i].op == PLAN_LOAD &&
		    planner->plan.step[i].unit == o->unit &&
		    strcmp(planner->plan.step[i].driver, f->detail->wanted) == 0)
			return 0;
	step = add_step(planner, PLAN_LOAD, o);
	return step ? 0 : -ENOMEM;
}

static int plan_unbind(struct planner *planner, const struct outcome *o)
{
	const struct function *f = &planner->machine->function[o->function];
	char a[PCI_ADDRESS_MAX];
	struct plan_step *step;

	if (!f->driver)
		return 0;
	step = add_step(planner, PLAN_UNBIND, o);
	if (!step)
		return -ENOMEM;
	pci_address_format(&f->id.address, a);
	snprintf(step->path, sizeof(step->path), DEVICES "/%s/driver/unbind", a);
	snprintf(step->value, sizeof(step->value), "%s", a);
	snprintf(step->undo_path, sizeof(step->undo_path), PROBE);
	snprintf(step->undo_value, sizeof(step->undo_value), "%s", a);
	return 0;
}

static int plan_bind(struct planner *planner, const struct outcome *o)
{
	const struct function *f = &planner->machine->function[o->function];
	char a[PCI_ADDRESS_MAX];
	struct plan_step *step;

	step = add_step(planner, PLAN_BIND, o);
	if (!step)
		return -ENOMEM;
	pci_address_format(&f->id.address, a);
	snprintf(step->path, sizeof(step->path), PROBE);
	snprintf(step->value, sizeof(step->value), "%s", a);
	snprintf(step->undo_path, sizeof(step->undo_path), DEVICES "/%s/driver/unbind", a);
	snprintf(step->undo_value, sizeof(step->undo_value), "%s", a);
	return 0;
}

typedef int (*plan_fn)(struct planner *planner, const struct outcome *outcome);

/* One kind of step for the functions of a unit (or of all) that are to be acted on. */
static int plan_each(struct planner *planner, const struct decision *decision, size_t unit,
		     plan_fn plan)
{
	int r = 0;

	for (size_t i = 0; i < decision->n_outcomes && r == 0; i++) {
		const struct outcome *o = &decision->outcome[i];

		if (!o->act || (unit != NO_FUNCTION && o->unit != unit))
			continue;
		if (plan == plan_override || o->verdict == VERDICT_CLAIMED)
			r = plan(planner, o);
	}
	return r;
}

int plan_claim(const struct machine *machine, const struct units *units,
	       const struct decision *decision, struct plan *ret)
{
	struct planner planner = { .machine = machine };
	int r;

	r = plan_each(&planner, decision, NO_FUNCTION, plan_override);
	for (size_t u = 0; u < units->n_units && r == 0; u++) {
		r = plan_each(&planner, decision, u, plan_load);
		if (r == 0)
			r = plan_each(&planner, decision, u, plan_unbind);
		if (r == 0)
			r = plan_each(&planner, decision, u, plan_bind);
	}
	if (r < 0) {
		plan_free(&planner.plan);
		return r;
	}
	*ret = planner.plan;
	return 0;
}

void plan_free(struct plan *plan)
{
	free(plan->step);
	*plan = (struct plan){ 0 };
}
