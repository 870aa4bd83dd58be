/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "ctl/change/edit.h"
#include "ctl/nova/apply.h"
#include "ctl/nova/options.h"
#include "ctl/print/diff.h"
#include "ctl/print/json.h"
#include "ctl/verbs/nova_verify.h"

/* One run of an action that changes something. */
struct job {
	const struct invocation *invocation;
	struct nova_dropin_change change;
	struct change_plan plan;
	struct change_run run;
};

static bool is_action(const struct invocation *invocation, const char *name)
{
	return strcmp(invocation->action, name) == 0;
}

static int prepare_apply(struct job *job, enum exit_code *code)
{
	const struct invocation *invocation = job->invocation;
	_cleanup_free_ char *path = NULL;
	struct nova_options options;
	int r = nova_dropin_path(invocation->root, &path);

	if (r < 0)
		return r;
	nova_options_read(invocation->root, path, &options);
	*code = nova_options_parse(invocation, &options);
	if (*code != EXIT_CODE_OK)
		return 0;
	return nova_apply_prepare(invocation->root, &options, invocation->value[OPTION_OUTPUT],
				  NULL, &job->change);
}

static const char *verb_of(const struct nova_dropin_change *change)
{
	if (!change->before)
		return "create";
	return change->after ? "edit" : "remove";
}

static bool file_changes(const struct nova_dropin_change *change)
{
	return (change->before || change->after) &&
	       (!change->before || !change->after || strcmp(change->before, change->after) != 0);
}

static int print_json(const struct job *job, bool changed)
{
	_cleanup_json_ struct json_object *top = json_object_new_object();
	const struct nova_dropin_change *change = &job->change;
	struct json_object *actions_done, *notes, *action;
	_cleanup_free_ char *path = NULL;

	if (asprintf(&path, "/%s", change->path) < 0)
		return -ENOMEM;
	json_object_object_add(top, "version", json_object_new_int(1));
	json_add_bool(top, "changed", changed);
	json_add_bool(top, "reboot_required", false);
	json_add_bool(top, "dry_run", job->invocation->dry_run);
	actions_done = json_add_array(top, "actions");
	if (changed && file_changes(change)) {
		action = json_object_new_object();
		json_add_text(action, "action", verb_of(change));
		json_add_text(action, "file", path);
		json_object_array_add(actions_done, action);
	}
	json_object_object_add(top, "device_specs",
			       json_object_new_int64((int64_t)change->n_ready));
	json_add_text(top, "refusal", change->refusal);
	notes = json_add_array(top, "notes");
	for (size_t i = 0; i < change->notes.n; i++)
		json_object_array_add(notes, json_text(change->notes.text[i]));
	return json_print(top, stdout);
}

static int print_text(const struct job *job, bool changed)
{
	const struct nova_dropin_change *change = &job->change;
	const char *verb = verb_of(change);
	_cleanup_free_ char *path = NULL;

	if (asprintf(&path, "/%s", change->path) < 0)
		return -ENOMEM;
	if (change->refusal)
		return 0;
	if (job->invocation->dry_run)
		return file_changes(change)
			       ? diff_print(path, change->before, change->after, stdout)
			       : 0;
	if (changed && file_changes(change))
		printf("%s%s %s; restart nova-compute for it\n", verb,
		       verb[strlen(verb) - 1] == 'e' ? "d" : "ed", path);
	else if (is_action(job->invocation, "apply"))
		puts("nothing to do: the drop-in is as it should be");
	else
		puts("nothing to do");
	return 0;
}

static enum exit_code report(const struct job *job, bool changed, enum exit_code code)
{
	const struct nova_dropin_change *change = &job->change;
	bool quiet = job->invocation->quiet || job->invocation->json;
	int r = 0;

	if (job->invocation->json)
		r = print_json(job, changed);
	else if (!job->invocation->quiet)
		r = print_text(job, changed);
	if (r < 0)
		return nova_cannot("the report can't be printed", r);
	for (size_t i = 0; i < change->notes.n && !quiet; i++)
		nova_say("%s", change->notes.text[i]);
	if (change->refusal)
		nova_say("%s", change->refusal);
	return code;
}

static enum exit_code run_job(struct job *job)
{
	const struct invocation *invocation = job->invocation;
	enum exit_code code = EXIT_CODE_OK;
	bool changed;
	int r;

	if (is_action(invocation, "apply"))
		r = prepare_apply(job, &code);
	else if (is_action(invocation, "refresh"))
		r = nova_refresh_prepare(invocation->root, &job->change);
	else
		r = nova_revert_prepare(invocation->root, &job->change);
	if (r < 0)
		return nova_cannot("the drop-in can't be made", r);
	if (code != EXIT_CODE_OK)
		return code;
	if (job->change.refusal)
		return report(job, false, EXIT_CODE_REFUSED);
	changed = nova_dropin_change_has_work(&job->change);
	r = nova_dropin_change_plan(job->invocation->root, &job->change, &job->plan);
	if (r == 0 && !invocation->dry_run)
		r = nova_dropin_change_run(&job->change, &job->plan, &job->run);
	if (r < 0)
		return nova_cannot(edit_is_refusal(r)
					   ? "the drop-in can't be changed, all is as it was before"
					   : "the drop-in can't be changed",
				   r);
	return report(job, changed, EXIT_CODE_OK);
}

enum exit_code nova_change(const struct invocation *invocation)
{
	struct job job = {.invocation = invocation, .run = {.root = invocation->root}};
	const char *output = invocation->value[OPTION_OUTPUT];
	_cleanup_close_ int lock = -EBADF;
	enum exit_code code;

	if (output && *output != '/') {
		nova_say("--output: expected an absolute path, not \"%s\"", output);
		return EXIT_CODE_USAGE;
	}
	if (!invocation->dry_run)
		lock = edit_lock(invocation->root);
	if (lock == -EBUSY) {
		nova_say("another gpuclaimctl is at work");
		return EXIT_CODE_LOCKED;
	}
	if (lock < 0 && !invocation->dry_run)
		return nova_cannot("the lock can't be taken", lock);
	code = run_job(&job);
	nova_dropin_change_free(&job.change);
	change_plan_free(&job.plan);
	change_run_free(&job.run);
	return code;
}

enum { SHOW, APPLY, REFRESH, REVERT, VERIFY };

static const struct verb_action actions[] = {
	[SHOW] = {"show", "print what Nova is to be told", nova_show},
	[APPLY] =
		{"apply",
		 "write it for nova-compute, /etc/nova/nova.conf.d/60-gpuclaim.conf; what was asked for before and is not given again stays",
		 nova_change},
	[REFRESH] = {"refresh",
		     "list the GPUs that are ready now in that file, unless it was edited",
		     nova_change},
	[REVERT] = {"revert", "take back what apply did", nova_change},
	[VERIFY] = {"verify",
		    "hold Nova's whole configuration here against the devices, by Nova's own rules",
		    nova_verify},
};

#define MAKING	 (ACTION(SHOW) | ACTION(APPLY))
#define CHANGING (ACTION(APPLY) | ACTION(REFRESH) | ACTION(REVERT))

static const struct accepted options[] = {
	{.option = OPTION_RELEASE, .actions = MAKING | ACTION(VERIFY)},
	{.option = OPTION_PLACEMENT,
	 .help = "PCI devices are reported to Placement, for good; verify: ask it, logged in with OS_TOKEN, OS_CLOUD or an openrc file's variables",
	 .actions = MAKING | ACTION(VERIFY)},
	{.option = OPTION_ALIAS,
	 .help = "what flavors ask for (gpu-VVVV-DDDD); with several models NAME-VVVV-DDDD",
	 .actions = MAKING},
	{.option = OPTION_SHARED_GROUPS, .actions = MAKING},
	{.option = OPTION_NUMA_POLICY, .actions = MAKING},
	{.option = OPTION_TRAITS, .actions = MAKING},
	{.option = OPTION_TAGS, .actions = MAKING},
	{.option = OPTION_FOR, .actions = ACTION(SHOW)},
	{.option = OPTION_FORMAT, .actions = ACTION(SHOW)},
	{.option = OPTION_OUTPUT, .help = "another file", .actions = ACTION(APPLY)},
	{.option = OPTION_ROOT},
	{.option = OPTION_DRY_RUN,
	 .help = "print what would be changed, change nothing",
	 .actions = CHANGING},
	{.option = OPTION_JSON},
	{.option = OPTION_QUIET,
	 .help = "print nothing but errors",
	 .actions = CHANGING | ACTION(VERIFY)},
	{.option = OPTION_VERBOSE, .help = "tell what passes, too", .actions = ACTION(VERIFY)},
};

const struct verb verb_nova = {
	.name = "nova",
	.summary = "tell Nova which GPUs are ready: device_spec, alias, flavors and images",
	.about =
		"Nova believes what its configuration says. These actions make that the truth: they list\n"
		"the GPUs that are ready, by IDs and address, and no others.",
	.exits =
		"0 done, or in order; 1 failed; 2 wrong usage; 3 no GPU is ready, or not in order; 4 refused, nothing changed; 5 another gpuclaimctl is at work.",
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.actions = actions,
	.n_actions = ARRAY_SIZE(actions),
};
