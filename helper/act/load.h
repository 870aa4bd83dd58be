/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Load a driver's module through libkmod. */
#ifndef GPUCLAIM_HELPER_ACT_LOAD_H
#define GPUCLAIM_HELPER_ACT_LOAD_H

#include "helper/base/util.h"

/**
 * load_module() - load a module with what it needs
 * @name:	a module or alias; '-' and '_' are the same
 *
 * As modprobe does: dependencies, soft dependencies, and the options of
 * modprobe.d and the kernel command line. Unlike modprobe: "install" commands
 * are never run, and vfio_pci's "ids" is left out, since it would take devices
 * that nobody claimed.
 *
 * Return: 0 (also when it is there already), -ENOENT if there is no such
 * module, -ENOPKG if libkmod.so.2 is not there, or the kernel's errno.
 */
int load_module(const char *name) _must_check_;

/**
 * load_matching() - load every module that matches a device, as udev does
 * @modalias:	the device's
 *
 * Modules that modprobe.d blacklists are left out; of several, those that can't
 * be loaded are no failure.
 *
 * Return: 0 (also when none matches), or a negative errno.
 */
int load_matching(const char *modalias) _must_check_;

#endif
