/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Holds Nova's configuration on this node against its devices. Pure. */
#ifndef GPUCLAIM_CTL_JUDGE_JUDGE_H
#define GPUCLAIM_CTL_JUDGE_JUDGE_H

#include "ctl/judge/judgement.h"

/**
 * nova_judge() - judge all of it
 * @facts:	must outlive the answer
 *
 * Return: 0, or -ENOMEM with @ret untouched. Free with nova_judgement_free().
 */
int nova_judge(const struct verify_facts *facts, struct nova_judgement *ret) _must_check_;

/**
 * nova_judge_start() - judge only whether nova-compute starts, and which of our lines it uses
 * @facts:	without what readiness knows: @release, @node, @effective, @host and @dropin
 *
 * Return: as nova_judge().
 */
int nova_judge_start(const struct verify_facts *facts, struct nova_judgement *ret) _must_check_;

/**
 * nova_driver_tell() - that nova-compute's driver is none that offers this node's devices
 * @ret:	one sentence, to be freed; NULL: it is libvirt's, or not known
 *
 * Return: 0 or -ENOMEM.
 */
int nova_driver_tell(const struct effective *effective, char **ret) _must_check_;

/** nova_unread_remedy() - where gpuclaim can't tell what nova-compute reads */
const char *nova_unread_remedy(const struct effective *effective);

#endif
