/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/base/pci_attribute.h"

#include <stdio.h>

const char *pci_attribute_path(const struct pci_address *address, const char *name,
			       char buf[static PCI_PATH_MAX])
{
	char a[PCI_ADDRESS_MAX];

	(void)snprintf(buf, PCI_PATH_MAX, PCI_DEVICES "/%s%s%s", pci_address_format(address, a),
		       *name ? "/" : "", name);
	return buf;
}

ssize_t pci_attribute_read(const struct root *root, const struct pci_address *address,
			   const char *name, char *buf, size_t size)
{
	char path[PCI_PATH_MAX];
	ssize_t n = root_read(root, pci_attribute_path(address, name, path), buf, size);

	if (n < 0)
		buf[0] = '\0';
	return n;
}

int pci_attribute_link(const struct root *root, const struct pci_address *address, const char *name,
		       char *buf, size_t size)
{
	char path[PCI_PATH_MAX];
	int r = root_link_name(root, pci_attribute_path(address, name, path), buf, size);

	if (r < 0)
		buf[0] = '\0';
	return r;
}
