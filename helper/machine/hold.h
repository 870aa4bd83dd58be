/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What hangs on a function's present driver, so that it can't be taken away. */
#ifndef GPUCLAIM_HELPER_MACHINE_HOLD_H
#define GPUCLAIM_HELPER_MACHINE_HOLD_H

#include "helper/machine/nodes.h"

#define HOLD_TEXT_MAX 112
#define HOLDERS_MAX   8

/**
 * struct holder - one that holds a function
 * @pid:	the process; 0: it is none
 * @what:	"USB device 1-2", "audio stream card1/pcm3p", "the console on framebuffer fb0",
 *		"mediated device 4b20d080-…", "process 812 (Xorg) with /dev/dri/card0 open"
 * @remedy:	"unplug it first", a constant
 */
struct holder {
	int pid;
	const char *remedy;
	char what[HOLD_TEXT_MAX];
};

/**
 * struct holders - the first of them
 * @unseen_pid:	a process that may not be looked at, or 0
 * @error:	something else that tells of users can't be read: the first negative errno
 * @unread:	what, relative to the root; of @unseen_pid, too
 */
struct holders {
	int error;
	char unread[NODES_UNREAD_MAX];
	struct holder holder[HOLDERS_MAX];
	size_t n;
	int unseen_pid;
};

/**
 * hold_find() - look for users of a bound function
 * @ret:	what was found is added to it, a process once, until it is full
 *
 * USB devices other than root hubs, open audio streams, the console on a GPU's
 * framebuffer, its vGPUs (mediated devices), and processes that have the function's device nodes
 * open or mapped, told by the nodes' numbers, whatever a container calls them: see nodes_read().
 */
void hold_find(const struct root *root, const struct bound_function *function, struct holders *ret);

/**
 * hold_sees_all() - are all processes in /proc?
 *
 * In a PID namespace of its own, or with hidepid=, they are not, and no error says so: then the
 * first one is hidden, too, or is the namespace's own. A tree without namespaces has all it has.
 *
 * Source: include/linux/proc_ns.h, PROC_PID_INIT_INO.
 */
bool hold_sees_all(const struct root *root);

/** hold_find_unbind() - the same for a process that is just unbinding some PCI device */
void hold_find_unbind(const struct root *root, struct holders *ret);

#endif
