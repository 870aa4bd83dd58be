/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel arguments that matter to GPUs in guests, and what each does. One table. Pure. */
#ifndef GPUCLAIM_HELPER_POLICY_KERNEL_ARGS_H
#define GPUCLAIM_HELPER_POLICY_KERNEL_ARGS_H

#include <stdbool.h>
#include <stddef.h>

#include "helper/base/util.h"

enum karg_effect {
	KARG_INTEL_ON,	     /* Intel's IOMMU is asked for */
	KARG_INTEL_OFF,	     /* Intel's IOMMU is not used */
	KARG_AMD_OFF,	     /* AMD's is not */
	KARG_IOMMU_OFF,	     /* none of x86 is */
	KARG_IGFX_OFF,	     /* none for Intel's integrated graphics */
	KARG_NOT_PASSED,     /* the opposite of iommu=pt */
	KARG_NO_ACPI,	     /* the firmware's tables are not looked at */
	KARG_REMAP_ON,	     /* interrupts are remapped */
	KARG_REMAP_OFF,	     /* they aren't */
	KARG_TYPE1_UNSAFE,   /* a guest starts without that, where vfio_iommu_type1 is used */
	KARG_TYPE1_NEEDED,   /* it doesn't */
	KARG_IOMMUFD_UNSAFE, /* likewise, where iommufd is used */
	KARG_IOMMUFD_NEEDED,
	KARG_ACS_OVERRIDE,   /* groups are made as if ports isolated that don't */
	KARG_ACS_CHANGED,    /* what ports isolate is not the kernel's choice */
	KARG_VFIO_KEPT_OUT,  /* a module of vfio is not loaded */
	KARG_GPUCLAIM_OFF,   /* gpuclaim does nothing */
	KARG_GPUCLAIM_LATER, /* nothing in the initramfs */
	KARG_IDS,	     /* a driver takes every device of these IDs */
	KARG_NO_IDLE_D3,     /* vfio-pci leaves idle GPUs awake */
	KARG_REALLOC,	     /* the kernel looks for room for BARs by itself */
	KARG_NO_MODESET,     /* graphics drivers leave the firmware's mode as it is */
	KARG_NO_FRAMEBUFFER, /* the firmware's framebuffer is not used */
	KARG_STAYS,	     /* a kernel that panics does not reboot, which a trial must */
	_KARG_EFFECTS,
};

/**
 * struct kernel_argument - a row of the table
 * @name:	'-' and '_' are the same
 * @value:	what of its value counts, see @kind
 */
struct kernel_argument {
	const char *name, *value;
	enum {
		KARG_WORD,    /* @value is one of its words, parted by commas */
		KARG_START,   /* one of its words starts with @value */
		KARG_MODULES, /* one of its words is a module of vfio */
		KARG_ON,      /* 1, y, on, …, or no value */
		KARG_OFF,     /* 0, n, off, … */
		KARG_ANY,     /* any value */
		KARG_ALONE,   /* whatever its value, and without one */
	} kind;
	enum karg_effect effect;
};

/**
 * struct kernel_args - what a command line says, by effect
 * @name:	"intel_iommu", or NULL: nothing of it is said; the table's own
 * @text:	the argument with its value, cut to fit
 * @word:	of several words in its value the one, or ""
 */
struct kernel_args {
	struct karg_said {
		const char *name;
		char text[192], word[48];
	} said[_KARG_EFFECTS];
};

/**
 * kernel_args_read() - look for all that matters
 * @line:	as in /proc/cmdline
 *
 * Where the last one of a name wins, only that is told.
 *
 * Source: Documentation/admin-guide/kernel-parameters.txt; intel_iommu_setup(),
 * parse_amd_iommu_options(), iommu_setup(), setup_irqremap(), pci_setup();
 * module_blacklist() in kernel/module/main.c, kmod's modprobe.blacklist=, dracut.cmdline(7)
 * rd.driver.blacklist=. pcie_acs_override= is of a patch that several distributions carry.
 *
 * Return: 0, or -ENOMEM.
 */
int kernel_args_read(const char *line, struct kernel_args *ret) _must_check_;

/** kernel_args_have() - does it say so? */
static inline bool kernel_args_have(const struct kernel_args *args, enum karg_effect effect)
{
	return args->said[effect].name;
}

/** kernel_args_without() - "boot without amd_iommu=off", "take igfx_off out of intel_iommu=" */
#define KARG_REMEDY_MAX 96
const char *kernel_args_without(const struct kernel_args *args, enum karg_effect effect,
				char buf[static KARG_REMEDY_MAX]);

/**
 * kernel_arg_is_against() - does a word of an argument's value say the opposite of a claim?
 * @word:	@n bytes of it
 *
 * It turns the IOMMU or gpuclaim off, or speaks against iommu=pt or against a trial's panic=.
 */
bool kernel_arg_is_against(const char *name, const char *word, size_t n);

/** kernel_arg_binds_ids() - does it have a driver take every device of the IDs in its value? */
bool kernel_arg_binds_ids(const char *name);

/** kernel_arg_matters() - is it in the table, whatever its value? */
bool kernel_arg_matters(const char *name);

#endif
