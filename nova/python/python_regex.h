/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Regular expressions as Python's re.match() takes them, for the few characters of an address. */
#ifndef GPUCLAIM_NOVA_PYTHON_PYTHON_REGEX_H
#define GPUCLAIM_NOVA_PYTHON_PYTHON_REGEX_H

enum py_regex {
	PY_REGEX_NO,
	PY_REGEX_YES,
	PY_REGEX_WRONG,	  /* re.compile() raises re.error */
	PY_REGEX_UNKNOWN, /* beyond what is judged here */
};

/* Longest text that is matched: a PCI domain has four digits. */
#define PY_REGEX_TEXT_MAX 8

/**
 * py_regex_match() - does the beginning of @text match?
 * @text:	ASCII, at most PY_REGEX_TEXT_MAX characters
 *
 * Judged are characters, ".", sets, groups (capturing or not), "|", "^", "$", \A, \Z, \d, \w,
 * \s and their opposites, escaped punctuation, and greedy or lazy repeats: what describes a
 * place on a PCI bus. Anything else, such as flags, lookaround, back references, possessive
 * repeats and characters outside ASCII, is PY_REGEX_UNKNOWN. Pure.
 *
 * Source: Python's documentation of module re, and Lib/re/_parser.py for what it refuses.
 */
enum py_regex py_regex_match(const char *pattern, const char *text);

#endif
