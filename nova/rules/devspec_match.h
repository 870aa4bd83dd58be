/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which devices a device_spec stands for. Pure. */
#ifndef GPUCLAIM_NOVA_RULES_DEVSPEC_MATCH_H
#define GPUCLAIM_NOVA_RULES_DEVSPEC_MATCH_H

#include "nova/rules/devspec.h"

enum nova_match {
	NOVA_MATCH_NO,
	NOVA_MATCH_YES,
	NOVA_MATCH_UNKNOWN,
};

/** devspec_match() - does one spec match a device? */
enum nova_match devspec_match(const struct devspec *spec, const struct nova_device *device);

/** devspecs_find() - the first spec that matches, as Nova takes it; NULL: none, or @unknown */
const struct devspec *devspecs_find(const struct devspecs *specs, const struct nova_device *device,
				    bool *unknown);

#endif
