/* SPDX-License-Identifier: GPL-2.0-or-later */
/* setup --image: in the build of an image of a whole system. */
#ifndef GPUCLAIM_CTL_SETUP_IMAGE_H
#define GPUCLAIM_CTL_SETUP_IMAGE_H

#include "ctl/change/report.h"

/**
 * setup_image() - configuration, initramfs images, the units' preset and the kernel arguments
 *
 * The machine that builds the image is not looked at, and nothing is written below /etc and /var,
 * which are a node's own: there is no record. Who builds the image without it has taken it back.
 *
 * **Source:** bootc's manual, building guidance and kernel arguments; systemd.preset(5).
 */
int setup_image(const struct invocation *invocation, struct report *report);

#endif
