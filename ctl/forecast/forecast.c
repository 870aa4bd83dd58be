/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/forecast/forecast.h"

#include <errno.h>
#include <string.h>

#include "ctl/kargs/next_boot.h"
#include "helper/claim/claim.h"
#include "helper/machine/module.h"
#include "helper/policy/conf_files.h"

/* Numbers that no kernel gives. */
#define ASSUMED_GROUP (1 << 24)

/* The kernel that boots next. Not @known: like the one that runs, whose modules these are then;
 * @assume: each function's group, since only the kernel has the IOMMU off. @machine: as it is now.
 */
struct next_kernel {
	bool known, assume;
	const struct machine *machine;
	struct modules modules;
};

/* Only what is built in has a device before user space begins. */
static bool stays_bound(const struct root *root, const struct modules *modules,
			const struct function *f)
{
	return strstr(f->driver, "vfio") ||
	       modules_have_driver_builtin(root, modules, &f->id.address, f->driver);
}

static void start_afresh(const struct root *root, const struct next_kernel *next,
			 struct function *f)
{
	if (next->known)
		f->detail->available = modules_have(&next->modules, f->detail->wanted);
	if (!f->driver || stays_bound(root, &next->modules, f))
		return;
	free(f->driver);
	f->driver = NULL;
	f->detail->held[0] = '\0';
	f->detail->unsettled[0] = '\0';
}

static int assume_group(struct machine *machine, size_t i)
{
	struct group *group = ARRAY_PLACE(machine->group, machine->n_groups);

	if (!group)
		return -ENOMEM;
	*group = (struct group){.number = ASSUMED_GROUP + (int)i, .type = "DMA"};
	if (ARRAY_ADD(group->member, group->n_members, i) < 0)
		return -ENOMEM;
	machine->function[i].detail->group = group->number;
	return 0;
}

static int change_unit(const struct root *root, const struct next_kernel *next,
		       struct machine *machine, const struct unit *unit)
{
	int r = 0;

	for (size_t k = 0; k < unit->n_functions && r == 0; k++) {
		start_afresh(root, next, &machine->function[unit->function[k]]);
		if (next->assume)
			r = assume_group(machine, unit->function[k]);
	}
	return r;
}

/* With the policy that is in @a. */
static int decide(const struct root *root, struct next_kernel *next, struct assessment *a)
{
	int r = assess_machine(root, next->machine, a);

	if (r < 0)
		return r;
	next->assume = a->machine.iommu.state == IOMMU_OFF_KERNEL;
	if (next->assume)
		a->machine.iommu.state = IOMMU_ACTIVE;
	for (size_t i = 0; i < a->machine.n_functions; i++)
		if (a->machine.function[i].detail)
			a->machine.function[i].detail->has_record = false;
	for (size_t u = 0; u < a->units.n_units && r == 0; u++)
		if (unit_is_wanted(&a->units.unit[u]))
			r = change_unit(root, next, &a->machine, &a->units.unit[u]);
	if (r < 0)
		return r;
	return claim_decide(&a->machine, &a->policy, &a->units, CLAIM_BOOT, &a->decision);
}

/* @a: with its policy; it is @ret's, or freed. */
static int foresee(const struct root *root, const struct machine *machine, const char *release,
		   struct assessment *a, struct assessment *ret)
{
	struct next_kernel next = {.known = release, .machine = machine};
	int r = modules_read(root, release, &next.modules);

	if (r == 0)
		r = decide(root, &next, a);
	modules_free(&next.modules);
	if (r < 0) {
		assessment_free(a);
		return r;
	}
	*ret = *a;
	return 0;
}

int forecast(const struct root *root, const struct machine *machine, const char *config_text,
	     const char *release, struct assessment *ret)
{
	struct assessment a = {0};
	int r = policy_read_as(root, strrchr(SELECTION_FILE, '/') + 1, config_text, &a.policy);

	return r < 0 ? r : foresee(root, machine, release, &a, ret);
}

/* A trial comes before the entry that is chosen for good. */
static const struct boot_line *find_next(const struct kargs_view *boot)
{
	const struct boot_line *running, *next;

	for (size_t i = 0; i < boot->lines.n && boot->trial == TRIAL_PENDING; i++)
		if (boot->lines.line[i].kind == BOOT_TRIAL)
			return &boot->lines.line[i];
	next_boot_lines(boot, &running, &next);
	return next;
}

int forecast_next_boot(const struct root *root, const struct machine *machine,
		       const struct kargs_view *boot, struct assessment *ret)
{
	const struct boot_line *next = find_next(boot);
	struct assessment a = {0};
	int r;

	/* What a file asks for is not yet what boots. */
	if (!next || !next->cmdline || next->kind == BOOT_NEW || boot->doubt)
		return -ENODATA;
	r = policy_read_with(root, next->cmdline, &a.policy);
	return r < 0 ? r : foresee(root, machine, NULL, &a, ret);
}

bool forecast_takes(const struct assessment *future, const struct outcome *o)
{
	return o->unit != NO_FUNCTION && unit_is_wanted(&future->units.unit[o->unit]) &&
	       o->verdict != VERDICT_NOT_SELECTED;
}

bool forecast_takes_gpu(const struct assessment *future, const struct outcome *o)
{
	return forecast_takes(future, o) && future->units.unit[o->unit].gpu == o->function;
}
