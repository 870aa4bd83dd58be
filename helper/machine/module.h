/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's modules, as the texts under /lib/modules tell of them. */
#ifndef GPUCLAIM_HELPER_MACHINE_MODULE_H
#define GPUCLAIM_HELPER_MACHINE_MODULE_H

#include <stdbool.h>
#include <stddef.h>

#include "helper/base/root.h"
#include "helper/machine/modalias.h"
#include "helper/policy/setting.h"

/**
 * struct module_aliases - the PCI aliases of this kernel's modules and drivers
 * @text:	lines as in modules.alias, owned
 * @whole:	of the whole system: in an initramfs modules.alias knows only
 *		the modules packed there
 */
struct module_aliases {
	char *text;
	size_t size;
	bool whole;
};

/**
 * module_aliases_read() - read them
 * @initramfs:	take /usr/lib/gpuclaim/modules.pci, which our dracut module and
 *		initramfs-tools hook leave there, when it is there
 *
 * Else modules.alias, and modules.builtin.modinfo for the built-in drivers, of
 * the release in /proc/sys/kernel/osrelease.
 *
 * Return: 0 (also when there are none: an empty text), or -ENOMEM.
 */
int module_aliases_read(const struct root *root, bool initramfs,
			struct module_aliases *ret) _must_check_;
void module_aliases_free(struct module_aliases *aliases);

/**
 * module_is_known() - is there a module of this name?
 *
 * Return: true also when there is no modules.dep to ask.
 */
bool module_is_known(const struct root *root, const char *name);

/** module_is_builtin() - does the running kernel have it built in (modules.builtin)? */
bool module_is_builtin(const struct root *root, const char *name);

/** module_is_in_release() - does a kernel have it, as a module or built in? */
bool module_is_in_release(const struct root *root, const char *release, const char *name);

/** module_is_builtin_in_release() - is it part of that kernel? */
bool module_is_builtin_in_release(const struct root *root, const char *release, const char *name);

/**
 * module_driver() - a registered PCI driver's name as the kernel spells it
 * @name:	the driver's or its module's name; '-' and '_' are the same
 *
 * Source: /sys/bus/pci/drivers/NAME, and /sys/module/MODULE/drivers/pci:NAME.
 *
 * Return: true if it is registered.
 */
bool module_driver(const struct root *root, const char *name, char buf[static DRIVER_NAME_MAX]);

#endif
