/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose a file is: a package's, or the administrator's. */
#ifndef GPUCLAIM_CTL_RECIPES_OWNER_H
#define GPUCLAIM_CTL_RECIPES_OWNER_H

#include "helper/base/root.h"

enum owner {
	OWNER_ADMINISTRATOR,
	OWNER_PACKAGE,
	OWNER_UNKNOWN, /* a package manager is there whose database is not read */
};

/**
 * owner_find() - whose is it?
 * @path:	no leading slash
 *
 * Below /usr/local, /etc/systemd/system, /etc/udev/rules.d and /etc/libvirt/hooks it is the
 * administrator's, for packages have other folders. Elsewhere dpkg's lists tell.
 *
 * **Source:** dpkg-query(1), files of /var/lib/dpkg/info; systemd.unit(5) and udev(7), where
 * packages put units and rules.
 *
 * Return: who, or a negative errno.
 */
int owner_find(const struct root *root, const char *path) _must_check_;

#endif
