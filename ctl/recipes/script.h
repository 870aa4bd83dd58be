/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a line of a script, a unit or a udev rule does to the drivers of PCI functions. Pure. */
#ifndef GPUCLAIM_CTL_RECIPES_SCRIPT_H
#define GPUCLAIM_CTL_RECIPES_SCRIPT_H

#include <stdbool.h>

/**
 * script_line_does() - does it give a function to another driver, or take it from one?
 * @line:	without its newline; a comment in it does not count
 *
 * Told by the attributes and programs that do so, whatever the script is called.
 * To use a function (QEMU's "-device vfio-pci") or the nodes of /dev/vfio, or to load
 * vfio-pci without IDs, binds nothing.
 *
 * **Source:** Linux Documentation/ABI/testing/sysfs-bus-pci: bind, unbind, new_id, driver_override.
 *
 * Return: a name for it, constant, or NULL.
 */
const char *script_line_does(const char *line);

/** script_may_do() - false: script_line_does() finds nothing in any line of @text */
bool script_may_do(const char *text);

#endif
