/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What sourcing /etc/default/grub makes of its variables. Pure. */
#ifndef GPUCLAIM_GRUB_GRUB_EVALUATE_H
#define GPUCLAIM_GRUB_GRUB_EVALUATE_H

#include <stdbool.h>

#include "helper/base/text.h"

/** struct grub_variable - one of the others; @value is NULL where only a shell can tell it; owned
 */
struct grub_variable {
	char *name, *value;
};

/**
 * struct grub_variables - all of them, as far as they can be followed
 * @linux_, @default_:	values, owned; NULL while never assigned
 * @other, @n_other:	owned
 * @unknown:	of those two something was met that only a shell can know; where is in @error
 */
struct grub_variables {
	char *linux_, *default_;
	struct grub_variable *other;
	size_t n_other;
	bool unknown;
	struct text_error error;
};

/**
 * grub_default_evaluate() - what a file makes of its variables
 * @vars:	what they were before; taken over, as sourcing takes it
 *
 * Follows plain assignments, "+=" and expansions: $NAME, ${NAME}, ${NAME:+words}, ${NAME:-words}
 * and these without the colon, of variables that the file assigns and of GRUB's own, which are
 * nowhere else. Of what else touches a variable it says that only a shell can tell.
 *
 * Return: 0 or -ENOMEM.
 */
int grub_default_evaluate(const char *text, struct grub_variables *vars) _must_check_;

/**
 * grub_variable() - the value of another variable than the two
 * @ret:	stays @vars'; NULL: never assigned
 *
 * Return: 0, or -EINVAL: only a shell can tell.
 */
int grub_variable(const struct grub_variables *vars, const char *name,
		  const char **ret) _must_check_;

/**
 * grub_variables_join() - the two in one line, as GRUB's scripts put them together
 *
 * Source: util/grub.d/10_linux; update_bls_cmdline() in that of Red Hat's GRUB.
 *
 * Return: 0 or -ENOMEM.
 */
int grub_variables_join(const struct grub_variables *vars, char **ret) _must_check_;
void grub_variables_free(struct grub_variables *vars);

#endif
