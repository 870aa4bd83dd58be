/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs the machine's own programs: update-grub, dracut and their like. */
#ifndef GPUCLAIM_CTL_CHANGE_EXEC_H
#define GPUCLAIM_CTL_CHANGE_EXEC_H

#include "helper/base/root.h"

/**
 * exec_check_root() - may DIR's programs be run?
 *
 * The machine's own: by root. Another one's: by root, and only if its top
 * folder is root's and nobody else can write to it, since its programs run
 * with our rights.
 *
 * Return: NULL, or why not, a constant.
 */
const char *exec_check_root(const struct root *root);

/**
 * struct exec_watch - who looks at a program while it runs
 * @tell:	called with each line that it says, and with NULL each second in which it says none;
 * NULL: nobody
 * @insist:	it is to run though a signal is held already; only one that comes meanwhile ends it
 */
#define EXEC_LINE_MAX 256
struct exec_watch {
	void (*tell)(void *context, const char *line);
	void *context;
	bool insist;
};

/**
 * exec_hold_interrupts() - from now on Ctrl-C, SIGTERM and SIGHUP wait to be asked for
 *
 * A program that runs then is ended; whoever started it asks exec_is_interrupted(), begins nothing
 * new, and tells what was done. What the process ignores stays ignored. Who carries out a plan by
 * ctl/change/run.h need not call it.
 */
void exec_hold_interrupts(void);

/** exec_is_interrupted() - has one of them come? */
bool exec_is_interrupted(void);

/**
 * exec_run() - run a program and wait for it
 * @argv:	the absolute path in the root, arguments, NULL
 * @watch:	NULL: nobody looks
 * @ret_output:	what it said on both outputs, at most 64 KiB, to be freed; may be NULL
 *
 * In a root that is confined it runs in a chroot, in a mount namespace of its
 * own with this machine's /proc, /sys and /dev bound into it where the root
 * has these folders: nothing of that is seen outside, or left behind. Its
 * standard input is empty, its environment PATH, HOME, LC_ALL and LANG only.
 * No shell is involved, and there is no time limit: update-grub may take minutes. It has no
 * terminal: no question of it waits for an answer.
 *
 * Ctrl-C, SIGTERM and SIGHUP end it before they end us: by SIGTERM, and by SIGKILL at the next one,
 * or ten seconds later.
 *
 * Return: its exit status, 128 + N if signal N ended it, or a negative errno
 * if it could not be started (-ENOENT: it is not there); -EINTR: it failed,
 * and a signal was held meanwhile.
 */
int exec_run(const struct root *root, const char *const argv[], const struct exec_watch *watch,
	     char **ret_output) _must_check_;

/** exec_format() - a command as people would type it, quoted where need be; to be freed */
char *exec_format(const char *const argv[]);

#endif
