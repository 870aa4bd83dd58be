/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that look like configuration, and that no tool reads for the end of their names. */
#ifndef GPUCLAIM_CTL_RECIPES_IGNORED_H
#define GPUCLAIM_CTL_RECIPES_IGNORED_H

#include "ctl/recipes/sources.h"

/**
 * ignored_find() - append them: "/etc/modprobe.d/vfio"
 * @unread:	folders that can't be listed, and why, are appended
 *
 * Of the sources' others those that speak of GPUs or vfio; of the drop-ins
 * of gpuclaim, and of the units of gpuclaim, nova-compute and libvirt, all. A copy that somebody
 * keeps ("a.conf.bak", "a.conf~") is none.
 *
 * Source: modprobe.d(5), modules-load.d(5), dracut.conf(5), mkinitcpio(8), systemd.unit(5): all end
 * in .conf.
 *
 * Return: 0, or -ENOMEM.
 */
int ignored_find(const struct root *root, const struct recipe_sources *sources,
		 struct text_list *ret, struct text_list *unread) _must_check_;

#endif
