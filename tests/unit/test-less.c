/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "An error anywhere makes it claim less, never more": tried with very many errors. */
#include "helper/policy/policy.h"

#include "tests/unit/test.h"
#include "tests/unit/tree.h"

static const struct {
	const char *path, *text;
} files[] = {
	{"etc/gpuclaim/gpuclaim.conf", "# The GPUs of this node\n"
				       "claim 10de:1c81\n"
				       "claim 10de:2330 address=0000:3b:00.0 subsystem=10de:16c1\n"
				       "set boot-vga=refuse   # the console stays\n"},
	{"etc/gpuclaim/gpuclaim.conf.d/20-site.conf", "skip address=0000:02:00.0\n"
						      "skip 1002:* class=0300\n"
						      "set rebind=yes\n"
						      "set expect=3\n"},
	{"run/gpuclaim/gpuclaim.conf.d/10-pxe.conf", "claim 1002:* class=03\r\n"
						     "skip 10de:1c81 address=0000:01:00.0\r\n"},
	{"usr/lib/gpuclaim/gpuclaim.conf.d/30-vendor.conf", "claim 10de:* class=1200\n"
							    "set driver=auto\n"},
};

static const char cmdline[] =
	"BOOT_IMAGE=/vmlinuz root=/dev/sda1 ro gpuclaim=1 gpuclaim.ids=10de:1c81,1002:744c "
	"gpuclaim.addresses=0000:3b:00.0=10de:2330 gpuclaim.skip=0000:01:00.0,0000:02:00.0 "
	"gpuclaim.boot-vga=refuse gpuclaim.rebind=no gpuclaim.expect=2 quiet\n";

/* What one byte may be replaced with, or have put before it. */
static const char bytes[] = "x0#=*:. ,\n\r\"\t\0\xff";

static const struct function_id gpus[] = {
	{{0, 1, 0, 0}, {0x10de, 0x1c81}, {0x1458, 0x3746}, 0x030000},
	{{0, 2, 0, 0}, {0x10de, 0x1c81}, {0x1458, 0x3746}, 0x030000},
	{{0, 3, 0, 0}, {0x10de, 0x1c81}, {0x1458, 0x3746}, 0x030000},
	{{0, 0x3b, 0, 0}, {0x10de, 0x2330}, {0x10de, 0x16c1}, 0x030200},
	{{0, 0x3c, 0, 0}, {0x10de, 0x2330}, {0x10de, 0x16c1}, 0x030200},
	{{0, 4, 0, 0}, {0x1002, 0x744c}, {0x1002, 0x0e3b}, 0x030000},
	{{0, 5, 0, 0}, {0x1002, 0x7448}, {0x1002, 0x0e3b}, 0x038000},
	{{0, 6, 0, 0}, {0x10de, 0x26b9}, {0x10de, 0x1851}, 0x120000},
	{{0, 7, 0, 0}, {0x8086, 0x56c0}, {0x8086, 0x4905}, 0x038000},
};

static bool matched(const struct policy *p, enum rule_kind kind, const struct function_id *gpu)
{
	for (size_t i = 0; i < p->n_rules; i++)
		if (p->rules[i].kind == kind && rule_matches(&p->rules[i], gpu))
			return true;
	return false;
}

/* One bit a GPU. */
static unsigned claimed(const struct policy *p)
{
	unsigned set = 0;

	if (p->off != SWITCHED_ON)
		return 0;
	for (unsigned i = 0; i < ARRAY_SIZE(gpus); i++)
		if (matched(p, RULE_CLAIM, &gpus[i]) && !matched(p, RULE_SKIP, &gpus[i]))
			set |= 1u << i;
	return set;
}

static bool has_rule(const struct policy *p, const struct rule *wanted)
{
	char a[RULE_TEXT_MAX], b[RULE_TEXT_MAX];

	(void)rule_format(wanted, a);
	for (size_t i = 0; i < p->n_rules; i++)
		if (strcmp(a, rule_format(&p->rules[i], b)) == 0)
			return true;
	return false;
}

struct run {
	struct tree tree;
	struct policy good;	     /* of the files as they are above */
	const char *path;	     /* the file that is spoilt now */
	size_t lines_from, lines_to; /* which of its lines are */
	unsigned invalid, valid;
	unsigned more, lost_skips, kept_claims, kept_settings;
};

/* Is it a skip rule that the spoilt line does not hold? */
static bool must_hold(const struct run *run, const struct rule *rule)
{
	return rule->kind == RULE_SKIP &&
	       (strcmp(rule->source, run->path) != 0 || rule->line < run->lines_from ||
		rule->line > run->lines_to);
}

static void check_spoilt(struct run *run)
{
	const struct settings standard = settings_default();
	struct policy policy;

	if (policy_read(&run->tree.root, &policy) != 0)
		abort();

	if (policy.valid) {
		run->valid++;
	} else {
		run->invalid++;
		run->more += (claimed(&policy) & ~claimed(&run->good)) != 0;
		for (size_t i = 0; i < run->good.n_rules; i++)
			run->lost_skips += must_hold(run, &run->good.rules[i]) &&
					   !has_rule(&policy, &run->good.rules[i]);
		for (size_t i = 0; i < policy.n_rules; i++)
			run->kept_claims += policy.rules[i].kind == RULE_CLAIM;
		run->kept_settings += policy.settings.expect != standard.expect ||
				      policy.settings.rebind != standard.rebind ||
				      strcmp(policy.settings.driver, standard.driver) != 0;
	}
	policy_free(&policy);
}

static void begin(struct run *run)
{
	*run = (struct run){0};
	tree_make(&run->tree);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		tree_file(&run->tree, files[i].path, files[i].text);
	if (policy_read(&run->tree.root, &run->good) != 0)
		abort();
}

static void end(struct run *run)
{
	policy_free(&run->good);
	tree_remove(&run->tree);
}

static void tell(const struct run *run, const char *name, unsigned invalid_min)
{
	char text[96];

	(void)snprintf(text, sizeof(text), "%s: more than %u are errors", name, invalid_min);
	test_int(text, run->invalid > invalid_min, true);
	(void)snprintf(text, sizeof(text), "%s: none claims more", name);
	test_int(text, run->more, 0);
	(void)snprintf(text, sizeof(text), "%s: every other skip line holds", name);
	test_int(text, run->lost_skips, 0);
}

/* Calls @check with @text after each of all the small changes to its byte @i. */
static void spoil(const char *text, size_t i, struct run *run,
		  void (*check)(struct run *run, const char *data, size_t size))
{
	size_t size = strlen(text);
	char data[512];

	memcpy(data, text, i);
	memcpy(data + i, text + i + 1, size - i - 1);
	check(run, data, size - 1); /* left out */

	for (size_t j = 0; j + 1 < sizeof(bytes); j++) {
		memcpy(data, text, size);
		data[i] = bytes[j];
		check(run, data, size);

		memcpy(data + i + 1, text + i, size - i);
		check(run, data, size + 1);
	}
}

static void check_file(struct run *run, const char *data, size_t size)
{
	tree_bytes(&run->tree, run->path, data, size);
	check_spoilt(run);
}

static void check_cmdline(struct run *run, const char *data, size_t size)
{
	tree_bytes(&run->tree, "proc/cmdline", data, size);
	check_spoilt(run);
}

/* Every change to every byte of every file. */
static void test_files(void)
{
	struct run run;

	begin(&run);
	test_int("the sample is valid", run.good.valid, true);
	test_int("the sample claims", claimed(&run.good), 0xcc);
	for (size_t f = 0; f < ARRAY_SIZE(files); f++) {
		run.path = files[f].path;
		run.lines_from = 1;
		for (size_t i = 0; files[f].text[i]; i++) {
			run.lines_to = run.lines_from + (files[f].text[i] == '\n');
			spoil(files[f].text, i, &run, check_file);
			run.lines_from = run.lines_to;
		}
		tree_file(&run.tree, run.path, files[f].text);
	}
	tell(&run, "spoilt bytes of files", 5000);
	test_int("spoilt bytes of files: no claim line counts", run.kept_claims, 0);
	test_int("spoilt bytes of files: no setting counts", run.kept_settings, 0);
	end(&run);
}

/* A file that can't be trusted, or is no file. */
static void test_states(void)
{
	static const struct {
		char op;
		const char *rest;
	} states[] = {{'m', "0662"}, {'m', "0606"}, {'d', ""}, {'l', "nowhere"}, {'l', "/dev/nul"}};
	struct run run;

	begin(&run);
	for (size_t f = 0; f < ARRAY_SIZE(files); f++) {
		run.path = files[f].path;
		run.lines_to = 99;
		for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
			char script[128], full[128];

			(void)snprintf(full, sizeof(full), "%s/%s", run.tree.path, run.path);
			(void)snprintf(script, sizeof(script), "%c %s %s", states[i].op, run.path,
				       states[i].rest);
			if (states[i].op != 'm')
				(void)remove(full);
			tree_script(&run.tree, script);
			check_spoilt(&run);
			(void)remove(full);
			tree_file(&run.tree, run.path, files[f].text);
		}
	}
	tell(&run, "files in a bad state", 19);
	test_int("files in a bad state: all of them are errors", run.valid, 0);
	test_int("files in a bad state: no claim line counts", run.kept_claims, 0);
	end(&run);
}

/* Every change to every byte of the command line, with the files beside it. */
static void test_cmdline(void)
{
	struct run run;

	begin(&run);
	tree_file(&run.tree, "proc/cmdline", cmdline);
	policy_free(&run.good);
	if (policy_read(&run.tree.root, &run.good) != 0)
		abort();
	test_int("the command line is valid", run.good.valid, true);
	test_int("the command line claims", claimed(&run.good), 0xcc);
	run.path = "kernel command line";
	run.lines_to = 0;
	for (size_t i = 0; cmdline[i]; i++)
		spoil(cmdline, i, &run, check_cmdline);
	tell(&run, "spoilt bytes of the command line", 3000);
	end(&run);
}

TESTS(less)
{
	test_files();
	test_states();
	test_cmdline();
	return test_done();
}
