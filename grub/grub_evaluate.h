/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What sourcing /etc/default/grub makes of the two variables of arguments. Pure. */
#ifndef GPUCLAIM_GRUB_GRUB_EVALUATE_H
#define GPUCLAIM_GRUB_GRUB_EVALUATE_H

#include <stdbool.h>

#include "helper/base/text.h"

/**
 * struct grub_variables - the two that matter, as far as they can be followed
 * @linux_, @default_:	values, owned; NULL while never assigned
 * @unknown:	something was met that only a shell can know; where is in @error
 */
struct grub_variables {
	char *linux_, *default_;
	bool unknown;
	struct text_error error;
};

/**
 * grub_default_evaluate() - what a file makes of the two variables
 * @vars:	what they were before; taken over, as sourcing takes it
 *
 * Follows plain assignments, "+=" and expansions of the two variables themselves. Anything
 * else that touches them sets @unknown.
 *
 * Return: 0 or -ENOMEM.
 */
int grub_default_evaluate(const char *text, struct grub_variables *vars) _must_check_;
void grub_variables_free(struct grub_variables *vars);

#define _cleanup_grub_variables_ __attribute__((cleanup(grub_variables_free)))

#endif
