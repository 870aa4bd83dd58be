/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/initramfs/build_id.h"

#include <elf.h>
#include <link.h>
#include <stdint.h>
#include <string.h>

#define OUR_CLASS (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32)
#define OUR_DATA  (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB)

static bool is_within(uint64_t offset, uint64_t length, size_t size)
{
	return offset <= size && length <= size - offset;
}

static size_t aligned(uint32_t size)
{
	return ((size_t)size + 3) & ~(size_t)3;
}

static const unsigned char *find_in_notes(const char *notes, size_t size, size_t *ret_size)
{
	ElfW(Nhdr) note;

	while (size >= sizeof(note)) {
		size_t name, descriptor;

		memcpy(&note, notes, sizeof(note));
		name = sizeof(note) + aligned(note.n_namesz);
		descriptor = aligned(note.n_descsz);
		if (!is_within(name, descriptor, size))
			return NULL;
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == sizeof(ELF_NOTE_GNU) &&
		    memcmp(notes + sizeof(note), ELF_NOTE_GNU, sizeof(ELF_NOTE_GNU)) == 0 &&
		    note.n_descsz > 0) {
			*ret_size = note.n_descsz;
			return (const unsigned char *)notes + name;
		}
		notes += name + descriptor;
		size -= name + descriptor;
	}
	return NULL;
}

const unsigned char *build_id_find(const char *data, size_t size, size_t *ret_size)
{
	ElfW(Ehdr) header;

	if (size < sizeof(header))
		return NULL;
	memcpy(&header, data, sizeof(header));
	if (memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != OUR_CLASS ||
	    header.e_ident[EI_DATA] != OUR_DATA || header.e_phentsize != sizeof(ElfW(Phdr)) ||
	    !is_within(header.e_phoff, (uint64_t)header.e_phnum * sizeof(ElfW(Phdr)), size))
		return NULL;

	for (size_t i = 0; i < header.e_phnum; i++) {
		const unsigned char *found;
		ElfW(Phdr) segment;

		memcpy(&segment, data + header.e_phoff + i * sizeof(segment), sizeof(segment));
		if (segment.p_type != PT_NOTE ||
		    !is_within(segment.p_offset, segment.p_filesz, size))
			continue;
		found = find_in_notes(data + segment.p_offset, segment.p_filesz, ret_size);
		if (found)
			return found;
	}
	return NULL;
}

bool build_id_same(const char *a, size_t a_size, const char *b, size_t b_size)
{
	size_t m = 0, n = 0;
	const unsigned char *x = build_id_find(a, a_size, &m), *y = build_id_find(b, b_size, &n);

	if (x && y)
		return m == n && memcmp(x, y, n) == 0;
	return a_size == b_size && memcmp(a, b, a_size) == 0;
}
