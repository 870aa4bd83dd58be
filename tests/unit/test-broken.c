/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "tests/unit/policy_text.h"
#include "tests/unit/test.h"

#define ID   "expected VENDOR:DEVICE, four hex digits each, as in 10de:1c81, or VENDOR:*"
#define MODE "expected one that lets only its owner write; run chmod go-w on it"

static const struct policy_row broken[] = {
	{"a bad line voids the claims of all files",
	 "f etc/gpuclaim/gpuclaim.conf claim 10de:0001|skip 10de:*\n"
	 "f etc/gpuclaim/gpuclaim.conf.d/1.conf # 1|claim 10de:1c8|skip class=03|claim "
	 "10de:3",
	 "skip 10de:*; skip class=03; E /etc/gpuclaim/gpuclaim.conf.d/1.conf:2:7: found "
	 "\"10de:1c8\", " ID "; E /etc/gpuclaim/gpuclaim.conf.d/1.conf:4:7: found \"10de:3\", " ID
	 "; "},
	{"settings are defaults then",
	 "f etc/gpuclaim/gpuclaim.conf set boot-vga=allow|set expect=2|set arm=karg\n"
	 "f etc/gpuclaim/gpuclaim.conf.d/1.conf claim",
	 "E /etc/gpuclaim/gpuclaim.conf.d/1.conf:1:6: found the end of the line, " ID "; "},
	{"words end at tabs", "f etc/gpuclaim/gpuclaim.conf claim 10de:1c8\tx",
	 "E /etc/gpuclaim/gpuclaim.conf:1:7: found \"10de:1c8\", " ID "; "},
	{"words end at Windows line ends", "f etc/gpuclaim/gpuclaim.conf claim\r|claim 10de\r|",
	 "E /etc/gpuclaim/gpuclaim.conf:1:6: found the end of the line, " ID
	 "; E /etc/gpuclaim/gpuclaim.conf:2:7: found \"10de\", " ID "; "},
	{"a last word with CR", "f etc/gpuclaim/gpuclaim.conf claims\r|",
	 "E /etc/gpuclaim/gpuclaim.conf:1:1: found \"claims\", expected claim, skip or set; "},
	{"a comment is no ID", "f etc/gpuclaim/gpuclaim.conf claim # x",
	 "E /etc/gpuclaim/gpuclaim.conf:1:7: found a comment, " ID "; "},
	{"bytes that can't be shown",
	 "f etc/gpuclaim/gpuclaim.conf \xef\xbb\xbf"
	 "claim \xc3\xa9\x01 b",
	 "E /etc/gpuclaim/gpuclaim.conf:1:7: found \"???\", " ID "; "},
	{"a long word is cut",
	 "f etc/gpuclaim/gpuclaim.conf claim "
	 "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff",
	 "E /etc/gpuclaim/gpuclaim.conf:1:7: found "
	 "\"aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeee\", " ID "; "},
	{"two broken files are told both",
	 "f etc/gpuclaim/gpuclaim.conf.d/1.conf claim\n"
	 "f etc/gpuclaim/gpuclaim.conf.d/2.conf claim",
	 "E /etc/gpuclaim/gpuclaim.conf.d/1.conf:1:6: found the end of the line, " ID "; "
	 "E /etc/gpuclaim/gpuclaim.conf.d/2.conf:1:6: found the end of the line, " ID "; "},
	{"the command line's claims still work",
	 "f etc/gpuclaim/gpuclaim.conf claim\nf proc/cmdline gpuclaim.ids=10de:0001 "
	 "gpuclaim.boot-vga=allow",
	 "claim 10de:0001; boot-vga=allow; E /etc/gpuclaim/gpuclaim.conf:1:6: found the "
	 "end of the line, " ID "; "},
	{"disarmed claims are void too",
	 "f etc/gpuclaim/gpuclaim.conf set arm=karg|claim 10de:0001|set",
	 "E /etc/gpuclaim/gpuclaim.conf:3:4: found the end of the line, expected a setting "
	 "and its value, as in boot-vga=refuse; "},
	{"a file others may write",
	 "f etc/gpuclaim/gpuclaim.conf claim 10de:0001|skip 10de:*\n"
	 "m etc/gpuclaim/gpuclaim.conf 0664",
	 "skip 10de:*; E /etc/gpuclaim/gpuclaim.conf: has mode 0664, " MODE "; "},
	{"a file anybody may write",
	 "f etc/gpuclaim/gpuclaim.conf.d/1.conf claim 10de:0001\n"
	 "m etc/gpuclaim/gpuclaim.conf.d/1.conf 0646",
	 "E /etc/gpuclaim/gpuclaim.conf.d/1.conf: has mode 0646, " MODE "; "},
	{"an empty file others may write is no mask",
	 "f etc/gpuclaim/gpuclaim.conf \nm etc/gpuclaim/gpuclaim.conf 0662",
	 "E /etc/gpuclaim/gpuclaim.conf: has mode 0662, " MODE "; "},
	{"a linked file others may write",
	 "l etc/gpuclaim/gpuclaim.conf /opt/gpus\nf opt/gpus claim 10de:0001\n"
	 "m opt/gpus 0666",
	 "E /etc/gpuclaim/gpuclaim.conf: has mode 0666, " MODE "; "},
	{"a folder others may write",
	 "f etc/gpuclaim/gpuclaim.conf claim 10de:0001|skip 10de:*\nm etc/gpuclaim 0775",
	 "skip 10de:*; E /etc/gpuclaim: has mode 0775, " MODE "; "},
	{"an empty folder others may write",
	 "f etc/gpuclaim/gpuclaim.conf claim 10de:0001\nd usr/lib/gpuclaim\n"
	 "m usr/lib/gpuclaim 0757",
	 "E /usr/lib/gpuclaim: has mode 0757, " MODE "; "},
	{"a folder of drop-ins others may write",
	 "f run/gpuclaim/gpuclaim.conf.d/1.conf claim 10de:0001|skip 10de:*\n"
	 "m run/gpuclaim/gpuclaim.conf.d 1777",
	 "skip 10de:*; E /run/gpuclaim/gpuclaim.conf.d: has mode 1777, " MODE "; "},
	{"readable by others is fine",
	 "f etc/gpuclaim/gpuclaim.conf claim 10de:0001\nm etc/gpuclaim/gpuclaim.conf 0755",
	 "claim 10de:0001; "},
};

static void test_broken(void)
{
	policy_check(broken, ARRAY_SIZE(broken));
}

static void test_no_files(void)
{
	static const struct policy_row rows[] = {
		{"a folder in the place of the main file",
		 "d etc/gpuclaim/gpuclaim.conf\nf usr/lib/gpuclaim/gpuclaim.conf claim 10de:0001",
		 "E /etc/gpuclaim/gpuclaim.conf: is no regular file, expected one; "},
		{"a folder in the place of a drop-in",
		 "d etc/gpuclaim/gpuclaim.conf.d/1.conf\n"
		 "f usr/lib/gpuclaim/gpuclaim.conf.d/1.conf claim 10de:0001",
		 "E /etc/gpuclaim/gpuclaim.conf.d/1.conf: is no regular file, expected one; "},
		{"a dangling main file",
		 "l etc/gpuclaim/gpuclaim.conf nowhere\n"
		 "f usr/lib/gpuclaim/gpuclaim.conf claim 10de:0001",
		 "E /etc/gpuclaim/gpuclaim.conf: can't be read: No such file or directory; "},
		{"a dangling drop-in",
		 "l etc/gpuclaim/gpuclaim.conf.d/1.conf /dev/nulll\n"
		 "f usr/lib/gpuclaim/gpuclaim.conf claim 10de:0001",
		 "E /etc/gpuclaim/gpuclaim.conf.d/1.conf: can't be read: No such file or "
		 "directory; "},
		{"another null is no mask", "l etc/gpuclaim/gpuclaim.conf.d/1.conf dev/null",
		 "E /etc/gpuclaim/gpuclaim.conf.d/1.conf: can't be read: No such file or "
		 "directory; "},
		{"a loop", "l etc/gpuclaim/gpuclaim.conf gpuclaim.conf",
		 "E /etc/gpuclaim/gpuclaim.conf: can't be read: Too many levels of symbolic links; "},
		{"a file in the place of the folder",
		 "f etc/gpuclaim x\nf usr/lib/gpuclaim/gpuclaim.conf claim 10de:0001|skip 10de:*",
		 "skip 10de:*; E /etc/gpuclaim: can't be opened as a folder: Not a directory; "},
		{"a file in the place of the drop-ins",
		 "f etc/gpuclaim/gpuclaim.conf.d x\nf etc/gpuclaim/gpuclaim.conf claim 10de:0001",
		 "E /etc/gpuclaim/gpuclaim.conf.d: can't be opened as a folder: Not a directory; "},
		{"a dangling folder",
		 "l etc/gpuclaim nowhere\nf usr/lib/gpuclaim/gpuclaim.conf claim 10de:0001",
		 "E /etc/gpuclaim: can't be opened as a folder: No such file or directory; "},
		{"a dangling folder of drop-ins", "l run/gpuclaim/gpuclaim.conf.d nowhere",
		 "E /run/gpuclaim/gpuclaim.conf.d: can't be opened as a folder: No such file or "
		 "directory; "},
	};

	policy_check(rows, ARRAY_SIZE(rows));
}

static void test_limits(void)
{
	static char data[(1 << 20) + 1];

	memset(data, '\n', sizeof(data));
	memcpy(data, "claim 10de:0001\nskip 10de:*\n", 28);

	for (size_t over = 0; over <= 1; over++) {
		char text[POLICY_TEXT_MAX];
		struct tree tree;

		tree_make(&tree);
		tree_bytes(&tree, "etc/gpuclaim/gpuclaim.conf", data, sizeof(data) - 1 + over);
		policy_text(&tree, text);
		test_text(over ? "over 1 MiB" : "1 MiB", text,
			  over ? "E /etc/gpuclaim/gpuclaim.conf: is larger than 1 MiB; "
			       : "skip 10de:*; claim 10de:0001; ");
		tree_remove(&tree);
	}
}

/* Only root can give files away; the rule is the same for everybody. */
static void test_owner(void)
{
	static const char *const paths[] = {"etc/gpuclaim/gpuclaim.conf", "etc/gpuclaim",
					    "etc/gpuclaim/gpuclaim.conf.d"};

	for (size_t i = 0; i < ARRAY_SIZE(paths) && geteuid() == 0; i++) {
		char full[128], expected[256], text[POLICY_TEXT_MAX];
		struct tree tree;

		tree_make(&tree);
		tree_script(&tree, "f etc/gpuclaim/gpuclaim.conf claim 10de:0001|skip 10de:*\n"
				   "d etc/gpuclaim/gpuclaim.conf.d");
		(void)snprintf(full, sizeof(full), "%s/%s", tree.path, paths[i]);
		if (chown(full, 12345, 0) < 0)
			abort();
		policy_text(&tree, text);
		(void)snprintf(
			expected, sizeof(expected),
			"skip 10de:*; E /%s: belongs to user 12345, expected root; run chown "
			"root on it; ",
			paths[i]);
		test_text("a file or folder of somebody else", text, expected);
		tree_remove(&tree);
	}
}

static void test_fifo_and_bytes(void)
{
	char full[128], text[POLICY_TEXT_MAX];
	struct tree tree;

	tree_make(&tree);
	tree_dir(&tree, "etc/gpuclaim/gpuclaim.conf.d");
	(void)snprintf(full, sizeof(full), "%s/etc/gpuclaim/gpuclaim.conf", tree.path);
	if (mkfifo(full, 0600) < 0)
		abort();
	tree_file(&tree, "etc/gpuclaim/gpuclaim.conf.d/a\nb.conf", "x");
	tree_bytes(&tree, "proc/cmdline", "gpuclaim=1\0gpuclaim=0", 21);
	policy_text(&tree, text);
	test_text("a FIFO, a name of two lines, a NUL byte", text,
		  "E /etc/gpuclaim/gpuclaim.conf: is no regular file, expected one; E "
		  "/etc/gpuclaim/gpuclaim.conf.d/a?b.conf:1:1: found \"x\", expected claim, skip "
		  "or "
		  "set; E /proc/cmdline: can't be read: Bad message; nothing is claimed; ");
	tree_remove(&tree);
}

/* What containers put over a file to hide it, where this test may make such nodes. */
static void test_nodes(void)
{
	static const struct {
		const char *name;
		unsigned device;
		const char *expected;
	} rows[] = {
		{"the null device masks", 3, ""},
		{"the zero device does not", 5,
		 "E /etc/gpuclaim/gpuclaim.conf: is no regular file, expected one; "},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char full[128], text[POLICY_TEXT_MAX];
		struct tree tree;

		tree_make(&tree);
		tree_script(&tree, "f usr/lib/gpuclaim/gpuclaim.conf claim 10de:0001\n"
				   "d etc/gpuclaim");
		(void)snprintf(full, sizeof(full), "%s/etc/gpuclaim/gpuclaim.conf", tree.path);
		if (mknod(full, S_IFCHR | 0600, makedev(1, rows[i].device)) == 0) {
			policy_text(&tree, text);
			test_text(rows[i].name, text, rows[i].expected);
		}
		tree_remove(&tree);
	}
}

static void test_longest_name(void)
{
	char path[300], text[POLICY_TEXT_MAX];
	struct tree tree;

	tree_make(&tree);
	(void)snprintf(path, sizeof(path), "etc/gpuclaim/gpuclaim.conf.d/%0250d.conf", 0);
	tree_file(&tree, path, "claim 10de:0001\n");
	policy_text(&tree, text);
	test_text("a name of 255 bytes", text, "claim 10de:0001; ");
	tree_remove(&tree);
}

/* Each line of each file is told, up to a bound; beyond it they are counted. */
static void test_many(void)
{
	static char many[70 * 16];
	struct policy policy;
	struct tree tree;
	struct root root;
	char *all;

	for (unsigned i = 0; i < 70; i++)
		strcat(many, "claim x\n");
	tree_make(&tree);
	tree_file(&tree, "etc/gpuclaim/gpuclaim.conf", "set a\nclaim 10de:*\nset b\n");
	tree_file(&tree, "etc/gpuclaim/gpuclaim.conf.d/1.conf", many);
	tree_file(&tree, "etc/gpuclaim/gpuclaim.conf.d/2.conf", "skip\n");
	if (root_open(tree.path, &root) < 0 || policy_read(&root, &policy) < 0)
		abort();
	all = policy_errors(&policy);
	test_int("many: told", (int)policy.n_errors, 2 + 50 + 1 + 1);
	test_int("many: the second of a file", !!strstr(all, "gpuclaim.conf:3:5: "), true);
	test_int("many: the last that is told", !!strstr(all, "1.conf:50:7: "), true);
	test_int("many: none beyond", !!strstr(all, "1.conf:51:7: "), false);
	test_int("many: how many more", !!strstr(all, "1.conf: 20 more lines are wrong"), true);
	test_int("many: the next file's", !!strstr(all, "2.conf:1:5: "), true);
	test_int("many: a line each", (int)(strchr(all, '\n') - all),
		 (int)strlen(policy.errors[0]));
	test_text("many: what to do", policy_remedy(&policy),
		  "correct each place that is named: until then no claim line of any file counts");
	test_int("many: of a file", !!strstr(policy.files[0].error, "gpuclaim.conf:3:5: "), true);
	free(all);
	policy_free(&policy);
	root_close(&root);
	tree_remove(&tree);
}

TESTS(broken)
{
	test_many();
	test_broken();
	test_no_files();
	test_limits();
	test_owner();
	test_fifo_and_bytes();
	test_nodes();
	test_longest_name();
	return test_done();
}
