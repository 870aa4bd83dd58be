/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/status/status.h"

#include <string.h>

#include "ctl/change/edit.h"
#include "ctl/initramfs/find.h"
#include "ctl/initramfs/images.h"
#include "ctl/initramfs/images.h"
#include "ctl/status/monitor.h"
#include "ctl/verb.h"
#include "ctl/verify/whitelist.h"
#include "helper/base/text_buffer.h"

static void forget(struct status *status)
{
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

static int look(struct status *status)
{
	struct facts *facts = &status->node.facts;
	int error, r;

	r = node_read(status->root, &status->node);
	if (r < 0)
		return r;
	r = node_read_boot(status->root, &status->node);
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
	error = nova_node_read(status->root, 0, true, &status->nova);
	r = whitelist_check(&status->nova, error, facts, &status->whitelist);
	facts->whitelist = &status->whitelist;
	if (r == 0)
		r = readiness_judge(facts, &status->readiness);
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
	_cleanup_monitor_ struct monitor *monitor = NULL;
	uint64_t deadline_ms = monotonic_ms() + (uint64_t)wait_s * 1000;
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

static int print(const struct status *status, const struct invocation *invocation, FILE *to)
{
	if (invocation->quiet)
		return 0;
	if (invocation->value[OPTION_PROMETHEUS])
		return status_print_prometheus(status, to);
	if (invocation->json)
		return status_print_json(status, to);
	return status_print_text(status, invocation->verbose, to);
}

/* Whoever reads the file meanwhile sees the old report or the new one, whole. */
static int print_file(const struct status *status, const struct invocation *invocation)
{
	const char *path = invocation->value[OPTION_OUTPUT];
	struct text_buffer buffer _cleanup_text_buffer_ = {0};
	_cleanup_free_ char *text = NULL;
	FILE *to = text_stream(&buffer);
	size_t size;
	int r = to ? print(status, invocation, to) : -ENOMEM;

	if (to && fclose(to) != 0 && r == 0)
		r = -ENOMEM;
	if (r == 0)
		r = text_take(&buffer, &text, &size);
	if (r == 0)
		r = edit_replace(invocation->root, path + strspn(path, "/"), text, size);
	if (r < 0)
		fprintf(stderr, "gpuclaimctl: status: %s: it can't be written: %s\n", path,
			strerror(-r));
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

/* A node without a GPU is not ready, which is no failure where that was said to be all right. */
static bool is_accepted(const struct readiness *readiness, const struct invocation *invocation)
{
	return readiness->ready || (readiness->without_gpu && invocation->value[OPTION_ALLOW_NONE]);
}

static enum exit_code run(const struct invocation *invocation)
{
	struct status status = {.root = invocation->root};
	enum exit_code code;
	int r;

	r = status_read(&status, invocation->wait_s);
	if (r < 0) {
		fprintf(stderr, "gpuclaimctl: status: the machine can't be looked at: %s\n",
			strerror(-r));
		return EXIT_CODE_FAILED;
	}

	code = is_accepted(&status.readiness, invocation) ? EXIT_CODE_OK : EXIT_CODE_NOT_READY;
	if (invocation->value[OPTION_OUTPUT]) {
		r = print_file(&status, invocation);
	} else {
		r = print(&status, invocation, stdout);
		if (r < 0)
			fprintf(stderr, "gpuclaimctl: status: it can't be printed: %s\n",
				strerror(-r));
	}
	status_free(&status);
	return r < 0 ? EXIT_CODE_FAILED : code;
}

static const struct accepted options[] = {
	{.option = OPTION_WAIT, .help = "return as soon as nothing more is to come, or then"},
	{.option = OPTION_ALLOW_NONE},
	{.option = OPTION_ROOT},
	{.option = OPTION_JSON},
	{.option = OPTION_PROMETHEUS},
	{.option = OPTION_OUTPUT, .help = "write what would be printed to FILE, by rename"},
	{.option = OPTION_QUIET, .help = "print nothing: the exit status says it"},
	{.option = OPTION_VERBOSE, .help = "tell the checks that pass, too"},
};

const struct verb verb_status = {
	.name = "status",
	.summary = "is this node ready? every check, with reason and remedy",
	.about =
		"Tell whether this node's GPUs are ready for virtual machines: first \"ready\" or\n"
		"\"not ready: REASON\", then each check that does not pass with its remedy, then the\n"
		"devices. It reads this boot's record, the configuration, sysfs and the initramfs\n"
		"images, changes nothing and opens no device.",
	.exits = "0 ready; 3 not ready; 1 the machine can't be looked at; 2 wrong usage.",
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.run = run,
};
