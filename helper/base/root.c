/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/base/root.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "helper/base/text.h"

#define READ_CHUNK     4096
#define TEMP_NAMES_MAX 64
/* Of a lock file: who can open it can hold it. */
#define FILE_MODE 0600

int root_open(const char *prefix, struct root *ret)
{
	/* By name, not by inode: a bind mount of "/" has no /sys of its own. */
	bool own = *prefix && prefix[strspn(prefix, "/")] == '\0';
	int fd = open(prefix, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;

	*ret = (struct root){.fd = fd, .confined = !own};
	return 0;
}

void root_close(struct root *root)
{
	if (root->fd >= 0)
		(void)close(root->fd); /* only ever O_PATH */
	root->fd = -EBADF;
}

/* The kernel gives up with EAGAIN if something was renamed while it followed "..". */
static int open_below(int dir_fd, const char *path, int flags)
{
	struct open_how how = {
		.flags = (unsigned)flags,
		.mode = flags & O_CREAT ? FILE_MODE : 0,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	long fd = -1;

	for (int tries = 0; tries < 16 && fd < 0; tries++) {
		fd = syscall(SYS_openat2, dir_fd, path, &how, sizeof(how));
		if (fd < 0 && errno != EAGAIN)
			return -errno;
	}
	return fd < 0 ? -EAGAIN : (int)fd;
}

static bool is_null_device(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == makedev(1, 3);
}

/* Nobody's device, FIFO or socket: what is at @fd may be opened, or has been. */
static int check_type(int fd, bool null_too)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode) || S_ISLNK(st.st_mode) ||
	    (null_too && is_null_device(&st)))
		return 0;
	return -EOPNOTSUPP;
}

/* The very file that was looked at, whatever is at its path by now. -ENOENT: there is no /proc. */
static int open_again(int look, int flags)
{
	char path[32];
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", look);
	fd = open(path, (flags & ~O_NOFOLLOW) | O_NONBLOCK | O_NOCTTY);
	return fd < 0 ? -errno : fd;
}

/*
 * To open a FIFO may take for ever, and a device may do anything then: one look before, and where
 * what was looked at can't be opened itself, one after, should somebody have put another thing
 * there.
 */
static int open_confined(const struct root *root, const char *path, int flags, bool null_too)
{
	_cleanup_close_ int look = -EBADF, fd = -EBADF;
	int r;

	if (flags & (O_PATH | O_DIRECTORY))
		return open_below(root->fd, path, flags);
	look = open_below(root->fd, path, O_PATH | O_CLOEXEC | (flags & O_NOFOLLOW));
	if (look < 0 && !(look == -ENOENT && flags & O_CREAT))
		return look;
	r = look < 0 ? 0 : check_type(look, null_too);
	if (r < 0)
		return r;
	r = flags & O_CREAT ? -ENOENT : open_again(look, flags);
	if (r != -ENOENT)
		return r;
	fd = open_below(root->fd, path, flags | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return fd;
	r = check_type(fd, null_too);
	return r < 0 ? r : TAKE_FD(fd);
}

static int open_any(const struct root *root, const char *path, int flags, bool null_too)
{
	int fd;

	for (size_t i = 0; i < root->n_avoid; i++)
		if (strcmp(root->avoid[i], path) == 0)
			return root_note(root, -EBUSY);
	if (root->confined)
		return root_note(root, open_confined(root, path, flags | O_CLOEXEC, null_too));
	fd = openat(root->fd, path, flags | O_CLOEXEC, FILE_MODE);
	return fd < 0 ? root_note(root, -errno) : fd;
}

int root_open_at(const struct root *root, const char *path, int flags)
{
	return open_any(root, path, flags, false);
}

int root_open_text(const struct root *root, const char *path)
{
	return open_any(root, path, O_RDONLY | O_NOCTTY | O_NONBLOCK, true);
}

ssize_t root_read(const struct root *root, const char *path, char *buf, size_t size)
{
	_cleanup_close_ int fd = -EBADF;
	ssize_t n;

	if (size == 0)
		return -EINVAL;
	fd = root_open_at(root, path, O_RDONLY);
	if (fd < 0)
		return fd;
	n = read(fd, buf, size - 1);
	if (n < 0)
		return -errno;
	if (n > 0 && buf[n - 1] == '\n')
		n--;
	buf[n] = '\0';
	return n;
}

int root_read_fd(int fd, size_t limit_bytes, char **ret, size_t *ret_size)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0, allocated = 0;

	for (;;) {
		ssize_t n;

		if (allocated - size < 2) { /* room for one byte and the NUL */
			char *more;

			allocated = allocated ? allocated * 2 : READ_CHUNK;
			more = realloc(text, allocated);
			if (!more)
				return -ENOMEM;
			text = more;
		}

		n = read(fd, text + size, allocated - size - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		size += (size_t)n;
		if (size > limit_bytes)
			return -EFBIG;
	}

	text[size] = '\0';
	*ret = TAKE_PTR(text);
	if (ret_size)
		*ret_size = size;
	return 0;
}

int root_read_file(const struct root *root, const char *path, size_t limit_bytes, char **ret,
		   size_t *ret_size)
{
	_cleanup_close_ int fd = -EBADF;

	fd = root_open_text(root, path);
	return root_note(root, fd < 0 ? fd : root_read_fd(fd, limit_bytes, ret, ret_size));
}

int root_read_text(const struct root *root, const char *path, char **ret)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	int r = root_read_file(root, path, ROOT_FILE_MAX_BYTES, &text, &size);

	if (r < 0)
		return r;
	if (strlen(text) != size)
		return -EINVAL;
	*ret = TAKE_PTR(text);
	return 0;
}

/* The target's length, or a negative errno; no more than @size bytes, without a NUL. */
static ssize_t read_link(const struct root *root, const char *path, char *buf, size_t size)
{
	_cleanup_close_ int fd = -EBADF;
	ssize_t n;

	if (!root->confined) {
		n = readlinkat(root->fd, path, buf, size);
	} else {
		/* readlinkat(2) can't be confined, opening the link itself can. */
		fd = root_open_at(root, path, O_PATH | O_NOFOLLOW);
		if (fd < 0)
			return fd;
		n = readlinkat(fd, "", buf, size);
	}

	if (n < 0)
		return errno == EINVAL ? -ENOENT : root_note(root, -errno); /* there, but no link */
	return n;
}

int root_link_target(const struct root *root, const char *path, char *buf, size_t size)
{
	ssize_t n = read_link(root, path, buf, size);

	if (n < 0)
		return (int)n;
	if ((size_t)n >= size)
		return -ENAMETOOLONG;
	buf[n] = '\0';
	return 0;
}

int root_link_name(const struct root *root, const char *path, char *buf, size_t size)
{
	char target[PATH_MAX];
	const char *name;
	int r = root_link_target(root, path, target, sizeof(target));

	if (r < 0)
		return r;
	name = text_base_name(target);
	if (strlen(name) >= size)
		return -ENAMETOOLONG;
	memcpy(buf, name, strlen(name) + 1);
	text_make_printable(buf);
	return 0;
}

int root_look(const struct root *root, const char *path)
{
	_cleanup_close_ int fd = -EBADF;
	struct stat st;

	/* Not faccessat(): a cgroup that may not use a device (DevicePolicy=) gets EPERM of it. */
	if (!root->confined)
		return fstatat(root->fd, path, &st, 0) < 0 ? root_note(root, -errno) : 0;

	fd = root_open_at(root, path, O_PATH);
	return fd < 0 ? fd : 0;
}

dev_t root_device(const struct root *root, const char *path)
{
	_cleanup_close_ int fd = -EBADF;
	struct statx st;
	int r;

	if (root->confined) {
		fd = root_open_at(root, path, O_PATH);
		r = fd < 0 ? fd : statx(fd, "", AT_EMPTY_PATH, STATX_TYPE, &st);
	} else {
		r = statx(root->fd, path, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_TYPE, &st);
	}
	return r == 0 && S_ISCHR(st.stx_mode) ? makedev(st.stx_rdev_major, st.stx_rdev_minor) : 0;
}

bool root_exists(const struct root *root, const char *path)
{
	return root_look(root, path) == 0;
}

bool root_may_exist(const struct root *root, const char *path)
{
	return !root_is_absent(root_look(root, path));
}

const struct dirent *root_next(DIR *dir, int *r)
{
	const struct dirent *entry;

	errno = 0;
	entry = readdir(dir);
	*r = entry ? 0 : -errno;
	return entry;
}

int root_open_dir(const struct root *root, const char *path, DIR **ret)
{
	_cleanup_close_ int fd = -EBADF;
	DIR *dir;

	fd = root_open_at(root, path, O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return fd;
	dir = fdopendir(fd);
	if (!dir)
		return root_note(root, -errno);
	(void)TAKE_FD(fd); /* closedir() closes it */
	*ret = dir;
	return 0;
}

int root_store(const struct root *root, const char *path, const char *value)
{
	_cleanup_close_ int fd = -EBADF;
	size_t length = strlen(value);
	ssize_t n;

	fd = root_open_at(root, path, O_WRONLY);
	if (fd < 0)
		return fd;
	n = write(fd, value, length);
	if (n < 0)
		return -errno;
	return (size_t)n == length ? 0 : -EIO;
}

/* Opens the folder that @path is in; *@ret_name is the last component. */
static int open_parent(const struct root *root, const char *path, const char **ret_name)
{
	_cleanup_free_ char *parent = NULL;
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	int fd;

	if (!*name)
		return -EINVAL;

	parent = slash ? strndup(path, (size_t)(slash - path)) : strdup(".");
	if (!parent)
		return -ENOMEM;

	fd = root_open_at(root, parent, O_RDONLY | O_DIRECTORY);
	if (fd >= 0)
		*ret_name = name;
	return fd;
}

static int make_dir(const struct root *root, const char *path)
{
	_cleanup_close_ int parent = -EBADF, fd = -EBADF;
	const char *name;
	bool made;

	parent = open_parent(root, path, &name);
	if (parent < 0)
		return parent;

	made = mkdirat(parent, name, 0755) == 0;
	if (!made && errno != EEXIST)
		return -errno;

	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;

	/* Against the umask; a folder that somebody else made first keeps its mode. */
	if (made && fchmod(fd, 0755) < 0)
		return -errno;
	return 0;
}

int root_mkdir(const struct root *root, const char *path)
{
	_cleanup_free_ char *whole = strdup(path);
	_cleanup_close_ int fd = -EBADF;
	char *slash;
	int r;

	if (!whole)
		return -ENOMEM;
	for (size_t n = strlen(whole); n > 1 && whole[n - 1] == '/'; n--)
		whole[n - 1] = '\0';
	fd = root_open_at(root, whole, O_PATH | O_DIRECTORY);
	if (fd != -ENOENT)
		return fd < 0 ? fd : 0;
	r = make_dir(root, whole);
	slash = strrchr(whole, '/');
	if (r != -ENOENT || !slash || slash == whole)
		return r;
	*slash = '\0';
	r = root_mkdir(root, whole);
	*slash = '/';
	return r < 0 ? r : make_dir(root, whole);
}

/* Makes a file of a name that is no configuration file's and no PCI address. */
static int open_temp(int dir_fd, char *name, size_t size)
{
	for (unsigned i = 0; i < TEMP_NAMES_MAX; i++) {
		int fd;

		(void)snprintf(name, size, ".gpuclaim-%d-%u.new", (int)getpid(), i);
		fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			    0600);
		if (fd >= 0)
			return fd;
		if (errno != EEXIST)
			return -errno;
	}
	return -EEXIST;
}

int root_write_all(int fd, const char *text, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, text, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text += n;
		size -= (size_t)n;
	}
	return 0;
}

static int fill_temp(int fd, const char *text, size_t size, mode_t mode, bool sync)
{
	int r = root_write_all(fd, text, size);

	if (r == 0 && fchmod(fd, mode) < 0)
		r = -errno;
	if (r == 0 && sync && fsync(fd) < 0)
		r = -errno;
	if (close(fd) < 0 && r == 0)
		r = -errno;
	return r;
}

int root_replace(const struct root *root, const char *path, const char *text, size_t size,
		 mode_t mode, bool sync)
{
	_cleanup_close_ int dir_fd = -EBADF;
	char temp[64];
	const char *name;
	int fd, r;

	dir_fd = open_parent(root, path, &name);
	if (dir_fd < 0)
		return dir_fd;

	fd = open_temp(dir_fd, temp, sizeof(temp));
	if (fd < 0)
		return fd;

	r = fill_temp(fd, text, size, mode, sync);
	if (r == 0 && renameat(dir_fd, temp, dir_fd, name) < 0)
		r = -errno;
	if (r < 0) {
		(void)unlinkat(dir_fd, temp, 0); /* the first failure is the one to tell */
		return r;
	}

	if (sync && fsync(dir_fd) < 0)
		return -errno;
	return 0;
}

int root_remove(const struct root *root, const char *path)
{
	_cleanup_close_ int dir_fd = -EBADF;
	const char *name;

	dir_fd = open_parent(root, path, &name);
	if (dir_fd == -ENOENT)
		return 0;
	if (dir_fd < 0)
		return dir_fd;
	return unlinkat(dir_fd, name, 0) < 0 && errno != ENOENT ? -errno : 0;
}
