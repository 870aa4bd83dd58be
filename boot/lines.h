/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel command lines of a machine, as the readers of the boot loaders' files tell them. */
#ifndef GPUCLAIM_BOOT_LINES_H
#define GPUCLAIM_BOOT_LINES_H

#include <stdbool.h>

#include "helper/base/text.h"

enum boot_kind {
	BOOT_RUNNING, /* /proc/cmdline */
	BOOT_NEXT,    /* the entry that the boot loader will choose; under a trial: after it */
	BOOT_TRIAL,   /* our own entry, which it will choose once, before that */
	BOOT_KERNEL,  /* an installed kernel */
	BOOT_NEW,     /* what a kernel installed tomorrow would get */
	_BOOT_COUNT,
};

/**
 * struct boot_line - one command line
 * @name:	the kernel's release, or the entry's title; owned
 * @cmdline:	owned; NULL if it can't be told
 * @source:	the file, with a leading slash, owned; @line in it, 0: the whole file
 * @entry:	the entry's file, relative to the root, and @text, what it holds, owned; NULL where
 *		there is none
 * @kernel:	the path of the kernel as the boot loader names it, owned; or NULL
 * @why:	why @cmdline is not known, a constant; else NULL
 * @unseen:	@cmdline is not known because nobody could look: nothing speaks against it
 * @recovery:	a rescue or recovery entry: it should not have our arguments
 * @foreign:	another system's, or one that nobody makes of this system's arguments
 */
struct boot_line {
	enum boot_kind kind;
	char *name, *cmdline, *source, *entry, *text, *kernel;
	unsigned line;
	const char *why;
	bool unseen, recovery, foreign;
};

/** struct boot_source - a file that grub.cfg is made from; @text is NULL where it is not there */
struct boot_source {
	char *path, *text; /* owned */
};

/** struct boot_sources - all of them, in the order in which they are read */
struct boot_sources {
	struct boot_source *source;
	size_t n;
};

/**
 * struct boot_lines - what was read
 * @sources:	what grub.cfg is made from; none where it isn't made from etc/default/grub
 * @config:	grub.cfg, owned; NULL where no line comes from it
 */
struct boot_lines {
	struct boot_line *line;
	size_t n;
	struct boot_sources sources;
	char *config;
};

/** boot_kind_name() - "running", "next", "kernel", "new" */
const char *boot_kind_name(enum boot_kind kind);

void boot_line_free(struct boot_line *line);
void boot_lines_free(struct boot_lines *lines);

/**
 * boot_add() - append one line
 * @line:	what is not NULL is copied; @line->source without its leading slash
 *
 * Return: 0 or -ENOMEM.
 */
int boot_add(struct boot_lines *lines, const struct boot_line *line) _must_check_;

/** boot_release() - of a kernel's path: "/vmlinuz-6.1.0-28-amd64" is of 6.1.0-28-amd64 */
const char *boot_release(const char *kernel);

/** boot_line_is_of() - does it start the kernel of this release? Pure */
bool boot_line_is_of(const struct boot_line *line, const char *release);

/**
 * boot_values_differ() - do two kernel command lines say two things that can't be one?
 * @name:	"root", or "rootflags", whose values name a file system or a part of it
 *
 * The same tag, and another value: a UUID and a path in /dev may be two names of one. So may two
 * paths in /dev, but not in /dev/mapper.
 *
 * Return: 1, 0: no, or it can't be told; or -ENOMEM.
 */
int boot_values_differ(const char *a, const char *b, const char *name) _must_check_;

#endif
