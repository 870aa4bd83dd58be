/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot/layout.h"

#include <stdio.h>
#include <string.h>

#include "grub/grub_evaluate.h"
#include "helper/base/folder.h"

#define DROP_INS "install.conf.d"

/* The first one wins. */
static const char *const folders[] = {"etc/kernel", "run/kernel", "usr/local/lib/kernel",
				      "usr/lib/kernel"};

/* Of the first folder that has the file. */
static int read_first(const struct root *root, const char *name, struct grub_variables *vars)
{
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		_cleanup_free_ char *text = NULL;
		char path[512];
		int r;

		(void)snprintf(path, sizeof(path), "%s/%s", folders[i], name);
		r = root_read_text(root, path, &text);
		if (r == 0)
			return grub_default_evaluate(text, vars);
		if (!root_is_absent(r))
			return r;
	}
	return 0;
}

/* Which drop-ins there are, by name. */
static int list_dropins(const struct root *root, const char *folder, struct text_list *ret)
{
	struct text_list names _cleanup_(text_list_free) = {0};
	char path[512];
	int r;

	(void)snprintf(path, sizeof(path), "%s/" DROP_INS, folder);
	r = folder_list(root, path, ".conf", &names);
	for (size_t i = 0; i < names.n && r == 0; i++) {
		(void)snprintf(path, sizeof(path), DROP_INS "/%s", names.text[i]);
		if (!text_list_has(ret, path))
			r = text_list_add(ret, "%s", path);
	}
	return r;
}

int boot_layout(const struct root *root, char **ret)
{
	struct grub_variables vars _cleanup_(grub_variables_free) = {0};
	struct text_list names _cleanup_(text_list_free) = {0};
	const char *layout = NULL;
	int r = read_first(root, "install.conf", &vars);

	for (size_t i = 0; i < ARRAY_SIZE(folders) && r == 0; i++)
		r = list_dropins(root, folders[i], &names);
	text_list_sort(&names);
	for (size_t i = 0; i < names.n && r == 0; i++)
		r = read_first(root, names.text[i], &vars);
	if (r < 0)
		return r;
	/* What can't be told says nothing. */
	if (grub_variable(&vars, "layout", &layout) < 0)
		layout = NULL;
	return text_copy(layout, ret);
}

/* A name, and no path. */
static void read_token(const struct root *root, const char *path, char *ret, size_t size)
{
	ssize_t n = root_read(root, path, ret, size);

	if (n < 0)
		(void)root_note(root, (int)n);
	if (n <= 0 || strchr(ret, '/'))
		*ret = '\0';
}

struct boot_tokens boot_tokens_read(const struct root *root)
{
	struct boot_tokens tokens = {0};

	read_token(root, "etc/kernel/entry-token", tokens.said, sizeof(tokens.said));
	read_token(root, "etc/machine-id", tokens.machine, sizeof(tokens.machine));
	return tokens;
}
