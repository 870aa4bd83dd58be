/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plan in the words of those who configure Nova: files, deployment tools, JSON. Pure. */
#ifndef GPUCLAIM_NOVA_TELL_FORMAT_H
#define GPUCLAIM_NOVA_TELL_FORMAT_H

#include <stdio.h>

#include "nova/tell/plan.h"

enum nova_format {
	NOVA_FORMAT_CONF,
	NOVA_FORMAT_JSON,
	NOVA_FORMAT_KOLLA,
	NOVA_FORMAT_PUPPET,
	NOVA_FORMAT_OSA,
	NOVA_FORMAT_JUJU,
	NOVA_FORMAT_HELM,
	NOVA_FORMAT_SUNBEAM,
	NOVA_FORMAT_EDPM,
	_NOVA_FORMAT_COUNT,
};

/** nova_format_parse() - "conf" and so on. Return: 0 or -EINVAL */
int nova_format_parse(const char *text, enum nova_format *ret) _must_check_;

/**
 * nova_format_print() - print it
 * @controller:	for nova-api, the scheduler and the conductors, else for nova-compute
 *
 * Not NOVA_FORMAT_JSON, and NOVA_FORMAT_CONF for the controllers only: for nova-compute it is
 * the drop-in, see nova_dropin_render().
 *
 * Return: 0 or -ENOMEM.
 */
int nova_format_print(const struct nova_plan *plan, enum nova_format format, bool controller,
		      FILE *to) _must_check_;

#endif
