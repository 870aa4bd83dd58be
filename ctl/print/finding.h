/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers of a judgement that is no list of fixed checks: one id may have several, or none. */
#ifndef GPUCLAIM_CTL_PRINT_FINDING_H
#define GPUCLAIM_CTL_PRINT_FINDING_H

#include "ctl/readiness/readiness.h"

/**
 * struct finding - one answer
 * @id:		stable: other programs look for it
 * @message, @remedy: owned; @remedy is NULL where nothing is to be done
 */
struct finding {
	enum check_state state;
	const char *id;
	char *message, *remedy;
};

struct findings {
	struct finding *finding; /* owned */
	size_t n;
};

/** findings_add() - append one; @remedy may be NULL. Return: 0 or -ENOMEM */
int findings_add(struct findings *findings, enum check_state state, const char *id,
		 const char *remedy, const char *format, ...) _must_check_ _printf_(5, 6);
void findings_free(struct findings *findings);

#define _cleanup_findings_ __attribute__((cleanup(findings_free)))

/** findings_failed() - the first that fails, or NULL */
const struct finding *findings_failed(const struct findings *findings);

#endif
