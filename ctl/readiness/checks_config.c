/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "ctl/change/exec.h"
#include "ctl/initramfs/command.h"
#include "ctl/readiness/checks.h"
#include "helper/base/text.h"

static enum check_state fail_if(bool needed)
{
	return needed ? STATE_FAIL : STATE_WARN;
}

void check_configuration(const struct check_input *check_input, struct check *check)
{
	const struct policy *policy = check_input->facts->policy;
	char list[MESSAGE_MAX] = "";

	if (!policy->valid) {
		for (size_t i = 0; i < policy->n_errors; i++)
			text_join(list, sizeof(list), "; ", policy->errors[i]);
		check_say(check, STATE_FAIL, "correct each place that is named", "%s", list);
	} else if (policy->n_warnings) {
		for (size_t i = 0; i < policy->n_warnings; i++)
			text_join(list, sizeof(list), "; ", policy->warnings[i]);
		check_say(check, STATE_WARN,
			  "write what each warning asks for; until then it counts", "%s", list);
	} else {
		check_say(check, STATE_PASS, NULL, "the configuration (%s) holds no error",
			  policy->hash);
	}
}

void check_switched_off(const struct check_input *check_input, struct check *check)
{
	enum check_state state = fail_if(check_input->needed || check_input->waits);

	switch (check_input->facts->policy->off) {
	case SWITCHED_ON:
		check_say(check, STATE_PASS, NULL, "gpuclaim is switched on");
		break;
	case SWITCHED_OFF_KARG:
		check_say(check, state, "boot without gpuclaim=0",
			  "gpuclaim=0 on the kernel command line switches everything off");
		break;
	case SWITCHED_OFF_INITRAMFS:
		check_say(
			check, state, "wait for the real root, or boot without rd.gpuclaim=0",
			"rd.gpuclaim=0 on the kernel command line leaves the claim to the real root");
		break;
	case SWITCHED_OFF_CRASH_KERNEL:
		check_say(check, state, "boot the ordinary kernel",
			  "/proc/vmcore: this is a crash kernel, in which nothing is claimed");
		break;
	}
}

/* Where it is the reason that nothing is selected, the node is not ready. */
void check_armed(const struct check_input *check_input, struct check *check)
{
	size_t n = check_input->facts->policy->n_disarmed;

	if (!n)
		check_say(check, STATE_PASS, NULL, "no claim line waits for gpuclaim=1");
	else if (check_input->facts->policy->off != SWITCHED_ON)
		check_say(check, STATE_SKIP, NULL, "gpuclaim is switched off");
	else if (check_input->set_up)
		check_say(check, STATE_FAIL, "the next boot has gpuclaim=1, and claims then",
			  "set up; reboot");
	else
		check_say(
			check, fail_if(check_input->waits),
			"boot with gpuclaim=1 among the kernel arguments (gpuclaimctl kargs show)",
			"%zu claim %s for gpuclaim=1 on the kernel command line (set arm=karg)", n,
			n > 1 ? "lines wait" : "line waits");
}

void check_trial(const struct check_input *check_input, struct check *check)
{
	switch (check_input->facts->trial) {
	case TRIAL_RUNNING:
		check_say(check, STATE_WARN, "gpuclaimctl commit makes it permanent",
			  "this boot is a trial: the next one has the old kernel arguments");
		break;
	case TRIAL_FAILED:
		check_say(check, STATE_WARN, "gpuclaimctl commit takes its entry away",
			  "a trial of the kernel arguments did not come up, or was not booted");
		break;
	case TRIAL_PENDING:
		check_say(check, STATE_WARN, "reboot",
			  "the next boot is a trial of the kernel arguments");
		break;
	default:
		check_say(check, STATE_PASS, NULL, "no trial is to be decided about");
	}
}

static size_t count_claims(const struct policy *policy)
{
	size_t n = 0;

	for (size_t i = 0; i < policy->n_rules; i++)
		n += policy->rules[i].kind == RULE_CLAIM;
	return n;
}

/* What a line names though it can never be claimed; wrong IDs at an address are another matter. */
static const struct device_facts *find_other(const struct facts *facts)
{
	for (size_t i = 0; i < facts->n_devices; i++) {
		const struct device_facts *d = &facts->device[i];

		if (!d->in_unit && !d->mismatched &&
		    (d->verdict == VERDICT_NOT_A_GPU || d->verdict == VERDICT_BRIDGE))
			return d;
	}
	return NULL;
}

#define IDLE_MAX (MESSAGE_MAX - 64)

/* No GPU is selected: is that right, and if not, why is it so? */
static void say_none_selected(const struct check_input *check_input, struct check *check)
{
	const struct facts *facts = check_input->facts;
	const struct policy *policy = facts->policy;
	bool any = count_claims(policy) || policy->n_disarmed;
	char list[IDLE_MAX];
	size_t n = idle_lines_format(facts->idle, facts->n_idle, true, list, sizeof(list));

	if (policy->settings.expect == 0)
		check_say(check, STATE_PASS, NULL,
			  "no GPU is selected, and set expect=0 says that none is right");
	else if (!any && !policy->valid)
		check_say(check, STATE_SKIP, NULL,
			  "no claim line counts while the configuration holds an error");
	else if (!any)
		check_say(
			check, STATE_FAIL,
			"gpuclaimctl setup; or write \"set expect=0\" to /etc/gpuclaim/gpuclaim.conf if this node is to have none",
			"not set up: no claim line names a GPU");
	else if (check_input->waits && !n)
		check_say(check, STATE_SKIP, NULL,
			  "the claim lines wait for gpuclaim=1: see armed");
	else if (check_input->waits)
		check_say(check, STATE_WARN,
			  "gpuclaimctl scan lists the GPUs: correct what is named",
			  "selects no GPU: %s", list);
	else
		check_say(
			check, STATE_FAIL,
			"gpuclaimctl scan lists the GPUs: correct what is named, or write \"set expect=0\" if this node is to have none",
			"no claim line selects a GPU%s%s", n ? ": " : "", list);
}

void check_selected(const struct check_input *check_input, struct check *check)
{
	const struct facts *facts = check_input->facts;
	const struct device_facts *other = find_other(facts);
	char list[IDLE_MAX], a[PCI_ADDRESS_MAX];

	if (!check_input->selected)
		say_none_selected(check_input, check);
	else if (idle_lines_format(facts->idle, facts->n_idle, false, list, sizeof(list)))
		check_say(check, STATE_WARN,
			  "gpuclaimctl scan lists the GPUs: correct what is named",
			  "selects no GPU: %s", list);
	else if (other)
		check_say(check, STATE_WARN, "take it out of the configuration",
			  "%s: named by a claim line, and can't be claimed: %s: %s",
			  pci_address_format(&other->address, a), verdict_name(other->verdict),
			  other->why);
	else
		check_say(check, STATE_PASS, NULL, "%u %s selected", check_input->selected,
			  check_input->selected > 1 ? "GPUs are" : "GPU is");
}

void check_record(const struct check_input *check_input, struct check *check)
{
	const struct run_record *record = &check_input->facts->record;

	if (!check_input->facts->has_record)
		check_say(
			check, fail_if(check_input->needed),
			"rebuild the initramfs with gpuclaim in it, and reboot",
			"no record of this boot in /run/gpuclaim: gpuclaim has not run, and the verdicts are computed");
	else
		check_say(
			check, STATE_PASS, NULL,
			"recorded in the %s, %lu ms after the kernel's start: %u of %u selected GPUs claimed",
			strcmp(record->stage, "initramfs") == 0 ? "initramfs" : "running system",
			record->time_ms, record->claimed, record->gpus);
}

/* The line that keeps the first of them, where one can. */
static void write_keeping(const struct left_function *f, char *buf, size_t size)
{
	const struct rule rule = {
		.kind = RULE_CLAIM,
		.has_id = true,
		.has_address = true,
		.id = f->gpu.id,
		.address = f->gpu.address,
		.functions = f->functions,
	};
	char line[RULE_TEXT_MAX];

	if (f->functions)
		(void)snprintf(
			buf, size,
			"let the host have it; or, to keep it, write \"%s\" to /etc/gpuclaim/gpuclaim.conf and run gpuclaimctl setup",
			rule_format(&rule, line));
	else
		(void)snprintf(buf, size, "let the host have it: no claim line can keep it");
}

/* The first whose group the next boot finds not viable, or NULL. */
static const struct left_function *find_blocking(const struct left_behind *left)
{
	for (size_t i = 0; i < left->n; i++)
		if (left->function[i].blocks)
			return &left->function[i];
	return NULL;
}

static void tell_left(const struct left_behind *left, struct check *check)
{
	const struct left_function *blocking = find_blocking(left);
	char list[MESSAGE_MAX - 256] = "", one[64], also[160] = "", remedy[REMEDY_MAX];
	char a[PCI_ADDRESS_MAX], b[PCI_ADDRESS_MAX];

	for (size_t i = 0; i < left->n; i++) {
		const struct function_id *id = &left->function[i].id;

		(void)snprintf(one, sizeof(one), "%s (%04x:%04x)",
			       pci_address_format(&id->address, a), id->id.vendor, id->id.device);
		text_join(list, sizeof(list), ", ", one);
	}
	if (blocking)
		(void)snprintf(also, sizeof(also),
			       ", and does not claim %s, which shares an IOMMU group with %s",
			       pci_address_format(&blocking->gpu.address, a),
			       pci_address_format(&blocking->id.address, b));
	write_keeping(blocking ? blocking : &left->function[0], remedy, sizeof(remedy));
	check_say(check, STATE_WARN, remedy,
		  "the next boot leaves %s with the host%s; in this boot it stays claimed", list,
		  also);
}

void check_configuration_in_step(const struct check_input *check_input, struct check *check)
{
	const struct facts *facts = check_input->facts;

	if (!facts->has_record)
		check_say(check, STATE_SKIP, NULL, "there is no record of this boot");
	else if (facts->left.n)
		tell_left(&facts->left, check);
	else if (strcmp(facts->record.config, facts->policy->hash) != 0)
		check_say(
			check, STATE_WARN,
			"rebuild the initramfs, so that it holds the files there are now, and reboot",
			"this boot was decided with configuration %s, the files now make it %s",
			facts->record.config, facts->policy->hash);
	else
		check_say(check, STATE_PASS, NULL,
			  "this boot was decided with the configuration there is now");
}

/* The kernel to tell of: the one that boots next if its image is bad, else the first bad one. */
static size_t find_bad_image(const struct initramfs *images, size_t *ret_n_bad)
{
	size_t bad = images->n;

	*ret_n_bad = 0;
	for (size_t i = images->n; i-- > 0;) {
		if (images->kernel[i].state == INITRAMFS_CURRENT)
			continue;
		(*ret_n_bad)++;
		if (bad != images->next || bad == images->n)
			bad = i;
	}
	return bad;
}

/* "run …, and likewise for the others". */
static void write_rebuild(const struct initramfs *images, size_t bad, size_t n_bad, char *buf,
			  size_t size)
{
	char *argv[INITRAMFS_ARGV_MAX];
	_cleanup_free_ char *words = NULL;

	if (images->refusal) {
		(void)snprintf(buf, size, "%s", images->refusal);
		return;
	}
	if (images->kernel[bad].state == INITRAMFS_NO_DRIVER) {
		(void)snprintf(
			buf, size,
			"install the rest of its modules (linux-modules-extra, kernel-modules) and run gpuclaimctl setup, or boot another kernel");
		return;
	}
	if (initramfs_command(images, bad, argv) == 0) {
		words = exec_format((const char *const *)argv);
		initramfs_command_free(argv);
	}
	(void)snprintf(buf, size, "%srun %s%s",
		       images->kernel[bad].state == INITRAMFS_UNREADABLE
			       ? "look again as root; if that does not help, "
			       : "",
		       words ? words : "gpuclaimctl setup",
		       n_bad > 1 ? ", and likewise for the others" : "");
}

/* A tree without a machine selects nothing, but what is claimed there one day can be told. */
static bool claims_at_boot(const struct check_input *check_input)
{
	const struct facts *facts = check_input->facts;

	return check_input->needed ||
	       (!facts->machine && (count_claims(facts->policy) || facts->policy->n_disarmed));
}

void check_initramfs(const struct check_input *check_input, struct check *check)
{
	const struct initramfs *images = check_input->facts->images;
	const struct initramfs_kernel *kernel;
	char more[MORE_MAX], rebuild[REMEDY_MAX];
	enum check_state state = STATE_WARN;
	size_t bad, n_bad;

	if (!images || images->n == 0) {
		check_say(check, STATE_SKIP, NULL,
			  images ? "no installed kernel is here" : "the images were not looked at");
		return;
	}
	bad = find_bad_image(images, &n_bad);
	if (bad == images->n) {
		check_say(check, STATE_PASS, NULL,
			  "the initramfs of each installed kernel (%zu) holds this configuration",
			  images->n);
		return;
	}
	kernel = &images->kernel[bad];
	/* What can't be read may be in order; other kernels are a matter of another day. */
	if (bad == images->next && kernel->state != INITRAMFS_UNREADABLE)
		state = fail_if(claims_at_boot(check_input));
	write_rebuild(images, bad, n_bad, rebuild, sizeof(rebuild));
	check_say(check, state, rebuild, "the initramfs of %s%s: %s%s", kernel->release,
		  bad == images->next ? ", which boots next" : "", kernel->why,
		  check_more(n_bad, more));
}

void check_old_recipes(const struct check_input *check_input, struct check *check)
{
	const struct facts *facts = check_input->facts;
	char list[MESSAGE_MAX - 128] = "";

	if (!facts->n_recipes) {
		check_say(check, STATE_PASS, NULL, "no ids= option of vfio-pci is left over");
		return;
	}
	for (size_t i = 0; i < facts->n_recipes; i++)
		text_join(list, sizeof(list), ", ", facts->recipes[i]);
	check_say(check, STATE_WARN,
		  "take it out: it binds every device of those IDs, also one the host should keep",
		  "an ids= option of vfio-pci is left over: %s", list);
}

void check_nova_whitelist(const struct check_input *check_input, struct check *check)
{
	if (check_input->facts->whitelist)
		*check = *check_input->facts->whitelist;
	else
		check_say(check, STATE_SKIP, NULL, "Nova's configuration is not looked at");
}
