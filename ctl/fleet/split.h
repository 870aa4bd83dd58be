/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A stream of JSON texts, cut into one after the other. Pure. */
#ifndef GPUCLAIM_CTL_FLEET_SPLIT_H
#define GPUCLAIM_CTL_FLEET_SPLIT_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/base/text_buffer.h"

/* A node with a thousand functions has less than a quarter of this to say. */
#define SPLIT_TEXT_MAX (4u << 20)

enum split_found {
	SPLIT_NOTHING, /* all bytes are taken, and no text has ended */
	SPLIT_TEXT,    /* one has: split_text() */
	SPLIT_BROKEN,  /* what began is no JSON, is cut, or is longer than SPLIT_TEXT_MAX */
};

/**
 * struct split - where it stands; begins as {.line = 1, .at_line_start = true}
 * @text:	what has come of the text that began
 * @arrays:	for each level that is open whether it is an array, the innermost first
 * @depth:	how many are open
 * @last:	the last byte that is no blank, in no string
 * @line:	of the next byte, @first: where the text began that was found
 * @skipping:	up to a line that begins with "{"
 */
struct split {
	struct text_buffer text;
	uint64_t arrays;
	unsigned depth;
	char last;
	size_t line, first;
	bool in_string, escaped, skipping, at_line_start;
};

/**
 * split_take() - go on with the next bytes
 * @taken:	how many of them are behind it: the others are for the next call
 *
 * A text that is cut ends where the next one begins: at a "{" where none may stand, or in a string
 * at a line's end. Only that one is lost, unless it is cut in a list, which is lost with the next.
 */
enum split_found split_take(struct split *split, const char *bytes, size_t n, size_t *taken);

/** split_end() - the stream has ended. Return: SPLIT_BROKEN if a text had begun, else
 * SPLIT_NOTHING */
enum split_found split_end(struct split *split);

/** split_text() - what was found, to be freed; NULL: no memory */
char *split_text(struct split *split) _must_check_;

void split_free(struct split *split);

#endif
