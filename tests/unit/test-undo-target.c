/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What becomes of a file that another hand has made unreadable for us since we edited it. */
#include "ctl/change/editor.h"
#include "grub/grub_default.h"
#include "tests/unit/test.h"

#define OURS "GRUB_CMDLINE_LINUX=\"ro gpuclaim=1\"\n"
#define OLD  "GRUB_CMDLINE_LINUX=\"ro\"\n"
#define BAD  "eval \"$(cat /x)\"\n" /* after which nobody can tell what is assigned */

static const struct {
	const char *name, *before, *after, *now;
	int r;
	const char *target;
	size_t gone;
} rows[] = {
	{"the line is put back", "A=1\n" OLD "B=2\n", "A=1\n" OURS "B=2\n", BAD OURS, 0, BAD OLD,
	 0},
	{"at the end", "A=1\n" OLD, "A=1\n" OURS, BAD "C=3\n" OURS, 0, BAD "C=3\n" OLD, 0},
	{"at the beginning", OLD "B=2\n", OURS "B=2\n", OURS BAD, 0, OLD BAD, 0},
	{"an appended one goes", "A=1\n", "A=1\n" OURS, BAD OURS "C=3\n", 0, BAD "C=3\n", 0},
	{"one that we made the file for", NULL, OURS, BAD OURS, 0, BAD, 0},
	{"without a newline", "A=1\nGRUB_CMDLINE_LINUX=ro",
	 "A=1\nGRUB_CMDLINE_LINUX=\"ro gpuclaim=1\"", BAD "GRUB_CMDLINE_LINUX=\"ro gpuclaim=1\"", 0,
	 BAD "GRUB_CMDLINE_LINUX=ro", 0},
	{"twice: which one?", OLD, OURS, BAD OURS OURS, -EINVAL, NULL, 0},
	{"part of another line", OLD, OURS, BAD "# " OURS, -EINVAL, NULL, 0},
	{"another value, with our word", OLD, OURS, BAD "GRUB_CMDLINE_LINUX=\"gpuclaim=1\"\n",
	 -EINVAL, NULL, 0},
	{"our word is gone", OLD, OURS, BAD OLD, 0, BAD OLD, 1},
	{"what we left is not known", OLD, NULL, BAD OURS, -EINVAL, NULL, 0},
};

/* A program that moves arguments about (rpm-ostree, grubby) leaves the same words. */
static void test_order(void)
{
	struct kargs_change change = {.was = (char *)"", .now = (char *)"gpuclaim=1"};
	static const struct {
		const char *name, *before, *now, *target;
	} orders[] = {
		{"the same words: as they were", "ro  quiet rd=1", "rd=1 gpuclaim=1 quiet ro",
		 "ro  quiet rd=1"},
		{"one more", "ro quiet", "quiet gpuclaim=1 ro rd=1", "quiet ro rd=1"},
		{"one less", "ro quiet rd=1", "rd=1 gpuclaim=1 ro", "rd=1 ro"},
		{"as many, and another", "ro quiet", "rd=1 gpuclaim=1 ro", "rd=1 ro"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(orders); i++) {
		const struct undo_file file = {
			.path = (char *)"boot/grub2/grubenv",
			.editor = UNDO_GRUBENV,
			.before = (char *)orders[i].before,
			.changes = {.change = &change, .n = 1},
		};
		_cleanup_free_ char *target = NULL;
		size_t gone = 0;

		test_int(orders[i].name, undo_without_ours(&file, orders[i].now, &target, &gone),
			 0);
		test_text(orders[i].name, target ? target : "(null)", orders[i].target);
		test_int(orders[i].name, (long)gone, 0);
	}
}

#define GONE_ENTRY "options $kernelopts\n"
#define OUT	   "# taken out by gpuclaim: "

/* Of each kind of file what others left of it, and how much of ours they took out. */
static void test_kinds(void)
{
	struct kargs_change change = {.was = (char *)"", .now = (char *)"gpuclaim=1"};
	static const struct {
		const char *name;
		enum undo_editor editor;
		const char *before, *after, *now, *target;
		size_t gone;
	} kinds[] = {
		{"an entry with a text of its own, by 0.1.0", UNDO_BLS, GONE_ENTRY, NULL,
		 "options root=a gpuclaim=1\n", GONE_ENTRY, 0},
		{"one that has it still", UNDO_BLS, GONE_ENTRY, NULL,
		 "options $kernelopts quiet gpuclaim=1\n", "options $kernelopts quiet\n", 0},
		{"one that was seen to be ours", UNDO_BLS, GONE_ENTRY,
		 "options $kernelopts gpuclaim=1\n", "options root=a gpuclaim=1\n",
		 "options root=a\n", 0},
		{"one without it", UNDO_BLS, "options root=a\n", NULL,
		 "options root=b gpuclaim=1\n", "options root=b\n", 0},
		{"an entry in another order", UNDO_BLS, "options a b\n", "options a b gpuclaim=1\n",
		 "options b gpuclaim=1 a\n", "options a b\n", 0},
		{"a recipe", UNDO_ADOPTED, "softdep x\n", OUT "softdep x\n", OUT "softdep x\ny\n",
		 "softdep x\ny\n", 0},
		{"a recipe that is gone", UNDO_ADOPTED, "softdep x\n", OUT "softdep x\n", "y\n",
		 "y\n", 1},
		{"no line of ours", UNDO_OWN_LINE, "A=1\n", NULL, "A=2\n", "A=2\n", 1},
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		const struct undo_file file = {
			.path = (char *)"etc/file",
			.editor = kinds[i].editor,
			.before = (char *)kinds[i].before,
			.after = (char *)kinds[i].after,
			.changes = {.change = &change, .n = 1},
		};
		_cleanup_free_ char *target = NULL;
		size_t gone = 0;

		test_int(kinds[i].name, undo_without_ours(&file, kinds[i].now, &target, &gone), 0);
		test_text(kinds[i].name, target ? target : "(null)", kinds[i].target);
		test_int(kinds[i].name, (long)gone, (long)kinds[i].gone);
	}
}

/* A line of our own goes, whole or what is left of it. */
static void test_own_line(void)
{
	struct kargs_change change = {.was = (char *)"", .now = (char *)"gpuclaim=1"};
	const struct undo_file file = {.path = (char *)"etc/default/grub",
				       .editor = UNDO_OWN_LINE,
				       .before = (char *)"A=1\n",
				       .changes = {.change = &change, .n = 1}};
	_cleanup_free_ char *now = NULL, *target = NULL;
	size_t gone = 7;

	test_int("ours is added",
		 grub_own_line_add("A=2\n", "GRUB_CMDLINE_LINUX", &kargs_all[KARGS_ALL - 1], 1,
				   &now),
		 0);
	test_int("and taken out", undo_without_ours(&file, now, &target, &gone), 0);
	test_text("others' stays", target ? target : "(null)", "A=2\n");
	test_int("nothing of it is gone", (long)gone, 0);
}

TESTS(undo_target)
{
	struct kargs_change change = {.was = (char *)"", .now = (char *)"gpuclaim=1"};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct undo_file file = {
			.path = (char *)"etc/default/grub",
			.editor = UNDO_GRUB_LINUX,
			.before = (char *)rows[i].before,
			.after = (char *)rows[i].after,
			.changes = {.change = &change, .n = 1},
		};
		_cleanup_free_ char *target = NULL;
		size_t gone = 0;

		test_int(rows[i].name, undo_without_ours(&file, rows[i].now, &target, &gone),
			 rows[i].r);
		if (!target)
			continue;
		test_text(rows[i].name, target, rows[i].target);
		test_int(rows[i].name, (long)gone, (long)rows[i].gone);
	}
	test_order();
	test_kinds();
	test_own_line();
	return test_done();
}
