/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/nova/apply.h"

#include <stdio.h>
#include <string.h>

#include "ctl/change/content.h"
#include "ctl/change/edit.h"
#include "ctl/nova/ask.h"
#include "ctl/nova/facts.h"
#include "ctl/nova/reach.h"
#include "ctl/nova/report_line.h"
#include "ctl/verify/dropin_path.h"
#include "helper/base/root.h"
#include "helper/base/text.h"

static int read_if_there(const struct root *root, const char *path, char **ret)
{
	int r = root_read_text(root, path, ret);

	return r == -ENOENT ? 0 : r;
}

int nova_dropin_read(const struct root *root, struct nova_dropin_change *change)
{
	int r = nova_dropin_path(root, &change->path);

	return r < 0 ? r : read_if_there(root, change->path, &change->before);
}

/* Only what we wrote, as we wrote it, is written over. */
static int check_ours(struct nova_dropin_change *change)
{
	struct nova_dropin dropin;

	if (!change->before)
		return 0;
	if (nova_dropin_parse(change->before, &dropin) < 0)
		return nova_change_refuse(
			change,
			"/%s is there and gpuclaimctl did not write it: move it away, or choose another with --output",
			change->path);
	if (!dropin.intact)
		return nova_change_refuse(
			change,
			"/%s was edited since gpuclaimctl wrote it: move it away, or run `gpuclaimctl nova revert`, which leaves what others wrote in it",
			change->path);
	return 0;
}

static int take_notes(const struct nova_plan *plan, struct nova_dropin_change *change)
{
	int r = 0;

	change->n_ready = plan->n_specs;
	for (size_t i = 0; i < plan->notes.n && r == 0; i++)
		r = text_list_add(&change->notes, "%s", plan->notes.text[i]);
	return r;
}

static int make_text(const struct root *root, const struct nova_options *options,
		     const char *config_text, struct nova_dropin_change *change)
{
	struct nova_plan plan _cleanup_(nova_plan_free) = {0};
	struct node node _cleanup_(node_free) = {0};
	const struct nova_question question = {root, options->release, &node.assessment.machine,
					       NULL};
	int r = nova_plan_look(root, options, config_text, &node, &plan);

	if (r == -EOPNOTSUPP)
		return nova_change_refuse(change, "%s", nova_plan_refusal(root, options));
	if (r == 0 && node.facts.machine && plan.n_aliases == 0)
		return nova_change_refuse(
			change, "no GPU is ready for Nova; `gpuclaimctl status` says why");
	if (r == 0)
		r = nova_ask_render(&question, &plan, change);
	return r < 0 || change->refusal ? r : take_notes(&plan, change);
}

/* Two of them would give each alias twice, which Nova refuses with Placement. */
static int set_output(const char *output, struct nova_dropin_change *change)
{
	const char *path = output + strspn(output, "/");
	struct nova_dropin dropin;

	if (strcmp(path, change->path) == 0)
		return 0;
	if (change->before && nova_dropin_parse(change->before, &dropin) == 0 && !dropin.reverted)
		return nova_change_refuse(change,
					  "the drop-in is /%s: run `gpuclaimctl nova revert` first",
					  change->path);
	free(change->path);
	free(change->before);
	change->before = NULL;
	return text_copy(path, &change->path);
}

/* A drop-in that is gone since may have been read. */
static int was_reported(const struct root *root, bool *ret)
{
	struct undo undo _cleanup_(undo_free) = {0};
	int r = undo_read(root, NOVA_RECORD, &undo);

	*ret = false;
	for (size_t i = 0; i < undo.n; i++)
		*ret |= nova_dropin_reports(undo.file[i].after);
	return r;
}

/*
 * Of a line that is there already, that was there before, and that another file has, too, nothing
 * new is known.
 */
static int stamp(const struct root *root, const struct nova_dropin_change *change,
		 struct nova_options *options)
{
	struct nova_report_facts facts;
	bool reported;
	int r;

	if (!options->placement || nova_dropin_reports(change->before))
		return 0;
	r = was_reported(root, &reported);
	if (r < 0 || reported)
		return r;
	r = nova_report_read(root, change->path, &facts);
	if (r == 0 && facts.readable && !facts.elsewhere)
		options->since = facts.runs.now;
	return r;
}

static int prepare_apply(const struct root *root, struct nova_options *options, const char *output,
			 const char *config_text, struct nova_dropin_change *change)
{
	int r = nova_dropin_read(root, change);

	if (r == 0)
		r = stamp(root, change, options);
	if (r == 0 && output)
		r = set_output(output, change);
	if (r == 0 && output && !change->refusal && !change->before)
		r = read_if_there(root, change->path, &change->before);
	if (r == 0 && !change->refusal)
		r = check_ours(change);
	if (r == 0 && !change->refusal && !output)
		r = nova_reach_deployment(root, change);
	if (r == 0 && !change->refusal)
		r = make_text(root, options, config_text, change);
	if (r == 0 && !change->refusal)
		r = nova_reach_check(root, output, change);
	return r;
}

int nova_apply_prepare(const struct root *root, const struct nova_options *options,
		       const char *output, const char *config_text, struct nova_dropin_change *ret)
{
	struct nova_dropin_change change _cleanup_(nova_dropin_change_free) = {0};
	struct nova_options stamped = *options;
	int r = prepare_apply(root, &stamped, output, config_text, &change);

	return HAND_OVER(r, ret, change);
}

/* Aliases stay as they are: a model that came later has none, until it is applied again. */
static int note_unnamed(const struct nova_plan *plan, struct nova_dropin_change *change)
{
	int r = 0;

	for (size_t i = 0; i < plan->n_aliases && r == 0; i++) {
		const struct nova_alias *alias = &plan->alias[i];
		char ids[128];

		(void)snprintf(
			ids, sizeof(ids),
			"\"vendor_id\":\"%04x\",\"product_id\":\"%04x\",\"device_type\":\"%s\"",
			alias->id.vendor, alias->id.device, nova_alias_type(alias));
		if (alias->schedulable && !strstr(change->after, ids))
			r = text_list_add(
				&change->notes,
				"no alias asks for %04x:%04x, %s: `gpuclaimctl nova apply` adds one",
				alias->id.vendor, alias->id.device, nova_alias_type(alias));
	}
	return r;
}

/* What is to be added is asked for; what fell out goes in any case. */
static int only_shrink(struct nova_dropin_change *change)
{
	_cleanup_free_ char *refusal = TAKE_PTR(change->refusal), *after = TAKE_PTR(change->after);
	int r = text_list_add(&change->notes, "nothing is added to /%s: %s", change->path, refusal);

	return r < 0 ? r
		     : nova_dropin_shrink(change->before, after ? after : change->before,
					  &change->after, &change->n_ready);
}

static int refresh_specs(const struct nova_question *question, const struct nova_plan *plan,
			 struct nova_dropin_change *change)
{
	int r = nova_dropin_refresh(change->before, plan, &change->after);

	if (r < 0 || content_equal(change->before, change->after))
		return r;
	return nova_ask(question, change, &change->refusal);
}

static int refresh_intact(const struct root *root, const struct nova_dropin *dropin,
			  struct nova_dropin_change *change)
{
	struct nova_plan plan _cleanup_(nova_plan_free) = {0};
	struct node node _cleanup_(node_free) = {0};
	const struct nova_question question = {root, dropin->options.release,
					       &node.assessment.machine, NULL};
	int r = nova_plan_look(root, &dropin->options, NULL, &node, &plan);

	if (r < 0)
		return r;
	/* It was made where no GPU was known, below an image's root. */
	if (!nova_dropin_has_aliases(change->before))
		r = nova_ask_render(&question, &plan, change);
	else
		r = refresh_specs(&question, &plan, change);
	if (r == 0)
		r = take_notes(&plan, change);
	if (r == 0 && change->refusal)
		r = only_shrink(change);
	return r < 0 ? r : note_unnamed(&plan, change);
}

static int prepare_refresh(const struct root *root, struct nova_dropin_change *change)
{
	struct nova_dropin dropin;
	int r = nova_dropin_read(root, change);

	if (r < 0)
		return r;
	if (!change->before || nova_dropin_parse(change->before, &dropin) < 0 || dropin.reverted)
		return text_copy(change->before, &change->after);
	if (dropin.intact)
		return refresh_intact(root, &dropin, change);
	r = text_list_add(&change->notes,
			  "/%s was edited: it is left as it is, whatever GPUs are ready",
			  change->path);
	return r < 0 ? r : text_copy(change->before, &change->after);
}

int nova_refresh_prepare(const struct root *root, struct nova_dropin_change *ret)
{
	struct nova_dropin_change change _cleanup_(nova_dropin_change_free) = {0};
	int r = prepare_refresh(root, &change);

	return HAND_OVER(r, ret, change);
}

/* What stays, why, and how to be rid of it. */
static int note_kept(const struct nova_report_facts *facts, enum nova_report_fate fate, bool edited,
		     struct nova_dropin_change *change)
{
	static const char *const remedies[] = {
		"`gpuclaimctl nova revert --placement`, which takes it out where none is left",
		"take the line out by hand once `openstack resource provider list` has none",
	};
	char why[NOVA_REPORT_WHY_MAX];
	int r = text_list_add(
		&change->notes,
		"/%s keeps report_in_placement = true: nova-compute does not start without it while Placement has PCI devices of this node, and %s",
		change->path, nova_report_why(facts, fate, why));

	if (r < 0)
		return r;
	if (fate == NOVA_REPORT_STARTING)
		return text_list_add(
			&change->notes,
			"to remove it: wait until nova-compute has run for 5 minutes, then %s",
			remedies[edited]);
	if (fate == NOVA_REPORT_UNKNOWN && facts->contained)
		return text_list_add(&change->notes, "to remove it, ask Placement: %s",
				     remedies[edited]);
	return text_list_add(
		&change->notes,
		"to remove it: restart nova-compute with this file, which takes the devices that no server has out of Placement, wait 5 minutes, then %s",
		remedies[edited]);
}

static int revert_text(const char *ours, const struct nova_report_facts *facts,
		       struct nova_dropin_change *change)
{
	struct nova_report_facts all = *facts;
	enum nova_report_fate fate;
	struct nova_dropin dropin = {0};
	int r = nova_dropin_parse(change->before, &dropin);

	/* A file without a word of ours is not ours to change. */
	if (!ours && r < 0)
		return text_copy(change->before, &change->after);
	if (!ours && !dropin.intact)
		return nova_change_refuse(
			change,
			"/%s was edited, and there is no record of what it was before: take the lines out by hand",
			change->path);
	all.since = dropin.options.since;
	all.reverted = dropin.reverted && dropin.intact;
	fate = nova_report_fate(&all);
	r = nova_dropin_revert(change->before, ours ? ours : "", fate != NOVA_REPORT_GOES,
			       &change->after);
	if (r < 0 || fate == NOVA_REPORT_GOES || !nova_dropin_reports(change->before))
		return r;
	return note_kept(&all, fate, !dropin.intact, change);
}

static int revert_file(const struct root *root, const char *ours, enum nova_answer placement,
		       struct nova_dropin_change *change)
{
	struct nova_report_facts facts = {0};
	int r = 0;

	if (nova_dropin_reports(change->before))
		r = nova_report_read(root, change->path, &facts);
	facts.placement = placement;
	return r < 0 ? r : revert_text(ours, &facts, change);
}

static int prepare_revert(const struct root *root, enum nova_answer placement,
			  struct nova_dropin_change *change)
{
	struct undo undo _cleanup_(undo_free) = {0};
	int r = undo_read(root, NOVA_RECORD, &undo);

	if (r == 0)
		r = nova_dropin_read(root, change);
	if (r < 0)
		return r;
	change->forget = undo.n > 0;
	return change->before
		       ? revert_file(root, undo.n ? undo.file[0].after : NULL, placement, change)
		       : 0;
}

int nova_revert_prepare(const struct root *root, enum nova_answer placement,
			struct nova_dropin_change *ret)
{
	struct nova_dropin_change change _cleanup_(nova_dropin_change_free) = {0};
	int r = prepare_revert(root, placement, &change);

	return HAND_OVER(r, ret, change);
}

static int prepare_known(const struct root *root, struct nova_dropin_change *change)
{
	int r = text_copy(NOVA_DROPIN_PATH, &change->path);

	change->no_record = true;
	if (r == 0)
		r = read_if_there(root, change->path, &change->before);
	return r < 0 || !change->before ? r : revert_file(root, NULL, NOVA_NOT_ASKED, change);
}

int nova_revert_known(const struct root *root, struct nova_dropin_change *ret)
{
	struct nova_dropin_change change _cleanup_(nova_dropin_change_free) = {0};
	int r = prepare_known(root, &change);

	return HAND_OVER(r, ret, change);
}

bool nova_dropin_change_has_work(const struct nova_dropin_change *change)
{
	return !content_equal(change->before, change->after) || change->forget;
}

int nova_dropin_change_plan(const struct root *root, const struct nova_dropin_change *change,
			    struct change_plan *plan)
{
	int r;

	if (content_equal(change->before, change->after))
		return 0;
	r = change_plan_add(
		plan, &(struct change_step){.kind = CHANGE_FILE,
					    .path = change->path,
					    .before = change->before,
					    .after = change->after,
					    .group = change->has_group ? change->group : (gid_t)-1,
					    .mode = change->has_group ? 0640 : 0,
					    .ours = true});
	return r < 0 ? r : change_plan_check_links(root, plan);
}

/* The record is of one file: another path's is not there any more, unless this fails. */
static int apply(const struct nova_dropin_change *change, const struct change_plan *plan,
		 struct change_run *run)
{
	struct undo other _cleanup_(undo_free) = {0};
	int r;

	if (!undo_find(&run->undo, change->path)) {
		other = run->undo;
		run->undo = (struct undo){0};
	}
	r = change_run_apply(run, plan);
	if (r < 0 && run->nothing_changed && other.n > 0)
		run->nothing_changed = undo_write(run->root, NOVA_RECORD, &other) == 0;
	return r;
}

int nova_dropin_change_run(const struct nova_dropin_change *change, const struct change_plan *plan,
			   struct change_run *run)
{
	int r = change->no_record ? 0 : undo_read(run->root, NOVA_RECORD, &run->undo);

	run->record = NOVA_RECORD;
	if (r == 0 && change->no_record) {
		r = change_run_steps(run, plan);
	} else if (r == 0 && change->forget) {
		return change_run_revert(run, plan);
	} else if (r == 0 && plan->n > 0) {
		return apply(change, plan, run);
	} else if (r == 0 && run->undo.open) {
		/* A run was cut off after its last step: where that can't be noted now, then later.
		 */
		r = change_run_close(run, plan);
		r = edit_is_refusal(r) ? 0 : r;
	}
	run->nothing_changed = r < 0 && run->done.n == 0;
	return r;
}
