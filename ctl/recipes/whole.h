/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does a script, a unit or a file of udev rules do nothing but give functions away? Pure. */
#ifndef GPUCLAIM_CTL_RECIPES_WHOLE_H
#define GPUCLAIM_CTL_RECIPES_WHOLE_H

#include "ctl/recipes/does.h"

/**
 * whole_judge() - read a text as a shell, systemd or udev does
 * @file:	RECIPE_SCRIPT, RECIPE_UNIT or RECIPE_RULES
 *
 * A script is a shell's, or it does more. All of its lines but comments go. Of a unit those that
 * run something go, and "ExecStart=/bin/true" comes in, so that what needs it starts: one of a type
 * that /bin/true can't serve does more. Of a file of rules those go that give functions away: each
 * rule is for itself.
 *
 * **Source:** systemd.syntax(7) and udev(7): a line that begins with # is ignored, continued or
 * not; systemd.service(5).
 *
 * Return: 0 or -ENOMEM. Free with whole_free().
 */
int whole_judge(const char *text, enum recipe_file file, struct whole *ret) _must_check_;
void whole_free(struct whole *whole);

#endif
