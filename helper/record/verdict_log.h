/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A verdict's line in the log, by which `journalctl -x` finds what to do. */
#ifndef GPUCLAIM_HELPER_RECORD_VERDICT_LOG_H
#define GPUCLAIM_HELPER_RECORD_VERDICT_LOG_H

#include "helper/base/pci.h"
#include "helper/record/verdict.h"

/**
 * verdict_log() - "ADDRESS: VERDICT: WHY"
 *
 * To the journal it is sent with its MESSAGE_ID, GPUCLAIM_ADDRESS and GPUCLAIM_VERDICT; the
 * kernel's log has no such fields.
 */
void verdict_log(int level, const struct pci_address *address, enum verdict verdict,
		 const char *why);

#endif
