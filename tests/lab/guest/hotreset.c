/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hotreset ADDRESS...: resets the slot of these functions as `gpuclaimctl nova return` does, and
 * prints "hot-reset=ok" or the errno's name.
 */
#include "ctl/giveback/hot_reset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FUNCTIONS_MAX 8

int main(int argc, char **argv)
{
	struct pci_address function[FUNCTIONS_MAX];
	int group[FUNCTIONS_MAX], r = 0;
	struct hot_reset what = {function, group, 0};
	struct root root _cleanup_(root_close) = {.fd = -EBADF};
	char path[64], name[16];

	if (root_open("/", &root) < 0)
		return 1;
	for (; what.n < FUNCTIONS_MAX && (int)what.n + 1 < argc; what.n++) {
		snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/iommu_group",
			 argv[what.n + 1]);
		if (pci_address_parse(argv[what.n + 1], &function[what.n]) < 0 ||
		    root_link_name(&root, path, name, sizeof(name)) < 0)
			return 1;
		group[what.n] = atoi(name);
	}
	r = hot_reset(&root, &what);
	printf("hot-reset=%s\n", r < 0 ? strerrorname_np(-r) : "ok");
	return r < 0;
}
