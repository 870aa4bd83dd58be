/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ctl/live/live.h"
#include "ctl/machine/attributes.h"
#include "ctl/machine/host_use.h"
#include "helper/act/result.h"
#include "helper/act/settle.h"
#include "helper/base/log.h"
#include "helper/record/verdict_log.h"

#define PATIENCE_MS 1000

static int refuse_configuration(struct live *live, const struct policy *policy)
{
	_cleanup_free_ char *errors = policy_errors(policy);

	return report_problem(&live->report, PROBLEM_USAGE,
			      "%s\ncorrect each place that is named first: a skip line may be lost",
			      errors ? errors : policy->errors[0]);
}

/* The function is there, but is it a GPU? Then its unit, else NULL and a refusal. */
static const struct unit *find_unit(struct live *live, const struct assessment *a)
{
	size_t i = machine_find(&a->machine, &live->address);
	const struct outcome *o = i == NO_FUNCTION ? NULL : decision_of(&a->decision, i);
	char address[PCI_ADDRESS_MAX], gpu[PCI_ADDRESS_MAX];
	const struct unit *unit;

	pci_address_format(&live->address, address);
	if (!o || o->unit == NO_FUNCTION) {
		(void)report_problem(&live->report, PROBLEM_REFUSED,
				     "%s: %s: gpuclaimctl scan lists the GPUs", address,
				     o ? o->why : "there is no such PCI function");
		return NULL;
	}
	unit = &a->units.unit[o->unit];
	if (unit->gpu == i)
		return unit;
	(void)report_problem(&live->report, PROBLEM_REFUSED, "%s comes along with its GPU: name %s",
			     address,
			     pci_address_format(&a->machine.function[unit->gpu].id.address, gpu));
	return NULL;
}

/* Those that have another driver, which is about to be taken from them. */
static void find_holders(struct live *live, const struct assessment *a, const struct unit *unit)
{
	for (size_t k = 0; k < unit->n_functions; k++) {
		const struct function *f = &a->machine.function[unit->function[k]];

		if (!f->detail)
			continue;
		if (f->driver && strcmp(f->driver, f->detail->wanted) != 0)
			live_find_holders(live, f);
		/* Who stores anything for a function that is being unbound may wait for ever. */
		if (f->detail->has_record && f->detail->record.verdict == VERDICT_FAILED)
			hold_find_unbind(live->invocation->root, &live->holders);
	}
}

/* Of a GPU whose group holds more. */
static const char *remedy_of_group(bool behind_vmd, bool soldered)
{
	if (behind_vmd)
		return ": turn VMD off for this slot in the firmware's setup";
	if (soldered)
		return ": GPUs that share a group are claimed together, at boot; for anything else turn on ACS in the firmware's setup";
	return ": GPUs that share a group are claimed together, at boot; for anything else put the GPU into another slot";
}

/* Where the reason doesn't name it. */
static const char *remedy_of(const struct live *live, const struct assessment *a,
			     const struct outcome *o)
{
	switch (o->verdict) {
	case VERDICT_SKIPPED:
		return ": take that line out first";
	case VERDICT_SWITCHED_OFF:
		return ": boot without it";
	case VERDICT_IDENTITY_MISMATCH:
		return ": correct that line";
	case VERDICT_GROUP_NOT_VIABLE:
		return remedy_of_group(strstr(o->why, "driver vmd)"),
				       place_is_soldered(live->invocation->root, &a->machine,
							 &a->machine.function[o->function]));
	case VERDICT_DRIVER_MISSING:
		return ": install the kernel's vfio modules";
	default:
		return "";
	}
}

/* What the host lives on would go with the functions. */
static int check_host_use(struct live *live, const struct assessment *a, const struct unit *unit)
{
	struct host_use use _cleanup_(host_use_free) = {0};
	char address[PCI_ADDRESS_MAX];
	int r = host_use_read(live->invocation->root, &use);

	for (size_t k = 0; k < unit->n_functions && r == 0; k++) {
		const struct function_id *id = &a->machine.function[unit->function[k]].id;
		const char *what = NULL;

		r = host_use_find(live->invocation->root, &use, &id->address, &what);
		if (what)
			return report_problem(&live->report, PROBLEM_REFUSED,
					      "%s (%s) carries %s: move that elsewhere first",
					      pci_address_format(&id->address, address),
					      pci_class_name(id->class_code), what);
	}
	if (r < 0 && use.unread)
		return report_problem(&live->report, PROBLEM_REFUSED,
				      "/%s can't be read: %s: see why, and try again", use.unread,
				      strerror(-r));
	if (r < 0)
		return live_fail_errno(live, r);
	return 0;
}

static int judge(struct live *live, const struct assessment *a, const struct unit *unit)
{
	const struct outcome *o = decision_of(&a->decision, unit->gpu);
	char address[PCI_ADDRESS_MAX];
	int r;

	if (verdict_is_claim(o->verdict) || o->verdict == VERDICT_IN_USE) {
		r = check_host_use(live, a, unit);
		if (r < 0)
			return r;
		find_holders(live, a, unit);
		r = live_check_holders(live);
		if (r < 0)
			return r;
	}
	for (size_t k = 0; k < unit->n_functions; k++) {
		o = decision_of(&a->decision, unit->function[k]);
		if (!verdict_is_claim(o->verdict))
			return report_problem(&live->report, PROBLEM_REFUSED, "%s: %s: %s%s",
					      pci_address_format(&live->address, address),
					      verdict_name(o->verdict), o->why,
					      remedy_of(live, a, o));
	}
	return 0;
}

/* What the configuration alone makes of it. */
static int warn_of_next_boot(struct live *live)
{
	struct assessment a _cleanup_(assessment_free) = {0};
	const struct outcome *o;
	char address[PCI_ADDRESS_MAX];
	int r;

	r = assess(live->invocation->root, CLAIM_BOOT, &a);
	if (r < 0)
		return r;
	o = decision_of(&a.decision, machine_find(&a.machine, &live->address));
	if (!o || o->verdict != VERDICT_NOT_SELECTED)
		return 0;
	return text_list_add(&live->report.warnings, "%s: the next boot will not claim it: %s",
			     pci_address_format(&live->address, address), o->why);
}

/* A claim that stands keeps its record; one that says to leave it alone is out of date. */
static bool is_outdated(const struct root *root, const struct assessment *a,
			const struct record *record)
{
	struct record old;

	return record_read(root, &record->address, a->machine.boot_id, &old) < 0 ||
	       !verdict_is_claim(old.verdict);
}

static int tell(struct live *live, const struct assessment *a, const struct outcome *o)
{
	const struct root *root = live->invocation->root;
	struct record record = result_record(root, a, o);
	char address[PCI_ADDRESS_MAX], why[VERDICT_WHY_MAX + 32];
	int r = 0;

	pci_address_format(&record.address, address);
	snprintf(why, sizeof(why), "%s, by gpuclaimctl claim", record.why);
	snprintf(record.stage, sizeof(record.stage), RECORD_STAGE_LIVE);
	if (o->act || is_outdated(root, a, &record)) {
		record.vitals = result_vitals(root, a, o);
		r = record_write(root, &record);
	}
	if (r < 0)
		(void)report_problem(&live->report, PROBLEM_FAILED,
				     "%s: its record can't be written below /%s: %s", address,
				     RECORD_DIR, strerror(-r));
	if (!record.companion && !root->confined && live->report.changed)
		verdict_log(LOG_NOTICE, &record.address, record.verdict, why);
	return live_add_device(live, &record);
}

static int tell_all(struct live *live, const struct assessment *a, const struct unit *unit)
{
	int r = 0;

	for (size_t k = 0; k < unit->n_functions && r == 0; k++)
		r = tell(live, a, decision_of(&a->decision, unit->function[k]));
	return r;
}

static int apply(struct live *live, struct assessment *a, const struct unit *unit,
		 const struct plan *plan)
{
	_cleanup_free_ struct apply_result *result = calloc(a->units.n_units + 1, sizeof(*result));
	const struct apply_result *own;
	char address[PCI_ADDRESS_MAX];
	int r;

	if (!result)
		return live_fail_errno(live, -ENOMEM);
	live->report.changed = true;
	plan_apply(live->invocation->root, plan, PATIENCE_MS, result);
	result_take(a, result);
	own = &result[unit - a->units.unit];
	if (own->error)
		(void)report_problem(
			&live->report, PROBLEM_FAILED, "%s: %s: %s; %s",
			pci_address_format(&a->machine.function[own->function].id.address, address),
			own->what, strerror(-own->error),
			own->stuck == NO_FUNCTION
				? "what this run changed was taken back"
				: "the kernel has not finished it, and only a reboot ends that for sure (see journalctl -k)");
	r = tell_all(live, a, unit);
	if (r < 0)
		return live_fail_errno(live, r);
	return 0;
}

static int carry_out(struct live *live, struct assessment *a, const struct unit *unit)
{
	struct plan plan _cleanup_(plan_free) = {0};
	int r;

	r = plan_claim(&a->machine, &a->units, &a->decision, &plan);
	if (r == 0)
		r = live_add_plan(live, &a->machine, &plan);
	if (r == 0)
		r = warn_of_next_boot(live);
	if (r < 0)
		return live_fail_errno(live, r);
	if (!plan.n_steps) {
		live->report.nothing = "it is claimed";
		r = live->invocation->dry_run ? 0 : tell_all(live, a, unit);
		return r < 0 ? live_fail_errno(live, r) : 0;
	}
	if (live->invocation->dry_run) {
		live->report.changed = true; /* would be */
		return 0;
	}
	plan.whole = true;
	return apply(live, a, unit, &plan);
}

/* Once more, where a USB controller may settle in a moment. */
static int assess_settled(struct live *live, struct assessment *a)
{
	const struct root *root = live->invocation->root;
	int r = assess_live(root, &live->address, a);

	/* A tree that nobody changes does not change. */
	if (r < 0 || !settle_is_due(a) || (live->invocation->dry_run && root->confined))
		return r;
	(void)settle_wait(root, a, SETTLE_MS);
	assessment_free(a);
	return assess_live(root, &live->address, a);
}

static int act(struct live *live)
{
	struct assessment a _cleanup_(assessment_free) = {0};
	const struct unit *unit;
	int r;

	r = assess_settled(live, &a);
	if (r < 0)
		return live_fail_errno(live, r);
	if (!a.policy.valid)
		return refuse_configuration(live, &a.policy);
	unit = find_unit(live, &a);
	if (!unit)
		return -ECANCELED; /* it is told */
	r = judge(live, &a, unit);
	return r == 0 ? carry_out(live, &a, unit) : r;
}

static enum exit_code run(const struct invocation *invocation)
{
	return live_run(invocation, "claim", act);
}

static const struct accepted options[] = {
	{.option = OPTION_ROOT, .help = "take every path below DIR, and load no module"},
	{.option = OPTION_DRY_RUN, .help = "print what would be done, change nothing"},
	{.option = OPTION_JSON},
};

const struct verb verb_claim = {
	.name = "claim",
	.summary = "take one GPU with its companions now, without a reboot",
	.about =
		"Take the GPU at ADDRESS, and the functions that come along with it, from their drivers and\n"
		"bind them to vfio-pci, as the next boot would if the configuration selected it. Refused\n"
		"while anything holds it: a process that has its device nodes open, a console, a USB\n"
		"device, a guest; refused also by a skip line, gpuclaim=0, and all that keeps\n"
		"gpuclaim from claiming it at boot. All of its functions are claimed, or none.",
	.exits =
		"0 done, or it is claimed; 1 failed; 2 wrong usage, or an error in the configuration; 4 refused, nothing changed; 5 another gpuclaimctl is at work.",
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.operand = "ADDRESS",
	.run = run,
};
