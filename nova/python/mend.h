/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What to write in the place of what Python refuses: its words tell where it gave up, seldom what
 * was written wrong. Pure.
 */
#ifndef GPUCLAIM_NOVA_PYTHON_MEND_H
#define GPUCLAIM_NOVA_PYTHON_MEND_H

#include <stdbool.h>

#define MEND_MAX 64

/**
 * mend_value() - of a device_spec or an alias
 * @text:	the value
 * @error:	the exception's text, which is about what it means, where it is JSON
 *
 * Return: what to do, in @buf or constant, or NULL: nothing better than the words is known.
 */
const char *mend_value(const char *text, const char *error, char buf[static MEND_MAX]);

/**
 * mend_file() - of a file, by the text of oslo.config's exception
 * @ended:	as struct ini has it
 *
 * Return: as mend_value()
 */
const char *mend_file(const char *error, bool ended);

#endif
