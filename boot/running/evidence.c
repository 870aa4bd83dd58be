/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot/running/evidence.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "boot/env.h"
#include "boot/running/running.h"
#include "helper/base/root.h"
#include "helper/base/text.h"

/* The firmware writes it at each boot. */
#define BOOT_CURRENT "sys/firmware/efi/efivars/BootCurrent-8be4df61-93ca-11d2-aa0d-00e098032b8c"
#define LOADER_INFO  "sys/firmware/efi/efivars/LoaderInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"

void evidence_free(struct evidence *evidence)
{
	free(evidence->cmdline);
	free(evidence->info);
	free(evidence->selected);
}

/* The device of the partition that the boot loader was read from. */
static void read_esp(const struct root *root, char *ret, size_t size)
{
	_cleanup_free_ char *id = boot_efi_variable(root, "LoaderDevicePartUUID");
	char name[80];

	for (size_t i = 0; id && id[i]; i++)
		id[i] = (char)tolower((unsigned char)id[i]);
	(void)snprintf(name, sizeof(name), "PARTUUID=%s", id ? id : "");
	if (!id || !running_device(root, name, ret, size))
		*ret = '\0';
}

/* Beside it, /boot may be a partition of its own with entries (XBOOTLDR). */
static bool is_mounted(const char *mountinfo, const char *esp)
{
	static const char *const places[] = {"/efi", "/boot/efi", "/boot"};
	char device[32];

	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (running_mount(mountinfo, places[i], device, sizeof(device)) &&
		    strcmp(device, esp) == 0)
			return true;
	return false;
}

/*
 * Where the folder of the entries is mounted from: "/boot/efi" of "boot/efi/loader/entries". It
 * tells nothing where the partition is mounted elsewhere, or has mirrors (9: of md).
 */
static void read_mounted(const struct root *root, const char *entries, const char *esp, char *ret,
			 size_t size)
{
	_cleanup_free_ char *mountinfo = NULL;
	char place[64];

	(void)snprintf(place, sizeof(place), "/%s", entries);
	if (!strstr(place, "/loader/") ||
	    root_read_text(root, "proc/self/mountinfo", &mountinfo) < 0)
		return;
	*strstr(place, "/loader/") = '\0';
	if (!running_mount(mountinfo, place, ret, size) || is_mounted(mountinfo, esp) ||
	    strncmp(ret, "9:", 2) == 0)
		*ret = '\0';
}

static char *own_cmdline(const struct root *root, const struct boot_lines *lines)
{
	for (size_t i = 0; i < lines->n; i++)
		if (lines->line[i].kind == BOOT_RUNNING)
			return running_is_own(root, lines->line[i].cmdline)
				       ? strdup(lines->line[i].cmdline)
				       : NULL;
	return NULL;
}

struct evidence evidence_read(const struct root *root, const struct loader *loader,
			      const struct boot_lines *lines)
{
	struct evidence evidence = {.cmdline = own_cmdline(root, lines)};

	if (!evidence.cmdline || loader->kind->starter == STARTER_ANY)
		return evidence;
	evidence.info = boot_efi_variable(root, "LoaderInfo");
	evidence.direct =
		root_exists(root, BOOT_CURRENT) && root_is_absent(root_look(root, LOADER_INFO));
	evidence.selected = boot_efi_variable(root, "LoaderEntrySelected");
	if (loader->kind->starter != STARTER_EFI || !loader->entries)
		return evidence;
	read_esp(root, evidence.esp, sizeof(evidence.esp));
	if (*evidence.esp)
		read_mounted(root, loader->entries, evidence.esp, evidence.esp_mounted,
			     sizeof(evidence.esp_mounted));
	return evidence;
}

/* The command line names another one. Returns 0, 1: it names this one, or -ENOMEM. */
static int judge_word(const struct evidence *e, enum boot_starter guessed, char **ret)
{
	const char *word = NULL;
	size_t n = 0;
	enum boot_starter starter = running_starter(e->cmdline, &word, &n);

	if (starter == STARTER_ANY)
		return 0;
	if (starter == guessed)
		return 1;
	return text_format(ret, "%s started the running kernel (%.*s in /proc/cmdline)",
			   starter == STARTER_GRUB ? "GRUB" : "systemd-boot or the firmware",
			   (int)n, word);
}

/* What started the kernel has said its name. */
static int judge_info(const struct evidence *e, enum boot_starter guessed, char **ret)
{
	const char *name = guessed == STARTER_GRUB ? "GRUB" : "systemd-boot";

	if (e->direct && guessed == STARTER_EFI)
		return text_format(
			ret,
			"the firmware itself started the running kernel: no boot loader has left an EFI variable LoaderInfo");
	if (!e->info || !*e->info || strncmp(e->info, name, strlen(name)) == 0)
		return 0;
	return text_format(ret, "\"%s\" started the running kernel (EFI variable LoaderInfo)",
			   e->info);
}

/* As far as entries of one installation are called alike: "1234" of "1234-6.12.48+3.conf". */
static size_t token_length(const char *id)
{
	const char *dot = strrchr(id, '.');
	size_t n = strcspn(id, "-+"), stem = dot ? (size_t)(dot - id) : strlen(id);

	return n < stem ? n : stem;
}

static int judge_selected(const struct evidence *e, const struct boot_lines *lines, char **ret)
{
	const char *id = e->selected, *ending = id ? strrchr(id, '.') : NULL;
	size_t n = id ? token_length(id) : 0;
	bool any = false;

	if (!id || !*id || strncmp(id, "auto-", 5) == 0)
		return 0;
	for (size_t i = 0; i < lines->n; i++) {
		const char *entry = lines->line[i].entry, *slash;

		if (!entry)
			continue;
		any = true;
		slash = strrchr(entry, '/');
		entry = slash ? slash + 1 : entry;
		if (token_length(entry) == n && strncmp(entry, id, n) == 0)
			return 0;
	}
	if (!any && !(ending && strcmp(ending, ".efi") == 0))
		return 0;
	return text_format(
		ret,
		"the running kernel was started by %s (EFI variable LoaderEntrySelected), which is none of its entries",
		id);
}

static int judge_esp(const struct evidence *e, const struct loader *loader, char **ret)
{
	if (!*e->esp || !*e->esp_mounted || strcmp(e->esp, e->esp_mounted) == 0)
		return 0;
	return text_format(
		ret,
		"/%s is on another partition (%s) than the one that this system was started from (%s, EFI variable LoaderDevicePartUUID)",
		loader->entries, e->esp_mounted, e->esp);
}

/* Each of its kernels has another root than the running one: they are another system's. */
static int judge_root(const struct evidence *e, const struct boot_lines *lines, char **ret)
{
	size_t n = 0, n_line = 0;
	const char *word = running_word(e->cmdline, "root=", &n), *line = NULL;
	const char *place = NULL;
	int r;

	for (size_t i = 0; word && i < lines->n; i++) {
		if (lines->line[i].kind != BOOT_KERNEL)
			continue;
		line = lines->line[i].cmdline
			       ? running_word(lines->line[i].cmdline, "root=", &n_line)
			       : NULL;
		r = line ? boot_values_differ(e->cmdline, lines->line[i].cmdline, "root") : 0;
		if (r <= 0)
			return r;
		place = lines->line[i].source;
	}
	if (!line)
		return 0;
	return text_format(
		ret, "the running kernel has %.*s, and the kernels of %s have another root: %.*s",
		(int)n, word, place, (int)n_line, line);
}

int evidence_judge(const struct evidence *e, const struct loader *loader,
		   const struct boot_lines *lines, char **ret)
{
	enum boot_starter guessed = loader->kind->starter;
	char *seen = NULL;
	int r;

	*ret = NULL;
	if (!e->cmdline || guessed == STARTER_ANY)
		return 0;
	r = judge_word(e, guessed, &seen);
	/* GRUB may have been started by another one, which does not start this kernel. */
	if (r == 0 && !seen)
		r = judge_info(e, guessed, &seen);
	else if (r == 1 && guessed == STARTER_EFI)
		r = judge_info(e, guessed, &seen);
	if (r >= 0 && !seen && guessed == STARTER_EFI)
		r = judge_selected(e, lines, &seen);
	if (r >= 0 && !seen)
		r = judge_esp(e, loader, &seen);
	if (r >= 0 && !seen)
		r = judge_root(e, lines, &seen);
	if (r < 0)
		return r;
	*ret = seen;
	return 0;
}
