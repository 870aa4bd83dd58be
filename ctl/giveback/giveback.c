/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/giveback/giveback.h"

#include <stdio.h>
#include <string.h>

#include "ctl/giveback/note.h"
#include "ctl/giveback/run.h"
#include "ctl/nova/options.h"
#include "ctl/print/json.h"
#include "ctl/sync/state.h"
#include "helper/policy/policy.h"
#include "helper/record/lock.h"

/* Of its own: a pass of `nova sync` need not wait for an operator's program. */
#define LOCK "return.lock"

/* gpuclaim-return.path waits for it. */
#define WAITING "run/gpuclaim/return-waiting"

/* How long one that was refused is left alone: what stood in the way may be gone then. */
#define PAUSE_S 300

/* How long one may last: as TimeoutStartSec= of gpuclaim-return.service has it. */
#define LONGEST_S 1500

static int print_json(const struct giveback_run *run)
{
	_cleanup_(json_free) struct json_object *top = json_object_new_object();
	struct json_object *actions, *action;

	json_add_number(top, "version", 1);
	json_add_bool(top, "changed", run->doubt == GIVEBACK_SURE && !run->dry_run);
	json_add_bool(top, "reboot_required", false);
	actions = json_add_array(top, "actions");
	if (run->doubt == GIVEBACK_SURE) {
		action = json_append_object(actions);
		json_add_address(action, "address", &run->address);
		json_add_text(action, "action", "return");
	}
	json_add_address(top, "address", &run->address);
	json_add_text(top, "result", giveback_word(run->doubt));
	json_add_text(top, "detail", *run->detail ? run->detail : NULL);
	return json_print(top, stdout);
}

static void print_text(const struct giveback_run *run, int r, bool quiet)
{
	const bool failed = run->doubt == GIVEBACK_FAILED;
	const char *sentence = failed ? run->detail : giveback_sentence(run->doubt);
	const char *detail = failed ? "" : run->detail;
	char a[PCI_ADDRESS_MAX];

	pci_address_format(&run->address, a);
	if (r < 0)
		nova_say("return: %s: it stays reserved: %s%s%s", a, sentence, *detail ? ": " : "",
			 detail);
	else if (run->doubt == GIVEBACK_NOTHING && !quiet)
		printf("nothing to do: %s: %s\n", a, sentence);
	else if (run->doubt == GIVEBACK_SURE && !quiet)
		printf("%s: %s\n", a,
		       run->dry_run
			       ? "it would be reset, proven and offered again by Placement; so far nothing speaks against it"
			       : "it was reset and proven, and Placement offers it again");
}

/* Not kept, a pass tries it again: which is safe, and is told. */
static void keep(const struct root *root, const struct pci_address *address,
		 const struct giveback_note *note)
{
	char a[PCI_ADDRESS_MAX];

	if (giveback_note_write(root, address, note) < 0)
		nova_say("return: %s: how it ended can't be kept below /run/gpuclaim",
			 pci_address_format(address, a));
}

static enum exit_code say_locked(struct giveback_run *run, int r)
{
	_cleanup_free_ char *why = NULL;
	enum exit_code code = nova_lock_failed("return", r, &why);

	run->doubt = GIVEBACK_FAILED;
	(void)snprintf(run->detail, sizeof(run->detail), "%s", why ? why : strerror(ENOMEM));
	nova_say("return: %s", run->detail);
	return code;
}

enum exit_code nova_return(const struct invocation *invocation)
{
	const char *url = invocation->value[OPTION_PLACEMENT];
	struct giveback_run run = {
		.root = invocation->root, .url = url ? url : "", .dry_run = invocation->dry_run};
	_cleanup_close_ int held = -EBADF;
	enum exit_code code;
	int r = 0;

	if (!invocation->files[0] || invocation->files[1] ||
	    pci_address_parse(invocation->files[0], &run.address) < 0) {
		nova_say("return: expected one address, as in 0000:01:00.0");
		return EXIT_CODE_USAGE;
	}
	if (!run.dry_run)
		r = held = lock_take(invocation->root, LOCK, 0);
	if (r < 0) {
		code = say_locked(&run, r);
		return invocation->json && print_json(&run) < 0 ? EXIT_CODE_FAILED : code;
	}
	r = giveback_run(&run);
	if (!run.dry_run)
		keep(run.root, &run.address,
		     r == 0 ? NULL : &(struct giveback_note){.uuid = "-", .doubt = run.doubt});
	if (invocation->json && print_json(&run) < 0)
		return EXIT_CODE_FAILED;
	if (!invocation->json || r < 0)
		print_text(&run, r, invocation->quiet);
	return r < 0 ? problem_exit_code(run.kind) : EXIT_CODE_OK;
}

/*
 * What was returned or failed is not tried again before the provider changes, and a reset is not
 * repeated; what was refused, or failed before that, is looked at again later, which wakes no GPU.
 */
static bool is_due(const struct root *root, const struct sync_provider *p)
{
	struct giveback_note note;

	return !giveback_note_read(root, &p->address, &note) ||
	       !giveback_note_holds(&note, p, sync_seconds_since_boot());
}

static void note_tried(const struct root *root, const struct sync_provider *p, int64_t until_s,
		       enum giveback_doubt doubt)
{
	struct giveback_note note = {
		.generation = p->generation, .until_s = until_s, .doubt = doubt};

	memcpy(note.uuid, p->uuid, sizeof(note.uuid));
	keep(root, &p->address, &note);
}

static int return_one(struct giveback_run *run, const struct sync_provider *p, bool json)
{
	bool ended;
	int r;

	run->address = p->address;
	note_tried(run->root, p, sync_seconds_since_boot() + LONGEST_S, GIVEBACK_UNFINISHED);
	r = giveback_run(run);
	/* Also a return: until Placement is asked again the last pass's word is that it waits. */
	ended = r == 0 || (run->kind == PROBLEM_FAILED && run->began);
	note_tried(run->root, p, ended ? INT64_MAX : sync_seconds_since_boot() + PAUSE_S,
		   run->doubt);
	/* Standard output is the pass's own. */
	if (run->doubt == GIVEBACK_SURE || r < 0)
		print_text(run, r, json);
	return run->kind == PROBLEM_REFUSED ? 0 : r;
}

static int ask_for_it(const struct root *root)
{
	int r = root_replace(root, WAITING, "", 0, 0644, false);

	if (r < 0)
		nova_say("return: cannot write /" WAITING);
	return r;
}

static bool is_automatic(const struct root *root)
{
	struct policy policy = {0};
	bool automatic = policy_read(root, &policy) == 0 && policy.valid &&
			 policy.settings.return_to_service == RETURN_AUTO;

	policy_free(&policy);
	return automatic;
}

enum exit_code nova_return_waiting(const struct invocation *invocation)
{
	const char *url = invocation->value[OPTION_PLACEMENT];
	struct giveback_run run = {.root = invocation->root, .url = url ? url : ""};
	struct sync_state state _cleanup_(sync_state_free) = {0};
	_cleanup_close_ int held = -EBADF;
	int r = 0;

	if (!is_automatic(invocation->root))
		return EXIT_CODE_OK;
	if (sync_state_read(invocation->root, &state) < 0)
		return EXIT_CODE_FAILED;
	/* Somebody returns one by hand: the next pass is soon enough. */
	held = lock_take(invocation->root, LOCK, 0);
	if (held < 0)
		return EXIT_CODE_OK;
	for (size_t i = 0; i < state.n_providers; i++) {
		const struct sync_provider *p = &state.provider[i];

		if (!giveback_is_waiting(p) || !is_due(invocation->root, p))
			continue;
		r = !invocation->value[OPTION_RETURN] &&
				    giveback_is_confined(invocation->root, &p->address)
			    ? ask_for_it(invocation->root)
			    : return_one(&run, p, invocation->json);
		break;
	}
	return r < 0 ? problem_exit_code(run.kind) : EXIT_CODE_OK;
}
