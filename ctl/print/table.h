/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Aligned columns of text, with colour where a person looks at a terminal. */
#ifndef GPUCLAIM_CTL_PRINT_TABLE_H
#define GPUCLAIM_CTL_PRINT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "helper/base/util.h"

enum colour {
	COLOUR_NONE,
	COLOUR_BOLD,
	COLOUR_GOOD,
	COLOUR_CAUTION,
	COLOUR_BAD,
};

/** colour_wanted() - @to is a terminal, and NO_COLOR is unset (no-color.org) or empty */
bool colour_wanted(FILE *to);

/** colour_print() - print @text in a colour, or just print it */
void colour_print(FILE *to, bool coloured, enum colour colour, const char *text);

struct cell {
	char *text;
	enum colour colour;
};

/**
 * struct table - rows of cells, the first row being the headings
 * @failed:	memory ran out while it was filled
 */
struct table {
	size_t columns, n_cells;
	struct cell *cell; /* owned, and their texts */
	bool failed;
};

/** table_init() - begin a table with its headings */
void table_init(struct table *table, const char *const *headings, size_t columns);

/** table_add() - the next cell, row by row; NULL and "" are shown as "-" */
void table_add(struct table *table, enum colour colour, const char *text);
void table_addf(struct table *table, const char *format, ...) _printf_(2, 3);

/**
 * table_print() - print all of it, every column but the last as wide as it needs
 *
 * Return: 0, or -ENOMEM if the table could not be filled; then nothing is printed.
 */
int table_print(const struct table *table, FILE *to) _must_check_;
void table_free(struct table *table);

#endif
