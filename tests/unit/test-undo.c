/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/change/undo.h"

#include "ctl/change/content.h"
#include "ctl/change/edit.h"
#include "ctl/change/editor.h"
#include "ctl/change/exec.h"
#include "ctl/change/report.h"
#include "ctl/print/diff.h"
#include "tests/unit/test.h"
#include "tests/unit/tree.h"

static void fill(struct undo *undo)
{
	struct undo_file one = {.path = (char *)"etc/default/grub",
				.before = (char *)"A=1\nfile 3\nabc\n",
				.after = (char *)"",
				.editor = UNDO_GRUB_LINUX,
				.guarded = true};
	struct undo_file two = {.path = (char *)"etc/new", .editor = UNDO_WHOLE};

	test_int("a change", kargs_changes_add(&one.changes, "", "iommu=pt"), 0);
	test_int("another", kargs_changes_add(&one.changes, "a=\"b c\"", "a=\"x,b c\""), 0);
	test_int("noted", undo_note(undo, &one), 0);
	test_int("noted, too", undo_note(undo, &two), 0);
	kargs_changes_free(&one.changes);
}

static void test_round_trip(void)
{
	struct undo undo _cleanup_(undo_free) = {0}, back _cleanup_(undo_free) = {0};
	_cleanup_free_ char *text = NULL, *again = NULL;
	const struct undo_file *file;
	size_t size, size_again;

	fill(&undo);
	undo.open = true;
	test_int("rendered", undo_render(&undo, &text, &size), 0);
	test_int("parsed", undo_parse(text, size, &back), 0);
	test_int("files", (long)back.n, 2);
	test_int("open", back.open, true);
	test_int("rendered again", undo_render(&back, &again, &size_again), 0);
	test_text("the same", again, text);
	file = undo_find(&back, "etc/default/grub");
	if (!file || back.n != 2) {
		test_int("found", 0, 1);
		return;
	}
	test_text("any text passes", file->before, "A=1\nfile 3\nabc\n");
	test_text("empty is not absent", file->after ? file->after : "(absent)", "");
	test_int("editor", (long)file->editor, UNDO_GRUB_LINUX);
	test_int("guarded", file->guarded, true);
	test_int("changes", (long)file->changes.n, 2);
	test_text("a change", file->changes.change[1].now, "a=\"x,b c\"");
	test_text("absent stays absent", back.file[1].before ? "there" : "absent", "absent");
	test_int("not there", undo_find(&back, "etc/other") == NULL, true);
}

/* Every cut and every other byte is either the same record or none at all. */
static void test_damage(void)
{
	struct undo undo _cleanup_(undo_free) = {0};
	_cleanup_free_ char *text = NULL;
	size_t size;
	long taken = 0;

	fill(&undo);
	test_int("rendered", undo_render(&undo, &text, &size), 0);
	for (size_t cut = 0; cut < size; cut++) {
		struct undo got _cleanup_(undo_free) = {0};

		taken += undo_parse(text, cut, &got) == 0;
	}
	test_int("no part of it passes for the whole", taken, 0);
	for (size_t at = 0; at < size; at++) {
		struct undo got _cleanup_(undo_free) = {0};
		char was = text[at];

		text[at] = '\n';
		if (undo_parse(text, size, &got) == 0)
			taken += got.n > 2;
		text[at] = was;
	}
	test_int("nothing is invented", taken, 0);
}

static void test_files(void)
{
	struct undo undo _cleanup_(undo_free) = {0}, back _cleanup_(undo_free) = {0},
			 none _cleanup_(undo_free) = {0};
	_cleanup_free_ char *real = NULL, *content = NULL;
	struct tree tree;

	fill(&undo);
	tree_make(&tree);
	test_int("none there", undo_read(&tree.root, "x", &none), 0);
	test_int("is empty", (long)none.n, 0);
	test_int("written", undo_write(&tree.root, "x", &undo), 0);
	test_int("read", undo_read(&tree.root, "x", &back), 0);
	test_int("as many", (long)back.n, 2);
	test_int("an empty one removes it", undo_write(&tree.root, "x", &none), 0);
	test_int("gone", root_exists(&tree.root, "var/lib/gpuclaim/x.undo"), false);
	test_int("and its folder", root_exists(&tree.root, "var/lib/gpuclaim"), false);

	tree_file(&tree, "etc/real", "old");
	tree_link(&tree, "etc/link", "real");
	tree_link(&tree, "etc/absolute", "/etc/link");
	tree_link(&tree, "etc/loop", "loop");
	test_int("through links", edit_resolve(&tree.root, "etc/absolute", &real), 0);
	test_text("to the file", real, "etc/real");
	test_int("replaced", edit_replace(&tree.root, "etc/absolute", "new", 3), 0);
	test_int("read back", root_read_file(&tree.root, "etc/real", 99, &content, NULL), 0);
	test_text("the file, not the link", content, "new");
	test_int("a loop", edit_replace(&tree.root, "etc/loop", "new", 3), -ELOOP);
	test_int("a folder", edit_replace(&tree.root, "etc", "new", 3), -EINVAL);
	test_int("removed", edit_remove(&tree.root, "etc/real"), 0);
	test_int("removed again", edit_remove(&tree.root, "etc/real"), 0);
	test_int("in no folder", edit_remove(&tree.root, "no/such"), 0);
	tree_remove(&tree);
}

static void expect_content(const char *name, const struct tree *tree, enum undo_editor editor,
			   const char *path, const char *expected)
{
	const struct undo_file file = {.path = (char *)path, .editor = editor};
	_cleanup_free_ char *text = NULL;

	test_int(name, editor_read(&tree->root, NULL, &file, &text), 0);
	test_text(name, text ? text : "(absent)", expected);
}

/* Links and folders are put, read and taken away as files are. */
static void test_content(void)
{
	struct text_list folders _cleanup_(text_list_free) = {0};
	_cleanup_free_ char *text = NULL;
	struct tree tree;

	tree_make(&tree);
	tree_file(&tree, "etc/file", "x");
	expect_content("no link", &tree, UNDO_LINK, "a/b/link", "(absent)");
	test_int("a link", content_put_link(&tree.root, "a/b/link", "/to"), 0);
	test_int("another target", content_put_link(&tree.root, "a/b/link", "/there"), 0);
	expect_content("its target", &tree, UNDO_LINK, "a/b/link", "/there");
	test_int("a file is no link", content_read_link(&tree.root, "etc/file", &text), -EINVAL);
	expect_content("a folder", &tree, UNDO_FOLDER, "a/b", "");
	test_int("not empty, it stays", content_put_folder(&tree.root, "a/b", NULL), 0);
	expect_content("there still", &tree, UNDO_FOLDER, "a/b", "");
	tree_file(&tree, "a/b/.gpuclaimctl-4194305.new", "half");
	tree_file(&tree, "a/b/.gpuclaimctl-x.new", "another's");
	test_int("the link goes", content_put_link(&tree.root, "a/b/link", NULL), 0);
	test_int("a crash's leftover, too", root_exists(&tree.root, "a/b/.gpuclaimctl-4194305.new"),
		 false);
	test_int("not another's", root_exists(&tree.root, "a/b/.gpuclaimctl-x.new"), true);
	test_int("which goes", content_put_file(&tree.root, "a/b/.gpuclaimctl-x.new", NULL), 0);
	tree_file(&tree, "a/b/.gpuclaimctl-4194306.new", "half");
	test_int("empty, it goes", content_put_folder(&tree.root, "a/b", NULL), 0);
	test_int("gone already", content_put_folder(&tree.root, "a/b", NULL), 0);
	expect_content("no folder", &tree, UNDO_FOLDER, "a/b", "(absent)");
	test_int("made", content_put_folder(&tree.root, "c/d", ""), 0);
	test_int("what is missing", content_missing_folders(&tree.root, "c/d/e/f/g", &folders), 0);
	test_int("so many", (long)folders.n, 2);
	test_text("the outer one first", folders.n == 2 ? folders.text[0] : "", "c/d/e");
	tree_link(&tree, "loop", "loop");
	test_int("not to be looked at", content_missing_folders(&tree.root, "loop/e", &folders),
		 -ELOOP);
	test_int("is not missing", (long)folders.n, 2);
	tree_remove(&tree);
}

/* Each kind has a row, which the record's word finds again. */
static void test_editors(void)
{
	for (unsigned i = 0; i < _UNDO_COUNT; i++) {
		const struct editor *editor = editor_of((enum undo_editor)i);
		enum undo_editor found = _UNDO_COUNT;

		test_int(editor->word, editor_find(editor->word, &found), 0);
		test_int(editor->word, (long)found, (long)i);
		test_int(editor->word, editor->take_out != NULL, true);
		test_int(editor->word, editor->read != NULL, editor->thing != THING_ARGUMENTS);
	}
}

/* The command that takes back what rpm-ostree stored. */
static void test_revert_arguments(void)
{
	struct kargs_change change[] = {
		{.was = (char[]){""}, .now = (char[]){"iommu=pt"}},
		{.was = (char[]){"a=1"}, .now = (char[]){"a=1,x"}},
	};
	static const char *const words[] = {"rpm-ostree", "kargs", "--delete-if-present=iommu=pt",
					    "--delete-if-present=a=1,x", "--append-if-missing=a=1"};
	static const size_t wanted[] = {2, 3, 5};
	const struct loader loader = {.tool = "rpm-ostree"};

	for (size_t n = 0; n < ARRAY_SIZE(wanted); n++) {
		struct undo_file file = {.changes = {.change = change, .n = n}};
		struct arguments_revert revert = {.file = &file};

		test_int("made", editor_of(UNDO_OSTREE)->revert_arguments(&loader, &revert), 0);
		test_int("words", (long)revert.words.n, (long)wanted[n]);
		for (size_t i = 0; i < revert.words.n && i < wanted[n]; i++)
			test_text("a word", revert.words.text[i], words[i]);
		text_list_free(&revert.words);
	}
}

static void test_diff(void)
{
	static const struct {
		const char *name, *before, *after, *diff;
	} rows[] = {
		{"created", NULL, "a\n", "--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+a\n"},
		{"removed", "a\nb\n", NULL, "--- a/x\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-a\n-b\n"},
		{"in the middle", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nV\n6\n7\n8\n9\n",
		 "--- a/x\n+++ b/x\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+V\n 6\n 7\n 8\n"},
		{"a line more", "1\n", "1\n2\n", "--- a/x\n+++ b/x\n@@ -1 +1,2 @@\n 1\n+2\n"},
		{"no newline", "1", "1\n",
		 "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-1\n\\ No newline at end of file\n+1\n"},
		{"control characters", "a\tb\033[31m\n", "a\tb\302\233\r\n",
		 "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\tb?[31m\n+a\tb???\n"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *text = NULL;
		size_t size;
		FILE *to = open_memstream(&text, &size);

		if (!to)
			abort();
		test_int(rows[i].name, diff_print("/x", rows[i].before, rows[i].after, to), 0);
		(void)fclose(to);
		test_text(rows[i].name, text, rows[i].diff);
	}
}

static void test_exec(void)
{
	static const char *const words[] = {"/bin/sh", "-c", "echo $1; exit 7", "sh", "", NULL};
	static const char *const quote[] = {"a", "it's", NULL};
	static const char *const absent[] = {"/no/such/program", NULL};
	_cleanup_free_ char *format = exec_format(words), *quoted = exec_format(quote);
	_cleanup_free_ char *output = NULL;
	struct root root _cleanup_(root_close) = {.fd = -EBADF};

	test_text("as typed", format, "/bin/sh -c 'echo $1; exit 7' sh ''");
	test_text("with a quote", quoted, "a \"it's\"");
	test_int("the machine's own", root_open("/", &root), 0);
	test_int("its exit code", exec_run(&root, words, NULL, &output), 7);
	test_text("what it says", output ? output : "(none)", "\n");
	test_int("not there", exec_run(&root, absent, NULL, NULL), -ENOENT);
}

/* What is wrong with a record, where more than errno's words tell. */
static void test_why(void)
{
	static const struct {
		int r;
		bool told;
	} rows[] = {{-EBADMSG, true}, {UNDO_FOREIGN, true}, {UNDO_OPEN_TO_ALL, true},
		    {-EIO, false},    {-ENOENT, false},	    {-EACCES, false}};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		test_int("it is told", undo_why(rows[i].r) != NULL, rows[i].told);
}

/* Who changed something has refused nothing, whatever the last one says. */
static void test_exit_codes(void)
{
	static const struct {
		const char *name;
		struct report report;
		enum exit_code code;
	} rows[] = {
		{"done", {.changed = true}, EXIT_CODE_OK},
		{"refused", {.kind = PROBLEM_REFUSED, .problem = (char *)""}, EXIT_CODE_REFUSED},
		{"changed before",
		 {.kind = PROBLEM_REFUSED, .changed = true, .problem = (char *)""},
		 EXIT_CODE_FAILED},
		{"would be changed before",
		 {.kind = PROBLEM_REFUSED, .changed = true, .dry_run = true, .problem = (char *)""},
		 EXIT_CODE_REFUSED},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		test_int(rows[i].name, report_exit_code(&rows[i].report, 0), rows[i].code);
}

TESTS(undo)
{
	test_round_trip();
	test_damage();
	test_files();
	test_content();
	test_editors();
	test_revert_arguments();
	test_diff();
	test_exec();
	test_why();
	test_exit_codes();
	return test_done();
}
