/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/verbs/nova_verify.h"

#include "ctl/judge/placement.h"
#include "ctl/nova/options.h"
#include "ctl/verify/json.h"
#include "ctl/verify/text.h"

/* 1: it could not be asked, which is told. */
static int ask_placement(const struct invocation *invocation, struct verification *v)
{
	struct placement placement _cleanup_(placement_free) = {0};
	_cleanup_free_ char *error = NULL;
	int r = placement_read(invocation->root, invocation->value[OPTION_PLACEMENT], v->nova.name,
			       &placement, &error);

	if (r == 0)
		return placement_judge(&v->facts, &placement, &v->judgement);
	if (!error)
		return r;
	nova_say("verify: %s", error);
	return 1;
}

enum exit_code nova_verify(const struct invocation *invocation)
{
	struct verification v _cleanup_(verification_free) = {0};
	const char *name = invocation->value[OPTION_RELEASE];
	struct table_style style = {.columns = invocation->value[OPTION_COLUMNS],
				    .no_headings = invocation->value[OPTION_NO_HEADINGS]};
	unsigned release = 0;
	int r;

	if (name && nova_release_parse(name, &release) < 0) {
		nova_say("--release: expected a name from %s to %s, not \"%s\"",
			 nova_release_name(NOVA_OLDEST), nova_release_name(NOVA_NEWEST), name);
		return EXIT_CODE_USAGE;
	}
	r = verification_read(invocation->root, release, &v);
	if (r < 0)
		return problem_exit_code(nova_cannot("the node can't be looked at", r));
	if (invocation->value[OPTION_PLACEMENT])
		r = ask_placement(invocation, &v);
	if (r > 0)
		return EXIT_CODE_FAILED;
	if (r < 0)
		return problem_exit_code(nova_cannot("Placement can't be asked", r));
	if (invocation->json)
		r = nova_verify_print_json(&v, stdout);
	else if (!invocation->quiet)
		r = nova_verify_print_text(&v, invocation->verbose, &style, stdout);
	if (r < 0)
		return problem_exit_code(nova_cannot("it can't be printed", r));
	return findings_failed(&v.judgement.findings) ? EXIT_CODE_NOT_READY : EXIT_CODE_OK;
}
