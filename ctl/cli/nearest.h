/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Of the words that could have been meant, the one that is most like what was typed. */
#ifndef GPUCLAIM_CTL_CLI_NEAREST_H
#define GPUCLAIM_CTL_CLI_NEAREST_H

/**
 * struct nearest - what was found so far
 * @word:	what was typed
 * @found:	the nearest of the words that were tried; NULL: none is near
 * @distance:	of @found
 */
struct nearest {
	const char *word, *found;
	unsigned distance;
};

/**
 * nearest_try() - keep a word if it is near, and nearer than the one found so far
 *
 * Near is what begins with what was typed, or has one letter in three wrong at most: another one,
 * one more, one less, or two that changed places. Pure.
 */
void nearest_try(struct nearest *nearest, const char *candidate);

#endif
