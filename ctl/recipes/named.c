/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/recipes/named.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "helper/base/pci.h"

/* "0000:01:00.0", "01:00.0", "pci_0000_01_00_0": @ret_n: how long it is */
static bool read_address(const char *at, struct pci_address *ret, size_t *ret_n)
{
	static const struct {
		const char *format, *put;
	} rows[] = {
		{"dddd:dd:dd.d", "%.12s"}, {"pci_dddd_dd_dd_d", "%.16s"}, {"dd:dd.d", "0000:%.7s"}};
	char text[32];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *format = rows[i].format, *pci = text;
		size_t n = 0;

		while (format[n] &&
		       (strchr("pci_:.", format[n]) ? at[n] == format[n]
						    : isxdigit((unsigned char)at[n]) != 0))
			n++;
		if (format[n] || isalnum((unsigned char)at[n]))
			continue;
		(void)snprintf(text, sizeof(text), i == 2 ? "0000:%.*s" : "%.*s", (int)n, at);
		if (i == 1) {
			pci = text + strlen("pci_");
			text[8] = text[11] = ':';
			text[14] = '.';
		}
		*ret_n = n;
		return pci_address_parse(pci, ret) == 0;
	}
	return false;
}

static int add_addresses(const char *word, struct text_list *addresses)
{
	char buf[PCI_ADDRESS_MAX];
	struct pci_address address;
	int r = 0;

	for (const char *at = word; *at && r == 0;) {
		bool begins = at == word || !strchr(NAMED_BYTES ":.", at[-1]);
		size_t n = 1;

		if (begins && read_address(at, &address, &n))
			r = text_list_add(addresses, "%s", pci_address_format(&address, buf));
		at += n;
	}
	return r;
}

bool named_read_id(const char *word, unsigned *ret_vendor, unsigned *ret_device)
{
	int n = 0;

	return sscanf(word, "%4x%*1[: ]%4x%n", ret_vendor, ret_device, &n) == 2 && n == 9 &&
	       !word[n];
}

int named_add(const char *word, struct text_list *addresses, struct text_list *ids)
{
	unsigned vendor, device;

	if (named_read_id(word, &vendor, &device))
		return text_list_add(ids, "%04x:%04x", vendor, device);
	return add_addresses(word, addresses);
}

/* "$VAR", "${VAR}" */
static bool is_variable(const char *word, size_t n)
{
	bool braces = n > 2 && word[1] == '{';
	size_t names = strspn(word + 1 + braces, NAMED_BYTES);

	return names && 1 + names + 2 * braces == n && (!braces || word[n - 1] == '}');
}

/* "0000:01:00.0", "10de:1c81", and of a path "pci0000:00" */
static bool is_whole_name(const char *word, size_t n)
{
	char text[32] = "";
	unsigned vendor, device;
	struct pci_address address;
	size_t length = 0;
	int end = 0;

	if (n >= sizeof(text))
		return false;
	memcpy(text, word, n);
	if (named_read_id(text, &vendor, &device))
		return true;
	if (sscanf(text, "pci%4x:%2x%n", &vendor, &device, &end) == 2 && end && !text[end])
		return true;
	return read_address(text, &address, &length) && !text[length];
}

static bool is_whole_part(const char *part, size_t n, bool of_rule)
{
	static const char devpath[] = "sys$devpath";

	if (of_rule && n == strlen(devpath) && strncmp(part, devpath, n) == 0)
		return true;
	if (memchr(part, '$', n))
		return *part == '$' && is_variable(part, n);
	return !memchr(part, '{', n) && (!memchr(part, ':', n) || is_whole_name(part, n));
}

bool named_is_whole(const char *word, bool of_rule)
{
	while (*word) {
		size_t n = strcspn(word, "/ \t\n");

		if (!is_whole_part(word, n, of_rule))
			return false;
		word += n + (word[n] != '\0');
	}
	return true;
}
