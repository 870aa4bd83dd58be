/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which configuration files count, and their text: layers, masks, owners. */
#ifndef GPUCLAIM_HELPER_POLICY_CONF_FILES_H
#define GPUCLAIM_HELPER_POLICY_CONF_FILES_H

#include "helper/base/root.h"

#define CONF_FILE_MAX_BYTES (1u << 20)

/* setup's own file; the operator's lines are in gpuclaim.conf and other drop-ins. */
#define SELECTION_FILE "etc/gpuclaim/gpuclaim.conf.d/60-setup.conf"

/**
 * struct conf_file - a file of the effective set, or a folder that can't be trusted
 * @path:	relative to the root; owned
 * @masked:	empty, or a link to /dev/null
 * @problem:	what is wrong with it, "is no regular file, …"; or ""
 * @text:	@size bytes; NULL if it is masked or could not be read; a file with
 *		a problem may still have one, for its skip lines; owned
 */
struct conf_file {
	char *path;
	bool masked;
	char problem[160];
	char *text;
	size_t size;
};

/**
 * conf_files_read() - find and read the configuration below @root
 * @ret:	the main file, then the drop-ins by name; before them the folders
 *		that have a problem; free with conf_files_free()
 *
 * Source: UAPI.6, the UAPI Group's Configuration Files Specification.
 *
 * Return: 0, or -ENOMEM with @ret untouched.
 */
int conf_files_read(const struct root *root, struct conf_file **ret, size_t *ret_n) _must_check_;

/** conf_files_read_packed() - the set without /run: what an initramfs that is built now gets */
int conf_files_read_packed(const struct root *root, struct conf_file **ret,
			   size_t *ret_n) _must_check_;

/**
 * conf_files_is_packed() - is this the path of a configuration file that an initramfs may hold?
 * @path:	relative to the root
 */
bool conf_files_is_packed(const char *path);

/**
 * conf_link_target() - where a link leads to, by the texts alone
 * @path:	the link's own, relative to the root
 * @target:	what it holds
 * @ret:	relative to the root, without ".", ".." and double slashes
 *
 * Return: 0, or -ENAMETOOLONG.
 */
int conf_link_target(const char *path, const char *target, char *ret, size_t size) _must_check_;

/**
 * conf_files_substitute() - as if a drop-in below /etc were there, with another text
 * @name:	"60-setup.conf": it takes the place of any other of its name, or its own
 *
 * Return: 0, or -ENOMEM.
 */
int conf_files_substitute(struct conf_file **files, size_t *n, const char *name,
			  const char *text) _must_check_;
void conf_files_free(struct conf_file *files, size_t n);

#endif
