/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How this node starts nova-compute, and so which configuration files it names. */
#ifndef GPUCLAIM_NOVA_CONFIG_LAUNCH_H
#define GPUCLAIM_NOVA_CONFIG_LAUNCH_H

#include "nova/config/deployment.h"

/** struct launch_argument - one --config-file, or --config-dir */
struct launch_argument {
	bool folder;
	char *path; /* owned */
};

/**
 * struct launch - the command line, as far as it names files
 * @source:	the unit or script that says it, "/etc/init.d/nova-compute"; owned; NULL: there
 *		is none, and the defaults are taken
 * @wsgi:	a web server runs it: then nova.conf and the folders are read, and no file by the
 *		service's name (nova/api/openstack/wsgi_app.py, CONFIG_FILES)
 * @environment: "OS_PCI__ALIAS" and the like, which beat all files
 * @command:	the last ExecStart; owned
 * @user:	the last User=; owned; NULL: not said
 * @unread:	the unit, script or file of settings that can't be read, "/etc/init.d/nova-compute",
 *		for the reason @error, a negative errno; owned; NULL: none. With one, what is named
 *		can't be told
 */
struct launch {
	enum nova_deployment deployment;
	bool wsgi;
	char *source, *command, *user, *unread;
	int error;
	struct launch_argument *argument; /* owned */
	size_t n;
	struct text_list environment;
};

/** launch_take_unit() - read a unit's or drop-in's text over what is known. Pure. Return: 0 or
 * -ENOMEM */
int launch_take_unit(struct launch *launch, const char *text) _must_check_;

/** launch_take_words() - find the options in a command line. Pure. Return: 0 or -ENOMEM */
int launch_take_words(struct launch *launch, const char *command) _must_check_;

/**
 * launch_take_defaults() - read a file of shell assignments to DAEMON_ARGS,
 * /etc/default/nova-compute
 *
 * "$DAEMON_ARGS …" adds to the options, anything else replaces them. Pure.
 */
int launch_take_defaults(struct launch *launch, const char *text) _must_check_;

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

/** launch_copy() - Return: 0, or -ENOMEM with @ret untouched */
int launch_copy(const struct launch *launch, struct launch *ret) _must_check_;
void launch_free(struct launch *launch);

#endif
