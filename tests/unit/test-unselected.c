/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A node on which no GPU is selected: is it right, and what is said of it? */
#include "helper/policy/conf_files.h"
#include "tests/unit/readiness_world.h"

#include "tests/unit/test.h"

static void waiting(struct world *w)
{
	select_none(w);
	w->policy.n_disarmed = 1;
	w->facts.waiting = 1;
}

static void set_up(struct world *w)
{
	waiting(w);
	w->facts.has_record = false;
	w->facts.next_boot.armed = true;
	w->policy.settings.expect = 2;
	w->facts.iommu =
		(struct iommu){.state = IOMMU_OFF_KERNEL, .kind = IOMMU_INTEL, .empty = -1};
}

static void not_read_back(struct world *w)
{
	set_up(w);
	w->facts.next_boot.unread = true;
}

static void other_loader(struct world *w)
{
	set_up(w);
	strcpy(w->facts.next_boot.doubt,
	       "by its files the boot loader is grub-dropin, but GRUB is not");
}

static void waiting_off(struct world *w)
{
	waiting(w);
	w->policy.off = SWITCHED_OFF_KARG;
}

static void idle(struct world *w)
{
	w->idle = (struct idle_line){.rule = w->rules, .why = "no GPU here matches it"};
	w->rules[0].source = "etc/gpuclaim/gpuclaim.conf";
	w->rules[0].line = 2;
	w->facts.n_idle = 1;
}

/* Another device is at its place. */
static void elsewhere(struct world *w)
{
	idle(w);
	w->idle.misses = true;
}

static void absent(struct world *w)
{
	elsewhere(w);
	w->facts.n_absent = 1;
}

static void absent_by_setup(struct world *w)
{
	absent(w);
	w->rules[0].source = SELECTION_FILE;
}

/* What a line was to spare has another place now. */
static void stray(struct world *w)
{
	w->stray = (struct idle_line){.rule = &w->rules[1], .why = "no device is there"};
	w->rules[1].source = "etc/gpuclaim/gpuclaim.conf";
	w->rules[1].line = 3;
	w->facts.n_stray = 1;
}

static void claims_match_nothing(struct world *w)
{
	select_none(w);
	w->policy.n_rules = 2;
	idle(w);
}

static void none_is_right(struct world *w)
{
	claims_match_nothing(w);
	w->policy.settings.expect = 0;
}

static void stray_and_unneeded(struct world *w)
{
	stray(w);
	none_is_right(w);
}

static void none_is_right_unarmed(struct world *w)
{
	waiting(w);
	w->policy.settings.expect = 0;
}

static const struct {
	const char *name;
	void (*change)(struct world *);
	const char *expected;
	bool configured;
} rows[] = {
	{"not armed", waiting, "without a GPU: armed=fail selected=skip" NOTHING NO_USERS, false},
	{"gpuclaim=0, and so not armed", waiting_off,
	 "without a GPU: switched-off=fail armed=skip selected=skip" NOTHING NO_USERS, false},
	{"between setup and reboot", set_up,
	 "not ready, reboot: armed=fail selected=skip iommu-active=skip "
	 "interrupt-remapping=skip isolation=skip record=skip configuration-in-step=skip" NOTHING
	 " expect=skip" NO_USERS,
	 true},
	{"claim lines that match nothing", claims_match_nothing,
	 "without a GPU: selected=fail" NOTHING NO_USERS, false},
	{"one that does, another that does not", idle, "ready: selected=warn", true},
	{"a disk where a GPU should be", elsewhere, "not ready: addresses-present=fail", true},
	{"an address without its device", absent, "not ready, waiting: addresses-present=fail",
	 true},
	{"a line that spares none", stray, "ready: addresses-present=warn", true},
	{"where nothing is claimed", stray_and_unneeded, "ready:" NOTHING NO_USERS, true},
	{"none is right", none_is_right, "ready:" NOTHING NO_USERS, true},
	{"none is right, and a line waits", none_is_right_unarmed,
	 "ready: armed=warn" NOTHING NO_USERS, true},
};

static void test_checks(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct readiness readiness;
		struct world world;
		char text[512];

		make_world(&world);
		rows[i].change(&world);
		if (!test_int(rows[i].name, readiness_judge(&world.facts, &readiness), 0))
			continue;
		test_text(rows[i].name, render(&readiness, text, sizeof(text)), rows[i].expected);
		test_int(rows[i].name, readiness.configured, rows[i].configured);
		readiness_free(&readiness);
	}
}

static const struct {
	const char *name;
	void (*change)(struct world *);
	const char *id;
	const char *message, *remedy;
} said[] = {
	{"the one message before the reboot", set_up, "armed", "set up; reboot",
	 "reboot: the next boot has gpuclaim=1, and claims then"},
	{"asked for, and not read back", not_read_back, "armed",
	 "the next boot was given gpuclaim=1 (/boot/grub/grub.cfg), and not all of its entries could "
	 "be read back (gpuclaimctl kargs show)",
	 "mount each EFI partition that gpuclaimctl kargs show names, and run status again; or reboot and look"},
	{"another boot loader started it", other_loader, "kernel-arguments",
	 "by its files the boot loader is grub-dropin, but GRUB is not", "gpuclaimctl kargs show"},
	{"not set up", select_none, "selected", "not set up: no claim line names a GPU",
	 "gpuclaimctl setup; or write \"set expect=0\" to /etc/gpuclaim/gpuclaim.conf if this node "
	 "is to have none"},
	{"which line", claims_match_nothing, "selected",
	 "no claim line selects a GPU: /etc/gpuclaim/gpuclaim.conf:2: claim: no GPU here matches "
	 "it",
	 "gpuclaimctl scan lists the GPUs: correct what is named, or write \"set expect=0\" if "
	 "this "
	 "node is to have none"},
	{"which address", absent, "addresses-present",
	 "not found at its place; look at its seat and its power: /etc/gpuclaim/gpuclaim.conf:2: claim: "
	 "no GPU here matches it",
	 "gpuclaimctl scan lists the GPUs: correct what is named"},
	{"an address that setup wrote", absent_by_setup, "addresses-present",
	 "not found at its place; look at its seat and its power: "
	 "/etc/gpuclaim/gpuclaim.conf.d/60-setup.conf:2: claim: no GPU here matches it",
	 "gpuclaimctl setup names the GPUs anew: --all-gpus or --addresses"},
	{"what spares none", stray, "addresses-present",
	 "spares no GPU, which may be claimed at another place: /etc/gpuclaim/gpuclaim.conf:3: skip: "
	 "no device is there",
	 "gpuclaimctl scan lists the GPUs: correct what is named"},
	{"which line, beside another", idle, "selected",
	 "selects no GPU: /etc/gpuclaim/gpuclaim.conf:2: claim: no GPU here matches it",
	 "gpuclaimctl scan lists the GPUs: correct what is named"},
};

static void test_messages(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(said); i++) {
		struct readiness readiness;
		struct world world;

		make_world(&world);
		said[i].change(&world);
		if (!test_int(said[i].name, readiness_judge(&world.facts, &readiness), 0))
			continue;
		test_text(said[i].name, find_check(&readiness, said[i].id)->message,
			  said[i].message);
		test_text(said[i].name, find_check(&readiness, said[i].id)->remedy, said[i].remedy);
		readiness_free(&readiness);
	}
}

TESTS(unselected)
{
	test_checks();
	test_messages();
	return test_done();
}
