/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ways to print what `gpuclaimctl status` found. */
#ifndef GPUCLAIMCTL_STATUS_H
#define GPUCLAIMCTL_STATUS_H

#include <stdio.h>

#include "gather.h"

struct status {
	const struct root *root;
	struct gathered gathered;
	struct readiness readiness;
};

/* Return: 0, or -ENOMEM. @verbose: checks that pass are told, too. */
int status_print_text(const struct status *status, bool verbose, FILE *to) _must_check_;
int status_print_json(const struct status *status, FILE *to) _must_check_;
int status_print_prometheus(const struct status *status, FILE *to) _must_check_;

#endif
