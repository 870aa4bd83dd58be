/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The address of a device_spec: address or devname. Pure. */
#ifndef GPUCLAIM_NOVA_RULES_DEVSPEC_ADDRESS_H
#define GPUCLAIM_NOVA_RULES_DEVSPEC_ADDRESS_H

#include "nova/rules/devspec_read.h"

/** devspec_set_field() - _set_pci_dev_info(): check a hex number and write it as sysfs would */
int devspec_set_field(struct reading *reading, const char *property, const char *value,
		      unsigned max, unsigned digits,
		      char field[static NOVA_FIELD_MAX]) _must_check_;

/** devspec_read_address() - address or devname, whichever is there */
int devspec_read_address(struct reading *reading) _must_check_;

#endif
