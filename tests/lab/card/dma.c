/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "card.h"
#include "lab_regs.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/vfio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Every mapping of guest RAM comes with a descriptor of the same memfd. One
 * shared view of it serves them all, and no descriptor is kept.
 */
static int ram_file_of(struct client *c, int fd, struct ram_file **ret)
{
	struct ram_file *ram = &c->ram[c->n_ram];
	struct stat st;
	void *p;

	if (fstat(fd, &st) < 0)
		return -errno;
	for (size_t i = 0; i < c->n_ram; i++) {
		if (c->ram[i].device == st.st_dev && c->ram[i].inode == st.st_ino) {
			*ret = &c->ram[i];
			return 0;
		}
	}
	if (c->n_ram == MAX_RAM_FILES)
		return -ENOSPC;
	p = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return -errno;
	*ram = (struct ram_file){
		.device = st.st_dev,
		.inode = st.st_ino,
		.memory = p,
		.size = (uint64_t)st.st_size,
	};
	c->n_ram++;
	*ret = ram;
	return 0;
}

int dma_map(struct client *c, const struct dma_mapping *m, int fd)
{
	struct ram_file *ram = NULL;

	if (fd >= 0) {
		int r = ram_file_of(c, fd, &ram);

		/* Not RAM (another device's BAR, say): mapped, but nothing to reach. */
		if (r < 0 && r != -ENODEV && r != -EACCES)
			return r;
		if (ram && (m->size > ram->size || m->offset > ram->size - m->size))
			return -EINVAL;
	}
	if (c->n_mappings == c->mapping_space) {
		size_t space = c->mapping_space ? 2 * c->mapping_space : 64;
		struct dma_mapping *p = reallocarray(c->mapping, space, sizeof(*p));

		if (!p)
			return -ENOMEM;
		c->mapping = p;
		c->mapping_space = space;
	}
	c->mapping[c->n_mappings] = *m;
	c->mapping[c->n_mappings++].file = ram;
	return 0;
}

void dma_unmap(struct client *c, uint64_t iova, uint64_t size)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->n_mappings; i++) {
		const struct dma_mapping *m = &c->mapping[i];

		if (m->iova < iova || m->iova - iova >= size)
			c->mapping[kept++] = *m;
	}
	c->n_mappings = kept;
}

void dma_forget(struct client *c)
{
	for (size_t i = 0; i < c->n_ram; i++)
		munmap(c->ram[i].memory, c->ram[i].size);
	free(c->mapping);
	c->mapping = NULL;
	c->mapping_space = c->n_mappings = c->n_ram = 0;
}

/*
 * The memory behind @iova, and in @room how much of it is in one piece; NULL if
 * the device may not go there. An IOMMU's mappings are often single pages.
 */
static uint8_t *reach(const struct client *c, uint64_t iova, bool write, uint64_t *room)
{
	for (size_t i = 0; i < c->n_mappings; i++) {
		const struct dma_mapping *m = &c->mapping[i];

		if (iova < m->iova || iova - m->iova >= m->size)
			continue;
		if (!m->file || (write && !m->writable))
			return NULL;
		*room = m->size - (iova - m->iova);
		return m->file->memory + m->offset + (iova - m->iova);
	}
	return NULL;
}

static bool fill(const struct client *c, uint64_t iova, uint32_t length, const uint8_t *pattern)
{
	for (uint32_t at = 0; at + 4 <= length;) {
		uint64_t room;
		uint8_t *p = reach(c, iova + at, true, &room);

		if (!p || room < 4)
			return false;
		for (; room >= 4 && at + 4 <= length; room -= 4, at += 4, p += 4)
			memcpy(p, pattern, 4);
	}
	return true;
}

static bool fetch(const struct client *c, uint64_t iova, uint8_t *ret)
{
	uint64_t room;
	const uint8_t *p = reach(c, iova, false, &room);

	if (!p || room < 4)
		return false;
	memcpy(ret, p, 4);
	return true;
}

static enum lab_status do_dma(struct function *f, uint8_t *reg, bool write)
{
	uint64_t iova = get_le(reg + LAB_ADDRESS_LOW, 4) |
			(uint64_t)get_le(reg + LAB_ADDRESS_HIGH, 4) << 32;
	uint32_t length = get_le(reg + LAB_LENGTH, 4);
	bool ok;

	ok = write ? fill(&f->client, iova, length, reg + LAB_PATTERN)
		   : fetch(&f->client, iova, reg + LAB_PATTERN);
	log_event(f, "dma-%s 0x%" PRIx64 " %s", write ? "write" : "read", iova,
		  ok ? "ok" : "fault");
	return ok ? LAB_DONE : LAB_DMA_FAULT;
}

static enum lab_status raise_msi(struct function *f)
{
	int fd = f->client.irq_fd[VFIO_PCI_MSI_IRQ_INDEX];

	log_event(f, "msi %s", fd >= 0 ? "raised" : "not-enabled");
	if (fd < 0 || eventfd_write(fd, 1) < 0)
		return LAB_NO_MSI;
	return LAB_DONE;
}

void lab_command(struct function *f)
{
	uint8_t *reg = f->bar[f->lab_bar].memory + f->lab_offset;
	enum lab_status status = LAB_IDLE;

	switch (get_le(reg + LAB_COMMAND, 4)) {
	case LAB_DMA_WRITE:
		status = do_dma(f, reg, true);
		break;
	case LAB_DMA_READ:
		status = do_dma(f, reg, false);
		break;
	case LAB_RAISE_MSI:
		status = raise_msi(f);
		break;
	}
	put_le(reg + LAB_STATUS, status, 4);
}
