/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/status/status.h"

#include "ctl/hints/read.h"
#include "ctl/initramfs/find.h"
#include "ctl/initramfs/images.h"
#include "ctl/status/monitor.h"
#include "ctl/status/whitelist.h"

static void forget(struct status *status)
{
	sync_state_free(&status->synced);
	sync_record_free(&status->reserved);
	free(status->use);
	status->use = NULL;
	hints_free(&status->hints);
	readiness_free(&status->readiness);
	nova_node_free(&status->nova);
	gpu_users_free(&status->users);
	node_free(&status->node);
}

static int open_images(struct status *status)
{
	const struct kargs_view *boot = &status->node.boot;
	int r = initramfs_find(status->root, &boot->loader, &boot->lines, &status->images);

	if (r == 0)
		r = initramfs_open(status->root, &status->images);
	status->opened = r == 0;
	return r;
}

/* Of each device, whoever gave it its driver. */
static int find_guests(struct status *status)
{
	const struct node *g = &status->node;
	size_t n = g->facts.n_devices;
	_cleanup_free_ struct bound_function *function = calloc(n + 1, sizeof(*function));

	status->use = calloc(n + 1, sizeof(*status->use));
	if (!function || !status->use)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		function[i] = (struct bound_function){
			.address = g->device[i].address,
			.class_code = g->assessment.machine.function[g->function[i]].id.class_code,
			.driver = g->device[i].driver,
			.group = g->device[i].group,
		};
	return guests_find(status->root, function, n, status->use);
}

static int read_hints(struct status *status)
{
	struct oslo_values dedicated = {0};
	int r = oslo_config_single(&status->nova.effective.config,
				   effective_option(NOVA_OPTION_DEDICATED), &dedicated);

	if (r == 0)
		r = hints_read(status->root, &status->node.facts,
			       dedicated.n ? dedicated.value[0].text : NULL, &status->hints);
	oslo_values_free(&dedicated);
	return r;
}

/* A record that can't be read says nothing; `nova sync` tells of it. */
static int read_reserved(struct status *status)
{
	int r = sync_record_read(status->root, &status->reserved);

	status->reserved_known = r == 0;
	if (r == -ENOMEM)
		return r;
	return sync_state_read(status->root, &status->synced);
}

static int look(struct status *status)
{
	struct facts *facts = &status->node.facts;
	int error, r;

	r = node_read_as(status->root, NULL, status->hinted, &status->node);
	if (r < 0)
		return r;
	r = node_read_host(status->root, &status->node);
	if (r == 0)
		r = node_read_boot(status->root, &status->node);
	if (r == 0)
		r = node_read_recipes(status->root, &status->node);
	if (r == 0 && !status->opened)
		r = open_images(status);
	if (r == 0)
		r = node_users(status->root, &status->node, &status->users);
	if (r < 0) {
		node_free(&status->node);
		return r;
	}
	facts->images = &status->images;
	facts->users = &status->users;
	error = nova_node_read(status->root,
			       &(struct nova_look){.if_configured = true,
						   .machine = &status->node.assessment.machine},
			       &status->nova);
	r = whitelist_check(&status->nova, error, facts, &status->whitelist);
	facts->whitelist = &status->whitelist;
	if (r == 0)
		r = readiness_judge(facts, &status->readiness);
	if (r == 0 && status->hinted)
		r = read_hints(status);
	if (r == 0)
		r = find_guests(status);
	if (r == 0)
		r = read_reserved(status);
	if (r < 0)
		forget(status);
	return r;
}

void status_free(struct status *status)
{
	forget(status);
	initramfs_free(&status->images);
}

/* Look again whenever something happened, until nothing more is to come. */
static int wait_until_final(struct status *status, unsigned wait_s)
{
	_cleanup_(monitor_close) struct monitor *monitor = NULL;
	int64_t deadline_ms = monotonic_ms() + (int64_t)wait_s * 1000;
	int r;

	r = monitor_open(&monitor);
	if (r < 0)
		return r;
	/* Only now: what happens after this look is not missed. */
	r = look(status);
	while (r == 0 && !status->readiness.final) {
		r = monitor_wait(monitor, deadline_ms);
		if (r == 0)
			return 0;
		forget(status);
		if (r > 0)
			r = look(status);
	}
	return r;
}

int status_read(struct status *status, unsigned wait_s)
{
	/* A tree that is not the machine's has no events. */
	int r = wait_s && !status->root->confined ? wait_until_final(status, wait_s) : look(status);

	if (r < 0)
		initramfs_free(&status->images);
	return r;
}
