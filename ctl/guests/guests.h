/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which guest has a GPU: the process that holds its VFIO device, and what it calls itself. */
#ifndef GPUCLAIM_CTL_GUESTS_GUESTS_H
#define GPUCLAIM_CTL_GUESTS_GUESTS_H

#include "helper/machine/nodes.h"

#define GUEST_NAME_MAX 96
#define GUEST_UUID_MAX 37

enum use_state {
	USE_UNKNOWN, /* not all processes can be looked at, or it has no vfio driver */
	USE_FREE,
	USE_GUEST,
};

/**
 * struct gpu_use - who has one function
 * @pid:	of USE_GUEST
 * @name:	the guest's, "instance-0000002a", or the program's; without control characters
 * @instance:	the guest's UUID, which is Nova's of the server; or ""
 */
struct gpu_use {
	enum use_state state;
	int pid;
	char name[GUEST_NAME_MAX], instance[GUEST_UUID_MAX];
};

/**
 * guests_find() - look through the processes, once for all functions
 * @function:	@n of them, each with its driver
 * @ret:	@n answers
 *
 * A guest holds the node of the function's group or its own (iommufd). No node is opened. "Free" is
 * said only where each process of the machine can be looked at.
 *
 * Source: nodes_read(); proc_pid_fd(5); hidepid= in proc(5); PROC_PID_INIT_INO in
 * include/linux/proc_ns.h.
 *
 * Return: 0, or -ENOMEM.
 */
int guests_find(const struct root *root, const struct bound_function *function, size_t n,
		struct gpu_use *ret) _must_check_;

/**
 * guest_read_words() - find name and UUID among the words of a command line. Pure.
 * @words:	each ends with NUL; @size bytes in all
 *
 * Source: -name and -uuid in qemu(1), where ",," stands for a comma; qemuBuildNameCommandLine() in
 * libvirt's src/qemu/qemu_command.c.
 */
void guest_read_words(const char *words, size_t size, struct gpu_use *ret);

/** gpu_use_format() - "instance-0000002a (UUID), process 812", of USE_GUEST. Returns @buf */
#define GPU_USE_TEXT_MAX (GUEST_NAME_MAX + GUEST_UUID_MAX + 32)
const char *gpu_use_format(const struct gpu_use *use, char buf[static GPU_USE_TEXT_MAX]);

#endif
