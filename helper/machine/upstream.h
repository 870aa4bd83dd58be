/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ports above GPUs and companions: which slots are one board's. */
#ifndef GPUCLAIM_HELPER_MACHINE_UPSTREAM_H
#define GPUCLAIM_HELPER_MACHINE_UPSTREAM_H

#include "helper/machine/scan.h"

/**
 * machine_read_upstream() - fill in @upstream of all GPUs and companions
 *
 * Source: the device's place below /sys/devices; PCI Express Base
 * Specification 7.5.3.2 for the port type (5 is a switch's upstream port).
 *
 * Return: 0, or -ENOMEM.
 */
int machine_read_upstream(const struct root *root, struct machine *machine) _must_check_;

#endif
