/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What could not be read, and which GPUs it concerns. Pure. */
#ifndef GPUCLAIM_HELPER_CLAIM_FAULT_H
#define GPUCLAIM_HELPER_CLAIM_FAULT_H

#include "helper/claim/units.h"

#define FAULT_TEXT_MAX (FAULT_PATH_MAX + 96)

/** fault_concerns() - may a GPU's verdict hang on it? */
bool fault_concerns(const struct machine *machine, const struct unit *unit,
		    const struct fault *fault, enum companions_policy companions);

/**
 * fault_of_unit() - the first fault that a GPU's verdict may hang on, or NULL
 *
 * One of its own functions, of its groups and of their members; of a function in its slot that
 * may be a companion, and for companions=group of one behind its port.
 */
const struct fault *fault_of_unit(const struct machine *machine, const struct unit *unit,
				  enum companions_policy companions);

/** fault_of_all() - the first that concerns every GPU, or NULL */
const struct fault *fault_of_all(const struct machine *machine);

/** fault_of_function() - the first of a function, or NULL */
const struct fault *fault_of_function(const struct machine *machine, size_t i);

/** fault_format() - "cannot read /sys/…/modalias: Input/output error" */
const char *fault_format(const struct fault *fault, char buf[static FAULT_TEXT_MAX]);

/** fault_remedy() - ": run this as root" where that may help, or "" */
const char *fault_remedy(const struct fault *fault);

#endif
