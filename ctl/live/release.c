/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "ctl/live/live.h"
#include "helper/act/apply.h"
#include "helper/act/result.h"
#include "helper/base/log.h"
#include "helper/base/pci_attribute.h"
#include "helper/claim/assess.h"
#include "helper/claim/fault.h"
#include "helper/machine/detail.h"
#include "helper/record/verdict_log.h"

#define NOVA_DROPIN "etc/nova/nova.conf.d/60-gpuclaim.conf"
#define NOVA_MAX    (1u << 20)

/* Said of a function from now on: in the record, by udev's runs and by status. */
#define WHY "given back by gpuclaimctl release; left alone until the next boot or gpuclaimctl claim"

/* Until it was offered to its drivers: one that is cut off, or fails, is done by the next. */
#define WHY_BEGUN \
	"not yet given back to its drivers: run gpuclaimctl release again; left alone until the next boot or gpuclaimctl claim"

/* The machine, and which of its functions are given back. */
struct release {
	struct live *live;
	struct machine machine;
	size_t *function;      /* owned */
	struct record *before; /* of each; owned */
	size_t n;
};

static struct function *function_of(const struct release *release, size_t k)
{
	return &release->machine.function[release->function[k]];
}

static bool is_vfio(const char *driver)
{
	return driver && strstr(driver, "vfio");
}

/* Nothing of it is ours any more, unless a run was cut off or an unbind came back. */
static bool is_left_alone(const struct record *record)
{
	return record->verdict == VERDICT_RELEASED || record->verdict == VERDICT_FAILED;
}

static bool is_ours(const struct record *record)
{
	return verdict_is_claim(record->verdict) || record->verdict == VERDICT_DRIVER_MISSING ||
	       record->kept || is_left_alone(record);
}

/* Is it ours, and this GPU's? Where the record can't be read nobody knows; one that nobody wrote so
 * is none. */
static int read_before(struct release *release, size_t i, struct record *ret)
{
	struct machine *machine = &release->machine;
	const struct root *root = release->live->invocation->root;
	struct fault fault = {.scope = FAULT_ALL, .address = machine->function[i].id.address};
	char a[PCI_ADDRESS_MAX];
	int r = record_read(root, &fault.address, machine->boot_id, ret);

	if (r == 0 || r == -EINVAL)
		return r == 0 && pci_address_compare(&ret->gpu, &release->live->address) == 0 &&
		       is_ours(ret);
	snprintf(fault.path, sizeof(fault.path), RECORD_DIR "/%s",
		 pci_address_format(&fault.address, a));
	return machine_note(machine, root, &fault, r);
}

/* A function that gpuclaim claimed for this GPU, in whatever way the configuration has changed. */
static int find_functions(struct release *release)
{
	const struct machine *machine = &release->machine;

	release->function = calloc(machine->n_functions + 1, sizeof(*release->function));
	release->before = calloc(machine->n_functions + 1, sizeof(*release->before));
	if (!release->function || !release->before)
		return -ENOMEM;
	for (size_t i = 0; i < machine->n_functions; i++) {
		int r = read_before(release, i, &release->before[release->n]);

		if (r < 0)
			return r;
		if (r)
			release->function[release->n++] = i;
	}
	return 0;
}

static int read_machine(struct release *release)
{
	const struct settings settings = settings_default(); /* no driver is wanted */
	const struct root *root = release->live->invocation->root;
	int r;

	r = machine_scan(root, &release->machine);
	if (r == 0)
		r = find_functions(release);
	if (r == 0)
		r = machine_detail(root, &release->machine, release->function, release->n,
				   &settings, false);
	return r;
}

/* What decides and can't be read: no GPU is given back by halves for that. */
static int check_faults(struct release *release)
{
	const struct fault *fault = fault_of_all(&release->machine);
	char a[PCI_ADDRESS_MAX], text[FAULT_TEXT_MAX];

	for (size_t k = 0; k < release->n && !fault; k++)
		fault = fault_of_function(&release->machine, release->function[k]);
	if (!fault)
		return 0;
	return report_problem(&release->live->report, PROBLEM_REFUSED, "%s: %s%s",
			      pci_address_format(&release->live->address, a),
			      fault_format(fault, text), fault_remedy(fault));
}

/* None of its functions is ours: why? */
static int explain(struct release *release)
{
	struct live *live = release->live;
	struct machine *machine = &release->machine;
	size_t i = machine_find(machine, &live->address);
	char a[PCI_ADDRESS_MAX], gpu[PCI_ADDRESS_MAX];
	struct record record;

	pci_address_format(&live->address, a);
	if (i == NO_FUNCTION)
		return report_problem(
			&live->report, PROBLEM_REFUSED,
			"%s: there is no such PCI function: gpuclaimctl scan lists the GPUs", a);
	if (record_read(live->invocation->root, &live->address, machine->boot_id, &record) == 0 &&
	    record.companion && is_ours(&record))
		return report_problem(&live->report, PROBLEM_REFUSED,
				      "%s comes along with its GPU: name %s", a,
				      pci_address_format(&record.gpu, gpu));
	if (machine_read_driver(live->invocation->root, machine, i) < 0)
		return live_fail_errno(live, -ENOMEM);
	if (is_vfio(machine->function[i].driver))
		return report_problem(
			&live->report, PROBLEM_REFUSED,
			"%s has driver %s, but not from gpuclaim: release it by the means that gave it that driver (virsh, driverctl)",
			a, machine->function[i].driver);
	live->report.nothing = "gpuclaim has not claimed it";
	return 0;
}

static bool has_nothing(const struct release *release, const struct plan *plan)
{
	for (size_t k = 0; k < release->n; k++)
		if (!is_left_alone(&release->before[k]) ||
		    strcmp(release->before[k].why, WHY_BEGUN) == 0)
			return false;
	return plan->n_steps == 0;
}

static int make_plan(const struct release *release, struct plan *plan)
{
	int r = plan_release(&release->machine, release->function, release->n, plan);

	if (r == 0)
		r = live_add_plan(release->live, &release->machine, plan);
	for (size_t k = 0; k < release->n && r == 0 && !has_nothing(release, plan); k++)
		r = live_add_action(release->live, "probe", &function_of(release, k)->id.address,
				    "");
	return r;
}

/* Only a group's own node tells of a user that is not to be seen: it opens once (vfio_group.c). */
static int check_group(struct live *live, int group)
{
	_cleanup_close_ int fd = -EBADF;
	char path[32], a[PCI_ADDRESS_MAX];

	snprintf(path, sizeof(path), "dev/vfio/%d", group);
	if (live->invocation->root->confined || group < 0)
		return 0;
	fd = root_open_at(live->invocation->root, path, O_RDWR);
	if (fd != -EBUSY)
		return 0;
	return report_problem(
		&live->report, PROBLEM_REFUSED,
		"%s: /%s is in use by a process that can't be seen here, perhaps in a container: stop its guest first",
		pci_address_format(&live->address, a), path);
}

static int check_users(struct release *release)
{
	int r;

	for (size_t k = 0; k < release->n; k++) {
		if (is_vfio(function_of(release, k)->driver))
			live_find_holders(release->live, function_of(release, k));
		if (release->before[k].verdict == VERDICT_FAILED)
			hold_find_unbind(release->live->invocation->root, &release->live->holders);
	}
	r = live_check_holders(release->live);
	for (size_t k = 0; k < release->n && r == 0; k++)
		if (is_vfio(function_of(release, k)->driver))
			r = check_group(release->live, function_of(release, k)->detail->group);
	return r;
}

static bool is_released(const struct release *release, size_t function)
{
	for (size_t k = 0; k < release->n; k++)
		if (release->function[k] == function)
			return true;
	return false;
}

/* A group that is shared is of no use to the others in it once a host's driver is there. */
static int warn_of_group(struct release *release, size_t k)
{
	const struct machine *machine = &release->machine;
	const struct group *group = machine_group(machine, function_of(release, k)->detail->group);
	char a[PCI_ADDRESS_MAX];

	for (size_t m = 0; group && m < group->n_members; m++) {
		const struct function *f = &machine->function[group->member[m]];

		if (is_vfio(f->driver) && !is_released(release, group->member[m]))
			return text_list_add(
				&release->live->report.warnings,
				"%s shares IOMMU group %d: it can't go to a guest any more",
				pci_address_format(&f->id.address, a), group->number);
	}
	return 0;
}

/* Does the configuration select it? */
static int warn_of_next_boot(struct live *live, const char *address)
{
	struct assessment a _cleanup_(assessment_free) = {0};
	const struct outcome *o;
	int r;

	r = assess(live->invocation->root, CLAIM_BOOT, &a);
	if (r < 0)
		return r;
	o = decision_of(&a.decision, machine_find(&a.machine, &live->address));
	if (!o || o->unit == NO_FUNCTION || !unit_is_wanted(&a.units.unit[o->unit]))
		return 0;
	return text_list_add(&live->report.warnings,
			     "%s: the configuration selects it: the next boot claims it again",
			     address);
}

static int warn(struct release *release)
{
	struct live *live = release->live;
	_cleanup_free_ char *nova = NULL;
	char address[PCI_ADDRESS_MAX];
	int r;

	pci_address_format(&live->address, address);
	r = warn_of_next_boot(live, address);
	if (r == 0 &&
	    root_read_file(live->invocation->root, NOVA_DROPIN, NOVA_MAX, &nova, NULL) == 0 &&
	    strstr(nova, address))
		r = text_list_add(
			&live->report.warnings,
			"%s: /" NOVA_DROPIN
			" lists it, and Nova may give it to a server: run gpuclaimctl nova apply and restart nova-compute",
			address);
	for (size_t k = 0; k < release->n && r == 0; k++)
		r = warn_of_group(release, k);
	return r;
}

static int write_record(const struct release *release, size_t k, enum verdict verdict,
			const char *why)
{
	const struct root *root = release->live->invocation->root;
	struct record record = release->before[k];

	record.verdict = verdict;
	record.time_ms = result_time_ms();
	snprintf(record.why, sizeof(record.why), "%s", why);
	(void)pci_attribute_link(root, &record.address, "driver", record.driver,
				 sizeof(record.driver));
	return record_write(root, &record);
}

static int write_records(const struct release *release, enum verdict verdict, const char *why)
{
	int r = 0;

	for (size_t k = 0; k < release->n && r == 0; k++)
		r = write_record(release, k, verdict, why);
	return r;
}

static int restore_records(const struct release *release)
{
	int r = 0;

	for (size_t k = 0; k < release->n && r == 0; k++)
		r = record_write(release->live->invocation->root, &release->before[k]);
	return r;
}

static int give_all_back(const struct release *release)
{
	int result = 0;
	char a[PCI_ADDRESS_MAX];

	for (size_t k = 0; k < release->n; k++) {
		const struct pci_address *address = &function_of(release, k)->id.address;
		int r = apply_give_back(release->live->invocation->root, address);

		if (r < 0)
			result = report_problem(
				&release->live->report, PROBLEM_FAILED,
				"%s: cannot be given to its drivers: /sys/bus/pci/drivers_probe: %s; run gpuclaimctl release again",
				pci_address_format(address, a), strerror(-r));
	}
	return result;
}

/* What became of each, read back. */
static int tell(const struct release *release)
{
	struct live *live = release->live;
	int result = 0;

	for (size_t k = 0; k < release->n; k++) {
		struct record record;
		char a[PCI_ADDRESS_MAX];

		pci_address_format(&function_of(release, k)->id.address, a);
		if (record_read(live->invocation->root, &function_of(release, k)->id.address,
				release->machine.boot_id, &record) < 0)
			return report_problem(&live->report, PROBLEM_FAILED,
					      "%s: its record is gone", a);
		snprintf(record.why, sizeof(record.why), "%s%.63s",
			 record.driver[0] ? "driver " : "no driver took it", record.driver);
		if (is_vfio(record.driver))
			result = report_problem(
				&live->report, PROBLEM_FAILED,
				"%s: %s took it again: find out what makes it do that", a,
				record.driver);
		if (!record.companion && !live->invocation->root->confined)
			verdict_log(LOG_NOTICE, &record.address, VERDICT_RELEASED, record.why);
		if (live_add_device(live, &record) < 0)
			return live_fail_errno(live, -ENOMEM);
	}
	return result;
}

/* An unbind that hangs: failed, so that nobody asks the kernel for more than it can tell. */
static int fail(struct release *release, const struct apply_result *result)
{
	const struct machine *machine = &release->machine;
	bool stuck = result->stuck != NO_FUNCTION;
	char a[PCI_ADDRESS_MAX];
	int r;

	if (stuck)
		r = write_records(release, VERDICT_FAILED, result->what);
	else
		r = restore_records(release);
	if (r < 0) /* what failed first matters more */
		log_errno(LOG_ERR, r, "the records can't be put back");
	return report_problem(
		&release->live->report, PROBLEM_FAILED, "%s: %s: %s; %s",
		pci_address_format(&machine->function[result->function].id.address, a),
		result->what, strerror(-result->error),
		stuck ? "the kernel has not finished it, because something uses it; when that ends, it goes back to where it was"
		      : "what this run changed was taken back");
}

static int apply(struct release *release, const struct plan *plan)
{
	struct apply_result result = {0};
	int r;

	/* First: what udev starts from now on leaves it alone. */
	r = write_records(release, VERDICT_RELEASED, WHY_BEGUN);
	if (r < 0) {
		(void)restore_records(release); /* nothing more can be done about it */
		return report_problem(&release->live->report, PROBLEM_FAILED,
				      "the record can't be written below /%s: %s", RECORD_DIR,
				      strerror(-r));
	}
	plan_apply(release->live->invocation->root, plan, 0, &result);
	release->live->report.changed = true;
	if (result.error)
		return fail(release, &result);
	r = give_all_back(release);
	if (r < 0)
		return r;
	r = write_records(release, VERDICT_RELEASED, WHY); /* with the drivers that they have now */
	return r < 0 ? live_fail_errno(release->live, r) : tell(release);
}

static int carry_out(struct release *release)
{
	struct plan plan _cleanup_(plan_free) = {0};
	int r = check_faults(release);

	if (r < 0)
		return r;
	if (!release->n)
		return explain(release);
	r = make_plan(release, &plan);
	if (r < 0)
		return live_fail_errno(release->live, r);
	if (has_nothing(release, &plan)) {
		release->live->report.nothing = "it was given back before";
		return 0;
	}
	r = check_users(release);
	if (r < 0)
		return r;
	r = warn(release);
	if (r < 0)
		return live_fail_errno(release->live, r);
	if (release->live->invocation->dry_run) {
		release->live->report.changed = true; /* would be */
		return 0;
	}
	return apply(release, &plan);
}

static int act(struct live *live)
{
	struct release release = {.live = live};
	int r;

	r = read_machine(&release);
	r = r < 0 ? live_fail_errno(live, r) : carry_out(&release);
	free(release.function);
	free(release.before);
	machine_free(&release.machine);
	return r;
}

static enum exit_code run(const struct invocation *invocation)
{
	return live_run(invocation, "release", act);
}

static const struct accepted options[] = {
	{.option = OPTION_ROOT, .help = "take every path below DIR, and load no module"},
	{.option = OPTION_DRY_RUN, .help = "print what would be done, change nothing"},
	{.option = OPTION_JSON},
};

const struct verb verb_release = {
	.name = "release",
	.summary = "give one GPU with its companions back to its drivers now",
	.about =
		"Give the GPU at ADDRESS, and the functions that came along with it, back: clear the\n"
		"driver_override, unbind it from vfio-pci, load the drivers that match and have them\n"
		"probe it. Refused while a guest uses it. gpuclaim then leaves it alone until\n"
		"the next boot or gpuclaimctl claim.",
	.exits =
		"0 done, or it is not claimed; 1 failed; 2 wrong usage; 4 refused, nothing changed; 5 another gpuclaimctl is at work.",
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.operand = "ADDRESS",
	.run = run,
};
