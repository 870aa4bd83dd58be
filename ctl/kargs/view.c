/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/kargs/view.h"

#include <string.h>

#include "ctl/loaders/loaders.h"
#include "boot/boot.h"
#include "boot/default.h"
#include "boot/running/evidence.h"
#include "boot/running/mounts.h"
#include "grub/grub_trial.h"
#include "helper/base/text.h"
#include "helper/platform/acpi.h"
#include "helper/platform/platform.h"

static int judge_trial(struct kargs_view *view)
{
	int running = 0;

	for (size_t i = 0; i < view->lines.n && running == 0; i++)
		if (view->lines.line[i].kind == BOOT_RUNNING)
			running = trial_is_running(view->lines.line[i].cmdline);
	if (running < 0)
		return running;
	view->trial = trial_state(&view->marks, running);
	return 0;
}

/* Nobody reads Intel's argument on AMD and Arm; what can't be told gets it. */
static bool may_be_intel(const struct root *root, bool dmar)
{
	if (dmar || root_exists(root, ACPI_TABLES))
		return dmar;
	return !platform_has_devicetree(root) && !platform_is_arm(root);
}

static int judge_blocks(struct kargs_view *view)
{
	return text_format(
		&view->doubt,
		"/%s sets kernelopts, and GRUB may read that and not /%s; make the second a link to the first, or remove the one that is not read",
		view->loader.other_grubenv, view->loader.grubenv);
}

/* Told with what the guess was, and what to do. */
static int judge_evidence(const struct root *root, struct kargs_view *view)
{
	struct evidence evidence _cleanup_(evidence_free) =
		evidence_read(root, &view->loader, &view->lines);
	_cleanup_free_ char *seen = NULL;
	int r = evidence_judge(&evidence, &view->loader, &view->lines, &seen);

	if (r < 0 || !seen)
		return r;
	if (text_format(
		    &view->doubt,
		    "by its files the boot loader is %s, but %s; give the arguments to the one that boots",
		    view->loader.kind->name, seen) < 0)
		return -ENOMEM;
	return 0;
}

/* Are its files below that place, or would they be? */
static bool reads_below(const struct loader *loader, const char *point)
{
	const char *const paths[] = {"boot/", loader->config, loader->entries, loader->grubenv};
	size_t n = strlen(point + 1);

	for (size_t i = 0; i < ARRAY_SIZE(paths) && n > 0; i++)
		if (paths[i] && strncmp(paths[i], point + 1, n) == 0 && paths[i][n] == '/')
			return true;
	return false;
}

/* The next place of fstab that has some of them, and where nothing is mounted. */
static bool next_covering(const struct loader *loader, const char **fstab, const char *mountinfo,
			  char point[static MOUNTS_WORD_MAX], char options[static MOUNTS_WORD_MAX])
{
	while (mounts_next_missing(fstab, mountinfo, point, options))
		if (reads_below(loader, point))
			return true;
	return false;
}

/* A mount would cover the files that were found, or that are going to be written. */
static int judge_mounts(const struct root *root, struct kargs_view *view)
{
	_cleanup_free_ char *fstab = NULL, *mountinfo = NULL;
	char point[MOUNTS_WORD_MAX], options[MOUNTS_WORD_MAX], self[MOUNTS_WORD_MAX];
	const char *all, *missing;

	if (root_read_text(root, "etc/fstab", &fstab) < 0)
		return 0;
	all = missing = fstab;
	/* In a real /proc it is a link: those are another system's mounts. */
	if (!next_covering(&view->loader, &all, "", point, options) ||
	    (root->confined && root_link_target(root, "proc/self", self, sizeof(self)) == 0) ||
	    root_read_text(root, "proc/self/mountinfo", &mountinfo) < 0 || !*mountinfo ||
	    !next_covering(&view->loader, &missing, mountinfo, point, options))
		return 0;
	view->unmounted = true;
	if (mounts_has_option(options, "noauto"))
		return 0; /* no doubt: it is mounted for updates alone */
	return text_format(
		&view->doubt,
		"%s is in /etc/fstab and is not mounted, and would cover what is changed now; mount it first",
		point);
}

static void look_at_machine(const struct root *root, struct kargs_view *view)
{
	bool dmar = root_may_exist(root, ACPI_TABLES "/DMAR");
	bool intel = may_be_intel(root, dmar);

	view->wanted = intel ? kargs_all : kargs_all + 1;
	view->n_wanted = intel ? KARGS_ALL : KARGS_ALL - 1;
	view->unwanted = dmar ? NULL : &kargs_amd;
}

static int take_known(const struct kargs_view *known, struct kargs_view *view)
{
	view->wanted = known->wanted;
	view->n_wanted = known->n_wanted;
	view->unwanted = known->unwanted;
	view->unmounted = known->unmounted;
	view->doubt = known->doubt ? strdup(known->doubt) : NULL;
	return known->doubt && !view->doubt ? -ENOMEM : 0;
}

int kargs_view_read(const struct root *root, const struct kargs_view *known, struct kargs_view *ret)
{
	int r;

	*ret = (struct kargs_view){.loader = loader_again(root, known ? &known->loader : NULL)};
	ret->marks = trial_look(root, &ret->loader);
	r = boot_read(root, &ret->loader, known ? &known->lines : NULL, &ret->lines);
	if (r == 0 && kargs_loader_of(&ret->loader)->copies_default)
		r = boot_read_spread(root, &ret->spread);
	if (r == 0)
		r = judge_trial(ret);
	if (known && r == 0)
		return take_known(known, ret);
	look_at_machine(root, ret);
	if (r == 0)
		r = judge_mounts(root, ret);
	if (r == 0 && !ret->doubt)
		r = ret->loader.other_grubenv ? judge_blocks(ret) : judge_evidence(root, ret);
	if (r < 0) {
		boot_lines_free(&ret->lines);
		boot_line_free(&ret->spread);
	}
	return r;
}

void kargs_view_free(struct kargs_view *view)
{
	boot_lines_free(&view->lines);
	boot_line_free(&view->spread);
	free(view->doubt);
	loader_free(&view->loader);
}
