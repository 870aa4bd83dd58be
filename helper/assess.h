/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a file system to verdicts: policy, facts and decision in one go. Changes nothing. */
#ifndef GPUCLAIM_ASSESS_H
#define GPUCLAIM_ASSESS_H

#include "claim.h"

struct assessment {
	struct policy policy;
	struct machine machine;
	struct units units;
	struct decision decision;
};

/**
 * assess() - read policy and machine below @root, and decide
 * @ret:	free with assessment_free(); untouched on failure. For CLAIM_UDEV it
 *		holds no machine where no rule claims anything.
 *
 * Return: 0, or a negative errno.
 */
int assess(const struct root *root, enum claim_mode mode, struct assessment *ret) _must_check_;
void assessment_free(struct assessment *assessment);

#endif
