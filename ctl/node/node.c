/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/node/node.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "ctl/initramfs/find.h"
#include "ctl/machine/attributes.h"
#include "ctl/machine/board.h"
#include "ctl/node/device_read.h"
#include "ctl/node/left_behind.h"
#include "ctl/node/unread.h"
#include "ctl/recipes/unsafe.h"
#include "helper/base/folder.h"
#include "helper/claim/claim.h"
#include "helper/claim/judge.h"
#include "helper/policy/conf_files.h"

/* A chroot has a sys, but an empty one: that is no machine. One that can't be read may be one. */
static bool has_machine(const struct root *root, struct facts *facts)
{
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;
	int r = root_open_dir(root, "sys", &dir);

	while (r == 0 && (entry = root_next(dir, &r)))
		if (entry->d_name[0] != '.')
			return true;
	unread_note(facts, "sys", r);
	return r < 0 && !root_is_absent(r);
}

/* Of this boot; what was read with the function's details is not read again. */
static bool read_record(const struct root *root, const struct node *g, const struct function *f,
			struct record *ret)
{
	char a[PCI_ADDRESS_MAX];

	if (f->detail && f->detail->has_record) {
		*ret = f->detail->record;
		return true;
	}
	return folder_may_have(&g->records, pci_address_format(&f->id.address, a)) &&
	       record_read(root, &f->id.address, g->assessment.machine.boot_id, ret) == 0;
}

/* What sysfs shows as settled counts; for the rest the record says why not, else the decision. */
static void take_verdict(const struct root *root, const struct node *g, const struct outcome *o,
			 struct device_facts *d)
{
	bool settled = verdict_is_claim(o->verdict) && !o->act;
	struct record record;
	bool has_record =
		read_record(root, g, &g->assessment.machine.function[o->function], &record);

	d->from_record = has_record && (!settled || verdict_is_claim(record.verdict));
	d->verdict = d->from_record ? record.verdict : o->verdict;
	snprintf(d->why, sizeof(d->why), "%s", d->from_record ? record.why : o->why);
	d->kept = d->from_record ? record.kept : o->kept;
	if (has_record && verdict_is_claim(record.verdict))
		d->then = record.vitals;
	d->pending = o->act && !d->driver[0] &&
		     (o->verdict == VERDICT_CLAIMED || o->verdict == VERDICT_DRIVER_MISSING);
	device_read_gone_modules(root, d);
}

static bool is_mismatched(const struct policy *policy, const struct function_id *id)
{
	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct rule *rule = &policy->rules[i];

		if (rule->kind == RULE_CLAIM && rule_is_at(rule, &id->address))
			return !rule_matches_id(rule, id);
	}
	return false;
}

/* Of a claim that stands, or that is to be. */
static void describe_selected(const struct node *g, const struct function *f,
			      struct device_facts *d)
{
	memcpy(d->wanted, f->detail->wanted, sizeof(d->wanted));
	/* Our claim stands, also where another driver would be wanted by now. */
	if (judge_stands(f))
		memcpy(d->wanted, f->detail->record.driver, sizeof(d->wanted));
	device_read_blocker(&g->assessment.machine, f, d);
	d->framebuffer = f->detail->framebuffer;
	d->builtin = f->detail->builtin;
	d->vfs = f->detail->vfs;
}

/* A function of a unit, or with no unit what a rule names. */
static void add_device(struct node *g, const struct unit *unit, const struct outcome *o)
{
	const struct assessment *a = &g->assessment;
	const struct function *f = &a->machine.function[o->function];
	struct device_facts *d = &g->device[g->facts.n_devices];

	g->function[g->facts.n_devices++] = o->function;
	*d = (struct device_facts){.address = f->id.address, .gpu = f->id.address};
	if (f->driver)
		snprintf(d->driver, sizeof(d->driver), "%s", f->driver);
	if (unit) {
		d->in_unit = true;
		d->gpu = a->machine.function[unit->gpu].id.address;
		d->companion = o->function != unit->gpu;
		/* Only an address names a virtual function. */
		d->selected = unit_is_wanted(unit) && o->verdict != VERDICT_NOT_SELECTED;
	}
	d->fabric = pci_class_is_fabric(f->id.class_code);
	d->nameless = f->unread;
	d->mismatched = o->verdict != VERDICT_SKIPPED && is_mismatched(&a->policy, &f->id);
	/* gpuclaimctl claim took it, and the configuration need not select it. */
	if (unit && f->detail && judge_stands(f) &&
	    strcmp(f->detail->record.stage, RECORD_STAGE_LIVE) == 0)
		d->selected = true;
	if (d->selected && f->detail)
		describe_selected(g, f, d);
}

/* What the decision does not ask. */
static void read_device(const struct root *root, struct node *g, size_t i)
{
	const struct assessment *a = &g->assessment;
	const struct function *f = &a->machine.function[g->function[i]];
	struct device_facts *d = &g->device[i];

	take_verdict(root, g, decision_of(&a->decision, g->function[i]), d);
	device_read_group(root, g->device, i);
	d->groupless = g->facts.access.groupless;
	d->needs_own = d->groupless || g->facts.access.guests_use_iommufd;
	if (d->selected && f->detail) {
		d->health = health_read(root, &d->address, &f->detail->header, g->ats);
		/* Who asks while it is reset waits. */
		if (d->then.known && !d->health.dead && !d->health.resetting)
			d->now = vitals_read(root, &d->address, !d->health.cold);
		device_read_cdev(root, d);
	}
}

static int read_drivers(const struct root *root, struct assessment *a)
{
	int r = 0;

	for (size_t i = 0; i < a->decision.n_outcomes && r == 0; i++)
		r = machine_read_driver(root, &a->machine, a->decision.outcome[i].function);
	return r;
}

static int add_devices(struct node *g)
{
	const struct assessment *a = &g->assessment;

	g->device = calloc(a->decision.n_outcomes + 1, sizeof(*g->device));
	g->function = calloc(a->decision.n_outcomes + 1, sizeof(*g->function));
	if (!g->device || !g->function)
		return -ENOMEM;

	for (size_t u = 0; u < a->units.n_units; u++) {
		const struct unit *unit = &a->units.unit[u];

		for (size_t k = 0; k < unit->n_functions; k++) {
			const struct outcome *o = decision_of(&a->decision, unit->function[k]);

			if (o)
				add_device(g, unit, o);
		}
	}
	for (size_t i = 0; i < a->decision.n_outcomes; i++)
		if (a->decision.outcome[i].unit == NO_FUNCTION)
			add_device(g, NULL, &a->decision.outcome[i]);
	return 0;
}

static int find_idle(struct node *g)
{
	const struct units *units = &g->assessment.units;
	int r;

	for (size_t u = 0; u < units->n_units; u++)
		g->facts.waiting += units->unit[u].disarmed && !units->unit[u].skip &&
				    !unit_is_wanted(&units->unit[u]);
	r = idle_lines_find(&g->assessment, &g->idle, &g->facts.n_idle);
	/* In a tree that is no machine nothing is at any place. */
	return r == 0 && g->facts.machine
		       ? stray_skips_find(&g->assessment, &g->stray, &g->facts.n_stray)
		       : r;
}

static int list_records(const struct root *root, struct node *g)
{
	_cleanup_closedir_ DIR *dir = NULL;
	int r = root_open_dir(root, RECORD_DIR, &dir);

	unread_note(&g->facts, RECORD_DIR, r);
	return root_is_absent(r) ? 0 : folder_names_take(dir, &g->records);
}

static int decide(const struct root *root, const char *config_text, struct assessment *a)
{
	int r;

	if (!config_text)
		return assess(root, CLAIM_BOOT, a);
	r = policy_read_as(root, strrchr(SELECTION_FILE, '/') + 1, config_text, &a->policy);
	if (r == 0)
		r = assess_machine(root, NULL, a);
	return r < 0 ? r
		     : claim_decide(&a->machine, &a->policy, &a->units, CLAIM_BOOT, &a->decision);
}

/* By the policy that is there now, of the machine that was read. */
static int decide_again(const struct root *root, const struct machine *machine,
			struct policy *policy, struct assessment *a)
{
	int r = 0;

	if (policy) {
		a->policy = *policy;
		*policy = (struct policy){0};
	} else {
		r = policy_read(root, &a->policy);
	}
	if (r == 0)
		r = assess_machine(root, machine, a);
	return r < 0 ? r
		     : claim_decide(&a->machine, &a->policy, &a->units, CLAIM_BOOT, &a->decision);
}

static int read_all(const struct root *root, const char *config_text, struct node *g)
{
	struct facts *facts = &g->facts;
	struct assessment *a = &g->assessment;
	int r = decide(root, config_text, a);

	if (r < 0)
		return r;
	facts->machine = a->machine.n_functions || has_machine(root, facts);
	unread_note_faults(a, facts);
	facts->has_record = run_record_read(root, a->machine.boot_id, &facts->record) == 0;
	facts->iommu = a->machine.iommu;
	facts->remapping_error =
		iommu_interrupt_remapping(root, &facts->iommu, &facts->interrupt_remapping);
	if (facts->remapping_error == -ENOMEM)
		return -ENOMEM;
	unread_note(facts, IRQ_FOLDER, facts->remapping_error);
	vfio_access_read(root, &facts->access);
	unread_note_access(facts);
	r = list_records(root, g);
	if (r == 0)
		r = read_drivers(root, a);
	if (r == 0)
		r = add_devices(g);
	for (size_t i = 0; i < facts->n_devices && r == 0; i++)
		read_device(root, g, i);
	for (size_t i = 0; i < facts->n_devices && r == 0; i++)
		device_read_bus(&a->machine, g->device, facts->n_devices, &g->device[i]);
	if (r == 0)
		r = find_idle(g);
	facts->n_absent = absent_places_count(a);
	if (r == 0)
		r = lost_find(root, &a->machine, &g->records.names, &g->lost, &facts->n_lost);
	return r == 0 ? left_behind_find(root, a, &facts->left) : r;
}

int node_read(const struct root *root, struct node *ret)
{
	return node_read_as(root, NULL, false, ret);
}

int node_read_as(const struct root *root, const char *config_text, bool ats, struct node *ret)
{
	struct node g = {.ats = ats};
	int r;

	r = read_all(root, config_text, &g);
	if (r < 0) {
		node_free(&g);
		return r;
	}
	*ret = g;
	/* It lives where the caller keeps it. */
	ret->facts.policy = &ret->assessment.policy;
	ret->facts.device = ret->device;
	ret->facts.idle = ret->idle;
	ret->facts.stray = ret->stray;
	ret->facts.lost = ret->lost;
	return 0;
}

int node_read_host(const struct root *root, struct node *node)
{
	const struct machine *machine = &node->assessment.machine;
	struct facts *facts = &node->facts;

	host_read(root, &facts->iommu, &facts->host);
	for (size_t i = 0; i < node->facts.n_devices; i++) {
		size_t function = node->function[i];
		struct device_facts *d = &node->device[i];

		d->soldered = place_is_soldered(root, machine, &machine->function[function]);
		d->on_board = board_find(root, machine, function, &d->board);
	}
	return facts->iommu.state != IOMMU_ACTIVE || facts->interrupt_remapping ||
			       facts->host.unsafe_interrupts
		       ? 0
		       : unsafe_interrupts_asked(root, &node->assessment.policy.args,
						 &facts->host.unsafe_interrupts);
}

static int take_boot(const struct kargs_view *boot, struct node *node)
{
	node->facts.trial = trial_state(&boot->marks, node->assessment.policy.trial);
	return next_boot_compare(boot, &node->facts.next_boot);
}

static int read_boot(const struct root *root, const struct kargs_view *known, struct node *node)
{
	node->boot_error = kargs_view_read(root, known, &node->boot);
	return node->boot_error == -ENOMEM ? -ENOMEM : take_boot(&node->boot, node);
}

int node_needs_reboot(const struct root *root, const struct node *before,
		      const struct node_after *after, bool *ret)
{
	struct node g = {.facts = {.machine = before->facts.machine,
				   .has_record = before->facts.has_record,
				   .record = before->facts.record}};
	int r = decide_again(root, &before->assessment.machine, after->policy, &g.assessment);

	if (r == 0)
		r = add_devices(&g);
	if (r == 0)
		r = after->boot ? take_boot(after->boot, &g)
				: read_boot(root, before->boot_error ? NULL : &before->boot, &g);
	g.facts.policy = &g.assessment.policy;
	g.facts.device = g.device;
	if (r == 0)
		*ret = readiness_needs_reboot(&g.facts);
	node_free(&g);
	return r;
}

int node_read_recipes(const struct root *root, struct node *node)
{
	const char *cmdline = NULL;

	for (size_t i = 0; i < node->boot.lines.n; i++)
		if (node->boot.lines.line[i].kind == BOOT_RUNNING)
			cmdline = node->boot.lines.line[i].cmdline;
	node->facts.recipes = &node->recipes;
	return recipes_read(root, cmdline, &node->recipes);
}

int node_read_boot(const struct root *root, struct node *node)
{
	return read_boot(root, NULL, node);
}

int node_find_images(const struct root *root, struct node *node)
{
	return initramfs_find(root, &node->boot.loader, &node->boot.lines, &node->images);
}

int node_users(const struct root *root, const struct node *g, struct gpu_users *ret)
{
	const struct machine *machine = &g->assessment.machine;
	_cleanup_free_ bool *chosen = calloc(machine->n_functions + 1, sizeof(*chosen));
	struct gpu_users users = {0};
	bool any = false;
	int r;

	*ret = users;
	if (!chosen)
		return -ENOMEM;
	for (size_t i = 0; i < g->facts.n_devices; i++) {
		chosen[g->function[i]] = g->device[i].selected;
		any |= g->device[i].selected;
	}
	if (!any)
		return 0;
	r = gpu_users_read(root, machine, chosen, &users);
	if (r == 0)
		r = gpu_users_find(root, &users);
	if (r < 0)
		gpu_users_free(&users);
	else
		*ret = users;
	return r;
}

void node_free(struct node *g)
{
	initramfs_free(&g->images);
	kargs_view_free(&g->boot);
	free(g->device);
	free(g->function);
	free(g->idle);
	free(g->stray);
	free(g->lost);
	folder_names_free(&g->records);
	free(g->facts.left.function);
	recipes_free(&g->recipes);
	assessment_free(&g->assessment);
	*g = (struct node){0};
}
