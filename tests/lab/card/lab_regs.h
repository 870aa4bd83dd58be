/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The registers through which a test makes an emulated function do DMA and
 * raise its MSI: the card server provides them, the guest's VFIO user drives
 * them. Offsets are relative to the place that the card's "lab" line names.
 */
#ifndef LAB_REGS_H
#define LAB_REGS_H

enum lab_register {
	LAB_ADDRESS_LOW = 0x00,
	LAB_ADDRESS_HIGH = 0x04,
	LAB_LENGTH = 0x08,  /* bytes, a multiple of 4 */
	LAB_PATTERN = 0x0c, /* what a write stores, what a read found */
	LAB_COMMAND = 0x10,
	LAB_STATUS = 0x14,
	LAB_SIZE = 0x18,
};

enum lab_command {
	LAB_DMA_WRITE = 1, /* fill the buffer with the pattern */
	LAB_DMA_READ = 2,  /* fetch the buffer's first word into the pattern */
	LAB_RAISE_MSI = 3,
};

enum lab_status {
	LAB_IDLE = 0,
	LAB_DONE = 1,
	LAB_DMA_FAULT = 2, /* the address is not mapped for this function */
	LAB_NO_MSI = 3,	   /* MSI is not enabled */
};

/* A 4-byte config write here logs "mark N" instead of a config access. */
#define LAB_MARK 0xf0

#endif
