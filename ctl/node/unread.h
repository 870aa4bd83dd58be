/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a selected GPU's readiness hangs on and can't be read: the first is kept, to be told. */
#ifndef GPUCLAIM_CTL_NODE_UNREAD_H
#define GPUCLAIM_CTL_NODE_UNREAD_H

#include "ctl/readiness/facts.h"
#include "helper/claim/assess.h"

/** unread_note() - @path can't be read: @error, a negative errno. What is absent is not noted. */
void unread_note(struct facts *facts, const char *path, int error);

/** unread_note_faults() - what the decision met. Of a claim that stands the framebuffer is not
 * asked. */
void unread_note_faults(const struct assessment *assessment, struct facts *facts);

/** unread_note_access() - of @facts->access: what is known to use iommufd needs no further guest
 * that does */
void unread_note_access(struct facts *facts);

#endif
