/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unified kernel images: the arguments are inside the signed image. */
#include "ctl/loaders/entries.h"
#include "ctl/loaders/loaders.h"
#include "ctl/loaders/try_grub.h"
#include "boot/entries.h"
#include "boot/env.h"
#include "boot/new.h"

static bool is_uki(const struct root *root)
{
	static const char *const confs[] = {"etc/kernel/install.conf",
					    "usr/lib/kernel/install.conf"};
	static const char *const folders[] = {"boot/efi/EFI/Linux", "efi/EFI/Linux",
					      "boot/EFI/Linux"};

	for (size_t i = 0; i < ARRAY_SIZE(confs); i++)
		if (root_exists(root, confs[i]))
			return loader_file_says(root, confs[i], "layout=uki");
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		if (loader_folder_has(root, folders[i], ".efi", NULL))
			return true;
	return false;
}

static bool detect(const struct root *root, struct loader *loader)
{
	if (!is_uki(root))
		return false;
	loader->refusal =
		"the arguments are part of a unified kernel image; add them to /etc/kernel/cmdline and build the image anew";
	return true;
}

const struct kargs_loader kargs_uki = {
	.kind = {.name = "uki",
		 .detect = detect,
		 .read = boot_read_entries,
		 .read_new = boot_read_template,
		 .once = boot_once_grub,
		 .lasting = boot_lasting_grub,
		 .unifies = true},
	.forget = kargs_forget_grub,
	.revert = kargs_revert_entries,
};
