/* SPDX-License-Identifier: GPL-2.0-or-later */
/* As much of the shell's grammar as it takes to tell a plain assignment from the rest. Pure. */
#ifndef GPUCLAIM_GRUB_SHELL_H
#define GPUCLAIM_GRUB_SHELL_H

#include <stdbool.h>

#include "helper/base/text.h"

/**
 * struct shell_statement - one logical line that is not empty and no comment
 * @start, @end:	of the line, without its newline
 * @assigns:		it begins with NAME= or NAME+=, "export" before it or not
 * @append:		NAME+=
 * @name, @name_end:	where the name is
 * @value, @value_end:	where the value is, quotes included
 * @alone:		nothing but a comment follows the value
 * @depth:		how many if, for, while, case and { are open before it
 */
struct shell_statement {
	size_t start, end, name, name_end, value, value_end;
	bool assigns, append, alone;
	int depth;
};

struct shell {
	const char *text;
	size_t at;
	int depth;
};

/**
 * shell_next() - the next statement
 *
 * Return: 1, 0 at the end, or -EINVAL: a quote or a bracket stays open, or
 * there is a here-document, told in @error.
 */
int shell_next(struct shell *shell, struct shell_statement *ret,
	       struct text_error *error) _must_check_;

/** shell_is_name() - does the statement assign the variable? */
bool shell_is_name(const char *text, const struct shell_statement *statement, const char *name);

/** shell_mentions() - is the name anywhere from @start to @end, as a word of its own? */
bool shell_mentions(const char *text, size_t start, size_t end, const char *name);

/** shell_reads_other() - does what is from @start to @end source a file or eval something? */
bool shell_reads_other(const char *text, size_t start, size_t end);

#endif
