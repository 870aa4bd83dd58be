/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What Nova is told on this node, and what it finds there. */
#ifndef GPUCLAIM_CTL_VERIFY_NODE_H
#define GPUCLAIM_CTL_VERIFY_NODE_H

#include "ctl/judge/judgement.h"

/**
 * struct nova_node - all that was read; see struct verify_facts
 * @api, @scheduler: see nova_node_read_services(); without a launch.source where they are not here
 * @name:	of the node
 * @guessed:	no Nova is installed here, and @release is the newest
 */
struct nova_node {
	struct effective effective, api, scheduler;
	struct nova_host host;
	char **driver, *dropin, name[256];
	bool *vfio;
	struct nova_group *group;
	struct text_list mounted;
	unsigned release;
	bool has_dropin, guessed;
};

/**
 * struct nova_look - what is known, and how far to look
 * @release:	0: that of the installed Nova, else the newest
 * @guessed:	none is installed, and @release is the newest
 * @dropin:	the path of our drop-in, where it is known; NULL: look for it
 * @has_dropin:	it is there
 * @if_configured: where Nova has no configuration, look no further: the devices of a large
 *		machine take their time
 * @machine:	read before in this run; or NULL
 */
struct nova_look {
	unsigned release;
	bool if_configured;
	const struct machine *machine;
	bool guessed, has_dropin;
	const char *dropin;
};

/**
 * nova_node_read() - read it
 *
 * Return: 0, or a negative errno with nothing to be freed; else free with nova_node_free().
 */
int nova_node_read(const struct root *root, const struct nova_look *look,
		   struct nova_node *ret) _must_check_;

/** nova_node_read_services() - add what nova-api and nova-scheduler of this node read. As above. */
int nova_node_read_services(const struct root *root, struct nova_node *node) _must_check_;
void nova_node_free(struct nova_node *node);

/** nova_node_facts() - @node with what readiness knows; both must outlive the answer */
struct verify_facts nova_node_facts(const struct nova_node *node,
				    const struct device_facts *devices,
				    const struct device_result *results, size_t n_devices);

#endif
