/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verb fleet: reads what many nodes said, folds it, prints it. */
#include <stdio.h>
#include <string.h>

#include "ctl/fleet/html.h"
#include "ctl/fleet/json.h"
#include "ctl/fleet/read.h"
#include "ctl/fleet/text.h"
#include "ctl/verb.h"

static int read_all(const struct invocation *invocation, struct fleet *fleet)
{
	int r = 0;

	for (const char *const *file = invocation->files; *file && r == 0; file++)
		r = fleet_read(invocation->root, *file, fleet);
	return r;
}

static int print(const struct invocation *invocation, const struct fleet *fleet,
		 const struct fleet_summary *summary)
{
	if (invocation->json)
		return fleet_print_json(fleet, summary, stdout);
	if (!invocation->value[OPTION_HTML])
		return fleet_print_text(fleet, summary, invocation->verbose, stdout);
	fleet_print_html(fleet, summary, stdout);
	return 0;
}

static enum exit_code run(const struct invocation *invocation)
{
	const char *reference = invocation->value[OPTION_REFERENCE];
	struct fleet fleet _cleanup_(fleet_free) = {.compared = reference};
	struct fleet_summary summary _cleanup_(fleet_summary_free) = {0};
	int r;

	r = read_all(invocation, &fleet);
	if (r == 0)
		r = fleet_fold(&fleet, reference, &summary);
	for (size_t i = 0; i < fleet.problem.n; i++)
		fprintf(stderr, "gpuclaimctl: fleet: %s\n", fleet.problem.text[i]);
	if (r == 0)
		r = print(invocation, &fleet, &summary);
	if (r < 0)
		fprintf(stderr, "gpuclaimctl: fleet: the report can't be printed: %s\n",
			strerror(-r));
	return r < 0 || fleet.problem.n ? EXIT_CODE_FAILED : EXIT_CODE_OK;
}

static const struct accepted options[] = {
	{.option = OPTION_REFERENCE},
	{.option = OPTION_HTML},
	{.option = OPTION_JSON},
	{.option = OPTION_VERBOSE, .help = "list the nodes that are ready, too, and all names"},
	{.option = OPTION_ROOT},
};

const struct verb verb_fleet = {
	.name = "fleet",
	.summary = "many nodes' status --json as one report",
	.about =
		"Fold what gpuclaimctl status --json printed on many nodes: nodes by state, GPUs by\n"
		"model and Nova's alias, the checks that fail and where. A file holds one report or\n"
		"many, one behind the other; of a folder each file is read; \"-\" is standard input.\n"
		"A file that is cut off, broken or something else is named, and the others are read.",
	.exits = "0 all was read, whatever it says; 1 something could not be read; 2 wrong usage.",
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.operands = "FILE|DIR|-...",
	.run = run,
};
