/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What on this host would use a GPU of its own accord: modules, and what loads or needs them. */
#ifndef GPUCLAIM_CTL_MACHINE_GPU_USERS_H
#define GPUCLAIM_CTL_MACHINE_GPU_USERS_H

#include "helper/base/pci.h"
#include "helper/base/root.h"
#include "helper/base/text.h"
#include "helper/machine/modalias.h"
#include "helper/machine/module.h"
#include "helper/machine/scan.h"

/**
 * struct gpu_users - what was found
 * @thief:	modules that would take one of the functions, each once
 * @needed:	modules that the host's own functions have
 * @variant:	"0009:01:00.0 (nvgrace_gpu_vfio_pci)": the driver that is made for one that is to
 *		have vfio-pci or has it by a claim, and which driver=auto means
 * @gpu:	the addresses of the GPUs among the functions
 * @function:	the addresses of all of them
 * @override:	"/etc/driverctl.d/pci-0000:01:00.0 (nvidia)": driverctl gives them to another driver
 * at each boot, after the claim
 * @place:	"/etc/modules:1 loads nouveau", "/etc/systemd/system/x.wants/y.service starts"
 * @unread:	where @place may have more, and why that can't be read
 * @nvidia:	one of the functions is an NVIDIA GPU
 * @nvidia_stays: the host has an NVIDIA GPU or NVSwitch of its own
 */
struct gpu_users {
	struct text_list thief, needed, variant, gpu, function, override, place, unread;
	bool nvidia, nvidia_stays;
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

/**
 * gpu_users_read() - fill in all but the places
 * @chosen:	one for each function of @machine
 * @users:	to be freed on failure, too
 *
 * Return: 0, or a negative errno.
 */
int gpu_users_read(const struct root *root, const struct machine *machine, const bool *chosen,
		   struct gpu_users *users) _must_check_;

/**
 * gpu_users_find() - lists that load one of @users' thieves, services that use every NVIDIA GPU,
 * and lines that have Xorg use one of the GPUs
 *
 * What the host's own functions need is left out.
 *
 * Source: modules-load.d(5), modules(5), initramfs-tools(7), xorg.conf(5); the units of NVIDIA's
 * packages.
 *
 * Return: 0, or a negative errno.
 */
int gpu_users_find(const struct root *root, struct gpu_users *users) _must_check_;
void gpu_users_free(struct gpu_users *users);

#endif
