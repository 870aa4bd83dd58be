/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Boot Loader Specification entries (UAPI.1): their options, read and edited. Pure. */
#ifndef GPUCLAIM_GRUB_BLS_H
#define GPUCLAIM_GRUB_BLS_H

#include "grub/kargs.h"
#include "helper/base/text.h"

/**
 * bls_field() - the value of the first line with this key, to be freed
 *
 * Return: 0, -ENOENT or -ENOMEM.
 */
int bls_field(const char *text, const char *key, char **ret) _must_check_;

/** bls_set_field() - give that line another value. Return: as bls_field() */
int bls_set_field(const char *text, const char *key, const char *value, char **ret) _must_check_;

/**
 * bls_options() - what all "options" lines together say, to be freed
 * @ret_line:	the line of the first one, 0 if there is none; may be NULL
 *
 * Variables such as $kernelopts and $tuned_params stay as they stand.
 *
 * Return: 0 or -ENOMEM.
 */
int bls_options(const char *text, char **ret, unsigned *ret_line) _must_check_;

/**
 * bls_grub_trouble() - why GRUB does not start the entry's kernel with what bls_options() tells
 *
 * What an entry without options gets is in grub.cfg.
 *
 * Source: read_entry() and create_entry() in grub-core/commands/blscfg.c (rhboot/grub2), and
 * grub_file_getline(), which leaves carriage returns out.
 *
 * Return: a constant; NULL: it does.
 */
const char *bls_grub_trouble(const char *text);

/**
 * bls_apply() - kargs_apply() on the options of an entry
 *
 * A value is merged where it stands, a new argument goes to the first line: GRUB reads no
 * other. No other byte is changed.
 *
 * Return: as kargs_apply(); -EINVAL too where a "--" on one line makes the next ones
 * init's; -ENOENT if the entry has no options.
 */
int bls_apply(const char *text, const struct kargs_wanted *wanted, size_t n_wanted, char **ret,
	      struct kargs_changes *changes) _must_check_;

/**
 * bls_disarm() - a rescue entry never claims
 * @block:	GRUB's environment block, as it will be; NULL: there is none
 * @changes:	gpuclaim=1, as it stands where it is taken out: it came from a template that has it
 *		from us; and gpuclaim=0, which is added where the block's variables say the other
 *
 * Return: as bls_apply().
 */
int bls_disarm(const char *text, const char *block, char **ret,
	       struct kargs_changes *changes) _must_check_;

/** bls_revert() - kargs_revert() on all options lines of an entry. Return: as kargs_revert() */
int bls_revert(const char *text, const struct kargs_changes *changes, char **ret,
	       size_t *ret_gone) _must_check_;

#endif
