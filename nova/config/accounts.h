/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A root's own users and groups, as its /etc/passwd and /etc/group have them. */
#ifndef GPUCLAIM_NOVA_CONFIG_ACCOUNTS_H
#define GPUCLAIM_NOVA_CONFIG_ACCOUNTS_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "helper/base/root.h"

#define ACCOUNT_GROUPS_MAX 16
#define ACCOUNT_HOME_MAX   256

/**
 * struct account - a user
 * @known:	there is one of this name or number; else nothing below is changed
 * @group:	its own one first
 */
struct account {
	bool known;
	char name[LOGIN_NAME_MAX];
	char home[ACCOUNT_HOME_MAX];
	uid_t uid;
	gid_t group[ACCOUNT_GROUPS_MAX];
	unsigned n_groups;
};

/**
 * account_read() - a user with its groups; what can't be read is as if it were not there
 * @user:	as User= of a unit has it: a name, or a number
 */
void account_read(const struct root *root, const char *user, struct account *account);

/**
 * account_set_group() - a group takes the place of the user's own
 * @group:	as Group= of a unit has it: a name, or a number; a name that is none changes nothing
 */
void account_set_group(const struct root *root, const char *group, struct account *account);

/** account_add_group() - one more, as SupplementaryGroups= has it */
void account_add_group(const struct root *root, const char *group, struct account *account);

/** account_has_group() - is the user in it? */
bool account_has_group(const struct account *account, gid_t group);

/** account_group() - the number of a group by its name; a number is itself; -1: there is none */
gid_t account_group(const struct root *root, const char *name);

#endif
