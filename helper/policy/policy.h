/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is wanted: configuration files and kernel command line, put together. */
#ifndef GPUCLAIM_HELPER_POLICY_POLICY_H
#define GPUCLAIM_HELPER_POLICY_POLICY_H

#include "helper/base/root.h"
#include "helper/policy/cmdline.h"
#include "helper/policy/kernel_args.h"

/* A file of the effective set. */
struct config_file {
	char *path;   /* relative to the root; owned */
	char *error;  /* its errors as in struct policy, a line each, or NULL; owned */
	bool masked;  /* empty, or a link to /dev/null: holds nothing, is no error */
	unsigned has; /* which settings it states, bits (1u << enum setting) */
};

/* Why nothing is to be done at all. */
enum switch_off {
	SWITCHED_ON,
	SWITCHED_OFF_KARG,	   /* gpuclaim=0 */
	SWITCHED_OFF_INITRAMFS,	   /* rd.gpuclaim=0, and this is the initramfs */
	SWITCHED_OFF_RESCUE,	   /* BOOT_IMAGE= names a rescue kernel */
	SWITCHED_OFF_CRASH_KERNEL, /* /proc/vmcore is there */
};

/**
 * struct policy - everything that was asked for
 * @args:	what the running kernel's arguments say besides
 * @rules:	skip rules of all sources and the claim rules that count; owned
 * @disarmed:	claim rules of files that don't count for want of gpuclaim=1
 *		(set arm=karg); owned
 * @settings:	in force: the command line's beat the files'
 * @fallback:	what would be without the files' settings: see policy_void()
 * @errors:	one sentence each (of a file CONFIG_ERRORS_MAX at most, and how many more), with
 *		file:line:column or the kernel argument, what was found and what was expected; what
 *		to do is policy_remedy(), once for all of them; owned
 * @warnings:	likewise, but nothing is voided ("identity not checked")
 * @valid:	no errors
 * @files_void:	some are in files: no claim line of any file counts
 * @hash:	of the rules and settings the files give, 16 hex digits: two
 *		configurations that mean the same have the same; comments and
 *		layout don't count
 */
struct policy {
	enum switch_off off;
	bool initramfs; /* see policy_is_initramfs() */
	bool trial;	/* gpuclaim.trial=1: this boot tries its kernel arguments */
	struct kernel_args args;
	struct rule *rules;
	size_t n_rules;
	struct rule *disarmed;
	size_t n_disarmed;
	struct settings settings, fallback;
	char **errors, **warnings;
	size_t n_errors, n_warnings;
	struct config_file *files;
	size_t n_files;
	bool valid, files_void;
	char hash[17];
};

/**
 * policy_read() - read all files and the command line below @root
 * @ret:	free with policy_free(); untouched on failure
 *
 * Files: /etc/gpuclaim, /run/gpuclaim and /usr/lib/gpuclaim, layered and masked
 * as UAPI.6 says (uapi-group.org/specifications, Configuration Files
 * Specification): the main file from the highest of them that has one, then
 * the drop-ins of gpuclaim.conf.d, sorted by name, a name in a higher folder
 * replacing the same name in a lower one.
 *
 * A broken file (syntax, unknown word, unreadable, not a regular file, not
 * owned by root, writable by others, over 1 MiB), or a folder of them that
 * others than root may write, voids the claim rules of all files and sets
 * every setting to its default; skip rules that parse still hold, and so do
 * the command line's own. An error anywhere makes it claim less, never more.
 *
 * Return: 0, or -ENOMEM. Broken files are no failure.
 */
int policy_read(const struct root *root, struct policy *ret) _must_check_;

/**
 * policy_read_as() - what they will be at the next boot, once setup has done its work
 * @drop_in:	the name of a drop-in below /etc, "60-setup.conf"
 * @text:	what it will hold
 *
 * gpuclaim=1 will be on the kernel command line, and nothing switches off there.
 */
int policy_read_as(const struct root *root, const char *drop_in, const char *text,
		   struct policy *ret) _must_check_;

/** policy_read_with() - policy_read() with other kernel arguments than the running kernel's */
int policy_read_with(const struct root *root, const char *cmdline, struct policy *ret) _must_check_;

/**
 * policy_void() - an error that shows only with the machine at hand
 * @rule:	the line that is wrong
 * @format:	what is wrong, and what to correct
 *
 * As with a broken file no claim line of any file counts, and every setting of files is at its
 * default. The hash stays: it is of the text.
 *
 * Return: 0, or -ENOMEM.
 */
int policy_void(struct policy *policy, const struct rule *rule, const char *format,
		...) _must_check_ _printf_(3, 4);

/** policy_errors() - all of @policy->errors, a line each, to be freed; NULL: no memory */
char *policy_errors(const struct policy *policy);

/** policy_remedy() - what to do about @policy->errors, to be told once, after them. Pure */
const char *policy_remedy(const struct policy *policy);

/**
 * policy_is_initramfs() - is this file system an initramfs?
 *
 * dracut's images have an initrd-release in /usr/lib, and in /etc too where
 * they hold systemd; in those of initramfs-tools our hook makes the former.
 *
 * Source: initrd-release(5).
 */
bool policy_is_initramfs(const struct root *root);
void policy_free(struct policy *policy);

#endif
