/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gpuclaim's words on the running kernel's command line. Pure. */
#ifndef GPUCLAIM_HELPER_POLICY_CMDLINE_H
#define GPUCLAIM_HELPER_POLICY_CMDLINE_H

#include "helper/policy/rule.h"
#include "helper/policy/setting.h"

/**
 * cmdline_next() - the next parameter, as the kernel splits them
 * @cursor:	where to go on; advanced
 * @name:	set to a copy of the name, @value to its value or NULL if it has
 *		none, both inside @buf
 * @buf:	at least as long as the rest of the text and its NUL
 *
 * Blanks separate; '"' protects blanks and may wrap the whole parameter; the
 * value keeps its '='. Ends at a "--": the rest is init's.
 *
 * Source: next_arg() in lib/cmdline.c, parse_args() in kernel/params.c.
 *
 * Return: true, or false at the end.
 */
bool cmdline_next(const char **cursor, char *buf, const char **name, const char **value);

struct cmdline_error {
	char parameter[32]; /* "gpuclaim.ids", cut to fit */
	char element[48];   /* the bad element, cut to fit; printable ASCII, as @parameter */
	const char *what;   /* what was expected, a string constant */
	const char *until;  /* what holds until it is corrected, likewise */
};

/**
 * struct cmdline - what the command line says to gpuclaim
 * @off:	gpuclaim=0, no, off or false (any one of them is enough), or a value
 *		that can't be understood
 * @off_initramfs: likewise rd.gpuclaim=
 * @rescue:	BOOT_IMAGE= names a kernel that dracut installed for rescue: such a boot never
 * claims, whatever a later tool has put into its entry
 * @armed:	gpuclaim=1, yes, on or true, or no value at all
 * @trial:	gpuclaim.trial=1: a boot to try these arguments. It decides nothing; "gpuclaimctl
 *		commit" looks for it
 * @rules:	from gpuclaim.ids=, .addresses= and .skip=, owned; their source
 *		is the constant "kernel command line"
 * @settings, @has: from gpuclaim.<setting>=; a bad value counts as the most
 *		careful one (boot-vga=refuse, rebind=no, arm=karg,
 *		isolation=require, else the default)
 * @claims_void: a bad element in gpuclaim.skip=, or an unknown gpuclaim…= that may
 *		have been meant for it: nothing may be claimed, since what
 *		should be spared is not known
 * @errors:	owned, one for each bad parameter
 */
struct cmdline {
	bool off, off_initramfs, rescue, armed, trial, claims_void;
	struct rule *rules;
	size_t n_rules;
	struct settings settings;
	unsigned has;
	struct cmdline_error *errors;
	size_t n_errors;
};

/**
 * cmdline_parse() - read a command line
 *
 * Source: of the kernel's name: 51-dracut-rescue.install, "vmlinuz-0-rescue-MACHINE-ID", and
 * "MACHINE-ID/0-rescue/linux".
 *
 * A bad element voids its whole parameter; what else is said still holds.
 * Repeated lists add up, repeated settings: the last wins.
 *
 * Return: 0 (look at ret->n_errors), or -ENOMEM with @ret untouched.
 * Free with cmdline_free().
 */
int cmdline_parse(const char *text, struct cmdline *ret) _must_check_;
void cmdline_free(struct cmdline *cmdline);

#endif
