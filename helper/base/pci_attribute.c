/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/base/pci_attribute.h"

#include <string.h>

const char *pci_attribute_path(const struct pci_address *address, const char *name,
			       char buf[static PCI_PATH_MAX])
{
	static const char devices[] = PCI_DEVICES "/";
	char *end = buf + sizeof(devices) - 1;
	size_t room, n;

	/* Not by snprintf(3): it is done for each function of a machine. */
	memcpy(buf, devices, sizeof(devices));
	end += strlen(pci_address_format(address, end));
	if (*name)
		*end++ = '/';
	room = PCI_PATH_MAX - 1 - (size_t)(end - buf);
	n = strnlen(name, room);
	memcpy(end, name, n);
	end[n] = '\0';
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
