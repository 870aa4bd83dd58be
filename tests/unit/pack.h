/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes cpio archives and images of them, for tests that read some. */
#ifndef GPUCLAIM_PACK_H
#define GPUCLAIM_PACK_H

#include <stddef.h>
#include <stdint.h>

#include "helper/base/util.h"

/* All of these end the program where they fail: no test can go on. */
struct pack {
	char *data; /* owned */
	size_t size;
};

struct pack_file {
	const char *name;
	uint32_t mode;	     /* 0: a regular file, 0644 */
	const char *content; /* NULL: none */
	uint32_t inode, links, uid;
};

void pack_bytes(struct pack *pack, const void *data, size_t size);
void pack_zeros(struct pack *pack, size_t n);
void pack_file(struct pack *pack, const struct pack_file *file);
/** pack_end() - the trailer of an archive */
void pack_end(struct pack *pack);
/** pack_filter() - append @from, compressed: one of libarchive's ARCHIVE_FILTER_… */
void pack_filter(struct pack *pack, int filter, const struct pack *from);
/** pack_lz4_legacy() - as `lz4 -l` does, which is what the kernel reads, but without compressing */
void pack_lz4_legacy(struct pack *pack, const struct pack *from);
void pack_free(struct pack *pack);

#endif
