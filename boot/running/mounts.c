/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot/running/mounts.h"

#include <stdio.h>
#include <string.h>

bool mounts_has_option(const char *options, const char *name)
{
	size_t n = strlen(name);

	for (const char *at = options; at; at = strchr(at, ',')) {
		at += *at == ',';
		if (strncmp(at, name, n) == 0 && (!at[n] || at[n] == ','))
			return true;
	}
	return false;
}

/* The last one mounted there is what is seen. */
bool mounts_find(const char *mountinfo, const char *point, bool *ret_read_only)
{
	bool found = false;

	for (const char *line = mountinfo; line && *line; line = strchr(line, '\n')) {
		char at[MOUNTS_WORD_MAX], options[MOUNTS_WORD_MAX];

		line += *line == '\n';
		if (sscanf(line, "%*u %*u %*s %*s %255s %255s", at, options) != 2 ||
		    strcmp(at, point) != 0)
			continue;
		found = true;
		*ret_read_only = mounts_has_option(options, "ro");
	}
	return found;
}

bool mounts_next_missing(const char **fstab, const char *mountinfo,
			 char point[static MOUNTS_WORD_MAX], char options[static MOUNTS_WORD_MAX])
{
	while (**fstab) {
		const char *line = *fstab;
		size_t n = strcspn(line, "\n");
		char what[MOUNTS_WORD_MAX];
		bool read_only;

		*fstab += n + (line[n] == '\n');
		options[0] = '\0';
		if (sscanf(line, "%255s %255s %*s %255s", what, point, options) >= 2 &&
		    what[0] != '#' && point[0] == '/' && !mounts_find(mountinfo, point, &read_only))
			return true;
	}
	return false;
}
