/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `gpuclaimctl nova` was asked for, and the look at the machine that its actions take. */
#ifndef GPUCLAIM_CTL_NOVA_OPTIONS_H
#define GPUCLAIM_CTL_NOVA_OPTIONS_H

#include "ctl/change/report.h"
#include "ctl/nova/facts.h"
#include "ctl/verb.h"

/** nova_say() - one line on standard error */
void nova_say(const char *format, ...) _printf_(1, 2);

/** nova_cannot() - likewise, about an errno; -EBADMSG is the record's. Return: a refusal, or not */
enum problem nova_cannot(const char *what, int r);

/**
 * nova_lock_failed() - why the lock of an action that has one of its own can't be taken
 * @ret:	one sentence, to be freed; NULL: no memory
 */
enum exit_code nova_lock_failed(const char *action, int r, char **ret);

/**
 * nova_options_parse() - --release, --placement, --shared-groups and --alias
 * @options:	in: how the drop-in that is there was made, which stays where nothing else is
 *		given; out: the same with what is given. @release 0: the installed Nova's
 *
 * Return: 0, or -EINVAL having told why.
 */
int nova_options_parse(const struct invocation *invocation,
		       struct nova_options *options) _must_check_;

#endif
