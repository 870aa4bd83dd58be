/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "ctl/change/exec.h"
#include "ctl/initramfs/initramfs.h"
#include "ctl/readiness/checks.h"
#include "helper/base/text.h"

static void check_record(const struct check_input *in, struct check *check)
{
	const struct run_record *record = &in->facts->record;

	if (!in->facts->has_record)
		check_say(
			check, fail_if(in->needed),
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

static void check_configuration_in_step(const struct check_input *in, struct check *check)
{
	const struct facts *facts = in->facts;

	if (!facts->has_record)
		check_say(check, STATE_SKIP, NULL, "there is no record of this boot");
	else if (facts->left.n)
		tell_left(&facts->left, check);
	else if (strcmp(facts->record.config, facts->policy->hash) != 0)
		check_say(
			check, STATE_WARN,
			"rebuild the initramfs, so that it holds the files there are now, and reboot",
			"this boot was decided with configuration %s; the files now are configuration %s",
			facts->record.config, facts->policy->hash);
	else
		check_say(check, STATE_PASS, NULL,
			  "this boot was decided with the configuration that is there now");
}

/* The kernel to tell of: the one that boots next if its image is bad, else the first bad one. */
static size_t find_bad_image(const struct initramfs *images, size_t *ret_n_bad)
{
	size_t bad = images->n;

	*ret_n_bad = 0;
	for (size_t i = images->n; i-- > 0;) {
		if (images->kernel[i].state == INITRAMFS_CURRENT || images->kernel[i].unlisted)
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
static bool claims_at_boot(const struct check_input *in)
{
	const struct facts *facts = in->facts;

	return in->needed || (!facts->machine && (in->claims || facts->policy->n_disarmed));
}

static void check_initramfs(const struct check_input *in, struct check *check)
{
	const struct initramfs *images = in->facts->images;
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
		state = fail_if(claims_at_boot(in));
	write_rebuild(images, bad, n_bad, rebuild, sizeof(rebuild));
	check_say(check, state, rebuild, "the initramfs of %s%s: %s%s", kernel->release,
		  bad == images->next ? ", which boots next" : "", kernel->why,
		  check_more(n_bad, more));
}

static const struct check_row rows[] = {
	/* this boot's record is there */
	{"record", NULL, check_record, CHECK_OF_BOOT},
	/* it was made with the configuration there is now */
	{"configuration-in-step", NULL, check_configuration_in_step, CHECK_OF_BOOT},
	/* the next boot's image holds the configuration there is now */
	{"initramfs", NULL, check_initramfs, CHECK_OF_TREE},
};

const struct check_group checks_of_boot = CHECK_GROUP(rows);
