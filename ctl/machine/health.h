/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What may keep a GPU from working in a guest, though it is claimed. */
#ifndef GPUCLAIM_CTL_MACHINE_HEALTH_H
#define GPUCLAIM_CTL_MACHINE_HEALTH_H

#include <stdint.h>

#include "ctl/machine/peer.h"
#include "helper/base/pci.h"
#include "helper/base/root.h"
#include "helper/base/text.h"
#include "helper/machine/scan.h"
#include "helper/policy/kernel_args.h"
#include "helper/record/vitals.h"

/**
 * struct reset_fault - what is known of the GPUs from @first to @last
 * @hangs:	the method that the GPU does not come back from, where it is tried first
 * @needs:	the method that has to be among them; one of both is NULL
 */
struct reset_fault {
	uint16_t vendor, first, last;
	const char *hangs, *needs;
};

/* What a reset method resets: the function alone, or all that is on its bus. */
#define RESET_OF_FUNCTION 1u
#define RESET_OF_BUS	  2u

/** reset_kinds() - of the methods in an attribute reset_method: a mask. Pure */
unsigned reset_kinds(const char *methods);

/**
 * reset_fault_of() - what speaks against the reset methods that a GPU has
 * @methods:	as in its attribute reset_method: names, in the order in which they are tried
 *
 * Pure. Return: a row of the table, or NULL: nothing is known.
 */
const struct reset_fault *reset_fault_of(const struct pci_id *id, const char *methods);

/**
 * struct narrow_link - a link that has fewer lanes than both of its ends can do
 * @lanes:	0: none has, as far as is known
 * @above:	it is not the function's own: @port is an upstream port of a switch above it, which
 *		may be the GPU's own
 */
struct narrow_link {
	unsigned lanes, possible;
	bool above;
	struct pci_address port;
};

/**
 * struct health - one function; all zero: nothing is known against it
 * @dead:	its configuration space reads as ones: it fell off the bus
 * @resetting:	it can't be read: the kernel resets it, see resetting_find()
 * @cold:	it is in D3cold, for its power may be cut, and was left asleep: its configuration
 * was not read
 * @unwakeable: the kernel could not change its power state once, and does not try again
 * @homeless_bar: a BAR of @homeless_bytes without an address; 0 bytes: none is
 * @dropped:	its BAR @homeless_bar got nothing from the kernel, though its register reads
 *		@bar_register, which is neither 0 nor an I/O port's
 * @no_bars:	it is a GPU, and neither its registers nor the kernel tell of memory
 * @no_reset:	the kernel knows no way to reset it
 * @resets:	what the ways that it knows reset, as reset_kinds() has it; 0: none, or no list of
 * them
 * @reset_fault: what is known against the ways that it knows; NULL: nothing
 * @narrow:	see there
 * @speed, @speed_possible: of its link, in GT/s; less than both ends can do. 0: not so
 * @power_cut:	its power may be cut while no guest has it, see may_lose_power()
 * @nodeless:	its NUMA node isn't known, on a machine that has several
 * @ats:	not known, unless it was asked for and the configuration was opened here
 *
 * Source: Documentation/ABI/testing/sysfs-bus-pci, pci_read_config() in
 * drivers/pci/pci-sysfs.c (it wakes a device that is in D3cold); runtime_status_show() in
 * drivers/base/power/sysfs.c ("error": rpm_resume() fails from then on, and vfio-pci's open with
 * it); __pci_read_base() in drivers/pci/probe.c (a BAR that can't be sized, and one that the kernel
 * gave up, has no flags).
 */
struct health {
	bool dead, resetting, cold, unwakeable, dropped, no_bars, no_reset, nodeless, power_cut;
	const struct reset_fault *reset_fault;
	unsigned resets, homeless_bar;
	struct narrow_link narrow;
	uint32_t bar_register;
	uint64_t homeless_bytes;
	double speed, speed_possible;
	enum ats ats;
};

/** health_lacks_bar() - has it no memory to work with, or a BAR that got no room? */
static inline bool health_lacks_bar(const struct health *health)
{
	return health->homeless_bytes || health->dropped || health->no_bars;
}

/** health_describe_bar() - "its BAR 1 got no room: …", of one that lacks it. Returns @buf */
const char *health_describe_bar(const struct health *health, char *buf, size_t size);

/** health_describe_narrow() - "its link has 8 of 16 lanes". Pure. Return: what to do then */
const char *health_describe_narrow(const struct narrow_link *link, char *buf, size_t size);

/**
 * health_describe_worse() - in what a GPU is worse than when it was claimed
 * @buf:	"its link has 8 lanes, and had 16 when it was claimed"
 *
 * Pure. Return: what to do then, or NULL: it is as it was, as far as that is known.
 */
const char *health_describe_worse(const struct vitals *then, const struct vitals *now, char *buf,
				  size_t size);

/** health_bar_remedy() - what to do then. @args: the kernel's, to ask for nothing that is there */
const char *health_bar_remedy(const struct kernel_args *args);

/**
 * health_read() - look at one function
 * @header:	of its configuration space, read before in this run; or NULL
 * @ats:	look for ATS, too, with the open that reads the header. Of one that was read before
 *		it stays unknown: another open can wake the device
 */
struct health health_read(const struct root *root, const struct pci_address *address,
			  const struct config_header *header, bool ats);

/**
 * health_is_asleep() - is it suspended, so that who reads its configuration may wake it?
 *
 * One without power management is called suspended, too, and stays in D0.
 */
bool health_is_asleep(const struct root *root, const struct pci_address *address);

/**
 * health_avoid_sleeping() - the configurations whose readers would wake a function
 * @ret:	@root's own @avoid, and these are added
 *
 * Return: 0, or a negative errno.
 */
int health_avoid_sleeping(const struct root *root, struct text_list *ret) _must_check_;

/**
 * may_lose_power() - may the kernel put it into D3cold?
 *
 * Not with vfio-pci's disable_idle_d3 in force (drivers/vfio/pci/vfio_pci.c). A port above it then
 * has a power resource of ACPI's (Documentation/ABI/testing/sysfs-devices-power_resources_D3hot),
 * and nobody forbids it. A GPU that brings its own switch loses it at the root port
 * (pci_bridge_d3_update()).
 */
bool may_lose_power(const struct root *root, const struct pci_address *address);

#endif
