/* SPDX-License-Identifier: GPL-2.0-or-later */
/* [pci] device_spec by Nova's own rules: what it refuses, with its words, and what it matches.
 * Pure. */
#ifndef GPUCLAIM_NOVA_RULES_DEVSPEC_H
#define GPUCLAIM_NOVA_RULES_DEVSPEC_H

#include "nova/python/error.h"
#include "nova/python/python_value.h"
#include "nova/rules/devices.h"

enum nova_address_kind {
	NOVA_ADDRESS_ABSENT, /* a devname that this host hasn't: matches nothing */
	NOVA_ADDRESS_GLOB,
	NOVA_ADDRESS_REGEX,
};

/* "ffff", and with room for what Python's int() makes of a sign. */
#define NOVA_FIELD_MAX 8

/**
 * struct devspec - one device_spec
 * @option:	index of the option's value that it is from
 * @dict:	as it was written; owned by struct devspecs
 * @vendor, @product: lower-case hex, or "*"
 * @field:	domain, bus, slot and function of a glob, each lower-case hex or "*"
 * @regex:	the same of a regular expression; owned by @dict, or a string constant
 * @physical:	the address is that of one physical function: its virtual ones match, too
 * @remote_managed: only devices with a serial number in their VPD, which isn't looked at
 * @one_time_use, @live_migratable, @managed: the tags are true; @unmanaged: managed is false
 */
struct devspec {
	size_t option;
	const struct py_value *dict;
	char vendor[NOVA_FIELD_MAX], product[NOVA_FIELD_MAX];
	enum nova_address_kind kind;
	char field[4][NOVA_FIELD_MAX];
	const char *regex[4];
	bool physical, remote_managed, one_time_use, live_migratable, unmanaged;
};

/**
 * struct devspecs - all device_spec of a configuration, in their order
 * @root:	the parsed values; owned
 * @error:	Nova refuses, at value @error_option; the specs before it are there
 * @doubt:	why it can't be told whether Nova accepts it; owned; NULL: it can. At @error_option
 */
struct devspecs {
	struct devspec *spec;
	size_t n;
	struct py_value **root;
	size_t n_roots;
	struct nova_error error;
	size_t error_option;
	char *doubt;
};

/**
 * struct nova_rules - what the judgement depends on beside the text
 * @release:	18 to 34, see release.h
 * @report, @placement: [pci] report_in_placement, [filter_scheduler] pci_in_placement
 * @node:	what libvirt calls the host: its resource providers' names begin with it
 */
struct nova_rules {
	unsigned release;
	bool report, placement;
	const char *node;
	const struct nova_host *host;
};

void devspecs_free(struct devspecs *specs);

/** devspec_tag() - the value of a key; NULL if it isn't there or null */
const struct py_value *devspec_tag(const struct devspec *spec, const char *key);

#endif
