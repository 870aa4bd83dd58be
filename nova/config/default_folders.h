/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where oslo.config looks for the files that no command line names. */
#ifndef GPUCLAIM_NOVA_CONFIG_DEFAULT_FOLDERS_H
#define GPUCLAIM_NOVA_CONFIG_DEFAULT_FOLDERS_H

#include "helper/base/folder.h"
#include "nova/config/accounts.h"

#define DEFAULT_FOLDERS 4

/** struct default_folder - one of them, relative to the root, with what it holds */
struct default_folder {
	char path[ACCOUNT_HOME_MAX + 8];
	struct folder_names names;
};

/**
 * default_folders_list() - list them, in the order in which they are asked
 * @home:	of who reads the files
 *
 * Source: _get_config_dirs() in oslo_config/cfg.py.
 *
 * Return: 0 or -ENOMEM; free with default_folders_free() in both cases.
 */
int default_folders_list(const struct root *root, const char *home,
			 struct default_folder ret[static DEFAULT_FOLDERS]) _must_check_;
void default_folders_free(struct default_folder folder[static DEFAULT_FOLDERS]);

#endif
