/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proxmox' systemd-boot: proxmox-boot-tool copies kernels and arguments to each EFI partition. */
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "ctl/arguments/entries.h"
#include "ctl/arguments/try_entry.h"
#include "ctl/arguments/wanted.h"
#include "ctl/loaders/row.h"
#include "boot/entries.h"
#include "boot/env.h"
#include "boot/new.h"
#include "boot/running/running.h"

/*
 * Source: zz-proxmox-boot and proxmox-boot-tool of proxmox-kernel-helper. It mounts the partitions
 * that LIST names one by one, and writes loader/entries/proxmox-RELEASE.conf with the first line of
 * CMDLINE; where GRUB is on them it runs update-grub instead, whose arguments are GRUB's.
 */
#define LIST	"etc/kernel/proxmox-boot-uuids"
#define CMDLINE "etc/kernel/cmdline"

#define NOT_MOUNTED "it is not mounted: not read back"
#define LEFT_OUT \
	"there is no such partition, and proxmox-boot-tool leaves it out; bring it back, or take it off the list with proxmox-boot-tool clean"
#define UNREADABLE \
	"it can't be mounted to be read; look whether proxmox-boot-tool can, or take it off the list"
#define NO_ENTRIES \
	"this EFI partition has no entries; proxmox-boot-tool init makes them, or take it off the list"

/*
 * A file system that is mounted for one process, and nowhere: Linux 5.2. Headers of RHEL 8 have
 * none of it; the numbers are those of each architecture. Source: include/uapi/linux/mount.h.
 */
#ifndef SYS_fsopen
#define SYS_fsopen   430
#define SYS_fsconfig 431
#define SYS_fsmount  432
#endif
enum {
	MOUNT_CLOEXEC = 1,
	MOUNT_SET_FLAG = 0,
	MOUNT_SET_STRING = 1,
	MOUNT_CREATE = 6,
	MOUNT_READ_ONLY = 1,
};

/*
 * How it boots now tells. Else only UEFI has systemd-boot, and what the entries are made from is
 * there; installers write that for GRUB, too.
 */
static bool has_grub(const struct root *root)
{
	_cleanup_free_ char *cmdline = running_cmdline(root);
	enum boot_starter starter = STARTER_ANY;
	const char *word;
	size_t n;

	if (cmdline)
		starter = running_starter(cmdline, &word, &n);
	return starter == STARTER_GRUB ||
	       (starter == STARTER_ANY &&
		(!root_exists(root, CMDLINE) ||
		 (root_exists(root, "sys") && !root_exists(root, "sys/firmware/efi"))));
}

/*
 * "proxmox-boot-tool kernel pin RELEASE [--next-boot]" keeps the release in a file, and makes it
 * the default of each EFI partition. To be freed; NULL: none is pinned.
 */
static char *find_pinned(const struct root *root)
{
	static const char *const files[] = {"etc/kernel/next-boot-pin",
					    "etc/kernel/proxmox-boot-pin"};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		_cleanup_free_ char *text = NULL;

		if (root_read_text(root, files[i], &text) < 0)
			continue;
		text[strcspn(text, " \t\n")] = '\0';
		if (*text)
			return TAKE_PTR(text);
	}
	return NULL;
}

static bool detect(const struct root *root, struct loader *l)
{
	_cleanup_free_ char *list = NULL, *pinned = NULL;
	char tool[sizeof(l->tool)];

	if (root_read_text(root, LIST, &list) < 0 || !list[strspn(list, " \n")] ||
	    !loader_find_tool(root, "proxmox-boot-tool", tool, sizeof(tool)) || has_grub(root))
		return false;
	pinned = find_pinned(root); /* one that can't be read is noted with the root */
	(void)snprintf(l->tool, sizeof(l->tool), "%s", tool);
	return true;
}

/*
 * A rescue system's mountinfo has paths that are none of the tree's, or are a folder there by
 * chance. proxmox-boot-tool puts its folder of EFI/ on each partition of the list.
 */
static bool has_efi(const struct root *root, const char *path)
{
	char inside[264];

	(void)snprintf(inside, sizeof(inside), "%s/EFI", path);
	return root_may_exist(root, inside);
}

/* Where a partition of the list is mounted, by its file system's UUID. */
static bool find_mounted(const struct root *root, const char *uuid, char *ret, size_t size)
{
	_cleanup_free_ char *mountinfo = NULL;
	char name[64], device[32], at[256], number[32];
	bool found = false;

	(void)snprintf(name, sizeof(name), "UUID=%s", uuid);
	if (!running_device(root, name, device, sizeof(device)) ||
	    root_read_text(root, "proc/self/mountinfo", &mountinfo) < 0)
		return false;
	for (const char *line = mountinfo; *line && !found;
	     line += strcspn(line, "\n"), line += *line == '\n')
		found = sscanf(line, "%*s %*s %31s / %255s", number, at) == 2 &&
			strncmp(device, number, strlen(number)) == 0 &&
			strchr("\n", device[strlen(number)]) && has_efi(root, at + 1);
	return found && (size_t)snprintf(ret, size, "%s/loader/entries", at + 1) < size;
}

static int add_unread(struct boot_lines *lines, const char *name, const char *why)
{
	return boot_add(lines, &(struct boot_line){
				       .kind = BOOT_KERNEL,
				       .name = (char *)name,
				       .source = (char *)LIST,
				       .why = why,
				       .unseen = strcmp(why, NOT_MOUNTED) == 0,
			       });
}

static size_t count_mounted(const struct root *root, const struct text_list *uuids)
{
	char entries[320];
	size_t n = 0;

	for (size_t i = 0; i < uuids->n; i++)
		n += find_mounted(root, uuids->text[i], entries, sizeof(entries));
	return n;
}

static int read_partition(const struct root *root, const struct loader *loader, const char *uuid,
			  struct boot_lines *lines)
{
	struct loader one = *loader;
	char entries[320], name[64];
	int r;

	(void)snprintf(name, sizeof(name), "on %.40s", uuid);
	if (!find_mounted(root, uuid, entries, sizeof(entries)))
		return add_unread(lines, name, NOT_MOUNTED);
	one.entries = entries;
	r = boot_read_entries(root, &one, lines);
	return r == -ENOENT ? add_unread(lines, name, NO_ENTRIES) : r;
}

static char *lasting(const struct root *root, const struct loader *loader)
{
	_cleanup_free_ char *pinned = find_pinned(root);
	char *entry;

	if (!pinned)
		return boot_lasting_efi(root, loader);
	return asprintf(&entry, "proxmox-%s.conf", pinned) < 0 ? NULL : entry;
}

static int read_list(const struct root *root, struct text_list *uuids)
{
	_cleanup_free_ char *list = NULL;
	char *rest = NULL;
	int r = root_read_text(root, LIST, &list);

	for (char *uuid = r == 0 ? strtok_r(list, " \t\n", &rest) : NULL; uuid && r == 0;
	     uuid = strtok_r(NULL, " \t\n", &rest))
		r = text_list_add(uuids, "%s", uuid);
	return r;
}

/*
 * Only proxmox-boot-tool mounts them: what can't be read without that stays open. One may be
 * mounted where others look for entries, though it can't be told which of the list it is.
 */
static int read_lines(const struct root *root, const struct loader *loader,
		      struct boot_lines *lines)
{
	struct text_list uuids _cleanup_(text_list_free) = {0};
	_cleanup_free_ char *pinned = NULL;
	int r = read_list(root, &uuids);

	if (r < 0)
		return r;
	if (count_mounted(root, &uuids)) {
		for (size_t i = 0; i < uuids.n && r == 0; i++)
			r = read_partition(root, loader, uuids.text[i], lines);
		return r;
	}
	if (loader->entries) {
		r = boot_read_entries(root, loader, lines);
		return r == 0 && uuids.n > 1
			       ? add_unread(lines, "on the other EFI partitions", NOT_MOUNTED)
			       : r;
	}
	pinned = find_pinned(root);
	return boot_add(
		lines,
		&(struct boot_line){
			.kind = BOOT_NEXT,
			.name = pinned,
			.source = (char *)LIST,
			.why = "the EFI partitions of this list are not mounted: not read back",
		});
}

/*
 * The top folder of a partition that is not mounted below the root, or a negative errno: -EBUSY
 * where it is mounted elsewhere, to be written to (get_tree_bdev() in fs/super.c).
 */
static int mount_for_us(const char *uuid)
{
	char device[96];
	_cleanup_close_ int fs = (int)syscall(SYS_fsopen, "vfat", MOUNT_CLOEXEC);
	long r = fs;

	/* This machine's, as the tool sees it, which has our /dev. */
	(void)snprintf(device, sizeof(device), "/dev/disk/by-uuid/%.64s", uuid);
	if (r >= 0)
		r = syscall(SYS_fsconfig, fs, MOUNT_SET_STRING, "source", device, 0);
	if (r >= 0)
		r = syscall(SYS_fsconfig, fs, MOUNT_SET_FLAG, "ro", NULL, 0);
	if (r >= 0)
		r = syscall(SYS_fsconfig, fs, MOUNT_CREATE, NULL, NULL, 0);
	if (r >= 0)
		r = syscall(SYS_fsmount, fs, MOUNT_CLOEXEC, MOUNT_READ_ONLY);
	return r < 0 ? -errno : (int)r;
}

/* The partition that the lines from @first on are of is told. */
static int name_lines(const char *uuid, struct boot_lines *lines, size_t first)
{
	for (size_t i = first; i < lines->n; i++) {
		struct boot_line *line = &lines->line[i];
		char *source;

		if (asprintf(&source, "/dev/disk/by-uuid/%s%s", uuid, line->source) < 0)
			return -ENOMEM;
		free(line->source);
		line->source = source;
		free(line->entry);
		line->entry = NULL;
	}
	return 0;
}

static const char *why_not(int r)
{
	switch (r) {
	case -ENOENT:
		return LEFT_OUT;
	case -EBUSY:
		return NOT_MOUNTED;
	default:
		return UNREADABLE;
	}
}

static int look_inside_one(const struct root *root, const struct loader *loader, const char *uuid,
			   struct boot_lines *lines)
{
	_cleanup_free_ char *told = loader->once ? NULL : lasting(root, loader);
	struct root partition _cleanup_(root_close) = {.fd = mount_for_us(uuid), .confined = true};
	struct loader one = *loader;
	size_t first = lines->n;
	char name[64];
	int r = partition.fd;

	(void)snprintf(name, sizeof(name), "on %.40s", uuid);
	if (r < 0)
		return add_unread(lines, name, why_not(r));
	one.entries = "loader/entries";
	one.once = loader->once ? loader->once : told;
	r = boot_read_entries(&partition, &one, lines);
	if (r == -ENOENT)
		return add_unread(lines, name, NO_ENTRIES);
	return r < 0 ? r : name_lines(uuid, lines, first);
}

/* What could not be read without a mount. */
static void drop_unread(struct boot_lines *lines)
{
	size_t n = 0;

	for (size_t i = 0; i < lines->n; i++) {
		struct boot_line *line = &lines->line[i];

		if (line->cmdline || strcmp(line->source, "/" LIST) != 0 ||
		    strcmp(line->why, NO_ENTRIES) == 0)
			lines->line[n++] = *line;
		else
			boot_line_free(line);
	}
	lines->n = n;
}

static int look_inside(const struct root *root, const struct loader *loader,
		       struct boot_lines *lines)
{
	struct text_list uuids _cleanup_(text_list_free) = {0};
	char entries[320];
	int r = read_list(root, &uuids);

	if (r == 0)
		drop_unread(lines);
	for (size_t i = 0; i < uuids.n && r == 0; i++)
		if (!find_mounted(root, uuids.text[i], entries, sizeof(entries)))
			r = look_inside_one(root, loader, uuids.text[i], lines);
	return r;
}

static int refresh(const struct kargs_view *view, struct change_plan *plan)
{
	return change_plan_command(plan, (const char *const[]){view->loader.tool, "refresh", NULL});
}

/* Of several lines only the first would be read. */
static bool has_more_lines(const struct root *root)
{
	_cleanup_free_ char *text = NULL;
	const char *end;

	if (root_read_text(root, CMDLINE, &text) < 0)
		return false;
	end = strchr(text, '\n');
	return end && end[strspn(end, " \t\n")];
}

/* It was looked for, and not reached. */
static bool is_left_out(const struct boot_line *line)
{
	return line->kind == BOOT_KERNEL && !line->cmdline && line->why && !line->unseen;
}

/* Is there an entry that an earlier refresh left as it was? 1, 0 or -ENOMEM */
static int has_stale(const struct kargs_view *view)
{
	int complete = 1;

	for (size_t i = 0; i < view->lines.n && complete == 1; i++) {
		const struct boot_line *line = &view->lines.line[i];

		if (is_left_out(line))
			complete = 0;
		else if (line->kind == BOOT_KERNEL && kargs_line_is_judged(line))
			complete = kargs_line_is_complete(view, line);
	}
	return complete < 0 ? complete : !complete;
}

static int plan_all(const struct root *root, const struct kargs_view *view,
		    struct change_plan *plan)
{
	int r;

	if (has_more_lines(root))
		return kargs_refuse(
			plan, view,
			"/" CMDLINE
			" has several lines, of which proxmox-boot-tool refresh reads only the first; make them one");
	r = kargs_plan_cmdline(root, view, plan);
	if (r == 0 && !plan->refusal)
		r = plan->n ? 1 : has_stale(view);
	return r > 0 ? refresh(view, plan) : r;
}

static int revert(const struct root *root _unused_, const struct kargs_view *view,
		  const struct undo *undo _unused_, struct change_plan *plan)
{
	return refresh(view, plan);
}

const struct kargs_loader kargs_proxmox = {
	.kind = {.name = "proxmox-boot-tool",
		 .detect = detect,
		 .starter = STARTER_EFI,
		 .read = read_lines,
		 .read_new = boot_read_template,
		 .once = boot_once_efi,
		 .lasting = lasting},
	.look_inside = look_inside,
	.plan = plan_all,
	.no_trial =
		"the entries are on EFI partitions that only proxmox-boot-tool mounts, so a trial has no place: use kargs apply",
	.forget = kargs_forget_efi,
	.revert = revert,
};
