/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/pack.h"

#include <archive.h>
#include <archive_entry.h>
#include <err.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

void pack_bytes(struct pack *pack, const void *data, size_t size)
{
	char *more = realloc(pack->data, pack->size + size + 1);

	if (!more)
		err(EXIT_FAILURE, "realloc");
	if (size)
		memcpy(more + pack->size, data, size);
	pack->data = more;
	pack->size += size;
}

void pack_zeros(struct pack *pack, size_t n)
{
	_cleanup_free_ char *zeros = calloc(1, n + 1);

	if (!zeros)
		err(EXIT_FAILURE, "calloc");
	pack_bytes(pack, zeros, n);
}

void pack_file(struct pack *pack, const struct pack_file *file)
{
	size_t size = file->content ? strlen(file->content) : 0, name = strlen(file->name) + 1;
	char header[111];

	(void)snprintf(header, sizeof(header),
		       "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x",
		       (unsigned)file->inode, (unsigned)(file->mode ? file->mode : S_IFREG | 0644),
		       (unsigned)file->uid, 0u, (unsigned)(file->links ? file->links : 1), 0u,
		       (unsigned)size, 0u, 0u, 0u, 0u, (unsigned)name, 0u);
	pack_bytes(pack, header, 110);
	pack_bytes(pack, file->name, name);
	pack_zeros(pack, -(110 + name) & 3);
	pack_bytes(pack, file->content, size);
	pack_zeros(pack, -size & 3);
}

void pack_end(struct pack *pack)
{
	static const struct pack_file trailer = {.name = "TRAILER!!!"};

	pack_file(pack, &trailer);
}

void pack_filter(struct pack *pack, int filter, const struct pack *from)
{
	struct archive *archive = archive_write_new();
	struct archive_entry *entry = archive_entry_new();
	size_t size = from->size * 2 + (1u << 16), used = 0;
	_cleanup_free_ char *buf = malloc(size);

	if (!archive || !entry || !buf)
		err(EXIT_FAILURE, "archive");
	archive_entry_set_filetype(entry, AE_IFREG);
	if (archive_write_set_format_raw(archive) != ARCHIVE_OK ||
	    archive_write_add_filter(archive, filter) != ARCHIVE_OK ||
	    archive_write_set_bytes_in_last_block(archive, 1) != ARCHIVE_OK ||
	    archive_write_open_memory(archive, buf, size, &used) != ARCHIVE_OK ||
	    archive_write_header(archive, entry) != ARCHIVE_OK ||
	    archive_write_data(archive, from->data, from->size) != (la_ssize_t)from->size ||
	    archive_write_close(archive) != ARCHIVE_OK)
		errx(EXIT_FAILURE, "filter %d: %s", filter, archive_error_string(archive));
	archive_entry_free(entry);
	(void)archive_write_free(archive);
	pack_bytes(pack, buf, used);
}

static void add_le32(struct pack *pack, size_t n)
{
	const unsigned char bytes[] = {n & 0xff, n >> 8 & 0xff, n >> 16 & 0xff, n >> 24 & 0xff};

	pack_bytes(pack, bytes, sizeof(bytes));
}

/* One block of literals only: 15 in the token, and 255 a byte until one has less. */
void pack_lz4_legacy(struct pack *pack, const struct pack *from)
{
	struct pack block _cleanup_(pack_free) = {0};
	size_t rest = from->size - 15;
	unsigned char byte = 0xf0;

	for (pack_bytes(&block, &byte, 1); rest >= 255; rest -= 255) {
		byte = 255;
		pack_bytes(&block, &byte, 1);
	}
	byte = (unsigned char)rest;
	pack_bytes(&block, &byte, 1);
	pack_bytes(&block, from->data, from->size);

	add_le32(pack, 0x184c2102);
	add_le32(pack, block.size);
	pack_bytes(pack, block.data, block.size);
}

void pack_free(struct pack *pack)
{
	free(pack->data);
	*pack = (struct pack){0};
}
