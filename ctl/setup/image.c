/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/setup/image.h"

#include <stdio.h>
#include <string.h>

#include "ctl/change/content.h"
#include "ctl/change/exec.h"
#include "ctl/change/plan.h"
#include "ctl/choose/selection.h"
#include "ctl/initramfs/images.h"
#include "ctl/setup/choose.h"
#include "ctl/setup/images.h"
#include "ctl/setup/plan.h"
#include "boot/loader.h"
#include "helper/base/folder.h"
#include "helper/base/text.h"

#define CONFIG	"usr/lib/gpuclaim/gpuclaim.conf.d/60-setup.conf"
#define PRESET	"usr/lib/systemd/system-preset/60-gpuclaim.preset"
#define KARGS	"usr/lib/bootc/kargs.d/60-gpuclaim.toml"
#define MODULES "usr/lib/modules"

#define PRESET_TEXT                                                                     \
	"# Written by gpuclaimctl setup --image: a node that boots first enables it.\n" \
	"enable " SETUP_UNIT "\n"
#define KARGS_TEXT                                                                         \
	"# Written by gpuclaimctl setup --image. Without gpuclaim=1 nothing is claimed.\n" \
	"kargs = [\"intel_iommu=on\", \"iommu=pt\", \"gpuclaim=1\"]\n"

#define BUILDER \
	"the GPUs of the machine that builds an image are not the node's: name them by --ids"
#define NODES "that is for the node, once it runs the image"

/* What has no meaning in an image. */
static const struct {
	enum verb_option option;
	const char *name, *why;
	enum problem kind;
} senseless[] = {
	{OPTION_ALL_GPUS, "all-gpus", BUILDER, PROBLEM_REFUSED},
	{OPTION_ADDRESSES, "addresses", BUILDER, PROBLEM_REFUSED},
	{OPTION_BY_PATH, "by-path", BUILDER, PROBLEM_REFUSED},
	{OPTION_BOOT_VGA, "boot-vga", BUILDER, PROBLEM_REFUSED},
	{OPTION_ADOPT, "adopt", NODES, PROBLEM_USAGE},
	{OPTION_TRIAL, "trial", NODES, PROBLEM_USAGE},
	{OPTION_GATE, "gate", NODES, PROBLEM_USAGE},
	{OPTION_ALIAS, "alias", NODES, PROBLEM_USAGE},
	{OPTION_PLACEMENT, "placement", NODES, PROBLEM_USAGE},
};

/**
 * struct image_setup - one run
 * @files, @images: what is to be written; dracut's runs, one for each of @kernels
 */
struct image_setup {
	const struct invocation *invocation;
	const struct root *root;
	struct report *report;
	struct change_plan files, images;
	struct text_list kernels;
};

static int check_options(const struct invocation *invocation, struct report *report)
{
	for (size_t i = 0; i < ARRAY_SIZE(senseless); i++)
		if (invocation->value[senseless[i].option])
			return report_problem(report, senseless[i].kind, "--image --%s: %s",
					      senseless[i].name, senseless[i].why);
	return 0;
}

/* What was ever installed has a boot loader's entries, or its file. */
static int check_tree(const struct root *root, struct report *report)
{
	struct loader loader _cleanup_(loader_free) = loader_places(root);
	const char *place = loader.config ? loader.config : loader.entries;

	if (!place)
		return 0;
	return report_problem(
		report, PROBLEM_REFUSED,
		"--image is for building an image, and this system is installed, since it has /%s; run gpuclaimctl setup without --image",
		place);
}

static int plan_file(struct image_setup *s, const char *path, const char *text)
{
	_cleanup_free_ char *before = NULL;
	int r = content_read_file(s->root, path, &before);

	if (r < 0 || content_equal(before, text))
		return r;
	return change_plan_add(&s->files, &(struct change_step){.kind = CHANGE_FILE,
								.editor = UNDO_WHOLE,
								.path = (char *)path,
								.before = before,
								.after = (char *)text});
}

/* The IDs that are named, whatever this machine has. */
static int plan_named(struct image_setup *s)
{
	const struct selection_request request = {.ids = s->invocation->value[OPTION_IDS]};
	const struct node node = {0};
	const struct candidates candidates = {0};
	struct selection selection _cleanup_(selection_free) = {0};
	int r = selection_make(&node, &candidates, &request, &selection);

	if (r == 0 && selection.refusal)
		return report_problem(s->report, PROBLEM_USAGE, "%s", selection.refusal);
	if (r == 0)
		r = plan_file(s, CONFIG, selection.text);
	return r < 0 ? report_errno(s->report, r, "/" CONFIG) : 0;
}

static bool has_claim(const struct rule *rules, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (rules[i].kind == RULE_CLAIM && rules[i].line)
			return true;
	return false;
}

/* Without a choice the claim lines that the image has are it. */
static int choose(struct image_setup *s, const struct policy *policy)
{
	bool named = s->invocation->value[OPTION_IDS] != NULL;
	_cleanup_free_ char *errors = setup_config_errors(policy, named);

	if (!errors)
		return report_errno(s->report, -ENOMEM, "the configuration can't be printed");
	if (*errors)
		return report_problem(s->report, PROBLEM_USAGE, "%s", errors);
	if (named)
		return plan_named(s);
	if (has_claim(policy->rules, policy->n_rules) ||
	    has_claim(policy->disarmed, policy->n_disarmed))
		return 0;
	return report_problem(
		s->report, PROBLEM_USAGE,
		"no GPU is named: give --ids, or copy a file with claim lines to /usr/lib/gpuclaim/gpuclaim.conf.d");
}

static int plan_config(struct image_setup *s)
{
	struct policy policy;
	int r = policy_read(s->root, &policy);

	if (r < 0)
		return report_errno(s->report, r, "the configuration can't be read");
	r = choose(s, &policy);
	policy_free(&policy);
	return r;
}

static int add_image(struct image_setup *s, const char *dracut, const char *release)
{
	_cleanup_free_ char *kernel = NULL, *image = NULL;
	int r;

	if (asprintf(&kernel, MODULES "/%s/vmlinuz", release) < 0)
		return -ENOMEM;
	if (!root_exists(s->root, kernel))
		return 0;
	if (asprintf(&image, "/" MODULES "/%s/initramfs.img", release) < 0)
		return -ENOMEM;
	r = change_plan_command(&s->images,
				(const char *const[]){dracut, "--force", "--no-hostonly",
						      "--reproducible", image, release, NULL});
	return r < 0 ? r : text_list_add(&s->kernels, "%s", release);
}

/* For any machine, not for the one that builds. */
static int plan_images(struct image_setup *s)
{
	struct text_list releases _cleanup_(text_list_free) = {0};
	char dracut[64];
	int r = folder_list(s->root, MODULES, "", &releases);

	if (s->invocation->value[OPTION_NO_INITRAMFS])
		return 0;
	if (!loader_find_tool(s->root, "dracut", dracut, sizeof(dracut)))
		return report_problem(
			s->report, PROBLEM_REFUSED,
			"dracut is not installed in the image: install it, or leave the initramfs to you with --no-initramfs");
	for (size_t i = 0; i < releases.n && r == 0; i++)
		r = add_image(s, dracut, releases.text[i]);
	if (r < 0)
		return report_errno(s->report, r, "/" MODULES);
	if (s->images.n)
		return 0;
	return report_problem(
		s->report, PROBLEM_REFUSED,
		"no kernel is in /" MODULES
		", where an image has its vmlinuz: install one, or leave its initramfs out with --no-initramfs");
}

static int plan_all(struct image_setup *s)
{
	int r = plan_config(s);

	if (r == 0)
		r = plan_images(s);
	if (r < 0)
		return r;
	r = plan_file(s, PRESET, PRESET_TEXT);
	if (r == 0 && !s->invocation->value[OPTION_NO_KERNEL_ARGS])
		r = plan_file(s, KARGS, KARGS_TEXT);
	if (r == 0)
		r = change_plan_folders(s->root, &s->files);
	return r < 0 ? report_errno(s->report, r, "the run can't be planned") : 0;
}

static int run_files(struct image_setup *s)
{
	struct change_run run _cleanup_(change_run_free) = {.root = s->root};
	int r = change_run_steps(&run, &s->files), told;

	told = report_steps(s->report, &s->files, &run);
	if (r == 0 && told == 0)
		return 0;
	return report_problem(s->report, PROBLEM_FAILED, "%s",
			      run.error ? run.error : strerror(ENOMEM));
}

/* Not assumed: what is inside now. */
static int verify_images(struct image_setup *s)
{
	struct initramfs images _cleanup_(initramfs_free) = {0};
	int r = initramfs_read(s->root, NULL, &images);

	if (r < 0)
		return report_errno(s->report, r, "the initramfs images can't be read");
	for (size_t i = 0; i < images.n; i++)
		if (setup_image_is_wrong(images.kernel[i].state, false))
			return report_problem(s->report, PROBLEM_FAILED,
					      "the new initramfs of %s is not right: %s",
					      images.kernel[i].release, images.kernel[i].why);
	return 0;
}

static int run_images(struct image_setup *s)
{
	int r = 0;

	for (size_t i = 0; i < s->images.n && r == 0; i++) {
		_cleanup_free_ char *title = NULL;

		(void)text_format(&title, "initramfs of %s", s->kernels.text[i]);
		r = title ? setup_build_image(s->root, &s->images.step[i], title, s->report)
			  : report_errno(s->report, -ENOMEM, "the initramfs can't be built");
	}
	return r < 0 || s->images.n == 0 || s->report->no_exec ? r : verify_images(s);
}

static int carry_out(struct image_setup *s)
{
	const char *why = NULL;
	int r;

	if (s->images.n && !s->report->no_exec)
		why = exec_check_root(s->root);
	if (why)
		return report_problem(s->report, PROBLEM_REFUSED, "%s", why);
	r = run_files(s);
	return r == 0 ? run_images(s) : r;
}

static int tell_plan(struct image_setup *s)
{
	int r = change_plan_append(&s->report->actions, &s->files);

	if (r == 0)
		r = change_plan_append(&s->report->actions, &s->images);
	s->report->changed = change_plan_has_work(&s->report->actions);
	return r < 0 ? report_errno(s->report, r, "the plan can't be printed") : 0;
}

int setup_image(const struct invocation *invocation, struct report *report)
{
	struct image_setup s = {
		.invocation = invocation, .root = invocation->root, .report = report};
	int r = check_options(invocation, report);

	if (r == 0)
		r = check_tree(s.root, report);
	if (r == 0)
		r = plan_all(&s);
	if (r == 0)
		r = report->dry_run ? tell_plan(&s) : carry_out(&s);
	change_plan_free(&s.files);
	change_plan_free(&s.images);
	text_list_free(&s.kernels);
	return r;
}
