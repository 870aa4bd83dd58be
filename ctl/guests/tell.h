/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who has a GPU, told. */
#ifndef GPUCLAIM_CTL_GUESTS_TELL_H
#define GPUCLAIM_CTL_GUESTS_TELL_H

#include <stdio.h>

#include "ctl/guests/guests.h"
#include "ctl/print/json.h"

/** gpu_use_json() - add "in_use" (null: not known) and "user" (null: nobody, or not known) */
void gpu_use_json(struct json_object *to, const struct gpu_use *use);

/** gpu_use_print() - "ADDRESS: in use by …", a line, where a guest has it */
void gpu_use_print(const struct pci_address *address, const struct gpu_use *use, FILE *to);

#endif
