/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files below /dev/vfio of one function: looked at, never opened. */
#ifndef GPUCLAIM_CTL_READINESS_VFIO_FILES_H
#define GPUCLAIM_CTL_READINESS_VFIO_FILES_H

#include "ctl/readiness/facts.h"

/** vfio_files_read_cdev() - @d->cdev, for guests that use iommufd */
void vfio_files_read_cdev(const struct root *root, struct device_facts *d);

/** vfio_files_read_group() - the IOMMU group of @device[i], after those before it, and whether
 * /dev/vfio/GROUP is there */
void vfio_files_read_group(const struct root *root, struct device_facts *device, size_t i);

#endif
