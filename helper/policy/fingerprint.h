/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A short name for what a configuration means. Pure. */
#ifndef GPUCLAIM_HELPER_POLICY_FINGERPRINT_H
#define GPUCLAIM_HELPER_POLICY_FINGERPRINT_H

#include "helper/policy/rule.h"
#include "helper/policy/setting.h"

#define FINGERPRINT_MAX 17 /* 16 hex digits and a NUL */

/**
 * fingerprint() - the same for two configurations that mean the same
 * @voided:	a broken file voided the claims
 *
 * The rules' order, repeats and sources don't count, nor how they were written.
 * FNV-1a, 64 bits: it tells configurations apart, it proves nothing.
 *
 * Source: Fowler, Noll and Vo, draft-eastlake-fnv.
 *
 * Return: 0, or -ENOMEM with @buf untouched.
 */
int fingerprint(const struct rule *rules, size_t n, const struct settings *settings, bool voided,
		char buf[static FINGERPRINT_MAX]) _must_check_;

/** fingerprint_text() - the same hash, of a text as it stands. Return: @buf */
const char *fingerprint_text(const char *text, char buf[static FINGERPRINT_MAX]);

#endif
