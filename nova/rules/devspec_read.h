/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the readers of device_spec share: all return 1 where Nova refuses or it can't be told. */
#ifndef GPUCLAIM_NOVA_RULES_DEVSPEC_READ_H
#define GPUCLAIM_NOVA_RULES_DEVSPEC_READ_H

#include "nova/rules/devspec.h"

/* One option value at work. */
struct reading {
	const struct nova_rules *rules;
	struct devspecs *specs;
	struct devspec *spec;
};

/** devspec_refuse() - Nova raises this */
#define devspec_refuse(reading, type, ...) \
	nova_error_set(&(reading)->specs->error, type, __VA_ARGS__)

/** devspec_refuse_config() - the exception that most errors are, named as the release does */
int devspec_refuse_config(struct reading *reading, const char *reason) _must_check_;

/** devspec_doubt() - whether Nova takes it can't be told; @why is put into "holds WHY" */
int devspec_doubt(struct reading *reading, const char *why) _must_check_;

/** devspec_reason() - @before, what str() prints of @value, @after; to be freed, or NULL */
char *devspec_reason(const char *before, const struct py_value *value, const char *after);

/** devspec_set_field() - _set_pci_dev_info(): check a hex number and write it as sysfs would */
int devspec_set_field(struct reading *reading, const char *property, const char *value,
		      unsigned max, unsigned digits,
		      char field[static NOVA_FIELD_MAX]) _must_check_;

/** devspec_read_address() - address or devname, whichever is there */
int devspec_read_address(struct reading *reading) _must_check_;

#endif
