/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/hints/hints.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ctl/machine/attributes.h"
#include "helper/base/text.h"

#define GIB (1ull << 30)

/* The first Linux that maps BARs in huge pages, and as many address bits as OVMF makes use of. */
#define KERNEL_HUGE_BARS 6012
#define OVMF_BITS_MAX	 46

const char *hint_state_name(enum hint_state state)
{
	static const char *const names[] = {
		[HINT_GOOD] = "good", [HINT_SLOWER] = "slower", [HINT_UNKNOWN] = "unknown"};

	return names[state];
}

_printf_(3, 4) static void say(struct hint *hint, enum hint_state state, const char *format, ...)
{
	va_list args;

	hint->state = state;
	va_start(args, format);
	(void)vsnprintf(hint->text, sizeof(hint->text), format, args);
	va_end(args);
}

static void say_narrow(const struct narrow_link *link, struct hint *hint)
{
	char text[96];
	const char *remedy = health_describe_narrow(link, text, sizeof(text));

	say(hint, HINT_SLOWER, "%s: %s", text, remedy);
}

static void judge_link(const struct hint_facts *facts _unused_, const struct hint_gpu *g,
		       struct hint *hint)
{
	if (g->silent)
		say(hint, HINT_UNKNOWN, "its link was not looked at: it sleeps or does not answer");
	else if (g->narrow.lanes)
		say_narrow(&g->narrow, hint);
	else if (g->speed > 0)
		say(hint, HINT_SLOWER, "its link runs at %.1f of %.1f GT/s, as an idle GPU's may",
		    g->speed, g->speed_possible);
	else
		say(hint, HINT_GOOD,
		    "its link is as fast as both ends allow, as far as the kernel says");
}

static void judge_resizable(const struct hint_facts *facts _unused_, const struct hint_gpu *g,
			    struct hint *hint)
{
	char now[SIZE_TEXT_MAX], possible[SIZE_TEXT_MAX];

	if (g->silent || !g->resizable)
		say(hint, HINT_UNKNOWN, "the kernel names no BAR that can be resized");
	else if (g->possible_bytes > g->resizable_bytes)
		say(hint, HINT_SLOWER,
		    "its BAR %u has %s and could have %s: enable Resizable BAR in the firmware's setup",
		    g->resizable_bar, size_format(g->resizable_bytes, now),
		    size_format(g->possible_bytes, possible));
	else
		say(hint, HINT_GOOD, "its BAR %u has its largest size, %s", g->resizable_bar,
		    size_format(g->resizable_bytes, now));
}

static const char *where(const struct hint_gpu *g, char *buf, size_t size)
{
	if (g->numa_node < 0)
		return "this machine";
	(void)snprintf(buf, size, "its NUMA node %d", g->numa_node);
	return buf;
}

static void judge_pages(const struct hint_facts *facts _unused_, const struct hint_gpu *g,
			struct hint *hint)
{
	char buf[32];

	if (g->free_pages < 0)
		say(hint, HINT_UNKNOWN, "the kernel says nothing about pages of 1 GiB");
	else if (!g->free_pages)
		say(hint, HINT_SLOWER,
		    "no page of 1 GiB is free on %s: a guest starts more slowly, and its memory is translated in smaller pages",
		    where(g, buf, sizeof(buf)));
	else
		say(hint, HINT_GOOD, "%ld pages of 1 GiB are free on %s", g->free_pages,
		    where(g, buf, sizeof(buf)));
}

static void judge_cpus(const struct hint_facts *facts _unused_, const struct hint_gpu *g,
		       struct hint *hint)
{
	char buf[32];

	if (g->dedicated < 0)
		say(hint, HINT_UNKNOWN, "it is not known which CPUs are kept for guests");
	else if (!g->dedicated)
		say(hint, HINT_SLOWER,
		    "no CPU of %s is kept for guests (isolcpus=, or Nova's cpu_dedicated_set)",
		    where(g, buf, sizeof(buf)));
	else
		say(hint, HINT_GOOD, "%ld CPUs of %s are kept for guests", g->dedicated,
		    where(g, buf, sizeof(buf)));
}

static void judge_width(const struct hint_facts *facts, const struct hint_gpu *g, struct hint *hint)
{
	unsigned bits = facts->address_bits > OVMF_BITS_MAX ? OVMF_BITS_MAX : facts->address_bits;
	char bars[SIZE_TEXT_MAX], room[SIZE_TEXT_MAX];

	if (bits < 32 || !g->bars_bytes)
		say(hint, HINT_UNKNOWN,
		    "it is not known how wide the processor's addresses are, or how large its BARs");
	else if (g->bars_bytes > 1ull << (bits - 3))
		say(hint, HINT_SLOWER,
		    "its BARs take %s; with the processor's %u address bits, a guest's firmware (OVMF) keeps %s for all BARs: the GPU may not work, or not with all its memory",
		    size_format((g->bars_bytes + GIB - 1) / GIB * GIB, bars), facts->address_bits,
		    size_format(1ull << (bits - 3), room));
	else
		say(hint, HINT_GOOD, "a guest's firmware has room for its BARs: %u address bits",
		    facts->address_bits);
}

static void judge_mode(const struct hint_facts *facts _unused_, const struct hint_gpu *g,
		       struct hint *hint)
{
	static const char *const remedy = "boot with iommu=pt (Arm: iommu.passthrough=1)";

	if (strcmp(g->group_type, "identity") == 0)
		say(hint, HINT_GOOD, "the host's own devices bypass the IOMMU (iommu=pt)");
	else if (strcmp(g->group_type, "DMA") == 0)
		say(hint, HINT_SLOWER,
		    "the IOMMU is strict: the host's own disks and networks wait for it at each transfer: %s",
		    remedy);
	else if (strcmp(g->group_type, "DMA-FQ") == 0)
		say(hint, HINT_SLOWER,
		    "the IOMMU is lazy: the host's own disks and networks are translated: %s",
		    remedy);
	else
		say(hint, HINT_UNKNOWN, "the kernel does not say which mode the IOMMU has");
}

static void judge_mapping(const struct hint_facts *facts, const struct hint_gpu *g,
			  struct hint *hint)
{
	char size[SIZE_TEXT_MAX];

	if (!facts->kernel || !g->largest_bytes)
		say(hint, HINT_UNKNOWN,
		    "it is not known which kernel runs, or how large its BARs are");
	else if (facts->kernel >= KERNEL_HUGE_BARS || g->largest_bytes < GIB)
		say(hint, HINT_GOOD, "its BARs are mapped without delay");
	else if (facts->backports)
		say(hint, HINT_UNKNOWN,
		    "Linux maps large BARs in huge pages from 6.12 on; it is not known whether this distribution's kernel does");
	else
		say(hint, HINT_SLOWER,
		    "this kernel maps its BAR of %s page by page each time a guest starts; from Linux 6.12 on it takes huge pages",
		    size_format(g->largest_bytes, size));
}

struct gpu_rule {
	const char *id, *source; /* of struct hint */
	void (*judge)(const struct hint_facts *facts, const struct hint_gpu *g, struct hint *hint);
};

static const struct gpu_rule gpu_rules[] = {
	/* Source: Documentation/ABI/testing/sysfs-bus-pci, current_link_speed and max_link_width */
	{"link", "current_link_width", judge_link},
	/* Source: the same, resource<N>_resize */
	{"resizable-bar", "resource*_resize", judge_resizable},
	/* Source: Documentation/admin-guide/mm/hugetlbpage.rst, "per node" */
	{"huge-pages", "/sys/devices/system/node/node*/hugepages", judge_pages},
	/* Source: Documentation/ABI/testing/sysfs-devices-system-cpu, isolated; Nova's
	 * [compute] cpu_dedicated_set */
	{"dedicated-cpus",
	 "/sys/devices/system/cpu/isolated, and Nova's [compute] cpu_dedicated_set", judge_cpus},
	/* Source: PlatformDynamicMmioWindow() and PlatformAddressWidthFromCpuid() in edk2's
	 * OvmfPkg/Library/PlatformInitLib/MemDetect.c */
	{"address-width", "/proc/cpuinfo, and row bars", judge_width},
	/* Source: Documentation/ABI/testing/sysfs-kernel-iommu_groups, type */
	{"iommu-mode", "(row group-type)", judge_mode},
	/* Source: Linux commit f9e54c3a2f5b79ecc57c7bc7d0d3521e461a2101, "vfio/pci: implement
	 * huge_fault support", in 6.12 */
	{"bar-mapping", "/proc/sys/kernel/osrelease, and row bars", judge_mapping},
};

/* How many bytes of two paths are the same, in whole folders. */
static size_t common(const char *a, const char *b)
{
	size_t folders = 0;

	for (size_t i = 0; a[i] && a[i] == b[i]; i++)
		if (a[i] == '/')
			folders = i + 1;
	return folders;
}

static bool are_far(const struct hint_gpu *a, const struct hint_gpu *b)
{
	return a->numa_node >= 0 && b->numa_node >= 0 && a->numa_node != b->numa_node;
}

/* A root bus is no switch. */
static bool have_switch(const struct hint_gpu *a, const struct hint_gpu *b)
{
	size_t n = common(a->above, b->above);
	const char *slash = strchr(a->above, '/');

	return n && !(slash && n == (size_t)(slash - a->above) + 1);
}

bool hints_find_port(const struct hint_gpu *a, const struct hint_gpu *b, struct pci_address *ret)
{
	const char *port = a->above + common(a->above, b->above);
	char name[PCI_ADDRESS_MAX] = "";
	size_t n = strcspn(port, "/");

	if (!have_switch(a, b) || n >= sizeof(name))
		return false;
	memcpy(name, port, n);
	return pci_address_parse(name, ret) == 0;
}

/* Which way requests of one GPU go to another, from the best on. */
enum course { COURSE_STRAIGHT, COURSE_TRANSLATED, COURSE_UNKNOWN, COURSE_UP };

struct way {
	enum course course;
	char why[80];
};

static enum acs find_acs(const struct hint_facts *facts, const struct pci_address *port)
{
	for (size_t i = 0; i < facts->n_ports; i++)
		if (pci_address_compare(&facts->port[i].address, port) == 0)
			return facts->port[i].acs;
	return ACS_UNKNOWN;
}

static struct way find_way(const struct hint_facts *facts, const struct hint_gpu *from,
			   const struct hint_gpu *to)
{
	struct pci_address port;
	bool has_port = hints_find_port(from, to, &port);
	enum acs acs = has_port ? find_acs(facts, &port) : ACS_UNKNOWN;
	struct way way = {.course = COURSE_UP};
	char gpu[PCI_ADDRESS_MAX], name[PCI_ADDRESS_MAX] = "of the switch";

	pci_address_format(&from->address, gpu);
	if (has_port)
		pci_address_format(&port, name);
	if (acs == ACS_PASSES) {
		way.course = COURSE_STRAIGHT;
	} else if (from->ats == ATS_NONE || from->ats == ATS_OFF) {
		(void)snprintf(way.why, sizeof(way.why), "%s has %s", gpu,
			       from->ats == ATS_NONE ? "no ATS" : "ATS off");
	} else if (acs == ACS_REDIRECTS) {
		(void)snprintf(way.why, sizeof(way.why), "port %s has Direct Translated P2P off",
			       name);
	} else if (from->ats == ATS_UNKNOWN) {
		way.course = COURSE_UNKNOWN;
		(void)snprintf(way.why, sizeof(way.why), "%s has ATS on", gpu);
	} else if (acs == ACS_UNKNOWN) {
		way.course = COURSE_UNKNOWN;
		(void)snprintf(way.why, sizeof(way.why), "port %s has Direct Translated P2P on",
			       name);
	} else {
		way.course = COURSE_TRANSLATED;
	}
	return way;
}

/* The worse direction counts. */
static void judge_ports(const struct hint_facts *facts, const struct hint_gpu *a,
			const struct hint_gpu *b, struct hint *hint)
{
	const struct way ways[] = {find_way(facts, a, b), find_way(facts, b, a)};
	enum course worst = ways[0].course > ways[1].course ? ways[0].course : ways[1].course;
	char why[2 * sizeof(ways[0].why)] = "";

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		if (ways[i].course == worst)
			text_join(why, sizeof(why), ", ", ways[i].why);
	if (worst == COURSE_UP)
		say(hint, HINT_SLOWER,
		    "ACS in the switch above both sends their traffic up to the processor: %s",
		    why);
	else if (worst == COURSE_UNKNOWN)
		say(hint, HINT_UNKNOWN,
		    "ACS may send their traffic up to the processor: it is not known whether %s",
		    why);
	else if (worst == COURSE_TRANSLATED)
		say(hint, HINT_GOOD,
		    "the switch above both passes their translated requests (ATS) straight on");
	else
		say(hint, HINT_GOOD, "the switch above both passes their traffic straight on");
}

/* They are below one bridge. What ports isolate is told by groups: the kernel makes two only where
 * ACS sends up what goes from one to the other; their ports tell what is set now. */
static void judge_switch(const struct hint_facts *facts, const struct hint_gpu *a,
			 const struct hint_gpu *b, struct hint *hint)
{
	if (facts->override || a->group < 0 || b->group < 0)
		say(hint, HINT_UNKNOWN,
		    "they are below one switch; it is not known whether it passes their traffic straight on");
	else if (a->group == b->group)
		say(hint, HINT_GOOD, "the switch above both passes their traffic straight on");
	else
		judge_ports(facts, a, b, hint);
}

/*
 * Source: pci_device_group() and REQ_ACS_FLAGS in drivers/iommu/iommu.c; PCI Express Base
 * Specification 6.12.1.1 (ACS P2P Request Redirect, Direct Translated P2P).
 */
static void judge_pair(const struct hint_facts *facts, const struct hint_gpu *a,
		       const struct hint_gpu *b, struct hint *hint)
{
	if (!a->above[0] || !b->above[0])
		say(hint, HINT_UNKNOWN, "it is not known where they sit");
	else if (are_far(a, b))
		say(hint, HINT_SLOWER, "their traffic crosses from NUMA node %d to %d",
		    a->numa_node, b->numa_node);
	else if (!have_switch(a, b))
		say(hint, HINT_SLOWER,
		    "their traffic goes through the processor: no switch is above both");
	else
		judge_switch(facts, a, b, hint);
}

static struct hint *add(struct hints *hints, const char *id, const char *source,
			const struct hint_gpu *g)
{
	struct hint *hint = &hints->hint[hints->n++];

	*hint = (struct hint){.id = id, .source = source, .gpu = g->address};
	return hint;
}

static void judge_pairs(const struct hint_facts *facts, struct hints *hints)
{
	for (size_t i = 0; i < facts->n; i++)
		for (size_t k = i + 1; k < facts->n; k++) {
			struct hint *hint =
				add(hints, "peer-to-peer",
				    "(the ports above both, the GPUs' and the ports' config)",
				    &facts->gpu[i]);

			hint->has_peer = true;
			hint->peer = facts->gpu[k].address;
			judge_pair(facts, &facts->gpu[i], &facts->gpu[k], hint);
		}
}

int hints_judge(const struct hint_facts *facts, struct hints *ret)
{
	bool pairs = facts->n <= HINT_GPUS_MAX;
	struct hints hints = {0};

	hints.hint =
		calloc(facts->n * ARRAY_SIZE(gpu_rules) + (pairs ? facts->n * facts->n / 2 : 0) + 1,
		       sizeof(*hints.hint));
	if (!hints.hint)
		return -ENOMEM;
	for (size_t i = 0; i < facts->n; i++)
		for (size_t k = 0; k < ARRAY_SIZE(gpu_rules); k++)
			gpu_rules[k].judge(
				facts, &facts->gpu[i],
				add(&hints, gpu_rules[k].id, gpu_rules[k].source, &facts->gpu[i]));
	if (pairs)
		judge_pairs(facts, &hints);
	*ret = hints;
	return 0;
}

void hints_free(struct hints *hints)
{
	free(hints->hint);
	*hints = (struct hints){0};
}
