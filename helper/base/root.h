/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file system below one folder: the only way to a machine's files. */
#ifndef GPUCLAIM_HELPER_BASE_ROOT_H
#define GPUCLAIM_HELPER_BASE_ROOT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "helper/base/util.h"

/* The largest attribute sysfs can show: one page on every architecture we run on. */
#define ROOT_ATTRIBUTE_MAX 4096

/**
 * struct root - a file system, the machine's own or a copy of one
 * @fd:		its top folder (O_PATH)
 * @confined:	it is not the machine's own: paths and symbolic links are
 *		resolved below @fd and can't leave it (openat2's
 *		RESOLVE_IN_ROOT, Linux 5.6)
 * @avoid, @n_avoid: files that are not opened (-EBUSY): who reads them would wait
 * @trouble:	if there is one, the first error goes there that leaves open whether something is
 *		there, or what is in it: for who looks at many files, and must not go by half of
 * them
 *
 * All paths given to the functions below are relative to @fd and have no
 * leading slash: "sys/bus/pci/devices".
 */
struct root {
	int fd;
	bool confined;
	char *const *avoid;
	size_t n_avoid;
	int *trouble;
};

/**
 * root_open() - open a file system
 * @prefix:	its folder; "/" is the machine's own and is not confined
 * @ret:	the root; untouched on failure
 *
 * Return: 0, or a negative errno. Close with root_close().
 */
int root_open(const char *prefix, struct root *ret) _must_check_;
void root_close(struct root *root);

/**
 * root_open_at() - open a file or folder
 * @flags:	as for open(2); O_CLOEXEC is added
 *
 * Below a confined root nothing but regular files and folders is opened, and nothing blocks: a
 * device node would be the machine's own, and a FIFO nobody writes to would hold it up for ever.
 *
 * Return: a file descriptor, -EOPNOTSUPP (it is of another kind), or another negative errno.
 */
int root_open_at(const struct root *root, const char *path, int flags) _must_check_;

/**
 * root_open_text() - open a file to read, whatever is in its place: never blocks
 *
 * As root_open_at(); below a confined root also /dev/null, which masks a file.
 */
int root_open_text(const struct root *root, const char *path) _must_check_;

/**
 * root_read() - read a small file, a sysfs attribute for example
 * @buf:	at least @size bytes; ends with NUL, one trailing newline removed
 *
 * One open, one read, one close. A value of @size - 1 bytes or more is cut.
 *
 * Return: the length, or a negative errno.
 */
ssize_t root_read(const struct root *root, const char *path, char *buf, size_t size) _must_check_;

/**
 * root_read_file() - read a whole file of any kind
 * @limit_bytes:	the most that is accepted
 * @ret:	the text, NUL-terminated, to be freed; untouched on failure
 * @ret_size:	its length without the NUL; may be NULL
 *
 * Return: 0, -EFBIG over @limit_bytes, or another negative errno.
 */
int root_read_file(const struct root *root, const char *path, size_t limit_bytes, char **ret,
		   size_t *ret_size) _must_check_;

/** root_read_text() - a file as text: no NUL in it. Return: 0, -EINVAL, or a negative errno */
#define ROOT_FILE_MAX_BYTES (4u << 20)
int root_read_text(const struct root *root, const char *path, char **ret) _must_check_;

/** root_read_fd() - root_read_file() for a file that is open; leaves it open */
int root_read_fd(int fd, size_t limit_bytes, char **ret, size_t *ret_size) _must_check_;

/**
 * root_link_name() - the last component of a symbolic link's target
 *
 * That is how sysfs tells a device's driver and IOMMU group.
 *
 * Return: 0, -ENOENT if there is no such link, -ENAMETOOLONG if @buf is too
 * small, or another negative errno.
 */
int root_link_name(const struct root *root, const char *path, char *buf, size_t size) _must_check_;

/**
 * root_link_target() - a symbolic link's target, as it stands
 *
 * Return: 0, -ENAMETOOLONG if @buf is too small, or another negative errno.
 */
int root_link_target(const struct root *root, const char *path, char *buf,
		     size_t size) _must_check_;

/**
 * root_is_absent() - does this errno say that there is no such thing?
 *
 * Any other one says that it can't be told. A device that goes away is -ENODEV.
 */
static inline bool root_is_absent(int r)
{
	return r == -ENOENT || r == -ENOTDIR || r == -ENODEV;
}

/** root_note() - what happened, for @root->trouble. Return: @r */
static inline int root_note(const struct root *root, int r)
{
	if (r < 0 && !root_is_absent(r) && root->trouble && *root->trouble == 0)
		*root->trouble = r;
	return r;
}

/** root_look() - is there something at @path? Return: 0, or a negative errno */
int root_look(const struct root *root, const char *path) _must_check_;

/**
 * root_device() - the number of the character device at @path, links of /proc/PID/fd followed
 *
 * No server of a network file system is asked, and none is waited for.
 *
 * Return: the number; 0: it is none, or can't be told.
 */
dev_t root_device(const struct root *root, const char *path);

/** root_exists() - is there something at @path? Symbolic links are followed. */
bool root_exists(const struct root *root, const char *path);

/** root_may_exist() - is there something at @path, or can that not be told? */
bool root_may_exist(const struct root *root, const char *path);

/**
 * root_open_dir() - list a folder
 * @ret:	to be closed with closedir(); untouched on failure
 */
int root_open_dir(const struct root *root, const char *path, DIR **ret) _must_check_;

/**
 * root_next() - readdir(3) that tells the end of a folder from a failure
 * @r:	0, or a negative errno where NULL is returned for that
 */
const struct dirent *root_next(DIR *dir, int *r);

/**
 * root_store() - store a value in a sysfs attribute
 *
 * Exactly one write(2), no O_CREAT: the errno is the kernel's answer.
 */
int root_store(const struct root *root, const char *path, const char *value) _must_check_;

/**
 * root_mkdir() - make a folder and those above it, mode 0755
 *
 * Return: 0 (also when it is there), or a negative errno.
 */
int root_mkdir(const struct root *root, const char *path) _must_check_;

/** root_write_all() - write(2) until all of it is written. Return: 0 or a negative errno */
int root_write_all(int fd, const char *text, size_t size) _must_check_;

/**
 * root_replace() - write a file so that readers see the old or the new one
 * @mode:	permissions of the new file
 *
 * A temporary file in the same folder, synced if @sync, and rename(2).
 */
int root_replace(const struct root *root, const char *path, const char *text, size_t size,
		 mode_t mode, bool sync) _must_check_;

/** root_remove() - remove a file. Return: 0 (also if there is none), or a negative errno */
int root_remove(const struct root *root, const char *path) _must_check_;

#endif
