/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/print/table.h"

#include <errno.h>
#include <libsmartcols/libsmartcols.h>
#include <locale.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "ctl/print/terminal.h"
#include "helper/base/text.h"

#define GAP "  "
/* Characters of a tree's lines for each level. */
#define TREE_INDENT 2

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
	struct cell *cell = text ? ARRAY_PLACE(table->cell, table->n_cells) : NULL;

	if (!cell) {
		table->failed = true;
		free(text);
		return;
	}
	text_make_printable(text);
	*cell = (struct cell){.text = text, .colour = colour};
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
	(void)!text_replace(&text, format, args); /* NULL is seen at the end */
	va_end(args);
	add(table, COLOUR_NONE, text);
}

void table_add_known(struct table *table, int value)
{
	if (value < 0)
		table_add(table, COLOUR_NONE, NULL);
	else
		table_addf(table, "%d", value);
}

void table_init(struct table *table, const char *const *headings, const struct table_style *style)
{
	*table = (struct table){.heading = headings, .style = *style, .keys = 1};
	while (headings[table->n_columns])
		table->n_columns++;
}

void table_begin_row(struct table *table, size_t parent)
{
	size_t row = table->n_cells / table->n_columns;
	size_t *more = reallocarray(table->parent, row + 1, sizeof(*more));

	if (more)
		table->parent = more;
	if (more)
		more[row] = parent;
	else
		table->failed = true;
}

int table_next_column(const char *const *headings, const char **list, size_t *ret)
{
	size_t n = strcspn(*list, ",");

	for (size_t i = 0; headings[i]; i++) {
		if (strlen(headings[i]) != n || strncasecmp(headings[i], *list, n) != 0)
			continue;
		*list = (*list)[n] ? *list + n + 1 : NULL;
		*ret = i;
		return 0;
	}
	return -ENOENT;
}

bool table_shows_next(const struct table *table)
{
	const char *list = table->style.columns;
	size_t next = table->n_cells % table->n_columns, column;

	if (!list)
		return true;
	while (list && table_next_column(table->heading, &list, &column) == 0)
		if (column == next)
			return true;
	return false;
}

/**
 * struct view - what is shown of a table
 * @column:	numbers of its columns, in their order
 * @keys:	so many of them stand in each part
 * @room:	the width of the terminal; SIZE_MAX: there is none
 */
struct view {
	const struct table *table;
	size_t *column; /* owned */
	size_t n_columns, keys, room;
	bool coloured;
};

/**
 * struct part - columns that stand beside each other
 * @column:	their numbers: the view's first, and others
 * @room:	for the last of them, which may be too long
 * @line:	all lines: libsmartcols goes through its list for each that it is asked for; owned
 */
struct part {
	struct libscols_table *scols;
	struct libscols_line **line;
	size_t n_lines;
	size_t *column;
	size_t n_columns, room;
};

static int choose_columns(struct view *view)
{
	const struct table *table = view->table;
	const char *list = table->style.columns;
	size_t most = list ? strlen(list) + 1 : table->n_columns;
	int r = 0;

	view->column = calloc(most, sizeof(*view->column));
	if (!view->column)
		return -ENOMEM;
	for (; list && r == 0; view->n_columns += r == 0)
		r = table_next_column(table->heading, &list, &view->column[view->n_columns]);
	for (; !table->style.columns && view->n_columns < most; view->n_columns++)
		view->column[view->n_columns] = view->n_columns;
	view->keys = table->style.columns || table->keys > view->n_columns ? 1 : table->keys;
	return r;
}

/* Of the lines that a tree has before the text of its first column. */
static size_t tree_width(const struct table *table, size_t row)
{
	size_t width = 0;

	for (; table->parent && table->parent[row] != SIZE_MAX; row = table->parent[row])
		width += TREE_INDENT;
	return width;
}

static size_t column_width(const struct table *table, size_t column)
{
	size_t widest = table->style.no_headings ? 0 : strlen(table->heading[column]);

	for (size_t i = column; i < table->n_cells; i += table->n_columns) {
		const char *text = table->cell[i].text;
		size_t n = text_width(text, strlen(text));

		if (column == 0)
			n += tree_width(table, i / table->n_columns);
		if (n > widest)
			widest = n;
	}
	return widest;
}

/* Takes of the view's columns those from @next on that fit, one at least. Return: the next. */
static size_t take_columns(const struct view *view, size_t next, struct part *part)
{
	size_t used = 0, wide;

	for (size_t i = 0; i < view->keys; i++) {
		part->column[i] = view->column[i];
		used += (i ? strlen(GAP) : 0) + column_width(view->table, view->column[i]);
	}
	part->n_columns = view->keys;
	part->room = view->room;
	for (; next < view->n_columns; next++) {
		wide = strlen(GAP) + column_width(view->table, view->column[next]);
		if (part->n_columns > view->keys && used + wide > view->room)
			break;
		part->room = view->room > used + strlen(GAP) ? view->room - used - strlen(GAP) : 1;
		part->column[part->n_columns++] = view->column[next];
		used += wide;
	}
	return next;
}

static int put_text(struct libscols_line *line, size_t column, const char *text, const char *colour)
{
	int r = line ? scols_line_set_data(line, column, text) : -ENOMEM;

	if (r == 0 && *colour)
		r = scols_cell_set_color(scols_line_get_cell(line, column), colour);
	return r;
}

/* Return: line @i, which is made if there are none but those before it, below line @parent of a
 * tree; NULL: no memory. */
static struct libscols_line *line_at(struct part *part, size_t i, size_t parent)
{
	struct libscols_line *above = parent < part->n_lines ? part->line[parent] : NULL;

	if (i < part->n_lines)
		return part->line[i];
	if ((i & (i + 1)) == 0) { /* there is room for a power of two less one */
		void *more = reallocarray(part->line, 2 * i + 1, sizeof(*part->line));

		if (!more)
			return NULL;
		part->line = more;
	}
	part->line[i] = scols_table_new_line(part->scols, above);
	part->n_lines += part->line[i] != NULL;
	return part->line[i];
}

/* What needs more than a line goes on below: the row begins at line @first. */
static int put_cell(struct part *part, size_t first, size_t column, const struct cell *cell,
		    bool coloured)
{
	bool last = column == part->n_columns - 1;
	_cleanup_free_ char *text = malloc(2 * strlen(cell->text) + 1);
	char *rest = text, *line;
	int r = 0;

	if (!text)
		return -ENOMEM;
	text_break(text, cell->text, last ? part->room : SIZE_MAX, 0);
	for (; (line = strsep(&rest, "\n")) && r == 0; first++) {
		r = put_text(line_at(part, first, SIZE_MAX), column, line,
			     coloured ? sequences[cell->colour] : "");
	}
	return r;
}

/* A row of a tree is one line, whose last cell libsmartcols breaks where @cell has a newline. */
static int put_tree_cell(struct part *part, const struct view *view, size_t row, size_t column)
{
	const struct table *table = view->table;
	const struct cell *cell = &table->cell[row * table->n_columns + part->column[column]];
	_cleanup_free_ char *text = malloc(2 * strlen(cell->text) + 1);

	if (!text)
		return -ENOMEM;
	text_break(text, cell->text, column == part->n_columns - 1 ? part->room : SIZE_MAX, 0);
	return put_text(line_at(part, row, table->parent[row]), column, text,
			view->coloured ? sequences[cell->colour] : "");
}

static int put_tree(struct part *part, const struct view *view)
{
	size_t rows = view->table->n_cells / view->table->n_columns;
	int r = 0;

	for (size_t row = 0; row < rows; row++)
		for (size_t i = 0; i < part->n_columns && r == 0; i++)
			r = put_tree_cell(part, view, row, i);
	return r;
}

/* The first column has the tree's lines, the last one may have several lines. */
static int set_tree(struct libscols_column *column, bool first, bool last)
{
	int flags = (first ? SCOLS_FL_TREE : 0) | (last ? SCOLS_FL_WRAP : 0);
	int r = scols_column_set_flags(column, flags);

	if (r == 0 && last)
		r = scols_column_set_wrapfunc(column, scols_wrapnl_chunksize,
					      scols_wrapnl_nextchunk, NULL);
	/* else it prints the newline's number */
	return r < 0 || !last ? r : scols_column_set_safechars(column, "\n");
}

static int put_headings(const struct part *part, const struct view *view)
{
	int r = scols_table_set_column_separator(part->scols, GAP);

	for (size_t i = 0; i < part->n_columns && r == 0; i++) {
		struct libscols_column *put = scols_table_new_column(
			part->scols, view->table->heading[part->column[i]], 0, 0);

		if (!put)
			return -ENOMEM;
		if (view->table->parent)
			r = set_tree(put, i == 0, i == part->n_columns - 1);
		if (r == 0 && view->coloured)
			r = scols_cell_set_color(scols_column_get_header(put),
						 sequences[COLOUR_BOLD]);
	}
	return r;
}

static int put_rows(struct part *part, const struct view *view)
{
	const struct table *table = view->table;
	int r = 0;

	for (size_t at = 0; at < table->n_cells; at += table->n_columns) {
		size_t first = part->n_lines;

		for (size_t i = 0; i < part->n_columns && r == 0; i++)
			r = put_cell(part, first, i, &table->cell[at + part->column[i]],
				     view->coloured);
	}
	return r;
}

/* The widths are settled: for libsmartcols this is no terminal. */
static int print_part(struct part *part, const struct view *view, FILE *to)
{
	int r;

	part->scols = scols_new_table();
	if (!part->scols)
		return -ENOMEM;
	r = put_headings(part, view);
	if (r == 0)
		r = view->table->parent ? put_tree(part, view) : put_rows(part, view);
	if (r == 0)
		r = scols_table_set_termforce(part->scols, SCOLS_TERMFORCE_NEVER);
	if (r == 0)
		r = scols_table_set_stream(part->scols, to);
	if (r == 0)
		r = scols_table_enable_colors(part->scols, view->coloured);
	if (r == 0)
		r = scols_table_enable_noheadings(part->scols, view->table->style.no_headings);
	if (r == 0)
		r = scols_print_table(part->scols);
	scols_unref_table(part->scols);
	free(part->line);
	part->line = NULL;
	part->n_lines = 0;
	return r;
}

static int print_view(const struct view *view, FILE *to)
{
	_cleanup_free_ size_t *column = calloc(view->n_columns + 1, sizeof(*column));
	struct part part = {.column = column};
	size_t next = view->keys;
	int r;

	if (!column)
		return -ENOMEM;
	do {
		if (next > view->keys)
			fputc('\n', to);
		next = take_columns(view, next, &part);
		r = print_part(&part, view, to);
	} while (r == 0 && next < view->n_columns);
	return r;
}

/* In another locale libsmartcols prints the bytes of what is no ASCII as numbers. */
int table_print(const struct table *table, FILE *to)
{
	struct view view = {
		.table = table, .room = terminal_room(to), .coloured = colour_wanted(to)};
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0), before = (locale_t)0;
	int r = table->failed ? -ENOMEM : choose_columns(&view);

	if (utf8)
		before = uselocale(utf8);
	if (r == 0)
		r = print_view(&view, to);
	if (utf8) {
		uselocale(before);
		freelocale(utf8);
	}
	free(view.column);
	return r;
}

void table_free(struct table *table)
{
	for (size_t i = 0; i < table->n_cells; i++)
		free(table->cell[i].text);
	free(table->cell);
	free(table->parent);
	*table = (struct table){0};
}
