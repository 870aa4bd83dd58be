/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/hints/read.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "ctl/hints/cpus.h"
#include "ctl/machine/attributes.h"
#include "ctl/machine/health.h"
#include "helper/base/pci_attribute.h"

#define GIB_PAGES    "hugepages/hugepages-1048576kB/free_hugepages"
#define CPUINFO_MAX  (4u << 20)
#define CPULIST_MAX  4096
#define MIB	     (1ull << 20)
#define RESIZE_SIZES 44 /* 1 MiB to 8 EiB; PCI Express Base Specification 7.8.6 */

/* What the GPUs share: the CPUs that are kept for guests. */
struct kept {
	bool known;
	struct cpus cpus;
};

static void read_kept(const struct root *root, const char *dedicated, struct kept *kept)
{
	char isolated[CPULIST_MAX];

	if (root_read(root, "sys/devices/system/cpu/isolated", isolated, sizeof(isolated)) >= 0)
		kept->known = cpus_add(&kept->cpus, isolated) == 0;
	if (dedicated && cpus_add(&kept->cpus, dedicated) == 0)
		kept->known = true;
}

/* Of all CPUs where the machine has no NUMA nodes. */
static long count_kept(const struct root *root, const struct kept *kept, int node)
{
	_cleanup_free_ struct cpus *there = calloc(1, sizeof(*there));
	char path[64] = "sys/devices/system/cpu/online", list[CPULIST_MAX];

	if (node >= 0)
		(void)snprintf(path, sizeof(path), "sys/devices/system/node/node%d/cpulist", node);
	if (!there || !kept->known || root_read(root, path, list, sizeof(list)) < 0 ||
	    cpus_add(there, list) < 0)
		return -1;
	return cpus_count_common(&kept->cpus, there);
}

static long count_pages(const struct root *root, int node)
{
	char path[112] = "sys/kernel/mm/" GIB_PAGES, text[24];
	long n;

	if (node >= 0)
		(void)snprintf(path, sizeof(path), "sys/devices/system/node/node%d/" GIB_PAGES,
			       node);
	return root_read(root, path, text, sizeof(text)) >= 0 && sscanf(text, "%9ld", &n) == 1 ? n
											       : -1;
}

/* "address sizes	: 46 bits physical, 48 bits virtual", of the first processor. */
static unsigned read_address_bits(const struct root *root)
{
	_cleanup_free_ char *text = NULL;
	const char *line;
	unsigned bits;

	if (root_read_file(root, "proc/cpuinfo", CPUINFO_MAX, &text, NULL) < 0)
		return 0;
	line = strstr(text, "address sizes");
	return line && sscanf(line, "address sizes : %3u bits physical", &bits) == 1 ? bits : 0;
}

/* "5.14.0-503.el9.x86_64": it has much of what is newer. */
static void read_kernel(const struct root *root, struct hint_facts *ret)
{
	char release[128];
	unsigned major, minor;

	if (root_read(root, "proc/sys/kernel/osrelease", release, sizeof(release)) < 0 ||
	    sscanf(release, "%3u.%3u", &major, &minor) != 2)
		return;
	ret->kernel = major * 1000 + minor;
	ret->backports = strstr(release, ".el");
}

/* The largest of the sizes that the mask allows; the lowest bit is 1 MiB. */
static uint64_t largest_size(unsigned long long mask)
{
	unsigned bit = RESIZE_SIZES - 1;

	while (bit && !(mask >> bit & 1))
		bit--;
	return mask ? MIB << bit : 0;
}

/* The BAR that would grow most counts: it is the one with the GPU's memory. */
static void read_bars(const struct root *root, struct hint_gpu *g)
{
	struct attributes attributes;

	attributes_read(root, &g->address, &attributes);
	for (unsigned i = 0; i < ATTRIBUTE_BARS; i++) {
		const struct bar *bar = &attributes.bar[i];
		char name[24], text[24];
		unsigned long long mask;
		uint64_t possible;

		if (bar->io || !bar->size_bytes)
			continue;
		g->bars_bytes += bar->size_bytes;
		if (bar->size_bytes > g->largest_bytes)
			g->largest_bytes = bar->size_bytes;
		(void)snprintf(name, sizeof(name), "resource%u_resize", i);
		if (g->silent ||
		    pci_attribute_read(root, &g->address, name, text, sizeof(text)) < 0 ||
		    sscanf(text, "%16llx", &mask) != 1)
			continue;
		possible = largest_size(mask);
		if (possible <= g->possible_bytes)
			continue;
		g->resizable = true;
		g->resizable_bar = i;
		g->resizable_bytes = bar->size_bytes;
		g->possible_bytes = possible;
	}
}

/* From ".../devices/pci0000:00/0000:00:01.0/0000:01:00.0" what is between. */
static void read_above(const struct root *root, struct hint_gpu *g)
{
	char path[PCI_PATH_MAX], target[512], *start, *end;

	if (root_link_target(root, pci_attribute_path(&g->address, "", path), target,
			     sizeof(target)) < 0)
		return;
	start = strstr(target, "/pci");
	end = strrchr(target, '/');
	if (!start || (size_t)(end - start) >= sizeof(g->above))
		return;
	memcpy(g->above, start + 1, (size_t)(end - start));
	g->above[end - start] = '\0';
}

static void read_gpu(const struct root *root, const struct device_facts *d, const struct kept *kept,
		     struct hint_gpu *g)
{
	char path[64];

	*g = (struct hint_gpu){
		.address = d->address,
		.silent = d->health.cold || d->health.dead || d->health.resetting,
		.group = d->group,
		.ats = d->health.ats,
		.numa_node = place_read(root, &d->address).numa_node,
		.narrow = d->health.narrow,
		.speed = d->health.speed,
		.speed_possible = d->health.speed_possible,
	};
	read_bars(root, g);
	g->free_pages = count_pages(root, g->numa_node);
	g->dedicated = count_kept(root, kept, g->numa_node);
	(void)snprintf(path, sizeof(path), "sys/kernel/iommu_groups/%d/type", d->group);
	if (d->group < 0 || root_read(root, path, g->group_type, sizeof(g->group_type)) < 0)
		g->group_type[0] = '\0';
	read_above(root, g);
}

static bool is_selected_gpu(const struct device_facts *d)
{
	return d->selected && d->in_unit && !d->companion && !d->fabric;
}

static enum acs read_acs(const struct root *root, const struct pci_address *port)
{
	_cleanup_close_ int fd = -EBADF;
	char path[PCI_PATH_MAX];

	if (health_is_asleep(root, port))
		return ACS_UNKNOWN;
	fd = root_open_at(root, pci_attribute_path(port, "config", path), O_RDONLY);
	return fd < 0 ? ACS_UNKNOWN : acs_read(fd);
}

struct ports {
	struct hint_port *port; /* owned */
	size_t n;
};

static void free_ports(struct ports *ports)
{
	free(ports->port);
}

static int add_port(const struct root *root, const struct pci_address *address, struct ports *ports)
{
	struct hint_port port = {.address = *address};

	for (size_t i = 0; i < ports->n; i++)
		if (pci_address_compare(&ports->port[i].address, address) == 0)
			return 0;
	port.acs = read_acs(root, address);
	return ARRAY_ADD(ports->port, ports->n, port);
}

/* Of those whose groups tell of ACS, each port once. */
static int read_ports(const struct root *root, const struct hint_facts *facts, struct ports *ret)
{
	if (facts->n > HINT_GPUS_MAX || facts->override)
		return 0;
	for (size_t i = 0; i < facts->n * facts->n; i++) {
		const struct hint_gpu *a = &facts->gpu[i / facts->n],
				      *b = &facts->gpu[i % facts->n];
		struct pci_address port;

		if (a->group != b->group && hints_find_port(a, b, &port) &&
		    add_port(root, &port, ret) < 0)
			return -ENOMEM;
	}
	return 0;
}

int hints_read(const struct root *root, const struct facts *facts, const char *dedicated,
	       struct hints *ret)
{
	_cleanup_free_ struct kept *kept = calloc(1, sizeof(*kept));
	_cleanup_free_ struct hint_gpu *gpu = calloc(facts->n_devices + 1, sizeof(*gpu));
	struct hint_facts all = {
		.gpu = gpu,
		.override = kernel_args_have(&facts->policy->args, KARG_ACS_OVERRIDE),
	};
	struct ports ports _cleanup_(free_ports) = {0};

	if (!kept || !gpu)
		return -ENOMEM;
	for (size_t i = 0; i < facts->n_devices; i++)
		if (is_selected_gpu(&facts->device[i])) {
			if (all.n == 0)
				read_kept(root, dedicated, kept);
			read_gpu(root, &facts->device[i], kept, &gpu[all.n++]);
		}
	if (all.n) {
		all.address_bits = read_address_bits(root);
		read_kernel(root, &all);
	}
	if (read_ports(root, &all, &ports) < 0)
		return -ENOMEM;
	all.port = ports.port;
	all.n_ports = ports.n;
	return hints_judge(&all, ret);
}
