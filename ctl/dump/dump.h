/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A machine's facts as text that tests/fixtures/expand.py makes a tree of again. */
#ifndef GPUCLAIM_CTL_DUMP_DUMP_H
#define GPUCLAIM_CTL_DUMP_DUMP_H

#include <stdio.h>

#include "helper/machine/modalias.h"
#include "helper/machine/scan.h"

/* What the dump has instead of the boot's own ID, which would tell one machine from another. */
#define DUMP_BOOT_ID "00000000-0000-4000-8000-000000000000"

/**
 * struct dump - a dump while it is written
 * @module:	names of modules that matter: they match a function, or have one; owned
 */
struct dump {
	const struct root *root;
	FILE *to;
	struct machine machine;
	struct alias_match *module;
	size_t n_modules;
};

/* dump_text.c: one statement each. A path with blanks or other odd bytes is told and left out. */

/** dump_file() - a file and its content: lines as they are, or one value with escapes */
void dump_file(struct dump *dump, const char *path, const char *text, size_t size);
void dump_folder(struct dump *dump, const char *path);
void dump_link(struct dump *dump, const char *path, const char *target);

/* The same for what is in the root; nothing where it isn't there. */
void dump_copy(struct dump *dump, const char *path);
void dump_copy_link(struct dump *dump, const char *path);
void dump_copy_existence(struct dump *dump, const char *path);

/** dump_devices() - the PCI functions, their groups and drivers. Return: 0 or -ENOMEM */
int dump_devices(struct dump *dump) _must_check_;

/** dump_modules() - what modules match or drive them. Return: 0 or -ENOMEM */
int dump_modules(struct dump *dump) _must_check_;

/** dump_system() - IOMMU, kernel arguments, configuration, record. Return: 0 or -ENOMEM */
int dump_system(struct dump *dump) _must_check_;

#endif
