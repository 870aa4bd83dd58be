/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cpio archives as the kernel unpacks them: entry by entry, from a stream. Pure. */
#ifndef GPUCLAIM_CTL_INITRAMFS_CPIO_H
#define GPUCLAIM_CTL_INITRAMFS_CPIO_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "helper/base/util.h"

#define CPIO_HEADER_BYTES 110

/**
 * struct cpio_entry - what a header and the name after it say
 * @name:	as it stands, without a leading "/" or "./"
 * @inode:	with @archive, @major and @minor: entries with more than one link (@links) and
 *		the same of these are one file, whose content may be with any of them
 * @archive:	how many archives came before
 * @size:	of the content, in bytes
 */
struct cpio_entry {
	const char *name;
	uint32_t inode, mode, uid, links, major, minor;
	unsigned archive;
	uint32_t size;
};

/**
 * struct cpio_visitor - who gets the entries
 * @keep:	the most of this entry's content that is of interest, in bytes: a larger content
 *		is not kept
 * @entry:	called after the content; @content is NULL if it was not kept. A negative errno
 *		ends the reading
 */
struct cpio_visitor {
	size_t (*keep)(void *context, const struct cpio_entry *entry);
	int (*entry)(void *context, const struct cpio_entry *entry, const char *content);
	void *context;
};

enum cpio_state {
	CPIO_BETWEEN, /* before an archive, or in the zeros after one */
	CPIO_HEADER,
	CPIO_NAME,
	CPIO_CONTENT,
	CPIO_PADDING,
};

/**
 * struct cpio - a reader; start with {.visitor = …}, end with cpio_free()
 * @why:	what is wrong with the archive, a constant, after -EBADMSG
 */
struct cpio {
	const struct cpio_visitor *visitor;
	const char *why;
	enum cpio_state state;
	unsigned archives;
	char header[CPIO_HEADER_BYTES], name[PATH_MAX + 1];
	struct cpio_entry entry;
	char *content;
	bool named;
	size_t have, keep;
	uint64_t offset, skip, left;
};

/**
 * cpio_push() - read on
 * @ret_used:	how many bytes were taken: all, unless an archive has ended and what follows
 *		its zeros is not the beginning of another one
 *
 * Source: init/initramfs.c of Linux: the formats 070701 and 070702; archives one after the
 * other with zeros between them; names and contents padded to four bytes.
 *
 * Return: 0, -EBADMSG, -ENOMEM, or what the visitor returned.
 */
int cpio_push(struct cpio *cpio, const char *data, size_t size, size_t *ret_used) _must_check_;

/** cpio_is_between() - would it be an end in order? */
bool cpio_is_between(const struct cpio *cpio);

void cpio_free(struct cpio *cpio);

#endif
