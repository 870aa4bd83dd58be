/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What people call a vendor and a device: pci.ids, through libpci. */
#ifndef GPUCLAIM_CTL_MACHINE_NAMES_H
#define GPUCLAIM_CTL_MACHINE_NAMES_H

#include "helper/base/pci.h"
#include "helper/base/root.h"

#define NAME_MAX_BYTES 160

struct names;

/**
 * names_open() - get ready to look names up
 *
 * The list of @root is taken (usr/share/misc or usr/share/hwdata) if it has
 * one, else the one libpci knows. Neither hwdb nor DNS is asked. The list is
 * read when the first name is asked for: that is most of what a short run costs.
 * @root stays until names_close().
 *
 * Return: NULL if there is no memory. Close with names_close().
 */
struct names *names_open(const struct root *root);
void names_close(struct names **names);

/**
 * names_vendor(), names_device(), names_both() - look one up
 *
 * Return: the name in @buf, or NULL if the list does not know it. names_both()
 * is the vendor's and the device's, or only the vendor's.
 */
const char *names_vendor(struct names *names, struct pci_id id, char buf[static NAME_MAX_BYTES]);
const char *names_device(struct names *names, struct pci_id id, char buf[static NAME_MAX_BYTES]);
const char *names_both(struct names *names, struct pci_id id, char buf[static 2 * NAME_MAX_BYTES]);

#endif
