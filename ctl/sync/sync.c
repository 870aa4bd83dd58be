/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/sync/sync.h"

#include <stdio.h>
#include <string.h>

#include "ctl/nova/options.h"
#include "ctl/sync/pass.h"
#include "helper/record/lock.h"

static void add_deeds(const struct sync_pass *pass, struct json_object *to)
{
	struct json_object *actions = json_add_array(to, "actions");

	for (size_t i = 0; i < pass->n_deeds; i++) {
		struct json_object *o = json_append_object(actions);

		json_add_address(o, "address", &pass->deed[i].address);
		json_add_text(o, "provider", pass->deed[i].uuid);
		json_add_text(o, "action", sync_action_word(pass->deed[i].action));
		json_add_number(o, "reserved", pass->deed[i].reserved);
		json_add_text(o, "reason", pass->deed[i].reason);
	}
}

static int print_json(const struct sync_pass *pass, const char *error)
{
	_cleanup_(json_free) struct json_object *top = json_object_new_object();

	json_add_number(top, "version", 1);
	json_add_bool(top, "changed", pass->n_deeds > 0);
	json_add_bool(top, "reboot_required", false);
	add_deeds(pass, top);
	json_add_bool(top, "asked", pass->asked);
	json_add_text(top, "error", error);
	json_add_texts(top, "notes", &pass->notes);
	sync_state_json(&pass->state, top);
	return json_print(top, stdout);
}

/* What is printed about a provider that is left as it is; NULL: nothing. */
static const char *word_on(enum sync_action action)
{
	switch (action) {
	case SYNC_SPARE:
		return "not ready, and in use: it is not reserved";
	case SYNC_FOREIGN:
		return "reserved, but not by gpuclaim, and left so: gpuclaimctl nova return lifts it";
	case SYNC_AWAIT_RETURN:
		return "a one-time-use GPU that was used: gpuclaimctl nova return gives it back";
	case SYNC_DOUBT:
		return "it is not known whether it is ready: its reservation stays as it is";
	default:
		return NULL;
	}
}

static void print_deeds(const struct sync_pass *pass)
{
	char a[PCI_ADDRESS_MAX];

	for (size_t i = 0; i < pass->n_deeds; i++) {
		const struct sync_deed *deed = &pass->deed[i];

		printf("%s: %s%s: %s\n", pci_address_format(&deed->address, a),
		       pass->dry_run ? "would be " : "",
		       deed->action == SYNC_LIFT ? "offered again by Placement"
						 : "reserved in Placement",
		       deed->reason);
	}
}

static void print_text(const struct sync_pass *pass, bool failed)
{
	char a[PCI_ADDRESS_MAX];

	for (size_t i = 0; i < pass->notes.n; i++)
		printf("%s\n", pass->notes.text[i]);
	for (size_t i = 0; i < pass->state.n_providers; i++) {
		const struct sync_provider *p = &pass->state.provider[i];
		const char *word = p->read ? word_on(p->action) : NULL;

		if (word)
			printf("%s: %s\n", pci_address_format(&p->address, a), word);
	}
	if (failed)
		return;
	if (!pass->state.n_gpus)
		printf("nothing to do: no GPU is selected\n");
	else if (!pass->asked && !pass->state.asked)
		printf("nothing to do yet: Placement is asked within five minutes\n");
	else if (!pass->asked)
		printf("nothing to do: nothing has changed since Placement was asked\n");
	else if (!pass->n_deeds)
		printf("nothing to do: Placement says what it should\n");
}

static const char *error_of(const struct sync_pass *pass, int r)
{
	if (pass->broken)
		return "the configuration is broken: nothing was changed; gpuclaimctl status names the place";
	if (r == 0)
		return NULL;
	return pass->error ? pass->error : strerror(-r);
}

/* Return: 0, or -ENOMEM: it can't be printed. */
static int tell(const struct invocation *invocation, const struct sync_pass *pass, int r)
{
	const char *error = error_of(pass, r);

	if (error)
		nova_say("sync: %s%s", error,
			 pass->asked ? ": what was reserved stays as it was" : "");
	if (invocation->json)
		return print_json(pass, error);
	/* Also with --quiet: that a GPU is taken out of service is news. */
	print_deeds(pass);
	if (!invocation->quiet && !pass->broken)
		print_text(pass, error);
	return 0;
}

enum exit_code nova_sync(const struct invocation *invocation)
{
	const char *url = invocation->value[OPTION_PLACEMENT];
	struct sync_pass pass = {.root = invocation->root,
				 .url = url ? url : "",
				 .spare_moves = invocation->value[OPTION_SPARE_MOVES],
				 .dry_run = invocation->dry_run,
				 .spread = invocation->value[OPTION_SPREAD]};
	/* Of its own: what changes files on this node need not wait for a server that is slow. */
	_cleanup_close_ int held = -EBADF;
	enum exit_code code = EXIT_CODE_OK;
	int r = 0;

	if (!pass.dry_run)
		r = held = lock_take(invocation->root, SYNC_LOCK, 0);
	if (r < 0) {
		code = nova_lock_failed("sync", r, &pass.error);
	} else {
		r = sync_pass_run(&pass);
		if (pass.broken)
			code = EXIT_CODE_USAGE;
		else if (r < 0)
			code = pass.refused ? EXIT_CODE_REFUSED : EXIT_CODE_FAILED;
	}
	if (tell(invocation, &pass, r) < 0)
		code = EXIT_CODE_FAILED;
	sync_pass_free(&pass);
	return code;
}
