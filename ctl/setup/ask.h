/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asks the person at the terminal: which GPUs, and whether to go on. */
#ifndef GPUCLAIM_CTL_SETUP_ASK_H
#define GPUCLAIM_CTL_SETUP_ASK_H

#include "ctl/setup/setup.h"

/**
 * setup_ask_which() - list what there is, with numbers, and have some chosen
 * @request:	gets what was chosen, as options would name it
 *
 * Return: 0, or a negative errno with the problem reported: nothing was chosen.
 */
int setup_ask_which(struct setup *setup, struct selection_request *request) _must_check_;

/** setup_ask_go_on() - tell what would be done, show its diff if that is asked for; is it wanted?
 */
bool setup_ask_go_on(const struct setup *setup);

#endif
