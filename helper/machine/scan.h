/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The facts about a machine: its PCI functions, IOMMU groups and IOMMU. */
#ifndef GPUCLAIM_HELPER_MACHINE_SCAN_H
#define GPUCLAIM_HELPER_MACHINE_SCAN_H

#include <stdint.h>

#include "helper/base/pci_attribute.h"
#include "helper/machine/framebuffer.h"
#include "helper/machine/hold.h"
#include "helper/machine/iommu.h"
#include "helper/machine/usb.h"
#include "helper/policy/rule.h"
#include "helper/policy/setting.h"
#include "helper/record/record.h"

#define NO_FUNCTION SIZE_MAX
/* There may be one, but what would tell can't be read. */
#define UNKNOWN_FUNCTION (SIZE_MAX - 1)
/* Of a group: its link can't be read. */
#define UNKNOWN_GROUP (-2)

/* Room for a modalias and its NUL: 54 characters for PCI. */
#define MODALIAS_MAX 256

/* Does any module or built-in driver of this kernel match a function? */
enum driver_match {
	MATCH_UNKNOWN, /* the list at hand isn't that of the whole system */
	MATCH_NONE,
	MATCH_SOME,
};

/**
 * struct config_header - the head of a function's configuration space: to read it can wake the
 * device
 * @n:		bytes of it that were read; 0: none
 */
struct config_header {
	unsigned char byte[64];
	size_t n;
};

/**
 * struct detail - what is read only for functions that matter
 * @group:	the IOMMU group's number, -1, or UNKNOWN_GROUP
 * @header:	of configuration space, unless a vfio driver has the function
 * @bridge:	header type 1 or 2 there
 * @vf:		a virtual function (it has a physfn link)
 * @boot_vga:	the attribute of that name is 1; the kernel shows it for class 0300 only
 * @framebuffer: the boot framebuffer lies in one of its BARs (/proc/iomem)
 * @builtin:	its present driver, another than @wanted, is part of the kernel that runs
 * @vfs:	virtual functions that are enabled (sriov_numvfs)
 * @driver_override: as it stands, "" if unset
 * @held:	what hangs on its present driver: "USB device 1-2", or ""
 * @unsettled:	why more may hang on it than is seen, see usb_is_settled(), or ""
 * @wanted:	the driver it is to have, "" unless it is to be claimed
 * @setting:	the setting that says so; "" where all else of a wanted function is still to be read
 * @available:	@wanted is registered, or its module is in the tree
 * @match:	for an unbound function of a group: would anything drive it?
 * @has_record, @record: what an earlier run of this boot said
 */
struct detail {
	int group;
	struct config_header header;
	bool bridge, vf, boot_vga, framebuffer, builtin, available, has_record;
	unsigned vfs;
	char driver_override[DRIVER_NAME_MAX];
	char held[HOLD_TEXT_MAX];
	char unsettled[USB_WHY_MAX];
	char wanted[DRIVER_NAME_MAX], setting[DRIVER_NAME_MAX];
	enum driver_match match;
	struct record record;
};

/**
 * struct function - one PCI function
 * @unread:	its modalias can't be read: no IDs, and no class unless its own attribute tells
 * @driver:	the bound driver's name, or NULL; owned; see machine_read_driver()
 * @driver_known: @driver was read: NULL is none
 * @upstream:	index of the port above it that makes one board of several slots (the
 *		nearest switch's upstream port, else the parent bridge), or NO_FUNCTION;
 *		only read for companions=group
 * @detail:	NULL unless machine_detail() was called for it; owned
 */
struct function {
	struct function_id id;
	bool unread, driver_known;
	char *driver;
	size_t upstream;
	struct detail *detail;
};

/**
 * struct group - one IOMMU group that a wanted function is in
 * @type:	"DMA-FQ", "identity", …; "" where the kernel doesn't tell (before 5.11)
 * @noiommu:	vfio's own pseudo group: no translation at all
 * @direct:	it has a reserved region of type "direct" (an RMRR)
 * @member:	indices of its functions, owned
 */
struct group {
	int number;
	char type[16];
	bool noiommu, direct;
	size_t *member;
	size_t n_members;
};

/* Whose verdict hangs on it. */
enum fault_scope {
	FAULT_ALL,	/* every GPU's */
	FAULT_GROUP,	/* that of the GPUs in an IOMMU group */
	FAULT_FUNCTION, /* see fault_of_unit() */
};

#define FAULT_PATH_MAX PCI_PATH_MAX

/**
 * struct fault - something that decides, is there, and can't be read
 * @group:	FAULT_GROUP: its number
 * @address:	FAULT_FUNCTION: whose it is
 * @path:	relative to the root
 */
struct fault {
	enum fault_scope scope;
	int group, error;
	struct pci_address address;
	char path[FAULT_PATH_MAX];
};

struct machine {
	struct iommu iommu;
	struct framebuffer framebuffer; /* of machine_detail() */
	struct function *function;	/* sorted by address; owned */
	size_t n_functions;
	struct group *group; /* owned */
	size_t n_groups;
	struct fault *fault; /* owned */
	size_t n_faults;
	char boot_id[37];
};

/**
 * machine_scan() - list all PCI functions, with IDs and class
 *
 * Three system calls a function: its modalias attribute holds all of that. So
 * does uevent, and the driver, too; but in Linux 6.1 to 6.11 who reads that one
 * waits for the device's lock (uevent_show()), which a hung driver holds for ever.
 * What can't be read is kept as a fault, the rest is listed all the same.
 *
 * Source: modalias_show() in drivers/pci/pci-sysfs.c.
 *
 * Return: 0, or a negative errno. A function that vanishes meanwhile is left
 * out. Free with machine_free().
 */
int machine_scan(const struct root *root, struct machine *ret) _must_check_;
void machine_free(struct machine *machine);

/**
 * machine_read_driver() - fill in @driver, if it isn't yet
 *
 * machine_detail() does it for the functions that it reads.
 *
 * Return: 0 (also with no driver), or -ENOMEM.
 */
int machine_read_driver(const struct root *root, struct machine *machine, size_t i) _must_check_;

/**
 * machine_note() - keep a failure to read what decides
 * @fault:	whose and which file; its error is @r
 * @r:		what reading came to; success, and that it is not there, are no faults
 *
 * Return: 0, or -ENOMEM.
 */
int machine_note(struct machine *machine, const struct root *root, const struct fault *fault,
		 int r) _must_check_;

/**
 * machine_has_console_elsewhere() - is the boot framebuffer known to be in another function?
 *
 * The kernel's choice of the boot VGA (vga_arbiter_add_pci_device()) looks at other things, too.
 */
static inline bool machine_has_console_elsewhere(const struct machine *machine,
						 const struct function *f)
{
	return machine->framebuffer.owned &&
	       pci_address_compare(&machine->framebuffer.owner, &f->id.address) != 0 &&
	       !(f->detail && f->detail->framebuffer);
}

/** machine_find() - the index of an address, or NO_FUNCTION */
size_t machine_find(const struct machine *machine, const struct pci_address *address);

/** machine_find_alike() - of another function that is to have the same driver; or NULL */
const struct detail *machine_find_alike(const struct machine *machine, const struct detail *as);

/** machine_group() - a group that was read, or NULL */
const struct group *machine_group(const struct machine *machine, int number);

#endif
