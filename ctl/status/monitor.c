/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/status/monitor.h"

#include <libudev.h>
#include <poll.h>

struct monitor {
	struct udev *udev;
	struct udev_monitor *events;
};

static int listen_to(struct udev_monitor *events)
{
	static const char *const subsystems[] = {"pci", "vfio", "iommu"};
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(subsystems) && r >= 0; i++)
		r = udev_monitor_filter_add_match_subsystem_devtype(events, subsystems[i], NULL);
	return r < 0 ? r : udev_monitor_enable_receiving(events);
}

static int open_into(struct monitor *monitor)
{
	monitor->udev = udev_new();
	if (monitor->udev)
		monitor->events = udev_monitor_new_from_netlink(monitor->udev, "udev");
	return monitor->events ? listen_to(monitor->events) : -ENOTSUP;
}

int monitor_open(struct monitor **ret)
{
	_cleanup_(monitor_close) struct monitor *monitor = calloc(1, sizeof(*monitor));
	int r;

	if (!monitor)
		return -ENOMEM;
	r = open_into(monitor);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(monitor);
	return 0;
}

void monitor_close(struct monitor **monitor)
{
	if (!*monitor)
		return;
	udev_monitor_unref((*monitor)->events);
	udev_unref((*monitor)->udev);
	free(*monitor);
}

int monitor_wait(struct monitor *monitor, int64_t deadline_ms)
{
	struct pollfd fd = {.fd = udev_monitor_get_fd(monitor->events), .events = POLLIN};
	int64_t now = monotonic_ms();
	struct udev_device *device;
	int n;

	if (now >= deadline_ms)
		return 0;
	n = poll(&fd, 1, (int)(deadline_ms - now));
	if (n < 0)
		return errno == EINTR ? 1 : -errno;
	if (n == 0)
		return 0;
	/* A burst of them is one reason to look again. */
	while ((device = udev_monitor_receive_device(monitor->events)))
		udev_device_unref(device);
	return 1;
}
