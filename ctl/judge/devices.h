/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A part of nova_judge(): what device_spec matches. Pure. */
#ifndef GPUCLAIM_CTL_JUDGE_DEVICES_H
#define GPUCLAIM_CTL_JUDGE_DEVICES_H

#include "ctl/judge/judgement.h"

/** nova_judge_devices() - add to the findings. Return: 0 or -ENOMEM */
int nova_judge_devices(const struct verify_facts *facts,
		       struct nova_judgement *judgement) _must_check_;

/* For what our own file says: it lists what was ready when it was written. */
#define REMEDY_REFRESH "gpuclaimctl nova refresh, then restart nova-compute"

#endif
