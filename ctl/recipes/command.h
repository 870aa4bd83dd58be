/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The simple commands of a shell's line. Pure. */
#ifndef GPUCLAIM_CTL_RECIPES_COMMAND_H
#define GPUCLAIM_CTL_RECIPES_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct command_text - a line while it is read
 * @at:		what is left of it
 * @room:	for its words: twice the line's length and two bytes more; the caller's
 * @depth:	how many "(" are open, those of earlier lines, too
 * @bad:	set where it has more than is understood: a here-document, a text of several lines
 */
struct command_text {
	const char *at;
	char *room;
	unsigned depth;
	bool bad;
};

/**
 * struct command - one of them
 * @word:	without quotes; "$NAME", "${NAME}" and "$(…)" as they stand; in the room
 * @to:		what a redirection writes to, or NULL
 * @pattern:	it is no command: a pattern of "case", which ends with ")"
 * @defines:	nor is it one: the name of a function, "name()"
 */
#define COMMAND_WORDS_MAX 64
struct command {
	char *word[COMMAND_WORDS_MAX];
	size_t n;
	const char *to;
	bool pattern, defines;
};

/** command_next() - the next one. Return: false: there is none */
bool command_next(struct command_text *text, struct command *ret);

#endif
