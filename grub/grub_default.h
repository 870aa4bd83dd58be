/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One assignment of /etc/default/grub: found, replaced, or refused. Pure. */
#ifndef GPUCLAIM_GRUB_GRUB_DEFAULT_H
#define GPUCLAIM_GRUB_GRUB_DEFAULT_H

#include <stdbool.h>

#include "grub/kargs.h"
#include "helper/base/text.h"

/**
 * struct grub_assignment - one plain assignment: NAME=word, NAME="…" or NAME='…'
 * @start, @end: where the value stands in the file, quotes included
 * @quote:	'"', '\'' or 0
 * @line:	counted from 1
 * @value:	without its quotes, owned
 */
struct grub_assignment {
	size_t start, end;
	char quote;
	unsigned line;
	char *value;
};

/**
 * grub_default_find() - find the one assignment of a variable
 * @text:	the file, which is a shell script that root's tools source
 * @name:	"GRUB_CMDLINE_LINUX" for example
 * @error:	set where it is refused
 *
 * Only a file in which the value can't be but what one plain line says is
 * taken: no second assignment, no "+=", no expansion or backslash in it, no
 * condition around it, no command that names the variable, no file sourced,
 * no carriage return.
 *
 * Return: 0, -ENOENT (the file says nothing of it), -EINVAL (refused, see
 * @error) or -ENOMEM. Free with grub_assignment_free().
 */
int grub_default_find(const char *text, const char *name, struct grub_assignment *ret,
		      struct text_error *error) _must_check_;

/**
 * grub_default_replace() - give the assignment another value
 * @value:	the new one; must not contain the quote that is in use
 *
 * The style of quoting is kept; a bare word gets double quotes if the value needs them.
 *
 * Return: the new text, to be freed; NULL: out of memory, or -EINVAL in errno
 * for a value that this style of quoting can't hold.
 */
char *grub_default_replace(const char *text, const struct grub_assignment *at, const char *value);

/** grub_default_append() - add a line NAME="VALUE" at the end; to be freed, or NULL */
char *grub_default_append(const char *text, const char *name, const char *value);

/**
 * grub_own_line_add() - add a line of our own that extends the variable, whatever makes its value
 * @words, @n:	what it adds, as NAME=VALUE
 *
 * Return: 0 or -ENOMEM.
 */
int grub_own_line_add(const char *text, const char *name, const struct kargs_wanted *words,
		      size_t n, char **ret) _must_check_;

/**
 * grub_own_line_remove() - take such lines out, if there is nothing in them but what we put there
 * @ret_found:	was one there?
 *
 * Return: 0 or -ENOMEM.
 */
int grub_own_line_remove(const char *text, char **ret, bool *ret_found) _must_check_;

/** grub_own_line_disown() - of those that others have added to only our words and our mark go */
int grub_own_line_disown(const char *text, char **ret, bool *ret_found) _must_check_;

void grub_assignment_free(struct grub_assignment *assignment);

#endif
