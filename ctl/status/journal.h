/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Readiness as entries of the journal, which `journalctl -x` explains. */
#ifndef GPUCLAIM_CTL_STATUS_JOURNAL_H
#define GPUCLAIM_CTL_STATUS_JOURNAL_H

#include "ctl/status/status.h"

/**
 * status_tell_journal() - send each verdict and each failing check, with its MESSAGE_ID
 *
 * Nothing is sent unless standard output is the journal's, as in a service, and the machine is our
 * own. What can't be sent is lost: the same is in what is printed.
 *
 * **Source:** systemd.exec(5), $JOURNAL_STREAM: device and inode of the stream, in decimal.
 *
 * Return: 0, or -ENOMEM.
 */
int status_tell_journal(const struct status *status) _must_check_;

#endif
