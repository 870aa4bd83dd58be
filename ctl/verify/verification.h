/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `gpuclaimctl nova verify` looks at, and what it thinks of it. */
#ifndef GPUCLAIM_CTL_VERIFY_VERIFICATION_H
#define GPUCLAIM_CTL_VERIFY_VERIFICATION_H

#include "ctl/node/node.h"
#include "ctl/verify/node.h"

/* Everything that was read, and what is thought of it. */
struct verification {
	struct node node;
	struct readiness readiness;
	struct nova_node nova;
	struct verify_facts facts;
	struct nova_judgement judgement;
};

/**
 * verification_read() - read and judge
 * @release:	0: that of the installed Nova, else the newest
 * @ret:	must stay where it is; free with verification_free()
 *
 * Return: 0, or a negative errno.
 */
int verification_read(const struct root *root, unsigned release,
		      struct verification *ret) _must_check_;
void verification_free(struct verification *v);

#endif
