/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/record/record.h"
#include "tests/unit/test.h"
#include "tests/unit/tree.h"

#define BOOT  "5f0bd1b5-6d35-4c2f-9a5a-0c6f0f4f7d11"
#define MARK  "run/gpuclaim/claimed/10000:3b:1f.7"
#define OTHER "00000000-0000-4000-8000-000000000002"
#define LEAST "BOOT_ID=" BOOT "\nADDRESS=0000:01:00.0\nVERDICT=claimed\n"

static const struct record sample = {
	.boot_id = BOOT,
	.stage = "initramfs",
	.config = "0123456789abcdef",
	.address = {.domain = 0x10000, .bus = 0x3b, .device = 0x1f, .function = 7},
	.gpu = {.domain = 0x10000, .bus = 0x3b, .device = 0x1f},
	.id = {.vendor = 0x10de, .device = 0x0fb9},
	.companion = true,
	.verdict = VERDICT_GROUP_NOT_VIABLE,
	.driver = "snd_hda_intel",
	.why = "0000:04:00.0 (8086:1533, driver igb) = in the way",
	.time_ms = 123456789,
};

/* Field by field, as text: padding is nobody's business. */
static void render(const struct record *r, char buf[static RECORD_TEXT_MAX])
{
	(void)record_render(r, buf);
}

static void test_round_trip(void)
{
	char text[RECORD_TEXT_MAX], again[RECORD_TEXT_MAX];
	struct record record = sample;

	for (unsigned v = 0; v < _VERDICT_COUNT; v++) {
		struct record back = {0};
		size_t length;

		record.verdict = (enum verdict)v;
		record.companion = v != 0;
		length = record_render(&record, text);
		(void)test_int("rendered whole", (long)length, (long)strlen(text));
		(void)test_int("parses", record_parse(text, &back), 0);
		render(&back, again);
		(void)test_text(verdict_name(record.verdict), again, text);
	}
	(void)test_text("the text", text,
			"BOOT_ID=" BOOT "\nSTAGE=initramfs\nCONFIG=0123456789abcdef\n"
			"ADDRESS=10000:3b:1f.7\nGPU=10000:3b:1f.0\nID=10de:0fb9\nROLE=companion\n"
			"VERDICT=claimed\nDRIVER=snd_hda_intel\nTIME_MS=123456789\n"
			"WHY=0000:04:00.0 (8086:1533, driver igb) = in the way\n");
}

/* Every field as long as it can be: what is written can be read. */
static void test_longest(void)
{
	char text[RECORD_TEXT_MAX], again[RECORD_TEXT_MAX];
	struct record record = sample, back = {0};

	memset(record.stage, 's', sizeof(record.stage) - 1);
	memset(record.config, 'c', sizeof(record.config) - 1);
	memset(record.driver, 'd', sizeof(record.driver) - 1);
	memset(record.why, 'w', sizeof(record.why) - 1);
	record.address = record.gpu = (struct pci_address){0xffffffff, 0xff, 0x1f, 7};
	record.time_ms = ~0ul;
	record.vitals = (struct vitals){.known = true,
					.value = {[0 ... _VITAL_COUNT - 1] = UINT64_MAX - 1}};
	render(&record, text);
	(void)test_int("longest parses", record_parse(text, &back), 0);
	render(&back, again);
	(void)test_text("longest", again, text);
}

static void test_texts(void)
{
	static const struct {
		const char *name, *text;
		int r;
	} rows[] = {
		{"the least", LEAST, 0},
		{"no newline at the end", "BOOT_ID=x\nADDRESS=0000:01:00.0\nVERDICT=claimed", 0},
		{"vitals of tomorrow", LEAST "VITALS=2 fast\n", 0},
		{"a key of tomorrow", LEAST "MOOD=fine\n", 0},
		{"a key of tomorrow, first", "MOOD=\n" LEAST, 0},
		{"nothing", "", -EINVAL},
		{"no boot", "ADDRESS=0000:01:00.0\nVERDICT=claimed\n", -EINVAL},
		{"no address", "BOOT_ID=x\nVERDICT=claimed\n", -EINVAL},
		{"no verdict", "BOOT_ID=x\nADDRESS=0000:01:00.0\n", -EINVAL},
		{"a verdict of tomorrow", "BOOT_ID=x\nADDRESS=0000:01:00.0\nVERDICT=blessed\n",
		 -EINVAL},
		{"no key", LEAST "claimed\n", -EINVAL},
		{"an empty line", LEAST "\nSTAGE=x\n", -EINVAL},
		{"no address there", LEAST "ADDRESS=01:00.0\n", -EINVAL},
		{"no GPU there", LEAST "GPU=none\n", -EINVAL},
		{"no ID there", LEAST "ID=10de\n", -EINVAL},
		{"no role", LEAST "ROLE=king\n", -EINVAL},
		{"no time", LEAST "TIME_MS=soon\n", -EINVAL},
		{"a negative time", LEAST "TIME_MS=-1\n", -EINVAL},
		{"a time too large", LEAST "TIME_MS=99999999999999999999\n", -EINVAL},
		{"a time and more", LEAST "TIME_MS=12 ms\n", -EINVAL},
		{"a stage too long", LEAST "STAGE=sssssssssssssssss\n", -EINVAL},
		{"bytes of all kinds",
		 "\x7f"
		 "ELF\x02\x01\x01",
		 -EINVAL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct record record = sample;
		char before[RECORD_TEXT_MAX], after[RECORD_TEXT_MAX];

		render(&record, before);
		if (!test_int(rows[i].name, record_parse(rows[i].text, &record), rows[i].r) ||
		    rows[i].r == 0)
			continue;
		render(&record, after);
		(void)test_text("leaves things alone", after, before);
	}
}

static void test_files(const struct tree *tree)
{
	const struct pci_address other = {.bus = 9};
	char text[RECORD_TEXT_MAX], again[RECORD_TEXT_MAX];
	struct record back = {0};

	(void)test_int("none yet", record_read(&tree->root, &sample.address, BOOT, &back), -ENOENT);
	(void)test_int("write", record_write(&tree->root, &sample), 0);
	(void)test_int("read", record_read(&tree->root, &sample.address, BOOT, &back), 0);
	render(&sample, text);
	render(&back, again);
	(void)test_text("the same", again, text);
	(void)test_int("another boot's is none",
		       record_read(&tree->root, &sample.address, OTHER, &back), -ENOENT);
	(void)test_int("another function's", record_read(&tree->root, &other, BOOT, &back),
		       -ENOENT);
	tree_file(tree, "run/gpuclaim/0000:09:00.0", "VERDICT=claimed\n");
	(void)test_int("a corrupted one", record_read(&tree->root, &other, BOOT, &back), -EINVAL);
}

#define SLOT   "sys/bus/pci/devices/0000:01:00.0/"
#define WHOLE  "1 16777216 268435456 0 33554432 0 128 524288 16 0 1 7 160"
#define ABSENT "1 - - - - - - - - - - - -"

static void test_vitals(void)
{
	static const struct {
		const char *name, *text, *again;
	} rows[] = {
		{"all of them", WHOLE, WHOLE},
		{"none of them", ABSENT, ABSENT},
		{"one too few", "1 - - - - - - - - - - - ", NULL},
		{"one too many", ABSENT " 1", NULL},
		{"two blanks", "1  - - - - - - - - - - - -", NULL},
		{"no number", "1 x - - - - - - - - - - -", NULL},
		{"a negative one", "1 -1 - - - - - - - - - - -", NULL},
		{"one too large", "1 99999999999999999999 - - - - - - - - - - -", ABSENT},
		{"tomorrow's format", "2 160 fast", NULL},
		{"a longer one", "10 - - - - - - - - - - - -", NULL},
		{"nothing", "", NULL},
	};
	char text[VITALS_TEXT_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct vitals vitals = vitals_parse(rows[i].text);

		if (test_int(rows[i].name, vitals.known, rows[i].again != NULL) && vitals.known)
			(void)test_text(rows[i].name, vitals_render(&vitals, text), rows[i].again);
	}
}

/* As the kernel prints them. */
static void test_vitals_read(void)
{
	static const char good[] =
		"f " SLOT "resource 0x00000000de000000 0x00000000deffffff 0x0000000000040200|"
		"0x00000000c0000000 0x00000000cfffffff 0x000000000014220c|"
		"0x0000000000000000 0x0000000000000000 0x0000000000000000|"
		"0x00000000d0000000 0x00000000d1ffffff 0x000000000014220c|"
		"0x0000000000000000 0x0000000000000000 0x0000000000000000|"
		"0x000000000000e000 0x000000000000e07f 0x0000000000040101|"
		"0x00000000df000000 0x00000000df07ffff 0x0000000000046200|\n"
		"f " SLOT "current_link_speed 16.0 GT/s PCIe|\n"
		"f " SLOT "current_link_width 16|\n"
		"f " SLOT "aer_dev_correctable RxErr 3|BadTLP 4|TOTAL_ERR_COR 7|\n"
		"f " SLOT "aer_dev_nonfatal Undefined 1|TOTAL_ERR_NONFATAL 1|\n"
		"f " SLOT "aer_dev_fatal Undefined 0|TOTAL_ERR_FATAL 0|\n";
	static const struct {
		const char *name, *script;
		bool link;
		const char *expected;
	} rows[] = {
		{"all there is", "", true, WHOLE},
		{"the link must not be asked", "", false,
		 "1 16777216 268435456 0 33554432 0 128 524288 - 0 1 7 -"},
		{"nor that of a sleeper", "f " SLOT "power_state D3cold|\n", true,
		 "1 16777216 268435456 0 33554432 0 128 524288 - 0 1 7 -"},
		{"in D3hot it answers", "f " SLOT "power_state D3hot|\n", true, WHOLE},
		{"a link that is down",
		 "f " SLOT "current_link_speed Unknown|\nf " SLOT "current_link_width 0|\n", true,
		 "1 16777216 268435456 0 33554432 0 128 524288 - 0 1 7 -"},
		{"a BAR without an address",
		 "f " SLOT "resource 0x0 0x3fffff 0x2014220c|0x0 0x0 0x0|garbage|\n", true,
		 "1 4194304 0 - - - - - 16 0 1 7 160"},
		{"counts in words of tomorrow", "f " SLOT "aer_dev_correctable 7|\n", true,
		 "1 16777216 268435456 0 33554432 0 128 524288 16 0 1 - 160"},
	};
	char text[VITALS_TEXT_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct pci_address address = {.bus = 1};
		struct vitals vitals;
		struct tree tree;

		tree_make(&tree);
		tree_script(&tree, good);
		tree_script(&tree, rows[i].script);
		vitals = vitals_read(&tree.root, &address, rows[i].link);
		(void)test_text(rows[i].name, vitals_render(&vitals, text), rows[i].expected);
		tree_remove(&tree);
	}
}

static void test_worse(void)
{
	static const struct {
		const char *then, *now;
		enum vital worse;
	} rows[] = {
		{WHOLE, WHOLE, _VITAL_COUNT},
		{WHOLE, ABSENT, _VITAL_COUNT},
		{ABSENT, WHOLE, _VITAL_COUNT},
		{"", WHOLE, _VITAL_COUNT},
		{WHOLE, "", _VITAL_COUNT},
		{WHOLE, "1 16777216 268435457 1 33554432 0 128 524288 32 0 0 0 320", _VITAL_COUNT},
		{WHOLE, "1 16777216 268435455 0 33554432 0 128 524288 16 0 1 7 160", VITAL_BAR + 1},
		{WHOLE, "1 16777216 268435456 0 33554432 0 128 0 16 0 1 7 160", VITAL_ROM},
		{WHOLE, "1 16777216 268435456 0 33554432 0 128 524288 15 1 2 8 25", VITAL_LANES},
		{WHOLE, "1 16777216 268435456 0 33554432 0 128 524288 16 1 2 8 25", VITAL_FATAL},
		{WHOLE, "1 16777216 268435456 0 33554432 0 128 524288 16 0 2 8 25", VITAL_NONFATAL},
		{WHOLE, "1 16777216 268435456 0 33554432 0 128 524288 16 0 1 8 25",
		 VITAL_CORRECTABLE},
		{WHOLE, "1 16777216 268435456 0 33554432 0 128 524288 16 0 1 7 159", VITAL_SPEED},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct vitals then = vitals_parse(rows[i].then), now = vitals_parse(rows[i].now);

		(void)test_int(rows[i].now, vitals_find_worse(&then, &now), rows[i].worse);
	}
}

static void test_properties(void)
{
	static const struct {
		enum verdict verdict;
		bool reserved;
		const char *text;
	} rows[] = {
		{VERDICT_CLAIMED, true,
		 "GPUCLAIM_VERDICT=claimed\nGPUCLAIM_CLAIMED=1\nGPUCLAIM_RESERVED=1\n"
		 "MODALIAS=gpuclaim:\n"},
		{VERDICT_DRIVER_MISSING, true,
		 "GPUCLAIM_VERDICT=driver-missing\nGPUCLAIM_RESERVED=1\nMODALIAS=gpuclaim:\n"},
		{VERDICT_NOT_SELECTED, false, "GPUCLAIM_VERDICT=not-selected\n"},
	};
	char text[RECORD_PROPERTIES_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		(void)record_properties(rows[i].verdict, rows[i].reserved, text);
		(void)test_text(verdict_name(rows[i].verdict), text, rows[i].text);
	}
	for (unsigned v = 0; v < _VERDICT_COUNT; v++) {
		size_t length = record_properties((enum verdict)v, true, text);

		(void)test_int("whole", (long)length, (long)strlen(text));
	}
}

/* What the udev rule looks for is there for a claim, and for nothing else. */
static void test_marks(const struct tree *tree)
{
	char mark[RECORD_PROPERTIES_MAX] = "", text[RECORD_PROPERTIES_MAX];
	struct record record = sample;

	for (unsigned v = 0; v < _VERDICT_COUNT * 2; v++) {
		record.verdict = (enum verdict)(v % 2 ? VERDICT_CLAIMED : v / 2);
		(void)test_int("write", record_write(&tree->root, &record), 0);
		(void)test_int(verdict_name(record.verdict), root_exists(&tree->root, MARK),
			       verdict_is_claim(record.verdict));
	}
	(void)test_int("read", root_read(&tree->root, MARK, mark, sizeof(mark)) > 0, true);
	(void)record_properties(VERDICT_CLAIMED, true, text);
	(void)test_text("the mark", strcat(mark, "\n"), text);
}

/* A mark that can't be taken away keeps the old record, one that can't be made is an error. */
static void test_marks_that_fail(const struct tree *tree)
{
	struct record record = sample, back = {0};

	record.verdict = VERDICT_CLAIMED;
	(void)test_int("write", record_write(&tree->root, &record), 0);
	(void)test_int("away", root_remove(&tree->root, MARK), 0);
	tree_dir(tree, MARK);
	record.verdict = VERDICT_RELEASED;
	(void)test_int("write over a folder", record_write(&tree->root, &record), -EISDIR);
	(void)test_int("read", record_read(&tree->root, &record.address, BOOT, &back), 0);
	(void)test_text("the old one", verdict_name(back.verdict), "claimed");
	record.verdict = VERDICT_CLAIMED;
	(void)test_int("claim over a folder", record_write(&tree->root, &record), -EISDIR);
	(void)test_int("has one", record_has_mark(&tree->root, &record), true);
}

/* A claim's record never stands without its mark: it is written after it. */
static void test_marks_come_first(const struct tree *tree)
{
	struct record record = sample, back;

	record.address.function = 6;
	record.verdict = VERDICT_CLAIMED;
	(void)test_int("none yet", record_has_mark(&tree->root, &record), false);
	tree_dir(tree, "run/gpuclaim/10000:3b:1f.6");
	(void)test_int("no record", record_write(&tree->root, &record), -EISDIR);
	(void)test_int("no mark either", record_has_mark(&tree->root, &record), false);
	record.address.function = 5;
	tree_dir(tree, "run/gpuclaim/claimed/10000:3b:1f.5");
	(void)test_int("no mark", record_write(&tree->root, &record), -EISDIR);
	(void)test_int("no record either", record_read(&tree->root, &record.address, BOOT, &back),
		       -ENOENT);
}

static void test_run_files(const struct tree *tree)
{
	const struct run_record run = {
		.boot_id = BOOT,
		.stage = "system",
		.config = "0123456789abcdef",
		.gpus = 8,
		.claimed = 7,
		.time_ms = 4711,
		.waited_ms = 1900,
	};
	struct run_record back = {0};

	(void)test_int("no run yet", run_record_read(&tree->root, BOOT, &back), -ENOENT);
	(void)test_int("write", run_record_write(&tree->root, &run), 0);
	(void)test_int("read", run_record_read(&tree->root, BOOT, &back), 0);
	(void)test_text("boot", back.boot_id, BOOT);
	(void)test_text("stage", back.stage, "system");
	(void)test_text("configuration", back.config, "0123456789abcdef");
	(void)test_int("GPUs", (long)back.gpus, 8);
	(void)test_int("claimed", (long)back.claimed, 7);
	(void)test_int("time", (long)back.time_ms, 4711);
	(void)test_int("waited", (long)back.waited_ms, 1900);
	(void)test_int("another boot's", run_record_read(&tree->root, OTHER, &back), -ENOENT);
	tree_file(tree, "run/gpuclaim/boot", "BOOT_ID=" BOOT "\nGPUS=many\n");
	(void)test_int("corrupted", run_record_read(&tree->root, BOOT, &back), -EINVAL);
	tree_file(tree, "run/gpuclaim/boot", "BOOT_ID=" BOOT "\nMOOD=fine\nGPUS=1\n");
	(void)test_int("a key of tomorrow", run_record_read(&tree->root, BOOT, &back), 0);
}

TESTS(record)
{
	struct tree tree;

	test_round_trip();
	test_longest();
	test_texts();
	test_vitals();
	test_vitals_read();
	test_worse();
	test_properties();
	tree_make(&tree);
	test_files(&tree);
	test_run_files(&tree);
	test_marks(&tree);
	test_marks_that_fail(&tree);
	test_marks_come_first(&tree);
	tree_remove(&tree);
	return test_done();
}
