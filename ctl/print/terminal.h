/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The width of a terminal, and text that is broken where that ends, between words. */
#ifndef GPUCLAIM_CTL_PRINT_TERMINAL_H
#define GPUCLAIM_CTL_PRINT_TERMINAL_H

#include <stddef.h>
#include <stdio.h>

/** terminal_room() - its columns, 80 where it does not tell them; SIZE_MAX: @to is none */
size_t terminal_room(FILE *to);

/** text_width() - the columns of the first @n bytes of a text: its characters of UTF-8. Pure */
size_t text_width(const char *text, size_t n);

/**
 * text_break() - lines of at most @room columns, ended at a blank or behind a comma. Pure
 * @to:		holds twice the text; a word that is longer than @room stays whole
 * @used:	so many columns of the first line are taken
 */
void text_break(char *to, const char *text, size_t room, size_t used);

/**
 * paragraph_print() - the rest of a line, and its end
 * @used:	so many columns of the line are written
 * @indent:	so many blanks begin the lines that follow, where a terminal needs some
 */
void paragraph_print(FILE *to, size_t used, size_t indent, const char *text);

/** terminal_print() - print @text, which may hold anything: a control character is a "?" */
void terminal_print(FILE *to, const char *text);

#endif
