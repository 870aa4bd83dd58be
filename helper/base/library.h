/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Libraries that few runs need: opened by those, linked by none. */
#ifndef GPUCLAIM_HELPER_BASE_LIBRARY_H
#define GPUCLAIM_HELPER_BASE_LIBRARY_H

#include <stddef.h>
#include <stdint.h>

#include "helper/base/util.h"

/** struct symbol - a function of a library; @to: the address of a pointer to it */
struct symbol {
	const char *name;
	void *to;
};

/**
 * library_open() - open a library and find its functions
 * @names:	its sonames, the first that is there counts; ends with NULL
 *
 * It stays open until the program ends, as libraries with threads and destructors want it.
 *
 * Return: 0, or -ENOPKG.
 */
int library_open(const char *const *names, const struct symbol *symbol, size_t n) _must_check_;

/**
 * LIBRARY_NOTE() - tell packagers of a library that the program opens and does not link
 * @feature, @description: what it is for
 * @priority:	"required", "recommended" or "suggested"
 * @soname:	"libkmod.so.2"
 *
 * Source: the ELF dlopen metadata specification, https://systemd.io/ELF_DLOPEN_METADATA/: a note
 * of the owner "FDO" and the type 0x407c0c0a, whose text is JSON.
 */
#define LIBRARY_NOTE_TEXT(feature, description, priority, soname)      \
	"[{\"feature\":\"" feature "\",\"description\":\"" description \
	"\",\"priority\":\"" priority "\",\"soname\":[\"" soname "\"]}]"
#define LIBRARY_NOTE(...) LIBRARY_NOTE_OF(LIBRARY_NOTE_TEXT(__VA_ARGS__))
#define LIBRARY_NOTE_OF(words)                                                           \
	__attribute__((used, aligned(4), section(".note.dlopen"))) static const struct { \
		uint32_t owner_size, text_size, type;                                    \
		char owner[4];                                                           \
		_Alignas(uint32_t) char text[sizeof(words)];                             \
	} library_note = {4, sizeof(words), 0x407c0c0a, "FDO", words}

#endif
