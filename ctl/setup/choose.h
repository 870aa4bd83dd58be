/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What setup is to claim: as named, as the files say, or as the person at the terminal says. */
#ifndef GPUCLAIM_CTL_SETUP_CHOOSE_H
#define GPUCLAIM_CTL_SETUP_CHOOSE_H

#include "ctl/setup/setup.h"

/** setup_request() - what the options ask for, and what old recipes gave away */
struct selection_request setup_request(const struct setup *setup);

/**
 * setup_config_errors() - the errors of all files, a line each, and what to do; or ""
 * @replaced:	setup's own file is about to be replaced
 *
 * A broken file voids every claim line. Return: the text, to be freed; NULL: no memory.
 */
char *setup_config_errors(const struct policy *policy, bool replaced) _must_check_;

/**
 * setup_choose() - fill @setup->selection
 *
 * The options name GPUs, or else the configuration's claim lines are the choice. Where there
 * are none the person at the terminal is offered all GPUs: @ret_ask.
 */
int setup_choose(struct setup *setup, bool *ret_ask);

#endif
