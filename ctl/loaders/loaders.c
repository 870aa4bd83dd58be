/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/loaders/loaders.h"

#include <errno.h>
#include <unistd.h>

#include "ctl/arguments/entries.h"
#include "ctl/arguments/try_grub.h"
#include "boot/entries.h"
#include "boot/env.h"

#define KARGS_LOADER_ADDRESS(name) &(name),

static const struct kargs_loader *const table[] = {KARGS_LOADERS(KARGS_LOADER_ADDRESS)};

/*
 * Those whose files gpuclaim does not change. The first that is there counts: what makes a loader's
 * file stands before that file.
 *
 * Source: u-boot-update(8); update-extlinux of Alpine; refind_linux.conf of rEFInd's documentation;
 * Limine's CONFIG.md, and limine-entry-tool for its arguments in /etc/default.
 */
static const char *find_foreign(const struct root *root)
{
	static const struct {
		const char *sign, *refusal;
	} foreign[] = {
		{"etc/default/limine",
		 "the arguments are Limine's; add the missing ones to KERNEL_CMDLINE[default] in /etc/default/limine and have its entries made anew"},
		{"boot/limine.conf",
		 "the arguments are Limine's; add the missing ones to the cmdline of the entries in /boot/limine.conf"},
		{"boot/limine/limine.conf",
		 "the arguments are Limine's; add the missing ones to the cmdline of the entries in /boot/limine/limine.conf"},
		{"usr/sbin/u-boot-update",
		 "the arguments are u-boot-update's; add the missing ones to U_BOOT_PARAMETERS in /etc/default/u-boot and run u-boot-update"},
		{"etc/update-extlinux.conf",
		 "the arguments are update-extlinux's; add the missing ones to default_kernel_opts in /etc/update-extlinux.conf and run update-extlinux"},
		{"boot/extlinux/extlinux.conf",
		 "the arguments are extlinux's; add the missing ones to the append lines of /boot/extlinux/extlinux.conf"},
		{"boot/syslinux/syslinux.cfg",
		 "the arguments are syslinux's; add the missing ones to the append lines of /boot/syslinux/syslinux.cfg"},
		{"boot/refind_linux.conf",
		 "the arguments are rEFInd's; add the missing ones to the lines of /boot/refind_linux.conf"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(foreign); i++)
		if (root_exists(root, foreign[i].sign))
			return foreign[i].refusal;
	return NULL;
}

static bool detect_unknown(const struct root *root, struct loader *loader)
{
	loader->refusal = find_foreign(root);
	if (!loader->refusal)
		loader->refusal = kargs_find_maker(root);
	if (!loader->refusal)
		loader->refusal = "no boot loader that gpuclaim knows was found";
	return true;
}

const struct kargs_loader kargs_unknown = {
	.kind = {.name = "unknown",
		 .detect = detect_unknown,
		 .read = boot_read_entries,
		 .once = boot_once_grub,
		 .lasting = boot_lasting_grub},
	.forget = kargs_forget_grub,
	.revert = kargs_revert_entries,
};

/* Who is not root may not see all of it, and can change nothing anyway. */
static bool is_unread(int trouble)
{
	return trouble < 0 && ((trouble != -EACCES && trouble != -EPERM) || geteuid() == 0);
}

struct loader loader_detect(const struct root *root)
{
	int trouble = 0;
	struct root watched = *root;
	struct loader loader;

	watched.trouble = &trouble;
	loader = loader_places(&watched);
	for (size_t i = 0; !loader.kind; i++)
		if (table[i]->kind.detect(&watched, &loader))
			loader.kind = &table[i]->kind;
	/* What can't be read is not absent: another loader's files would be changed, for good. */
	loader.unread = is_unread(trouble);
	if (loader.unread) {
		loader.kind = &kargs_unknown.kind;
		loader.refusal =
			"a file that shows which boot loader this is can't be read: try again, and look at the file system";
	}
	loader.once = loader.kind->once(root, &loader);
	return loader;
}

struct loader loader_again(const struct root *root, const struct loader *known)
{
	struct loader loader;

	if (!known)
		return loader_detect(root);
	loader = *known;
	loader_find_places(root, &loader);
	loader.once = loader.kind->once(root, &loader);
	return loader;
}

const struct kargs_loader *kargs_loader_of(const struct loader *loader)
{
	return (const struct kargs_loader *)loader->kind;
}
