/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A deployment that ostree has staged: its entry is written when the machine shuts down. Pure. */
#ifndef GPUCLAIM_GRUB_STAGED_H
#define GPUCLAIM_GRUB_STAGED_H

#include "helper/base/util.h"

/**
 * staged_kargs() - its kernel arguments, parted by blanks
 * @data:	what /run/ostree/staged-deployment holds
 * @ret:	to be freed; untouched on failure
 *
 * **Source:** seen of ostree 2025.2: a GVariant of type a{sv}, little endian, whose key "kargs" has
 * an "as": texts, each with its NUL, then where each of them ends. Who stages one without
 * arguments, as `ostree admin upgrade --stage` does, leaves the key out:
 * sysroot_finalize_deployment() in src/libostree/ostree-sysroot-deploy.c of ostree takes those of
 * the deployment that it names as "merge-deployment".
 *
 * Return: 0, -ENOENT where it gets them from an earlier deployment, -EINVAL where it has no list
 * that can be read, or -ENOMEM.
 */
int staged_kargs(const char *data, size_t size, char **ret) _must_check_;

#endif
