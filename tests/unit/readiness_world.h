/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The node that the tests of readiness start from. */
#ifndef GPUCLAIM_READINESS_WORLD_H
#define GPUCLAIM_READINESS_WORLD_H

#include <stdio.h>

#include "ctl/readiness/readiness.h"
#include "tests/unit/find_check.h"
#include "tests/unit/test.h"

#define GPU              \
	{                \
		.bus = 1 \
	}
#define AUDIO                           \
	{                               \
		.bus = 1, .function = 1 \
	}
#define OTHER            \
	{                \
		.bus = 2 \
	}

/* A node with two GPUs, the first with audio, all claimed and well; each row breaks something. */
struct world {
	struct policy policy;
	struct rule rules[2], disarmed;
	char *messages[2];
	struct device_facts device[3];
	struct idle_line idle, stray;
	struct pci_address spot;
	struct facts facts;
	struct initramfs_kernel kernel;
	struct initramfs images;
	struct check whitelist;
	struct gpu_users users;
};

static void add_device(struct world *w, struct pci_address address, struct pci_address gpu,
		       int group)
{
	struct device_facts *d = &w->device[w->facts.n_devices++];

	*d = (struct device_facts){
		.address = address,
		.gpu = gpu,
		.in_unit = true,
		.companion = pci_address_compare(&address, &gpu) != 0,
		.selected = true,
		.from_record = true,
		.verdict = VERDICT_CLAIMED,
		.why = "driver vfio-pci",
		.driver = "vfio-pci",
		.wanted = "vfio-pci",
		.group = group,
		.node = true,
	};
}

static void make_world(struct world *w)
{
	*w = (struct world){
		.policy = {.valid = true, .hash = "0123456789abcdef", .n_rules = 2},
		.rules = {{.kind = RULE_CLAIM}, {.kind = RULE_SKIP}},
		.spot = {.bus = 9},
		.facts = {.machine = true,
			  .has_record = true,
			  .interrupt_remapping = true,
			  .host = {.type1 = TYPE1_LOADED, .lockdown = "none"},
			  .next_boot = {.source = "/boot/grub/grub.cfg"},
			  .record = {.stage = "initramfs", .config = "0123456789abcdef"},
			  .iommu = {.state = IOMMU_ACTIVE, .kind = IOMMU_INTEL}},
	};
	w->policy.settings.expect = EXPECT_ANY;
	w->policy.rules = w->rules;
	w->policy.disarmed = &w->disarmed;
	w->facts.policy = &w->policy;
	w->facts.device = w->device;
	w->facts.idle = &w->idle;
	w->facts.stray = &w->stray;
	w->facts.lost = &w->spot;
	w->images = (struct initramfs){.kernel = &w->kernel, .n = 1};
	w->facts.images = &w->images;
	w->facts.whitelist = &w->whitelist;
	w->facts.users = &w->users;
	add_device(w, (struct pci_address)GPU, (struct pci_address)GPU, 13);
	add_device(w, (struct pci_address)AUDIO, (struct pci_address)GPU, 13);
	add_device(w, (struct pci_address)OTHER, (struct pci_address)OTHER, 14);
}

/* A row's change that is one statement. */
#define CHANGE(name, statement)           \
	static void name(struct world *w) \
	{                                 \
		statement;                \
	}

/* As on the running kernel's command line. */
static inline void argue(struct world *w, const char *line)
{
	(void)test_int(line, kernel_args_read(line, &w->policy.args), 0);
}

static inline void select_none(struct world *w)
{
	for (size_t i = 0; i < ARRAY_SIZE(w->device); i++) {
		w->device[i].selected = false;
		w->device[i].verdict = VERDICT_NOT_SELECTED;
		w->device[i].driver[0] = w->device[i].wanted[0] = '\0';
	}
	w->policy.n_rules = 0;
}

/* "not ready, reboot, waiting: expect=fail …": the checks that do not pass. "without a GPU" is not
 * ready, for nothing else than that. */
static inline const char *render(const struct readiness *r, char *buf, size_t size)
{
	size_t n =
		(size_t)snprintf(buf, size, "%s%s%s:",
				 r->ready	  ? "ready"
				 : r->without_gpu ? "without a GPU"
						  : "not ready",
				 r->reboot_required ? ", reboot" : "", r->final ? "" : ", waiting");

	for (size_t i = 0; i < r->n_checks; i++)
		if (r->check[i].state != STATE_PASS)
			n += (size_t)snprintf(buf + n, size - n, " %s=%s", r->check[i].id,
					      check_state_name(r->check[i].state));
	return buf;
}

/* What else is passed over where nothing is selected. */
#define NOTHING                                                                           \
	" claimed=skip group-viable=skip reserved-region=skip sriov=skip vfio-node=skip " \
	"card-answers=skip d3cold=skip bars=skip reset=skip link=skip since-claim=skip numa=skip framebuffer=skip"

/* The last of these. */
#define NO_USERS " thief-drivers=skip variant-driver=skip gpu-users=skip"

#endif
