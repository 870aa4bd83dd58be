/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/policy/conf_files.h"

#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "helper/base/folder.h"

#define MAIN_FILE "gpuclaim.conf"
#define DROP_INS  "gpuclaim.conf.d"
#define SUFFIX	  ".conf"

/* From the highest to the lowest. */
static const char *const layers[] = {"etc/gpuclaim", "run/gpuclaim", "usr/lib/gpuclaim"};
#define LAYER_RUN 1

#define NOT_REGULAR "is no regular file, expected one"

struct list {
	struct conf_file *files;
	size_t n;
	bool packed; /* as if there were no /run */
};

/* A drop-in's name and the layer that it is taken from. */
struct drop_in {
	char name[NAME_MAX + 1];
	size_t layer;
};

struct drop_ins {
	struct drop_in *items;
	size_t n;
};

static void file_done(struct conf_file *file)
{
	free(file->path);
	free(file->text);
}

static int append(struct list *list, struct conf_file *file)
{
	int r = ARRAY_ADD(list->files, list->n, *file);

	if (r < 0)
		file_done(file);
	return r;
}

/* The first problem is the one to tell. */
static _printf_(2, 3) void set_problem(struct conf_file *file, const char *format, ...)
{
	va_list args;

	if (*file->problem)
		return;
	va_start(args, format);
	(void)vsnprintf(file->problem, sizeof(file->problem), format, args);
	va_end(args);
}

static void check_owner(struct conf_file *file, const struct stat *st)
{
	if (st->st_uid != 0 && st->st_uid != geteuid())
		set_problem(file, "belongs to user %u, expected root; run chown root on it",
			    (unsigned)st->st_uid);
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		set_problem(
			file,
			"has mode %04o, expected one that lets only its owner write; run chmod go-w on it",
			(unsigned)st->st_mode & 07777);
}

/* Takes ".", ".." and double slashes out of a path, by its text alone. */
static void normalise(char *path)
{
	char *out = path, *save = NULL;

	for (char *part = strtok_r(path, "/", &save); part; part = strtok_r(NULL, "/", &save)) {
		size_t length = strlen(part);

		if (strcmp(part, ".") == 0)
			continue;
		if (strcmp(part, "..") == 0) {
			while (out > path && *--out != '/')
				;
			continue;
		}
		if (out > path)
			*out++ = '/';
		memmove(out, part, length);
		out += length;
	}
	*out = '\0';
}

int conf_link_target(const char *path, const char *target, char *ret, size_t size)
{
	const char *slash = strrchr(path, '/');
	int folder = slash && *target != '/' ? (int)(slash - path) : 0;

	if ((size_t)snprintf(ret, size, "%.*s/%s", folder, path, target) >= size)
		return -ENAMETOOLONG;
	normalise(ret);
	return 0;
}

/* By the target's text: an image or an initramfs may have no /dev/null to look at. */
static bool is_null_link(const char *path, const char *target)
{
	char full[2 * PATH_MAX];

	return conf_link_target(path, target, full, sizeof(full)) == 0 &&
	       strcmp(full, "dev/null") == 0;
}

static int read_text(int fd, struct conf_file *file)
{
	int r = root_read_fd(fd, CONF_FILE_MAX_BYTES, &file->text, &file->size);

	if (r == -ENOMEM)
		return r;
	if (r == -EFBIG)
		set_problem(file, "is larger than 1 MiB");
	else if (r < 0)
		set_problem(file, "can't be read: %s", strerror(-r));

	if (r == 0 && file->size == 0) {
		file->masked = true;
		free(TAKE_PTR(file->text));
	}
	return 0;
}

static int read_open_file(int fd, struct conf_file *file)
{
	struct stat st;

	if (fstat(fd, &st) < 0) {
		set_problem(file, "can't be read: %s", strerror(errno));
		return 0;
	}
	if (S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3)) {
		file->masked = true;
		return 0;
	}
	if (!S_ISREG(st.st_mode)) {
		set_problem(file, NOT_REGULAR);
		return 0;
	}

	check_owner(file, &st);
	return read_text(fd, file);
}

/* A link, or what can't be opened as it stands. Returns 1, 0 (no such file) or -ENOMEM. */
static int read_link(const struct root *root, struct conf_file *file)
{
	_cleanup_close_ int fd = -EBADF;
	char target[PATH_MAX];
	bool is_link = root_link_target(root, file->path, target, sizeof(target)) == 0;
	int r;

	if (is_link && is_null_link(file->path, target)) {
		file->masked = true;
		return 1;
	}

	fd = root_open_text(root, file->path);
	if (fd == -ENOENT && !is_link)
		return 0;
	if (fd == -EOPNOTSUPP) {
		set_problem(file, NOT_REGULAR);
		return 1;
	}
	if (fd < 0) {
		set_problem(file, "can't be read: %s", strerror(-fd));
		return 1;
	}

	r = read_open_file(fd, file);
	return r < 0 ? r : 1;
}

/* As a rule it is none. Returns as read_link() does. */
static int read_file(const struct root *root, struct conf_file *file)
{
	_cleanup_close_ int fd =
		root_open_at(root, file->path, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW);
	int r;

	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		return read_link(root, file);
	r = read_open_file(fd, file);
	return r < 0 ? r : 1;
}

/* Returns 1, 0 if there is no such file (nothing is added then), or -ENOMEM. */
static int add_file(const struct root *root, struct list *list, const char *folder,
		    const char *name)
{
	struct conf_file file = {0};
	int r;

	if (asprintf(&file.path, "%s/%s", folder, name) < 0)
		return -ENOMEM;

	r = read_file(root, &file);
	if (r <= 0) {
		file_done(&file);
		return r;
	}
	return append(list, &file) < 0 ? -ENOMEM : 1;
}

static int add_folder_problem(struct list *list, const char *path, struct conf_file *file)
{
	if (!*file->problem)
		return 0;
	file->path = strdup(path);
	return file->path ? append(list, file) : -ENOMEM;
}

/* Is there anything, a link to nothing, too? As a rule there is no link, and one look is enough. */
static bool open_folder(const struct root *root, const char *path, int *ret_fd)
{
	*ret_fd = root_open_at(root, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	if (*ret_fd >= 0 || *ret_fd == -ENOENT)
		return *ret_fd >= 0;
	*ret_fd = root_open_at(root, path, O_RDONLY | O_DIRECTORY);
	/* What is in it may be open to who can't list it. */
	if (*ret_fd == -EACCES)
		*ret_fd = root_open_at(root, path, O_PATH | O_DIRECTORY);
	return true;
}

/*
 * Returns 1, 0 if there is none or it can't be opened, or -ENOMEM. @ret: NULL if it can't be
 * listed, which may be no problem.
 */
static int check_folder(const struct root *root, struct list *list, const char *path, DIR **ret)
{
	struct conf_file file = {0};
	struct stat st;
	int fd, r;

	*ret = NULL;
	if (!open_folder(root, path, &fd))
		return 0;

	if (fd < 0)
		set_problem(&file, "can't be opened as a folder: %s", strerror(-fd));
	else if (fstat(fd, &st) < 0)
		set_problem(&file, "can't be read: %s", strerror(errno));
	else
		check_owner(&file, &st);

	if (fd >= 0)
		*ret = fdopendir(fd);
	if (fd >= 0 && !*ret)
		(void)close(fd);
	r = add_folder_problem(list, path, &file);
	return r < 0 ? r : fd >= 0;
}

static bool is_drop_in(const char *name)
{
	size_t length = strlen(name), suffix = strlen(SUFFIX);

	return *name != '.' && length > suffix && strcmp(name + length - suffix, SUFFIX) == 0;
}

static int add_drop_in(struct drop_ins *all, const char *name, size_t layer)
{
	struct drop_in one = {.layer = layer};

	(void)snprintf(one.name, sizeof(one.name), "%s", name);
	return ARRAY_ADD(all->items, all->n, one);
}

static int list_layer(const struct root *root, size_t layer, struct list *list,
		      struct drop_ins *all)
{
	_cleanup_closedir_ DIR *dir = NULL;
	struct conf_file folder = {0};
	const struct dirent *entry;
	char path[64];
	int r;

	(void)snprintf(path, sizeof(path), "%s/" DROP_INS, layers[layer]);
	r = check_folder(root, list, path, &dir);
	if (r <= 0)
		return r;

	r = dir ? 0 : -EACCES;
	while (r == 0 && (entry = root_next(dir, &r)))
		if (is_drop_in(entry->d_name) && add_drop_in(all, entry->d_name, layer) < 0)
			return -ENOMEM;
	if (r < 0)
		set_problem(&folder, "can't be listed: %s", strerror(-r));
	return add_folder_problem(list, path, &folder);
}

static int compare_drop_ins(const void *a, const void *b)
{
	const struct drop_in *x = a, *y = b;
	int r = strcmp(x->name, y->name);

	return r != 0 ? r : (x->layer > y->layer) - (x->layer < y->layer);
}

static int add_drop_ins(const struct root *root, struct list *list, struct drop_ins *all)
{
	char folder[64];

	if (all->n > 0)
		qsort(all->items, all->n, sizeof(*all->items), compare_drop_ins);

	for (size_t i = 0; i < all->n; i++) {
		const struct drop_in *d = &all->items[i];

		if (i > 0 && strcmp(d->name, d[-1].name) == 0)
			continue; /* a higher layer has one of that name */
		(void)snprintf(folder, sizeof(folder), "%s/" DROP_INS, layers[d->layer]);
		if (add_file(root, list, folder, d->name) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* Of a folder: the drop-ins, and whether there may be a main file in it. */
static int read_layer(const struct root *root, size_t layer, struct list *list,
		      struct drop_ins *all, bool *ret_main)
{
	struct folder_names names _cleanup_(folder_names_free) = {0};
	_cleanup_closedir_ DIR *dir = NULL;
	int r = check_folder(root, list, layers[layer], &dir);

	if (r <= 0)
		return r;
	r = folder_names_take(dir, &names);
	*ret_main = folder_may_have(&names, MAIN_FILE);
	return r == 0 && folder_may_have(&names, DROP_INS) ? list_layer(root, layer, list, all) : r;
}

static int read_layers(const struct root *root, struct list *list, struct drop_ins *all)
{
	bool has_main[ARRAY_SIZE(layers)] = {0}, found = false;
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(layers); i++) {
		if (list->packed && i == LAYER_RUN)
			continue;
		r = read_layer(root, i, list, all, &has_main[i]);
		if (r < 0)
			return r;
	}

	/* The first main file hides the others, even if it is a mask. */
	for (size_t i = 0; i < ARRAY_SIZE(layers) && !found; i++) {
		r = has_main[i] ? add_file(root, list, layers[i], MAIN_FILE) : 0;
		if (r < 0)
			return r;
		found = r > 0;
	}

	return add_drop_ins(root, list, all);
}

static int read_set(const struct root *root, bool packed, struct conf_file **ret, size_t *ret_n)
{
	struct list list = {.packed = packed};
	struct drop_ins all = {0};
	int r = read_layers(root, &list, &all);

	free(all.items);
	if (r < 0) {
		conf_files_free(list.files, list.n);
		return r;
	}

	*ret = list.files;
	*ret_n = list.n;
	return 0;
}

int conf_files_read(const struct root *root, struct conf_file **ret, size_t *ret_n)
{
	return read_set(root, false, ret, ret_n);
}

int conf_files_read_packed(const struct root *root, struct conf_file **ret, size_t *ret_n)
{
	return read_set(root, true, ret, ret_n);
}

bool conf_files_is_packed(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(layers); i++) {
		size_t n = strlen(layers[i]);

		if (i == LAYER_RUN || strncmp(path, layers[i], n) != 0 || path[n] != '/')
			continue;
		path += n + 1;
		if (strncmp(path, DROP_INS "/", strlen(DROP_INS "/")) != 0)
			return strcmp(path, MAIN_FILE) == 0;
		path += strlen(DROP_INS "/");
		return !strchr(path, '/') && is_drop_in(path);
	}
	return false;
}

/* The name of a drop-in, or NULL: a main file, or a folder with a problem. */
static const char *drop_in_name(const struct conf_file *file)
{
	const char *folder = strstr(file->path, DROP_INS "/");

	return folder ? folder + strlen(DROP_INS "/") : NULL;
}

int conf_files_substitute(struct conf_file **files, size_t *n, const char *name, const char *text)
{
	struct conf_file file = {.size = strlen(text)}, *more;
	size_t at = *n;
	bool same = false;

	for (size_t i = *n; i > 0; i--) {
		const char *other = drop_in_name(&(*files)[i - 1]);
		int order = other ? strcmp(other, name) : -1;

		if (order < 0)
			continue;
		at = i - 1;
		same = order == 0;
	}
	file.text = strdup(text);
	if (!file.text || asprintf(&file.path, "%s/" DROP_INS "/%s", layers[0], name) < 0) {
		free(file.text);
		return -ENOMEM;
	}
	if (same) {
		file_done(&(*files)[at]);
		(*files)[at] = file;
		return 0;
	}
	more = reallocarray(*files, *n + 1, sizeof(*more));
	if (!more) {
		file_done(&file);
		return -ENOMEM;
	}
	memmove(more + at + 1, more + at, (*n - at) * sizeof(*more));
	more[at] = file;
	*files = more;
	(*n)++;
	return 0;
}

void conf_files_free(struct conf_file *files, size_t n)
{
	for (size_t i = 0; i < n; i++)
		file_done(&files[i]);
	free(files);
}
