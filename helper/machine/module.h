/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's modules, as the texts under /lib/modules tell of them. */
#ifndef GPUCLAIM_HELPER_MACHINE_MODULE_H
#define GPUCLAIM_HELPER_MACHINE_MODULE_H

#include <stdbool.h>
#include <stddef.h>

#include "helper/base/pci.h"
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
 *		initramfs-tools hook leave there, when it is there; names of
 *		modules it has for vfio_pci: lines only
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
 * struct modules - the modules of one kernel, in its own words; owned
 * @dep:	modules.dep; NULL: it can't be read
 * @builtin:	modules.builtin; NULL likewise
 */
struct modules {
	char *dep, *builtin;
};

/**
 * modules_read() - read both lists
 * @release:	of the kernel; NULL: the one that runs
 *
 * Return: 0 (also where there is none), or -ENOMEM. Free with modules_free().
 */
int modules_read(const struct root *root, const char *release, struct modules *ret) _must_check_;
void modules_free(struct modules *modules);

/** modules_have() - is it one of them, as a module or built in? */
bool modules_have(const struct modules *modules, const char *name);

/** modules_may_have() - is there a module of this name? True also where there is no modules.dep */
bool modules_may_have(const struct modules *modules, const char *name);

/** modules_have_builtin() - is it part of that kernel? */
bool modules_have_builtin(const struct modules *modules, const char *name);

/** modules_have_driver_builtin() - is a function's driver part of that kernel, not of a module? */
bool modules_have_driver_builtin(const struct root *root, const struct modules *modules,
				 const struct pci_address *address, const char *driver);

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
