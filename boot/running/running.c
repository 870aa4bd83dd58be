/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot/running/running.h"
#include "helper/base/text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define DEVICE_MAX 32

/* What installers and live systems are started with. */
static const char *const installers[] = {
	"inst.",	  "coreos.inst.", "rd.live.image",  "root=live:",  "boot=live",
	"boot=casper",	  "autoyast=",	  "archisobasedir", "autoinstall", "preseed/",
	"netboot=method", "auto=true",	  "install=",	    "ks=",
};

const char *running_word(const char *cmdline, const char *prefix, size_t *ret_length)
{
	for (const char *word = cmdline; *word;) {
		size_t n;

		word += strspn(word, " \t\n");
		n = strcspn(word, " \t\n");
		if (n > 0 && strncmp(word, prefix, strlen(prefix)) == 0) {
			if (ret_length)
				*ret_length = n;
			return word;
		}
		word += n;
	}
	return NULL;
}

/* PXELINUX and iPXE say BOOT_IMAGE=, too, and name the image without a backslash. */
static bool is_network(const char *cmdline)
{
	static const char *const words[] = {"BOOTIF=", "BOOT_IMAGE=(tftp", "BOOT_IMAGE=(http",
					    "BOOT_IMAGE=(pxe"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (running_word(cmdline, words[i], NULL))
			return true;
	return running_word(cmdline, "initrd=", NULL) && !running_word(cmdline, "initrd=\\", NULL);
}

enum boot_starter running_starter(const char *cmdline, const char **ret_word, size_t *ret_length)
{
	const char *word = running_word(cmdline, "BOOT_IMAGE=", ret_length);

	if (is_network(cmdline))
		return STARTER_ANY;
	/* s390's and others' are numbers. */
	if (word && strchr("(/", word[strlen("BOOT_IMAGE=")])) {
		*ret_word = word;
		return STARTER_GRUB;
	}
	*ret_word = running_word(cmdline, "initrd=\\", ret_length);
	return *ret_word ? STARTER_EFI : STARTER_ANY;
}

/* By what the kernel was told who loaded it: kexec, SYSLINUX' family, or Etherboot's. */
static bool says_nothing(const struct root *root)
{
	char text[16];
	unsigned type = 0;

	return root_read(root, "proc/sys/kernel/bootloader_type", text, sizeof(text)) > 0 &&
	       sscanf(text, "%u", &type) == 1 &&
	       (type >> 4 == 0xd || type >> 4 == 0x3 || type >> 4 == 0x4);
}

static bool is_installer(const char *cmdline)
{
	for (size_t i = 0; i < ARRAY_SIZE(installers); i++)
		if (running_word(cmdline, installers[i], NULL))
			return true;
	return false;
}

/* Is the root of process 1 ours? A real /proc below --root, whose "self" is a link, is the host's.
 */
static bool is_chroot(const struct root *root)
{
	struct stat ours, theirs;
	char target[16];

	if (root->confined)
		return root_link_target(root, "proc/self", target, sizeof(target)) == 0 ||
		       (root_link_target(root, "proc/1/root", target, sizeof(target)) == 0 &&
			strcmp(target, "/") != 0);
	return fstatat(root->fd, "proc/1/root", &theirs, 0) == 0 && fstat(root->fd, &ours) == 0 &&
	       (ours.st_dev != theirs.st_dev || ours.st_ino != theirs.st_ino);
}

/* "36 35 8:2 / /boot rw - ext4 /dev/sda2 rw": the last one at the place counts. */
bool running_mount(const char *mountinfo, const char *place, char *ret, size_t size)
{
	bool found = false;

	for (const char *line = mountinfo; *line;
	     line += strcspn(line, "\n"), line += *line == '\n') {
		char device[DEVICE_MAX], at[256];

		if (sscanf(line, "%*s %*s %31s %*s %255s", device, at) == 2 &&
		    strcmp(at, place) == 0) {
			(void)snprintf(ret, size, "%s", device);
			found = true;
		}
	}
	/* Those of file systems without a device of their own say nothing. */
	return found && strncmp(ret, "0:", 2) != 0;
}

static bool link_path(const char *name, char *ret, size_t size)
{
	static const char *const tags[] = {"UUID", "PARTUUID", "LABEL", "PARTLABEL"};
	const char *value = strchr(name, '=');

	if (strncmp(name, "/dev/", 5) == 0)
		return (size_t)snprintf(ret, size, "%s", name + 1) < size;
	for (size_t i = 0; value && i < ARRAY_SIZE(tags); i++) {
		char folder[16] = "";

		if (strncmp(name, tags[i], (size_t)(value - name)) != 0 ||
		    strlen(tags[i]) != (size_t)(value - name))
			continue;
		for (size_t k = 0; tags[i][k]; k++)
			folder[k] = (char)tolower((unsigned char)tags[i][k]);
		return (size_t)snprintf(ret, size, "dev/disk/by-%s/%s", folder, value + 1) < size;
	}
	return false;
}

bool running_device(const struct root *root, const char *name, char *ret, size_t size)
{
	char path[256], target[256], number[320];
	const char *device = path;

	if (!link_path(name, path, sizeof(path)))
		return false;
	if (root_link_target(root, path, target, sizeof(target)) == 0)
		device = target;
	(void)snprintf(number, sizeof(number), "sys/class/block/%s/dev", text_base_name(device));
	return root_read(root, number, ret, size) > 0;
}

/* What root= names is mounted as another place's root, or as none. */
static bool has_other_root(const struct root *root, const char *cmdline)
{
	char named[DEVICE_MAX], mounted[DEVICE_MAX];
	_cleanup_free_ char *mountinfo = NULL, *name = NULL;
	size_t n = 0;
	const char *word = running_word(cmdline, "root=", &n);

	if (!word || root_read_text(root, "proc/self/mountinfo", &mountinfo) < 0)
		return false;
	name = strndup(word + strlen("root="), n - strlen("root="));
	return name && running_device(root, name, named, sizeof(named)) &&
	       running_mount(mountinfo, "/", mounted, sizeof(mounted)) &&
	       strcmp(named, mounted) != 0;
}

bool running_is_own(const struct root *root, const char *cmdline)
{
	return !is_installer(cmdline) && !is_network(cmdline) && !is_chroot(root) &&
	       !says_nothing(root) && !has_other_root(root, cmdline);
}

char *running_cmdline(const struct root *root)
{
	_cleanup_free_ char *cmdline = NULL;

	/* A tree without sys is a target: what runs is another system. */
	if (!root_exists(root, "sys") || root_read_text(root, "proc/cmdline", &cmdline) < 0)
		return NULL;
	return running_is_own(root, cmdline) ? TAKE_PTR(cmdline) : NULL;
}
