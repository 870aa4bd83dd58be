/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/machine/usb.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "helper/base/pci_attribute.h"

#define NEVER_ASLEEP \
	"its root hub usb%u may not sleep: write %s to /sys/bus/usb/devices/usb%u/power/%s"

/* Of one controller: the lowest root hub that is not asleep is the one to tell of. */
struct hubs {
	const struct root *root;
	const char *device; /* the controller's folder */
	unsigned n;
	unsigned awake; /* 0: none */
};

static void read_power(const struct hubs *hubs, unsigned hub, const char *name, char buf[static 16])
{
	char path[PCI_PATH_MAX + 64];

	snprintf(path, sizeof(path), "%s/usb%u/power/%s", hubs->device, hub, name);
	if (root_read(hubs->root, path, buf, 16) < 0)
		buf[0] = '\0';
}

static void look_at_hub(struct hubs *hubs, unsigned hub)
{
	char status[16];

	hubs->n++;
	read_power(hubs, hub, "runtime_status", status);
	if (strcmp(status, "suspended") != 0 && (!hubs->awake || hub < hubs->awake))
		hubs->awake = hub;
}

static int find_hubs(struct hubs *hubs)
{
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;
	unsigned hub;
	int r;

	r = root_open_dir(hubs->root, hubs->device, &dir);
	if (r < 0)
		return r;
	while (errno = 0, (entry = readdir(dir)))
		if (sscanf(entry->d_name, "usb%6u", &hub) == 1)
			look_at_hub(hubs, hub);
	return -errno;
}

static void explain(const struct hubs *hubs, char ret[static USB_WHY_MAX])
{
	unsigned hub = hubs->awake;
	char status[16], control[16], delay[16];

	read_power(hubs, hub, "runtime_status", status);
	read_power(hubs, hub, "control", control);
	read_power(hubs, hub, "autosuspend_delay_ms", delay);
	if (!status[0] || strcmp(status, "unsupported") == 0)
		snprintf(
			ret, USB_WHY_MAX,
			"the kernel does not tell whether its root hub usb%u sleeps: boot one with CONFIG_PM",
			hub);
	else if (strcmp(control, "on") == 0)
		snprintf(ret, USB_WHY_MAX, NEVER_ASLEEP, hub, "auto", hub, "control");
	else if (delay[0] == '-')
		snprintf(ret, USB_WHY_MAX, NEVER_ASLEEP, hub, "0", hub, "autosuspend_delay_ms");
	else
		snprintf(ret, USB_WHY_MAX, "its root hub usb%u is still awake", hub);
}

/* What takes a function for somebody else finds no devices on it. */
static bool finds_nothing(const char *driver)
{
	return strstr(driver, "vfio") || strstr(driver, "stub") || strstr(driver, "pciback");
}

bool usb_is_settled(const struct root *root, const struct bound_function *f,
		    char ret[static USB_WHY_MAX])
{
	char device[PCI_PATH_MAX];
	struct hubs hubs = {.root = root, .device = device};
	int r;

	if (finds_nothing(f->driver))
		return true;
	pci_attribute_path(&f->address, "", device);
	r = find_hubs(&hubs);
	if (r < 0)
		snprintf(ret, USB_WHY_MAX, "its root hubs can't be read: %.60s", strerror(-r));
	else if (!hubs.n)
		snprintf(ret, USB_WHY_MAX, "it has no root hub yet");
	else if (hubs.awake)
		explain(&hubs, ret);
	else
		return true;
	return false;
}
