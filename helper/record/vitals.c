/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/record/vitals.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "helper/base/pci_attribute.h"

#define FORMAT "1"

/* What AER's attributes call their sums. */
static const struct {
	enum vital vital;
	const char *name, *sum;
} errors[] = {
	{VITAL_CORRECTABLE, "aer_dev_correctable", "TOTAL_ERR_COR "},
	{VITAL_NONFATAL, "aer_dev_nonfatal", "TOTAL_ERR_NONFATAL "},
	{VITAL_FATAL, "aer_dev_fatal", "TOTAL_ERR_FATAL "},
};

/* Digits only; @end: behind them. */
static uint64_t parse_number(const char *text, const char **end)
{
	unsigned long long n;
	char *behind;

	*end = text;
	if (*text < '0' || *text > '9')
		return VITAL_UNKNOWN;
	errno = 0;
	n = strtoull(text, &behind, 10);
	*end = behind;
	return errno ? VITAL_UNKNOWN : n;
}

/* "START END FLAGS", in hexadecimal: one that isn't there has no flags. */
static uint64_t parse_size(const char *line)
{
	unsigned long long value[3];
	char *end;

	for (size_t i = 0; i < ARRAY_SIZE(value); i++, line = end) {
		value[i] = strtoull(line, &end, 16);
		if (end == line)
			return VITAL_UNKNOWN;
	}
	return value[2] && value[1] >= value[0] ? value[1] - value[0] + 1 : 0;
}

/* The BARs, and then the ROM. */
static void take_sizes(const char *text, struct vitals *vitals)
{
	for (unsigned i = VITAL_BAR; i <= VITAL_ROM; i++) {
		vitals->value[i] = parse_size(text);
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
}

/* "16.0 GT/s PCIe"; a link that is down is "Unknown". */
static uint64_t parse_speed(const char *text)
{
	const char *end;
	uint64_t whole = parse_number(text, &end), tenth = 0;

	if (*end == '.')
		tenth = parse_number(end + 1, &end);
	return whole > 999 || tenth > 9 || !(whole + tenth) ? VITAL_UNKNOWN : whole * 10 + tenth;
}

/* 255 lanes, or 63, are a device that does not answer, 0 a link that is down. */
static uint64_t parse_lanes(const char *text)
{
	const char *end;
	uint64_t lanes = parse_number(text, &end);

	return lanes && lanes < 255 ? lanes : VITAL_UNKNOWN;
}

static uint64_t find_sum(const char *text, const char *sum)
{
	const char *at = strstr(text, sum), *end;

	return at ? parse_number(at + strlen(sum), &end) : VITAL_UNKNOWN;
}

static void read_link(const struct root *root, const struct pci_address *address,
		      struct vitals *vitals)
{
	char text[32];

	(void)pci_attribute_read(root, address, "power_state", text, sizeof(text));
	if (strcmp(text, "D3cold") == 0)
		return;
	(void)pci_attribute_read(root, address, "current_link_speed", text, sizeof(text));
	vitals->value[VITAL_SPEED] = parse_speed(text);
	(void)pci_attribute_read(root, address, "current_link_width", text, sizeof(text));
	vitals->value[VITAL_LANES] = parse_lanes(text);
}

struct vitals vitals_read(const struct root *root, const struct pci_address *address, bool link)
{
	struct vitals vitals = {.known = true, .value = {[0 ... _VITAL_COUNT - 1] = VITAL_UNKNOWN}};
	char text[ROOT_ATTRIBUTE_MAX];

	if (pci_attribute_read(root, address, "resource", text, sizeof(text)) >= 0)
		take_sizes(text, &vitals);
	if (link)
		read_link(root, address, &vitals);
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		/* Where the kernel has no such counts, it has none of them. */
		if (pci_attribute_read(root, address, errors[i].name, text, sizeof(text)) < 0)
			break;
		vitals.value[errors[i].vital] = find_sum(text, errors[i].sum);
	}
	return vitals;
}

const char *vitals_render(const struct vitals *vitals, char buf[static VITALS_TEXT_MAX])
{
	size_t n = (size_t)snprintf(buf, VITALS_TEXT_MAX, FORMAT);

	for (size_t i = 0; i < _VITAL_COUNT; i++)
		if (vitals->value[i] == VITAL_UNKNOWN)
			n += (size_t)snprintf(buf + n, VITALS_TEXT_MAX - n, " -");
		else
			n += (size_t)snprintf(buf + n, VITALS_TEXT_MAX - n, " %" PRIu64,
					      vitals->value[i]);
	return buf;
}

struct vitals vitals_parse(const char *text)
{
	struct vitals vitals = {.known = strncmp(text, FORMAT, strlen(FORMAT)) == 0};

	text += vitals.known ? strlen(FORMAT) : 0;
	for (size_t i = 0; i < _VITAL_COUNT && vitals.known; i++) {
		const char *begin = text + 1;

		vitals.known = *text == ' ';
		if (!vitals.known)
			break;
		vitals.value[i] = parse_number(begin, &text);
		if (*begin == '-')
			text = begin + 1;
		vitals.known = text != begin;
	}
	vitals.known &= !*text;
	return vitals;
}

static bool is_worse(enum vital vital, uint64_t then, uint64_t now)
{
	bool counts_errors = vital >= VITAL_FATAL && vital <= VITAL_CORRECTABLE;

	if (then == VITAL_UNKNOWN || now == VITAL_UNKNOWN)
		return false;
	return counts_errors ? now > then : now < then;
}

enum vital vitals_find_worse(const struct vitals *then, const struct vitals *now)
{
	enum vital vital = 0;

	if (!then->known || !now->known)
		return _VITAL_COUNT;
	while (vital < _VITAL_COUNT && !is_worse(vital, then->value[vital], now->value[vital]))
		vital++;
	return vital;
}
