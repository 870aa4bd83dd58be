/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The whole configuration that nova-compute reads on this node. */
#ifndef GPUCLAIM_NOVA_CONFIG_EFFECTIVE_H
#define GPUCLAIM_NOVA_CONFIG_EFFECTIVE_H

#include "nova/config/accounts.h"
#include "nova/config/default_folders.h"
#include "nova/config/launch.h"
#include "nova/config/oslo_config.h"
#include "nova/python/error.h"

/**
 * struct effective - what was found
 * @units:	folders of units, as far as they were listed for that
 * @launch:	how nova-compute is started
 * @reader:	who will read the files
 * @config:	its files, in the order it reads them, by their paths on this node
 * @error:	what stops it while it reads them, or, see nova_error_is_ours(), us
 * @unreadable:	files that the user nova may not read, where there is such a user
 * @ignored:	folders that it may not list: their files are passed over in silence
 * @defaults:	DEFAULT_FOLDERS folders, where they were asked, or NULL; owned
 */
struct effective {
	struct unit_folders units;
	struct launch launch;
	struct account reader;
	struct oslo_config config;
	struct nova_error error;
	struct text_list unreadable, ignored;
	struct default_folder *defaults;
};

/**
 * struct effective_extra - a file that is to be written
 * @path:	relative to the root
 */
struct effective_extra {
	const char *path, *text;
};

/**
 * effective_read() - read it all
 * @extra:	read as if it were there, in the place of what is; NULL: nothing
 *
 * Files of the defaults, then drop-in folders, then what the command line names, left to
 * right; the latter switches off the defaults of its own kind. Where Nova runs in a container
 * the files that are copied into it are read instead.
 *
 * Source: find_config_files() and _parse_config_files() in oslo_config/cfg.py; RDO's package of
 * oslo.config for nova-dist.conf; nova_compute's config.json of Kolla and of edpm-ansible.
 *
 * Return: 0, or a negative errno. Free with effective_free().
 */
int effective_read(const struct root *root, const struct effective_extra *extra,
		   struct effective *ret) _must_check_;

/**
 * effective_read_changed() - the same once more, with a change
 * @before:	what was read before: how nova-compute is started is known from it, its user,
 *		and what is in the default folders
 */
int effective_read_changed(const struct root *root, const struct effective *before,
			   const struct effective_extra *extra, struct effective *ret) _must_check_;

/**
 * struct effective_service - another service
 * @compute:	what was read for nova-compute: its units are listed further, where they are asked
 */
struct effective_service {
	enum nova_service service;
	struct effective *compute;
};

/**
 * effective_read_service() - the same of another service
 *
 * Where it is not on this node, @ret->launch.source and .unread are NULL, and there are no files.
 * Return: as effective_read().
 */
int effective_read_service(const struct root *root, const struct effective_service *which,
			   const struct effective_extra *extra, struct effective *ret) _must_check_;
void effective_free(struct effective *effective);

/* The options that matter here, with their older names. */
enum nova_option {
	NOVA_OPTION_DEVICE_SPEC,
	NOVA_OPTION_OLD_DEVICE_SPEC, /* before 26: what device_spec was called then */
	NOVA_OPTION_ALIAS,
	NOVA_OPTION_REPORT,
	NOVA_OPTION_PLACEMENT,
	NOVA_OPTION_DEDICATED,
	_NOVA_OPTION_COUNT,
};

/** effective_option() - the names of an option, for oslo_config_multi() and _single() */
const struct oslo_name *effective_option(enum nova_option option);

#endif
