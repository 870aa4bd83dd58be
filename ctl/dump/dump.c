/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "ctl/dump/devices.h"
#include "ctl/dump/modules.h"
#include "ctl/dump/system.h"
#include "ctl/dump/text.h"
#include "ctl/verb.h"

#define NODES	  "sys/devices/system/node"
#define GIB_PAGES "hugepages/hugepages-1048576kB/free_hugepages"

/* What the hints look at: the lists of processors and NUMA nodes, and free pages of 1 GiB. */
static int dump_numa(struct dump *dump)
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

static int write_all(struct dump *dump)
{
	int r = machine_scan(dump->root, &dump->machine);

	for (size_t i = 0; i < dump->machine.n_functions && r == 0; i++)
		r = machine_read_driver(dump->root, &dump->machine, i);
	if (r < 0)
		return r;
	fputs("# gpuclaimctl " GPUCLAIM_VERSION
	      " dump: a node's facts, for tests/fixtures/expand.py.\n"
	      "# No host name, no serial number, no network address; comments of the configuration are left out.\n",
	      dump->to);
	r = dump_devices(dump);
	if (r == 0)
		r = dump_modules(dump);
	if (r == 0)
		r = dump_numa(dump);
	return r == 0 ? dump_system(dump) : r;
}

static enum exit_code run(const struct invocation *invocation)
{
	struct dump dump = {.root = invocation->root, .to = stdout};
	int r;

	if (!root_exists(dump.root, "sys/bus/pci")) {
		fputs("gpuclaimctl: dump: there is no sys/bus/pci: run it on the node\n", stderr);
		return EXIT_CODE_REFUSED;
	}
	r = write_all(&dump);
	machine_free(&dump.machine);
	free(dump.module);
	if (r < 0) {
		fprintf(stderr, "gpuclaimctl: dump: the facts can't be read: %s\n", strerror(-r));
		return EXIT_CODE_FAILED;
	}
	return EXIT_CODE_OK;
}

static const struct accepted options[] = {
	{.option = OPTION_ROOT},
};

const struct verb verb_dump = {
	.name = "dump",
	.summary = "print this node's facts, for a bug report",
	.about =
		"Print what scan, status and gpuclaim read of this node as one text file: the PCI\n"
		"functions, their groups and drivers, the modules that match them, the IOMMU, the\n"
		"configuration and the record of this boot. The project's tests make a tree of it.\n"
		"It has no host name, serial number, network address, or kernel argument about anything\n"
		"else.",
	.exits = "0 done; 1 the facts can't be read; 2 wrong usage; 4 no PCI functions here.",
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.run = run,
};
