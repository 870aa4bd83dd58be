/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/setup/images.h"

#include <stdio.h>
#include <string.h>

#include "ctl/change/exec.h"
#include "ctl/change/run.h"
#include "ctl/initramfs/find.h"
#include "ctl/initramfs/images.h"
#include "ctl/print/progress.h"
#include "ctl/setup/plan.h"
#include "helper/base/text.h"

/* The command, which a person may look at meanwhile. */
static int run_step(struct change_run *run, const struct change_plan *one, const char *title,
		    const struct report *report)
{
	struct progress progress;
	const struct exec_watch watch = {.tell = progress_tell, .context = &progress};
	int r;

	if (report->quiet || report->json || report->no_exec)
		return change_run_steps(run, one);
	progress = progress_begin(stdout, title);
	run->watch = &watch;
	r = change_run_steps(run, one);
	run->watch = NULL;
	progress_end(&progress, r == 0 ? "ok" : r == -EINTR ? "interrupted" : "failed");
	return r;
}

int setup_build_image(const struct root *root, struct change_step *step, const char *title,
		      struct report *report)
{
	struct change_run run _cleanup_(change_run_free) = {.root = root,
							    .no_exec = report->no_exec};
	const struct change_plan one = {.step = step, .n = 1};
	int r;

	if (exec_is_interrupted())
		return report_problem(report, PROBLEM_FAILED, "interrupted before the %s", title);
	r = change_plan_append(&report->actions, &one);
	if (r < 0)
		return report_errno(report, r, "the initramfs can't be built");
	report->changed = true; /* also where it fails half-way */
	r = run_step(&run, &one, title, report);
	if (r == 0 && report->no_exec)
		report_result(report, run.done.text[0]);
	if (r == 0)
		return 0;
	report->output = TAKE_PTR(run.output);
	if (r == -EINTR)
		return report_problem(report, PROBLEM_FAILED, "interrupted while the %s was built",
				      title);
	return report_problem(report, PROBLEM_FAILED, "%s",
			      run.error ? run.error : strerror(ENOMEM));
}

/* Not assumed: what is inside now. */
static int verify(const struct root *root, const struct setup_images *built, struct report *report)
{
	struct initramfs images _cleanup_(initramfs_free) = {0};
	int r = initramfs_look_again(root, built->known, built->images, &images);

	if (r == 0)
		r = initramfs_open(root, &images);
	if (r < 0)
		return report_errno(report, r, "the initramfs images can't be read");
	for (size_t i = 0; i < images.n; i++) {
		const struct initramfs_kernel *kernel = &images.kernel[i];

		if (setup_image_is_wrong(kernel->state, built->undo))
			return report_problem(report, PROBLEM_FAILED,
					      "the new initramfs of %s is not right: %s",
					      kernel->release, kernel->why);
	}
	return 0;
}

int setup_open_images(const struct root *root, const struct setup_images *images)
{
	return images->undo || !images->changes ? initramfs_open(root, images->images) : 0;
}

int setup_build_images(const struct root *root, const struct setup_images *images,
		       struct report *report)
{
	struct change_plan plan _cleanup_(change_plan_free) = {0};
	const struct initramfs_kernel *kernel = images->images->kernel;
	int r = setup_open_images(root, images);

	if (r == 0)
		r = setup_plan_images(images->images, images->undo, images->changes, &plan);
	if (r < 0)
		return report_errno(report, r, "the initramfs images can't be read");
	for (size_t i = 0; i < plan.n && r == 0; i++, kernel++) {
		_cleanup_free_ char *title = NULL;

		/* The plan has them in the order of the kernels. */
		while (!setup_image_is_due(kernel->state, images->undo, images->changes))
			kernel++;
		(void)text_format(&title, "initramfs of %s (%zu of %zu)", kernel->release, i + 1,
				  plan.n);
		r = title ? setup_build_image(root, &plan.step[i], title, report)
			  : report_errno(report, -ENOMEM, "the initramfs can't be built");
	}
	if (r < 0 || plan.n == 0 || report->no_exec)
		return r;
	return verify(root, images, report);
}
