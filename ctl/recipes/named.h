/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The functions that a word of a script names: by address, or by ID. Pure. */
#ifndef GPUCLAIM_CTL_RECIPES_NAMED_H
#define GPUCLAIM_CTL_RECIPES_NAMED_H

#include <stdbool.h>

#include "helper/base/text.h"

/* What a name of a shell's variable is made of. */
#define NAMED_BYTES "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

/** named_read_id() - "10de:1c81", "10de 1c81", and nothing else */
bool named_read_id(const char *word, unsigned *ret_vendor, unsigned *ret_device);

/** named_add() - add the addresses in a word, or the ID that it is. Return: 0 or -ENOMEM */
int named_add(const char *word, struct text_list *addresses, struct text_list *ids) _must_check_;

/**
 * named_is_whole() - is nothing in it put together by the shell?
 * @word:	a word, several, or a path
 * @of_rule:	a udev rule's: "/sys$devpath" is the path of the function that it is for
 *
 * Each part is a variable and nothing else, or has none; what has a colon is a whole address or ID:
 * of "0000:$b:00.0", "$NIC.0", "0000:{01,07}:00.0" and "0000:07:00" it can't be told.
 */
bool named_is_whole(const char *word, bool of_rule);

#endif
