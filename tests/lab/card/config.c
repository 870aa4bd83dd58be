/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "card.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPABILITY 0x60 /* where NVIDIA's cards begin */
#define PCIE_CAP_SIZE	 0x3c
#define SRIOV_CAP_SIZE	 0x40
#define INTERRUPT_PIN_A	 1
#define FIRST_VF	 4 /* the number of a card's first virtual function */

static void set(struct function *f, unsigned int at, uint64_t value, unsigned int n)
{
	put_le(f->initial + at, value, n);
}

static void allow(struct function *f, unsigned int at, uint64_t mask, unsigned int n)
{
	put_le(f->writable + at, mask, n);
}

void config_init(struct function *f)
{
	f->cap_end = FIRST_CAPABILITY;
	f->cap_link = PCI_CAPABILITY_LIST;
	f->ext_end = PCI_CFG_SPACE_SIZE;
}

static unsigned int append(struct function *f, uint8_t id, unsigned int size)
{
	unsigned int at = f->cap_end;

	set(f, f->cap_link, at, 1);
	set(f, at, id, 1);
	f->cap_link = at + 1;
	f->cap_end = (at + size + 7) & ~7U;
	return at;
}

static void add_pm(struct function *f)
{
	unsigned int at = append(f, PCI_CAP_ID_PM, PCI_PM_SIZEOF);

	set(f, at + PCI_PM_PMC, 3, 2);
	/* Keeps its state over D3hot, as the real cards do: no reset through PM. */
	set(f, at + PCI_PM_CTRL, PCI_PM_CTRL_NO_SOFT_RESET, 2);
	allow(f, at + PCI_PM_CTRL, PCI_PM_CTRL_STATE_MASK, 2);
}

static void add_msi(struct function *f)
{
	f->msi = append(f, PCI_CAP_ID_MSI, PCI_MSI_PENDING_32);
	set(f, f->msi + PCI_MSI_FLAGS, PCI_MSI_FLAGS_64BIT, 2);
	allow(f, f->msi + PCI_MSI_FLAGS, PCI_MSI_FLAGS_ENABLE, 2);
	allow(f, f->msi + PCI_MSI_ADDRESS_LO, UINT64_MAX, 8);
	allow(f, f->msi + PCI_MSI_DATA_64, UINT16_MAX, 2);
}

static void add_pcie(struct function *f, bool flr)
{
	const uint32_t link = PCI_EXP_LNKCAP_SLS_8_0GB | 16 << 4;

	f->pcie = append(f, PCI_CAP_ID_EXP, PCIE_CAP_SIZE);
	set(f, f->pcie + PCI_EXP_FLAGS, 2, 2);
	set(f, f->pcie + PCI_EXP_DEVCAP, PCI_EXP_DEVCAP_RBER | (flr ? PCI_EXP_DEVCAP_FLR : 0), 4);
	allow(f, f->pcie + PCI_EXP_DEVCTL, 0x7fff, 2);
	set(f, f->pcie + PCI_EXP_LNKCAP, link, 4);
	set(f, f->pcie + PCI_EXP_LNKSTA, link, 2);
	allow(f, f->pcie + PCI_EXP_LNKCTL, 0x0fff, 2);
	set(f, f->pcie + PCI_EXP_LNKCAP2, 0x0e, 4);
}

int config_add_capability(struct function *f, const char *name, const char *option)
{
	if (strcmp(name, "pm") == 0)
		add_pm(f);
	else if (strcmp(name, "msi") == 0)
		add_msi(f);
	else if (strcmp(name, "pcie") == 0)
		add_pcie(f, option && strcmp(option, "flr") == 0);
	else
		return -EINVAL;
	return 0;
}

static unsigned int append_extended(struct function *f, uint16_t id, unsigned int size)
{
	unsigned int at = f->ext_end;

	if (f->ext_link)
		set(f, f->ext_link + 2, at << 4 | 1, 2);
	set(f, at, id | 1U << 16, 4);
	f->ext_link = at;
	f->ext_end = at + size;
	return at;
}

static int add_sriov(struct function *f, const char *total_vfs)
{
	unsigned long total = total_vfs ? strtoul(total_vfs, NULL, 0) : 0;

	/* The head of the list is the client's, see shown_id() in access.c. */
	if (!total || total > MAX_FUNCTIONS - FIRST_VF || !f->ext_link)
		return -EINVAL;
	f->sriov = append_extended(f, PCI_EXT_CAP_ID_SRIOV, SRIOV_CAP_SIZE);
	allow(f, f->sriov + PCI_SRIOV_CTRL, PCI_SRIOV_CTRL_VFE | PCI_SRIOV_CTRL_MSE, 2);
	set(f, f->sriov + PCI_SRIOV_INITIAL_VF, total, 2);
	set(f, f->sriov + PCI_SRIOV_TOTAL_VF, total, 2);
	allow(f, f->sriov + PCI_SRIOV_NUM_VF, UINT16_MAX, 2);
	set(f, f->sriov + PCI_SRIOV_VF_OFFSET, FIRST_VF, 2);
	set(f, f->sriov + PCI_SRIOV_VF_STRIDE, 1, 2);
	set(f, f->sriov + PCI_SRIOV_VF_DID, f->device, 2);
	set(f, f->sriov + PCI_SRIOV_SUP_PGSIZE, 1, 4);
	set(f, f->sriov + PCI_SRIOV_SYS_PGSIZE, 1, 4);
	return 0;
}

int config_add_extended(struct function *f, const char *name, const char *option)
{
	unsigned int at;

	if (strcmp(name, "sriov") == 0)
		return add_sriov(f, option);
	if (strcmp(name, "dsn") == 0) {
		at = append_extended(f, PCI_EXT_CAP_ID_DSN, 0x10);
		set(f, at + 4, 0x4c41420000000000 | f->number, 8);
		return 0;
	}
	if (strcmp(name, "acs") == 0) {
		at = append_extended(f, PCI_EXT_CAP_ID_ACS, 0x10);
		set(f, at + PCI_ACS_CAP, PCI_ACS_RR | PCI_ACS_CR | PCI_ACS_DT, 2);
		allow(f, at + PCI_ACS_CTRL, PCI_ACS_RR | PCI_ACS_CR | PCI_ACS_DT, 2);
		return 0;
	}
	return -EINVAL;
}

static void finish_bars(struct function *f)
{
	for (unsigned int i = 0; i < MAX_BARS; i++) {
		const struct bar *b = &f->bar[i];
		uint32_t type = b->io ? PCI_BASE_ADDRESS_SPACE_IO : 0;

		if (b->wide)
			type |= PCI_BASE_ADDRESS_MEM_TYPE_64;
		if (b->prefetch)
			type |= PCI_BASE_ADDRESS_MEM_PREFETCH;
		if (b->size)
			set(f, PCI_BASE_ADDRESS_0 + 4 * i, type, 4);
	}
}

void config_finish(struct function *f, bool multifunction)
{
	set(f, PCI_VENDOR_ID, f->vendor, 2);
	set(f, PCI_DEVICE_ID, f->device, 2);
	allow(f, PCI_COMMAND,
	      PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_PARITY |
		      PCI_COMMAND_SERR | PCI_COMMAND_INTX_DISABLE,
	      2);
	set(f, PCI_STATUS, PCI_STATUS_CAP_LIST, 2);
	set(f, PCI_CLASS_REVISION, f->class_code << 8 | f->revision, 4);
	set(f, PCI_HEADER_TYPE, multifunction ? 0x80 : 0, 1);
	set(f, PCI_SUBSYSTEM_VENDOR_ID, f->subvendor, 2);
	set(f, PCI_SUBSYSTEM_ID, f->subdevice, 2);
	allow(f, PCI_INTERRUPT_LINE, UINT8_MAX, 1);
	set(f, PCI_INTERRUPT_PIN, f->is_vf ? 0 : INTERRUPT_PIN_A, 1);
	finish_bars(f);
	memcpy(f->config, f->initial, CONFIG_SIZE);
}
