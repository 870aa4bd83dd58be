/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text as Python's str sees it: what Nova strips, lowers and quotes in its messages. Pure. */
#ifndef GPUCLAIM_NOVA_PYTHON_PYTHON_TEXT_H
#define GPUCLAIM_NOVA_PYTHON_PYTHON_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "helper/base/text_buffer.h"

/*
 * Texts are UTF-8 and end with NUL. A NUL within is written 0xc0 0x80, a lone surrogate as
 * three bytes: Python's strings may hold both.
 */

/** py_decode() - the character at @text, its length in bytes in @ret_size (1 for a stray byte) */
uint32_t py_decode(const char *text, size_t *ret_size);

/** py_encode() - write a character, up to four bytes. Return: how many */
size_t py_encode(uint32_t c, char buf[static 4]);

/**
 * py_check_utf8() - as Python decodes a file: strictly
 * @ret:	the offset of the first byte that is none
 *
 * Return: 0, or -EILSEQ.
 */
int py_check_utf8(const char *text, size_t size, size_t *ret) _must_check_;

/** py_length() - characters in @text */
size_t py_length(const char *text);

/** py_is_space() - as str.strip() sees it: more than ASCII's blanks */
bool py_is_space(uint32_t c);

/** py_strip() - cut both ends in place; the start of what is left */
char *py_strip(char *text);
char *py_rstrip(char *text);
char *py_lstrip(char *text);

/** py_quote() - print as repr() does: 'it', "it's", '\n' */
void py_quote(const char *text, struct text_buffer *to);

/** py_is_ascii() - no byte above 127 */
bool py_is_ascii(const char *text);

#endif
