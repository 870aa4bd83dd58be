/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The journal's MESSAGE_ID of each verdict and check; systemd/gpuclaim.catalog explains them. */
#ifndef GPUCLAIM_CTL_STATUS_MESSAGE_ID_H
#define GPUCLAIM_CTL_STATUS_MESSAGE_ID_H

#include "helper/record/verdict.h"

/** message_id_of_verdict() - 32 hexadecimal digits: stable, like the word itself */
const char *message_id_of_verdict(enum verdict verdict);

/** message_id_of_check() - the same of a check's id; NULL: there is no such check */
const char *message_id_of_check(const char *check);

#endif
