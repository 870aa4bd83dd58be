/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nova/rules/devspec_read.h"

#include <ctype.h>
#include <string.h>

#include "helper/base/text.h"
#include "helper/base/text_buffer.h"
#include "nova/python/python_regex.h"
#include "nova/rules/release.h"

int devspec_refuse_config(struct reading *reading, const char *reason)
{
	if (nova_accepts(reading->rules->release, NOVA_DEVICE_SPEC))
		return devspec_refuse(reading, "PciConfigInvalidSpec",
				      "Invalid [pci]device_spec config: %s", reason);
	return devspec_refuse(reading, "PciConfigInvalidWhitelist",
			      "Invalid PCI devices Whitelist config: %s", reason);
}

char *devspec_reason(const char *before, const struct py_value *value, const char *after)
{
	struct text_buffer to _cleanup_(text_buffer_free) = {0};

	text_add(&to, before);
	py_str(value, &to);
	text_add(&to, after);
	return text_take_or_null(&to);
}

int devspec_doubt(struct reading *reading, const char *why)
{
	reading->specs->doubt = strdup(why);
	return reading->specs->doubt ? 1 : -ENOMEM;
}

static const char *const field_names[] = {"domain", "bus", "slot", "func"};
static const struct {
	unsigned max, digits;
} field_limits[] = {{0xffff, 4}, {0xff, 2}, {0x1f, 2}, {0x7, 1}};

enum { FIELD_FUNCTION = 3 };

/*
 * int(text, 16): blanks around, a sign, "0x", single underscores between digits. More than
 * fits is as good as the largest.
 */
static bool parse_hex(const char *s, long *ret)
{
	bool negative, digit = false;
	size_t length = strlen(s);

	while (length && isspace((unsigned char)s[length - 1]))
		length--;
	while (length && isspace((unsigned char)*s))
		s++, length--;
	negative = length && *s == '-';
	if (length && (*s == '-' || *s == '+'))
		s++, length--;
	if (length > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
		s += 2, length -= 2;
		digit = *s == '_'; /* "0x_1" is fine */
		s += digit, length -= digit;
		digit = false;
	}
	for (*ret = 0; length; s++, length--) {
		if (*s == '_' && digit) {
			digit = false;
			continue;
		}
		if (!isxdigit((unsigned char)*s))
			return false;
		if (*ret < 0x1000000)
			*ret = *ret * 16 +
			       (isdigit((unsigned char)*s) ? *s - '0' : (*s | 32) - 'a' + 10);
		digit = true;
	}
	*ret = negative ? -*ret : *ret;
	return digit;
}

/* _set_pci_dev_info(): check a field and write it as sysfs would. */
int devspec_set_field(struct reading *reading, const char *property, const char *value,
		      unsigned max, unsigned digits, char field[static NOVA_FIELD_MAX])
{
	_cleanup_free_ char *reason = NULL;
	long number;
	int r = 0;

	if (strcmp(value, "*") == 0) {
		snprintf(field, NOVA_FIELD_MAX, "*");
		return 0;
	}
	if (!py_is_ascii(value))
		return devspec_doubt(reading, "characters outside ASCII in a hex number");
	if (!parse_hex(value, &number))
		r = text_format(&reason, "property %s ('%s') does not parse as a hex number.",
				property, value);
	else if (number > (long)max)
		r = text_format(
			&reason,
			"property %s (%s) is greater than the maximum allowable value (%X).",
			property, value, max);
	if (r < 0)
		return r;
	if (reason)
		return devspec_refuse_config(reading, reason);
	/* A negative number passes, and matches nothing: no address has a sign. */
	snprintf(field, NOVA_FIELD_MAX, number < 0 ? "-" : "%0*lx", (int)digits, number);
	return 0;
}

static int set_address_field(struct reading *reading, unsigned i, char *value)
{
	const char *stripped = py_strip(value);

	if (i != FIELD_FUNCTION && !*stripped)
		stripped = "*";
	return devspec_set_field(reading, field_names[i], stripped, field_limits[i].max,
				 field_limits[i].digits, reading->spec->field[i]);
}

/* [[[[domain]:]bus]:][slot][.[function]], anything left out is "*". */
static int parse_glob(struct reading *reading, const char *address)
{
	_cleanup_free_ char *copy = strdup(address);
	char *part[4], *dot, *save;
	unsigned n = 0;
	int r = 0;

	if (!copy)
		return -ENOMEM;
	reading->spec->kind = NOVA_ADDRESS_GLOB;
	for (unsigned i = 0; i < ARRAY_SIZE(field_names); i++)
		snprintf(reading->spec->field[i], NOVA_FIELD_MAX, "*");
	dot = strchr(copy, '.');
	if (dot) {
		*dot++ = '\0';
		if (*dot)
			r = set_address_field(reading, FIELD_FUNCTION, dot);
	}
	if (r != 0 || !*copy)
		return r;
	save = copy;
	for (char *field; n < ARRAY_SIZE(part) && (field = strsep(&save, ":"));)
		part[n++] = field;
	if (n > 3)
		return devspec_refuse(reading, "PciDeviceWrongAddressFormat",
				      "The PCI address %s has an incorrect format.", address);
	for (unsigned i = 0; i < n && r == 0; i++)
		r = set_address_field(reading, 3 - n + i, part[i]);
	return r;
}

static int refuse_regex(struct reading *reading, const struct py_value *value)
{
	if (value->type == PY_LIST || value->type == PY_DICT)
		return devspec_refuse(reading, "TypeError", "unhashable type: '%s'",
				      py_type_name(value));
	return devspec_refuse(reading, "TypeError",
			      "first argument must be string or compiled pattern");
}

static int refuse_address(struct reading *reading, const struct py_value *address)
{
	_cleanup_free_ char *text =
		devspec_reason("The PCI address ", address, " has an incorrect format.");

	return text ? devspec_refuse(reading, "PciDeviceWrongAddressFormat", "%s", text) : -ENOMEM;
}

static int parse_regex(struct reading *reading, const struct py_value *address)
{
	static const char *const keys[] = {"domain", "bus", "slot", "function"};

	reading->spec->kind = NOVA_ADDRESS_REGEX;
	for (unsigned i = 0; i < ARRAY_SIZE(keys); i++) {
		const struct py_value *value = py_dict_get(address, keys[i]);

		reading->spec->regex[i] = ".*";
		if (!value)
			continue;
		if (value->type != PY_STR)
			return refuse_regex(reading, value);
		switch (py_regex_match(value->text, "")) {
		case PY_REGEX_WRONG:
			return refuse_address(reading, address);
		case PY_REGEX_UNKNOWN:
			return devspec_doubt(reading,
					     "a regular expression of more than ordinary kind");
		default:
			reading->spec->regex[i] = value->text;
		}
	}
	return 0;
}

/* is_single_address() and is_physical_function(): four hex texts that name a folder of sysfs. */
static bool is_physical(const struct reading *reading)
{
	const struct devspec *spec = reading->spec;
	const struct nova_host *host = reading->rules->host;
	char text[PCI_ADDRESS_MAX];
	const char *field[4];

	for (unsigned i = 0; i < ARRAY_SIZE(field); i++) {
		field[i] = spec->kind == NOVA_ADDRESS_REGEX ? spec->regex[i] : spec->field[i];
		if (field[i][strspn(field[i], "0123456789abcdefABCDEF")])
			return false;
	}
	if ((size_t)snprintf(text, sizeof(text), "%s:%s:%s.%s", field[0], field[1], field[2],
			     field[3]) >= sizeof(text))
		return false;
	for (size_t i = 0; i < host->n_devices; i++) {
		char a[PCI_ADDRESS_MAX];

		if (host->device[i].type == NOVA_TYPE_PF &&
		    strcmp(pci_address_format(&host->device[i].address, a), text) == 0)
			return true;
	}
	return false;
}

/* A devname stands for the address that its device has now. */
static int parse_devname(struct reading *reading, const struct py_value *devname)
{
	_cleanup_free_ char *name = py_str_alloc(devname);
	const struct nova_host *host = reading->rules->host;
	int r;

	if (!name)
		return -ENOMEM;
	for (size_t i = 0; i < host->n_netdevs; i++) {
		if (strcmp(host->netdev[i].name, name) != 0)
			continue;
		r = parse_glob(reading, host->netdev[i].address);
		if (r == 0)
			reading->spec->physical = host->netdev[i].vfs > 0 || is_physical(reading);
		return r;
	}
	reading->spec->kind = NOVA_ADDRESS_ABSENT;
	return 0;
}

int devspec_read_address(struct reading *reading)
{
	const struct py_value *address = py_dict_get(reading->spec->dict, "address");
	const struct py_value *devname = py_dict_get(reading->spec->dict, "devname");
	int r;

	if (address && !py_is_true(address))
		address = NULL;
	if (devname && !py_is_true(devname))
		devname = NULL;
	if (address && devname)
		return devspec_refuse(
			reading, "PciDeviceInvalidDeviceName",
			"Invalid PCI Whitelist: The PCI whitelist can specify devname or address, but not both");
	if (devname)
		return parse_devname(reading, devname);
	if (!address)
		r = parse_glob(reading, "*:*:*.*");
	else if (address->type == PY_STR)
		r = parse_glob(reading, address->text);
	else if (address->type == PY_DICT)
		r = parse_regex(reading, address);
	else
		r = refuse_address(reading, address);
	if (r == 0)
		reading->spec->physical = is_physical(reading);
	return r;
}
