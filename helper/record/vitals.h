/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a GPU was like when it was claimed: kept in its record, to be compared later. */
#ifndef GPUCLAIM_HELPER_RECORD_VITALS_H
#define GPUCLAIM_HELPER_RECORD_VITALS_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/base/pci.h"
#include "helper/base/root.h"

#define VITALS_BARS	6
#define VITALS_TEXT_MAX 384
#define VITAL_UNKNOWN	UINT64_MAX

/* In the order of the record's line, and in which they are told: what weighs most comes first. */
enum vital {
	VITAL_BAR, /* its size in bytes, 0: there is none; the first of VITALS_BARS */
	VITAL_ROM = VITAL_BAR + VITALS_BARS, /* likewise */
	VITAL_LANES,			     /* of the link */
	VITAL_FATAL,			     /* errors that AER counted since the kernel found it */
	VITAL_NONFATAL,
	VITAL_CORRECTABLE,
	VITAL_SPEED, /* of the link, in tenths of GT/s: an idle GPU may lower it */
	_VITAL_COUNT,
};

/**
 * struct vitals - of one GPU
 * @known:	they were read; else @value says nothing
 * @value:	by enum vital; VITAL_UNKNOWN: not told
 */
struct vitals {
	bool known;
	uint64_t value[_VITAL_COUNT];
};

/**
 * vitals_read() - read them
 * @link:	the link may be asked: nobody resets the function, for who asks then waits
 *
 * Wakes nothing: the link is not asked in D3cold, all else is in the kernel's memory.
 *
 * **Source:** resource_show(), current_link_speed_show() in drivers/pci/pci-sysfs.c;
 * pci_config_pm_runtime_get() in drivers/pci/pci.c (it resumes what is in D3cold alone);
 * aer_stats_dev_attr() in drivers/pci/pcie/aer.c.
 */
struct vitals vitals_read(const struct root *root, const struct pci_address *address, bool link);

/**
 * vitals_render() - "1 16777216 268435456 0 …": the format's version, then all values, "-" for
 * unknown
 * @buf:	at least VITALS_TEXT_MAX bytes
 *
 * Pure. Return: @buf.
 */
const char *vitals_render(const struct vitals *vitals, char buf[static VITALS_TEXT_MAX]);

/** vitals_parse() - what vitals_render() wrote; of another version, or with an error: not known.
 * Pure. */
struct vitals vitals_parse(const char *text);

/**
 * vitals_find_worse() - the first in which a GPU is worse than it was
 *
 * Less memory, fewer lanes, a lower speed, more errors. What is not known of both is not compared.
 * Pure. Return: which, or _VITAL_COUNT.
 */
enum vital vitals_find_worse(const struct vitals *then, const struct vitals *now);

#endif
