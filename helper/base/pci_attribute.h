/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What sysfs has of a PCI function: where an attribute is, and what it says. */
#ifndef GPUCLAIM_HELPER_BASE_PCI_ATTRIBUTE_H
#define GPUCLAIM_HELPER_BASE_PCI_ATTRIBUTE_H

#include "helper/base/pci.h"
#include "helper/base/root.h"

#define PCI_DEVICES  "sys/bus/pci/devices"
#define PCI_PATH_MAX 112

/**
 * pci_attribute_path() - of a function's attribute, relative to the root
 * @name:	"modalias", "driver/module"; "" for the function's folder itself
 */
const char *pci_attribute_path(const struct pci_address *address, const char *name,
			       char buf[static PCI_PATH_MAX]);

/** pci_attribute_read() - as root_read(); @buf is "" on failure */
ssize_t pci_attribute_read(const struct root *root, const struct pci_address *address,
			   const char *name, char *buf, size_t size);

/** pci_attribute_link() - as root_link_name(), of "driver" its name; @buf is "" on failure */
int pci_attribute_link(const struct root *root, const struct pci_address *address, const char *name,
		       char *buf, size_t size);

#endif
