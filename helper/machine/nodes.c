/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/machine/nodes.h"

#include <fnmatch.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "helper/base/pci_attribute.h"
#include "helper/base/text.h"

#define INFORMATION_MAX 4096
#define NVIDIA_MAJOR	195

_printf_(3, 4) static void add(struct nodes *nodes, dev_t number, const char *format, ...)
{
	struct node_name *node = &nodes->node[nodes->n];
	va_list args;

	if (nodes->n == NODES_MAX)
		return;
	nodes->n++;
	node->number = number;
	va_start(args, format);
	(void)vsnprintf(node->pattern, sizeof(node->pattern), format, args);
	va_end(args);
}

/* "226:1", in the file "dev" of a folder of sysfs; or 0. */
static dev_t read_number(const struct root *root, const char *folder, const char *name)
{
	char path[PCI_PATH_MAX + 32], text[24];
	unsigned major, minor;

	snprintf(path, sizeof(path), "%s/%.20s/dev", folder, name);
	if (root_read(root, path, text, sizeof(text)) < 0 ||
	    sscanf(text, "%9u:%9u", &major, &minor) != 2)
		return 0;
	return makedev(major, minor);
}

/* Add "/dev/FOLDER/NAME" for what the function has in a folder of sysfs. Returns whether it did. */
static bool add_entries(const struct root *root, const struct bound_function *f, const char *in,
			const char *folder, struct nodes *nodes)
{
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;
	char path[PCI_PATH_MAX];
	size_t before = nodes->n;
	int r;

	r = root_open_dir(root, pci_attribute_path(&f->address, in, path), &dir);
	while (r == 0 && (entry = root_next(dir, &r)))
		if (entry->d_name[0] != '.')
			add(nodes, read_number(root, path, entry->d_name), "/dev/%s%.20s", folder,
			    entry->d_name);
	if (r < 0 && !root_is_absent(r) && !nodes->error) {
		nodes->error = r;
		snprintf(nodes->unread, sizeof(nodes->unread), "%s", path);
	}
	return nodes->n > before;
}

/* "Device Minor: 	 0" */
static int nvidia_minor(const struct root *root, const struct bound_function *f)
{
	char path[64], a[PCI_ADDRESS_MAX], text[INFORMATION_MAX];
	const char *line;
	unsigned minor;

	snprintf(path, sizeof(path), "proc/driver/nvidia/gpus/%s/information",
		 pci_address_format(&f->address, a));
	if (root_read(root, path, text, sizeof(text)) < 0)
		return -1;
	line = strstr(text, "Device Minor:");
	return line && sscanf(line, "Device Minor: %3u", &minor) == 1 ? (int)minor : -1;
}

static void add_gpu(const struct root *root, const struct bound_function *f, struct nodes *nodes)
{
	bool nvidia = text_starts_with(f->driver, "nvidia");
	int minor = nvidia ? nvidia_minor(root, f) : -1;
	bool known;

	if (strcmp(f->driver, "pci-stub") == 0)
		return; /* it makes none */
	known = add_entries(root, f, "drm", "dri/", nodes);
	known |= add_entries(root, f, "accel", "accel/", nodes);
	(void)add_entries(root, f, "graphics", "", nodes); /* /dev/fb0 */
	if (minor >= 0)
		add(nodes, makedev(NVIDIA_MAJOR, (unsigned)minor), "/dev/nvidia%d", minor);
	else if (nvidia)
		add(nodes, 0, "/dev/nvidia*");
	if (!known && minor < 0)
		add(nodes, 0, "/dev/dri/*");
	/* One node for all GPUs of amdgpu. */
	if (!nvidia)
		add(nodes, 0, "/dev/kfd");
}

static void add_sound(const struct root *root, const struct bound_function *f, struct nodes *nodes)
{
	struct nodes sound = {0};

	(void)add_entries(root, f, "sound", "", &sound);
	nodes->error = sound.error;
	memcpy(nodes->unread, sound.unread, sizeof(nodes->unread));
	for (size_t i = 0; i < sound.n; i++) {
		const char *number = sound.node[i].pattern + strlen("/dev/card");

		if (!text_starts_with(sound.node[i].pattern, "/dev/card"))
			continue;
		/* controlC1, and pcmC1D3p, hwC1D0 */
		add(nodes, 0, "/dev/snd/*C%.8s", number);
		add(nodes, 0, "/dev/snd/*C%.8sD*", number);
	}
}

static void add_group(const struct root *root, int group, struct nodes *nodes)
{
	char name[16];

	snprintf(name, sizeof(name), "%d", group);
	add(nodes, read_number(root, "sys/class/vfio", name), "/dev/vfio/%s", name);
}

struct nodes nodes_read(const struct root *root, const struct bound_function *f)
{
	struct nodes nodes = {0};

	if (strstr(f->driver, "vfio")) {
		if (f->group >= 0)
			add_group(root, f->group, &nodes);
		(void)add_entries(root, f, "vfio-dev", "vfio/devices/", &nodes);
	} else if (pci_class_is_gpu(f->class_code)) {
		add_gpu(root, f, &nodes);
	} else if (pci_class_sub(f->class_code) == 0x0403) {
		add_sound(root, f, &nodes);
	}
	return nodes;
}

static bool is_node(const struct node_name *node, const char *path, dev_t number)
{
	if (node->number && number)
		return node->number == number;
	return fnmatch(node->pattern, path, 0) == 0;
}

bool nodes_have(const struct nodes *nodes, const char *path, dev_t number)
{
	/* "/run/nvidia/driver/dev/nvidia1" is one of "/dev/nvidia*", too. */
	const char *dev = number ? strstr(path, "/dev/") : NULL;

	for (size_t i = 0; i < nodes->n; i++)
		if (is_node(&nodes->node[i], dev ? dev : path, number))
			return true;
	return false;
}
