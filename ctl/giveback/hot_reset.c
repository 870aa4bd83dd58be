/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/giveback/hot_reset.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>

/* A slot has eight functions, and a bus that we reset no other slot. */
#define AFFECTED_MAX 8

/**
 * struct user - of the groups, as a guest would be one
 * @fd, @group:	one each
 */
struct user {
	int container, device;
	int fd[AFFECTED_MAX], group[AFFECTED_MAX];
	size_t n;
};

static int negative_errno(int r)
{
	return r < 0 ? -errno : r;
}

static int take_group(const struct root *root, int group, struct user *user)
{
	char path[32];
	int fd, r;

	(void)snprintf(path, sizeof(path), "dev/vfio/%d", group);
	fd = root_open_at(root, path, O_RDWR);
	if (fd < 0)
		return fd;
	user->group[user->n] = group;
	user->fd[user->n++] = fd;
	r = negative_errno(ioctl(fd, VFIO_GROUP_SET_CONTAINER, &user->container));
	if (r < 0 || user->n > 1)
		return r;
	return negative_errno(ioctl(user->container, VFIO_SET_IOMMU, VFIO_TYPE1_IOMMU));
}

static bool has_group(const struct user *user, int group)
{
	for (size_t i = 0; i < user->n; i++)
		if (user->group[i] == group)
			return true;
	return false;
}

static int take(const struct root *root, const struct hot_reset *what, struct user *user)
{
	char address[PCI_ADDRESS_MAX];
	int r = user->container = root_open_at(root, "dev/vfio/vfio", O_RDWR);

	for (size_t i = 0; i < what->n && r >= 0; i++)
		if (!has_group(user, what->group[i]))
			r = take_group(root, what->group[i], user);
	if (r < 0)
		return r;
	pci_address_format(&what->function[0], address);
	user->device = negative_errno(ioctl(user->fd[0], VFIO_GROUP_GET_DEVICE_FD, address));
	return user->device < 0 ? user->device : 0;
}

/* The kernel tells 16 bits of a domain: where that is not all of it, it is another's. */
static bool is_among(const struct hot_reset *what, const struct vfio_pci_dependent_device *d)
{
	for (size_t i = 0; i < what->n; i++) {
		const struct pci_address *a = &what->function[i];

		if (a->domain == d->segment && a->bus == d->bus &&
		    (a->device << 3 | a->function) == d->devfn)
			return true;
	}
	return false;
}

static int check_affected(const struct user *user, const struct hot_reset *what)
{
	const size_t size = sizeof(struct vfio_pci_hot_reset_info) +
			    AFFECTED_MAX * sizeof(struct vfio_pci_dependent_device);
	_cleanup_free_ struct vfio_pci_hot_reset_info *info = calloc(1, size);

	if (!info)
		return -ENOMEM;
	info->argsz = (__u32)size;
	if (ioctl(user->device, VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, info) < 0)
		return errno == ENOSPC ? -EXDEV : -errno;
	for (size_t i = 0; i < info->count; i++)
		if (!is_among(what, &info->devices[i]))
			return -EXDEV;
	return info->count == what->n ? 0 : -EXDEV;
}

static int reset(const struct user *user)
{
	const size_t size = sizeof(struct vfio_pci_hot_reset) + AFFECTED_MAX * sizeof(user->fd[0]);
	_cleanup_free_ struct vfio_pci_hot_reset *order = calloc(1, size);

	if (!order)
		return -ENOMEM;
	order->argsz = (__u32)(sizeof(*order) + user->n * sizeof(user->fd[0]));
	order->count = (__u32)user->n;
	for (size_t i = 0; i < user->n; i++)
		order->group_fds[i] = user->fd[i];
	return negative_errno(ioctl(user->device, VFIO_DEVICE_PCI_HOT_RESET, order));
}

/* With the last one the kernel resets the slot once more, and that has ended then, too. */
static void leave(struct user *user)
{
	cleanup_close(&user->device);
	for (size_t i = 0; i < user->n; i++)
		cleanup_close(&user->fd[i]);
	cleanup_close(&user->container);
}

int hot_reset(const struct root *root, const void *context)
{
	const struct hot_reset *what = context;
	struct user user = {.container = -EBADF, .device = -EBADF};
	int r = what->n && what->n <= AFFECTED_MAX ? take(root, what, &user) : -EXDEV;

	if (r == 0)
		r = check_affected(&user, what);
	if (r == 0)
		r = reset(&user);
	leave(&user);
	return r;
}
