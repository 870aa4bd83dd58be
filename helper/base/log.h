/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Log lines, one an event: to the kernel's log, the journal or standard error. */
#ifndef GPUCLAIM_HELPER_BASE_LOG_H
#define GPUCLAIM_HELPER_BASE_LOG_H

#include <syslog.h>

#include "helper/base/util.h"

enum log_target {
	LOG_TARGET_STDERR,
	LOG_TARGET_KMSG,   /* /dev/kmsg: early boot */
	LOG_TARGET_SYSLOG, /* syslog(3): the journal */
};

/**
 * log_open() - say where lines go and which
 * @level_max:	the least important level that is told (LOG_DEBUG: everything)
 *
 * The only global state of the programs. Before the first call lines of
 * LOG_INFO and above go to standard error.
 */
void log_open(enum log_target target, int level_max);

/**
 * log_line() - tell one event: "<subject>: <what>: <why>"
 *
 * A line is cut at 900 bytes, so that /dev/kmsg (LOG_LINE_MAX 1024 less its
 * prefix, kernel/printk) takes it whole. Each line opens /dev/kmsg anew: the
 * kernel's limit (10 lines in 5 s, printk_devkmsg) is counted per open file.
 * Never fails: what can't be logged is lost.
 */
void log_line(int level, const char *format, ...) _printf_(2, 3);

/**
 * log_with_fields() - log_line(), with fields that the journal gets, too
 * @fields:	lines "NAME=VALUE\n"
 *
 * Where the journal's own socket does not take it, and to other targets, it is a line like others.
 */
void log_with_fields(int level, const char *fields, const char *format, ...) _printf_(3, 4);

/**
 * log_open_journal() - a socket of the journal's own protocol: a datagram of such lines an entry
 *
 * Sending never waits: a journal that is full or stopped must not hold up the boot.
 *
 * Return: a descriptor, or -errno.
 */
int log_open_journal(void) _must_check_;

/** log_errno() - log_line() with ": strerror(error)" appended; returns @error */
int log_errno(int level, int error, const char *format, ...) _printf_(3, 4);

#endif
