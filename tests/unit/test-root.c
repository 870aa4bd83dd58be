/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/base/root.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "tests/unit/test.h"
#include "tests/unit/tree.h"

/* Each test runs with paths confined to a folder, and again from the machine's own root. */
static void use_own_root(struct tree *tree, char *prefix, size_t size)
{
	root_close(&tree->root);
	if (root_open("/", &tree->root) < 0)
		abort();
	(void)snprintf(prefix, size, "%s/", tree->path + 1);
}

static const char *in(const char *prefix, const char *path)
{
	static char buf[2][256];
	static unsigned turn;

	turn = !turn;
	(void)snprintf(buf[turn], sizeof(buf[turn]), "%s%s", prefix, path);
	return buf[turn];
}

static void test_open(void)
{
	struct root root = {.fd = -7};
	struct tree tree;

	tree_make(&tree);
	test_int("a folder is confined", tree.root.confined, true);
	test_int("no such folder", root_open("/nonexistent", &root), -ENOENT);
	test_int("a failure leaves the root", root.fd, -7);
	tree_file(&tree, "file", "");
	test_int("a file is no root", root_open(in(tree.path, "/file"), &root), -ENOTDIR);
	test_int("the own root", root_open("/", &root), 0);
	test_int("the own root is not confined", root.confined, false);
	root_close(&root);
	test_int("closed", root.fd < 0, true);
	root_close(&root);
	test_int("// is the own root", root_open("//", &root) < 0 || root.confined, false);
	root_close(&root);
	test_int("no name is no root", root_open("", &root), -ENOENT);
	tree_remove(&tree);
}

static void test_read(const struct tree *tree, const char *prefix)
{
	static const struct {
		const char *name, *content;
		size_t size;
		const char *got;
	} rows[] = {
		{"newline", "value\n", 64, "value"},
		{"none", "value", 64, "value"},
		{"two", "value\n\n", 64, "value\n"},
		{"empty", "", 64, ""},
		{"only", "\n", 64, ""},
		{"fits", "12345\n", 7, "12345"},
		{"no-room-for-newline", "12345\n", 6, "12345"},
		{"cut", "12345\n", 5, "1234"},
		{"one", "12345\n", 1, ""},
	};
	char buf[64];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		ssize_t n;

		tree_file(tree, rows[i].name, rows[i].content);
		memset(buf, 'x', sizeof(buf));
		n = root_read(&tree->root, in(prefix, rows[i].name), buf, rows[i].size);
		test_text(rows[i].name, buf, rows[i].got);
		test_int(rows[i].name, n, (long)strlen(rows[i].got));
	}

	tree_dir(tree, "folder");
	test_int("read: no room", root_read(&tree->root, in(prefix, "one"), buf, 0), -EINVAL);
	test_int("read: absent", root_read(&tree->root, in(prefix, "absent"), buf, 64), -ENOENT);
	test_int("read: a folder", root_read(&tree->root, in(prefix, "folder"), buf, 64), -EISDIR);
	test_int("read: below a file", root_read(&tree->root, in(prefix, "one/x"), buf, 64),
		 -ENOTDIR);
}

static void test_read_file(const struct tree *tree, const char *prefix)
{
	static const size_t sizes[] = {0, 1, 4094, 4095, 4096, 4097, 8191, 8192, 100000};
	static char data[100000];
	char *text = NULL, *before = data;
	size_t size;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)(i % 251); /* NULs too */

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		char name[64];

		(void)snprintf(name, sizeof(name), "whole file of %zu bytes", sizes[i]);
		tree_bytes(tree, "whole", data, sizes[i]);
		test_int(name,
			 root_read_file(&tree->root, in(prefix, "whole"), sizes[i], &text, &size),
			 0);
		test_int(name, (long)size, (long)sizes[i]);
		test_int(name, memcmp(text, data, size), 0);
		test_int(name, text[size], 0);
		free(TAKE_PTR(text));

		if (sizes[i] == 0)
			continue;
		test_int("over the limit",
			 root_read_file(&tree->root, in(prefix, "whole"), sizes[i] - 1, &before,
					NULL),
			 -EFBIG);
		test_int("a failure leaves the text", before == data, true);
	}

	test_int("whole file: a folder",
		 root_read_file(&tree->root, in(prefix, "folder"), 9, &before, NULL), -EISDIR);
	test_int("whole file: absent",
		 root_read_file(&tree->root, in(prefix, "absent"), 9, &before, NULL), -ENOENT);
}

/* Each is done with a time limit: SIGALRM would end the program. */
static void test_fifo(const struct tree *tree, const char *prefix)
{
	bool confined = tree->root.confined;
	char *text = NULL, buf[64];
	size_t size = 7;

	if (mkfifo(in(tree->path, "/fifo"), 0600) < 0)
		abort();
	(void)alarm(5);
	test_int("a FIFO does not block",
		 root_read_file(&tree->root, in(prefix, "fifo"), 9, &text, &size),
		 confined ? -EOPNOTSUPP : 0);
	test_int("a FIFO is empty, or not read", (long)size, confined ? 7 : 0);
	free(text);
	if (confined) {
		test_int("read a FIFO", root_read(&tree->root, "fifo", buf, sizeof(buf)),
			 -EOPNOTSUPP);
		test_int("store in a FIFO", root_store(&tree->root, "fifo", "x"), -EOPNOTSUPP);
		test_int("lock a FIFO", root_open_at(&tree->root, "fifo", O_RDWR | O_CREAT),
			 -EOPNOTSUPP);
		test_int("list a FIFO", root_open_at(&tree->root, "fifo", O_DIRECTORY), -ENOTDIR);
		test_int("a FIFO is there", root_exists(&tree->root, "fifo"), true);
	}
	(void)alarm(0);
}

/* Whose nodes they are is not asked: those of a tree are the machine's own. */
static void test_device(const struct tree *tree)
{
	char path[128], buf[64], *text = NULL;

	(void)snprintf(path, sizeof(path), "%s/device", tree->path);
	if (mknod(path, S_IFCHR | 0600, makedev(1, 7)) < 0)
		return; /* not everybody may */
	test_int("store in a device", root_store(&tree->root, "device", "x"), -EOPNOTSUPP);
	test_int("read a device", root_read(&tree->root, "device", buf, sizeof(buf)), -EOPNOTSUPP);
	test_int("read a device whole", root_read_file(&tree->root, "device", 9, &text, NULL),
		 -EOPNOTSUPP);
	(void)snprintf(path, sizeof(path), "%s/null", tree->path);
	if (mknod(path, S_IFCHR | 0600, makedev(1, 3)) < 0)
		return;
	test_int("no attribute is /dev/null", root_read(&tree->root, "null", buf, sizeof(buf)),
		 -EOPNOTSUPP);
	test_int("nothing is stored in it", root_store(&tree->root, "null", "x"), -EOPNOTSUPP);
	test_int("it masks a file", root_read_file(&tree->root, "null", 9, &text, NULL), 0);
	test_text("it masks a file", text ? text : "(none)", "");
	free(text);
}

/* As a process has it open, by whatever name. */
static void test_device_number(void)
{
	_cleanup_(root_close) struct root root = {.fd = -EBADF};
	_cleanup_close_ int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int folder = open("/", O_RDONLY | O_CLOEXEC);
	char path[48];

	if (root_open("/", &root) < 0)
		return;
	(void)snprintf(path, sizeof(path), "proc/self/fd/%d", fd);
	test_int("number of an open node", root_device(&root, path) == makedev(1, 3), true);
	(void)snprintf(path, sizeof(path), "proc/self/fd/%d", folder);
	test_int("number of a folder", (long)root_device(&root, path), 0);
	test_int("number of nothing", (long)root_device(&root, "proc/self/fd/none"), 0);
}

static void test_links(const struct tree *tree, const char *prefix)
{
	char buf[64] = "before", longer[128];

	tree_link(tree, "driver", "../../../../bus/pci/drivers/vfio-pci");
	tree_link(tree, "plain", "14");
	tree_link(tree, "dangling", "/nowhere/at-all");
	tree_link(tree, "odd", "../od\033[31md\302\233");
	tree_file(tree, "no-link", "x");
	memset(longer, 'a', sizeof(longer));
	longer[100] = '\0';
	tree_link(tree, "long", longer);

	test_int("link name", root_link_name(&tree->root, in(prefix, "driver"), buf, 64), 0);
	test_text("link name", buf, "vfio-pci");
	test_int("link name fits", root_link_name(&tree->root, in(prefix, "driver"), buf, 9), 0);
	test_int("link name too long", root_link_name(&tree->root, in(prefix, "driver"), buf, 8),
		 -ENAMETOOLONG);
	test_int("link without a slash", root_link_name(&tree->root, in(prefix, "plain"), buf, 64),
		 0);
	test_text("link without a slash", buf, "14");
	test_int("dangling link", root_link_name(&tree->root, in(prefix, "dangling"), buf, 64), 0);
	test_text("dangling link", buf, "at-all");
	test_int("odd link", root_link_name(&tree->root, in(prefix, "odd"), buf, 64), 0);
	test_text("no control characters", buf, "od?[31md??");
	test_int("no such link", root_link_name(&tree->root, in(prefix, "absent"), buf, 64),
		 -ENOENT);
	test_int("not a link", root_link_name(&tree->root, in(prefix, "no-link"), buf, 64),
		 -ENOENT);
	test_int("long name", root_link_name(&tree->root, in(prefix, "long"), buf, 64),
		 -ENAMETOOLONG);
	test_text("a failure leaves the name", buf, "od?[31md??");

	test_int("link target", root_link_target(&tree->root, in(prefix, "dangling"), buf, 64), 0);
	test_text("link target", buf, "/nowhere/at-all");
	test_int("target fits", root_link_target(&tree->root, in(prefix, "dangling"), buf, 16), 0);
	test_int("target too long", root_link_target(&tree->root, in(prefix, "dangling"), buf, 15),
		 -ENAMETOOLONG);
	test_int("target of no link", root_link_target(&tree->root, in(prefix, "no-link"), buf, 64),
		 -ENOENT);
}

static void test_exists(const struct tree *tree, const char *prefix)
{
	tree_link(tree, "to-file", "there");
	tree_link(tree, "to-nothing", "not-there");
	tree_file(tree, "there", "");
	tree_dir(tree, "there-too");

	test_int("a file exists", root_exists(&tree->root, in(prefix, "there")), true);
	test_int("a folder exists", root_exists(&tree->root, in(prefix, "there-too")), true);
	test_int("a link's target exists", root_exists(&tree->root, in(prefix, "to-file")), true);
	test_int("a dangling link", root_exists(&tree->root, in(prefix, "to-nothing")), false);
	test_int("nothing", root_exists(&tree->root, in(prefix, "nothing")), false);
}

static void test_open_dir(const struct tree *tree, const char *prefix)
{
	_cleanup_closedir_ DIR *dir = NULL;
	DIR *untouched = NULL;
	unsigned n = 0;

	tree_file(tree, "list/a", "");
	tree_file(tree, "list/b", "");
	test_int("list a folder", root_open_dir(&tree->root, in(prefix, "list"), &dir), 0);
	while (dir && readdir(dir))
		n++;
	test_int("entries, with . and ..", n, 4);
	test_int("list a file", root_open_dir(&tree->root, in(prefix, "list/a"), &untouched),
		 -ENOTDIR);
	test_int("list nothing", root_open_dir(&tree->root, in(prefix, "lost"), &untouched),
		 -ENOENT);
	test_int("a failure leaves the folder", untouched == NULL, true);
}

static void check_text(const struct tree *tree, const char *prefix, const char *path,
		       const char *expected)
{
	char buf[128] = "";

	if (root_read(&tree->root, in(prefix, path), buf, sizeof(buf)) < 0)
		(void)snprintf(buf, sizeof(buf), "(can't be read)");
	test_text(path, buf, expected);
}

static void test_store(const struct tree *tree, const char *prefix)
{
	tree_file(tree, "attribute", "0123456789");
	test_int("store", root_store(&tree->root, in(prefix, "attribute"), "abc"), 0);
	check_text(tree, prefix, "attribute", "abc3456789"); /* an attribute isn't truncated */
	test_int("store in nothing", root_store(&tree->root, in(prefix, "no-attribute"), "x"),
		 -ENOENT);
	test_int("nothing was made", root_exists(&tree->root, in(prefix, "no-attribute")), false);
	test_int("store in a folder", root_store(&tree->root, in(prefix, ""), "x") < 0, true);
	if (!tree->root.confined)
		test_int("the kernel's answer", root_store(&tree->root, "dev/full", "x"), -ENOSPC);
}

static mode_t mode_of(const struct tree *tree, const char *path)
{
	struct stat st = {0};

	(void)stat(in(tree->path, path), &st);
	return st.st_mode & 07777;
}

static void test_mkdir(const struct tree *tree, const char *prefix)
{
	mode_t before = umask(077);

	tree_file(tree, "plain-file", "");
	tree_link(tree, "lost-link", "elsewhere");
	test_int("mkdir of three", root_mkdir(&tree->root, in(prefix, "new/one/two")), 0);
	test_int("its mode, whatever the umask", mode_of(tree, "/new/one/two"), 0755);
	test_int("its parent's mode", mode_of(tree, "/new/one"), 0755);
	test_int("mkdir again", root_mkdir(&tree->root, in(prefix, "new/one/two")), 0);
	tree_mode(tree, "new/one", 0700);
	test_int("mkdir below", root_mkdir(&tree->root, in(prefix, "new/one/three")), 0);
	test_int("a folder that is there keeps its mode", mode_of(tree, "/new/one"), 0700);
	test_int("slashes", root_mkdir(&tree->root, in(prefix, "new//four/")), 0);
	test_int("slashes", root_exists(&tree->root, in(prefix, "new/four")), true);
	test_int("mkdir of a file", root_mkdir(&tree->root, in(prefix, "plain-file")), -ENOTDIR);
	test_int("mkdir below a file", root_mkdir(&tree->root, in(prefix, "plain-file/x")),
		 -ENOTDIR);
	test_int("mkdir of a dangling link", root_mkdir(&tree->root, in(prefix, "lost-link")) < 0,
		 true);
	(void)umask(before);
}

static unsigned count_entries(const struct tree *tree, const char *prefix, const char *path)
{
	_cleanup_closedir_ DIR *dir = NULL;
	unsigned n = 0;

	if (root_open_dir(&tree->root, in(prefix, path), &dir) < 0)
		return 0;
	while (readdir(dir))
		n++;
	return n - 2;
}

static void test_replace(const struct tree *tree, const char *prefix)
{
	mode_t before = umask(077);
	char name[64];

	tree_dir(tree, "replace");
	test_int("a new file",
		 root_replace(&tree->root, in(prefix, "replace/file"), "one\n", 4, 0644, true), 0);
	check_text(tree, prefix, "replace/file", "one");
	test_int("its mode, whatever the umask", mode_of(tree, "/replace/file"), 0644);
	test_int("replaced",
		 root_replace(&tree->root, in(prefix, "replace/file"), "two\n", 4, 0600, false), 0);
	check_text(tree, prefix, "replace/file", "two");
	test_int("its new mode", mode_of(tree, "/replace/file"), 0600);
	test_int("nothing left behind", count_entries(tree, prefix, "replace"), 1);

	/* A temporary file that a crash left does not stand in the way. */
	(void)snprintf(name, sizeof(name), "replace/.gpuclaim-%d-0.new", (int)getpid());
	tree_file(tree, name, "left");
	test_int("beside a leftover",
		 root_replace(&tree->root, in(prefix, "replace/file"), "3", 1, 0600, false), 0);
	check_text(tree, prefix, "replace/file", "3");
	check_text(tree, prefix, name, "left");

	tree_file(tree, "replace/folder/x", "");
	test_int("over a folder",
		 root_replace(&tree->root, in(prefix, "replace/folder"), "4", 1, 0600, false),
		 -EISDIR);
	test_int("nothing left after a failure", count_entries(tree, prefix, "replace"), 3);
	test_int("no folder",
		 root_replace(&tree->root, in(prefix, "absent/file"), "4", 1, 0600, false),
		 -ENOENT);
	test_int("no name", root_replace(&tree->root, in(prefix, "replace/"), "4", 1, 0600, false),
		 -EINVAL);

	tree_file(tree, "target", "kept");
	tree_link(tree, "replace/link", "../target");
	test_int("a link is replaced, not followed",
		 root_replace(&tree->root, in(prefix, "replace/link"), "5", 1, 0600, false), 0);
	check_text(tree, prefix, "target", "kept");
	check_text(tree, prefix, "replace/link", "5");
	(void)umask(before);
}

/* The file system takes two bytes and no more. */
static void test_replace_full(const struct tree *tree, const char *prefix)
{
	struct rlimit before, small;

	tree_file(tree, "full/file", "old");
	if (signal(SIGXFSZ, SIG_IGN) == SIG_ERR || getrlimit(RLIMIT_FSIZE, &before) < 0)
		abort();
	small = before;
	small.rlim_cur = 2;
	if (setrlimit(RLIMIT_FSIZE, &small) < 0)
		abort();
	test_int("no room",
		 root_replace(&tree->root, in(prefix, "full/file"), "new", 3, 0600, true), -EFBIG);
	if (setrlimit(RLIMIT_FSIZE, &before) < 0)
		abort();
	check_text(tree, prefix, "full/file", "old");
	test_int("nothing left where there was no room", count_entries(tree, prefix, "full"), 1);
}

/* Whatever a tree's links and names say, nothing outside of it is read or written. */
static void test_confinement(void)
{
	struct tree outside, tree;
	char buf[64] = "", link[128];
	struct root own;

	tree_make(&outside);
	tree_make(&tree);
	tree_file(&outside, "secret", "secret");
	tree_dir(&outside, "folder");
	tree_link(&tree, "out", outside.path);
	(void)snprintf(link, sizeof(link), "../../../../../../..%s", outside.path);
	tree_link(&tree, "up", link);
	tree_link(&tree, "absolute", "/inside");
	tree_file(&tree, "inside", "inside");
	tree_link(&tree, "magic", "/proc/self/root");
	tree_link(&tree, "loop", "loop");

	test_int("an absolute link out", root_exists(&tree.root, "out/secret"), false);
	test_int("a relative link out", root_exists(&tree.root, "up/secret"), false);
	test_int("a path out", root_exists(&tree.root, "../../../../../../etc/passwd"), false);
	test_int("an absolute path", root_exists(&tree.root, "/etc/passwd"), false);
	test_int("read out", root_read(&tree.root, "out/secret", buf, sizeof(buf)), -ENOENT);
	test_int("an absolute link inside", root_read(&tree.root, "absolute", buf, sizeof(buf)), 6);
	test_text("an absolute link inside", buf, "inside");
	test_int("store out", root_store(&tree.root, "up/secret", "x"), -ENOENT);
	test_int("mkdir out", root_mkdir(&tree.root, "out/made") < 0, true);
	test_int("replace out", root_replace(&tree.root, "up/file", "x", 1, 0600, false), -ENOENT);
	test_int("create out", root_open_at(&tree.root, "out/made", O_WRONLY | O_CREAT), -ENOENT);
	test_int("read a link out", root_link_name(&tree.root, "out/folder", buf, 64), -ENOENT);
	test_int("a loop", root_read(&tree.root, "loop", buf, sizeof(buf)), -ELOOP);
	test_int("nothing came of it", count_entries(&outside, "", "."), 2);
	if (root_open("/", &own) == 0) {
		(void)snprintf(link, sizeof(link), "%s/secret", outside.path + 1);
		test_int("the secret stands", root_read(&own, link, buf, sizeof(buf)), 6);
		test_text("the secret stands", buf, "secret");
		root_close(&own);
	}
	tree_remove(&outside);
	tree_remove(&tree);
}

static void test_create(const struct tree *tree, const char *prefix)
{
	int fd = root_open_at(&tree->root, in(prefix, "created"), O_WRONLY | O_CREAT | O_EXCL);

	test_int("create a file", fd >= 0, true);
	test_int("it is closed on exec", fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	if (fd >= 0)
		(void)close(fd);
	test_int("its mode", mode_of(tree, "/created"), 0600);
	test_int("create it again",
		 root_open_at(&tree->root, in(prefix, "created"), O_WRONLY | O_CREAT | O_EXCL),
		 -EEXIST);
}

static void test_all(bool own)
{
	struct tree tree;
	char prefix[128] = "";

	tree_make(&tree);
	if (own)
		use_own_root(&tree, prefix, sizeof(prefix));
	test_int("the tests are of a confined root", tree.root.confined, !own);
	test_read(&tree, prefix);
	test_read_file(&tree, prefix);
	test_fifo(&tree, prefix);
	if (!own)
		test_device(&tree);
	test_device_number();
	test_links(&tree, prefix);
	test_exists(&tree, prefix);
	test_open_dir(&tree, prefix);
	test_store(&tree, prefix);
	test_mkdir(&tree, prefix);
	test_replace(&tree, prefix);
	test_replace_full(&tree, prefix);
	test_create(&tree, prefix);
	tree_remove(&tree);
}

TESTS(root)
{
	test_open();
	test_all(false);
	test_all(true);
	test_confinement();
	return test_done();
}
