/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stands for VFIO where a GPU has no reset of its own: ioctls of groups, container and device.
 * HOT_RESET_HITS is what the kernel would reset, "GROUP:ADDRESS ...", HOT_RESET_LOG where it is
 * told what was, HOT_RESET_FAILS the errno of the reset, HOT_RESET_KILLS a configuration that reads
 * as ones from then on, HOT_RESET_BUSY a group that somebody has.
 * It behaves as vfio_pci_core.c of Linux 6.1 and vfio_main.c of 5.10 do, which wants each group in
 * a container.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FDS 64

static bool in_container[FDS], opened;

static int fail(int error)
{
	errno = error;
	return -1;
}

/* The number in "…/dev/vfio/13", or -1. */
static int group_of(int fd)
{
	char link[32], path[4096], end;
	const char *name;
	ssize_t n;
	int group;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < 0)
		return -1;
	path[n] = '\0';
	name = strstr(path, "/dev/vfio/");
	return name && sscanf(name, "/dev/vfio/%d%c", &group, &end) == 1 ? group : -1;
}

static int tell_hits(struct vfio_pci_hot_reset_info *info)
{
	const char *p = getenv("HOT_RESET_HITS");
	unsigned group, domain, bus, device, function;
	size_t room = (info->argsz - sizeof(*info)) / sizeof(info->devices[0]);
	int n;

	if (!opened || !p)
		return fail(ENODEV);
	info->count = 0;
	while (sscanf(p, "%u:%x:%x:%x.%x %n", &group, &domain, &bus, &device, &function, &n) == 5) {
		if (info->count < room)
			info->devices[info->count] = (struct vfio_pci_dependent_device){
				.group_id = group,
				.segment = (__u16)domain,
				.bus = (__u8)bus,
				.devfn = (__u8)(device << 3 | function)};
		info->count++;
		p += n;
	}
	return info->count > room ? fail(ENOSPC) : 0;
}

static void kill_it(const char *path)
{
	FILE *config = fopen(path, "r+");

	if (!config)
		return;
	fwrite("\xff\xff\xff\xff", 4, 1, config);
	fclose(config);
}

static int hot_reset(const struct vfio_pci_hot_reset *order)
{
	FILE *log = fopen(getenv("HOT_RESET_LOG"), "a");

	if (!log || !opened || order->argsz != sizeof(*order) + order->count * sizeof(__s32))
		return fail(EINVAL);
	for (__u32 i = 0; i < order->count; i++) {
		if (group_of(order->group_fds[i]) < 0 || !in_container[order->group_fds[i]])
			return fail(EINVAL);
		fprintf(log, "%s%d", i ? " " : "", group_of(order->group_fds[i]));
	}
	fprintf(log, "\n");
	fclose(log);
	if (getenv("HOT_RESET_KILLS"))
		kill_it(getenv("HOT_RESET_KILLS"));
	return getenv("HOT_RESET_FAILS") ? fail(atoi(getenv("HOT_RESET_FAILS"))) : 0;
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list args;
	void *p;

	va_start(args, request);
	p = va_arg(args, void *);
	va_end(args);
	switch (request) {
	case VFIO_GROUP_SET_CONTAINER:
		if (getenv("HOT_RESET_BUSY") && atoi(getenv("HOT_RESET_BUSY")) == group_of(fd))
			return fail(EBUSY);
		in_container[fd] = true;
		return 0;
	case VFIO_SET_IOMMU:
		return 0;
	case VFIO_GROUP_GET_DEVICE_FD:
		opened = in_container[fd];
		return opened ? open("/dev/null", O_RDWR) : fail(EINVAL);
	case VFIO_DEVICE_GET_PCI_HOT_RESET_INFO:
		return tell_hits(p);
	case VFIO_DEVICE_PCI_HOT_RESET:
		return hot_reset(p);
	default:
		return fail(ENOTTY);
	}
}
