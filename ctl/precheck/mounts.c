/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/precheck/mounts.h"

#include <stdio.h>
#include <string.h>

#include "boot/running/mounts.h"

#define ID "mounts"

/* An EFI partition that need not be mounted may be another disk's, or of no use. */
static bool is_of_boot(const char *point, const char *options)
{
	if (strcmp(point, "/boot") == 0)
		return true;
	return (strcmp(point, "/boot/efi") == 0 || strcmp(point, "/efi") == 0) &&
	       !mounts_has_option(options, "noauto") && !mounts_has_option(options, "nofail");
}

/* Of fstab, what a boot loader reads and is not there now; "" if all is. */
static void find_missing(const char *fstab, const char *mountinfo,
			 char missing[static MOUNTS_WORD_MAX])
{
	char options[MOUNTS_WORD_MAX];

	while (mounts_next_missing(&fstab, mountinfo, missing, options))
		if (is_of_boot(missing, options))
			return;
	missing[0] = '\0';
}

/* @deployed: / is one of ostree's, which is read-only; what setup writes is not. */
static int judge(const char *fstab, const char *mountinfo, bool deployed, struct findings *findings)
{
	char missing[MOUNTS_WORD_MAX], remedy[MOUNTS_WORD_MAX + 64];
	bool read_only = false;

	find_missing(fstab, mountinfo, missing);
	if (*missing) {
		(void)snprintf(remedy, sizeof(remedy), "mount %s, and run setup again", missing);
		return findings_add(
			findings, STATE_FAIL, ID, remedy,
			"%s is in /etc/fstab and is not mounted: what setup writes there would never be booted",
			missing);
	}
	if (!deployed && mounts_find(mountinfo, "/", &read_only) && read_only)
		return findings_add(findings, STATE_FAIL, ID,
				    "remount it (mount -o remount,rw /), and run setup again",
				    "/ is mounted read-only");
	return findings_add(findings, STATE_PASS, ID, NULL,
			    "what the boot loader reads is mounted");
}

int precheck_mounts(const struct root *root, struct findings *findings)
{
	_cleanup_free_ char *fstab = NULL, *mountinfo = NULL;
	char self[MOUNTS_WORD_MAX];
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
