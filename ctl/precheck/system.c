/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/precheck/system.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "helper/base/folder.h"
#include "helper/base/text.h"
#include "helper/machine/module.h"

#define FILE_MAX_BYTES (1u << 20)
#define BLANKS	       " \t\r"
#define PATH_ROOM      320 /* a folder of ours and a name */
#define LIST_MAX       600

/* What does not fit is left out. */
static void join(const struct text_list *texts, char list[static LIST_MAX])
{
	size_t n = 0;

	list[0] = '\0';
	for (size_t i = 0; i < texts->n && n + 1 < LIST_MAX; i++) {
		snprintf(list + n, LIST_MAX - n, "%s%s", n ? ", " : "", texts->text[i]);
		n = strlen(list);
	}
}

#define REMEDY_NO_ENTRY                                                                            \
	"give that kernel an entry (update-grub, grub2-mkconfig -o, kernel-install add), and run " \
	"setup again"

/* Kernels that can boot, and which of them lack what. */
struct kernels {
	const char *map_module;
	size_t n, n_without;
	bool next_without;
	struct text_list lacks;
	const char *remedy;
};

/* Kernels for clouds and guests leave VFIO out: which package has the one with it. */
static const char *kernel_remedy(const char *release)
{
	static const struct {
		const char *part, *remedy;
	} flavours[] = {
		{"-cloud-amd64", "install linux-image-amd64, and boot it"},
		{"-cloud-arm64", "install linux-image-arm64, and boot it"},
		{"-kvm", "install linux-image-generic (Ubuntu), and boot it"},
		{"-virt", "install linux-lts (Alpine), and boot it"},
		{"-default-base", "install kernel-default (SUSE), and boot it"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(flavours); i++)
		if (strstr(release, flavours[i].part))
			return flavours[i].remedy;
	return "install the rest of its modules (linux-modules-extra, kernel-modules), or boot another kernel";
}

static const char *told_of(const struct initramfs_kernel *kernel, bool next)
{
	return next ? ", which boots next," : kernel->unlisted ? ", which has no entry yet," : "";
}

/* Of a POWER kernel another module maps guests' memory, whatever machine this is. */
static const char *map_module_of(const char *release, const struct kernels *kernels)
{
	return strstr(release, "ppc64") || strstr(release, "powerpc64") ? "vfio_iommu_spapr_tce"
									: kernels->map_module;
}

static int look_at_kernel(const struct root *root, const struct initramfs_kernel *kernel, bool next,
			  struct kernels *kernels)
{
	const char *name = kernel->release, *map_module = map_module_of(name, kernels);
	struct modules modules _cleanup_(modules_free) = {0};
	int r = modules_read(root, name, &modules);
	bool pci = modules_have(&modules, "vfio_pci");
	bool maps = modules_have(&modules, map_module);

	/* Without an entry it is of no use yet, but it may do harm once it has one. */
	if (r < 0 || (kernel->unlisted && pci))
		return r;
	kernels->n++;
	kernels->n_without += !pci;
	kernels->next_without |= next && !pci;
	if (pci && maps)
		return 0;
	if (!kernels->remedy || next)
		kernels->remedy = kernel_remedy(name);
	if (!modules.dep)
		return text_list_add(&kernels->lacks, "%s%s has no modules.dep that can be read",
				     name, told_of(kernel, next));
	return text_list_add(&kernels->lacks, "%s%s has no %s", name, told_of(kernel, next),
			     pci ? map_module : "vfio-pci");
}

/* What the network or another system starts is not in /boot: it is the one that runs. */
static int look_at_running(const struct root *root, struct kernels *kernels)
{
	char path[PATH_ROOM], release[128];
	const struct initramfs_kernel running = {.release = release};

	if (root_read(root, "proc/sys/kernel/osrelease", release, sizeof(release)) <= 0)
		return 0;
	snprintf(path, sizeof(path), "lib/modules/%s/modules.dep", release);
	return root_exists(root, path) ? look_at_kernel(root, &running, false, kernels) : 0;
}

static const char no_entry[] = "entry of the boot loader";

/* What it lacks to boot; NULL: nothing. */
static const char *missing_of(const struct initramfs *images, const char *release)
{
	for (size_t i = 0; i < images->n; i++)
		if (strcmp(images->kernel[i].release, release) == 0)
			return images->kernel[i].unlisted ? no_entry : NULL;
	return "kernel image";
}

/* It has what is missed, and would pass for a kernel. */
static int name_leftovers(const struct root *root, const struct initramfs *images,
			  struct kernels *kernels)
{
	struct text_list releases _cleanup_(text_list_free) = {0};
	int r = folder_list(root, "lib/modules", "", &releases);

	if (r < 0)
		return unread_add(&kernels->lacks, "lib/modules", r);
	for (size_t i = 0; i < releases.n && r == 0; i++) {
		struct modules modules _cleanup_(modules_free) = {0};
		const char *missing = missing_of(images, releases.text[i]);

		if (!missing)
			continue;
		r = modules_read(root, releases.text[i], &modules);
		if (r < 0 || !modules_have(&modules, "vfio_pci"))
			continue;
		if (missing == no_entry)
			kernels->remedy = REMEDY_NO_ENTRY;
		r = text_list_add(&kernels->lacks, "%s has it, but no %s, and can't boot",
				  releases.text[i], missing);
	}
	return r;
}

static int look_at_kernels(const struct root *root, const struct initramfs *images, bool machine,
			   struct kernels *kernels)
{
	int r = 0;

	for (size_t i = 0; i < images->n && r == 0; i++)
		if (!images->kernel[i].unlisted || images->relists)
			r = look_at_kernel(root, &images->kernel[i], i == images->next, kernels);
	if (r == 0 && images->n == 0 && machine)
		return look_at_running(root, kernels);
	if (r == 0 && kernels->n && kernels->n_without == kernels->n)
		r = name_leftovers(root, images, kernels);
	return r;
}

int precheck_kernels(const struct root *root, const struct node *node, struct findings *findings)
{
	struct kernels kernels = {.map_module = iommu_map_module(&node->facts.iommu)};
	char list[LIST_MAX];
	int r;

	r = look_at_kernels(root, &node->images, node->facts.machine, &kernels);
	join(&kernels.lacks, list);
	text_list_free(&kernels.lacks);
	if (r < 0)
		return r;
	if (kernels.n == 0)
		return findings_add(findings, STATE_WARN, "vfio-modules",
				    "see that the kernel that will boot has vfio-pci",
				    "no kernel is installed here, in /boot and /lib/modules");
	if (*list)
		return findings_add(findings,
				    kernels.n_without == kernels.n || kernels.next_without
					    ? STATE_FAIL
					    : STATE_WARN,
				    "vfio-modules", kernels.remedy, "%s", list);
	return findings_add(findings, STATE_PASS, "vfio-modules", NULL, "%zu installed %s vfio-pci",
			    kernels.n, kernels.n > 1 ? "kernels have" : "kernel has");
}

/* Of the initramfs images in a folder, and where there may be more. */
struct sizes {
	uint64_t biggest_bytes;
	struct text_list unread;
};

static void sizes_free(struct sizes *sizes)
{
	text_list_free(&sizes->unread);
}

/* In the folder, and @depth levels below: MACHINE-ID/RELEASE/initrd. */
static int look_at_images(const struct root *root, const char *folder, unsigned depth,
			  struct sizes *sizes)
{
	struct text_list names _cleanup_(text_list_free) = {0};
	int r = folder_list(root, folder, "", &names);

	if (r < 0)
		return unread_add(&sizes->unread, folder, r);
	for (size_t i = 0; i < names.n && r == 0; i++) {
		_cleanup_free_ char *path = NULL;
		_cleanup_close_ int fd = -EBADF;
		struct stat st;

		if (asprintf(&path, "%s/%s", folder, names.text[i]) < 0)
			return -ENOMEM;
		fd = root_open_at(root, path, O_PATH | O_NOFOLLOW);
		if (fd < 0 || fstat(fd, &st) < 0)
			continue;
		if (S_ISDIR(st.st_mode) && depth > 0)
			r = look_at_images(root, path, depth - 1, sizes);
		else if (S_ISREG(st.st_mode) && text_starts_with(names.text[i], "initr") &&
			 st.st_size > 0 && (uint64_t)st.st_size > sizes->biggest_bytes)
			sizes->biggest_bytes = (uint64_t)st.st_size;
	}
	return r;
}

/* What is free for root, who rebuilds the images; and may anything be written? */
static bool free_bytes(const struct root *root, const char *folder, uint64_t *ret,
		       bool *ret_read_only)
{
	_cleanup_close_ int fd = root_open_at(root, folder, O_PATH | O_DIRECTORY);
	struct statvfs fs;

	if (fd < 0 || fstatvfs(fd, &fs) < 0)
		return false;
	*ret = (uint64_t)fs.f_bfree * fs.f_frsize;
	*ret_read_only = fs.f_flag & ST_RDONLY;
	return true;
}

/* One of the folders that images are in. @ret_any: it has one. Adds what speaks against it. */
static int judge_room(const struct root *root, const char *folder, struct findings *findings,
		      bool *ret_any)
{
	struct sizes sizes _cleanup_(sizes_free) = {0};
	int r = look_at_images(root, folder, 2, &sizes);
	char list[LIST_MAX];
	bool read_only;
	uint64_t room;

	if (r < 0)
		return r;
	join(&sizes.unread, list);
	/* Who is not root changes nothing, and may not look everywhere. */
	if (*list)
		return findings_add(findings, geteuid() == 0 ? STATE_FAIL : STATE_WARN, "boot-room",
				    "see why it can't be read, and run setup again",
				    "it is not known how big a new initramfs gets: %s", list);
	if (sizes.biggest_bytes == 0 || !free_bytes(root, folder, &room, &read_only))
		return 0;
	*ret_any = true;
	if (read_only)
		return findings_add(findings, STATE_FAIL, "boot-room",
				    "remount it (mount -o remount,rw), and run setup again",
				    "/%s is mounted read-only", folder);
	if (room >= room_needed(sizes.biggest_bytes))
		return 0;
	return findings_add(
		findings, STATE_FAIL, "boot-room", "remove kernels that are no longer used",
		"/%s has %" PRIu64
		" MiB free, and a new initramfs beside the old one needs about %" PRIu64,
		folder, room >> 20, room_needed(sizes.biggest_bytes) >> 20);
}

int precheck_room(const struct root *root, struct findings *findings)
{
	static const char *const folders[] = {"boot", "boot/efi", "efi"};
	const size_t before = findings->n;
	bool any = false;

	for (size_t i = 0; i < ARRAY_SIZE(folders) && findings->n == before; i++) {
		int r = judge_room(root, folders[i], findings, &any);

		if (r < 0)
			return r;
	}
	if (findings->n > before)
		return 0;
	return any ? findings_add(findings, STATE_PASS, "boot-room", NULL,
				  "there is room for a new initramfs beside the old one")
		   : findings_add(
			     findings, STATE_SKIP, "boot-room", NULL,
			     "there is no initramfs yet, so it is not known how big a new one gets");
}

int precheck_secure_boot(const struct root *root, bool machine, struct findings *findings)
{
	static const char path[] =
		"sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
	_cleanup_free_ char *variable = NULL;
	char lockdown[64];
	const char *state = "not known";
	size_t size;

	if (!machine)
		return findings_add(findings, STATE_SKIP, "secure-boot", NULL,
				    "this tree has no sys");
	/* Four bytes of attributes, then the value (Documentation/filesystems/efivarfs.rst). */
	if (root_read_file(root, path, FILE_MAX_BYTES, &variable, &size) == 0 && size == 5)
		state = variable[4] == 1 ? "on" : "off";
	else if (!root_exists(root, "sys/firmware/efi"))
		state = "off: the node was not booted by UEFI";
	if (root_read(root, "sys/kernel/security/lockdown", lockdown, sizeof(lockdown)) < 0)
		snprintf(lockdown, sizeof(lockdown), "not known");
	return findings_add(
		findings, STATE_PASS, "secure-boot", NULL,
		"Secure Boot: %s; the kernel's lockdown: %s; vfio-pci works with both on", state,
		lockdown);
}
