/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/machine/health.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ctl/machine/attributes.h"

#define PORTS_MAX 8 /* above a function */

static bool read_text(const struct root *root, const struct pci_address *address, const char *name,
		      char *buf, size_t size)
{
	char path[96], a[PCI_ADDRESS_MAX];

	snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/%s", pci_address_format(address, a),
		 name);
	if (root_read(root, path, buf, size) >= 0)
		return true;
	*buf = '\0';
	return false;
}

/* A device that doesn't answer reads as ones, and 0xffff is nobody's vendor ID. */
static void ask(const struct root *root, const struct pci_address *address, struct health *health)
{
	char path[96], a[PCI_ADDRESS_MAX];
	_cleanup_close_ int fd = -EBADF;
	unsigned char head[2];

	snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/config",
		 pci_address_format(address, a));
	fd = root_open_at(root, path, O_RDONLY);
	health->resetting = fd == -EBUSY;
	health->dead = fd >= 0 && read(fd, head, sizeof(head)) == sizeof(head) && head[0] == 0xff &&
		       head[1] == 0xff;
}

bool may_lose_power(const struct root *root, const struct pci_address *address)
{
	char path[128], a[PCI_ADDRESS_MAX], name[24 + PORTS_MAX * 3], text[16];
	size_t n = (size_t)snprintf(name, sizeof(name), "%s", pci_address_format(address, a));

	for (unsigned ports = 0; ports < PORTS_MAX; ports++) {
		(void)snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/d3cold_allowed", name);
		/* Above the last port there is no such attribute. */
		if (root_read(root, path, text, sizeof(text)) < 0 || strcmp(text, "1") != 0)
			return false;
		n += (size_t)snprintf(name + n, sizeof(name) - n, "/..");
		(void)snprintf(path, sizeof(path),
			       "sys/bus/pci/devices/%s/firmware_node/power_resources_D3hot", name);
		if (root_exists(root, path))
			return true;
	}
	return false;
}

static void judge_bars(const struct attributes *card, struct health *health)
{
	for (unsigned i = 0; card->has_bars && i < ATTRIBUTE_BARS; i++) {
		if (!card->bar[i].homeless || card->bar[i].io || !card->bar[i].size_bytes)
			continue;
		health->homeless_bar = i;
		health->homeless_bytes = card->bar[i].size_bytes;
		return;
	}
}

/* "16.0 GT/s" */
static double parse_speed(const char *text)
{
	double speed;

	return sscanf(text, "%lf", &speed) == 1 ? speed : 0;
}

static void judge_speed(const struct root *root, const struct pci_address *address,
			const struct attributes *card, struct health *health)
{
	char text[ROOT_ATTRIBUTE_MAX];
	double now = parse_speed(card->current.speed), possible = parse_speed(card->max.speed);
	double port = read_text(root, address, "../max_link_speed", text, sizeof(text))
			      ? parse_speed(text)
			      : 0;

	if (port > 0 && port < possible)
		possible = port;
	if (now > 0 && now < possible) {
		health->speed = now;
		health->speed_possible = possible;
	}
}

/* What both ends of the link can do; the port is the folder above. */
static void judge_link(const struct root *root, const struct pci_address *address,
		       struct attributes *card, struct health *health)
{
	unsigned possible, port;
	char text[16];

	attributes_read_links(root, address, card);
	possible = card->max.width;
	if (read_text(root, address, "../max_link_width", text, sizeof(text)) &&
	    sscanf(text, "%u", &port) == 1 && port && port < possible)
		possible = port;
	if (card->current.width && card->current.width < possible) {
		health->lanes = card->current.width;
		health->lanes_possible = possible;
	}
	judge_speed(root, address, card, health);
}

struct health health_read(const struct root *root, const struct pci_address *address)
{
	struct health health = {0};
	struct attributes card;
	char power[16];

	(void)read_text(root, address, "power_state", power, sizeof(power));
	health.power_cut = may_lose_power(root, address);
	/* A function that did not come back from a reset is in D3cold, too (pci_power_up()). */
	health.cold = health.power_cut && strcmp(power, "D3cold") == 0;
	if (!health.cold)
		ask(root, address, &health);
	attributes_read(root, address, &card);
	health.no_reset = card.has_resets && !card.resets[0];
	judge_bars(&card, &health);
	if (!health.cold && !health.dead && !health.resetting)
		judge_link(root, address, &card, &health);
	health.nodeless = root_exists(root, "sys/devices/system/node/node1") &&
			  place_read(root, address).numa_node < 0;
	return health;
}
