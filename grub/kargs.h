/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Edits a kernel command line: a string in, a string out. Knows no boot loader's files. Pure. */
#ifndef GPUCLAIM_GRUB_KARGS_H
#define GPUCLAIM_GRUB_KARGS_H

#include <stdbool.h>
#include <stddef.h>

#include "helper/base/util.h"

/**
 * struct kargs_wanted - an argument that should be there: NAME=VALUE
 * @list:	the value is a list of words, such as intel_iommu=on,sm_on: what others
 *		put there is kept
 * @last_wins:	of @value and what is against it the last one on the line holds; otherwise any
 *		that is against it is a conflict
 * @also:	values that say the same as @value, comma separated, or NULL
 *
 * What is against it, kernel_arg_is_against() tells: never changed, always told.
 *
 * Source: intel_iommu_setup() in drivers/iommu/intel/iommu.c, iommu_setup() in
 * arch/x86/kernel/pci-dma.c; both accumulate over repeats.
 */
struct kargs_wanted {
	const char *name, *value;
	bool list, last_wins;
	const char *also;
};

/* intel_iommu=on, iommu=pt, gpuclaim=1; on AMD without the first. */
extern const struct kargs_wanted kargs_all[];
#define KARGS_ALL 3

/* Nothing has to be added for AMD's IOMMU to be on, but it may be off: amd_iommu=off. */
extern const struct kargs_wanted kargs_amd;

/**
 * struct kargs_change - what was done to one argument
 * @was:	its text before, "" if it is new
 * @now:	its text since, as it stands on the line
 */
struct kargs_change {
	char *was, *now; /* owned */
};

struct kargs_changes {
	struct kargs_change *change;
	size_t n;
};

enum kargs_state {
	KARGS_PRESENT,	/* nothing to do */
	KARGS_MISSING,	/* to be added, or merged into another's value */
	KARGS_CONFLICT, /* the line says the opposite: somebody's decision, not ours to change */
};

/** kargs_check() - is the command line one that can be edited? 0, or -EINVAL: a quote is open */
int kargs_check(const char *line) _must_check_;

/** kargs_has_end() - is there a "--"? 1, 0 or -ENOMEM */
int kargs_has_end(const char *line) _must_check_;

/**
 * kargs_state() - how a command line stands to a wanted argument
 * @ret_text:	the argument that decides it, as it stands on the line, to be freed; NULL if
 *		there is none, or if the caller passes NULL
 *
 * Return: a kargs_state, or -ENOMEM.
 */
int kargs_state(const char *line, const struct kargs_wanted *wanted, char **ret_text) _must_check_;

/**
 * kargs_apply() - add what is missing
 * @line:	the command line; all its other bytes stay as they are
 * @ret:	the new one, to be freed
 * @changes:	what was done is appended
 *
 * A new argument follows the last one before "--": what comes after that is init's.
 * Applied twice is applied once.
 *
 * Return: 0, -EINVAL (an open quote), -EEXIST (a conflict) or -ENOMEM; nothing
 * is changed then.
 */
int kargs_apply(const char *line, const struct kargs_wanted *wanted, size_t n_wanted, char **ret,
		struct kargs_changes *changes) _must_check_;

/**
 * kargs_revert() - take changes back, the last one first
 * @ret_gone:	how many could not be found: another hand has changed or removed them
 *
 * Of what kargs_apply() made, with the changes it told, gives what it was made
 * of, byte for byte.
 *
 * Return: 0, -EINVAL (an open quote) or -ENOMEM.
 */
int kargs_revert(const char *line, const struct kargs_changes *changes, char **ret,
		 size_t *ret_gone) _must_check_;

/**
 * kargs_merged() - one argument instead of all of its name, for tools that know no other way
 * @ret_was:	what is there of that name, parted by blanks, "" if nothing; to be freed
 * @ret_now:	NAME=VALUE with all that those said; to be freed
 *
 * Return: 0 or -ENOMEM.
 */
int kargs_merged(const char *line, const struct kargs_wanted *wanted, char **ret_was,
		 char **ret_now) _must_check_;

/** kargs_value() - of the last argument with this name, without its quotes, to be freed; *@ret is
 * NULL where none has a value. Return: 0 or -ENOMEM */
int kargs_value(const char *line, const char *name, char **ret) _must_check_;

/** kargs_without() - the line without the arguments of these names ("BOOT_IMAGE"), to be freed */
char *kargs_without(const char *line, const char *const names[], size_t n);

/** kargs_changes_add() - append a copy, unless the same one is there. Return: 0 or -ENOMEM */
int kargs_changes_add(struct kargs_changes *changes, const char *was, const char *now) _must_check_;
void kargs_changes_free(struct kargs_changes *changes);

#endif
