/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot/config.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "boot/env.h"
#include "grub/grub_cfg.h"
#include "grub/grub_trial.h"
#include "helper/base/root.h"

char *boot_custom_path(const struct loader *loader)
{
	const char *slash = loader->config ? strrchr(loader->config, '/') : NULL;
	char *path;

	if (!slash ||
	    asprintf(&path, "%.*s/custom.cfg", (int)(slash - loader->config), loader->config) < 0)
		return NULL;
	return path;
}

static bool is_recovery(const struct grub_entry *e)
{
	static const struct kargs_wanted single = {.name = "single", .value = "1"};
	static const struct kargs_wanted recovery = {.name = "recovery", .value = "1"};

	return strstr(e->title, "recovery mode") ||
	       kargs_state(e->cmdline, &single, NULL) == KARGS_PRESENT ||
	       kargs_state(e->cmdline, &recovery, NULL) == KARGS_PRESENT;
}

static int add_menu_entry(struct boot_lines *lines, const char *path, const struct grub_entry *e,
			  enum boot_kind kind)
{
	const struct boot_line line = {
		.kind = kind,
		.name = (char *)boot_release(e->kernel),
		.cmdline = e->cmdline,
		.source = (char *)path,
		.kernel = e->kernel,
		.line = e->line,
		.recovery = is_recovery(e),
		.foreign = e->foreign,
	};

	return boot_add(lines, &line);
}

/* The menu names a kernel twice: at the top and among the advanced options. */
static bool is_known(const struct boot_lines *lines, const struct grub_entry *e)
{
	for (size_t i = 0; i < lines->n; i++) {
		const struct boot_line *line = &lines->line[i];

		if (line->kind == BOOT_KERNEL && line->foreign == e->foreign &&
		    strcmp(line->kernel, e->kernel) == 0 && strcmp(line->cmdline, e->cmdline) == 0)
			return true;
	}
	return false;
}

/* GRUB takes the first entry for one that is gone; where it leads to no Linux, there is none. */
static const struct grub_entry *find_or_first(const struct grub_menu *menu, const char *wanted)
{
	const struct grub_entry *found = grub_menu_find(menu, wanted);

	if (found || isdigit((unsigned char)*wanted) || strchr(wanted, '>') ||
	    text_list_has(&menu->others, wanted))
		return found;
	return grub_menu_find(menu, "0");
}

static const struct grub_entry *choose_menu_entry(const struct root *root,
						  const struct loader *loader,
						  const struct grub_menu *menu)
{
	const char *next = boot_chosen_once(loader);
	_cleanup_free_ char *saved = NULL;
	const char *standard = menu->standard ? menu->standard : "0";

	if (next)
		return find_or_first(menu, next);
	if (strcmp(standard, "${saved_entry}") != 0)
		return find_or_first(menu, standard);
	saved = loader->kind->lasting(root, loader);
	return find_or_first(menu, saved && *saved ? saved : "0");
}

/* Variables of grub.cfg are those of the files that it reads, too. */
static int read_menu(const char *text, const char *config, struct grub_menu *menu)
{
	int r = grub_cfg_parse(text, menu);

	for (size_t i = 0; i < menu->n && r == 0; i++) {
		char *expanded = grub_cfg_expand(config, menu->entry[i].cmdline);

		if (!expanded)
			return -ENOMEM;
		free(menu->entry[i].cmdline);
		menu->entry[i].cmdline = expanded;
	}
	return r;
}

/* Ours is in a file of its own, which grub.cfg reads. */
static int read_custom(const struct root *root, const struct loader *loader,
		       struct boot_lines *lines)
{
	_cleanup_free_ char *path = NULL, *text = NULL;
	const char *once = loader->once;
	struct grub_menu menu _cleanup_(grub_menu_free) = {0};
	const struct grub_entry *e;
	int r;

	if (!once || !trial_is_id(once))
		return 0;
	path = boot_custom_path(loader);
	r = path ? root_read_text(root, path, &text) : -ENOMEM;
	if (r == 0)
		r = read_menu(text, lines->config, &menu);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	e = grub_menu_find(&menu, once);
	return e ? add_menu_entry(lines, path, e, BOOT_TRIAL) : 0;
}

int boot_read_config(const struct root *root, const struct loader *loader, struct boot_lines *lines)
{
	struct grub_menu menu _cleanup_(grub_menu_free) = {0};
	const struct grub_entry *next;
	int r;

	if (!loader->config)
		return 0;
	r = root_read_text(root, loader->config, &lines->config);
	if (r == 0)
		r = read_menu(lines->config, lines->config, &menu);
	if (r == 0)
		r = read_custom(root, loader, lines);
	if (r < 0)
		return r;
	next = choose_menu_entry(root, loader, &menu);
	if (next)
		r = add_menu_entry(lines, loader->config, next, BOOT_NEXT);
	for (size_t i = 0; i < menu.n && r == 0; i++) {
		const struct grub_entry *e = &menu.entry[i];

		if (strncmp(boot_release(e->kernel), "memtest", 7) != 0 && !is_known(lines, e))
			r = add_menu_entry(lines, loader->config, e, BOOT_KERNEL);
	}
	return r;
}
