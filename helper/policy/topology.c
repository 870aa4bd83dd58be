/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/policy/topology.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "helper/base/pci.h"

#define HEX  "0123456789abcdefABCDEF"
#define LEAD "ABCDEFGHIJKLMNOPQRSTUVWXYZ_"
#define NAME LEAD "0123456789"

/* The length of "0000:00" at @s, or 0. */
static size_t measure_bus(const char *s)
{
	size_t domain = strspn(s, HEX);

	if (domain < 4 || domain > 8 || s[domain] != ':' || strspn(s + domain + 1, HEX) != 2)
		return 0;
	return domain + 3;
}

/*
 * The length of "\_SB_.PC00" at @s, or 0. The kernel shows names of four characters; a shorter one,
 * as tables are written, would match nothing.
 */
static size_t measure_acpi(const char *s)
{
	size_t n = 0;

	do {
		n++;
		if (!s[n] || !strchr(LEAD, s[n]) || strspn(s + n, NAME) != 4)
			return 0;
		n += 4;
	} while (s[n] == '.');
	return n;
}

/* Is "/1f.7" at @s? */
static bool is_step(const char *s)
{
	return s[0] == '/' && (s[1] == '0' || s[1] == '1') && s[2] && strchr(HEX, s[2]) &&
	       s[3] == '.' && s[4] >= '0' && s[4] <= '7';
}

int topology_parse(const char *s, char ret[static TOPOLOGY_MAX])
{
	size_t root = *s == '\\' ? measure_acpi(s) : measure_bus(s);
	size_t n = strlen(s);
	size_t at = root;

	if (!root || root == n || n >= TOPOLOGY_MAX)
		return -EINVAL;
	for (; at < n; at += strlen("/00.0"))
		if (!is_step(s + at))
			return -EINVAL;
	memcpy(ret, s, n + 1);
	for (at = *s == '\\' ? root : 0; at < n; at++)
		ret[at] = (char)tolower((unsigned char)ret[at]);
	return 0;
}

int topology_of_link(const char *target, char ret[static TOPOLOGY_MAX], size_t *ret_root)
{
	char text[TOPOLOGY_MAX] = "", name[32];
	struct pci_address address;
	size_t n = 0, root = 0;

	for (const char *part = target, *next; *part; part = next) {
		size_t length = strcspn(part, "/");

		next = part + length + (part[length] == '/');
		(void)snprintf(name, sizeof(name), "%.*s", (int)(length < 31 ? length : 31), part);
		if (strncmp(name, "pci", 3) == 0 && measure_bus(name + 3) == length - 3) {
			n = (size_t)snprintf(text, sizeof(text), "%s", name + 3);
			root = (size_t)(part - target) + length;
		} else if (root && pci_address_parse(name, &address) == 0 && n + 6 < TOPOLOGY_MAX) {
			n += (size_t)snprintf(text + n, sizeof(text) - n, "/%02x.%x",
					      (unsigned)address.device, (unsigned)address.function);
		}
	}
	if (!strchr(text, '/'))
		return -EINVAL;
	memcpy(ret, text, n + 1);
	*ret_root = root;
	return 0;
}
