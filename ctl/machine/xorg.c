/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/machine/xorg.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "helper/base/folder.h"

#define FILE_MAX_BYTES (1u << 20)
#define FOLDER	       "etc/X11/xorg.conf.d"

static int list_files(const struct root *root, struct text_list *ret, struct text_list *unread)
{
	struct text_list names _cleanup_(text_list_free) = {0};
	int r = folder_list(root, FOLDER, ".conf", &names);

	if (r < 0)
		r = unread_add(unread, FOLDER, r);
	if (r == 0)
		r = text_list_add(ret, "etc/X11/xorg.conf");
	for (size_t i = 0; i < names.n && r == 0; i++)
		r = text_list_add(ret, FOLDER "/%s", names.text[i]);
	return r;
}

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
	return text_list_has(gpus, text) ? text_list_add(ret, "%s has Xorg use %s", place, text)
					 : 0;
}

static int look_at_text(const char *text, const char *path, const struct text_list *gpus,
			struct text_list *ret)
{
	unsigned number = 1;
	int r = 0;

	for (const char *line = text; *line && r == 0; number++) {
		char place[320];

		(void)snprintf(place, sizeof(place), "/%.280s:%u", path, number);
		r = look_at_line(gpus, line, place, ret);
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
	return r;
}

int xorg_find(const struct root *root, const struct text_list *gpus, struct text_list *ret,
	      struct text_list *unread)
{
	struct text_list paths _cleanup_(text_list_free) = {0};
	int r = list_files(root, &paths, unread);

	for (size_t i = 0; i < paths.n && r == 0; i++) {
		_cleanup_free_ char *text = NULL;

		r = root_read_file(root, paths.text[i], FILE_MAX_BYTES, &text, NULL);
		r = r < 0 ? unread_add(unread, paths.text[i], r)
			  : look_at_text(text, paths.text[i], gpus, ret);
	}
	return r;
}
