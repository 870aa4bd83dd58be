/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/initramfs/listed.h"

#include <string.h>

#include "tests/unit/test.h"

/* DOS header, signature, COFF header with two sections and no optional header, the sections. */
static size_t make(unsigned char *head, const char *name)
{
	memset(head, 0, 256);
	memcpy(head, "MZ", 2);
	head[0x3c] = 0x40;
	memcpy(head + 0x40, "PE\0\0", 4);
	head[0x46] = 2;
	memcpy(head + 0x58, ".linux", 6);
	memcpy(head + 0x80, name, strlen(name));
	head[0x88] = 5;
	head[0x91] = 2; /* 512 bytes in the file, of which 5 count */
	head[0x95] = 4;
	return 0x80 + 40;
}

static void check(const char *name, const unsigned char *head, size_t n, long expected)
{
	uint32_t at = 0, size = 0;
	bool found = unified_find_section(head, n, ".uname", &at, &size);

	test_int(name, found ? (long)(at + size) : -1, expected);
}

TESTS(unified)
{
	unsigned char head[256];
	size_t n = make(head, ".uname");

	check("there", head, n, 1024 + 5);
	check("cut off", head, n - 1, -1);
	check("nothing", head, 0, -1);
	head[0x40] = 'X';
	check("no PE", head, n, -1);
	n = make(head, ".unames");
	check("another name", head, n, -1);
	n = make(head, ".uname");
	head[0x3f] = 0xff;
	check("far away", head, n, -1);
	n = make(head, ".uname");
	head[0x55] = 0xff;
	check("a huge optional header", head, n, -1);
	return test_done();
}
