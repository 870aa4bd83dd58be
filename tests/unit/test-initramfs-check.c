/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/readiness/readiness.h"
#include "tests/unit/find_check.h"
#include "tests/unit/test.h"

/* A node with a GPU that is claimed and well, and two kernels; each row breaks something. */
struct world {
	struct rule rule;
	struct policy policy;
	struct device_facts device;
	struct initramfs_kernel kernel[2];
	struct initramfs images;
	struct facts facts;
};

static void make_world(struct world *w)
{
	*w = (struct world){
		.rule = {.kind = RULE_CLAIM},
		.policy = {.valid = true, .hash = "0123456789abcdef", .n_rules = 1},
		.device = {.in_unit = true,
			   .selected = true,
			   .from_record = true,
			   .node = true,
			   .verdict = VERDICT_CLAIMED,
			   .driver = "vfio-pci",
			   .wanted = "vfio-pci"},
		.kernel = {{.release = (char *)"6.12", .why = (char *)""},
			   {.release = (char *)"6.1", .why = (char *)""}},
		.images = {.tool = INITRAMFS_TOOLS,
			   .program = "/usr/sbin/update-initramfs",
			   .n = 2,
			   .next = 0},
		.facts = {.machine = true,
			  .has_record = true,
			  .interrupt_remapping = true,
			  .record = {.stage = "initramfs", .config = "0123456789abcdef"},
			  .iommu = {.state = IOMMU_ACTIVE, .kind = IOMMU_INTEL},
			  .n_devices = 1},
	};
	w->policy.settings.expect = EXPECT_ANY;
	w->policy.rules = &w->rule;
	for (size_t i = 0; i < ARRAY_SIZE(w->kernel); i++)
		w->kernel[i].image = w->kernel[i].target = (char *)"boot/initrd.img";
	w->images.kernel = w->kernel;
	w->facts.policy = &w->policy;
	w->facts.device = &w->device;
	w->facts.images = &w->images;
}

static void spoil(struct world *w, size_t kernel, enum initramfs_state state)
{
	w->kernel[kernel].state = state;
	w->kernel[kernel].why = (char *)"WHY";
}

/* A row's change that is one statement. */
#define CHANGE(name, statement)           \
	static void name(struct world *w) \
	{                                 \
		statement;                \
	}

CHANGE(stale, spoil(w, 0, INITRAMFS_STALE))
CHANGE(missing, spoil(w, 0, INITRAMFS_MISSING))
CHANGE(without_us, spoil(w, 0, INITRAMFS_WITHOUT_US))
CHANGE(without_modules, spoil(w, 0, INITRAMFS_WITHOUT_MODULES))
CHANGE(no_driver, spoil(w, 0, INITRAMFS_NO_DRIVER))
CHANGE(unreadable, spoil(w, 0, INITRAMFS_UNREADABLE))
CHANGE(other_stale, spoil(w, 1, INITRAMFS_STALE))
CHANGE(not_looked_at, w->facts.images = NULL)
CHANGE(no_kernel, w->images.n = w->images.next = 0)

static void nothing(struct world *w _unused_)
{
}

static void no_image(struct world *w)
{
	missing(w);
	w->kernel[0].image = NULL;
}

static void both_stale(struct world *w)
{
	stale(w);
	other_stale(w);
	w->images.next = 1;
}

static void unselected(struct world *w)
{
	stale(w);
	w->device = (struct device_facts){.in_unit = true, .verdict = VERDICT_NOT_SELECTED};
}

static void expected(struct world *w)
{
	unselected(w);
	w->policy.settings.expect = 1;
}

static void next_unknown(struct world *w)
{
	stale(w);
	w->images.next = 2;
}

static void refused(struct world *w)
{
	stale(w);
	w->images.refusal = "build the image anew";
}

static void target(struct world *w)
{
	stale(w);
	w->facts.machine = false;
	w->facts.n_devices = 0;
}

static void disarmed_target(struct world *w)
{
	target(w);
	w->policy.n_rules = 0;
	w->policy.n_disarmed = 1;
}

static void unclaiming_target(struct world *w)
{
	target(w);
	w->policy.n_rules = 0;
}

#define STALE_NEXT "the initramfs of 6.12, which boots next: WHY"
#define REBUILD	   "run /usr/sbin/update-initramfs -u -k 6.12"

static const struct {
	const char *name;
	void (*change)(struct world *);
	const char *state, *message, *remedy;
} rows[] = {
	{"all is well", nothing, "pass",
	 "the initramfs of each installed kernel (2) holds this configuration", ""},
	{"stale", stale, "fail", STALE_NEXT, REBUILD},
	{"without us", without_us, "fail", STALE_NEXT, REBUILD},
	{"without vfio-pci", without_modules, "fail", STALE_NEXT, REBUILD},
	{"a kernel that has none", no_driver, "fail", STALE_NEXT,
	 "install the rest of its modules (linux-modules-extra, kernel-modules) and run "
	 "gpuclaimctl setup, or boot another kernel"},
	{"missing", missing, "fail", STALE_NEXT, REBUILD},
	{"to be made", no_image, "fail", STALE_NEXT, "run /usr/sbin/update-initramfs -c -k 6.12"},
	{"what can't be read may be well", unreadable, "warn", STALE_NEXT,
	 "look again as root; if that does not help, " REBUILD},
	{"of another kernel", other_stale, "warn", "the initramfs of 6.1: WHY",
	 "run /usr/sbin/update-initramfs -u -k 6.1"},
	{"that of the next boot is told first", both_stale, "fail",
	 "the initramfs of 6.1, which boots next: WHY (and 1 more)",
	 "run /usr/sbin/update-initramfs -u -k 6.1, and likewise for the others"},
	{"nothing is selected", unselected, "warn", STALE_NEXT, REBUILD},
	{"but something is expected", expected, "fail", STALE_NEXT, REBUILD},
	{"who knows what boots next", next_unknown, "warn", "the initramfs of 6.12: WHY", REBUILD},
	{"it can't be rebuilt here", refused, "fail", STALE_NEXT, "build the image anew"},
	{"a tree that is no machine", target, "fail", STALE_NEXT, REBUILD},
	{"and is to be armed", disarmed_target, "fail", STALE_NEXT, REBUILD},
	{"and claims nothing", unclaiming_target, "warn", STALE_NEXT, REBUILD},
	{"not looked at", not_looked_at, "skip", "the images were not looked at", ""},
	{"no kernel", no_kernel, "skip", "no installed kernel is here", ""},
};

TESTS(initramfs_check)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct readiness readiness;
		const struct check *check;
		struct world world;

		make_world(&world);
		rows[i].change(&world);
		if (!test_int(rows[i].name, readiness_judge(&world.facts, &readiness), 0))
			continue;
		check = find_check(&readiness, "initramfs");
		test_text(rows[i].name, check_state_name(check->state), rows[i].state);
		test_text(rows[i].name, check->message, rows[i].message);
		test_text(rows[i].name, check->remedy, rows[i].remedy);
		/* What is now is as it was decided: this calls for no boot. */
		test_int(rows[i].name, readiness.reboot_required, false);
		readiness_free(&readiness);
	}
	return test_done();
}
