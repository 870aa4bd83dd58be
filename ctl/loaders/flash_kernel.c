/* SPDX-License-Identifier: GPL-2.0-or-later */
/* flash-kernel of Debian and Ubuntu: U-Boot's script, or the board's own partition, is made by it.
 */
#include "ctl/arguments/entries.h"
#include "ctl/arguments/try_grub.h"
#include "ctl/loaders/row.h"
#include "boot/entries.h"
#include "boot/env.h"

/* It is installed beside GRUB, too, and does nothing there. Source: flash-kernel(8), its functions.
 */
static bool detect(const struct root *root, struct loader *l)
{
	char tool[sizeof(l->tool)];

	if (l->config || l->entries || !root_exists(root, "etc/default/flash-kernel") ||
	    !loader_find_tool(root, "flash-kernel", tool, sizeof(tool)))
		return false;
	l->refusal =
		"the arguments are flash-kernel's; add the missing ones to LINUX_KERNEL_CMDLINE in /etc/default/flash-kernel and run flash-kernel";
	return true;
}

const struct kargs_loader kargs_flash_kernel = {
	.kind = {.name = "flash-kernel",
		 .detect = detect,
		 .read = boot_read_entries,
		 .once = boot_once_grub,
		 .lasting = boot_lasting_grub},
	.forget = kargs_forget_grub,
	.revert = kargs_revert_entries,
};
