/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file of /usr/lib/bootc/kargs.d: the kernel arguments that an image brings along. Pure. */
#ifndef GPUCLAIM_GRUB_KARGS_TOML_H
#define GPUCLAIM_GRUB_KARGS_TOML_H

#include "helper/base/util.h"

/**
 * kargs_toml_read() - its arguments as they stand on a command line, parted by blanks
 * @text:	TOML: kargs = ["a", "b"], and match-architectures = ["x86_64"], where it is not for
 * all
 * @architecture: what runs, as uname names it
 * @ret:	"" where the file is for other architectures; to be freed
 *
 * **Source:** bootc's manual, kernel arguments: of the keys only these two are known, and both are
 * lists of texts; get_kargs_in_root() of its sources: kargs has to be there, and no architecture is
 * the one of an empty list.
 *
 * Return: 0, -EINVAL where it is no such file, or -ENOMEM.
 */
int kargs_toml_read(const char *text, const char *architecture, char **ret) _must_check_;

#endif
