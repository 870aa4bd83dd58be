/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/samples/grub-default: good-NAME.grub becomes good-NAME.exp, bad-NAME.grub is refused. */
#include "grub/grub_default.h"

#include "grub/grub_evaluate.h"
#include "grub/kargs.h"
#include "helper/base/root.h"
#include "tests/unit/test.h"

#define FOLDER		 "tests/samples/grub-default"
#define VARIABLE	 "GRUB_CMDLINE_LINUX_DEFAULT"
#define SAMPLE_MAX_BYTES 65536

/* The file after the edit, or where and why it is refused; to be freed. */
static char *edit(const char *text)
{
	struct kargs_changes changes _cleanup_(kargs_changes_free) = {0};
	struct grub_assignment at _cleanup_(grub_assignment_free) = {0};
	_cleanup_free_ char *value = NULL;
	struct text_error error;
	char *result = NULL;
	int r = grub_default_find(text, VARIABLE, &at, &error);

	if (r == -EINVAL &&
	    asprintf(&result, "%u:%u: %s\n", error.line, error.column, error.what) < 0)
		return NULL;
	if (r == -ENOENT)
		return strdup("not there\n");
	if (r < 0)
		return result;
	r = kargs_apply(at.value, kargs_all, KARGS_ALL, &value, &changes);
	if (r < 0)
		return strdup(r == -EEXIST ? "conflict\n" : "open quote\n");
	return grub_default_replace(text, &at, value);
}

/* What the edit makes of a good file must be taken back to the same bytes. */
static void check_back(const char *name, const char *before, const char *after)
{
	struct kargs_changes changes _cleanup_(kargs_changes_free) = {0};
	struct grub_assignment was _cleanup_(grub_assignment_free) = {0};
	struct grub_assignment is _cleanup_(grub_assignment_free) = {0};
	_cleanup_free_ char *value = NULL, *old = NULL, *back = NULL, *again = edit(after);
	struct text_error error;
	size_t gone;

	test_text("twice is once", again, after);
	if (grub_default_find(before, VARIABLE, &was, &error) < 0 ||
	    grub_default_find(after, VARIABLE, &is, &error) < 0 ||
	    kargs_apply(was.value, kargs_all, KARGS_ALL, &value, &changes) < 0 ||
	    kargs_revert(is.value, &changes, &old, &gone) < 0) {
		test_int(name, 1, 0);
		return;
	}
	test_text("the value is taken back", old, was.value);
	is.quote = was.quote;
	back = grub_default_replace(after, &is, old);
	test_text("the file is taken back", back, before);
}

static void check_sample(const struct root *root, const char *name)
{
	_cleanup_free_ char *text = NULL, *expected = NULL, *got = NULL, *path = NULL,
			    *answer = NULL;

	if (asprintf(&path, FOLDER "/%s", name) < 0 ||
	    asprintf(&answer, FOLDER "/%.*s.exp", (int)(strlen(name) - strlen(".grub")), name) < 0)
		abort();
	test_int(path, root_read_file(root, path, SAMPLE_MAX_BYTES, &text, NULL), 0);
	test_int(answer, root_read_file(root, answer, SAMPLE_MAX_BYTES, &expected, NULL), 0);
	if (!text || !expected)
		return;
	got = edit(text);
	test_text(name, got, expected);
	if (got && strncmp(name, "good-", 5) == 0)
		check_back(name, text, got);
}

static void test_samples(void)
{
	_cleanup_closedir_ DIR *dir = NULL;
	struct root root _cleanup_(root_close) = {.fd = -EBADF};
	const struct dirent *entry;
	long n = 0;

	test_int("here", root_open(".", &root), 0);
	test_int(FOLDER, root_open_dir(&root, FOLDER, &dir), 0);
	while (dir && (entry = readdir(dir))) {
		const char *dot = strrchr(entry->d_name, '.');

		if (!dot || strcmp(dot, ".grub") != 0)
			continue;
		check_sample(&root, entry->d_name);
		n++;
	}
	test_int("as many as there should be", n >= 60, 1);
}

static const struct {
	const char *name, *text, *value;
	unsigned line; /* of what only a shell can tell */
} evaluated[] = {
	{"assigned", VARIABLE "=\"quiet\"", "quiet", 0},
	{"appended", VARIABLE "=a\n" VARIABLE "+=' b'", "a b", 0},
	{"in terms of itself", VARIABLE "=a\n" VARIABLE "=\"$" VARIABLE " b\"", "a b", 0},
	{"with braces", VARIABLE "=a\n" VARIABLE "=\"${" VARIABLE "} b\"", "a b", 0},
	{"of the other one", "GRUB_CMDLINE_LINUX=x\n" VARIABLE "=\"$GRUB_CMDLINE_LINUX\"", "x", 0},
	{"of what was never set", VARIABLE "=\"$" VARIABLE " b\"", " b", 0},
	{"assigned anew", VARIABLE "=a\n" VARIABLE "=b", "b", 0},
	{"parts", VARIABLE "='a 'b\" c\"", "a b c", 0},
	{"an escape", VARIABLE "=\"a \\\"b\\\" \\$c\"", "a \"b\" $c", 0},
	{"over lines", VARIABLE "=\"a \\\n b\"\\\nc", "a  bc", 0},
	{"over no lines in single quotes", VARIABLE "='a\\\nb'", "a\\\nb", 0},
	{"no expansion in single quotes", VARIABLE "='$X'", "$X", 0},
	{"another variable", VARIABLE "=\"$X\"", "", 1},
	{"a default", VARIABLE "=\"${" VARIABLE ":-x}\"", "x", 0},
	{"no default where it is set", VARIABLE "=a\n" VARIABLE "=\"${" VARIABLE "-x} b\"", "a b",
	 0},
	{"EDPM's line",
	 VARIABLE "=ro\nGRUB_EDPM_KERNEL_ARGS=\" a=1 \"\n" VARIABLE "=\"${" VARIABLE ":+$" VARIABLE
		  " }${GRUB_EDPM_KERNEL_ARGS}\"",
	 "ro  a=1 ", 0},
	{"the same, and nothing before",
	 "GRUB_X=a\n" VARIABLE "=\"${" VARIABLE ":+$" VARIABLE " }${GRUB_X}\"", "a", 0},
	{"nested", "GRUB_X=a\n" VARIABLE "=\"${GRUB_Y:-${GRUB_X:+b$GRUB_X}}\"", "ba", 0},
	{"empty, and with a colon", "X=\n" VARIABLE "=${X:-a}${X-b}${X:+c}${X+d}", "ad", 0},
	{"of another one, appended to", "X=a\nX+=b\n" VARIABLE "=$X", "ab", 0},
	{"GRUB's own, never set", VARIABLE "=\"a$GRUB_NONE\"", "a", 0},
	{"of what a command made", "X=$(uname)\n" VARIABLE "=$X", "", 2},
	{"of what a command may have made", "X=a\nread X\n" VARIABLE "=$X", "", 3},
	{"of what a command may set first", ": ${GRUB_X:=a}\n" VARIABLE "=$GRUB_X", "", 2},
	{"of what a condition decides", "if x; then\nX=a\nfi\n" VARIABLE "=$X", "", 4},
	{"of what is known again", "X=$(uname)\nX=b\n" VARIABLE "=$X", "b", 0},
	{"for one command", "X=a true\n" VARIABLE "=$X", "", 2},
	{"in the background", "X=a &\n" VARIABLE "=$X", "", 2},
	{"with a comment behind it", "X=a # b\n" VARIABLE "=$X", "a", 0},
	{"with another one behind it", "X=a; Y=b\n" VARIABLE "=$X", "a", 0},
	{"a length", "X=a\n" VARIABLE "=${#X}", "", 2},
	{"a pattern", "X=a\n" VARIABLE "=${X%a}", "", 2},
	{"quotes in it", "X=a\n" VARIABLE "=\"${X:+\"b\"}\"", "", 2},
	{"no end", "X=a\n" VARIABLE "=${X:+b", "", 2},
	{"a command", "\n" VARIABLE "=\"`x`\"", "", 2},
	{"a condition", "if x; then\n" VARIABLE "=a\nfi", "", 2},
	{"a file", "A=1\n. /x", "", 2},
	{"a command that names it", VARIABLE "=a\nunset " VARIABLE, "", 2},
	{"a command that names another one as long",
	 VARIABLE "=a\nunset XRUB_CMDLINE_LINUX_DEFAULT", "a", 0},
	{"a quote that stays open", VARIABLE "=a\nX='b", "", 2},
	{"a number sign within a word", VARIABLE "=a#b", "a#b", 0},
	{"a number sign before a line's end", "X=1 #b\n" VARIABLE "=c", "c", 0},
	{"a number sign behind an escaped blank", VARIABLE "=a\\ #'b", "", 1},
	{"a number sign on the next line of a word", VARIABLE "=a\\\n#b", "a#b", 0},
	{"a comment on the next line of a statement", VARIABLE "=a \\\n# it's b\n", "a", 0},
	{"a comment on the next line of nothing", "\\\n# it's b\n" VARIABLE "=a", "a", 0},
	{"a comment behind a word that is cut", "true \\\n  \\\n#'\n" VARIABLE "=a", "a", 0},
	{"nothing between backquotes", "X=``\n" VARIABLE "=a", "a", 0},
	{"a condition about others", "if x; then\nA=1\nfi\n" VARIABLE "=a", "a", 0},
};

static void test_evaluate(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(evaluated); i++) {
		struct grub_variables vars _cleanup_(grub_variables_free) = {0};

		test_int(evaluated[i].name, grub_default_evaluate(evaluated[i].text, &vars), 0);
		test_int(evaluated[i].name, vars.unknown ? (long)vars.error.line : 0,
			 (long)evaluated[i].line);
		if (!evaluated[i].line)
			test_text(evaluated[i].name, vars.default_ ? vars.default_ : "(none)",
				  evaluated[i].value);
	}
}

/* As grub-mkconfig's scripts compare it. */
static void test_other(void)
{
	static const struct {
		const char *text, *value; /* NULL: never assigned */
		int error;
	} rows[] = {
		{"GRUB_ENABLE_BLSCFG=true", "true", 0},
		{"GRUB_ENABLE_BLSCFG=\"false\" # not \"true\"", "false", 0},
		{"#GRUB_ENABLE_BLSCFG=false\nGRUB_ENABLE_BLSCFG='true'", "true", 0},
		{"export GRUB_ENABLE_BLSCFG=true", "true", 0},
		{"XGRUB_ENABLE_BLSCFG=true", NULL, 0},
		{"if x; then\nGRUB_ENABLE_BLSCFG=true\nfi", NULL, -EINVAL},
		{"GRUB_ENABLE_BLSCFG=true\nunset GRUB_ENABLE_BLSCFG", NULL, -EINVAL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct grub_variables vars _cleanup_(grub_variables_free) = {0};
		const char *value = "?";

		test_int(rows[i].text, grub_default_evaluate(rows[i].text, &vars), 0);
		test_int(rows[i].text, grub_variable(&vars, "GRUB_ENABLE_BLSCFG", &value),
			 rows[i].error);
		test_text(rows[i].text, value ? value : "(none)",
			  rows[i].value ? rows[i].value : "(none)");
	}
}

static void test_append(void)
{
	_cleanup_free_ char *empty = grub_default_append("", VARIABLE, "a b");
	_cleanup_free_ char *open = grub_default_append("A=1", VARIABLE, "a b");

	test_text("to nothing", empty, VARIABLE "=\"a b\"\n");
	test_text("after a line without its newline", open, "A=1\n" VARIABLE "=\"a b\"\n");
}

static void test_own_line(void)
{
	static const char *const rows[] = {"", "A=1\n", "GRUB_CMDLINE_LINUX=\"$X\"\n# end\n"};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct grub_variables vars _cleanup_(grub_variables_free) = {0};
		_cleanup_free_ char *with = NULL, *without = NULL, *again = NULL;
		const char *value = NULL;
		bool found = false;

		test_int("add", grub_own_line_add(rows[i], "GRUB_X", kargs_all, KARGS_ALL, &with),
			 0);
		test_int("evaluate", grub_default_evaluate(with, &vars), 0);
		test_int("it is known", grub_variable(&vars, "GRUB_X", &value), 0);
		test_text("its value", value ? value : "(none)",
			  " intel_iommu=on iommu=pt gpuclaim=1");
		test_int("remove", grub_own_line_remove(with, &without, &found), 0);
		test_int("it was there", found, true);
		test_text("the same", without, rows[i]);
		test_int("again", grub_own_line_remove(without, &again, &found), 0);
		test_int("it is not there", found, false);
		test_text("the same again", again, rows[i]);
	}
}

#define MARK " # by gpuclaimctl: \"gpuclaimctl kargs revert\" takes the line out\n"

/* What somebody else has added to our line is theirs. */
static void test_shared_line(void)
{
	static const struct {
		const char *text, *without; /* NULL: all of it is ours */
	} rows[] = {
		{"X=\"$X gpuclaim=1\"" MARK, NULL},
		{"X=\"$X iommu=pt gpuclaim=1\"" MARK, NULL},
		{"X=\"$X gpuclaim=1 hugepages=8\"" MARK, "X=\"$X hugepages=8\"\n"},
		{"X=\"$X hugepages=8 gpuclaim=1\"" MARK, "X=\"$X hugepages=8\"\n"},
		{"X=\"$X iommu=pt a gpuclaim=1 b\"" MARK, "X=\"$X a b\"\n"},
		{"X=\"$X gpuclaim=10 iommu=pt,x\"" MARK, "X=\"$X gpuclaim=10 iommu=pt,x\"\n"},
		{"X=\"$X gpuclaim=1 amd_iommu=\"" MARK, "X=\"$X amd_iommu=\"\n"},
		{"X=\"$Y gpuclaim=1\"" MARK, "X=\"$Y\"\n"},
		{"X=\"$X gpuclaim=1\" Y=1" MARK, "X=\"$X\" Y=1\n"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *others = NULL, *without = NULL;
		bool whole = false, part = false;

		test_int(rows[i].text, grub_own_line_remove(rows[i].text, &others, &whole), 0);
		test_int(rows[i].text, whole, !rows[i].without);
		test_text(rows[i].text, others, rows[i].without ? rows[i].text : "");
		test_int(rows[i].text, grub_own_line_disown(others, &without, &part), 0);
		test_int(rows[i].text, part, !!rows[i].without);
		test_text(rows[i].text, without, rows[i].without ? rows[i].without : "");
	}
}

TESTS(grub_default)
{
	test_samples();
	test_evaluate();
	test_other();
	test_append();
	test_own_line();
	test_shared_line();
	return test_done();
}
