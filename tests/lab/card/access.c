/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "card.h"
#include "lab_regs.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <string.h>

/* Registers are at most this wide; only the client itself reads more at once. */
#define WIDEST_REGISTER 8

uint64_t region_size(const struct function *f, uint32_t region)
{
	if (region == VFIO_PCI_CONFIG_REGION_INDEX)
		return CONFIG_SIZE;
	return region < MAX_BARS ? f->bar[region].size : 0;
}

void function_reset(struct function *f, const char *cause)
{
	log_event(f, "reset %s", cause);
	memcpy(f->config, f->initial, CONFIG_SIZE);
	for (size_t i = 0; i < f->n_reg; i++)
		put_le(f->bar[f->reg[i].bar].memory + f->reg[i].offset, f->reg[i].value, 4);
	if (f->has_lab)
		memset(f->bar[f->lab_bar].memory + f->lab_offset, 0, LAB_SIZE);
}

/*
 * QEMU hides an SR-IOV capability from its guest. It looks for one in a single
 * big read when it takes the device, and leaves the guest's own reads of the
 * capability's ID to us: so the big read is shown another ID.
 */
static void disguise_sriov(const struct function *f, uint64_t offset, uint8_t *data, uint32_t n)
{
	if (f->sriov && n > WIDEST_REGISTER && offset <= f->sriov && offset + n > f->sriov + 4)
		put_le(data + (f->sriov - offset), PCI_EXT_CAP_ID_VNDR, 2);
}

/* A virtual function has no IDs of its own, and so no scan of the bus finds it. */
static bool is_silent(const struct function *f, uint64_t offset)
{
	return f->fault == FAULT_DEAD || (f->is_vf && offset < PCI_COMMAND);
}

static void config_read(struct function *f, uint64_t offset, uint8_t *data, uint32_t n)
{
	if (n <= WIDEST_REGISTER && is_silent(f, offset))
		memset(data, 0xff, n);
	else
		memcpy(data, f->config + offset, n);
	disguise_sriov(f, offset, data, n);
	log_event(f, "cfg-read 0x%" PRIx64 " %u = 0x%x", offset, n, get_le(data, n));
}

/* @data, @n: what was written at @offset. */
static bool asks_for_flr(const struct function *f, uint64_t offset, const uint8_t *data, uint32_t n)
{
	unsigned int at = f->pcie + PCI_EXP_DEVCTL + 1;

	return f->pcie && offset <= at && at < offset + n &&
	       (data[at - offset] & PCI_EXP_DEVCTL_BCR_FLR >> 8) &&
	       (get_le(f->initial + f->pcie + PCI_EXP_DEVCAP, 4) & PCI_EXP_DEVCAP_FLR);
}

static void config_write(struct function *f, uint64_t offset, const uint8_t *data, uint32_t n)
{
	if (offset == LAB_MARK && n == 4) {
		log_event(f, "mark %u", get_le(data, n));
		return;
	}
	log_event(f, "cfg-write 0x%" PRIx64 " %u = 0x%x", offset, n, get_le(data, n));
	for (uint32_t i = 0; i < n; i++) {
		uint8_t mask = f->writable[offset + i];
		uint8_t *byte = &f->config[offset + i];

		*byte = (uint8_t)((*byte & ~mask) | (data[i] & mask));
	}
	if (!asks_for_flr(f, offset, data, n))
		return;
	function_reset(f, "flr");
	if (f->fault == FAULT_FLR_STUCK)
		f->fault = FAULT_DEAD;
}

static bool rings_lab(const struct function *f, uint32_t bar, uint64_t offset)
{
	return f->has_lab && bar == f->lab_bar && offset == f->lab_offset + LAB_COMMAND;
}

static bool in_range(const struct function *f, uint32_t region, uint64_t offset, uint32_t n)
{
	uint64_t size = region_size(f, region);

	return n <= size && offset <= size - n;
}

int region_read(struct function *f, uint32_t region, uint64_t offset, uint8_t *data, uint32_t n)
{
	if (!in_range(f, region, offset, n))
		return -EINVAL;
	if (region == VFIO_PCI_CONFIG_REGION_INDEX) {
		config_read(f, offset, data, n);
		return 0;
	}
	if (f->fault == FAULT_DEAD)
		memset(data, 0xff, n);
	else
		memcpy(data, f->bar[region].memory + offset, n);
	log_event(f, "bar-read %u 0x%" PRIx64 " %u = 0x%x", region, offset, n, get_le(data, n));
	return 0;
}

int region_write(struct function *f, uint32_t region, uint64_t offset, const uint8_t *data,
		 uint32_t n)
{
	if (!in_range(f, region, offset, n))
		return -EINVAL;
	if (region == VFIO_PCI_CONFIG_REGION_INDEX) {
		config_write(f, offset, data, n);
		return 0;
	}
	log_event(f, "bar-write %u 0x%" PRIx64 " %u = 0x%x", region, offset, n, get_le(data, n));
	memcpy(f->bar[region].memory + offset, data, n);
	if (rings_lab(f, region, offset))
		lab_command(f);
	return 0;
}
