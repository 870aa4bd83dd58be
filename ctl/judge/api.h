/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nova-compute's aliases held against those of nova-api, where both are on one node. Pure. */
#ifndef GPUCLAIM_CTL_JUDGE_API_H
#define GPUCLAIM_CTL_JUDGE_API_H

#include "ctl/judge/judgement.h"

/* Of its findings; each begins with the place of nova-compute's alias, or of nova-api's bad one. */
#define API_ID "nova-scheduling"

/**
 * nova_judge_api() - does nova-api know what nova-compute's aliases stand for?
 *
 * Source: nova/pci/request.py: nova-api makes the requests of a flavor by its own aliases;
 * nova-compute asks its own when a server is moved or resized.
 *
 * Return: 0 or -ENOMEM.
 */
int nova_judge_api(const struct verify_facts *facts, struct nova_judgement *judgement) _must_check_;

#endif
