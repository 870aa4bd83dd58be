/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Claim lines that select no GPU, skip lines that spare none, and why each doesn't. Pure. */
#ifndef GPUCLAIM_CTL_READINESS_IDLE_LINES_H
#define GPUCLAIM_CTL_READINESS_IDLE_LINES_H

#include "helper/claim/assess.h"

#define IDLE_WHY_MAX 256

/**
 * struct idle_line - a claim or skip line of a file, or an element of a kernel argument
 * @rule:	it, of the policy
 * @why:	"vendor and device are swapped: 10de:1c81 is 0000:01:00.0"
 * @misses:	it counts, and no device is at its place, or another one: a matter of its own
 * @no_gpu:	it names a place, counts or not, and none of the GPUs that it means is there
 */
struct idle_line {
	const struct rule *rule;
	char why[IDLE_WHY_MAX];
	bool misses, no_gpu;
};

/**
 * idle_lines_find() - hold each claim line against the GPUs of the machine
 * @ret:	in the policy's order, those that wait for gpuclaim=1 last; owned by the caller
 *
 * Return: 0, or -ENOMEM with @ret untouched.
 */
int idle_lines_find(const struct assessment *assessment, struct idle_line **ret,
		    size_t *ret_n) _must_check_;

/** absent_places_count() - how many claim lines name a place where no device is */
size_t absent_places_count(const struct assessment *assessment);

/**
 * stray_skips_find() - skip lines that name a place where no GPU is that they mean
 * @ret:	in the policy's order; owned by the caller
 *
 * A GPU that has moved, or whose place has another number now, is spared by none of them.
 *
 * Return: 0, or -ENOMEM with @ret untouched.
 */
int stray_skips_find(const struct assessment *assessment, struct idle_line **ret,
		     size_t *ret_n) _must_check_;

/**
 * idle_lines_format() - "/etc/gpuclaim/gpuclaim.conf:2: claim 1c81:10de: WHY; …"
 * @which:	all, those that miss their device, or the others
 *
 * Where it gets long the places alone are told, and at last how many more there are.
 *
 * Return: how many lines there are.
 */
enum idle_kind { IDLE_ALL, IDLE_MISSING, IDLE_OTHERS };
size_t idle_lines_format(const struct idle_line *lines, size_t n, enum idle_kind which, char *buf,
			 size_t size);

/**
 * idle_lines_remedy() - how to correct them: setup's own file is not for people to edit
 * @none:	no other line selects a GPU: that may be right
 */
const char *idle_lines_remedy(const struct idle_line *lines, size_t n, bool none);

#endif
