/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/machine/xorg.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "helper/base/folder.h"

#define FILE_MAX_BYTES (1u << 20)
#define FOLDER	       "etc/X11/xorg.conf.d"

bool xorg_parse_bus_id(const char *line, struct pci_address *ret)
{
	static const char key[] = "BusID", kind[] = "PCI:";
	unsigned bus, domain = 0, device, function = 0;

	line += strspn(line, " \t");
	if (strncasecmp(line, key, strlen(key)) != 0)
		return false;
	line += strlen(key);
	line += strspn(line, " \t\"");
	if (strncasecmp(line, kind, strlen(kind)) != 0)
		return false;
	line += strlen(kind);
	if (sscanf(line, "%u@%u:%u:%u", &bus, &domain, &device, &function) < 3) {
		domain = 0;
		if (sscanf(line, "%u:%u:%u", &bus, &device, &function) < 2)
			return false;
	}
	if (bus > 0xff || device > 0x1f || function > 7)
		return false;
	*ret = (struct pci_address){
		.domain = domain,
		.bus = (uint8_t)bus,
		.device = (uint8_t)device,
		.function = (uint8_t)function,
	};
	return true;
}

static int look_at_line(const struct text_list *gpus, const char *line, const char *place,
			struct text_list *ret)
{
	struct pci_address address;
	char text[PCI_ADDRESS_MAX];

	if (!xorg_parse_bus_id(line, &address))
		return 0;
	pci_address_format(&address, text);
	for (size_t i = 0; i < gpus->n; i++)
		if (strcmp(gpus->text[i], text) == 0)
			return text_list_add(ret, "%s has Xorg use %s", place, text);
	return 0;
}

static int look_at_file(const struct root *root, const char *path, const struct text_list *gpus,
			struct text_list *ret)
{
	_cleanup_free_ char *text = NULL;
	unsigned number = 1;
	int r = 0;

	if (root_read_file(root, path, FILE_MAX_BYTES, &text, NULL) < 0)
		return 0;
	for (const char *line = text; *line && r == 0; number++) {
		char place[320];

		(void)snprintf(place, sizeof(place), "/%.280s:%u", path, number);
		r = look_at_line(gpus, line, place, ret);
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
	return r;
}

int xorg_find(const struct root *root, const struct text_list *gpus, struct text_list *ret)
{
	struct text_list names _cleanup_text_list_ = {0};
	int r = look_at_file(root, "etc/X11/xorg.conf", gpus, ret);

	if (r == 0)
		r = folder_list(root, FOLDER, ".conf", &names);
	for (size_t i = 0; i < names.n && r == 0; i++) {
		char path[320];

		(void)snprintf(path, sizeof(path), FOLDER "/%.255s", names.text[i]);
		r = look_at_file(root, path, gpus, ret);
	}
	return r;
}
