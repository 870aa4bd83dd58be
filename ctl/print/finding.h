/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a judgement found: of a fixed list of checks one answer each, of others several or none. */
#ifndef GPUCLAIM_CTL_PRINT_FINDING_H
#define GPUCLAIM_CTL_PRINT_FINDING_H

#include <stddef.h>

#include "helper/base/util.h"

enum check_state {
	STATE_PASS,
	STATE_WARN,
	STATE_FAIL,
	STATE_SKIP,
};

/** check_state_name() - "pass", "warn", "fail", "skip" */
const char *check_state_name(enum check_state state);

#define MESSAGE_MAX 1024
#define REMEDY_MAX  256

/* @id: stable: other programs look for it */
struct check {
	const char *id;
	enum check_state state;
	char message[MESSAGE_MAX];
	char remedy[REMEDY_MAX]; /* "" for none */
};

/** check_say() - store a check's result; @remedy may be NULL */
void check_say(struct check *check, enum check_state state, const char *remedy, const char *format,
	       ...) _printf_(4, 5);

/** check_more() - " (and N more)" for @n above 1, in @buf; else "" */
#define MORE_MAX 40
const char *check_more(size_t n, char buf[static MORE_MAX]);

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

/** findings_add() - append one, but for what is there; @remedy may be NULL. Return: 0 or -ENOMEM */
int findings_add(struct findings *findings, enum check_state state, const char *id,
		 const char *remedy, const char *format, ...) _must_check_ _printf_(5, 6);
void findings_free(struct findings *findings);

/** findings_failed() - the first that fails, or NULL */
const struct finding *findings_failed(const struct findings *findings);

#endif
