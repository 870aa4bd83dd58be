/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An entry that boots once: made from the entry that boots always. Text in, text out; pure. */
#ifndef GPUCLAIM_GRUB_GRUB_TRIAL_H
#define GPUCLAIM_GRUB_GRUB_TRIAL_H

#include "grub/grub_cfg.h"
#include "grub/kargs.h"

/* The menu entry's ID in GRUB's own configuration. */
#define TRIAL_ID "gpuclaim-trial"

/*
 * What an entry's name of the Boot Loader Specification ends with. The tilde sorts it right
 * behind the entry it is made from; with a '-' in it Red Hat's GRUB would take more of the
 * name for the package's, and sort it first.
 *
 * Source: split_package_string() and vercmp() in grub-core/commands/blscfg.c (rhboot/grub2),
 * strverscmp_improved() in systemd's src/fundamental/string-util-fundamental.c.
 */
#define TRIAL_SUFFIX "~gpuclaim_trial"

/* Marks the boot: the helper passes over it, "gpuclaimctl commit" looks for it. */
#define TRIAL_KARG "gpuclaim.trial"

/*
 * What a trial has besides the wanted arguments: the mark, and what makes a boot that fails
 * end in a reset instead of a console that waits for somebody.
 *
 * Source: kernel/panic.c; initramfs-tools(7), panic; dracut.cmdline(7), rd.shell, rd.emergency.
 */
extern const struct kargs_wanted trial_kargs[];
#define TRIAL_KARGS 4

/** trial_is_id() - is what a boot loader is told to start ours? With ".conf" or without */
bool trial_is_id(const char *id);

/** trial_is_running() - does the command line have the mark? 1, 0 or -ENOMEM */
int trial_is_running(const char *cmdline) _must_check_;

/**
 * trial_without() - a command line without a trial's own arguments, to be freed; or NULL
 *
 * One without the mark is only copied.
 */
char *trial_without(const char *cmdline);

/**
 * grub_trial_entry() - GRUB's menu entry for the trial
 * @config:	grub.cfg
 * @entry:	the one that it is made from, of grub_cfg_parse(@config)
 * @ret:	the new one, with a newline at its end, to be freed
 * @why:	of -EINVAL, a constant
 *
 * Title, ID and the arguments of the kernel are others. "savedefault" is left out: who picks
 * the trial from the menu must not make it the default. All other bytes are the same: a user's
 * password options, modules, how the disk is found.
 *
 * Return: 0, -EINVAL (the entry is not one that can be copied), -EEXIST (an argument says the
 * opposite) or -ENOMEM.
 */
int grub_trial_entry(const char *config, const struct grub_entry *entry,
		     const struct kargs_wanted *wanted, size_t n_wanted, char **ret,
		     const char **why) _must_check_;

/**
 * grub_trial_add() - put an entry into custom.cfg, between marks, in the place of an older one
 * @custom:	the file, NULL: there is none
 *
 * Return: 0, -EINVAL (marks that are not one pair, or the file ends within a quote or a
 * block), or -ENOMEM.
 */
int grub_trial_add(const char *custom, const char *entry, char **ret) _must_check_;

/**
 * grub_trial_remove() - custom.cfg without the marks and what is between them, to be freed
 * @ret_found:	was it there?
 *
 * Return: 0, -EINVAL (marks that are not one pair) or -ENOMEM.
 */
int grub_trial_remove(const char *custom, char **ret, bool *ret_found) _must_check_;

/**
 * bls_trial_entry() - an entry of the Boot Loader Specification for the trial
 * @text:	the entry that it is made from
 * @kernelopts:	what stands for $kernelopts in its options, or NULL: that stays
 *
 * Return: as bls_apply().
 */
int bls_trial_entry(const char *text, const char *kernelopts, const struct kargs_wanted *wanted,
		    size_t n_wanted, char **ret) _must_check_;

#endif
