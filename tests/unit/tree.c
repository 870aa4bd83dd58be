/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/tree.h"

#include <err.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static void make_path(const struct tree *tree, const char *path, char full[static PATH_MAX])
{
	(void)snprintf(full, PATH_MAX, "%s/%s", tree->path, path);
}

/* Makes the folders above @full. */
static void make_parents(const struct tree *tree, char *full)
{
	for (char *p = full + strlen(tree->path) + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		if (mkdir(full, 0755) < 0 && errno != EEXIST)
			err(EXIT_FAILURE, "mkdir %s", full);
		*p = '/';
	}
}

void tree_make(struct tree *tree)
{
	const char *parent = getenv("TMPDIR");

	(void)umask(022);
	(void)snprintf(tree->path, sizeof(tree->path), "%s/gpuclaim-test-XXXXXX",
		       parent ? parent : P_tmpdir);
	if (!mkdtemp(tree->path))
		err(EXIT_FAILURE, "mkdtemp %s", tree->path);
	if (root_open(tree->path, &tree->root) < 0)
		errx(EXIT_FAILURE, "%s can't be opened", tree->path);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void tree_remove(struct tree *tree)
{
	root_close(&tree->root);
	if (nftw(tree->path, remove_one, 16, FTW_DEPTH | FTW_PHYS) < 0)
		err(EXIT_FAILURE, "remove %s", tree->path);
}

void tree_dir(const struct tree *tree, const char *path)
{
	char full[PATH_MAX];

	make_path(tree, path, full);
	make_parents(tree, full);
	if (mkdir(full, 0755) < 0 && errno != EEXIST)
		err(EXIT_FAILURE, "mkdir %s", full);
}

void tree_file(const struct tree *tree, const char *path, const char *text)
{
	tree_bytes(tree, path, text, strlen(text));
}

void tree_bytes(const struct tree *tree, const char *path, const void *data, size_t size)
{
	char full[PATH_MAX];
	FILE *file;

	make_path(tree, path, full);
	make_parents(tree, full);
	file = fopen(full, "we");
	if (!file || fwrite(data, 1, size, file) != size || fclose(file) != 0)
		err(EXIT_FAILURE, "write %s", full);
}

void tree_link(const struct tree *tree, const char *path, const char *target)
{
	char full[PATH_MAX];

	make_path(tree, path, full);
	make_parents(tree, full);
	if (symlink(target, full) < 0)
		err(EXIT_FAILURE, "symlink %s", full);
}

bool tree_device(const struct tree *tree, const char *path, dev_t number)
{
	char full[PATH_MAX];

	make_path(tree, path, full);
	make_parents(tree, full);
	return mknod(full, S_IFCHR | 0600, number) == 0;
}

void tree_mode(const struct tree *tree, const char *path, mode_t mode)
{
	char full[PATH_MAX];

	make_path(tree, path, full);
	if (chmod(full, mode) < 0)
		err(EXIT_FAILURE, "chmod %s", full);
}

/* In a script a newline would end the line: '|' stands for it. */
static void put_file(const struct tree *tree, const char *path, const char *text, size_t length)
{
	_cleanup_free_ char *copy = strndup(text, length);

	if (!copy)
		abort();
	for (char *p = copy; *p; p++)
		if (*p == '|')
			*p = '\n';
	tree_file(tree, path, copy);
}

void tree_script(const struct tree *tree, const char *script)
{
	while (*script) {
		size_t length = strcspn(script, "\n");
		char path[256];
		int used = 0;
		const char *rest;

		if (sscanf(script + 1, " %255[^ \n]%n", path, &used) != 1)
			abort();
		rest = script + 1 + used;
		if (*rest == ' ')
			rest++;
		length -= (size_t)(rest - script);

		if (*script == 'f') {
			put_file(tree, path, rest, length);
		} else if (*script == 'l') {
			_cleanup_free_ char *target = strndup(rest, length);

			tree_link(tree, path, target);
		} else if (*script == 'd') {
			tree_dir(tree, path);
		} else if (*script == 'm') {
			tree_mode(tree, path, (mode_t)strtoul(rest, NULL, 8));
		}
		script = rest + length + (rest[length] == '\n');
	}
}
