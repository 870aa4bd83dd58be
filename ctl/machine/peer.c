/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/machine/peer.h"

#include <errno.h>
#include <stdint.h>
#include <unistd.h>

/* The list of extended capabilities, and in its members the register with the control bits. */
enum {
	LIST_START = 0x100,
	LIST_END = 0x1000,
	STEPS_MAX = (LIST_END - LIST_START) / 8,
	CAPABILITY_ACS = 0x000d,
	CAPABILITY_ATS = 0x000f,
	REGISTER = 4, /* what it can do, then at 6 the Control Register */
};

#define ATS_ENABLE		  (1u << 15)
#define ACS_P2P_REQUEST_REDIRECT  (1u << 2)
#define ACS_DIRECT_TRANSLATED_P2P (1u << 6)

/* All ones where it can't be read, as of a device that does not answer. */
static uint32_t read_register(int config, unsigned at)
{
	unsigned char b[4];

	if (pread(config, b, sizeof(b), at) != sizeof(b))
		return UINT32_MAX;
	return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

/* Return: where it is, 0 (there is none), or -EIO: that can't be told. */
static int find_capability(int config, uint16_t id)
{
	unsigned at = LIST_START;

	for (unsigned steps = 0; steps < STEPS_MAX; steps++) {
		uint32_t header = read_register(config, at);

		if (header == UINT32_MAX)
			return -EIO;
		if ((header & 0xffff) == id)
			return (int)at;
		at = header >> 20 & ~3u;
		if (!at)
			return 0;
		if (at < LIST_START)
			return -EIO;
	}
	return -EIO;
}

/* Return: the Control Register, -ENOENT (it has no such capability), or -EIO. */
static int read_control(int config, uint16_t id)
{
	int at = find_capability(config, id);
	uint32_t both;

	if (at <= 0)
		return at ? at : -ENOENT;
	both = read_register(config, (unsigned)at + REGISTER);
	return both == UINT32_MAX ? -EIO : (int)(both >> 16);
}

enum ats ats_read(int config)
{
	int control = read_control(config, CAPABILITY_ATS);

	if (control < 0)
		return control == -ENOENT ? ATS_NONE : ATS_UNKNOWN;
	return (unsigned)control & ATS_ENABLE ? ATS_ON : ATS_OFF;
}

enum acs acs_read(int config)
{
	int control = read_control(config, CAPABILITY_ACS);

	if (control < 0)
		return ACS_UNKNOWN;
	if (!((unsigned)control & ACS_P2P_REQUEST_REDIRECT))
		return ACS_PASSES;
	return (unsigned)control & ACS_DIRECT_TRANSLATED_P2P ? ACS_TRANSLATED : ACS_REDIRECTS;
}
