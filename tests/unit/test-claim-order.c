/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Of two verdicts that hold, the first in the manual's order counts. */
#include "tests/unit/bench.h"

/* As gpuclaim-verdicts(7) has them. */
static const char *const in_order[] = {
	"switched-off",
	"skipped",
	"identity-mismatch",
	"not-selected",
	"released",
	"bridge",
	"not-a-gpu",
	"iommu-off-firmware",
	"iommu-off-kernel",
	"no-iommu-group",
	"already-claimed",
	"pf-with-vfs",
	"boot-vga",
	"reserved-region",
	"in-use",
	"group-not-viable",
	"driver-missing",
	"failed",
	"claimed",
};

/* What brings each verdict about on the one GPU of a machine: its own configuration line or
 * word, a fact of the GPU, a line of the machine. Pairs of rows are put together below. */
static const struct cause {
	const char *conf, *fact, *machine;
	enum claim_mode mode;
} causes[] = {
	{.conf = "off\n"},
	{.conf = "skip address=0000:01:00.0\n"},
	{.conf = "claim 10de:2204 address=0000:01:00.0\n"},
	{.conf = "not-armed\n"},
	{.fact = "record=released"},
	{.fact = "bridge"},
	{.conf = "claim 10de:* address=0000:01:00.0\n", .fact = "vf"},
	{.machine = "iommu-off-firmware;"},
	{.machine = "iommu-off-kernel;"},
	{.machine = "group=1 no-iommu;"},
	{.fact = "driver=vfio-pci"},
	{.fact = "vfs=2"},
	{.fact = "boot-vga"},
	{.machine = "group=1 direct;"},
	{.fact = "driver=nouveau"},
	{.machine = "02:00.0 8086:1533 020000 group=1 driver=igb;"},
	{.fact = "unavailable"},
	{.fact = "record=failed"},
	{.fact = ""},
};
_Static_assert(ARRAY_SIZE(in_order) == ARRAY_SIZE(causes), "a verdict has no cause");
_Static_assert(ARRAY_SIZE(in_order) == _VERDICT_COUNT, "a verdict is not in the order");

static const char *or_empty(const char *s)
{
	return s ? s : "";
}

static void decide_both(const struct cause *a, const struct cause *b, char *buf, size_t size)
{
	char conf[256], machine[512];
	struct bench bench;

	/* "off" and "not-armed" are words at the beginning: they come in the order of causes. */
	(void)snprintf(conf, sizeof(conf), "%s%sclaim 10de:1c81\n", or_empty(a->conf),
		       or_empty(b->conf));
	(void)snprintf(machine, sizeof(machine), "01:00.0 10de:1c81 030000 group=1 %s %s;%s%s",
		       or_empty(a->fact), or_empty(b->fact), or_empty(a->machine),
		       or_empty(b->machine));
	bench_decide(&bench, conf, machine, CLAIM_BOOT);
	bench_require(bench.decision.n_outcomes >= 1, "no verdict");
	(void)snprintf(buf, size, "%s", verdict_name(bench.decision.outcome[0].verdict));
	bench_tear_down(&bench);
}

/* Two things that can't be on one machine. */
static bool excluded(size_t i, size_t j)
{
	static const size_t pairs[][2] = {
		{VERDICT_SWITCHED_OFF, VERDICT_NOT_SELECTED}, /* the bench knows one such word */
		{VERDICT_SKIPPED, VERDICT_NOT_SELECTED},      /* likewise: a row of its own below */
		{VERDICT_NOT_SELECTED, VERDICT_RELEASED},     /* no such line: its record stays */
		{VERDICT_RELEASED, VERDICT_FAILED},	      /* one record only */
		{VERDICT_BRIDGE, VERDICT_NOT_A_GPU}, /* no virtual function has a bridge's header */
		{VERDICT_IDENTITY_MISMATCH, VERDICT_NOT_SELECTED}, /* a line that counts names it */
		{VERDICT_IOMMU_OFF_FIRMWARE, VERDICT_IOMMU_OFF_KERNEL},
		{VERDICT_ALREADY_CLAIMED, VERDICT_IN_USE}, /* one driver only */
		{VERDICT_DRIVER_MISSING, VERDICT_FAILED},  /* see test_failed_before() */
		{VERDICT_ALREADY_CLAIMED, VERDICT_DRIVER_MISSING},
		{VERDICT_ALREADY_CLAIMED, VERDICT_FAILED},
	};

	for (size_t k = 0; k < ARRAY_SIZE(pairs); k++)
		if (pairs[k][0] == i && pairs[k][1] == j)
			return true;
	return false;
}

static void test_pairs(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(causes); i++)
		for (size_t j = i; j < ARRAY_SIZE(causes); j++) {
			char name[80], got[64];

			if (excluded(i, j))
				continue;
			/* A cause with itself is the cause alone. */
			decide_both(&causes[i], i == j ? &(struct cause){0} : &causes[j], got,
				    sizeof(got));
			(void)snprintf(name, sizeof(name), "%s and %s", in_order[i], in_order[j]);
			(void)test_text(name, got, in_order[i]);
		}
}

/* The pairs that need another wording. */
static void test_neighbours(void)
{
	static const struct bench_row rows[] = {
		{"skipped before not-selected", "skip 10de:1c81\n",
		 "01:00.0 10de:1c81 030000 group=1;", CLAIM_BOOT, "01:00.0 skipped"},
		{"switched-off before not-selected", "off\n", "01:00.0 10de:1c81 030000 group=1;",
		 CLAIM_BOOT, "01:00.0 switched-off"},
		{"bridge before not-a-gpu, by class", "claim 8086:460d\n",
		 "00:01.0 8086:460d 060400;", CLAIM_BOOT, "00:01.0 bridge"},
		{"identity-mismatch before bridge", "claim 10de:1c81 address=0000:00:01.0\n",
		 "00:01.0 8086:460d 060400;", CLAIM_BOOT, "00:01.0 identity-mismatch"},
		{"identity-mismatch before not-a-gpu", "claim 10de:1c81 address=0000:02:00.0\n",
		 "02:00.0 8086:1533 020000;", CLAIM_BOOT, "02:00.0 identity-mismatch"},
		{"skipped before bridge", "skip 8086:460d\nclaim 8086:460d\n",
		 "00:01.0 8086:460d 060400;", CLAIM_BOOT, "00:01.0 skipped"},
		{"no group at all", "claim 10de:1c81\n", "01:00.0 10de:1c81 030000;", CLAIM_BOOT,
		 "01:00.0 no-iommu-group"},
		{"no-iommu-group before already-claimed", "claim 10de:1c81\n",
		 "01:00.0 10de:1c81 030000 driver=vfio-pci;", CLAIM_BOOT, "01:00.0 no-iommu-group"},
		{"no-iommu-group before our own claim", "claim 10de:1c81\n",
		 "01:00.0 10de:1c81 030000 driver=vfio-pci record=claimed/vfio-pci;", CLAIM_UDEV,
		 "01:00.0 no-iommu-group"},
	};

	bench_check(rows, ARRAY_SIZE(rows));
}

/*
 * driver-missing means that the override is set. What was tried in this boot and taken back is
 * left alone, so that it isn't, and driver-missing does not hold.
 */
static void test_failed_before(void)
{
	static const struct bench_row rows[] = {
		{"failed before, and no driver now", "claim 10de:1c81\n",
		 "01:00.0 10de:1c81 030000 group=1 unavailable record=failed;", CLAIM_UDEV,
		 "01:00.0 failed"},
		{"failed before, and somebody bound it since", "claim 10de:1c81\n",
		 "01:00.0 10de:1c81 030000 group=1 driver=vfio-pci record=failed;", CLAIM_UDEV,
		 "01:00.0 already-claimed"},
	};

	bench_check(rows, ARRAY_SIZE(rows));
}

static void test_words(void)
{
	for (unsigned i = 0; i < _VERDICT_COUNT; i++) {
		enum verdict verdict = _VERDICT_COUNT;

		(void)test_text("word in its place", verdict_name((enum verdict)i), in_order[i]);
		(void)test_int("is understood", verdict_parse(in_order[i], &verdict), 0);
		(void)test_int("as itself", (long)verdict, (long)i);
	}
	for (size_t i = 0; i < 3; i++) {
		static const char *const bad[] = {"", "claim", "Claimed"};
		enum verdict verdict = VERDICT_SKIPPED;

		(void)test_int("no word", verdict_parse(bad[i], &verdict), -EINVAL);
		(void)test_int("leaves things alone", (long)verdict, VERDICT_SKIPPED);
	}
}

/* Whom intel_iommu=igfx_off leaves out, or the kernel itself. */
static void test_left_out(void)
{
	static const struct {
		const char *name, *gpu, *why, *line;
	} rows[] = {
		{"by the kernel", "00:02.0 8086:162a 030000;",
		 "the IOMMU is on, but this device is not behind it: look for \"Disabling IOMMU for "
		 "graphics\" in the kernel's log (journalctl -k)",
		 "intel_iommu=on"},
		{"by the firmware", "00:05.0 10de:1e87 030000;",
		 "the IOMMU is on, but this device is not behind it", "intel_iommu=on"},
		{"Intel's own", "00:02.0 8086:4680 030000;",
		 "the IOMMU is not used for this device: boot without intel_iommu=igfx_off",
		 "intel_iommu=igfx_off"},
		{"Intel's, behind a port", "03:00.0 8086:56a0 030000;",
		 "the IOMMU is on, but this device is not behind it", "intel_iommu=igfx_off"},
		{"another's, beside it", "00:05.0 10de:1e87 030000;",
		 "the IOMMU is on, but this device is not behind it", "intel_iommu=igfx_off"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct bench b;

		bench_set_up(&b, "claim 8086:*\nclaim 10de:*\n", rows[i].gpu);
		bench_require(kernel_args_read(rows[i].line, &b.policy.args) == 0 &&
				      claim_decide(&b.machine, &b.policy, &b.units, CLAIM_BOOT,
						   &b.decision) == 0,
			      "memory");
		(void)test_text(rows[i].name, b.decision.outcome[0].why, rows[i].why);
		bench_tear_down(&b);
	}
}

TESTS(claim_order)
{
	test_words();
	test_pairs();
	test_neighbours();
	test_failed_before();
	test_left_out();
	return test_done();
}
