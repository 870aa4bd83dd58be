/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/dump/numa.h"

#include <stdio.h>
#include <string.h>

#define NODES	  "sys/devices/system/node"
#define GIB_PAGES "hugepages/hugepages-1048576kB/free_hugepages"

int dump_numa(struct dump *dump)
{
	struct text_list names _cleanup_(text_list_free) = {0};
	int r = dump_list(dump, NODES, "", &names);

	dump_copy(dump, "sys/devices/system/cpu/isolated");
	dump_copy(dump, "sys/devices/system/cpu/online");
	dump_copy(dump, "sys/kernel/mm/" GIB_PAGES);
	for (size_t i = 0; i < names.n; i++) {
		char path[400];

		if (strncmp(names.text[i], "node", 4) != 0)
			continue;
		(void)snprintf(path, sizeof(path), NODES "/%.255s/cpulist", names.text[i]);
		dump_copy(dump, path);
		(void)snprintf(path, sizeof(path), NODES "/%.255s/" GIB_PAGES, names.text[i]);
		dump_copy(dump, path);
	}
	return r;
}
