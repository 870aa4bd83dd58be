/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/initramfs/find.h"

#include <stdio.h>
#include <string.h>

#include "ctl/initramfs/listed.h"
#include "ctl/loaders/loaders.h"
#include "boot/boot.h"
#include "boot/default.h"
#include "boot/layout.h"
#include "helper/base/root.h"
#include "helper/base/text.h"

#define REFUSE_OSTREE                                                                            \
	"the system is an image, its initramfs is built with it: install gpuclaim in the image " \
	"and run gpuclaimctl setup --image there, or rpm-ostree initramfs --enable here"
#define REFUSE_UKI                                                                           \
	"the initramfs is part of a unified kernel image: build that anew with the program " \
	"that made it"
#define REFUSE_UNREAD \
	"it can't be read whether dracut or initramfs-tools is installed: try again, and look at the file system"
#define FROZEN_PATH "etc/initramfs-tools/update-initramfs.conf"
#define REFUSE_FROZEN                                                                         \
	"/" FROZEN_PATH                                                                       \
	" says update_initramfs=no, and update-initramfs builds nothing then: say yes there " \
	"first"
#define REFUSE_NO_TOOL \
	"nothing that builds an initramfs is installed: install dracut or initramfs-tools"

/* Neither has a place for what has to run before udev. */
#define REFUSE_OTHER(tool, file)                                                             \
	tool " builds the images (" file "), and gpuclaim has no part for it: install "      \
	     "dracut in its place; gpuclaimctl kargs apply gives the kernel its arguments, " \
	     "intel_iommu=on (Intel's), iommu=pt and gpuclaim=1, or tells where they belong"

static const struct {
	const char *tool, *refusal;
} others[] = {
	{"mkinitcpio", REFUSE_OTHER("mkinitcpio", "/etc/mkinitcpio.conf")},
	{"mkinitfs", REFUSE_OTHER("mkinitfs", "/etc/mkinitfs/mkinitfs.conf")},
	{"booster", REFUSE_OTHER("booster", "/etc/booster.yaml")},
};

static const char *const module_folders[] = {"lib/modules", "usr/lib/modules"};

static const char *const boot_folders[] = {"boot", "efi", "boot/efi"};

/* The first of the paths that is there, or may be, to be freed; NULL: none of them. */
static int first_there(const struct root *root, const struct text_list *paths, char **ret)
{
	*ret = NULL;
	for (size_t i = 0; i < paths->n; i++)
		if (root_may_exist(root, paths->text[i]))
			return text_copy(paths->text[i], ret);
	return 0;
}

/* What is searched: @lines of the boot loader, and the names of kernel-install's folders. */
struct search {
	const struct root *root;
	const struct boot_lines *lines;
	struct boot_tokens tokens;
};

/* Folders of kernel-install: BOOT/TOKEN/RELEASE/NAME. */
static int add_token_paths(const struct search *search, const char *release, const char *name,
			   struct text_list *paths)
{
	const char *const tokens[] = {search->tokens.said, search->tokens.machine};
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(tokens); i++)
		for (size_t k = 0; k < ARRAY_SIZE(boot_folders) && *tokens[i] && r == 0; k++)
			r = text_list_add(paths, "%s/%s/%s/%s", boot_folders[k], tokens[i], release,
					  name);
	return r;
}

/* Source: the distributions' kernel packages, kernel-install(8). */
static int find_kernel_by_name(const struct search *search, const char *folder, const char *release,
			       char **ret)
{
	struct text_list paths _cleanup_(text_list_free) = {0};
	int r = text_list_add(&paths, "%s/%s/vmlinuz", folder, release);

	if (r == 0)
		r = text_list_add(&paths, "boot/vmlinuz-%s", release);
	if (r == 0)
		r = text_list_add(&paths, "boot/vmlinux-%s", release);
	if (r == 0)
		r = text_list_add(&paths, "boot/Image-%s", release);
	if (r == 0)
		r = add_token_paths(search, release, "linux", &paths);
	return r == 0 ? first_there(search->root, &paths, ret) : r;
}

/* Under another name, which a boot loader's entry tells, in the file system that that is in. */
static int find_kernel_by_entries(const struct search *search, const char *release, char **ret)
{
	const struct boot_lines *lines = search->lines;
	struct text_list paths _cleanup_(text_list_free) = {0};
	int r = 0;

	for (size_t i = 0; i < lines->n && r == 0; i++) {
		const struct boot_line *line = &lines->line[i];

		if (line->kind != BOOT_KERNEL || line->recovery || line->foreign || !line->kernel ||
		    !boot_line_is_of(line, release))
			continue;
		for (size_t k = 0; k < ARRAY_SIZE(boot_folders) && r == 0; k++)
			r = text_list_add(&paths, "%s/%s", boot_folders[k],
					  line->kernel + strspn(line->kernel, "/"));
		if (r == 0)
			r = text_list_add(&paths, "%s", line->kernel + strspn(line->kernel, "/"));
	}
	return r == 0 ? first_there(search->root, &paths, ret) : r;
}

static bool has_modules(const struct root *root, const char *folder, const char *release)
{
	char dep[512], builtin[512];

	(void)snprintf(dep, sizeof(dep), "%s/%s/modules.dep", folder, release);
	(void)snprintf(builtin, sizeof(builtin), "%s/%s/modules.builtin", folder, release);
	return root_may_exist(root, dep) || root_may_exist(root, builtin);
}

static bool is_known(const struct initramfs *images, const char *release)
{
	for (size_t i = 0; i < images->n; i++)
		if (strcmp(images->kernel[i].release, release) == 0)
			return true;
	return false;
}

static int add_kernel(const struct search *search, const char *folder, const char *release,
		      struct initramfs *images)
{
	_cleanup_free_ char *kernel = NULL;
	struct initramfs_kernel *place;
	int r;

	if (*release == '.' || is_known(images, release) ||
	    !has_modules(search->root, folder, release))
		return 0;
	r = find_kernel_by_name(search, folder, release, &kernel);
	if (r == 0 && !kernel)
		r = find_kernel_by_entries(search, release, &kernel);
	if (r < 0 || !kernel)
		return r;
	place = ARRAY_PLACE(images->kernel, images->n);
	if (!place)
		return -ENOMEM;
	*place = (struct initramfs_kernel){.release = strdup(release), .kernel = TAKE_PTR(kernel)};
	return place->release ? 0 : -ENOMEM;
}

static int list_kernels(const struct search *search, const char *folder, struct initramfs *images)
{
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;
	int r = root_open_dir(search->root, folder, &dir);

	if (r < 0)
		return root_is_absent(r) ? 0 : r;
	while (r == 0 && (entry = root_next(dir, &r)))
		r = add_kernel(search, folder, entry->d_name, images);
	return r;
}

static int newest_first(const void *a, const void *b)
{
	const struct initramfs_kernel *x = a, *y = b;

	return strverscmp(y->release, x->release);
}

/* One word of an initrd line: a path in the file system that the entries are in. */
static int take_initrd(const struct root *root, const char *base, const char *word, size_t length,
		       char **image)
{
	struct text_list paths _cleanup_(text_list_free) = {0};
	int skip = (int)strspn(word, "/"), n = (int)length - skip;
	char *found = NULL;
	int r;

	if (n <= 0 || *word == '$')
		return 0;
	r = text_list_add(&paths, "%s/%.*s", base, n, word + skip);
	if (r == 0)
		r = text_list_add(&paths, "%.*s", n, word + skip);
	if (r == 0)
		r = first_there(root, &paths, &found);
	if (found) {
		free(*image);
		*image = found;
	}
	return r;
}

/* The last one that is there: those before it are microcode. */
static int take_initrds(const struct root *root, const char *base, const char *text, char **image)
{
	int r = 0;

	for (const char *line = text; r == 0 && *line;) {
		const char *end = line + strcspn(line, "\n"), *word = line + strspn(line, " \t");

		if (strncmp(word, "initrd", 6) == 0 && strchr(" \t", word[6])) {
			for (word += 6; r == 0 && word < end;) {
				size_t n;

				word += strspn(word, " \t");
				n = strcspn(word, " \t\r\n");
				r = take_initrd(root, base, word, n, image);
				word += n + (word[n] == '\r');
			}
		}
		line = end + (*end == '\n');
	}
	return r;
}

static int find_by_entries(const struct search *search, struct initramfs_kernel *kernel)
{
	const struct boot_lines *lines = search->lines;
	int r = 0;

	for (size_t i = 0; i < lines->n && r == 0 && !kernel->image; i++) {
		const struct boot_line *line = &lines->line[i];
		const char *tail = line->entry ? strstr(line->entry, "/loader/entries/") : NULL;
		_cleanup_free_ char *base = NULL;

		if (line->kind != BOOT_KERNEL || !tail || line->recovery || line->foreign ||
		    !boot_line_is_of(line, kernel->release))
			continue;
		base = strndup(line->entry, (size_t)(tail - line->entry));
		if (!base)
			return -ENOMEM;
		r = take_initrds(search->root, base, line->text, &kernel->image);
	}
	return r;
}

static int find_by_name(const struct search *search, struct initramfs_kernel *kernel)
{
	struct text_list paths _cleanup_(text_list_free) = {0};
	const char *release = kernel->release;
	int r = text_list_add(&paths, "boot/initrd.img-%s", release);

	if (r == 0)
		r = text_list_add(&paths, "boot/initramfs-%s.img", release);
	if (r == 0)
		r = text_list_add(&paths, "boot/initrd-%s", release);
	if (r == 0)
		r = add_token_paths(search, release, "initrd", &paths);
	for (size_t i = 0; i < ARRAY_SIZE(module_folders) && r == 0; i++)
		r = text_list_add(&paths, "%s/%s/initramfs.img", module_folders[i], release);
	return r == 0 ? first_there(search->root, &paths, &kernel->image) : r;
}

static int find_images(const struct search *search, struct initramfs *images)
{
	int r = 0;

	for (size_t i = 0; i < images->n && r == 0; i++) {
		struct initramfs_kernel *kernel = &images->kernel[i];

		r = find_by_entries(search, kernel);
		if (r == 0 && !kernel->image)
			r = find_by_name(search, kernel);
		if (r < 0)
			break;
		if (kernel->image)
			kernel->target = strdup(kernel->image);
		else
			(void)text_format(&kernel->target,
					  root_exists(search->root, "etc/debian_version")
						  ? "boot/initrd.img-%s"
						  : "%.0s",
					  kernel->release);
		if (!kernel->target)
			r = -ENOMEM;
	}
	return r;
}

static void find_next(const struct boot_lines *lines, struct initramfs *images)
{
	images->next = images->n;
	for (size_t i = 0; i < lines->n; i++)
		for (size_t k = 0; k < images->n && lines->line[i].kind == BOOT_NEXT; k++)
			if (boot_line_is_of(&lines->line[i], images->kernel[k].release))
				images->next = k;
}

/*
 * Where both are installed, the distribution's own hooks decide: those of Debian's kernel
 * packages run in the order of their names, so that the image of initramfs-tools stays.
 */
static bool is_initramfs_tools(const struct root *root, bool dracut, char *program, size_t size)
{
	char mkinitramfs[64];

	return loader_find_tool(root, "update-initramfs", program, size) &&
	       loader_find_tool(root, "mkinitramfs", mkinitramfs, sizeof(mkinitramfs)) &&
	       (!dracut || root_exists(root, "etc/kernel/postinst.d/initramfs-tools"));
}

/*
 * Is update-initramfs told to leave the images alone? It ends well, and does nothing.
 *
 * Source: update-initramfs.conf(5).
 */
static bool is_frozen(const struct root *root)
{
	_cleanup_free_ char *said = boot_shell_value(root, FROZEN_PATH, "update_initramfs");

	return said && strcmp(said, "no") == 0;
}

static const char *refuse_tool(const struct root *root)
{
	char program[64];

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (loader_find_tool(root, others[i].tool, program, sizeof(program)))
			return others[i].refusal;
	return REFUSE_NO_TOOL;
}

static void find_seen_tool(const struct root *root, const struct loader *loader,
			   struct initramfs *images)
{
	char *program = images->program;
	size_t size = sizeof(images->program);
	bool dracut = loader_find_tool(root, "dracut", program, size);

	if (loader->kind->deploys) {
		images->refusal = REFUSE_OSTREE;
	} else if (loader->kind->unifies) {
		images->refusal = REFUSE_UKI;
		images->unified = true;
	} else if (is_initramfs_tools(root, dracut, program, size)) {
		images->tool = INITRAMFS_TOOLS;
		images->refusal = is_frozen(root) ? REFUSE_FROZEN : NULL;
	} else if (!loader_find_tool(root, "dracut", program, size)) {
		images->refusal = refuse_tool(root);
	} else {
		images->tool = INITRAMFS_DRACUT;
		if (loader->kind->kernel_install)
			(void)loader_find_tool(root, "kernel-install", images->kernel_install,
					       sizeof(images->kernel_install));
	}
}

/* What can't be read is not absent: another program would build the images. */
static void find_tool(const struct root *root, const struct loader *loader,
		      struct initramfs *images)
{
	int trouble = 0;
	struct root watched = *root;

	watched.trouble = &trouble;
	find_seen_tool(&watched, loader, images);
	if (trouble < 0 && !images->refusal)
		images->refusal = REFUSE_UNREAD;
}

int initramfs_find(const struct root *root, const struct loader *loader,
		   const struct boot_lines *lines, struct initramfs *ret)
{
	struct search search = {root, lines, boot_tokens_read(root)};
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(module_folders) && r == 0; i++)
		r = list_kernels(&search, module_folders[i], ret);
	if (r == 0) {
		if (ret->n)
			qsort(ret->kernel, ret->n, sizeof(*ret->kernel), newest_first);
		find_tool(root, loader, ret);
		find_next(lines, ret);
		r = listed_mark(root, loader, lines, ret);
	}
	if (r == 0)
		r = find_images(&search, ret);
	return r;
}

int initramfs_look(const struct root *root, const struct boot_known *known, struct initramfs *ret)
{
	struct boot_lines lines _cleanup_(boot_lines_free) = {0};
	struct loader loader _cleanup_(loader_free) =
		loader_again(root, known ? known->loader : NULL);

	if (boot_read(root, &loader, known ? known->lines : NULL, &lines) == -ENOMEM)
		return -ENOMEM;
	return initramfs_find(root, &loader, &lines, ret);
}

static int copy_kernels(const struct initramfs *from, struct initramfs *to)
{
	int r = 0;

	*to = *from;
	to->n = 0;
	to->kernel = calloc(from->n + 1, sizeof(*to->kernel));
	if (!to->kernel)
		return -ENOMEM;
	while (to->n < from->n && r == 0) {
		const struct initramfs_kernel *known = &from->kernel[to->n];
		struct initramfs_kernel *kernel = &to->kernel[to->n++];

		kernel->unlisted = known->unlisted;
		r = text_copy(known->release, &kernel->release);
		if (r == 0)
			r = text_copy(known->kernel, &kernel->kernel);
	}
	return r;
}

int initramfs_look_again(const struct root *root, const struct boot_known *known,
			 const struct initramfs *images, struct initramfs *ret)
{
	struct boot_lines lines _cleanup_(boot_lines_free) = {0};
	struct loader loader _cleanup_(loader_free) =
		loader_again(root, known ? known->loader : NULL);
	struct search search = {root, &lines, boot_tokens_read(root)};
	int r = boot_read(root, &loader, known ? known->lines : NULL, &lines);

	r = r == -ENOMEM ? r : 0;
	if (r == 0)
		r = copy_kernels(images, ret);
	if (r == 0)
		r = find_images(&search, ret);
	return r;
}
