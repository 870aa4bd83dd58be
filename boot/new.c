/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot/new.h"

#include <string.h>
#include <sys/utsname.h>

#include "boot/env.h"
#include "grub/grub_trial.h"
#include "grub/kargs.h"
#include "grub/kargs_toml.h"
#include "helper/base/folder.h"
#include "helper/base/root.h"
#include "helper/base/text_buffer.h"

#define IMAGE_KARGS	 "usr/lib/bootc/kargs.d"
#define RUNNING		 "proc/cmdline"
#define VENDOR_TEMPLATES "usr/kernel/cmdline.d" /* so it is called: not below usr/lib */

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
	r = root_read_text(root, RUNNING, &text);
	if (r < 0)
		return r;
	*ret_path = RUNNING;
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

/* Its shell reads whole lines: what stands behind the last newline is lost. '#' begins a comment.
 */
static void add_template_lines(struct text_buffer *to, const char *text)
{
	for (const char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
		line += strspn(line, " \t");
		if (*line != '#')
			text_addf(to, "%s%.*s", to->length ? " " : "", (int)(end - line), line);
	}
}

/* @hiding: the folder whose files take the place of those of the same name; NULL: none */
static int add_template_folder(const struct root *root, const char *folder, const char *hiding,
			       struct text_buffer *to)
{
	struct text_list names _cleanup_(text_list_free) = {0};
	int r = folder_list(root, folder, "", &names);

	for (size_t i = 0; i < names.n && r == 0; i++) {
		_cleanup_free_ char *path = NULL, *text = NULL, *other = NULL;

		if (asprintf(&path, "%s/%s", folder, names.text[i]) < 0 ||
		    asprintf(&other, "%s/%s", hiding ? hiding : folder, names.text[i]) < 0)
			return -ENOMEM;
		if (hiding && root_exists(root, other))
			continue;
		r = root_read_text(root, path, &text);
		if (r == 0)
			add_template_lines(to, text);
		else if (r == -EISDIR || root_is_absent(r)) /* sdbootutil gets nothing from it */
			r = 0;
	}
	return r;
}

/* @cmdline: from @path; becomes what sdbootutil makes of it and of the folders */
static int add_templates(const struct root *root, const struct loader *loader, const char *path,
			 char **cmdline)
{
	struct text_buffer to _cleanup_(text_buffer_free) = {0};
	char *all;
	int r;

	if (strcmp(path, RUNNING) == 0)
		text_addf(&to, "%s", *cmdline);
	else
		add_template_lines(&to, *cmdline);
	r = add_template_folder(root, VENDOR_TEMPLATES, loader->template_folder, &to);
	if (r == 0)
		r = add_template_folder(root, loader->template_folder, NULL, &to);
	if (r == 0)
		r = text_take(&to, &all, NULL);
	if (r < 0)
		return r;
	free(*cmdline);
	*cmdline = all;
	return 0;
}

int boot_read_template(const struct root *root, const struct loader *loader,
		       struct boot_lines *lines)
{
	_cleanup_free_ char *cmdline = NULL;
	const char *path = NULL;
	int r = boot_new_cmdline(root, &cmdline, &path);

	if (r == 0 && loader->template_folder)
		r = add_templates(root, loader, path, &cmdline);
	return r < 0 && r != -ENOENT ? r : add_new(lines, cmdline, path);
}

int boot_read_shared(const struct root *root _unused_, const struct loader *loader,
		     struct boot_lines *lines)
{
	_cleanup_free_ char *cmdline = boot_variable(loader, "kernelopts");

	return add_new(lines, cmdline, loader->grubenv);
}

static int read_toml(const struct root *root, const char *name, struct text_buffer *all)
{
	_cleanup_free_ char *path = NULL, *text = NULL, *words = NULL;
	struct utsname system;
	int r;

	if (uname(&system) < 0)
		return -errno;
	if (asprintf(&path, IMAGE_KARGS "/%s", name) < 0)
		return -ENOMEM;
	r = root_read_text(root, path, &text);
	if (r == 0)
		r = kargs_toml_read(text, system.machine, &words);
	if (r == 0 && *words)
		text_addf(all, "%s%s", all->length ? " " : "", words);
	return r;
}

static int list_image_kargs(const struct root *root, struct text_list *ret)
{
	return folder_list(root, IMAGE_KARGS, ".toml", ret);
}

bool boot_has_image_kargs(const struct root *root)
{
	struct text_list names _cleanup_(text_list_free) = {0};

	return list_image_kargs(root, &names) == 0 && names.n > 0;
}

int boot_read_image(const struct root *root, const struct loader *loader _unused_,
		    struct boot_lines *lines)
{
	struct text_list names _cleanup_(text_list_free) = {0};
	struct text_buffer all _cleanup_(text_buffer_free) = {0};
	struct boot_line line = {.kind = BOOT_NEW, .source = (char *)IMAGE_KARGS};
	_cleanup_free_ char *words = NULL;
	int r = list_image_kargs(root, &names);

	for (size_t i = 0; i < names.n && r == 0; i++)
		r = read_toml(root, names.text[i], &all);
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		line.why = "a file there can't be read as kargs = [...]";
	else if (names.n == 0)
		return 0;
	r = text_take(&all, &words, NULL);
	line.cmdline = line.why ? NULL : words;
	return r < 0 ? r : boot_add(lines, &line);
}
