/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One configuration file as oslo.config's iniparser takes it: text in, entries out. Pure. */
#ifndef GPUCLAIM_NOVA_CONFIG_OSLO_INI_H
#define GPUCLAIM_NOVA_CONFIG_OSLO_INI_H

#include "nova/python/python_text.h"

/**
 * struct ini_entry - one assignment
 * @section:	in lower case, but "DEFAULT"; owned
 * @value:	lines joined by newlines, one pair of quotes around the first removed; owned
 * @line:	where it begins
 */
struct ini_entry {
	char *section, *key, *value;
	unsigned line;
};

/**
 * struct ini - a file
 * @error:	what Nova says when it stops here, with path and line; owned; NULL: nothing
 * @error_line:	0 if it is about the whole file
 * @ended:	above where it stops an empty line or a comment has ended a value
 */
struct ini {
	struct ini_entry *entry; /* owned */
	size_t n;
	char *error;
	unsigned error_line;
	bool ended;
};

/**
 * ini_parse() - read a file's text
 * @path:	for error texts, as Nova sees it: "/etc/nova/nova.conf"
 * @ret:	free with ini_free(); with an error, the entries before it are there
 *
 * Lines end with CR, LF or both. There are no inline comments; a line that begins with a blank
 * goes on with the value above it, if there is one. A byte order mark is a character as any,
 * and so an error.
 *
 * Source: oslo_config/iniparser.py and class ConfigParser in oslo_config/cfg.py, 6.11 to 10.7.
 *
 * Return: 0 (also with an error of the file's), or -ENOMEM with @ret untouched.
 */
int ini_parse(const char *text, size_t size, const char *path, struct ini *ret) _must_check_;
void ini_free(struct ini *ini);

#endif
