/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What on this host would use a GPU of its own accord: modules, and what loads or needs them. */
#ifndef GPUCLAIM_CTL_MACHINE_GPU_USERS_H
#define GPUCLAIM_CTL_MACHINE_GPU_USERS_H

#include "helper/base/text.h"
#include "helper/machine/modalias.h"
#include "helper/machine/module.h"
#include "helper/machine/scan.h"

/**
 * struct gpu_users - what was found
 * @thief:	modules that would take one of the functions, each once
 * @place:	"/etc/modules:1 loads nouveau", "/etc/systemd/system/x.wants/y.service starts"
 */
struct gpu_users {
	struct text_list thief, place;
};

/**
 * native_drivers_find() - all modules whose alias matches, and the one that has it now
 * @modalias:	the function's; "" if it isn't known
 * @function:	with its driver
 * @ret:	without vfio's own; to be freed; untouched on failure
 *
 * Return: 0, or -ENOMEM.
 */
int native_drivers_find(const struct root *root, const struct module_aliases *aliases,
			const char *modalias, const struct function *function,
			struct alias_match **ret, size_t *ret_n) _must_check_;

/** gpu_users_add_drivers() - a function's, see native_drivers_find(). Return: 0 or -ENOMEM */
int gpu_users_add_drivers(const struct root *root, const struct module_aliases *aliases,
			  const struct function *function, struct gpu_users *users) _must_check_;

/**
 * gpu_users_find() - lists that load one of @users' thieves, and services that use every NVIDIA GPU
 *
 * Source: modules-load.d(5), modules(5), initramfs-tools(7); the units of NVIDIA's packages.
 *
 * Return: 0, or a negative errno.
 */
int gpu_users_find(const struct root *root, struct gpu_users *users) _must_check_;
void gpu_users_free(struct gpu_users *users);

#endif
