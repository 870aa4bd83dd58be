/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/kargs/next_boot.h"
#include "ctl/kargs/revert.h"

#include "tests/unit/test.h"

#define BLOCK(words) "# GRUB Environment Block\ntuned_params=" words "\n##########"
#define ALL	     "ro intel_iommu=on iommu=pt gpuclaim=1"

/* @next, @entry: the next boot's arguments, and as its entry has them; @tuned: GRUB's variables. */
struct boot_case {
	const char *name, *next, *entry, *tuned, *spread, *later, *made_from, *dropped;
};

static void compare(const struct boot_case *t)
{
	struct boot_line lines[] = {
		{.kind = BOOT_RUNNING, .cmdline = (char *)ALL},
		{.kind = BOOT_NEXT, .cmdline = (char *)t->next, .text = (char *)t->entry},
		{.kind = BOOT_NEW,
		 .cmdline = (char *)t->later,
		 .source = (char *)"/etc/kernel/cmdline"},
	};
	const struct kargs_view view = {
		.loader = {.environment = (char *)t->tuned},
		.lines = {.line = lines, .n = ARRAY_SIZE(lines)},
		.spread = {.cmdline = (char *)t->spread, .source = (char *)"/etc/default/grub"},
		.wanted = kargs_all,
		.n_wanted = KARGS_ALL,
	};
	struct next_boot next = {0};

	test_int(t->name, next_boot_compare(&view, &next), 0);
	test_text(t->name, next.made_from, t->made_from);
	test_text(t->name, next.dropped, t->dropped);
}

static void test_templates(void)
{
	static const struct boot_case rows[] = {
		{"all have them", ALL, NULL, NULL, ALL, ALL, "", ""},
		{"mkconfig would drop them", ALL, NULL, NULL, "ro", ALL, "/etc/default/grub",
		 "intel_iommu=on iommu=pt gpuclaim=1"},
		{"mkconfig would drop one", ALL, NULL, NULL, "intel_iommu=on iommu=pt", ALL,
		 "/etc/default/grub", "gpuclaim=1"},
		{"mkconfig brings nothing", ALL, NULL, NULL, NULL, ALL, "", ""},
		{"a new kernel lacks one", ALL, NULL, NULL, NULL, "iommu=pt gpuclaim=1",
		 "/etc/kernel/cmdline", "intel_iommu=on"},
		{"a template that can't be told", ALL, NULL, NULL, ALL, NULL, "", ""},
		{"the next boot has none itself", "ro", NULL, NULL, "ro", "ro", "", ""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		compare(&rows[i]);
}

/* What tuned's variable brings into the next boot's entry: who makes entries may bring it, too. */
static void test_tuned(void)
{
	static const struct boot_case rows[] = {
		{"tuned adds its variable to each new entry", ALL, "$tuned_params", BLOCK(ALL), ALL,
		 "ro", "", ""},
		{"which is not all of them", ALL, "intel_iommu=on $tuned_params", BLOCK("iommu=pt"),
		 ALL, "ro gpuclaim=1", "/etc/kernel/cmdline", "intel_iommu=on"},
		{"this entry has it not", ALL, ALL, BLOCK(ALL), ALL, "ro", "/etc/kernel/cmdline",
		 "intel_iommu=on iommu=pt gpuclaim=1"},
		{"mkconfig drops the variable, too", ALL, "$tuned_params", BLOCK(ALL), "ro", ALL,
		 "/etc/default/grub", "intel_iommu=on iommu=pt gpuclaim=1"},
		{"unless an older tuned has put it there", ALL, "$tuned_params", BLOCK(ALL),
		 "ro $tuned_params", ALL, "", ""},
		{"or mkconfig makes a part of the line only", ALL, "$kernelopts $tuned_params",
		 BLOCK(ALL), "ro", ALL, "", ""},
		{"a block that can't be read", ALL, "$tuned_params", NULL, ALL, "ro",
		 "/etc/kernel/cmdline", "intel_iommu=on iommu=pt gpuclaim=1"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		compare(&rows[i]);
}

static struct next_boot compare_lines(const char *name, struct boot_line *lines, size_t n)
{
	const struct kargs_view view = {
		.lines = {.line = lines, .n = n},
		.wanted = kargs_all,
		.n_wanted = KARGS_ALL,
	};
	struct next_boot next = {0};

	test_int(name, next_boot_compare(&view, &next), 0);
	return next;
}

static void test_rescue(void)
{
	static const struct {
		const char *name, *cmdline, *rescue;
		bool recovery;
	} rows[] = {
		{"armed", ALL, "/rescue.conf", true},
		{"switched off behind", "ro gpuclaim=1 gpuclaim=0", "", true},
		{"not armed", "ro iommu=pt", "", true},
		{"a kernel's", ALL, "", false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct boot_line lines[] = {
			{.kind = BOOT_RUNNING, .cmdline = (char *)ALL},
			{.kind = BOOT_NEXT, .cmdline = (char *)ALL},
			{.kind = BOOT_KERNEL,
			 .cmdline = (char *)rows[i].cmdline,
			 .source = (char *)"/rescue.conf",
			 .recovery = rows[i].recovery},
		};
		struct next_boot next = compare_lines(rows[i].name, lines, ARRAY_SIZE(lines));

		test_text(rows[i].name, next.rescue, rows[i].rescue);
	}
}

/* What GRUB reads otherwise than it looks is not what a template says; what nobody saw may be. */
static void test_unknown(void)
{
	static const struct {
		const char *name, *text, *doubt, *source;
	} rows[] = {
		{"its entry was read", "options ro\noptions iommu=pt\n",
		 "the next boot (/a.conf) has other kernel arguments than its entry seems to give it: why",
		 ""},
		{"it is out of reach", NULL, "", "/etc/kernel/cmdline"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct boot_line lines[] = {
			{.kind = BOOT_RUNNING, .cmdline = (char *)ALL},
			{.kind = BOOT_NEXT,
			 .text = (char *)rows[i].text,
			 .source = (char *)"/a.conf",
			 .why = "why"},
			{.kind = BOOT_NEW,
			 .cmdline = (char *)ALL,
			 .source = (char *)"/etc/kernel/cmdline"},
		};
		struct next_boot next = compare_lines(rows[i].name, lines, ARRAY_SIZE(lines));

		test_text(rows[i].name, next.doubt, rows[i].doubt);
		test_text(rows[i].name, next.source, rows[i].source);
	}
}

/* What still has gpuclaim=1 after a revert: of a record of arguments that rpm-ostree stored. */
static void test_armed(void)
{
	static const struct {
		const char *name;
		enum boot_kind kind;
		const char *source;
	} rows[] = {
		{"staged", BOOT_NEXT, "/run/ostree/staged-deployment"},
		{"the image has it of its own", BOOT_NEW, NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct text_list sources _cleanup_(text_list_free) = {0};
		struct kargs_change change = {(char *)"", (char *)"gpuclaim=1"};
		struct undo_file file = {.path = (char *)"ostree",
					 .editor = UNDO_OSTREE,
					 .changes = {.change = &change, .n = 1}};
		struct boot_line line = {.kind = rows[i].kind,
					 .cmdline = (char *)ALL,
					 .source = (char *)"/run/ostree/staged-deployment"};
		const struct kargs_view view = {.lines = {.line = &line, .n = 1},
						.wanted = kargs_all,
						.n_wanted = KARGS_ALL};
		const struct undo undo = {.file = &file, .n = 1};

		test_int(rows[i].name, kargs_find_armed(&view, &undo, &sources), 0);
		test_text(rows[i].name, sources.n ? sources.text[0] : "",
			  rows[i].source ? rows[i].source : "");
	}
}

TESTS(next_boot)
{
	test_armed();
	test_rescue();
	test_templates();
	test_unknown();
	test_tuned();
	return test_done();
}
