/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a function's extended capabilities say of ATS and ACS, and where they say nothing. */
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ctl/machine/peer.h"
#include "tests/unit/test.h"

#define CAPABILITY(id, next) ((uint32_t)(next) << 20 | 1u << 16 | (id))
#define CONTROL(bits)	     ((uint32_t)(bits) << 16)
#define ATS		     0x000f
#define ACS		     0x000d
#define AER		     0x0001

/* Registers of a configuration space that is zero elsewhere, and its size. */
static const struct {
	const char *name;
	size_t size;
	struct {
		unsigned at;
		uint32_t value;
	} set[4];
	enum ats ats;
	enum acs acs;
} rows[] = {
	{"no list", 4096, {{0}}, ATS_NONE, ACS_UNKNOWN},
	{"ATS on",
	 4096,
	 {{0x100, CAPABILITY(ATS, 0)}, {0x104, CONTROL(0x8000)}},
	 ATS_ON,
	 ACS_UNKNOWN},
	{"ATS off",
	 4096,
	 {{0x100, CAPABILITY(ATS, 0)}, {0x104, CONTROL(0x7fff)}},
	 ATS_OFF,
	 ACS_UNKNOWN},
	{"what it can do is not what it does",
	 4096,
	 {{0x100, CAPABILITY(ATS, 0)}, {0x104, 0xffff}},
	 ATS_OFF,
	 ACS_UNKNOWN},
	{"the last of the list",
	 4096,
	 {{0x100, CAPABILITY(AER, 0x148)},
	  {0x148, CAPABILITY(ACS, 0xff8)},
	  {0xff8, CAPABILITY(ATS, 0)},
	  {0xffc, CONTROL(0x8000)}},
	 ATS_ON,
	 ACS_PASSES},
	{"another capability", 4096, {{0x100, CAPABILITY(AER, 0)}}, ATS_NONE, ACS_UNKNOWN},
	{"a list into nothing", 4096, {{0x100, CAPABILITY(AER, 0x200)}}, ATS_NONE, ACS_UNKNOWN},
	{"a list that goes round",
	 4096,
	 {{0x100, CAPABILITY(AER, 0x100)}},
	 ATS_UNKNOWN,
	 ACS_UNKNOWN},
	{"a list that leaves its place",
	 4096,
	 {{0x100, CAPABILITY(AER, 0x0fc)}},
	 ATS_UNKNOWN,
	 ACS_UNKNOWN},
	{"no answer", 4096, {{0x100, UINT32_MAX}}, ATS_UNKNOWN, ACS_UNKNOWN},
	{"no answer any more",
	 4096,
	 {{0x100, CAPABILITY(AER, 0x200)}, {0x200, UINT32_MAX}},
	 ATS_UNKNOWN,
	 ACS_UNKNOWN},
	{"no answer of the register",
	 4096,
	 {{0x100, CAPABILITY(ATS, 0)}, {0x104, UINT32_MAX}},
	 ATS_UNKNOWN,
	 ACS_UNKNOWN},
	{"what others than root see", 64, {{0}}, ATS_UNKNOWN, ACS_UNKNOWN},
	{"no such space", 256, {{0}}, ATS_UNKNOWN, ACS_UNKNOWN},
	{"redirected",
	 4096,
	 {{0x100, CAPABILITY(ACS, 0)}, {0x104, CONTROL(0x1d)}},
	 ATS_NONE,
	 ACS_REDIRECTS},
	{"unless translated",
	 4096,
	 {{0x100, CAPABILITY(ACS, 0)}, {0x104, CONTROL(0x5d)}},
	 ATS_NONE,
	 ACS_TRANSLATED},
	{"not redirected",
	 4096,
	 {{0x100, CAPABILITY(ACS, 0)}, {0x104, CONTROL(0x7b)}},
	 ATS_NONE,
	 ACS_PASSES},
};

TESTS(peer)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		unsigned char space[4096] = {0};
		_cleanup_close_ int fd = memfd_create("config", MFD_CLOEXEC);

		for (size_t k = 0; k < ARRAY_SIZE(rows[i].set); k++)
			for (unsigned byte = 0; byte < 4 && rows[i].set[k].at; byte++)
				space[rows[i].set[k].at + byte] =
					(unsigned char)(rows[i].set[k].value >> 8 * byte);
		test_int("a file", write(fd, space, rows[i].size), (long)rows[i].size);
		test_int(rows[i].name, ats_read(fd), rows[i].ats);
		test_int(rows[i].name, acs_read(fd), rows[i].acs);
	}
	return test_done();
}
