/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/claim/plan.h"
#include "tests/unit/bench.h"

#define DEVICES "sys/bus/pci/devices/"
#define PROBE	"sys/bus/pci/drivers_probe"
#define GPU	"01:00.0 10de:1e87 030000 group=1 "
#define AUDIO	"01:00.1 10de:10f8 040300 group=1 "
#define SECOND	"02:00.0 10de:1e87 030000 group=2 "
#define CLAIM	"claim 10de:1e87\n"

/* "override 01:00.0, load vfio-pci, …": the steps in short. */
static void render(const struct bench *b, const struct plan *plan, char *buf, size_t size)
{
	static const char *const names[] = {
		[PLAN_OVERRIDE] = "override", [PLAN_LOAD] = "load",   [PLAN_UNBIND] = "unbind",
		[PLAN_BIND] = "bind",	      [PLAN_OFFER] = "offer",
	};
	size_t n = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < plan->n_steps; i++) {
		const struct plan_step *step = &plan->step[i];
		char a[PCI_ADDRESS_MAX];

		n += (size_t)snprintf(
			buf + n, size - n, "%s%s %s", i ? ", " : "", names[step->op],
			step->op == PLAN_LOAD
				? step->driver
				: bench_short(&b->machine.function[step->function].id.address, a));
	}
}

static const struct {
	const char *name, *conf, *machine;
	enum claim_mode mode;
	const char *steps;
} rows[] = {
	{"nothing", "", GPU ";", CLAIM_BOOT, ""},
	{"one function", CLAIM, GPU ";", CLAIM_BOOT,
	 "override 01:00.0, load vfio-pci, bind 01:00.0"},
	{"two functions", CLAIM, GPU ";" AUDIO ";", CLAIM_BOOT,
	 "override 01:00.0, override 01:00.1, load vfio-pci, bind 01:00.0, bind 01:00.1"},
	{"overrides of all GPUs first", CLAIM, GPU ";" SECOND ";", CLAIM_BOOT,
	 "override 01:00.0, override 02:00.0, load vfio-pci, bind 01:00.0, load vfio-pci, "
	 "bind 02:00.0"},
	{"all unbound before the first is bound", CLAIM "set rebind=yes\n",
	 GPU "driver=nouveau;" AUDIO "driver=snd_hda_intel;", CLAIM_BOOT,
	 "override 01:00.0, override 01:00.1, load vfio-pci, unbind 01:00.0, unbind 01:00.1, "
	 "bind 01:00.0, bind 01:00.1"},
	{"an override that is there", CLAIM, GPU "override=vfio-pci;" AUDIO "override=other;",
	 CLAIM_BOOT, "override 01:00.1, load vfio-pci, bind 01:00.0, bind 01:00.1"},
	{"all overrides are there: it is loaded once", CLAIM,
	 GPU "override=vfio-pci;" AUDIO "override=vfio-pci;", CLAIM_BOOT,
	 "load vfio-pci, bind 01:00.0, bind 01:00.1"},
	{"kept: overrides only", CLAIM,
	 GPU ";" AUDIO ";01:00.2 10de:1ad8 0c0330 group=1 driver=xhci_hcd unsettled=awake;",
	 CLAIM_BOOT, "override 01:00.0, override 01:00.1"},
	{"let go: all overrides first, and nothing of what has a driver", CLAIM,
	 GPU "override=vfio-pci record=kept;" AUDIO "override=vfio-pci record=kept;"
	     "01:00.2 10de:1ad8 0c0330 group=1 driver=xhci_hcd held=stick record=kept/xhci_hcd;",
	 CLAIM_BOOT, "override 01:00.0, override 01:00.1, offer 01:00.0, offer 01:00.1"},
	{"two drivers", CLAIM, GPU "wanted=variant;" AUDIO ";", CLAIM_BOOT,
	 "override 01:00.0, override 01:00.1, load variant, load vfio-pci, bind 01:00.0, "
	 "bind 01:00.1"},
	{"a claim that stands", CLAIM,
	 GPU "driver=vfio-pci override=vfio-pci record=claimed/vfio-pci;", CLAIM_UDEV, ""},
	{"a claim that stands, and what joins it", CLAIM,
	 GPU "driver=vfio-pci override=vfio-pci record=claimed/vfio-pci;" AUDIO ";", CLAIM_UDEV,
	 "override 01:00.1, load vfio-pci, bind 01:00.1"},
	{"already-claimed: not even an override", CLAIM, GPU "driver=vfio-pci;", CLAIM_BOOT, ""},
	{"a refusal", CLAIM, GPU "boot-vga;" AUDIO ";", CLAIM_BOOT, ""},
	{"the IOMMU is off", CLAIM, "iommu-off-kernel;" GPU ";" AUDIO ";", CLAIM_BOOT, ""},
	{"switched off", "off\n" CLAIM, GPU ";" AUDIO ";", CLAIM_BOOT, ""},
	{"a refusal, and a GPU beside it", CLAIM, GPU "boot-vga;" SECOND ";", CLAIM_BOOT,
	 "override 02:00.0, load vfio-pci, bind 02:00.0"},
	{"driver-missing: overrides, and nothing is unbound", CLAIM,
	 GPU "unavailable;" AUDIO "driver=snd_hda_intel unavailable;", CLAIM_BOOT,
	 "override 01:00.0, override 01:00.1"},
	{"driver-missing, the overrides are there", CLAIM, GPU "unavailable override=vfio-pci;",
	 CLAIM_UDEV, ""},
	{"failed before", CLAIM, GPU "record=failed;" AUDIO ";", CLAIM_UDEV, ""},
};

/* One GPU that is given back: all its functions. */
static const struct {
	const char *name, *machine, *steps;
} releases[] = {
	{"all of it",
	 GPU "driver=vfio-pci override=vfio-pci;" AUDIO "driver=vfio-pci override=vfio-pci;",
	 "override 01:00.0, override 01:00.1, unbind 01:00.0, unbind 01:00.1"},
	{"a variant", GPU "driver=nvgrace_gpu_vfio_pci override=nvgrace_gpu_vfio_pci;",
	 "override 01:00.0, unbind 01:00.0"},
	{"driver-missing", GPU "override=vfio-pci;", "override 01:00.0"},
	{"already-claimed", GPU "driver=vfio-pci;", "unbind 01:00.0"},
	{"back at its own drivers", GPU "driver=nouveau;" AUDIO "driver=snd_hda_intel;", ""},
	{"an override of others", GPU "driver=nouveau override=nouveau;", ""},
	{"after an unbind that hung and came back", GPU "driver=vfio-pci record=failed;",
	 "override 01:00.0, unbind 01:00.0"},
	{"after a claim that failed", GPU "driver=nouveau record=failed;", ""},
};

static void test_releases(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(releases); i++) {
		static const size_t function[] = {0, 1};
		char got[BENCH_TEXT_MAX];
		struct plan plan;
		struct bench b;

		bench_decide(&b, CLAIM, releases[i].machine, CLAIM_BOOT);
		bench_require(plan_release(&b.machine, function, b.machine.n_functions, &plan) == 0,
			      "memory");
		render(&b, &plan, got, sizeof(got));
		(void)test_text(releases[i].name, got, releases[i].steps);
		plan_free(&plan);
		bench_tear_down(&b);
	}
}

/* A failure gives it back to pci-stub, and to no driver that pci-stub kept off. */
static void test_stub(void)
{
	int unbinds = 0;
	struct plan plan;
	struct bench b;

	bench_decide(&b, CLAIM, GPU "driver=pci-stub;", CLAIM_BOOT);
	bench_require(plan_claim(&b.machine, &b.units, &b.decision, &plan) == 0, "memory");
	for (size_t i = 0; i < plan.n_steps; i++) {
		unbinds += plan.step[i].op == PLAN_UNBIND;
		if (plan.step[i].op == PLAN_UNBIND)
			(void)test_text("undo", plan.step[i].undo_path,
					"sys/bus/pci/drivers/pci-stub/bind");
	}
	(void)test_int("unbinds", unbinds, 1);
	plan_free(&plan);
	bench_tear_down(&b);
}

/* Its stores: a failure puts override and driver back. */
static void test_release_stores(void)
{
	static const size_t function = 0;
	struct plan plan;
	struct bench b;

	bench_decide(&b, CLAIM, GPU "driver=vfio-pci override=vfio-pci;", CLAIM_BOOT);
	bench_require(plan_release(&b.machine, &function, 1, &plan) == 0, "memory");
	if (test_int("steps", (long)plan.n_steps, 2)) {
		(void)test_text("clear", plan.step[0].value, "\n");
		(void)test_text("clear: undo", plan.step[0].undo_value, "vfio-pci");
		(void)test_text("clear: path", plan.step[0].undo_path,
				DEVICES "0000:01:00.0/driver_override");
		(void)test_text("unbind", plan.step[1].path, DEVICES "0000:01:00.0/driver/unbind");
		(void)test_text("unbind: undo", plan.step[1].undo_path, PROBE);
		(void)test_text("unbind: undo", plan.step[1].undo_value, "0000:01:00.0");
		/* One fails with the other. */
		(void)test_int("of one unit", (long)plan.step[1].unit, (long)plan.step[0].unit);
	}
	plan_free(&plan);
	bench_tear_down(&b);
}

static void set_up(struct bench *b, struct plan *plan, const char *conf, const char *machine,
		   enum claim_mode mode)
{
	bench_decide(b, conf, machine, mode);
	bench_require(plan_claim(&b->machine, &b->units, &b->decision, plan) == 0, "memory");
}

static void test_steps(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char got[BENCH_TEXT_MAX];
		struct plan plan;
		struct bench b;

		set_up(&b, &plan, rows[i].conf, rows[i].machine, rows[i].mode);
		render(&b, &plan, got, sizeof(got));
		(void)test_text(rows[i].name, got, rows[i].steps);
		plan_free(&plan);
		bench_tear_down(&b);
	}
}

/* Every store of a plan with all kinds of steps, and how it is taken back. */
static void test_stores(void)
{
	static const struct {
		enum plan_op op;
		const char *path, *value, *undo_path, *undo_value;
	} steps[] = {
		{PLAN_OVERRIDE, DEVICES "0000:01:00.0/driver_override", "variant",
		 DEVICES "0000:01:00.0/driver_override", "\n"},
		{PLAN_OVERRIDE, DEVICES "0000:01:00.1/driver_override", "vfio-pci",
		 DEVICES "0000:01:00.1/driver_override", "snd_hda_intel"},
		{PLAN_LOAD, "", "", "", ""},
		{PLAN_LOAD, "", "", "", ""},
		{PLAN_UNBIND, DEVICES "0000:01:00.1/driver/unbind", "0000:01:00.1", PROBE,
		 "0000:01:00.1"},
		{PLAN_BIND, PROBE, "0000:01:00.0", DEVICES "0000:01:00.0/driver/unbind",
		 "0000:01:00.0"},
		{PLAN_BIND, PROBE, "0000:01:00.1", DEVICES "0000:01:00.1/driver/unbind",
		 "0000:01:00.1"},
	};
	struct plan plan;
	struct bench b;

	set_up(&b, &plan, CLAIM,
	       GPU "wanted=variant;" AUDIO "driver=snd_hda_intel override=snd_hda_intel;",
	       CLAIM_BOOT);
	if (test_int("steps", (long)plan.n_steps, ARRAY_SIZE(steps)))
		for (size_t i = 0; i < plan.n_steps; i++) {
			(void)test_int("operation", plan.step[i].op, steps[i].op);
			(void)test_text("path", plan.step[i].path, steps[i].path);
			(void)test_text("value", plan.step[i].value, steps[i].value);
			(void)test_text("undo: path", plan.step[i].undo_path, steps[i].undo_path);
			(void)test_text("undo: value", plan.step[i].undo_value,
					steps[i].undo_value);
			(void)test_int("unit", (long)plan.step[i].unit, 0);
		}
	plan_free(&plan);
	bench_tear_down(&b);
}

TESTS(plan)
{
	test_steps();
	test_stores();
	test_releases();
	test_stub();
	test_release_stores();
	return test_done();
}
