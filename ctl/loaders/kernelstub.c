/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pop!_OS: kernelstub writes systemd-boot's entries, or the firmware's, from a file of its own. */
#include "ctl/arguments/entries.h"
#include "ctl/arguments/try_entry.h"
#include "ctl/loaders/row.h"
#include "boot/entries.h"
#include "boot/env.h"
#include "boot/running/running.h"

static bool is_started_by_grub(const struct root *root)
{
	_cleanup_free_ char *cmdline = running_cmdline(root);
	const char *word;
	size_t n;

	return cmdline && running_starter(cmdline, &word, &n) == STARTER_GRUB;
}

/* Source: config.py of https://github.com/pop-os/kernelstub. */
static bool detect(const struct root *root, struct loader *l)
{
	char tool[sizeof(l->tool)];

	if (!root_exists(root, "etc/kernelstub/configuration") ||
	    !loader_find_tool(root, "kernelstub", tool, sizeof(tool)) || is_started_by_grub(root))
		return false;
	l->refusal =
		"the arguments are kernelstub's, in /etc/kernelstub/configuration; give the missing ones to kernelstub --add-options";
	return true;
}

const struct kargs_loader kargs_kernelstub = {
	.kind = {.name = "kernelstub",
		 .detect = detect,
		 .starter = STARTER_EFI,
		 .read = boot_read_entries,
		 .once = boot_once_efi,
		 .lasting = boot_lasting_efi},
	.forget = kargs_forget_efi,
	.revert = kargs_revert_entries,
};
