/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the commands of a shell's lines do to functions, and to which. Pure. */
#ifndef GPUCLAIM_CTL_RECIPES_DOES_H
#define GPUCLAIM_CTL_RECIPES_DOES_H

#include "ctl/recipes/command.h"
#include "ctl/recipes/recipe_text.h"
#include "helper/base/text.h"

/**
 * struct whole - what a file does, as far as it is understood
 * @more:	the first line that does something else, or of which it can't be told to which
 *		functions it does it; 0: there is none
 * @gives:	a line gives functions to vfio-pci or pci-stub
 * @returns:	the first line that gives functions to another driver or takes them from those two,
 *		or 0
 * @addresses:	of all functions that it names
 * @ids:	as vfio-pci's ids= has them: "10de:1c81"
 * @calls:	files that it runs, without the leading slash
 * @out:	the lines that are to become comments, so that it does nothing
 */
struct whole {
	unsigned more, returns;
	bool gives;
	struct text_list addresses, ids, calls;
	struct recipe_lines out;
};

/**
 * struct does - lines while they are read
 * @whole:	what comes of it
 * @line:	the number of the line
 * @open:	how many "(" of a script's lines before are open
 * @of_rule:	a udev rule's: its variables and "%k" stand for the function that it matches
 * @said:	what an echo of the line says, for a tee behind it
 * @known, @unknown: variables that hold texts of the script, or something else
 * @no_ids:	variables that hold something else than the ID of a function
 * @functions:	of the shell, which the script has
 */
struct does {
	struct whole *whole;
	unsigned line, open;
	bool of_rule;
	struct command said;
	struct text_list known, unknown, no_ids, functions;
};

/** does_line() - read one line. Return: 0 or -ENOMEM */
int does_line(struct does *does, const char *line) _must_check_;

/** does_name_functions() - note the addresses and IDs in a word. Return: 0 or -ENOMEM */
int does_name_functions(struct does *does, const char *word) _must_check_;

/** does_more() - the line does something that is not understood */
void does_more(struct does *does);
void does_free(struct does *does);

#endif
