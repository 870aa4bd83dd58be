/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/initramfs/cpio.h"

#include <string.h>
#include <sys/stat.h>

#define TRAILER "TRAILER!!!"

/* The numbers of a header: eight hex digits each, after the six bytes of the magic. */
enum field {
	FIELD_INODE,
	FIELD_MODE,
	FIELD_UID,
	FIELD_LINKS = 4,
	FIELD_SIZE = 6,
	FIELD_MAJOR,
	FIELD_MINOR,
	FIELD_NAME_SIZE = 11,
};

static int bad(struct cpio *cpio, const char *why)
{
	cpio->why = why;
	return -EBADMSG;
}

/* Bytes up to the next multiple of four. */
static uint64_t padding(uint64_t offset)
{
	return -offset & 3;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 'a' ^ 'A';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_field(const struct cpio *cpio, enum field field, uint32_t *ret)
{
	const char *p = cpio->header + 6 + 8 * field;
	uint32_t value = 0;

	for (size_t i = 0; i < 8; i++) {
		int digit = hex_digit(p[i]);

		if (digit < 0)
			return false;
		value = value << 4 | (uint32_t)digit;
	}
	*ret = value;
	return true;
}

static int read_header(struct cpio *cpio)
{
	struct cpio_entry *e = &cpio->entry;
	uint32_t name_size;

	if (memcmp(cpio->header, "070701", 6) != 0 && memcmp(cpio->header, "070702", 6) != 0)
		return bad(cpio, "an entry of the cpio archive has no valid header");
	*e = (struct cpio_entry){.name = cpio->name, .archive = cpio->archives};
	if (!read_field(cpio, FIELD_INODE, &e->inode) || !read_field(cpio, FIELD_MODE, &e->mode) ||
	    !read_field(cpio, FIELD_UID, &e->uid) || !read_field(cpio, FIELD_LINKS, &e->links) ||
	    !read_field(cpio, FIELD_SIZE, &e->size) || !read_field(cpio, FIELD_MAJOR, &e->major) ||
	    !read_field(cpio, FIELD_MINOR, &e->minor) ||
	    !read_field(cpio, FIELD_NAME_SIZE, &name_size))
		return bad(cpio, "an entry of the cpio archive has an invalid number");

	/* The kernel passes over an entry whose name is too long. */
	cpio->named = name_size > 0 && name_size <= PATH_MAX;
	cpio->left = cpio->named ? name_size : 0;
	cpio->skip = cpio->named ? 0 : name_size + padding(cpio->offset + name_size);
	cpio->have = 0;
	cpio->state = CPIO_NAME;
	return 0;
}

static void skip_root(struct cpio_entry *entry)
{
	while (*entry->name == '/' || strncmp(entry->name, "./", 2) == 0)
		entry->name += *entry->name == '/' ? 1 : 2;
}

static int end_entry(struct cpio *cpio)
{
	_cleanup_free_ char *content = TAKE_PTR(cpio->content);

	cpio->state = CPIO_PADDING;
	cpio->skip = padding(cpio->offset);
	if (!cpio->named)
		return 0;
	if (content)
		content[cpio->have] = '\0';
	if (strcmp(cpio->name, TRAILER) == 0) {
		cpio->archives++;
		cpio->state = CPIO_BETWEEN;
		return 0;
	}
	return cpio->visitor->entry(cpio->visitor->context, &cpio->entry, content);
}

static int begin_content(struct cpio *cpio)
{
	const struct cpio_entry *e = &cpio->entry;
	size_t keep = 0;

	cpio->have = 0;
	cpio->left = e->size;
	cpio->state = CPIO_CONTENT;
	if (cpio->named && (S_ISREG(e->mode) || S_ISLNK(e->mode)))
		keep = cpio->visitor->keep(cpio->visitor->context, e);
	if (keep >= e->size && keep > 0) {
		cpio->content = malloc((size_t)e->size + 1);
		if (!cpio->content)
			return -ENOMEM;
	}
	return e->size ? 0 : end_entry(cpio);
}

static int end_name(struct cpio *cpio)
{
	cpio->name[cpio->have] = '\0';
	if (cpio->named)
		skip_root(&cpio->entry);
	return begin_content(cpio);
}

/* Takes up to @cpio->left bytes into @to, which may be NULL; true when it was the last one. */
static bool take(struct cpio *cpio, char *to, const char *data, size_t size, size_t *used)
{
	size_t n = size < cpio->left ? size : (size_t)cpio->left;

	if (to && n)
		memcpy(to + cpio->have, data, n);
	cpio->have += n;
	cpio->left -= n;
	cpio->offset += n;
	*used = n;
	return cpio->left == 0;
}

static bool skip(struct cpio *cpio, size_t size, size_t *used)
{
	size_t n = size < cpio->skip ? size : (size_t)cpio->skip;

	cpio->skip -= n;
	cpio->offset += n;
	*used = n;
	return cpio->skip == 0;
}

static void begin_header(struct cpio *cpio)
{
	cpio->state = CPIO_HEADER;
	cpio->left = CPIO_HEADER_BYTES;
	cpio->have = 0;
}

/* After the name's own bytes those that align it are skipped, or all of a name too long. */
static int step_name(struct cpio *cpio, const char *data, size_t size, size_t *used)
{
	if (cpio->left) {
		if (take(cpio, cpio->name, data, size, used))
			cpio->skip = padding(cpio->offset);
		if (cpio->left || cpio->skip)
			return 0;
		return end_name(cpio);
	}
	return skip(cpio, size, used) ? end_name(cpio) : 0;
}

/* Takes at least one byte, but in CPIO_BETWEEN and where a state ends with none left. */
static int step(struct cpio *cpio, const char *data, size_t size, size_t *used)
{
	switch (cpio->state) {
	case CPIO_BETWEEN:
		while (*used < size && data[*used] == '\0')
			(*used)++;
		cpio->offset = 0;
		if (*used < size && data[*used] == '0')
			begin_header(cpio);
		return 0;
	case CPIO_HEADER:
		return take(cpio, cpio->header, data, size, used) ? read_header(cpio) : 0;
	case CPIO_NAME:
		return step_name(cpio, data, size, used);
	case CPIO_CONTENT:
		return take(cpio, cpio->content, data, size, used) ? end_entry(cpio) : 0;
	case CPIO_PADDING:
		if (skip(cpio, size, used))
			begin_header(cpio);
		return 0;
	}
	return 0;
}

int cpio_push(struct cpio *cpio, const char *data, size_t size, size_t *ret_used)
{
	size_t done = 0;

	while (done < size) {
		size_t used = 0;
		int r = step(cpio, data + done, size - done, &used);

		if (r < 0)
			return r;
		done += used;
		if (cpio->state == CPIO_BETWEEN && done < size && data[done] != '0' && data[done])
			break;
	}
	*ret_used = done;
	return 0;
}

bool cpio_is_between(const struct cpio *cpio)
{
	return cpio->state == CPIO_BETWEEN;
}

void cpio_free(struct cpio *cpio)
{
	free(TAKE_PTR(cpio->content));
}
