/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nova/config/accounts.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Read first, so that nothing but a plain file's text ever meets fgetpwent(3). */
static FILE *open_text(const struct root *root, const char *path, char **text)
{
	if (root_read_text(root, path, text) < 0 || !**text)
		return NULL;
	return fmemopen(*text, strlen(*text), "r");
}

static bool has_member(const struct group *group, const char *name)
{
	for (char **member = group->gr_mem; *member; member++)
		if (strcmp(*member, name) == 0)
			return true;
	return false;
}

static bool is_user(const struct passwd *entry, const char *user)
{
	char number[16];

	snprintf(number, sizeof(number), "%u", entry->pw_uid);
	return strcmp(entry->pw_name, user) == 0 || strcmp(number, user) == 0;
}

static void read_user(const struct root *root, const char *user, struct account *account)
{
	_cleanup_free_ char *text = NULL;
	FILE *file = open_text(root, "etc/passwd", &text);
	const struct passwd *entry;

	while (file && !account->known && (entry = fgetpwent(file))) {
		if (!is_user(entry, user))
			continue;
		account->known = true;
		account->uid = entry->pw_uid;
		account->group[account->n_groups++] = entry->pw_gid;
		snprintf(account->name, sizeof(account->name), "%s", entry->pw_name);
		snprintf(account->home, sizeof(account->home), "%s", entry->pw_dir);
	}
	if (file)
		(void)fclose(file); /* it was read only */
}

static void read_groups(const struct root *root, struct account *account)
{
	_cleanup_free_ char *text = NULL;
	FILE *file = open_text(root, "etc/group", &text);
	const struct group *group;

	while (file && account->n_groups < ACCOUNT_GROUPS_MAX && (group = fgetgrent(file)))
		if (has_member(group, account->name))
			account->group[account->n_groups++] = group->gr_gid;
	if (file)
		(void)fclose(file);
}

void account_read(const struct root *root, const char *user, struct account *account)
{
	read_user(root, user, account);
	if (account->known)
		read_groups(root, account);
}

bool account_has_group(const struct account *account, gid_t group)
{
	for (unsigned i = 0; i < account->n_groups; i++)
		if (account->group[i] == group)
			return true;
	return false;
}

/* All digits: the number itself; the group may be one of a directory, which no file has. */
static gid_t number_of(const char *name)
{
	unsigned long number = strtoul(name, NULL, 10);

	if (!*name || name[strspn(name, "0123456789")] || number > UINT_MAX)
		return (gid_t)-1;
	return (gid_t)number;
}

static gid_t find_group(const struct root *root, const char *name)
{
	_cleanup_free_ char *text = NULL;
	FILE *file = open_text(root, "etc/group", &text);
	gid_t found = (gid_t)-1;
	const struct group *group;

	while (file && found == (gid_t)-1 && (group = fgetgrent(file)))
		if (strcmp(group->gr_name, name) == 0)
			found = group->gr_gid;
	if (file)
		(void)fclose(file);
	return found;
}

gid_t account_group(const struct root *root, const char *name)
{
	gid_t number = number_of(name);

	return number == (gid_t)-1 ? find_group(root, name) : number;
}

void account_set_group(const struct root *root, const char *group, struct account *account)
{
	gid_t number = account_group(root, group);

	if (account->known && number != (gid_t)-1)
		account->group[0] = number;
}

void account_add_group(const struct root *root, const char *group, struct account *account)
{
	gid_t number = account_group(root, group);

	if (account->known && number != (gid_t)-1 && account->n_groups < ACCOUNT_GROUPS_MAX)
		account->group[account->n_groups++] = number;
}
