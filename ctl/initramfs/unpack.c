/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/initramfs/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>

#define BLOCK_BYTES (64u << 10)
#define PARTS_MAX   100

/* What a decompressor gets: the file from @at to @end. */
struct feed {
	int fd;
	uint64_t at, end;
	char block[BLOCK_BYTES];
};

/* @unpacked: how many bytes of archives there were so far */
struct reading {
	int fd;
	struct feed feed;
	struct cpio cpio;
	uint64_t offset, size, unpacked;
	const char *why;
	char block[BLOCK_BYTES];
};

static void free_archive(struct archive **archive)
{
	(void)archive_read_free(*archive);
}

static void free_entry(struct archive_entry **entry)
{
	archive_entry_free(*entry);
}

static int bad(struct reading *reading, const char *why)
{
	reading->why = why;
	return -EBADMSG;
}

/* Returns how many bytes of the file are in the block: 0 at its end. */
static ssize_t read_block(struct reading *reading)
{
	ssize_t n;

	do
		n = pread(reading->fd, reading->block, BLOCK_BYTES, (off_t)reading->offset);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

static int push(struct reading *reading, const char *data, size_t size, size_t *ret_used)
{
	int r;

	reading->unpacked += size;
	if (reading->unpacked > IMAGE_UNPACKED_MAX) {
		reading->why = "unpacked it is larger than 2 GiB";
		return -EFBIG;
	}
	r = cpio_push(&reading->cpio, data, size, ret_used);
	if (r == -EBADMSG)
		reading->why = reading->cpio.why;
	return r;
}

/* Archives that are not compressed, and zeros; up to what is neither. */
static int read_plain(struct reading *reading)
{
	for (;;) {
		ssize_t n = read_block(reading);
		size_t used;
		int r;

		if (n <= 0)
			return (int)n;
		r = push(reading, reading->block, (size_t)n, &used);
		if (r < 0)
			return r;
		reading->offset += used;
		if (used < (size_t)n)
			return 0;
	}
}

static la_ssize_t feed(struct archive *archive _unused_, void *context, const void **ret)
{
	struct feed *feed = context;
	size_t size =
		feed->end - feed->at < BLOCK_BYTES ? (size_t)(feed->end - feed->at) : BLOCK_BYTES;
	ssize_t n;

	do
		n = pread(feed->fd, feed->block, size, (off_t)feed->at);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		feed->at += (uint64_t)n;
	*ret = feed->block;
	return n;
}

/* What archive_read_open() does, but it does not look whether there is memory for @feed_from. */
static struct archive *open_compressed(struct feed *feed_from)
{
	struct archive *archive _cleanup_(free_archive) = archive_read_new();

	if (!archive)
		return NULL;
	/* Those that the kernel knows and that are made here without a program's help. */
	(void)archive_read_support_filter_gzip(archive);
	(void)archive_read_support_filter_bzip2(archive);
	(void)archive_read_support_filter_lzma(archive);
	(void)archive_read_support_filter_xz(archive);
	(void)archive_read_support_filter_zstd(archive);
	(void)archive_read_support_filter_lz4(archive);
	(void)archive_read_support_format_raw(archive);
	(void)archive_read_set_read_callback(archive, feed);
	if (archive_read_set_callback_data(archive, feed_from) != ARCHIVE_OK)
		return NULL;
	(void)archive_read_open1(archive);
	return TAKE_PTR(archive);
}

/* Returns 0, -EAGAIN where the decompressor failed, or another negative errno. */
static int push_all(struct reading *reading, struct archive *archive)
{
	for (;;) {
		la_ssize_t n = archive_read_data(archive, reading->block, BLOCK_BYTES);
		size_t used;
		int r;

		if (n < 0)
			return -EAGAIN;
		if (n == 0)
			return 0;
		r = push(reading, reading->block, (size_t)n, &used);
		if (r < 0)
			return r;
		if (used < (size_t)n)
			return bad(reading, "its compressed part holds more than cpio archives");
	}
}

/* Unpacks what is compressed between the offset and @end; @ret_used: how much that was. */
static int unpack(struct reading *reading, uint64_t end, uint64_t *ret_used)
{
	struct feed *feed_from = &reading->feed;
	struct archive *archive _cleanup_(free_archive) = NULL;
	/* Of our own: archive_read_next_header() does not look whether it has got one. */
	struct archive_entry *entry _cleanup_(free_entry) = archive_entry_new();
	int64_t used;
	int r;

	feed_from->fd = reading->fd;
	feed_from->at = reading->offset;
	feed_from->end = end;
	archive = open_compressed(feed_from);
	if (!archive || !entry)
		return -ENOMEM;
	r = archive_read_next_header2(archive, entry) == ARCHIVE_OK ? push_all(reading, archive)
								    : -EAGAIN;
	if (r == -EAGAIN && archive_errno(archive) == ENOMEM)
		return -ENOMEM;
	if (archive_filter_code(archive, 0) == ARCHIVE_FILTER_NONE)
		r = bad(reading,
			"it is neither a cpio archive nor compressed in a way that gpuclaim can read");
	used = archive_filter_bytes(archive, -1);
	*ret_used = used > 0 ? (uint64_t)used : 0;
	return r;
}

/*
 * Not all of libarchive's decompressors know where their data ends when another part follows,
 * but they do fail there: what they had taken by then is tried alone.
 */
static int read_compressed(struct reading *reading)
{
	unsigned archives = reading->cpio.archives;
	uint64_t used;
	int r = unpack(reading, reading->size, &used);

	if (r == -EAGAIN && used > 0) {
		cpio_free(&reading->cpio);
		reading->cpio.state = CPIO_BETWEEN;
		reading->cpio.archives = archives;
		r = unpack(reading, reading->offset + used, &used);
	}
	if (r == -EAGAIN || (r == 0 && used == 0))
		return bad(reading, "its compressed part is damaged, or ends too early");
	reading->offset += used;
	return r;
}

static int read_parts(struct reading *reading)
{
	for (unsigned parts = 0; reading->offset < reading->size; parts++) {
		int r = read_plain(reading);

		if (r < 0)
			return r;
		if (reading->offset >= reading->size)
			break;
		if (!cpio_is_between(&reading->cpio))
			return bad(reading, "a cpio archive in it ends too early");
		if (parts == PARTS_MAX)
			return bad(reading, "it has more than 100 compressed parts");
		r = read_compressed(reading);
		if (r < 0)
			return r;
	}
	if (!cpio_is_between(&reading->cpio) || reading->cpio.archives == 0)
		return bad(reading, "its cpio archive ends too early");
	return 0;
}

int image_read(int fd, const struct cpio_visitor *visitor, const char **ret_why)
{
	struct reading *reading = calloc(1, sizeof(*reading));
	struct stat st;
	int r;

	if (!reading)
		return -ENOMEM;
	reading->fd = fd;
	reading->cpio.visitor = visitor;
	if (fstat(fd, &st) < 0) {
		r = -errno;
	} else if (!S_ISREG(st.st_mode)) {
		r = bad(reading, "it is no regular file");
	} else if ((uint64_t)st.st_size > IMAGE_FILE_MAX) {
		reading->why = "it is larger than 1 GiB";
		r = -EFBIG;
	} else {
		reading->size = (uint64_t)st.st_size;
		r = read_parts(reading);
	}
	*ret_why = reading->why;
	cpio_free(&reading->cpio);
	free(reading);
	return r;
}
