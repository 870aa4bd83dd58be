/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of readiness that looks at one device after the other. Pure. */
#ifndef GPUCLAIM_CTL_READINESS_DEVICES_H
#define GPUCLAIM_CTL_READINESS_DEVICES_H

#include "ctl/readiness/facts.h"

#define REASONS_MAX 6
#define REASON_MAX  (VERDICT_WHY_MAX + 64)

/**
 * struct device_result - the word on one device
 * @shares:	it is ready but for device_leading(): of the group, only that one is listed for Nova
 *		unless all are asked for
 */
struct device_result {
	bool ready, shares;
	unsigned n_reasons; /* why not */
	char reason[REASONS_MAX][REASON_MAX];
};

/** devices_judge() - say for each device whether it is ready, and if not why */
void devices_judge(const struct facts *facts, struct device_result *result);

/** devices_count_gpus() - how many GPUs are selected, or with @result: ready */
unsigned devices_count_gpus(const struct facts *facts, const struct device_result *result);

/** device_leading() - the first selected GPU in the same group with a lower address, or NULL */
const struct device_facts *device_leading(const struct facts *facts, size_t i);

/** device_sharing() - the same, but for NVSwitches, which go to one guest together anyway */
const struct device_facts *device_sharing(const struct facts *facts, size_t i);

/** device_is_bound() - it really has the driver it is to have */
bool device_is_bound(const struct device_facts *device);

/** device_lacks_own_node() - a guest needs the function's own node, and there is none */
bool device_lacks_own_node(const struct device_facts *device);

/** devices_why_own() - why one needs it: "this kernel has no VFIO groups" */
const char *devices_why_own(const struct facts *facts);

/* By what a guest can have a function: its group's node and type 1, or its own node and iommufd. */
#define BACKEND_GROUP	1u
#define BACKEND_IOMMUFD 2u

/** devices_backends() - those that this machine has: a mask */
unsigned devices_backends(const struct facts *facts);

/** struct devices_found - the first one, or NULL, and how many there are */
struct devices_found {
	const struct device_facts *first;
	size_t n;
};

/** DEVICES_FIND() - the selected devices, each as @d, of which the condition @holds */
#define DEVICES_FIND(facts, d, holds)                                        \
	({                                                                   \
		struct devices_found _found = {0};                           \
		for (size_t _i = 0; _i < (facts)->n_devices; _i++) {         \
			const struct device_facts *d = &(facts)->device[_i]; \
			if (d->selected && (holds) && _found.n++ == 0)       \
				_found.first = d;                            \
		}                                                            \
		_found;                                                      \
	})

/** devices_say() - a check's result in the first one's name: "ADDRESS: … (and N more)" */
void devices_say(struct devices_found found, struct check *check, enum check_state state,
		 const char *remedy, const char *format, ...) _printf_(5, 6);

/** devices_at() - the one at this address, or NULL: nothing is known about it */
const struct device_facts *devices_at(const struct facts *facts, const struct pci_address *address);

#endif
