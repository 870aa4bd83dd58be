/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Columns of text by libsmartcols, with colour and line ends where a person looks at a terminal. */
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

/**
 * struct table_style - how the user wants it
 * @columns:	the headings of those to be shown, in that order, with commas between; NULL: all
 */
struct table_style {
	const char *columns;
	bool no_headings;
};

struct cell {
	char *text;
	enum colour colour;
};

/**
 * struct table - rows of cells, row by row
 * @heading:	of all columns
 * @keys:	so many columns from the first on tell which row it is: each part of a table that
 * the terminal has no room for begins with them; table_init() makes it 1
 * @parent:	of each row the row above it in a tree, or SIZE_MAX: table_begin_row(); NULL: it is
 * no tree; owned
 * @failed:	memory ran out while it was filled
 */
struct table {
	const char *const *heading;
	size_t n_columns, keys;
	struct table_style style;
	size_t n_cells;
	struct cell *cell; /* owned, and their texts */
	size_t *parent;
	bool failed;
};

/** table_init() - begin a table; @headings ends with NULL */
void table_init(struct table *table, const char *const *headings, const struct table_style *style);

/**
 * table_next_column() - take the next name from a list with commas
 * @headings:	ends with NULL
 * @list:	the rest of the list; NULL behind its end
 * @ret:	the column's number
 *
 * Upper and lower case are the same. Pure.
 *
 * Return: 0, or -ENOENT if there is no such column; @list stands at its name then.
 */
int table_next_column(const char *const *headings, const char **list, size_t *ret) _must_check_;

/** table_begin_row() - before the first cell of each row of a tree; @parent: SIZE_MAX or a row
 * before */
void table_begin_row(struct table *table, size_t parent);

/** table_add() - the next cell, row by row; NULL and "" are shown as "-" */
void table_add(struct table *table, enum colour colour, const char *text);
void table_addf(struct table *table, const char *format, ...) _printf_(2, 3);
void table_add_known(struct table *table, int value); /* negative: nothing */

/** table_shows_next() - the next cell is in a column that is shown: what it costs is of use */
bool table_shows_next(const struct table *table);

/**
 * table_print() - print all of it, every column but the last as wide as it needs
 *
 * What a terminal has no room for follows below, behind the first column again: no terminal breaks
 * a line in the middle of a word, unless the word is longer than that.
 *
 * Return: 0, or -errno; -ENOMEM also if the table could not be filled.
 */
int table_print(const struct table *table, FILE *to) _must_check_;
void table_free(struct table *table);

#endif
