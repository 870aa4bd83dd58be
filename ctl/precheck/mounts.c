/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/precheck/mounts.h"

#include <stdio.h>
#include <string.h>

#define ID	 "mounts"
#define WORD_MAX 256

/* "ro", "ro,noatime" */
static bool has_option(const char *options, const char *name)
{
	size_t n = strlen(name);

	for (const char *at = options; at; at = strchr(at, ',')) {
		at += *at == ',';
		if (strncmp(at, name, n) == 0 && (!at[n] || at[n] == ','))
			return true;
	}
	return false;
}

/* The last one mounted there is what is seen. Return: whether one is */
static bool find_mount(const char *mountinfo, const char *point, bool *ret_read_only)
{
	bool found = false;

	for (const char *line = mountinfo; line && *line; line = strchr(line, '\n')) {
		char at[WORD_MAX], options[WORD_MAX];

		line += *line == '\n';
		if (sscanf(line, "%*u %*u %*s %*s %255s %255s", at, options) != 2 ||
		    strcmp(at, point) != 0)
			continue;
		found = true;
		*ret_read_only = has_option(options, "ro");
	}
	return found;
}

/* An EFI partition that need not be mounted may be another disk's, or of no use. */
static bool is_of_boot(const char *point, const char *options)
{
	if (strcmp(point, "/boot") == 0)
		return true;
	return (strcmp(point, "/boot/efi") == 0 || strcmp(point, "/efi") == 0) &&
	       !has_option(options, "noauto") && !has_option(options, "nofail");
}

/* Of fstab, what a boot loader reads and is not there now; "" if all is. */
static void find_missing(const char *fstab, const char *mountinfo, char missing[static WORD_MAX])
{
	missing[0] = '\0';
	for (const char *line = fstab; line && *line; line = strchr(line, '\n')) {
		char what[WORD_MAX], at[WORD_MAX], options[WORD_MAX] = "";
		bool read_only;

		line += *line == '\n';
		if (sscanf(line, "%255s %255s %*s %255s", what, at, options) < 2 ||
		    what[0] == '#' || !is_of_boot(at, options) ||
		    find_mount(mountinfo, at, &read_only))
			continue;
		(void)snprintf(missing, WORD_MAX, "%s", at);
		return;
	}
}

/* @deployed: / is one of ostree's, which is read-only; what setup writes is not. */
static int judge(const char *fstab, const char *mountinfo, bool deployed, struct findings *findings)
{
	char missing[WORD_MAX], remedy[WORD_MAX + 64];
	bool read_only = false;

	find_missing(fstab, mountinfo, missing);
	if (*missing) {
		(void)snprintf(remedy, sizeof(remedy), "mount %s, and run setup again", missing);
		return findings_add(
			findings, STATE_FAIL, ID, remedy,
			"%s is in /etc/fstab and is not mounted: what setup writes there would never be booted",
			missing);
	}
	if (!deployed && find_mount(mountinfo, "/", &read_only) && read_only)
		return findings_add(findings, STATE_FAIL, ID,
				    "remount it (mount -o remount,rw /), and run setup again",
				    "/ is mounted read-only");
	return findings_add(findings, STATE_PASS, ID, NULL,
			    "what the boot loader reads is mounted");
}

int precheck_mounts(const struct root *root, struct findings *findings)
{
	_cleanup_free_ char *fstab = NULL, *mountinfo = NULL;
	char self[WORD_MAX];
	int r;

	/* In a real /proc it is a link. */
	if (root->confined && root_link_target(root, "proc/self", self, sizeof(self)) == 0)
		return findings_add(findings, STATE_SKIP, ID, NULL,
				    "/proc shows another system's mounts");
	if (root_read_text(root, "proc/self/mountinfo", &mountinfo) < 0 || !*mountinfo)
		return findings_add(findings, STATE_SKIP, ID, NULL, "/proc shows no mount");
	r = root_read_text(root, "etc/fstab", &fstab);
	if (r < 0 && !root_is_absent(r))
		return findings_add(findings, STATE_FAIL, ID,
				    "see why it can't be read, and run setup again",
				    "/etc/fstab can't be read: %s", strerror(-r));
	return judge(fstab ? fstab : "", mountinfo, root_exists(root, "run/ostree-booted"),
		     findings);
}
