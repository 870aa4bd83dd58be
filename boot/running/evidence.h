/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A boot loader is guessed from files: what speaks against the guess on the running system. */
#ifndef GPUCLAIM_BOOT_RUNNING_EVIDENCE_H
#define GPUCLAIM_BOOT_RUNNING_EVIDENCE_H

#include "boot/lines.h"
#include "boot/loader.h"

/**
 * struct evidence - what the running system tells of its boot loader
 * @cmdline:	see running_cmdline(); owned
 * @info, @selected: LoaderInfo ("systemd-boot 252") and LoaderEntrySelected, owned; NULL: not known
 * @direct:	the firmware has EFI variables, and no boot loader has left its name there
 * @esp, @esp_mounted: the block device ("8:1") that the boot loader came from, and the one that is
 *		mounted where its entries are; "": not known
 *
 * Source: https://systemd.io/BOOT_LOADER_INTERFACE.
 */
struct evidence {
	char *cmdline, *info, *selected;
	bool direct;
	char esp[32], esp_mounted[32];
};

/** evidence_read() - beside @lines, which have the running one. Free with evidence_free() */
struct evidence evidence_read(const struct root *root, const struct loader *loader,
			      const struct boot_lines *lines);
void evidence_free(struct evidence *evidence);

/**
 * evidence_judge() - what speaks against a boot loader
 * @lines:	of its files
 * @ret:	a sentence that says what was seen, to be freed; NULL: nothing
 *
 * Pure. Return: 0 or -ENOMEM.
 */
int evidence_judge(const struct evidence *evidence, const struct loader *loader,
		   const struct boot_lines *lines, char **ret) _must_check_;

#endif
