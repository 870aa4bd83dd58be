/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/machine/framebuffer.h"

#include <stdio.h>
#include <string.h>

#include "helper/base/text.h"

#define IOMEM_MAX (1u << 20)

static bool is_framebuffer(const char *name)
{
	return TEXT_IS_ANY(name, "BOOTFB", "efifb", "vesafb", "offb", "simplefb", "simpledrm",
			   "efidrm", "vesadrm", "ofdrm", "corebootdrm", "simple-framebuffer");
}

/* A line is inside the last one before it that is a function's and reaches so far. */
struct region {
	unsigned long long start, end;
	struct pci_address owner;
};

static void find_owner(const struct region *above, struct framebuffer *framebuffer)
{
	framebuffer->owned =
		above->end && framebuffer->start >= above->start && framebuffer->end <= above->end;
	framebuffer->owner = above->owner;
}

int framebuffer_read(const struct root *root, struct framebuffer *ret)
{
	struct framebuffer framebuffer = {0};
	struct region above = {0};
	_cleanup_free_ char *text = NULL;
	char *save = NULL;
	int r = root_read_file(root, IOMEM_PATH, IOMEM_MAX, &text, NULL);

	*ret = framebuffer;
	if (r < 0)
		return r;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		const char *name = strstr(line, " : ");
		struct region here;

		if (!name || sscanf(line, " %llx-%llx", &here.start, &here.end) != 2)
			continue;
		if (pci_address_parse(name + 3, &here.owner) == 0)
			above = here;
		if (!is_framebuffer(name + 3))
			continue;
		if (!here.end)
			return -EPERM;
		if (here.end <= here.start)
			continue;
		framebuffer.start = here.start;
		framebuffer.end = here.end;
		find_owner(&above, &framebuffer);
		*ret = framebuffer;
		return 0;
	}
	return 0;
}

bool framebuffer_is_in(const struct framebuffer *framebuffer, const char *resource)
{
	unsigned long long start, end;

	for (unsigned bar = 0; resource && bar < 6; bar++) {
		if (sscanf(resource, "%llx %llx", &start, &end) == 2 && end > start &&
		    framebuffer->start >= start && framebuffer->start <= end)
			return true;
		resource = strchr(resource, '\n');
		resource += resource ? 1 : 0;
	}
	return false;
}
