/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How this node starts nova-compute, and so which configuration files it names. */
#ifndef GPUCLAIM_NOVA_CONFIG_LAUNCH_H
#define GPUCLAIM_NOVA_CONFIG_LAUNCH_H

#include "nova/config/launch_text.h"

/**
 * launch_read() - find out how nova-compute is started below @root
 * @folders:	of units, listed where they are asked
 *
 * Source: the units and init scripts of Debian, Ubuntu, RDO and DevStack; Kolla-Ansible,
 * edpm-ansible, tripleo-ansible, the openstack-hypervisor and microstack snaps; the containers and
 * volumes of pods in the kubelet's folder, as OpenStack-Helm names them.
 *
 * Return: 0 (also with a file that can't be read), or -ENOMEM with @ret untouched. Free with
 * launch_free().
 */
int launch_read(const struct root *root, struct unit_folders *folders,
		struct launch *ret) _must_check_;

/**
 * launch_read_service() - the same of another service
 *
 * Its unit, else its container's folder, else the file that has Apache start it.
 *
 * Source: nova-cloud-controller's wsgi-openstack-api.conf and puppet-nova's
 * nova::wsgi::apache_api, which both have WSGIScriptAlias.
 *
 * @ret->source is NULL where it is not on this node. Return: as launch_read().
 */
int launch_read_service(const struct root *root, enum nova_service service,
			struct unit_folders *folders, struct launch *ret) _must_check_;

#endif
