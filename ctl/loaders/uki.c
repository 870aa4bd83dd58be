/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unified kernel images: the arguments are inside the signed image. */
#include <string.h>

#include "ctl/arguments/entries.h"
#include "ctl/arguments/try_grub.h"
#include "ctl/loaders/row.h"
#include "boot/entries.h"
#include "boot/env.h"
#include "boot/layout.h"
#include "boot/new.h"

/* An image that nobody's configuration speaks of may lie beside what boots. */
static bool is_stray(const struct root *root, const struct loader *l)
{
	return l->config || (l->entries && loader_folder_has(root, l->entries, ".conf", NULL));
}

static bool is_uki(const struct root *root, struct loader *l)
{
	_cleanup_free_ char *layout = NULL;
	int r = boot_layout(root, &layout);

	if (r < 0)
		(void)root_note(root, r);
	if (layout && strcmp(layout, "auto") != 0)
		return strcmp(layout, "uki") == 0;
	for (size_t i = 0; i < LOADER_UNIFIED_FOLDERS; i++)
		if (loader_folder_has(root, loader_unified_folders[i], ".efi", NULL))
			return !is_stray(root, l);
	l->no_unified = root->trouble && *root->trouble == 0;
	return false;
}

static bool detect(const struct root *root, struct loader *loader)
{
	if (!is_uki(root, loader))
		return false;
	loader->refusal =
		"the arguments are part of a unified kernel image; add the missing ones to /etc/kernel/cmdline and build the image anew, with gpuclaim's dracut module; a vendor's image can have neither";
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
