/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/live/live.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "ctl/change/edit.h"
#include "ctl/live/json.h"
#include "helper/base/log.h"
#include "helper/record/lock.h"

#define LOCK_TIMEOUT_MS 5000
#define CMDLINE_MAX	(1u << 20)

static void say(const struct live *live, const char *what)
{
	fprintf(stderr, "gpuclaimctl: %s: %s\n", live->verb, what);
}

void live_find_holders(struct live *live, const struct function *f)
{
	const struct bound_function bound = {
		.address = f->id.address,
		.class_code = f->id.class_code,
		.driver = f->driver,
		.group = f->detail->group,
	};

	hold_find(live->invocation->root, &bound, &live->holders);
}

/* The argument after @option in a command line of NUL-ended words, or NULL. */
static const char *word_after(const char *words, size_t size, const char *option)
{
	for (const char *w = words; w < words + size; w += strlen(w) + 1)
		if (strcmp(w, option) == 0 && w + strlen(w) + 1 < words + size)
			return w + strlen(w) + 1;
	return NULL;
}

/* A guest's UUID is the server's in Nova: libvirt gives it to QEMU. To be freed, or NULL. */
static char *remedy_of_guest(const struct root *root, int pid)
{
	_cleanup_free_ char *words = NULL;
	const char *name, *uuid;
	char path[32], *remedy;
	size_t size;

	snprintf(path, sizeof(path), "proc/%d/cmdline", pid);
	if (root_read_file(root, path, CMDLINE_MAX, &words, &size) < 0)
		return NULL;
	name = word_after(words, size, "-name");
	uuid = word_after(words, size, "-uuid");
	if (!name || !uuid)
		return NULL;
	if (strncmp(name, "guest=", 6) == 0)
		name += 6;
	if (asprintf(&remedy, "it is the guest %.*s: stop server %.36s in Nova first",
		     (int)strcspn(name, ","), name, uuid) < 0)
		return NULL;
	return remedy;
}

enum exit_code live_check_holders(struct live *live)
{
	const struct holders *holders = &live->holders;
	const struct holder *first = &holders->holder[0];
	_cleanup_free_ char *guest = NULL;
	char a[PCI_ADDRESS_MAX];

	pci_address_format(&live->address, a);
	if (holders->n) {
		if (first->pid)
			guest = remedy_of_guest(live->invocation->root, first->pid);
		return live_refuse(live, "%s is in use by %s: %s", a, first->what,
				   guest ? guest : first->remedy);
	}
	if (holders->error && !holders->unseen_pid)
		return live_refuse(live,
				   "%s: whether it is in use can't be seen: cannot read /%s: %s", a,
				   holders->unread, strerror(-holders->error));
	if (holders->unseen_pid)
		return live_refuse(live,
				   "%s: whether process %d uses it can't be seen: run this as root",
				   a, holders->unseen_pid);
	return EXIT_CODE_OK;
}

static void print_action(const struct live_action *action)
{
	char a[PCI_ADDRESS_MAX];

	pci_address_format(&action->address, a);
	if (strcmp(action->word, "override") == 0 && !action->driver[0])
		printf("would clear the driver_override of %s\n", a);
	else if (strcmp(action->word, "override") == 0)
		printf("would set the driver_override of %s to %s\n", a, action->driver);
	else if (strcmp(action->word, "load") == 0)
		printf("would load %s\n", action->driver);
	else if (strcmp(action->word, "unbind") == 0)
		printf("would take %s from %s\n", a, action->driver);
	else if (strcmp(action->word, "bind") == 0)
		printf("would bind %s to %s\n", a, action->driver);
	else
		printf("would load the drivers that match %s and have them probe it\n", a);
}

static void print_text(const struct live *live)
{
	char a[PCI_ADDRESS_MAX];

	if (live->refusal)
		return;
	if (live->nothing)
		printf("nothing to do: %s\n", live->nothing);
	for (size_t i = 0; live->invocation->dry_run && i < live->n_actions; i++)
		print_action(&live->action[i]);
	for (size_t i = 0; i < live->n_devices; i++)
		printf("%s: %s: %s\n", pci_address_format(&live->device[i].address, a),
		       verdict_name(live->device[i].verdict), live->device[i].why);
}

static enum exit_code report(const struct live *live, enum exit_code code)
{
	if (!live->invocation->json)
		print_text(live);
	else if (live_print_json(live, stdout) < 0)
		code = EXIT_CODE_FAILED;
	for (size_t i = 0; i < live->warnings.n; i++)
		say(live, live->warnings.text[i]);
	if (live->refusal)
		say(live, live->refusal);
	for (size_t i = 1; i < live->holders.n; i++)
		fprintf(stderr, "gpuclaimctl: %s: and by %s\n", live->verb,
			live->holders.holder[i].what);
	if (live->error)
		say(live, live->error);
	return code;
}

/* A terminal that goes away must not leave half a GPU behind: they come when all is done. */
static void hold_signals(void)
{
	sigset_t set;

	(void)sigemptyset(&set); /* none of these can fail with good arguments */
	(void)sigaddset(&set, SIGHUP);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGPIPE, SIG_IGN); /* main() tells of it */
}

/* Two locks: no other gpuclaimctl, and no run of the helper that udev starts. */
static enum exit_code act_locked(struct live *live, enum exit_code (*act)(struct live *live))
{
	const struct root *root = live->invocation->root;
	_cleanup_close_ int ours = -EBADF, helper = -EBADF;

	if (live->invocation->dry_run)
		return act(live);
	ours = edit_lock(root);
	if (ours >= 0)
		helper = lock_take(root, LOCK_TIMEOUT_MS);
	if (ours == -EBUSY || helper == -EBUSY) {
		(void)live_fail(live, "another %s is at work",
				ours == -EBUSY ? "gpuclaimctl" : "gpuclaim");
		return EXIT_CODE_LOCKED;
	}
	if (ours < 0 || helper < 0) {
		int r = ours < 0 ? ours : helper;

		(void)live_fail(live, "the lock can't be taken: %s%s", strerror(-r),
				edit_is_refusal(r) && geteuid() != 0 ? ": run this as root" : "");
		return edit_is_refusal(r) ? EXIT_CODE_REFUSED : EXIT_CODE_FAILED;
	}
	hold_signals();
	return act(live);
}

enum exit_code live_run(const struct invocation *invocation, const char *verb,
			enum exit_code (*act)(struct live *live))
{
	struct live live = {.invocation = invocation, .verb = verb};
	enum exit_code code;

	if (pci_address_parse(invocation->operand, &live.address) < 0) {
		(void)live_refuse(&live, "expected an address as in 0000:01:00.0, not \"%s\"",
				  invocation->operand);
		code = report(&live, EXIT_CODE_USAGE);
		free(live.refusal);
		return code;
	}
	/* The journal is told of what the report says; without one only of trouble. */
	if (!invocation->root->confined && root_exists(invocation->root, "dev/log"))
		log_open(LOG_TARGET_SYSLOG, LOG_INFO);
	else
		log_open(LOG_TARGET_STDERR, LOG_WARNING);
	code = report(&live, act_locked(&live, act));
	text_list_free(&live.warnings);
	free(live.action);
	free(live.device);
	free(live.refusal);
	free(live.error);
	return code;
}
