/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nova/rules/devspec_match.h"

#include <string.h>

#include "nova/python/python_regex.h"

/* The fields of an address as sysfs writes them. */
struct fields {
	char text[4][NOVA_FIELD_MAX];
};

/* All specs meet all devices: this is printf for them. */
static void put_hex(char *buf, unsigned value, int digits)
{
	buf[digits] = '\0';
	while (digits-- > 0) {
		buf[digits] = "0123456789abcdef"[value & 15];
		value >>= 4;
	}
}

static struct fields fields_of(const struct pci_address *a)
{
	struct fields f = {0};

	put_hex(f.text[0], a->domain, 4);
	put_hex(f.text[1], a->bus, 2);
	put_hex(f.text[2], a->device, 2);
	put_hex(f.text[3], a->function, 1);
	return f;
}

static bool field_matches(const struct devspec *spec, unsigned i, const char *text)
{
	if (spec->kind == NOVA_ADDRESS_REGEX)
		return py_regex_match(spec->regex[i], text) == PY_REGEX_YES;
	return strcmp(spec->field[i], "*") == 0 || strcmp(spec->field[i], text) == 0;
}

static bool address_matches(const struct devspec *spec, const struct pci_address *address)
{
	struct fields f = fields_of(address);

	for (unsigned i = 0; i < ARRAY_SIZE(f.text); i++)
		if (!field_matches(spec, i, f.text[i]))
			return false;
	return true;
}

static bool id_matches(const char *wanted, uint16_t id)
{
	char text[NOVA_FIELD_MAX];

	put_hex(text, id, 4);
	return strcmp(wanted, "*") == 0 || strcmp(wanted, text) == 0;
}

enum nova_match devspec_match(const struct devspec *spec, const struct nova_device *device)
{
	if (spec->kind == NOVA_ADDRESS_ABSENT || !id_matches(spec->vendor, device->id.vendor) ||
	    !id_matches(spec->product, device->id.device))
		return NOVA_MATCH_NO;
	if (!(spec->physical && device->type == NOVA_TYPE_VF &&
	      address_matches(spec, &device->parent)) &&
	    !address_matches(spec, &device->address))
		return NOVA_MATCH_NO;
	return spec->remote_managed ? NOVA_MATCH_UNKNOWN : NOVA_MATCH_YES;
}

const struct devspec *devspecs_find(const struct devspecs *specs, const struct nova_device *device,
				    bool *unknown)
{
	*unknown = false;
	for (size_t i = 0; i < specs->n; i++) {
		enum nova_match match = devspec_match(&specs->spec[i], device);

		if (match == NOVA_MATCH_YES)
			return &specs->spec[i];
		*unknown |= match == NOVA_MATCH_UNKNOWN;
	}
	return NULL;
}
