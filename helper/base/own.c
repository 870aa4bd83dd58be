/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/base/own.h"

#include <sys/stat.h>

int own_check(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return OWN_FOREIGN;
	return st.st_mode & (S_IWGRP | S_IWOTH) ? OWN_OPEN_TO_ALL : 0;
}

int own_read(const struct root *root, const char *path, size_t limit_bytes, char **ret)
{
	_cleanup_close_ int fd = root_open_text(root, path);
	int r = fd < 0 ? fd : own_check(fd);

	return r < 0 ? r : root_read_fd(fd, limit_bytes, ret, NULL);
}
