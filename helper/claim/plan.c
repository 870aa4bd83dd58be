/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/claim/plan.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "helper/base/pci_attribute.h"

#define PROBE "sys/bus/pci/drivers_probe"
#define STUB  "sys/bus/pci/drivers/pci-stub/bind"

/* A lone newline clears it (Documentation/ABI/testing/sysfs-bus-pci). */
#define NO_OVERRIDE "\n"

struct planner {
	const struct machine *machine;
	struct plan plan;
};

static struct plan_step *add_step(struct planner *planner, enum plan_op op, size_t unit,
				  size_t function)
{
	struct plan *plan = &planner->plan;
	struct plan_step *step = ARRAY_PLACE(plan->step, plan->n_steps);

	if (!step)
		return NULL;
	*step = (struct plan_step){.op = op, .unit = unit, .function = function};
	memcpy(step->driver, planner->machine->function[function].detail->wanted,
	       sizeof(step->driver));
	return step;
}

static void set_override_path(struct plan_step *step, const struct function *f)
{
	pci_attribute_path(&f->id.address, "driver_override", step->path);
	memcpy(step->undo_path, step->path, sizeof(step->undo_path));
}

static int plan_override(struct planner *planner, const struct outcome *o)
{
	const struct function *f = &planner->machine->function[o->function];
	struct plan_step *step;

	if (strcmp(f->detail->driver_override, f->detail->wanted) == 0)
		return 0;
	step = add_step(planner, PLAN_OVERRIDE, o->unit, o->function);
	if (!step)
		return -ENOMEM;
	set_override_path(step, f);
	memcpy(step->value, f->detail->wanted, sizeof(step->value));
	snprintf(step->undo_value, sizeof(step->undo_value), "%s",
		 f->detail->driver_override[0] ? f->detail->driver_override : NO_OVERRIDE);
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
	step = add_step(planner, PLAN_LOAD, o->unit, o->function);
	return step ? 0 : -ENOMEM;
}

static int add_unbind(struct planner *planner, size_t unit, size_t function)
{
	const struct function *f = &planner->machine->function[function];
	char a[PCI_ADDRESS_MAX];
	struct plan_step *step;

	step = add_step(planner, PLAN_UNBIND, unit, function);
	if (!step)
		return -ENOMEM;
	pci_address_format(&f->id.address, a);
	pci_attribute_path(&f->id.address, "driver/unbind", step->path);
	snprintf(step->value, sizeof(step->value), "%s", a);
	/* A probe would also let another driver have what pci-stub kept from it. */
	snprintf(step->undo_path, sizeof(step->undo_path), "%s",
		 strcmp(f->driver, "pci-stub") == 0 ? STUB : PROBE);
	snprintf(step->undo_value, sizeof(step->undo_value), "%s", a);
	return 0;
}

static int plan_unbind(struct planner *planner, const struct outcome *o)
{
	return planner->machine->function[o->function].driver
		       ? add_unbind(planner, o->unit, o->function)
		       : 0;
}

static int plan_bind(struct planner *planner, const struct outcome *o)
{
	const struct function *f = &planner->machine->function[o->function];
	char a[PCI_ADDRESS_MAX];
	struct plan_step *step;

	step = add_step(planner, PLAN_BIND, o->unit, o->function);
	if (!step)
		return -ENOMEM;
	pci_address_format(&f->id.address, a);
	snprintf(step->path, sizeof(step->path), PROBE);
	snprintf(step->value, sizeof(step->value), "%s", a);
	pci_attribute_path(&f->id.address, "driver/unbind", step->undo_path);
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

static struct plan_step *add_clear(struct planner *planner, size_t unit, size_t function,
				   const char *override)
{
	struct plan_step *step = add_step(planner, PLAN_OVERRIDE, unit, function);

	if (!step)
		return NULL;
	set_override_path(step, &planner->machine->function[function]);
	snprintf(step->value, sizeof(step->value), NO_OVERRIDE);
	snprintf(step->undo_value, sizeof(step->undo_value), "%s", override);
	return step;
}

static int add_offer(struct planner *planner, const struct outcome *o)
{
	struct plan_step *step = add_step(planner, PLAN_OFFER, o->unit, o->function);
	char a[PCI_ADDRESS_MAX];

	if (!step)
		return -ENOMEM;
	pci_address_format(&planner->machine->function[o->function].id.address, a);
	pci_attribute_path(&planner->machine->function[o->function].id.address, "uevent",
			   step->path);
	snprintf(step->value, sizeof(step->value), "%s", a);
	return 0;
}

static int plan_let_go(struct planner *planner, const struct decision *decision)
{
	const struct outcome *o = decision->outcome, *end = o + decision->n_outcomes;
	int r = 0;

	for (; o < end; o++)
		if (o->let_go &&
		    !add_clear(planner, o->unit, o->function,
			       planner->machine->function[o->function].detail->driver_override))
			return -ENOMEM;
	for (o = decision->outcome; o < end && r == 0; o++)
		if (o->let_go)
			r = add_offer(planner, o);
	return r;
}

int plan_claim(const struct machine *machine, const struct units *units,
	       const struct decision *decision, struct plan *ret)
{
	struct planner planner = {.machine = machine};
	int r;

	r = plan_each(&planner, decision, NO_FUNCTION, plan_override);
	for (size_t u = 0; u < units->n_units && r == 0; u++) {
		r = plan_each(&planner, decision, u, plan_load);
		if (r == 0)
			r = plan_each(&planner, decision, u, plan_unbind);
		if (r == 0)
			r = plan_each(&planner, decision, u, plan_bind);
	}
	if (r == 0)
		r = plan_let_go(&planner, decision);
	if (r < 0) {
		plan_free(&planner.plan);
		return r;
	}
	*ret = planner.plan;
	return 0;
}

static bool is_vfio(const char *driver)
{
	return driver && strstr(driver, "vfio");
}

/* What it is set to; after an unbind that hung nobody has asked the kernel (see detail.c). */
static const char *override_of(const struct function *f)
{
	if (f->detail->has_record && f->detail->record.verdict == VERDICT_FAILED &&
	    is_vfio(f->driver))
		return f->driver;
	return f->detail->driver_override;
}

static int plan_clear(struct planner *planner, size_t function)
{
	const char *override = override_of(&planner->machine->function[function]);

	return !is_vfio(override) || add_clear(planner, 0, function, override) ? 0 : -ENOMEM;
}

int plan_release(const struct machine *machine, const size_t *function, size_t n, struct plan *ret)
{
	struct planner planner = {.machine = machine};
	int r = 0;

	for (size_t k = 0; k < n && r == 0; k++)
		r = plan_clear(&planner, function[k]);
	for (size_t k = 0; k < n && r == 0; k++)
		if (is_vfio(machine->function[function[k]].driver))
			r = add_unbind(&planner, 0, function[k]);
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
	*plan = (struct plan){0};
}
