/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What takes long: a line that lives at a terminal, whole lines in a log. */
#ifndef GPUCLAIM_CTL_PRINT_PROGRESS_H
#define GPUCLAIM_CTL_PRINT_PROGRESS_H

#include <stdio.h>
#include <time.h>

#include "helper/base/util.h"

/**
 * struct progress - one thing that takes long
 * @title:	what it is, in words that stay while it lasts
 * @width:	the terminal's columns; 0: @to is no terminal, and no line is written over
 * @said:	the last line that was heard of it
 */
#define PROGRESS_SAID_MAX 256
#define PROGRESS_LINE_MAX 512
struct progress {
	FILE *to;
	const char *title;
	size_t width;
	struct timespec begin;
	char said[PROGRESS_SAID_MAX];
};

/** progress_begin() - say that it begins: "TITLE ..."; at a terminal the line is written over */
struct progress progress_begin(FILE *to, const char *title);

/** progress_tell() - it said @line, or NULL: a second passed. For struct exec_watch; @context is
 * the struct progress. Says nothing in a log */
void progress_tell(void *context, const char *line);

/** progress_end() - say how it ended: "TITLE ... RESULT", at a terminal with the time it took */
void progress_end(struct progress *progress, const char *result);

/** progress_format() - the line of a terminal, cut to @width - 1 columns; what is not ASCII becomes
 * "?". Pure. @text has PROGRESS_LINE_MAX bytes */
const char *progress_format(const struct progress *progress, long seconds, char *text);

#endif
