/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A PCI card presented to QEMU over vfio-user: one socket a function. */
#ifndef CARD_H
#define CARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAX_FUNCTIONS	8
#define MAX_BARS	6
#define MAX_REGISTERS	32
#define MAX_RAM_FILES	8
#define MAX_MESSAGE_FDS 16
#define CONFIG_SIZE	4096
#define N_IRQ_TYPES	5

struct bar {
	uint64_t size; /* 0: absent */
	bool io, wide, prefetch;
	uint8_t *memory;
};

struct initial_register {
	unsigned int bar;
	uint32_t offset;
	uint32_t value;
};

struct ram_file { /* guest RAM, mapped whole, once */
	uint64_t device, inode;
	uint8_t *memory;
	uint64_t size;
};

struct dma_mapping {
	uint64_t iova, size, offset;
	struct ram_file *file; /* NULL: no memory behind it */
	bool writable;
};

struct client {
	int fd; /* -1: nobody is connected */
	struct dma_mapping *mapping;
	size_t n_mappings, mapping_space;
	struct ram_file ram[MAX_RAM_FILES];
	size_t n_ram;
	int irq_fd[N_IRQ_TYPES]; /* vector 0 of each kind, or -1 */
};

enum fault { FAULT_NONE, FAULT_DEAD, FAULT_FLR_STUCK };

struct function {
	bool present;
	unsigned int number;
	uint16_t vendor, device, subvendor, subdevice;
	uint32_t class_code;
	uint8_t revision;
	struct bar bar[MAX_BARS];
	struct initial_register reg[MAX_REGISTERS];
	size_t n_reg;
	bool is_vf;
	bool has_lab;
	unsigned int lab_bar;
	uint32_t lab_offset;

	/* Where the next capability goes, and the pointer that leads to it. */
	unsigned int cap_end, cap_link, ext_end, ext_link;
	unsigned int msi, pcie, sriov; /* offsets; 0: absent */
	uint8_t initial[CONFIG_SIZE], config[CONFIG_SIZE], writable[CONFIG_SIZE];

	enum fault fault;
	int listen_fd;
	char socket_path[104];
	struct client client;
};

struct card {
	struct function function[MAX_FUNCTIONS];
};

/* parse.c */
int card_read(const char *path, struct card *ret);

/* config.c: the layout of config space */
void config_init(struct function *f);
int config_add_capability(struct function *f, const char *name, const char *option);
int config_add_extended(struct function *f, const char *name, const char *option);
void config_finish(struct function *f, bool multifunction);

/* access.c: what the client reads and writes */
int region_read(struct function *f, uint32_t region, uint64_t offset, uint8_t *data, uint32_t n);
int region_write(struct function *f, uint32_t region, uint64_t offset, const uint8_t *data,
		 uint32_t n);
void function_reset(struct function *f, const char *cause);
uint64_t region_size(const struct function *f, uint32_t region);

/* dma.c */
int dma_map(struct client *c, const struct dma_mapping *m, int fd);
void dma_unmap(struct client *c, uint64_t iova, uint64_t size);
void dma_forget(struct client *c);
void lab_command(struct function *f);

/* message.c: -ENOTCONN when the client has gone */
int message_serve(struct function *f);

/* log.c: one numbered line an event */
int log_open(const char *path);
void log_event(const struct function *f, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static inline uint32_t get_le(const uint8_t *p, uint32_t n)
{
	uint32_t v = 0;

	for (uint32_t i = 0; i < n && i < 4; i++)
		v |= (uint32_t)p[i] << (8 * i);
	return v;
}

static inline void put_le(uint8_t *p, uint64_t value, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		p[i] = (uint8_t)(value >> (8 * i));
}

#endif
