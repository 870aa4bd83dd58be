/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/change/edit.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "helper/base/text.h"

#define LINKS_MAX	8
#define XATTR_NAMES_MAX 4096
#define XATTR_VALUE_MAX 65536
#define TEMP_NAME_MAX	64
#define TEMP_PREFIX	".gpuclaimctl-"
#define TEMP_SUFFIX	".new"
#define NO_GROUP	((gid_t)-1)
#define LOCK_FOLDER	"run/gpuclaim"
#define LOCK_PATH	LOCK_FOLDER "/gpuclaimctl.lock"

/* The folder part of a path, "." if it has none; to be freed. */
static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? strndup(path, (size_t)(slash - path)) : strdup(".");
}

int edit_resolve(const struct root *root, const char *path, char **ret)
{
	_cleanup_free_ char *at = strdup(path);

	for (int i = 0; at && i < LINKS_MAX; i++) {
		_cleanup_free_ char *folder = folder_of(at);
		char target[PATH_MAX], *next;
		int r = root_link_target(root, at, target, sizeof(target));

		if (!folder)
			return -ENOMEM;
		if (r == -ENOENT) { /* a file, or nothing */
			*ret = TAKE_PTR(at);
			return 0;
		}
		if (r < 0)
			return r;
		if (*target == '/')
			r = asprintf(&next, "%s", target + strspn(target, "/"));
		else
			r = asprintf(&next, "%s/%s", folder, target);
		if (r < 0)
			return -ENOMEM;
		free(at);
		at = next;
	}
	return at ? -ELOOP : -ENOMEM;
}

/* One attribute; a file system that has none (vfat) or keeps its own is no error. */
static int copy_xattr(int from, int to, const char *name)
{
	_cleanup_free_ char *value = malloc(XATTR_VALUE_MAX);
	ssize_t n;

	if (!value)
		return -ENOMEM;
	n = fgetxattr(from, name, value, XATTR_VALUE_MAX);
	if (n < 0)
		return errno == ENODATA || errno == ENOTSUP ? 0 : -errno;
	if (fsetxattr(to, name, value, (size_t)n, 0) < 0 && errno != ENOTSUP)
		return -errno;
	return 0;
}

static int copy_xattrs(int from, int to)
{
	char names[XATTR_NAMES_MAX];
	ssize_t n = flistxattr(from, names, sizeof(names));
	int r = 0;

	if (n < 0)
		return errno == ENOTSUP ? 0 : -errno;
	for (const char *name = names; name < names + n && r == 0; name += strlen(name) + 1)
		r = copy_xattr(from, to, name);
	return r;
}

/* What a file is to hold; @owner is for one that was not there. */
struct content {
	const char *text;
	size_t size;
	struct edit_owner owner;
};

static int set_owner(int fd, const struct edit_owner *owner)
{
	if (owner->group != NO_GROUP && fchown(fd, (uid_t)-1, owner->group) < 0)
		return -errno;
	return fchmod(fd, owner->mode) < 0 ? -errno : 0;
}

/* Owner, mode and attributes of the file that is replaced, if there is one. */
static int copy_attributes(int dir_fd, const char *name, int to, const struct content *content)
{
	_cleanup_close_ int from =
		openat(dir_fd, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	struct stat old, fresh;

	if (from < 0 && errno != ENOENT && errno != ELOOP)
		return -errno;
	if (from < 0)
		return set_owner(to, &content->owner);
	if (fstat(from, &old) < 0 || fstat(to, &fresh) < 0)
		return -errno;
	if (!S_ISREG(old.st_mode))
		return -EINVAL;
	if ((old.st_uid != fresh.st_uid || old.st_gid != fresh.st_gid) &&
	    fchown(to, old.st_uid, old.st_gid) < 0)
		return -errno;
	if (fchmod(to, old.st_mode & 07777) < 0)
		return -errno;
	return copy_xattrs(from, to);
}

static int fill(int dir_fd, const char *name, int fd, const struct content *content)
{
	int r = root_write_all(fd, content->text, content->size);

	if (r == 0)
		r = copy_attributes(dir_fd, name, fd, content);
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	return r;
}

/* Of a process that is no more. */
static bool is_leftover(const char *name)
{
	size_t n = strlen(TEMP_PREFIX);
	char *end;
	long pid;

	if (strncmp(name, TEMP_PREFIX, n) != 0 || name[n] < '1' || name[n] > '9')
		return false;
	errno = 0;
	pid = strtol(name + n, &end, 10);
	if (errno || pid > INT_MAX || strcmp(end, TEMP_SUFFIX) != 0)
		return false;
	return pid == getpid() || (kill((pid_t)pid, 0) < 0 && errno == ESRCH);
}

/* What a crashed run left in the folder is nobody's. */
static void remove_leftovers(int dir_fd)
{
	int fd = fcntl(dir_fd, F_DUPFD_CLOEXEC, 0);
	_cleanup_closedir_ DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!dir && fd >= 0)
		(void)close(fd);
	if (dir)
		rewinddir(dir); /* the place in it is shared with @dir_fd */
	while (dir && (entry = readdir(dir)))
		if (is_leftover(entry->d_name))
			(void)unlinkat(dir_fd, entry->d_name, 0);
}

/* Names what will take another's place. */
static void name_temp(int dir_fd, char temp[static TEMP_NAME_MAX])
{
	remove_leftovers(dir_fd);
	(void)snprintf(temp, TEMP_NAME_MAX, TEMP_PREFIX "%d" TEMP_SUFFIX, (int)getpid());
}

/* The synced new file beside the old one; its name in @temp. */
static int make_new(int dir_fd, const char *name, const struct content *content,
		    char temp[static TEMP_NAME_MAX])
{
	int fd, r;

	name_temp(dir_fd, temp);
	fd = openat(dir_fd, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	r = fill(dir_fd, name, fd, content);
	if (close(fd) < 0 && r == 0)
		r = -errno;
	if (r < 0)
		(void)unlinkat(dir_fd, temp, 0); /* the first failure is the one to tell */
	return r;
}

static int open_folder(const struct root *root, const char *path, bool make)
{
	_cleanup_free_ char *folder = folder_of(path);
	int fd, r;

	if (!folder)
		return -ENOMEM;
	fd = root_open_at(root, folder, O_RDONLY | O_DIRECTORY);
	if (fd != -ENOENT || !make)
		return fd;
	r = root_mkdir(root, folder);
	return r < 0 ? r : root_open_at(root, folder, O_RDONLY | O_DIRECTORY);
}

/* The new one takes the old one's place, for good. */
static int put_in_place(int dir_fd, const char *temp, const char *name)
{
	int r;

	if (renameat(dir_fd, temp, dir_fd, name) < 0) {
		r = -errno;
		(void)unlinkat(dir_fd, temp, 0);
		return r;
	}
	return fsync(dir_fd) < 0 ? -errno : 0;
}

/* A link, too, if @path is one. */
static int replace_itself(const struct root *root, const char *path, const struct content *content)
{
	_cleanup_close_ int dir_fd = open_folder(root, path, true);
	char temp[TEMP_NAME_MAX];
	int r;

	if (dir_fd < 0)
		return dir_fd;
	r = make_new(dir_fd, text_base_name(path), content, temp);
	return r < 0 ? r : put_in_place(dir_fd, temp, text_base_name(path));
}

static int replace(const struct root *root, const char *path, const struct content *content)
{
	_cleanup_free_ char *real = NULL;
	int r = edit_resolve(root, path, &real);

	return r < 0 ? r : replace_itself(root, real, content);
}

int edit_replace(const struct root *root, const char *path, const char *text, size_t size)
{
	return replace(root, path, &(struct content){text, size, {0644, NO_GROUP}});
}

int edit_replace_private(const struct root *root, const char *path, const char *text, size_t size)
{
	return replace_itself(root, path, &(struct content){text, size, {0600, NO_GROUP}});
}

int edit_replace_as(const struct root *root, const char *path, const char *text,
		    const struct edit_owner *owner)
{
	return replace(root, path, &(struct content){text, strlen(text), *owner});
}

int edit_link(const struct root *root, const char *path, const char *target)
{
	_cleanup_close_ int dir_fd = open_folder(root, path, true);
	char temp[TEMP_NAME_MAX];

	if (dir_fd < 0)
		return dir_fd;
	name_temp(dir_fd, temp);
	if (symlinkat(target, dir_fd, temp) < 0)
		return -errno;
	return put_in_place(dir_fd, temp, text_base_name(path));
}

/* Takes a name away; AT_REMOVEDIR in @flags: a folder's. */
static int take_away(const struct root *root, const char *path, int flags)
{
	_cleanup_close_ int dir_fd = open_folder(root, path, false);

	if (dir_fd == -ENOENT)
		return 0;
	if (dir_fd < 0)
		return dir_fd;
	remove_leftovers(dir_fd);
	if (unlinkat(dir_fd, text_base_name(path), flags) < 0)
		return errno == ENOENT ? 0 : -errno;
	return fsync(dir_fd) < 0 ? -errno : 0;
}

int edit_remove(const struct root *root, const char *path)
{
	return take_away(root, path, 0);
}

int edit_remove_folder(const struct root *root, const char *path)
{
	_cleanup_close_ int fd = root_open_at(root, path, O_RDONLY | O_DIRECTORY);
	int r;

	if (fd >= 0)
		remove_leftovers(fd);
	r = take_away(root, path, AT_REMOVEDIR);
	return r == -ENOTEMPTY || r == -EEXIST ? 0 : r;
}

bool edit_is_refusal(int r)
{
	return r == -ENOSPC || r == -EDQUOT || r == -EROFS || r == -EACCES || r == -EPERM;
}

int edit_lock(const struct root *root)
{
	_cleanup_close_ int fd = -EBADF;
	int r = root_mkdir(root, LOCK_FOLDER);

	if (r < 0)
		return r;
	fd = root_open_at(root, LOCK_PATH, O_RDWR | O_CREAT);
	if (fd < 0)
		return fd;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	return TAKE_FD(fd);
}
