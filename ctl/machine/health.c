/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/machine/health.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ctl/machine/attributes.h"
#include "helper/base/pci_attribute.h"
#include "helper/base/util.h"

/*
 * Source: device-db.h of https://github.com/gnif/vendor-reset for device_specific (Polaris, Vega,
 * Navi 1x, MI100); quirk_nvidia_no_bus_reset() of drivers/pci/quirks.c, which older kernels lack,
 * for "bus"; for "flr" https://github.com/tinygrad/tinygrad/pull/18199 and
 * https://github.com/NVIDIA/open-gpu-kernel-modules/issues/853 (GB202; of RTX PRO 6000, too,
 * https://www.guiahardware.es/rtx-5090-y-rtx-6000-pro-el-bug-de-reset-en-virtualizacion-que-congela-las-vms),
 * and https://github.com/amd/MxGPU-Virtualization/issues/25 (MI300X, MI355X).
 */
static const struct reset_fault reset_faults[] = {
	{0x1002, 0x66a0, 0x66af, .needs = "device_specific"},
	{0x1002, 0x67c0, 0x67ff, .needs = "device_specific"},
	{0x1002, 0x6860, 0x687f, .needs = "device_specific"},
	{0x1002, 0x6980, 0x699f, .needs = "device_specific"},
	{0x1002, 0x6fdf, 0x6fdf, .needs = "device_specific"},
	{0x1002, 0x7310, 0x731f, .needs = "device_specific"},
	{0x1002, 0x7340, 0x734f, .needs = "device_specific"},
	{0x1002, 0x7360, 0x7362, .needs = "device_specific"},
	{0x1002, 0x738c, 0x738c, .needs = "device_specific"},
	{0x1002, 0x74a1, 0x74a1, .hangs = "flr"},
	{0x1002, 0x75a3, 0x75a3, .hangs = "flr"},
	{0x10de, 0x1eb8, 0x1eb8, .hangs = "bus"},
	{0x10de, 0x2340, 0x237f, .hangs = "bus"},
	{0x10de, 0x2b85, 0x2b8c, .hangs = "flr"},
	{0x10de, 0x2bb1, 0x2bb1, .hangs = "flr"},
	{0x10de, 0x2bb4, 0x2bb5, .hangs = "flr"},
};

static bool is_word(const char *at, size_t n, const char *word)
{
	return strlen(word) == n && strncmp(at, word, n) == 0;
}

unsigned reset_kinds(const char *methods)
{
	unsigned kinds = 0;

	while (*methods) {
		size_t n = strcspn(methods, " ");
		bool bus = is_word(methods, n, "bus") || is_word(methods, n, "cxl_bus");

		if (n)
			kinds |= bus ? RESET_OF_BUS : RESET_OF_FUNCTION;
		methods += n + (methods[n] == ' ');
	}
	return kinds;
}

static bool has_word(const char *methods, const char *word)
{
	while (*methods) {
		size_t n = strcspn(methods, " ");

		if (is_word(methods, n, word))
			return true;
		methods += n + (methods[n] == ' ');
	}
	return false;
}

const struct reset_fault *reset_fault_of(const struct pci_id *id, const char *methods)
{
	for (size_t i = 0; i < ARRAY_SIZE(reset_faults); i++) {
		const struct reset_fault *fault = &reset_faults[i];

		if (fault->vendor != id->vendor || id->device < fault->first ||
		    id->device > fault->last)
			continue;
		if (fault->needs ? !has_word(methods, fault->needs)
				 : is_word(methods, strcspn(methods, " "), fault->hangs))
			return fault;
	}
	return NULL;
}

#define PORTS_MAX 8 /* above a function */

bool health_is_asleep(const struct root *root, const struct pci_address *address)
{
	char status[16], power[16];

	(void)pci_attribute_read(root, address, "power_state", power, sizeof(power));
	return pci_attribute_read(root, address, "power/runtime_status", status, sizeof(status)) >
		       0 &&
	       strcmp(status, "suspended") == 0 && strcmp(power, "D0") != 0;
}

int health_avoid_sleeping(const struct root *root, struct text_list *ret)
{
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;
	int r = root_open_dir(root, PCI_DEVICES, &dir);

	if (r < 0)
		return root_is_absent(r) ? 0 : r;
	for (size_t i = 0; i < root->n_avoid && r == 0; i++)
		r = text_list_add(ret, "%s", root->avoid[i]);
	while (r == 0 && (entry = root_next(dir, &r))) {
		struct pci_address address;

		if (pci_address_parse(entry->d_name, &address) == 0 &&
		    health_is_asleep(root, &address))
			r = text_list_add(ret, PCI_DEVICES "/%s/config", entry->d_name);
	}
	return r;
}

/* Return: its configuration space, open, or a negative errno. */
static int ask(const struct root *root, const struct pci_address *address,
	       struct config_header *header, struct health *health)
{
	char path[PCI_PATH_MAX];
	ssize_t n;
	int fd;

	fd = root_open_at(root, pci_attribute_path(address, "config", path), O_RDONLY);
	health->resetting = fd == -EBUSY && !health_is_asleep(root, address);
	n = fd < 0 ? -1 : read(fd, header->byte, sizeof(header->byte));
	header->n = n > 0 ? (size_t)n : 0;
	return fd;
}

/* A device that doesn't answer reads as ones, and 0xffff is nobody's vendor ID. */
static bool is_dead(const struct config_header *header)
{
	return header->n >= 2 && header->byte[0] == 0xff && header->byte[1] == 0xff;
}

/* Then vfio-pci keeps an idle function in D0. */
static bool stays_awake(const struct root *root)
{
	char text[16];

	return root_read(root, "sys/module/vfio_pci/parameters/disable_idle_d3", text,
			 sizeof(text)) > 0 &&
	       strcmp(text, "Y") == 0;
}

bool may_lose_power(const struct root *root, const struct pci_address *address)
{
	char path[PCI_PATH_MAX], name[PORTS_MAX * 3 + 48], text[16];
	size_t n = 0;

	for (unsigned ports = 0; ports < PORTS_MAX; ports++) {
		(void)snprintf(name + n, sizeof(name) - n, "d3cold_allowed");
		/* Above the last port there is no such attribute. */
		if (pci_attribute_read(root, address, name, text, sizeof(text)) < 0 ||
		    strcmp(text, "1") != 0)
			return false;
		n += (size_t)snprintf(name + n, sizeof(name) - n, "../");
		(void)snprintf(name + n, sizeof(name) - n, "firmware_node/power_resources_D3hot");
		if (root_exists(root, pci_attribute_path(address, name, path)))
			return !stays_awake(root);
	}
	return false;
}

static uint32_t bar_register(const struct config_header *header, unsigned i)
{
	const unsigned char *at = header->byte + 0x10 + 4 * (size_t)i;

	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
	       (uint32_t)at[3] << 24;
}

static bool is_memory(const struct bar *bar)
{
	return bar->size_bytes && !bar->io;
}

/*
 * A BAR that the kernel gave up looks like one that isn't there, but for its register: the bits
 * that tell its kind are wired. The second half of one of 64 bits has none.
 */
static void find_dropped(const struct attributes *attributes, const struct config_header *header,
			 struct health *health)
{
	for (unsigned i = 0; i < ATTRIBUTE_BARS; i++) {
		uint32_t value = bar_register(header, i);
		bool wide = (value & 7) == 4;

		if (!attributes->bar[i].size_bytes && value && value != UINT32_MAX &&
		    !(value & 1)) {
			health->dropped = true;
			health->homeless_bar = i;
			health->bar_register = value;
			return;
		}
		i += wide || attributes->bar[i].wide;
	}
}

/* What decodes memory has some, whatever is to be read of it. */
static bool may_be_without_bars(const struct config_header *header)
{
	return (header->byte[0x0b] == 0x03 || header->byte[0x0b] == 0x12) &&
	       !(header->byte[0x04] & 2);
}

static void judge_bars(const struct attributes *attributes, const struct config_header *header,
		       struct health *health)
{
	bool any = false;

	if (!attributes->has_bars)
		return;
	for (unsigned i = 0; i < ATTRIBUTE_BARS; i++) {
		const struct bar *bar = &attributes->bar[i];

		any |= is_memory(bar);
		if (!is_memory(bar) || !bar->homeless)
			continue;
		health->homeless_bar = i;
		health->homeless_bytes = bar->size_bytes;
		return;
	}
	/* Bridges have other registers there. */
	if (header->n < sizeof(header->byte) || health->dead || header->byte[0x0e] & 0x7f)
		return;
	find_dropped(attributes, header, health);
	health->no_bars = !any && !health->dropped && may_be_without_bars(header);
}

/* "16.0 GT/s" */
static double parse_speed(const char *text)
{
	double speed;

	return sscanf(text, "%lf", &speed) == 1 ? speed : 0;
}

static void judge_speed(const struct root *root, const struct pci_address *address,
			const struct attributes *attributes, struct health *health)
{
	char text[ROOT_ATTRIBUTE_MAX];
	double now = parse_speed(attributes->current.speed),
	       possible = parse_speed(attributes->max.speed);
	double port =
		pci_attribute_read(root, address, "../max_link_speed", text, sizeof(text)) >= 0
			? parse_speed(text)
			: 0;

	if (port > 0 && port < possible)
		possible = port;
	if (now > 0 && now < possible) {
		health->speed = now;
		health->speed_possible = possible;
	}
}

/* Of the function, or of one of the ports above it; 0: not known. */
static unsigned read_width(const struct root *root, const struct pci_address *address,
			   unsigned level, const char *name)
{
	char path[PORTS_MAX * 3 + 32] = "", text[16];
	unsigned width = 0;

	for (unsigned i = 0; i < level; i++)
		memcpy(path + (size_t)i * 3, "../", 4);
	(void)snprintf(path + (size_t)level * 3, 32, "%s", name);
	(void)(pci_attribute_read(root, address, path, text, sizeof(text)) >= 0 &&
	       sscanf(text, "%u", &width));
	return width < 255 ? width : 0;
}

/* The port at that level: a part of ".../0000:00:01.1/0000:01:00.0/0000:02:00.0/0000:03:00.0". */
static void find_port(const struct root *root, const struct pci_address *address, unsigned level,
		      struct narrow_link *ret)
{
	char path[PCI_PATH_MAX], target[512], *name;

	if (root_link_target(root, pci_attribute_path(address, "", path), target, sizeof(target)) <
	    0)
		return;
	for (name = strrchr(target, '/'); name && level; level--) {
		*name = '\0';
		name = strrchr(target, '/');
	}
	ret->above = name && pci_address_parse(name + 1, &ret->port) == 0;
}

/* Return: whether both ends can do more. */
static bool is_narrow(unsigned now, unsigned possible, unsigned port, struct narrow_link *ret)
{
	if (port && port < possible)
		possible = port;
	if (now && now < possible) {
		ret->lanes = now;
		ret->possible = possible;
	}
	return ret->lanes;
}

/*
 * What both ends of each link can do, up to the root port: of the function, and of each switch's
 * upstream port above it, which is two further up. A GPU with a switch of its own (Navi, Arc) tells
 * of the link to that.
 */
static void judge_lanes(const struct root *root, const struct pci_address *address,
			const struct attributes *own, struct narrow_link *ret)
{
	unsigned now = own->current.width, possible = own->max.width;
	unsigned port = now ? read_width(root, address, 1, "max_link_width") : 0;

	if (is_narrow(now, possible, port, ret))
		return;
	for (unsigned level = 2; port && level < PORTS_MAX; level += 2) {
		/* A root port has no link above it. */
		port = read_width(root, address, level + 1, "max_link_width");
		if (!port)
			return;
		now = read_width(root, address, level, "current_link_width");
		possible = read_width(root, address, level, "max_link_width");
		if (is_narrow(now, possible, port, ret)) {
			find_port(root, address, level, ret);
			return;
		}
	}
}

/* Its IDs are in the modalias, which is read already. */
static void judge_reset(const struct attributes *attributes, struct health *health)
{
	unsigned vendor, device;
	struct pci_id id;

	if (!attributes->resets[0] ||
	    sscanf(attributes->modalias, "pci:v%8xd%8x", &vendor, &device) != 2)
		return;
	id = (struct pci_id){.vendor = (uint16_t)vendor, .device = (uint16_t)device};
	health->reset_fault = reset_fault_of(&id, attributes->resets);
}

/* Before Linux 5.15 only the attribute "reset" tells: of a function that is there, by its absence.
 */
static bool has_no_reset(const struct root *root, const struct pci_address *address,
			 const struct attributes *attributes)
{
	char path[PCI_PATH_MAX];

	if (attributes->has_resets)
		return !attributes->resets[0];
	return attributes->modalias[0] &&
	       root_is_absent(root_look(root, pci_attribute_path(address, "reset", path)));
}

struct health health_read(const struct root *root, const struct pci_address *address,
			  const struct config_header *known, bool ats)
{
	struct health health = {0};
	struct config_header header = known ? *known : (struct config_header){.n = 0};
	struct attributes attributes;
	char power[16], status[16];
	_cleanup_close_ int config = -EBADF;

	(void)pci_attribute_read(root, address, "power_state", power, sizeof(power));
	(void)pci_attribute_read(root, address, "power/runtime_status", status, sizeof(status));
	health.unwakeable = strcmp(status, "error") == 0;
	health.power_cut = may_lose_power(root, address);
	/* A function that did not come back from a reset is in D3cold, too (pci_power_up()). */
	health.cold = health.power_cut && strcmp(power, "D3cold") == 0;
	if (!health.cold && !header.n)
		config = ask(root, address, &header, &health);
	health.dead = is_dead(&header);
	if (ats && config >= 0 && !health.dead)
		health.ats = ats_read(config);
	attributes_read(root, address, &attributes);
	health.no_reset = has_no_reset(root, address, &attributes);
	health.resets = reset_kinds(attributes.resets);
	judge_reset(&attributes, &health);
	judge_bars(&attributes, &header, &health);
	if (!health.cold && !health.dead && !health.resetting) {
		attributes_read_links(root, address, &attributes);
		judge_lanes(root, address, &attributes, &health.narrow);
		judge_speed(root, address, &attributes, &health);
	}
	health.nodeless = root_exists(root, "sys/devices/system/node/node1") &&
			  place_read_numa_node(root, address) < 0;
	return health;
}

const char *health_describe_bar(const struct health *health, char *buf, size_t size)
{
	char bytes[SIZE_TEXT_MAX];

	if (health->homeless_bytes)
		(void)snprintf(buf, size, "the kernel found no address for its BAR %u of %s",
			       health->homeless_bar, size_format(health->homeless_bytes, bytes));
	else if (health->dropped)
		(void)snprintf(
			buf, size,
			"its BAR %u got no room: its register reads 0x%08x, and the kernel gave it nothing",
			health->homeless_bar, health->bar_register);
	else
		(void)snprintf(buf, size, "it has no memory BAR: no driver can work with it");
	return buf;
}

const char *health_describe_narrow(const struct narrow_link *link, char *buf, size_t size)
{
	char a[PCI_ADDRESS_MAX];

	if (!link->above) {
		(void)snprintf(buf, size, "its link has %u of %u lanes", link->lanes,
			       link->possible);
		return "look at the GPU's seat, its riser and the slot";
	}
	(void)snprintf(buf, size, "the link of %s, above it, has %u of %u lanes",
		       pci_address_format(&link->port, a), link->lanes, link->possible);
	return "look at the seat, the riser and the slot of what has that port";
}

const char *health_bar_remedy(const struct kernel_args *args)
{
	return kernel_args_have(args, KARG_REALLOC)
		       ? "enable \"Above 4G Decoding\" (a bigger MMIO window, for Resizable BAR) in the firmware's setup"
		       : "enable \"Above 4G Decoding\" (a bigger MMIO window, for Resizable BAR) in the firmware's setup, or boot with pci=realloc";
}

static void describe_memory(enum vital vital, uint64_t then, uint64_t now, char *buf, size_t size)
{
	char before[SIZE_TEXT_MAX], after[SIZE_TEXT_MAX], name[16] = "ROM";

	if (vital < VITAL_ROM)
		(void)snprintf(name, sizeof(name), "BAR %d", (int)vital - VITAL_BAR);
	size_format(then, before);
	if (now)
		(void)snprintf(buf, size, "its %s has %s, and had %s when it was claimed", name,
			       size_format(now, after), before);
	else
		(void)snprintf(buf, size, "its %s, %s when it was claimed, is gone", name, before);
}

static void describe_vital(enum vital vital, uint64_t then, uint64_t now, char *buf, size_t size)
{
	static const char *const errors[] = {"fatal", "non-fatal", "correctable"};

	if (vital <= VITAL_ROM)
		describe_memory(vital, then, now, buf, size);
	else if (vital == VITAL_LANES)
		(void)snprintf(buf, size,
			       "its link has %" PRIu64 " lanes, and had %" PRIu64
			       " when it was claimed",
			       now, then);
	else if (vital == VITAL_SPEED)
		(void)snprintf(buf, size,
			       "its link runs at %.1f GT/s, and at %.1f when it was claimed",
			       (double)now / 10, (double)then / 10);
	else
		(void)snprintf(buf, size,
			       "its count of %s errors (AER) is %" PRIu64 ", and was %" PRIu64
			       " when it was claimed",
			       errors[vital - VITAL_FATAL], now, then);
}

const char *health_describe_worse(const struct vitals *then, const struct vitals *now, char *buf,
				  size_t size)
{
	enum vital vital = vitals_find_worse(then, now);

	if (vital == _VITAL_COUNT)
		return NULL;
	describe_vital(vital, then->value[vital], now->value[vital], buf, size);
	if (vital <= VITAL_ROM)
		return "look at the kernel's log (journalctl -k), and reboot the node";
	if (vital == VITAL_LANES)
		return "look at the GPU's seat, its riser and the slot";
	if (vital == VITAL_SPEED)
		return "an idle GPU lowers it: look again while a guest works with it; if it stays low, look at the GPU's seat, its riser and the slot";
	return "look at the kernel's log (journalctl -k), and at the GPU's seat, its riser and its power";
}
