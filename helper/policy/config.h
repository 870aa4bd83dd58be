/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration language: one file's text in, rules out. Pure. */
#ifndef GPUCLAIM_HELPER_POLICY_CONFIG_H
#define GPUCLAIM_HELPER_POLICY_CONFIG_H

#include <stddef.h>

#include "helper/policy/rule.h"
#include "helper/policy/setting.h"

/* Where a text is wrong: 1-based, in bytes; @what is a string constant such as
 * "expected VENDOR:DEVICE, four hex digits each, as in 10de:1c81". */
struct parse_error {
	unsigned line, column;
	const char *what;
};

/* So many errors of a file are kept; the others are counted. */
#define CONFIG_ERRORS_MAX 50

/* Longest line, without its end. */
#define CONFIG_LINE_MAX 1024

/**
 * struct config - what one file says
 * @rules:	claim and skip lines in order, owned
 * @settings:	values of the set lines; others as settings_default()
 * @has:	which settings a set line named, bit (1u << enum setting)
 * @error:	the first of them
 * @n_errors:	all of them, more than CONFIG_ERRORS_MAX too
 */
struct config {
	struct rule *rules;
	size_t n_rules;
	struct settings settings;
	unsigned has;
	struct parse_error error[CONFIG_ERRORS_MAX];
	unsigned n_errors;
};

/**
 * config_parse() - read one file's text
 * @text:	@size bytes; may hold anything, NULs too
 * @source:	kept in each rule, not copied
 * @ret:	the rules of every line that parses, also when others don't: a
 *		broken file still holds its skip lines; free with config_free()
 *
 * Return: 0 (look at ret->n_errors), or -ENOMEM with @ret untouched.
 */
int config_parse(const char *text, size_t size, const char *source,
		 struct config *ret) _must_check_;
void config_free(struct config *config);

#endif
