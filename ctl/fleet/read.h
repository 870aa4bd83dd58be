/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files that nodes' reports are in. */
#ifndef GPUCLAIM_CTL_FLEET_READ_H
#define GPUCLAIM_CTL_FLEET_READ_H

#include "ctl/fleet/fleet.h"
#include "helper/base/root.h"

/**
 * fleet_read() - read one file, all files of a folder, or with "-" standard input
 * @path:	where the operator has it: from the working folder on, unless @root is confined
 *
 * A file has one report or many, one behind the other. What can't be read or understood is a
 * problem of the fleet, and the rest is read. A node that does not tell its name gets the file's.
 *
 * Return: 0, or -ENOMEM.
 */
int fleet_read(const struct root *root, const char *path, struct fleet *fleet) _must_check_;

#endif
