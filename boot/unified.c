/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot/unified.h"

#include <fcntl.h>
#include <string.h>

#define PE_OFFSET_AT   0x3c /* of the signature, in the DOS header */
#define COFF_BYTES     24u  /* signature and COFF header */
#define SECTION_BYTES  40u
#define N_SECTIONS_AT  6
#define OPTIONAL_AT    20 /* the size of the optional header */
#define VIRTUAL_AT     8
#define RAW_SIZE_AT    16
#define RAW_AT	       20
#define NAME_MAX_BYTES 8

static uint32_t get16(const unsigned char *p)
{
	return p[0] | (uint32_t)p[1] << 8;
}

static uint32_t get32(const unsigned char *p)
{
	return get16(p) | get16(p + 2) << 16;
}

bool unified_find_section(const unsigned char *head, size_t n, const char *name, uint32_t *ret_at,
			  uint32_t *ret_size)
{
	char padded[NAME_MAX_BYTES] = "";
	uint32_t pe, n_sections;
	size_t at;

	memcpy(padded, name, strnlen(name, sizeof(padded)));
	if (n < PE_OFFSET_AT + 4 || memcmp(head, "MZ", 2) != 0)
		return false;
	pe = get32(head + PE_OFFSET_AT);
	if (pe > n || n - pe < COFF_BYTES || memcmp(head + pe, "PE\0\0", 4) != 0)
		return false;
	n_sections = get16(head + pe + N_SECTIONS_AT);
	at = (size_t)pe + COFF_BYTES + get16(head + pe + OPTIONAL_AT);
	for (uint32_t i = 0; i < n_sections && at + SECTION_BYTES <= n; i++, at += SECTION_BYTES) {
		uint32_t size = get32(head + at + VIRTUAL_AT);
		uint32_t raw = get32(head + at + RAW_SIZE_AT);

		if (memcmp(head + at, padded, sizeof(padded)) != 0)
			continue;
		*ret_at = get32(head + at + RAW_AT);
		*ret_size = size && size < raw ? size : raw;
		return true;
	}
	return false;
}

bool unified_release(const struct root *root, const char *path, char *buf, size_t size)
{
	_cleanup_close_ int fd = root_open_at(root, path, O_RDONLY | O_NONBLOCK);
	unsigned char head[UNIFIED_HEAD_BYTES];
	ssize_t n = fd < 0 ? -1 : pread(fd, head, sizeof(head), 0);
	uint32_t at, length;

	if (n < 0 || !unified_find_section(head, (size_t)n, ".uname", &at, &length))
		return false;
	n = pread(fd, buf, length < size - 1 ? length : size - 1, at);
	if (n <= 0)
		return false;
	buf[n] = '\0';
	buf[strcspn(buf, " \t\n")] = '\0';
	return *buf != '\0';
}
