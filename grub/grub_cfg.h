/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The menu in a generated grub.cfg: read, never edited. Pure. */
#ifndef GPUCLAIM_GRUB_GRUB_CFG_H
#define GPUCLAIM_GRUB_GRUB_CFG_H

#include <stdbool.h>

#include "helper/base/text.h"

/**
 * struct grub_entry - one menuentry that starts Linux
 * @title, @id:	owned; @id is "" if it has none
 * @place:	"0", or "1>2" in a submenu; owned
 * @path:	the titles above it and its own, joined with ">"; @id_path: the IDs; owned
 * @kernel:	"/vmlinuz-6.1.0-28-amd64", owned
 * @cmdline:	what follows it, as it stands, owned
 * @start:	where its own line, "menuentry …", begins in the text
 * @line:	of the linux command
 * @foreign:	another script of /etc/grub.d made it than that of this system's kernels, as
 * os-prober's
 */
struct grub_entry {
	char *title, *id, *place, *path, *id_path, *kernel, *cmdline;
	size_t start;
	unsigned line;
	bool foreign;
};

/**
 * struct grub_menu - the entries in order
 * @others:	titles and IDs of those that start no Linux, and of submenus
 * @standard:	the value of the last "set default=" that is not ${next_entry}, owned; may be
 *		"${saved_entry}"; NULL if there is none
 */
struct grub_menu {
	struct grub_entry *entry;
	size_t n;
	struct text_list others;
	char *standard;
};

/** grub_cfg_parse() - read it. Return: 0 or -ENOMEM; free with grub_menu_free() */
int grub_cfg_parse(const char *text, struct grub_menu *ret) _must_check_;
void grub_menu_free(struct grub_menu *menu);

/** grub_word() - the word at @s of at most @n bytes, unquoted, to be freed; *@ret_next is behind it
 * and the blanks after it */
char *grub_word(const char *s, size_t n, size_t *ret_next);

/**
 * grub_cfg_expand() - arguments with what GRUB makes of $tuned_params
 * @text:	grub.cfg; NULL: there is none
 *
 * A variable that it does not set stays.
 *
 * Source: 00_tuned and plugin_bootloader.py of tuned 2.25.
 *
 * Return: them, to be freed; NULL: out of memory.
 */
char *grub_cfg_expand(const char *text, const char *cmdline);

/** grub_cfg_reads_entries() - does it have the command "blscfg", which reads entries? */
bool grub_cfg_reads_entries(const char *text);

/** grub_menu_find() - the entry that a "default" means: place, title, ID, or a path of them */
const struct grub_entry *grub_menu_find(const struct grub_menu *menu, const char *standard);

#endif
