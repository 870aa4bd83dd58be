/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/setup/plan.h"

#include <stdio.h>
#include <string.h>

#include "ctl/change/content.h"
#include "ctl/change/editor.h"
#include "ctl/change/plan.h"
#include "ctl/initramfs/initramfs.h"
#include "helper/base/text.h"
#include "helper/policy/conf_files.h"

#define UNITS	    SETUP_UNITS "/"
#define WANTS	    UNITS "multi-user.target.wants/" SETUP_UNIT
#define TIMER_WANTS UNITS "timers.target.wants/" SETUP_TIMER

const char setup_gate_text[] =
	"# Written by gpuclaimctl setup --gate=strict; gpuclaimctl undo takes it away.\n"
	"[Unit]\n"
	"Requires=" SETUP_UNIT "\n"
	"After=" SETUP_UNIT "\n";

const char *const setup_gates[SETUP_GATES] = {
	UNITS "nova-compute.service.d/10-gpuclaim.conf",
	UNITS "openstack-nova-compute.service.d/10-gpuclaim.conf",
	UNITS "kolla-nova_compute-container.service.d/10-gpuclaim.conf",
	UNITS "tripleo_nova_compute.service.d/10-gpuclaim.conf",
	UNITS "edpm_nova_compute.service.d/10-gpuclaim.conf",
	UNITS "snap.openstack-hypervisor.nova-compute.service.d/10-gpuclaim.conf",
};

void setup_facts_free(struct setup_facts *facts)
{
	free(facts->config);
	free(facts->unit);
	free(facts->timer);
	for (size_t i = 0; i < SETUP_GATES; i++)
		free(facts->gate[i]);
	*facts = (struct setup_facts){0};
}

/* systemd looks in these, in this order; a link to /dev/null in the first one masks it. */
static int read_unit(const struct root *root, const char *name, bool *ret_masked, char **ret)
{
	static const char *const places[] = {
		SETUP_UNITS,
		"usr/local/lib/systemd/system",
		"usr/lib/systemd/system",
		"lib/systemd/system",
	};
	char target[16];

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		_cleanup_free_ char *path = NULL;
		int r;

		if (text_format(&path, "%s/%s", places[i], name) < 0)
			return -ENOMEM;
		*ret_masked = i == 0 && root_link_target(root, path, target, sizeof(target)) == 0 &&
			      strcmp(target, "/dev/null") == 0;
		if (*ret_masked)
			return 0;
		r = root_look(root, path);
		if (r == 0)
			*ret = TAKE_PTR(path);
		if (!root_is_absent(r))
			return r;
	}
	return 0;
}

static int read_enabled(const struct root *root, const char *path, bool *ret)
{
	_cleanup_free_ char *link = NULL;
	int r = content_read_link(root, path, &link);

	*ret = link || r == -EINVAL;
	return r == -EINVAL ? 0 : r; /* no link, and there: somebody's own way */
}

static int read_facts(const struct root *root, struct setup_facts *facts)
{
	bool masked;
	int r = content_read_file(root, SELECTION_FILE, &facts->config);

	if (r == 0)
		r = read_unit(root, SETUP_UNIT, &facts->masked, &facts->unit);
	if (r == 0)
		r = read_enabled(root, WANTS, &facts->enabled);
	if (r == 0)
		r = read_unit(root, SETUP_TIMER, &masked, &facts->timer);
	if (r == 0)
		r = read_enabled(root, TIMER_WANTS, &facts->timer_enabled);
	for (size_t i = 0; i < SETUP_GATES && r == 0; i++)
		r = content_read_file(root, setup_gates[i], &facts->gate[i]);
	return r;
}

int setup_facts_read(const struct root *root, struct setup_facts *ret)
{
	struct setup_facts facts _cleanup_(setup_facts_free) = {0};
	int r = read_facts(root, &facts);

	return HAND_OVER(r, ret, facts);
}

static int add_file(struct change_plan *plan, enum undo_editor editor, const char *path,
		    const char *before, const char *after)
{
	if (content_equal(before, after))
		return 0;
	return change_plan_add(plan, &(struct change_step){.kind = CHANGE_FILE,
							   .editor = editor,
							   .path = (char *)path,
							   .before = (char *)before,
							   .after = (char *)after});
}

int setup_plan_config(const struct setup_facts *facts, const char *text, struct change_plan *plan)
{
	return add_file(plan, UNDO_WHOLE, SELECTION_FILE, facts->config, text);
}

static int refuse(struct change_plan *plan, const char *text)
{
	plan->refusal = strdup(text);
	return plan->refusal ? 0 : -ENOMEM;
}

static int plan_link(const struct setup_facts *facts, struct change_plan *plan)
{
	char target[128];

	if (facts->masked)
		return text_list_add(
			&plan->warnings, SETUP_UNIT
			" is masked: it stays so, and nothing tells at boot whether the GPUs are ready");
	if (!facts->unit)
		return text_list_add(
			&plan->warnings, SETUP_UNIT
			" is not installed: nothing tells at boot whether the GPUs are ready");
	if (facts->enabled)
		return 0;
	(void)snprintf(target, sizeof(target), "/%s", facts->unit);
	return add_file(plan, UNDO_LINK, WANTS, NULL, target);
}

int setup_plan_unit(const struct setup_facts *facts, enum setup_gate gate, struct change_plan *plan)
{
	int r;

	if (gate == GATE_STRICT && !facts->unit)
		return refuse(
			plan,
			facts->masked
				? "--gate=strict: " SETUP_UNIT
				  " is masked, and nova-compute would never start; unmask it first"
				: "--gate=strict: " SETUP_UNIT
				  " is not installed, and nova-compute would never start; install it first");
	r = plan_link(facts, plan);
	for (size_t i = 0; i < SETUP_GATES && r == 0 && gate != GATE_AS_IS; i++)
		r = add_file(plan, UNDO_WHOLE, setup_gates[i], facts->gate[i],
			     gate == GATE_STRICT ? setup_gate_text : NULL);
	return r;
}

int setup_plan_timer(const struct setup_facts *facts, struct change_plan *plan)
{
	char target[128];

	if (!facts->timer)
		return refuse(plan, "--sync: " SETUP_TIMER
				    " is not installed, or masked: install or unmask it first");
	if (facts->timer_enabled)
		return 0;
	(void)snprintf(target, sizeof(target), "/%s", facts->timer);
	return add_file(plan, UNDO_LINK, TIMER_WANTS, NULL, target);
}

/* As good as it can be. */
static bool is_good(enum initramfs_state state)
{
	return state == INITRAMFS_CURRENT || state == INITRAMFS_NO_DRIVER;
}

bool setup_image_is_due(enum initramfs_state state, bool undo, bool changes)
{
	if (!undo)
		return changes || !is_good(state);
	switch (state) {
	case INITRAMFS_STALE:
	case INITRAMFS_UNREADABLE:
		return true;
	case INITRAMFS_CURRENT:
	case INITRAMFS_WITHOUT_MODULES:
	case INITRAMFS_NO_DRIVER:
		return changes;
	default:
		return false;
	}
}

bool setup_image_is_wrong(enum initramfs_state state, bool undo)
{
	return undo ? state == INITRAMFS_STALE : !is_good(state);
}

int setup_plan_images(const struct initramfs *images, bool undo, bool changes,
		      struct change_plan *plan)
{
	int r = 0;

	for (size_t i = 0; i < images->n && r == 0; i++) {
		char *argv[INITRAMFS_ARGV_MAX] = {NULL};

		if (!setup_image_is_due(images->kernel[i].state, undo, changes))
			continue;
		r = initramfs_command(images, i, argv);
		if (r == 0)
			r = change_plan_command(plan, (const char *const *)argv);
		initramfs_command_free(argv);
	}
	return r;
}

static int plan_back(const struct root *root, const struct undo_file *file,
		     struct change_plan *plan)
{
	_cleanup_free_ char *now = NULL, *target = NULL;
	size_t gone = 0;
	int r = editor_read(root, &(struct arguments){0}, file, &now);

	if (r == 0)
		r = undo_without_ours(file, now, &target, &gone);
	if (r == -EINVAL)
		return text_list_add(
			&plan->warnings,
			"/%s: somebody else has put something there since, and it stays",
			file->path);
	if (r == 0)
		r = undo_warn(file, now, gone, &plan->warnings);
	return r < 0 ? r : add_file(plan, file->editor, file->path, now, target);
}

int setup_plan_undo(const struct root *root, const struct undo *undo, struct change_plan *plan)
{
	int r = 0;

	for (size_t i = undo->n; i-- > 0 && r == 0;)
		if (editor_of(undo->file[i].editor)->thing != THING_RECORD)
			r = plan_back(root, &undo->file[i], plan);
	return r;
}
