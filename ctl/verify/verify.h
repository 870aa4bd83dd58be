/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `gpuclaimctl nova verify`: what it looks at, and the two ways to print what it found. */
#ifndef GPUCLAIM_CTL_VERIFY_VERIFY_H
#define GPUCLAIM_CTL_VERIFY_VERIFY_H

#include <stdio.h>

#include "ctl/readiness/node.h"
#include "ctl/verify/node.h"

/* Everything that was read, and what is thought of it. */
struct nova_look {
	struct node node;
	struct readiness readiness;
	struct nova_node nova;
	struct nova_situation situation;
	struct nova_judgement judgement;
};

/**
 * nova_look() - read and judge
 * @release:	0: that of the installed Nova, else the newest
 * @ret:	must stay where it is; free with nova_look_free()
 *
 * Return: 0, or a negative errno.
 */
int nova_look(const struct root *root, unsigned release, struct nova_look *ret) _must_check_;
void nova_look_free(struct nova_look *look);

#define _cleanup_nova_look_ __attribute__((cleanup(nova_look_free)))

/* Return: 0, or -ENOMEM. @verbose: findings that pass are told, too. */
int nova_verify_print_text(const struct nova_look *look, bool verbose, FILE *to) _must_check_;
int nova_verify_print_json(const struct nova_look *look, FILE *to) _must_check_;

#endif
