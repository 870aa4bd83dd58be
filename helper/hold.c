/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "hold.h"

#define PATH_ROOM 400 /* our longest path with two directory entries in it */

/* What is looked for, and where the answer goes. */
struct search {
	const struct root *root;
	const char *prefix; /* of the device nodes that count, for is_user() */
	const char *card;   /* number of the sound card; NULL for GPUs */
	char *buf;
	size_t size;
};

typedef bool (*visit_fn)(const struct search *search, const char *dir, const char *name);

/* Call @visit for each entry of @dir until one says that it found something. */
static bool each_entry(const struct search *search, const char *dir, visit_fn visit)
{
	_cleanup_closedir_ DIR *handle = NULL;
	const struct dirent *entry;

	if (root_open_dir(search->root, dir, &handle) < 0)
		return false;
	while ((entry = readdir(handle)))
		if (entry->d_name[0] != '.' && visit(search, dir, entry->d_name))
			return true;
	return false;
}

/* In usb1: "1-2" is a device on port 2, "1-0:1.0" the root hub's own interface. */
static bool is_usb_device(const struct search *search, const char *dir _unused_, const char *name)
{
	if (name[0] < '0' || name[0] > '9' || !strchr(name, '-') || strchr(name, ':'))
		return false;
	snprintf(search->buf, search->size, "USB device %.20s", name);
	return true;
}

static bool is_usb_bus(const struct search *search, const char *dir, const char *name)
{
	char path[PATH_ROOM];

	if (strncmp(name, "usb", 3) != 0)
		return false;
	snprintf(path, sizeof(path), "%.100s/%s", dir, name);
	return each_entry(search, path, is_usb_device);
}

/* Source: sound/core/pcm.c, "closed" where no one has the substream open. */
static bool is_open_substream(const struct search *search, const char *dir, const char *name)
{
	char path[PATH_ROOM], status[32];

	if (strncmp(name, "sub", 3) != 0)
		return false;
	snprintf(path, sizeof(path), "%.100s/%.40s/status", dir, name);
	if (root_read(search->root, path, status, sizeof(status)) < 0 ||
	    strncmp(status, "closed", 6) == 0)
		return false;
	snprintf(search->buf, search->size, "audio stream %.40s", dir + strlen("proc/asound/"));
	return true;
}

static bool is_busy_pcm(const struct search *search, const char *dir, const char *name)
{
	char path[PATH_ROOM];

	if (strncmp(name, "pcm", 3) != 0)
		return false;
	snprintf(path, sizeof(path), "%.100s/%.40s", dir, name);
	return each_entry(search, path, is_open_substream);
}

static bool is_framebuffer(const struct search *search, const char *dir _unused_, const char *name)
{
	if (strncmp(name, "fb", 2) != 0)
		return false;
	snprintf(search->buf, search->size, "framebuffer %.20s", name);
	return true;
}

/* Is this a node of the sound card: "controlC1", "pcmC1D3p", "hwC1D0"? */
static bool is_of_card(const char *node, const char *card)
{
	const char *number = strchr(node, 'C');
	size_t n = strlen(card);

	return number && strncmp(number + 1, card, n) == 0 &&
	       (number[n + 1] == '\0' || number[n + 1] == 'D');
}

/* /proc/PID/fd/N: does it point at a device node that counts? */
static bool is_open_node(const struct search *search, const char *dir, const char *name)
{
	char path[PATH_ROOM], target[64];

	snprintf(path, sizeof(path), "%.100s/%.20s", dir, name);
	if (root_link_target(search->root, path, target, sizeof(target)) < 0 ||
	    strncmp(target, search->prefix, strlen(search->prefix)) != 0)
		return false;
	if (search->card && !is_of_card(target + strlen(search->prefix), search->card))
		return false;
	dir += strlen("proc/");
	snprintf(search->buf, search->size, "process %.*s with %.30s open", (int)strcspn(dir, "/"),
		 dir, target);
	return true;
}

static bool is_user(const struct search *search, const char *dir _unused_, const char *name)
{
	char path[PATH_ROOM];

	if (name[0] < '1' || name[0] > '9')
		return false;
	snprintf(path, sizeof(path), "proc/%.20s/fd", name);
	return each_entry(search, path, is_open_node);
}

/* An open control node would hold up snd_card_free() as an open stream does. */
static bool is_busy_card(const struct search *search, const char *dir _unused_, const char *name)
{
	struct search card = *search;
	char path[PATH_ROOM];

	if (strncmp(name, "card", 4) != 0)
		return false;
	card.prefix = "/dev/snd/";
	card.card = name + 4;
	snprintf(path, sizeof(path), "proc/asound/%.40s", name);
	return each_entry(&card, path, is_busy_pcm) || each_entry(&card, "proc", is_user);
}

static void find_gpu_user(struct search *search)
{
	/* Nodes that only a GPU's native driver makes. */
	static const char *const prefixes[] = {"/dev/dri/", "/dev/nvidia", "/dev/kfd"};

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
		search->prefix = prefixes[i];
		if (each_entry(search, "proc", is_user))
			return;
	}
}

void hold_find(const struct root *root, const struct pci_address *address, uint32_t class,
	       char *buf, size_t size)
{
	struct search search = {.root = root, .buf = buf, .size = size};
	char device[64], path[80], a[PCI_ADDRESS_MAX];

	buf[0] = '\0';
	snprintf(device, sizeof(device), "sys/bus/pci/devices/%s", pci_address_format(address, a));
	if (pci_class_sub(class) == 0x0c03) {
		each_entry(&search, device, is_usb_bus);
	} else if (pci_class_sub(class) == 0x0403) {
		snprintf(path, sizeof(path), "%s/sound", device);
		each_entry(&search, path, is_busy_card);
	} else if (pci_class_is_gpu(class)) {
		snprintf(path, sizeof(path), "%s/graphics", device);
		if (!each_entry(&search, path, is_framebuffer))
			find_gpu_user(&search);
	}
}
