/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waiting for the machine to change: udev's events about PCI, VFIO and IOMMU devices. */
#ifndef GPUCLAIM_CTL_STATUS_MONITOR_H
#define GPUCLAIM_CTL_STATUS_MONITOR_H

#include <stdint.h>

#include "helper/base/util.h"

struct monitor;

/**
 * monitor_open() - begin to listen
 *
 * What happens from now on is not missed, also before monitor_wait(). Events
 * come after udev has run its rules, gpuclaim's among them.
 *
 * Return: 0, or a negative errno. Close with monitor_close().
 */
int monitor_open(struct monitor **ret) _must_check_;
void monitor_close(struct monitor **monitor);

/**
 * monitor_wait() - wait for an event; takes all that have come
 * @deadline_ms: of monotonic_ms()
 *
 * Return: 1 when something happened, 0 at the deadline, or a negative errno.
 */
int monitor_wait(struct monitor *monitor, int64_t deadline_ms) _must_check_;

#endif
