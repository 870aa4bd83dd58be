/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/initramfs/images.h"

#include <fcntl.h>
#include <string.h>

#include "ctl/initramfs/find.h"
#include "ctl/initramfs/seen.h"
#include "helper/base/text.h"

#define MODULES_TEXT_MAX (16u << 20)

static void installed_free(struct installed *installed)
{
	free(installed->helper);
	conf_files_free(installed->conf, installed->n_conf);
}

static int read_installed(const struct root *root, struct installed *ret)
{
	int r = root_read_file(root, IMAGE_HELPER, IMAGE_HELPER_MAX, &ret->helper,
			       &ret->helper_size);

	return r == -ENOMEM ? r : conf_files_read_packed(root, &ret->conf, &ret->n_conf);
}

/* A file of the kernel's folder of modules, "" if it can't be read; NULL: no memory. */
static char *read_modules(const struct root *root, const char *release, const char *name)
{
	_cleanup_free_ char *path = NULL;
	char *text = NULL;
	int r = 0;

	for (unsigned i = 0; i < 2 && !text && r != -ENOMEM; i++) {
		free(TAKE_PTR(path));
		if (text_format(&path, "%slib/modules/%s/%s", i ? "usr/" : "", release, name) < 0)
			return NULL;
		r = root_read_file(root, path, MODULES_TEXT_MAX, &text, NULL);
	}
	return text || r == -ENOMEM ? text : strdup("");
}

static int say(struct initramfs_kernel *kernel, enum initramfs_state state, const char *why)
{
	kernel->state = state;
	kernel->why = strdup(why);
	return kernel->why ? 0 : -ENOMEM;
}

static int say_unreadable(struct initramfs_kernel *kernel, int r)
{
	kernel->state = INITRAMFS_UNREADABLE;
	(void)text_format(&kernel->why, "it can't be read: %s", strerror(-r));
	return kernel->why ? 0 : -ENOMEM;
}

static int judge(const struct root *root, const struct installed *installed,
		 const struct image *image, struct initramfs_kernel *kernel)
{
	_cleanup_free_ char *dep = read_modules(root, kernel->release, "modules.dep");
	_cleanup_free_ char *builtin = read_modules(root, kernel->release, "modules.builtin");
	struct text_list modules _cleanup_(text_list_free) = {0};
	bool without;
	int r;

	if (!dep || !builtin)
		return -ENOMEM;
	r = initramfs_modules(dep, builtin, &modules);
	without = r == -ENOENT;
	if (r < 0 && !without)
		return r;
	r = initramfs_judge(image, installed, kernel->release, &modules, &kernel->state,
			    &kernel->why);
	if (r < 0 || !without || kernel->state != INITRAMFS_CURRENT)
		return r;
	free(kernel->why);
	return say(kernel, INITRAMFS_NO_DRIVER, "this kernel has no vfio-pci");
}

static int look_inside(const struct root *root, const struct installed *installed,
		       struct initramfs_kernel *kernel)
{
	struct image image _cleanup_(image_free) = {0};
	_cleanup_close_ int fd = -EBADF;
	const char *why = NULL;
	int r;

	fd = root_open_at(root, kernel->image, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return say_unreadable(kernel, fd);
	r = image_inspect(fd, &image, &why);
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return why ? say(kernel, INITRAMFS_UNREADABLE, why) : say_unreadable(kernel, r);
	return judge(root, installed, &image, kernel);
}

static int read_kernel(const struct root *root, const struct initramfs *images,
		       const struct installed *installed, struct initramfs_kernel *kernel)
{
	int r;

	if (!kernel->image && images->unified)
		return say(kernel, INITRAMFS_UNREADABLE, images->refusal);
	if (!kernel->image)
		return say(kernel, INITRAMFS_MISSING, "there is no image for this kernel");
	/* A tree that is not the machine's is looked at once, and left as it is. */
	if (!root->confined && initramfs_seen(root, kernel, installed))
		return say(kernel, INITRAMFS_CURRENT, "");
	r = look_inside(root, installed, kernel);
	if (r == 0 && kernel->state == INITRAMFS_CURRENT && !root->confined)
		(void)initramfs_seen_write(root, kernel, installed); /* or it is opened again */
	return r;
}

int initramfs_open(const struct root *root, struct initramfs *images)
{
	struct installed installed _cleanup_(installed_free) = {0};
	int r = read_installed(root, &installed);

	for (size_t i = 0; i < images->n && r == 0; i++) {
		free(images->kernel[i].why);
		images->kernel[i].why = NULL;
		r = read_kernel(root, images, &installed, &images->kernel[i]);
	}
	return r;
}

int initramfs_read(const struct root *root, const struct boot_known *known, struct initramfs *ret)
{
	struct initramfs images _cleanup_(initramfs_free) = {0};
	int r = initramfs_look(root, known, &images);

	if (r == 0)
		r = initramfs_open(root, &images);
	return HAND_OVER(r, ret, images);
}
