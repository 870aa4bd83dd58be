/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `gpuclaimctl nova verify --json`. */
#ifndef GPUCLAIM_CTL_VERIFY_JSON_H
#define GPUCLAIM_CTL_VERIFY_JSON_H

#include <stdio.h>

#include "ctl/verify/verification.h"

/** nova_verify_print_json() - Return: 0 or -ENOMEM */
int nova_verify_print_json(const struct verification *verification, FILE *to) _must_check_;

#endif
