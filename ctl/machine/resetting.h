/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The functions that can't be looked at, for the kernel is resetting them. */
#ifndef GPUCLAIM_CTL_MACHINE_RESETTING_H
#define GPUCLAIM_CTL_MACHINE_RESETTING_H

#include "helper/base/root.h"
#include "helper/base/text.h"

/**
 * resetting_find() - the attributes whose reader would wait for the end of a reset
 * @ret:	their paths, for struct root's @avoid
 *
 * It may last for two minutes, and who waits can't be killed (pci_wait_cfg()): so a child tries,
 * and is left behind if it does not come back. Only functions that a VFIO driver has are tried.
 *
 * Return: 0, or a negative errno.
 */
int resetting_find(const struct root *root, struct text_list *ret) _must_check_;

#endif
