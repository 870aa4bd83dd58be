/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "grub/boot.h"

#include <stdio.h>
#include <string.h>

#include "grub/boot_config.h"
#include "grub/boot_default.h"
#include "grub/boot_entries.h"
#include "grub/boot_env.h"
#include "grub/grub_trial.h"
#include "helper/base/root.h"

static int read_running(const struct root *root, struct boot_lines *lines)
{
	_cleanup_free_ char *text = NULL, *release = NULL;
	struct boot_line line = {.kind = BOOT_RUNNING, .source = (char *)"proc/cmdline"};
	int r;

	/* A tree without sys is a target: what runs is another system. */
	if (!root_exists(root, "sys"))
		return 0;
	r = root_read_text(root, "proc/cmdline", &text);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	text[strcspn(text, "\n")] = '\0';
	if (root_read_text(root, "proc/sys/kernel/osrelease", &release) == 0)
		release[strcspn(release, "\n")] = '\0';
	line.cmdline = text;
	line.name = release;
	return boot_add(lines, &line);
}

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

static int read_new_grub(const struct root *root, const struct loader *loader,
			 struct boot_lines *lines)
{
	struct boot_line line _cleanup_boot_line_ = {0};
	int r = boot_grub_cmdline(root, loader, NULL, &line);

	return r < 0 ? r : boot_add(lines, &line);
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

static int read_new(const struct root *root, const struct loader *loader, struct boot_lines *lines)
{
	struct boot_line line = {.kind = BOOT_NEW};
	_cleanup_free_ char *cmdline = NULL;
	const char *path = NULL;
	int r = 0;

	switch (loader->kind) {
	case LOADER_GRUB_DROPIN:
	case LOADER_GRUB_DEFAULT:
		return read_new_grub(root, loader, lines);
	case LOADER_GRUBENV:
		cmdline = boot_grubenv(root, loader, "kernelopts");
		path = loader->grubenv;
		break;
	case LOADER_BLS:
	case LOADER_SYSTEMD_BOOT:
	case LOADER_UKI:
		r = boot_new_cmdline(root, &cmdline, &path);
		break;
	default:
		return 0;
	}
	if (r < 0 && r != -ENOENT)
		return r;
	if (cmdline)
		join_lines(cmdline);
	line.cmdline = cmdline;
	line.source = (char *)path;
	line.why = cmdline ? NULL : "neither /etc/kernel/cmdline nor another source is there";
	return boot_add(lines, &line);
}

int boot_read(const struct root *root, const struct loader *loader, struct boot_lines *ret)
{
	struct boot_lines lines _cleanup_boot_lines_ = {0};
	int r = read_running(root, &lines);

	if (r == 0 && (loader->kind == LOADER_GRUB_DROPIN || loader->kind == LOADER_GRUB_DEFAULT))
		r = boot_read_config(root, loader, &lines);
	else if (r == 0 && loader->entries)
		r = boot_read_entries(root, loader, &lines);
	if (r == 0)
		r = read_new(root, loader, &lines);
	if (r < 0)
		return r;
	*ret = lines;
	lines = (struct boot_lines){0};
	return 0;
}
