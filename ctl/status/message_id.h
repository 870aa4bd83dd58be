/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The journal's MESSAGE_ID of each check; systemd/gpuclaim.catalog explains them. A verdict's:
 * verdict.h */
#ifndef GPUCLAIM_CTL_STATUS_MESSAGE_ID_H
#define GPUCLAIM_CTL_STATUS_MESSAGE_ID_H

/** message_id_of_check() - 32 hexadecimal digits: stable, like the id; NULL: there is no such check
 */
const char *message_id_of_check(const char *check);

#endif
