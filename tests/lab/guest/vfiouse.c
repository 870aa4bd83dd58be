/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vfiouse [ADDRESS]...: uses each PCI function as QEMU would and prints one line
 * a function: "vfiouse ADDRESS KEY=VALUE...". A step that fails has its errno's
 * name for a value, and the steps after it are missing.
 *
 *	viable=yes|no iommu=ok region0=0x... dma=ok isolated=yes msi=ok
 *	reset=ok|ERRNO hot-reset=ok|ERRNO verdict=pass|fail
 *
 * The verdict covers everything but the reset of the function, which a real card
 * may not have, and the hot reset, which needs the whole slot.
 */
#include "lab_regs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define BUFFER_SIZE   65536U
#define BUFFER_IOVA   0x100000U
#define UNMAPPED_IOVA 0x40000000U
#define PATTERN	      0x6c6162a5U
#define MAX_AFFECTED  32

struct user {
	int container, group, device;
	uint64_t bar, bar_size, config; /* offsets in the device's file */
	uint32_t *buffer;
};

static int report(const char *step, int r)
{
	if (r < 0)
		printf(" %s=%s", step, strerrorname_np(-r));
	else
		printf(" %s=ok", step);
	return r;
}

static int negative_errno(int r)
{
	return r < 0 ? -errno : r;
}

static int group_of(const char *address)
{
	char path[128], target[PATH_MAX];
	ssize_t n;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/iommu_group", address);
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return -errno;
	target[n] = '\0';
	return atoi(strrchr(target, '/') + 1);
}

static int open_group(int number)
{
	char path[64];

	snprintf(path, sizeof(path), "/dev/vfio/%d", number);
	return negative_errno(open(path, O_RDWR | O_CLOEXEC));
}

static int attach(struct user *u, const char *address)
{
	struct vfio_group_status status = {.argsz = sizeof(status)};
	int r;

	r = group_of(address);
	if (r >= 0)
		r = u->group = open_group(r);
	if (r >= 0)
		r = u->container = negative_errno(open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC));
	if (r >= 0)
		r = negative_errno(ioctl(u->group, VFIO_GROUP_GET_STATUS, &status));
	if (r < 0)
		return report("open", r);
	printf(" viable=%s", status.flags & VFIO_GROUP_FLAGS_VIABLE ? "yes" : "no");
	if (!(status.flags & VFIO_GROUP_FLAGS_VIABLE))
		return -EPERM;
	r = negative_errno(ioctl(u->group, VFIO_GROUP_SET_CONTAINER, &u->container));
	if (r >= 0)
		r = negative_errno(ioctl(u->container, VFIO_SET_IOMMU, VFIO_TYPE1_IOMMU));
	return report("iommu", r);
}

static int open_device(struct user *u, const char *address)
{
	struct vfio_region_info bar = {.argsz = sizeof(bar), .index = 0};
	struct vfio_region_info config = {
		.argsz = sizeof(config),
		.index = VFIO_PCI_CONFIG_REGION_INDEX,
	};
	uint16_t command = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;

	u->device = ioctl(u->group, VFIO_GROUP_GET_DEVICE_FD, address);
	if (u->device < 0)
		return -errno;
	if (ioctl(u->device, VFIO_DEVICE_GET_REGION_INFO, &bar) < 0 ||
	    ioctl(u->device, VFIO_DEVICE_GET_REGION_INFO, &config) < 0)
		return -errno;
	u->bar = bar.offset;
	u->bar_size = bar.size;
	u->config = config.offset;
	if (pwrite(u->device, &command, 2, (off_t)(u->config + PCI_COMMAND)) != 2)
		return -errno;
	return 0;
}

static int read_bar(const struct user *u, uint64_t offset, uint32_t *ret)
{
	ssize_t n = pread(u->device, ret, 4, (off_t)(u->bar + offset));

	return n == 4 ? 0 : n < 0 ? -errno : -EIO;
}

/* The cards keep their test registers in the last page of BAR 0. */
static uint64_t lab_register(const struct user *u, enum lab_register r)
{
	return u->bar_size - 4096 + r;
}

static int write_lab(const struct user *u, enum lab_register r, uint32_t value)
{
	ssize_t n = pwrite(u->device, &value, 4, (off_t)(u->bar + lab_register(u, r)));

	return n == 4 ? 0 : n < 0 ? -errno : -EIO;
}

/* Reading the status back also waits for the posted writes before it. */
static int command(const struct user *u, enum lab_command c)
{
	uint32_t status = 0;
	int r;

	r = write_lab(u, LAB_COMMAND, c);
	if (r >= 0)
		r = read_bar(u, lab_register(u, LAB_STATUS), &status);
	return r < 0 ? r : (int)status;
}

static int device_writes(const struct user *u, uint64_t iova)
{
	int r;

	r = write_lab(u, LAB_ADDRESS_LOW, (uint32_t)iova);
	if (r >= 0)
		r = write_lab(u, LAB_ADDRESS_HIGH, (uint32_t)(iova >> 32));
	if (r >= 0)
		r = write_lab(u, LAB_LENGTH, BUFFER_SIZE);
	if (r >= 0)
		r = write_lab(u, LAB_PATTERN, PATTERN);
	return r < 0 ? r : command(u, LAB_DMA_WRITE);
}

static int try_dma(struct user *u)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.iova = BUFFER_IOVA,
		.size = BUFFER_SIZE,
	};
	void *p;
	int r;

	p = mmap(NULL, BUFFER_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return -errno;
	u->buffer = p;
	map.vaddr = (uint64_t)(uintptr_t)p;
	if (ioctl(u->container, VFIO_IOMMU_MAP_DMA, &map) < 0)
		return -errno;
	r = device_writes(u, BUFFER_IOVA);
	if (r != LAB_DONE)
		return r < 0 ? r : -EFAULT;
	for (size_t i = 0; i < BUFFER_SIZE / 4; i++)
		if (u->buffer[i] != PATTERN)
			return -EBADMSG;
	return 0;
}

static bool isolated(const struct user *u)
{
	bool yes = device_writes(u, UNMAPPED_IOVA) == LAB_DMA_FAULT;

	printf(" isolated=%s", yes ? "yes" : "no");
	return yes;
}

static int try_msi(const struct user *u)
{
	_Alignas(8) char room[sizeof(struct vfio_irq_set) + sizeof(int)];
	struct vfio_irq_set *set = (void *)room;
	struct pollfd p = {.events = POLLIN};
	int r;

	p.fd = eventfd(0, EFD_CLOEXEC);
	if (p.fd < 0)
		return -errno;
	*set = (struct vfio_irq_set){
		.argsz = sizeof(room),
		.index = VFIO_PCI_MSI_IRQ_INDEX,
		.count = 1,
		.flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
	};
	memcpy(set->data, &p.fd, sizeof(int));
	r = negative_errno(ioctl(u->device, VFIO_DEVICE_SET_IRQS, set));
	if (r >= 0) {
		r = command(u, LAB_RAISE_MSI);
		r = r == LAB_DONE ? 0 : r < 0 ? r : -ENXIO;
	}
	if (r >= 0 && poll(&p, 1, 30000) != 1)
		r = -ETIMEDOUT;
	close(p.fd);
	return r;
}

/* The groups of everything that the reset hits; ours is open already. */
static int affected_groups(const struct vfio_pci_hot_reset_info *info, int own, int own_fd,
			   struct vfio_pci_hot_reset *ret)
{
	int seen[MAX_AFFECTED];

	for (uint32_t i = 0; i < info->count; i++) {
		int number = (int)info->devices[i].group_id, fd = own_fd;
		bool known = false;

		for (uint32_t k = 0; k < ret->count; k++)
			known = known || seen[k] == number;
		if (known)
			continue;
		if (number != own)
			fd = open_group(number);
		if (fd < 0)
			return fd;
		seen[ret->count] = number;
		ret->group_fds[ret->count++] = fd;
	}
	return 0;
}

static int hot_reset(const struct user *u, int own)
{
	_Alignas(8) char info_room[sizeof(struct vfio_pci_hot_reset_info) +
				   MAX_AFFECTED * sizeof(struct vfio_pci_dependent_device)] = {0};
	_Alignas(8) char
		reset_room[sizeof(struct vfio_pci_hot_reset) + MAX_AFFECTED * sizeof(int)] = {0};
	struct vfio_pci_hot_reset_info *info = (void *)info_room;
	struct vfio_pci_hot_reset *reset = (void *)reset_room;
	int r;

	info->argsz = sizeof(info_room);
	if (ioctl(u->device, VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, info) < 0)
		return -errno;
	r = affected_groups(info, own, u->group, reset);
	reset->argsz = (uint32_t)(sizeof(*reset) + reset->count * sizeof(int));
	if (r >= 0)
		r = negative_errno(ioctl(u->device, VFIO_DEVICE_PCI_HOT_RESET, reset));
	for (uint32_t i = 0; i < reset->count; i++)
		if (reset->group_fds[i] != u->group)
			close(reset->group_fds[i]);
	return r;
}

static bool use(struct user *u, const char *address)
{
	uint32_t value = 0;

	if (attach(u, address) < 0)
		return false;
	if (open_device(u, address) < 0 || read_bar(u, 0, &value) < 0) {
		report("device", -errno);
		return false;
	}
	printf(" region0=0x%08x", value);
	if (report("dma", try_dma(u)) < 0 || !isolated(u) || report("msi", try_msi(u)) < 0)
		return false;
	(void)report("reset", negative_errno(ioctl(u->device, VFIO_DEVICE_RESET)));
	(void)report("hot-reset", hot_reset(u, group_of(address)));
	return true;
}

int main(int argc, char **argv)
{
	bool all = true;

	for (int i = 1; i < argc; i++) {
		struct user u = {.container = -1, .group = -1, .device = -1};
		bool ok;

		printf("vfiouse %s", argv[i]);
		ok = use(&u, argv[i]);
		printf(" verdict=%s\n", ok ? "pass" : "fail");
		all = all && ok;
		if (u.buffer)
			munmap(u.buffer, BUFFER_SIZE);
		close(u.device);
		close(u.group);
		close(u.container);
	}
	return all ? 0 : 1;
}
