/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From what status knows to what Nova is told. */
#ifndef GPUCLAIM_CTL_NOVA_FACTS_H
#define GPUCLAIM_CTL_NOVA_FACTS_H

#include "ctl/node/node.h"
#include "nova/tell/dropin.h"

/**
 * nova_facts_read() - the GPUs that the configuration selects, ready or not
 * @ret, @ret_n: to be freed
 *
 * Source: sriov_totalvfs, Documentation/ABI/testing/sysfs-bus-pci: there is one where the
 * device has the SR-IOV capability.
 *
 * Return: 0 or -ENOMEM.
 */
int nova_facts_read(const struct root *root, const struct node *node,
		    const struct readiness *readiness, struct nova_gpu **ret,
		    size_t *ret_n) _must_check_;

/**
 * nova_plan_read() - nova_facts_read() and nova_plan_make()
 * @options:	where @release is 0 it is that of the installed Nova, else the newest
 *
 * Return: 0, -EOPNOTSUPP if nova_plan_refusal() has a reason, or -ENOMEM.
 */
int nova_plan_read(const struct root *root, const struct node *node,
		   const struct readiness *readiness, const struct nova_options *options,
		   struct nova_plan *ret) _must_check_;

/** nova_plan_refusal() - nova_options_refusal(), the release as in nova_plan_read() */
const char *nova_plan_refusal(const struct root *root, const struct nova_options *options);

/**
 * nova_plan_look() - look at the machine, and nova_plan_read()
 * @config_text: see node_read_as()
 * @node:	empty; what was read; to be freed with node_free(), also after a failure
 */
int nova_plan_look(const struct root *root, const struct nova_options *options,
		   const char *config_text, struct node *node, struct nova_plan *ret) _must_check_;

/** nova_options_of() - the same of a drop-in's text; NULL: there is none */
void nova_options_of(const char *text, struct nova_options *ret);

/**
 * nova_options_read() - how the drop-in that is there was made
 * @path:	of the drop-in
 * @ret:	zero where there is none of ours
 */
void nova_options_read(const struct root *root, const char *path, struct nova_options *ret);

#endif
