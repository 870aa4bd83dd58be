/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the texts of units, scripts and their files of variables say of a service's start. Pure. */
#ifndef GPUCLAIM_NOVA_CONFIG_LAUNCH_TEXT_H
#define GPUCLAIM_NOVA_CONFIG_LAUNCH_TEXT_H

#include "nova/config/deployment.h"
#include "nova/config/variables.h"

/** struct launch_argument - one --config-file, or --config-dir */
struct launch_argument {
	bool folder;
	char *path; /* owned */
};

/**
 * struct launch - the command line, as far as it names files
 * @source:	the unit or script that says it, "/etc/init.d/nova-compute"; owned; NULL: there
 *		is none, and the defaults are taken
 * @others:	units of other names that start the service, too, "/etc/systemd/system/NAME"
 * @contained:	the unit has a container started that does not get this host's /etc/nova
 * @wsgi:	a web server runs it: then nova.conf and the folders are read, and no file by the
 *		service's name (nova/api/openstack/wsgi_app.py, CONFIG_FILES)
 * @environment: "OS_PCI__ALIAS" and the like, which beat all files; all variables, until
 *		launch_drop_variables()
 * @environment_file: "/etc/sysconfig/nova", with a "-" before it where it need not be there
 * @command:	the last ExecStart; owned
 * @user, @group: the last User= and Group=; owned; NULL: not said
 * @more_groups: of SupplementaryGroups=
 * @unread:	the unit, script or file of settings that can't be read, "/etc/init.d/nova-compute",
 *		for the reason @error, a negative errno; owned; NULL: none. With one, what is named
 *		can't be told
 * @missing:	the file of variables without which systemd does not start it, for the reason
 * @error; owned; NULL: none
 */
struct launch {
	enum nova_deployment deployment;
	bool wsgi, contained;
	struct text_list others;
	char *source, *command, *user, *group, *unread, *missing;
	struct text_list more_groups;
	int error;
	struct launch_argument *argument; /* owned */
	size_t n;
	struct variables environment;
	struct text_list environment_file;
};

/** launch_take_words() - find the options in a command line. Pure. Return: 0 or -ENOMEM */
int launch_take_words(struct launch *launch, const char *command) _must_check_;

/**
 * launch_take_defaults() - read a file of shell assignments to DAEMON_ARGS,
 * /etc/default/nova-compute
 *
 * "$DAEMON_ARGS …" adds to the options, anything else replaces them. Pure.
 */
int launch_take_defaults(struct launch *launch, const char *text) _must_check_;

/** launch_add_argument() - one more, of @length bytes. Return: 0 or -ENOMEM */
int launch_add_argument(struct launch *launch, bool folder, const char *path,
			size_t length) _must_check_;

/** launch_take_unit() - read a unit's or drop-in's text over what is known. Return: 0 or -ENOMEM */
int launch_take_unit(struct launch *launch, const char *text) _must_check_;

/**
 * launch_take_command() - find the options in @launch->command, with its variables
 *
 * Source: systemd.service(5), COMMAND LINES. A word with blanks is a script, whose shell expands
 * them, too. Return: 0 or -ENOMEM.
 */
int launch_take_command(struct launch *launch) _must_check_;

/** launch_is_contained() - does the command start a container without this host's /etc/nova? */
bool launch_is_contained(const char *command);

/** launch_drop_variables() - all but those that beat files */
void launch_drop_variables(struct launch *launch);

/** launch_copy() - Return: 0, or -ENOMEM with @ret untouched */
int launch_copy(const struct launch *launch, struct launch *ret) _must_check_;
void launch_free(struct launch *launch);

#endif
