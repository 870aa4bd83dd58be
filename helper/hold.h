/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What hangs on a function's present driver, so that it can't be taken away. */
#ifndef GPUCLAIM_HOLD_H
#define GPUCLAIM_HOLD_H

#include <stddef.h>
#include <stdint.h>

#include "pci.h"
#include "root.h"

/**
 * hold_find() - look for users of a bound function
 * @class:	what kind of function it is decides what is looked for: USB devices
 *		other than root hubs, open audio streams and control nodes, or for a GPU a console
 *		on its framebuffer and processes that have its device nodes open
 * @buf:	"USB device 1-2", "audio stream card1/pcm3p", …, or "" if nothing does
 */
void hold_find(const struct root *root, const struct pci_address *address, uint32_t class,
	       char *buf, size_t size);

#endif
