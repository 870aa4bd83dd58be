/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/initramfs/content.h"

#include <archive.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "ctl/initramfs/build_id.h"
#include "tests/unit/pack.h"
#include "tests/unit/test.h"

#define LNK  0120777
#define CONF "etc/gpuclaim/gpuclaim.conf"
#define MODS "usr/lib/modules/6.1/kernel/drivers/vfio/"

static void render_conf(const struct conf_file *conf, char *buf, size_t size)
{
	size_t n = strlen(buf);

	(void)snprintf(buf + n, size - n, "%s%s%s%.*s%s", n ? " " : "", conf->path,
		       conf->text ? "=" : "", (int)conf->size, conf->text ? conf->text : "",
		       conf->masked	? " masked"
		       : *conf->problem ? " bad"
					: "");
}

/* "PATH=TEXT PATH masked | helper | 6.1/vfio", or why it can't be read. */
static void inspect(const struct pack *pack, char *buf, size_t size)
{
	_cleanup_close_ int fd = memfd_create("image", MFD_CLOEXEC);
	struct image image _cleanup_(image_free) = {0};
	const char *why = NULL;
	size_t n;
	int r;

	if (fd < 0 || write(fd, pack->data, pack->size) != (ssize_t)pack->size)
		abort();
	buf[0] = '\0';
	r = image_inspect(fd, &image, &why);
	if (r < 0) {
		(void)snprintf(buf, size, "%d: %s", r, why ? why : "");
		return;
	}
	for (size_t i = 0; i < image.n_conf; i++)
		render_conf(&image.conf[i], buf, size);
	n = strlen(buf);
	(void)snprintf(buf + n, size - n, "%s|",
		       image.packed ? "packed "
		       : image.kmod ? "kmod "
				    : "");
	n = strlen(buf);
	if (image.helper)
		(void)snprintf(buf + n, size - n, " %.*s", (int)image.helper_size, image.helper);
	for (size_t i = 0; i < image.modules.n; i++) {
		n = strlen(buf);
		(void)snprintf(buf + n, size - n, " %s", image.modules.text[i]);
	}
}

static void check(const char *name, const struct pack *pack, const char *expected)
{
	char text[1024];

	inspect(pack, text, sizeof(text));
	test_text(name, text, expected);
}

static void check_starts(const char *name, const struct pack *pack, const char *expected)
{
	char text[1024];

	inspect(pack, text, sizeof(text));
	text[strlen(expected)] = '\0';
	test_text(name, text, expected);
}

/* Too much for one block of any compression, as images are. */
static void make_bulk(struct pack *pack)
{
	static char text[300000];
	uint32_t x = 1;

	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		x = x * 1664525 + 1013904223;
		text[i] = (char)('!' + (x >> 24) % 90);
	}
	pack_file(pack, &(struct pack_file){.name = "bin/sh", .content = text});
}

static void make(struct pack *pack, const char *conf, const char *helper)
{
	make_bulk(pack);
	pack_file(pack, &(struct pack_file){.name = CONF, .content = conf});
	pack_file(pack, &(struct pack_file){.name = IMAGE_HELPER, .content = helper});
	pack_end(pack);
}

#define MADE CONF "=claim| helper"

static const struct {
	const char *name;
	int filter;
} filters[] = {
	{"gzip", ARCHIVE_FILTER_GZIP}, {"bzip2", ARCHIVE_FILTER_BZIP2},
	{"lzma", ARCHIVE_FILTER_LZMA}, {"xz", ARCHIVE_FILTER_XZ},
	{"zstd", ARCHIVE_FILTER_ZSTD}, {"lz4", ARCHIVE_FILTER_LZ4},
};

/* Microcode as it is, zeros, and the rest compressed: what distributions make. */
static void test_compressions(void)
{
	struct pack plain _cleanup_(pack_free) = {0}, early _cleanup_(pack_free) = {0};

	make(&plain, "claim", "helper");
	check("plain", &plain, MADE);
	pack_file(&early, &(struct pack_file){.name = "kernel/x86/microcode/GenuineIntel.bin",
					      .content = "microcode"});
	pack_end(&early);
	pack_zeros(&early, 512);
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		struct pack image _cleanup_(pack_free) = {0};

		pack_filter(&image, filters[i].filter, &plain);
		check(filters[i].name, &image, MADE);
		pack_free(&image);
		pack_bytes(&image, early.data, early.size);
		pack_filter(&image, filters[i].filter, &plain);
		check(filters[i].name, &image, MADE);
		pack_zeros(&image, 1000);
		check(filters[i].name, &image, MADE);
	}
	pack_lz4_legacy(&early, &plain);
	check("lz4 as the kernel has it", &early, MADE);
	pack_zeros(&early, 1000);
	check("lz4 as the kernel has it, and zeros", &early, MADE);
}

/* What is added behind an image, as PXE does it, replaces what is inside. */
static void test_additions(void)
{
	struct pack first _cleanup_(pack_free) = {0}, second _cleanup_(pack_free) = {0};
	struct pack both _cleanup_(pack_free) = {0};

	make(&first, "claim", "old");
	pack_file(&second, &(struct pack_file){.name = CONF, .content = "skip"});
	pack_file(&second, &(struct pack_file){.name = "lib/udev/gpuclaim", .content = "new"});
	pack_end(&second);
	pack_bytes(&both, first.data, first.size);
	pack_bytes(&both, second.data, second.size);
	check("two archives", &both, CONF "=skip| new");
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		bool ends = filters[i].filter != ARCHIVE_FILTER_XZ &&
			    filters[i].filter != ARCHIVE_FILTER_LZ4;
		struct pack image _cleanup_(pack_free) = {0};

		pack_filter(&image, filters[i].filter, &both);
		check("two archives in one", &image, CONF "=skip| new");
		pack_free(&image);
		pack_filter(&image, filters[i].filter, &first);
		pack_filter(&image, filters[i].filter, &second);
		check("two of a kind", &image, CONF "=skip| new");
		pack_free(&image);
		pack_filter(&image, filters[i].filter, &first);
		pack_zeros(&image, -image.size & 3);
		pack_bytes(&image, second.data, second.size);
		if (ends)
			check(filters[i].name, &image, CONF "=skip| new");
		else
			check_starts(filters[i].name, &image, "-74: ");
		pack_free(&image);
		pack_filter(&image, filters[i].filter, &first);
		pack_filter(&image, filters[(i + 1) % ARRAY_SIZE(filters)].filter, &second);
		if (ends)
			check(filters[i].name, &image, CONF "=skip| new");
		else
			check_starts(filters[i].name, &image, "-74: ");
	}
}

static void test_links(void)
{
	static const struct pack_file files[] = {
		{.name = "lib", .mode = LNK, .content = "usr/lib"},
		{.name = "srv/elsewhere", .content = "claim e"},
		{.name = "etc/gpuclaim/gpuclaim.conf.d/10-mask.conf",
		 .mode = LNK,
		 .content = "/dev/null"},
		{.name = "etc/gpuclaim/gpuclaim.conf.d/20-link.conf",
		 .mode = LNK,
		 .content = "../../../srv/one"},
		{.name = "etc/gpuclaim/gpuclaim.conf.d/30-gone.conf",
		 .mode = LNK,
		 .content = "/srv/gone"},
		{.name = "etc/gpuclaim/gpuclaim.conf.d/40-self.conf",
		 .mode = LNK,
		 .content = "40-self.conf"},
		{.name = "etc/gpuclaim/gpuclaim.conf.d/50-folder.conf", .mode = 0040755},
		{.name = "etc/gpuclaim/gpuclaim.conf.d/README", .content = "no"},
		{.name = "run/gpuclaim/gpuclaim.conf", .content = "no"},
		{.name = "srv/one", .mode = LNK, .content = "/srv/elsewhere"},
		{.name = "usr/lib/gpuclaim/gpuclaim.conf.d/10-mask.conf", .content = "hidden"},
		{.name = "usr/lib/gpuclaim/gpuclaim.conf", .content = "vendor"},
	};
	struct pack pack _cleanup_(pack_free) = {0};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		pack_file(&pack, &files[i]);
	pack_end(&pack);
	check("links", &pack,
	      "etc/gpuclaim/gpuclaim.conf.d/10-mask.conf masked "
	      "etc/gpuclaim/gpuclaim.conf.d/20-link.conf=claim e "
	      "etc/gpuclaim/gpuclaim.conf.d/30-gone.conf bad "
	      "etc/gpuclaim/gpuclaim.conf.d/40-self.conf bad "
	      "usr/lib/gpuclaim/gpuclaim.conf=vendor|");
}

/* One file with two names: cpio has the content with the last, other programs with the first. */
static void test_hard_links(void)
{
	static const struct pack_file last[] = {
		{.name = CONF, .inode = 7, .links = 2},
		{.name = IMAGE_HELPER, .inode = 8, .links = 2},
		{.name = "etc/copy", .inode = 7, .links = 2, .content = "claim"},
		{.name = "bin/copy", .inode = 8, .links = 2, .content = "helper"},
	};
	static const struct pack_file first[] = {
		{.name = "etc/gpuclaim/gpuclaim.conf.d/1.conf",
		 .inode = 7,
		 .links = 2,
		 .content = "claim"},
		{.name = "etc/gpuclaim/gpuclaim.conf.d/2.conf", .inode = 7, .links = 2},
		{.name = "etc/gpuclaim/gpuclaim.conf.d/3.conf", .inode = 9, .links = 2},
	};
	struct pack pack _cleanup_(pack_free) = {0};

	for (size_t i = 0; i < ARRAY_SIZE(last); i++)
		pack_file(&pack, &last[i]);
	pack_end(&pack);
	check("content with the last name", &pack, MADE);
	pack_free(&pack);
	for (size_t i = 0; i < ARRAY_SIZE(first); i++)
		pack_file(&pack, &first[i]);
	pack_end(&pack);
	check("content with the first name", &pack,
	      "etc/gpuclaim/gpuclaim.conf.d/1.conf=claim "
	      "etc/gpuclaim/gpuclaim.conf.d/2.conf=claim "
	      "etc/gpuclaim/gpuclaim.conf.d/3.conf masked|");
	/* Numbers of another archive are other files. */
	pack_file(&pack, &(struct pack_file){.name = "x", .inode = 9, .links = 2, .content = "y"});
	pack_end(&pack);
	check("the same number elsewhere", &pack,
	      "etc/gpuclaim/gpuclaim.conf.d/1.conf=claim "
	      "etc/gpuclaim/gpuclaim.conf.d/2.conf=claim "
	      "etc/gpuclaim/gpuclaim.conf.d/3.conf masked|");
}

static void test_files(void)
{
	static const struct {
		struct pack_file file;
		const char *expected;
	} rows[] = {
		{{.name = CONF, .content = "x", .uid = 1000}, CONF " bad|"},
		{{.name = CONF, .content = "x", .mode = S_IFREG | 0664}, CONF " bad|"},
		{{.name = CONF, .mode = S_IFIFO | 0644}, CONF " bad|"},
		{{.name = CONF}, CONF " masked|"},
		{{.name = "squashfs-root.img", .content = "x"}, "packed |"},
		{{.name = "usr/lib/x86_64-linux-gnu/libkmod.so.2",
		  .mode = S_IFLNK | 0777,
		  .content = "libkmod.so.2.4.1"},
		 "kmod |"},
		{{.name = "lib64/libkmod.so.2", .content = "x"}, "kmod |"},
		{{.name = "usr/lib64/libkmod.so.2.4.1", .content = "x"}, "|"},
		{{.name = MODS "vfio.ko", .content = "x"}, "| 6.1/vfio"},
		{{.name = MODS "pci/vfio-pci.ko.xz"}, "| 6.1/vfio_pci"},
		{{.name = MODS "pci/vfio-pci.ko.zst"}, "| 6.1/vfio_pci"},
		{{.name = "lib/modules/6.1/updates/vfio-pci.ko.gz"}, "| 6.1/vfio_pci"},
		{{.name = MODS "vfio.konfig"}, "|"},
		{{.name = MODS "vfio"}, "|"},
		{{.name = "usr/lib/modules/vfio.ko"}, "|"},
		{{.name = "etc/lib/udev/gpuclaim", .content = "x"}, "|"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct pack pack _cleanup_(pack_free) = {0};

		pack_file(&pack, &rows[i].file);
		pack_end(&pack);
		check(rows[i].file.name, &pack, rows[i].expected);
	}
}

static void test_damaged(void)
{
	struct pack plain _cleanup_(pack_free) = {0}, image _cleanup_(pack_free) = {0};

	check("an empty file", &image, "-74: its cpio archive ends too early");
	pack_zeros(&image, 100);
	check("zeros", &image, "-74: its cpio archive ends too early");
	pack_bytes(&image, "not an image", 12);
	check("another file", &image,
	      "-74: it is neither a cpio archive nor compressed in a way that gpuclaim can read");
	make(&plain, "claim", "helper");
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		pack_free(&image);
		pack_filter(&image, filters[i].filter, &plain);
		image.size /= 2;
		check(filters[i].name, &image,
		      "-74: its compressed part is damaged, or ends too early");
	}
	plain.size -= 200;
	check("plain", &plain, "-74: its cpio archive ends too early");
	pack_free(&image);
	pack_filter(&image, ARCHIVE_FILTER_GZIP, &plain);
	check("an archive that ends early in gzip", &image, "-74: its cpio archive ends too early");
}

static void test_limits(void)
{
	struct pack one _cleanup_(pack_free) = {0}, pack _cleanup_(pack_free) = {0};
	_cleanup_close_ int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int large = memfd_create("image", MFD_CLOEXEC);
	struct image image = {0};
	const char *why = NULL;

	test_int("no regular file", image_inspect(fd, &image, &why), -EBADMSG);
	test_text("no regular file", why, "it is no regular file");
	test_int("a hole", ftruncate(large, (1L << 30) + 1), 0);
	test_int("a large file", image_inspect(large, &image, &why), -EFBIG);
	test_text("a large file", why, "it is larger than 1 GiB");
	pack_file(&one, &(struct pack_file){.name = CONF, .content = "claim"});
	pack_end(&one);
	for (unsigned i = 0; i <= 100; i++) {
		pack_filter(&pack, i % 2 ? ARCHIVE_FILTER_BZIP2 : ARCHIVE_FILTER_GZIP, &one);
		pack_zeros(&pack, 4);
	}
	check("many parts", &pack, "-74: it has more than 100 compressed parts");
	pack_free(&pack);
	for (unsigned i = 0; i <= 1000; i++) {
		char name[64];

		(void)snprintf(name, sizeof(name), "etc/gpuclaim/gpuclaim.conf.d/%u.conf", i);
		pack_file(&pack, &(struct pack_file){.name = name});
	}
	pack_end(&pack);
	check("many drop-ins", &pack, "-7: it holds more files of gpuclaim's than there can be");
}

/* The content of one file: zeros, as 33 frames of 64 MiB. */
static void test_unpacked_limit(void)
{
	struct pack file _cleanup_(pack_free) = {0}, zeros _cleanup_(pack_free) = {0};
	struct pack frame _cleanup_(pack_free) = {0}, image _cleanup_(pack_free) = {0};

	pack_file(&file, &(struct pack_file){.name = "usr/large"});
	memset(file.data + 54, 'f', 8); /* the size in the header: almost 4 GiB */
	pack_filter(&image, ARCHIVE_FILTER_ZSTD, &file);
	pack_zeros(&zeros, 64u << 20);
	pack_filter(&frame, ARCHIVE_FILTER_ZSTD, &zeros);
	for (unsigned i = 0; i < 31; i++)
		pack_bytes(&image, frame.data, frame.size);
	check("just under 2 GiB", &image, "-74: its cpio archive ends too early");
	for (unsigned i = 0; i < 2; i++)
		pack_bytes(&image, frame.data, frame.size);
	check("over 2 GiB", &image, "-27: unpacked it is larger than 2 GiB");
}

/* This program itself has a build ID, as the helper has. */
static void test_build_id(void)
{
	_cleanup_free_ char *self = NULL, *other = NULL;
	_cleanup_(root_close) struct root root = {.fd = -EBADF};
	size_t size, id_size = 0;

	if (root_open("/", &root) < 0 ||
	    root_read_file(&root, "proc/self/exe", 64u << 20, &self, &size) < 0)
		abort();
	other = malloc(size);
	if (!other)
		abort();
	memcpy(other, self, size);
	test_int("there is one", build_id_find(self, size, &id_size) != NULL, true);
	test_int("of 20 bytes", (long)id_size, 20);
	other[size - 1] ^= 1; /* in the section headers, which a strip rewrites */
	test_int("the same program", build_id_same(self, size, other, size - 1), true);
	other[build_id_find(self, size, &id_size) - (unsigned char *)self] ^= 1;
	test_int("another program", build_id_same(self, size, other, size), false);
	test_int("no program, the same", build_id_same("abc", 3, "abc", 3), true);
	test_int("no program, another", build_id_same("abc", 3, "abd", 3), false);
	test_int("no program, longer", build_id_same("abc", 3, "abcd", 4), false);
	test_int("one that has none", build_id_same(self, size, "abc", 3), false);
	for (size_t n = 0; n < 4096; n++) {
		_cleanup_free_ char *cut = malloc(n ? n : 1);

		if (!cut)
			abort();
		memcpy(cut, self, n);
		(void)build_id_find(cut, n, &id_size);
	}
}

TESTS(image)
{
	test_compressions();
	test_additions();
	test_links();
	test_hard_links();
	test_files();
	test_damaged();
	test_limits();
	test_unpacked_limit();
	test_build_id();
	return test_done();
}
