/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The arguments that every kernel should have. */
#ifndef GPUCLAIM_CTL_ARGUMENTS_WANTED_H
#define GPUCLAIM_CTL_ARGUMENTS_WANTED_H

#include "ctl/arguments/lines.h"
#include "ctl/change/plan.h"

/** kargs_line_is_complete() - has it all of the wanted arguments? 1, 0 or -ENOMEM */
int kargs_line_is_complete(const struct kargs_view *view, const struct boot_line *line);

/**
 * kargs_find_missing() - the wanted arguments that a command line does not have
 * @cmdline:	NULL: it has none
 * @ret:	of KARGS_ALL places
 *
 * Return: 0 or -ENOMEM.
 */
int kargs_find_missing(const struct kargs_view *view, const char *cmdline, struct kargs_wanted *ret,
		       size_t *ret_n) _must_check_;

/** kargs_refuse() - change_plan_refuse(), and at the end what to add by hand */
int kargs_refuse(struct change_plan *plan, const struct kargs_view *view, const char *format,
		 ...) _must_check_ _printf_(3, 4);

#endif
