/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The variables that a unit sets, as systemd.exec(5) has it. Pure. */
#ifndef GPUCLAIM_NOVA_CONFIG_VARIABLES_H
#define GPUCLAIM_NOVA_CONFIG_VARIABLES_H

#include <stdbool.h>
#include <stddef.h>

#include "helper/base/util.h"

/* What names are made of. */
#define VARIABLE_BYTES "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789"

/** struct variable - @file: that sets it, "/etc/default/x"; NULL: that is not known; all owned */
struct variable {
	char *name, *value, *file;
};

/** struct variables - each name once, in the order in which they came up */
struct variables {
	struct variable *variable; /* owned */
	size_t n;
};

/** variables_set() - over what was set before; a name that systemd refuses is passed over.
 * Return: 0 or -ENOMEM */
int variables_set(struct variables *variables, const struct variable *variable) _must_check_;

/** variables_take_line() - the value of Environment=, which is written over; "" drops all.
 * Return: 0 or -ENOMEM */
int variables_take_line(struct variables *variables, char *line) _must_check_;

/** variables_name_file() - those whose file is not known are @file's. Return: 0 or -ENOMEM */
int variables_name_file(struct variables *variables, const char *file) _must_check_;

/** variables_take_file() - @text of a file of EnvironmentFile=, "/etc/default/x".
 * Return: 0 or -ENOMEM */
int variables_take_file(struct variables *variables, const char *file,
			const char *text) _must_check_;

/** variables_value() - of the first @length bytes of @name; "": it is not set */
const char *variables_value(const struct variables *variables, const char *name, size_t length);

/** variables_keep() - drop those whose name is not wanted */
void variables_keep(struct variables *variables, bool wanted(const char *name));
void variables_free(struct variables *variables);

/** word_next() - the next word of @at, which is written over: without quotes and backslashes, see
 * systemd.syntax(7). Return: NULL at the end */
char *word_next(char **at);

#endif
