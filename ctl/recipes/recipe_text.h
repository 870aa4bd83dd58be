/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines of old recipes in modprobe.d and its like: found, taken out, put back. Pure. */
#ifndef GPUCLAIM_CTL_RECIPES_RECIPE_TEXT_H
#define GPUCLAIM_CTL_RECIPES_RECIPE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "helper/base/util.h"

/* What kind of file a text is. */
enum recipe_file {
	RECIPE_MODPROBE, /* modprobe.d(5): a backslash at its end continues a line */
	RECIPE_MODULES,	 /* modules-load.d(5), modules(5): one a line, perhaps with parameters */
	RECIPE_DRACUT,	 /* dracut.conf(5), mkinitcpio.conf(5): shell assignments */
	RECIPE_SCRIPT,	 /* a script: see script_line_does(), as for the next two */
	RECIPE_UNIT,	 /* systemd.syntax(7): a backslash at its end continues a line */
	RECIPE_RULES,	 /* udev(7): likewise */
};

enum recipe_kind {
	RECIPE_IDS,	  /* "options vfio-pci ids=…": binds every device of those IDs */
	RECIPE_SOFTDEP,	  /* "softdep nouveau pre: vfio-pci", and nothing but vfio's modules */
	RECIPE_INSTALL,	  /* "install nouveau /bin/true", or a script in place of vfio-pci */
	RECIPE_BLACKLIST, /* "blacklist nouveau" */
	RECIPE_LOAD,	  /* vfio's modules in a list of those to load */
	RECIPE_DRIVERS,	  /* vfio's modules among dracut's drivers */
	RECIPE_DOES,	  /* binds, unbinds or overrides a driver */
};

/**
 * struct recipe_line - one of them
 * @line:	of its beginning, counted from 1
 * @start, @end: offsets; the newline at its end is not part of it
 * @value:	the IDs, the module it is about, or what it does; owned
 * @rest:	of RECIPE_IDS: the line that is to stay for its other parameters, owned; or NULL
 */
struct recipe_line {
	enum recipe_kind kind;
	unsigned line;
	size_t start, end;
	char *value, *rest;
};

struct recipe_lines {
	struct recipe_line *line;
	size_t n;
};

/** recipe_find() - all of them, in order. Return: 0 or -ENOMEM; free with recipe_lines_free() */
int recipe_find(const char *text, enum recipe_file file, struct recipe_lines *ret) _must_check_;
void recipe_lines_free(struct recipe_lines *lines);

/**
 * recipe_each_line() - call @look with each line of a text, continued ones as one
 * @look:	is told where the line is, and gets its text; 0 goes on, all else is returned
 *
 * Return: 0, -ENOMEM, or what @look returned.
 */
int recipe_each_line(const char *text, enum recipe_file file,
		     int (*look)(void *context, const struct recipe_line *line, char *text),
		     void *context) _must_check_;

/**
 * recipe_take_out() - make comments of lines
 * @out:	for each of @lines: take it
 *
 * Every byte stays, behind a mark at the beginning of each line; where other
 * parameters must stay, a line for them is put in, with a mark before it.
 *
 * Return: the new text, to be freed; NULL: no memory.
 */
char *recipe_take_out(const char *text, const struct recipe_lines *lines, const bool *out);

/**
 * recipe_put_back() - take the marks away, and what was put in
 * @ret_n:	how many lines were put back; may be NULL
 *
 * Of what recipe_take_out() made gives what it was made of. What was put in
 * and changed by others since is kept.
 *
 * Return: the text, to be freed; NULL: no memory.
 */
char *recipe_put_back(const char *text, size_t *ret_n);

/** recipe_is_gpu_module() - a driver of GPUs or of their companions, as recipes name them */
bool recipe_is_gpu_module(const char *name);

/** recipe_is_vfio() - is the word of @n bytes one of vfio's modules? */
bool recipe_is_vfio(const char *word, size_t n);

#endif
