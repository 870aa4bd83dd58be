/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/print/table.h"

#include <stdarg.h>
#include <string.h>

#include "helper/base/text.h"

#define GAP "  "

static const char *const sequences[] = {
	[COLOUR_NONE] = "",	    [COLOUR_BOLD] = "\033[1m",
	[COLOUR_GOOD] = "\033[32m", [COLOUR_CAUTION] = "\033[33m",
	[COLOUR_BAD] = "\033[31m",
};

bool colour_wanted(FILE *to)
{
	const char *no = getenv("NO_COLOR");

	return isatty(fileno(to)) && !(no && *no);
}

void colour_print(FILE *to, bool coloured, enum colour colour, const char *text)
{
	if (coloured && colour != COLOUR_NONE)
		fprintf(to, "%s%s\033[0m", sequences[colour], text);
	else
		fputs(text, to);
}

/* Takes @text over. */
static void add(struct table *table, enum colour colour, char *text)
{
	struct cell *more = reallocarray(table->cell, table->n_cells + 1, sizeof(*more));

	if (more)
		table->cell = more;
	if (!more || !text) {
		table->failed = true;
		free(text);
		return;
	}
	text_make_printable(text);
	table->cell[table->n_cells++] = (struct cell){.text = text, .colour = colour};
}

void table_add(struct table *table, enum colour colour, const char *text)
{
	add(table, colour, strdup(text && *text ? text : "-"));
}

void table_addf(struct table *table, const char *format, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	add(table, COLOUR_NONE, text);
}

void table_init(struct table *table, const char *const *headings, size_t columns)
{
	*table = (struct table){.columns = columns};
	for (size_t i = 0; i < columns; i++)
		table_add(table, COLOUR_BOLD, headings[i]);
}

static size_t column_width(const struct table *table, size_t column)
{
	size_t widest = 0;

	for (size_t i = column; i < table->n_cells; i += table->columns) {
		size_t n = strlen(table->cell[i].text);

		if (n > widest)
			widest = n;
	}
	return widest;
}

int table_print(const struct table *table, FILE *to)
{
	_cleanup_free_ size_t *width = calloc(table->columns, sizeof(*width));
	bool coloured = colour_wanted(to);

	if (table->failed || !width)
		return -ENOMEM;
	for (size_t i = 0; i < table->columns; i++)
		width[i] = column_width(table, i);

	for (size_t i = 0; i < table->n_cells; i++) {
		const struct cell *cell = &table->cell[i];
		size_t column = i % table->columns;
		bool last = column == table->columns - 1;

		colour_print(to, coloured, cell->colour, cell->text);
		if (last)
			fputc('\n', to);
		else
			fprintf(to, "%*s" GAP, (int)(width[column] - strlen(cell->text)), "");
	}
	return 0;
}

void table_free(struct table *table)
{
	for (size_t i = 0; i < table->n_cells; i++)
		free(table->cell[i].text);
	free(table->cell);
	*table = (struct table){0};
}
