/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Has a USB controller's driver found all that hangs on it? */
#ifndef GPUCLAIM_HELPER_MACHINE_USB_H
#define GPUCLAIM_HELPER_MACHINE_USB_H

#include "helper/machine/nodes.h"

#define USB_WHY_MAX 120

/**
 * usb_is_settled() - is what can be seen below a bound USB controller all there is?
 * @f:		a function of class 0c03
 * @ret:	if not: "its root hub usb3 is still awake", with the remedy where there is
 *		one; else untouched
 *
 * A hub's driver keeps the hub awake while a port of it is looked at, and for as
 * long as one of its devices is in use: a root hub that sleeps has reported all of
 * them. One that may not sleep, that can't be read, or that is not there yet tells
 * nothing. Looking wakes nobody.
 *
 * Source: hub_activate(), hub_event() and hub_probe() in drivers/usb/core/hub.c;
 * runtime_status_show() in drivers/base/power/sysfs.c.
 */
bool usb_is_settled(const struct root *root, const struct bound_function *f,
		    char ret[static USB_WHY_MAX]);

#endif
