/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verb status: reads, prints, ends with what it found. */
#include <string.h>

#include "ctl/change/edit.h"
#include "ctl/status/journal.h"
#include "ctl/status/json.h"
#include "ctl/status/prometheus.h"
#include "ctl/status/status.h"
#include "ctl/status/text.h"
#include "ctl/verb.h"
#include "ctl/verbs/nova.h"
#include "helper/base/text_buffer.h"

static int print(const struct status *status, const struct invocation *invocation, FILE *to)
{
	struct table_style style = {.columns = invocation->value[OPTION_COLUMNS],
				    .no_headings = invocation->value[OPTION_NO_HEADINGS]};

	if (invocation->quiet)
		return 0;
	if (invocation->value[OPTION_PROMETHEUS])
		return status_print_prometheus(status, to);
	if (invocation->json)
		return status_print_json(status, to);
	return status_print_text(status, invocation->verbose, &style, to);
}

/* What is for people is for the journal, too. */
static int tell_journal(const struct status *status, const struct invocation *invocation)
{
	if (invocation->quiet || invocation->json || invocation->value[OPTION_PROMETHEUS])
		return 0;
	return status_tell_journal(status);
}

/* Whoever reads the file meanwhile sees the old report or the new one, whole. */
static int print_file(const struct status *status, const struct invocation *invocation)
{
	const char *path = invocation->value[OPTION_OUTPUT];
	struct text_buffer buffer _cleanup_(text_buffer_free) = {0};
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

/* A node without a GPU is not ready, which is no failure where that was said to be all right. */
static bool is_accepted(const struct readiness *readiness, const struct invocation *invocation)
{
	return readiness->ready || (readiness->without_gpu && invocation->value[OPTION_ALLOW_NONE]);
}

/* It tells itself what went wrong with it; whether the node is ready is another matter. */
static bool refresh(const struct invocation *invocation)
{
	struct invocation of_nova = {
		.root = invocation->root,
		.action = "refresh",
		.quiet = invocation->quiet || invocation->json ||
			 invocation->value[OPTION_PROMETHEUS],
	};

	return nova_refresh(&of_nova);
}

/* Hints are told where all is told. */
static struct status begin(const struct invocation *invocation)
{
	return (struct status){.root = invocation->root,
			       .hinted = !invocation->quiet &&
					 (invocation->json || invocation->verbose)};
}

/* What is read while all that is to come is waited for holds, unless the drop-in is another then.
 */
static int look(const struct invocation *invocation, struct status *status)
{
	int r = status_read(status, invocation->wait_s);

	if (r < 0 || !invocation->value[OPTION_REFRESH] || !refresh(invocation))
		return r;
	status_free(status);
	*status = begin(invocation);
	return status_read(status, 0);
}

static enum exit_code run(const struct invocation *invocation)
{
	struct status status = begin(invocation);
	enum exit_code code;
	int r;

	r = look(invocation, &status);
	if (r < 0) {
		fprintf(stderr, "gpuclaimctl: status: the node can't be looked at: %s\n",
			strerror(-r));
		return EXIT_CODE_FAILED;
	}

	code = is_accepted(&status.readiness, invocation) ? EXIT_CODE_OK : EXIT_CODE_NOT_READY;
	if (invocation->value[OPTION_OUTPUT]) {
		r = print_file(&status, invocation);
	} else {
		r = print(&status, invocation, stdout);
		if (r == 0)
			r = tell_journal(&status, invocation);
		if (r < 0)
			fprintf(stderr, "gpuclaimctl: status: it can't be printed: %s\n",
				strerror(-r));
	}
	status_free(&status);
	return r < 0 ? EXIT_CODE_FAILED : code;
}

static const struct accepted options[] = {
	{.option = OPTION_WAIT, .help = "wait until all verdicts are final, SECONDS at most"},
	{.option = OPTION_REFRESH},
	{.option = OPTION_ALLOW_NONE},
	{.option = OPTION_ROOT},
	{.option = OPTION_JSON},
	{.option = OPTION_PROMETHEUS},
	{.option = OPTION_OUTPUT, .help = "write the output to FILE, whole or not at all"},
	{.option = OPTION_QUIET, .help = "print nothing: the exit status is the answer"},
	{.option = OPTION_VERBOSE, .help = "show the checks that pass or are skipped, too"},
	{.option = OPTION_COLUMNS, .words = status_columns},
	{.option = OPTION_NO_HEADINGS},
};

const struct verb verb_status = {
	.name = "status",
	.summary = "is this node ready? every check, with reason and remedy",
	.about =
		"Tell whether this node's GPUs are ready for guests: first \"ready\" or\n"
		"\"not ready: REASON [CHECK]\", then each other check that does not pass with its remedy,\n"
		"then the devices. It reads this boot's record, the configuration, sysfs and the initramfs\n"
		"images, changes nothing (but for --refresh) and opens no device.",
	.exits = "0 ready; 3 not ready; 1 the node can't be looked at; 2 wrong usage.",
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.run = run,
};
