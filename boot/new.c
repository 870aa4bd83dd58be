/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot/new.h"

#include <string.h>

#include "boot/env.h"
#include "grub/grub_trial.h"
#include "grub/kargs.h"
#include "helper/base/root.h"

int boot_new_cmdline(const struct root *root, char **ret, const char **ret_path)
{
	static const char *const paths[] = {"etc/kernel/cmdline", "usr/lib/kernel/cmdline"};
	static const char *const loaders_own[] = {"BOOT_IMAGE", "initrd"};
	_cleanup_free_ char *text = NULL, *lasting = NULL;
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		r = root_read_text(root, paths[i], ret);
		if (r != -ENOENT) {
			*ret_path = paths[i];
			return r;
		}
	}
	if (!root_exists(root, "sys"))
		return -ENOENT;
	r = root_read_text(root, "proc/cmdline", &text);
	if (r < 0)
		return r;
	*ret_path = "proc/cmdline";
	lasting = trial_without(text);
	*ret = lasting ? kargs_without(lasting, loaders_own, ARRAY_SIZE(loaders_own)) : NULL;
	return *ret ? 0 : -ENOMEM;
}

/* For the kernel a newline is a blank; at the end there is none. */
static void join_lines(char *text)
{
	size_t n = strlen(text);

	while (n > 0 && strchr(" \t\n", text[n - 1]))
		text[--n] = '\0';
	for (char *p = text; (p = strchr(p, '\n'));)
		*p = ' ';
}

static int add_new(struct boot_lines *lines, char *cmdline, const char *path)
{
	struct boot_line line = {.kind = BOOT_NEW, .cmdline = cmdline, .source = (char *)path};

	if (cmdline)
		join_lines(cmdline);
	else
		line.why = "neither /etc/kernel/cmdline nor another source is there";
	return boot_add(lines, &line);
}

int boot_read_template(const struct root *root, const struct loader *loader _unused_,
		       struct boot_lines *lines)
{
	_cleanup_free_ char *cmdline = NULL;
	const char *path = NULL;
	int r = boot_new_cmdline(root, &cmdline, &path);

	return r < 0 && r != -ENOENT ? r : add_new(lines, cmdline, path);
}

int boot_read_shared(const struct root *root _unused_, const struct loader *loader,
		     struct boot_lines *lines)
{
	_cleanup_free_ char *cmdline = boot_variable(loader, "kernelopts");

	return add_new(lines, cmdline, loader->grubenv);
}
