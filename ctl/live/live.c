/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/live/live.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "ctl/live/report.h"
#include "ctl/print/json.h"
#include "helper/base/log.h"
#include "helper/base/text.h"
#include "helper/record/lock.h"

#define LOCK_TIMEOUT_MS 5000
#define CMDLINE_MAX	(1u << 20)

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
	(void)text_format(&remedy, "it is the guest %.*s: stop server %.36s in Nova first",
			  (int)strcspn(name, ","), name, uuid);
	return remedy;
}

int live_check_holders(struct live *live)
{
	const struct holders *holders = &live->holders;
	const struct holder *first = &holders->holder[0];
	_cleanup_free_ char *guest = NULL;
	char a[PCI_ADDRESS_MAX];

	pci_address_format(&live->address, a);
	if (holders->n) {
		if (first->pid)
			guest = remedy_of_guest(live->invocation->root, first->pid);
		return report_problem(&live->report, PROBLEM_REFUSED, "%s is in use by %s: %s", a,
				      first->what, guest ? guest : first->remedy);
	}
	if (holders->error && !holders->unseen_pid)
		return report_problem(
			&live->report, PROBLEM_REFUSED,
			"%s: it is not known whether it is in use: cannot read /%s: %s", a,
			holders->unread, strerror(-holders->error));
	if (holders->unseen_pid)
		return report_problem(
			&live->report, PROBLEM_REFUSED,
			"%s: it is not known whether process %d uses it: run this as root", a,
			holders->unseen_pid);
	return 0;
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

	if (live->report.problem && live->report.refused)
		return;
	if (live->report.nothing)
		printf("nothing to do: %s\n", live->report.nothing);
	for (size_t i = 0; live->invocation->dry_run && i < live->n_actions; i++)
		print_action(&live->action[i]);
	for (size_t i = 0; i < live->n_devices; i++)
		printf("%s: %s: %s\n", pci_address_format(&live->device[i].address, a),
		       verdict_name(live->device[i].verdict), live->device[i].why);
}

static void add_actions(struct json_object *top, const struct live *live)
{
	struct json_object *array = json_add_array(top, "actions");

	for (size_t i = 0; i < live->n_actions; i++) {
		const struct live_action *a = &live->action[i];
		struct json_object *action = json_append_object(array);

		json_add_text(action, "action", a->word);
		json_add_address(action, "device", &a->address);
		json_add_text(action, "driver", a->driver[0] ? a->driver : NULL);
	}
}

static void add_devices(struct json_object *top, const struct live *live)
{
	struct json_object *array = json_add_array(top, "devices");

	for (size_t i = 0; i < live->n_devices; i++) {
		const struct live_device *d = &live->device[i];
		struct json_object *device = json_append_object(array);

		json_add_address(device, "address", &d->address);
		json_add_text(device, "role", d->companion ? "companion" : "gpu");
		json_add_text(device, "driver", d->driver[0] ? d->driver : NULL);
		json_add_text(device, "verdict", verdict_name(d->verdict));
		json_add_text(device, "why", d->why);
	}
}

static void add_holders(struct json_object *top, const struct live *live)
{
	struct json_object *array = json_add_array(top, "holders");

	for (size_t i = 0; i < live->holders.n; i++) {
		const struct holder *h = &live->holders.holder[i];
		struct json_object *holder = json_append_object(array);

		json_add_known(holder, "pid", h->pid ? h->pid : -1);
		json_add_text(holder, "what", h->what);
	}
}

static int print_json(const struct live *live)
{
	_cleanup_(json_free) struct json_object *top = json_object_new_object();
	bool is_refusal =
		live->report.kind == PROBLEM_USAGE || live->report.kind == PROBLEM_REFUSED;

	json_add_number(top, "version", 1);
	json_add_bool(top, "changed", live->report.changed);
	json_add_bool(top, "reboot_required", false);
	json_add_bool(top, "dry_run", live->invocation->dry_run);
	add_actions(top, live);
	add_devices(top, live);
	add_holders(top, live);
	json_add_texts(top, "warnings", &live->report.warnings);
	json_add_text(top, "refusal", is_refusal ? live->report.problem : NULL);
	json_add_text(top, "error", is_refusal ? NULL : live->report.problem);
	return json_print(top, stdout);
}

static enum exit_code tell(struct live *live, int r)
{
	enum exit_code code = report_exit_code(&live->report, r);

	if (!live->invocation->json)
		print_text(live);
	else if (print_json(live) < 0)
		code = problem_exit_code(PROBLEM_FAILED);
	report_warnings(&live->report);
	if (live->report.problem)
		report_complain(&live->report, live->report.problem);
	for (size_t i = 1; i < live->holders.n; i++)
		fprintf(stderr, "gpuclaimctl: %s: and by %s\n", live->report.verb,
			live->holders.holder[i].what);
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
static int act_locked(struct live *live, int (*act)(struct live *live))
{
	const struct root *root = live->invocation->root;
	_cleanup_close_ int ours = -EBADF, helper = -EBADF;
	int r = report_lock(&live->report, root, &ours);

	if (r < 0 || live->invocation->dry_run)
		return r < 0 ? r : act(live);
	helper = lock_take(root, LOCK_OF_CLAIMS, LOCK_TIMEOUT_MS);
	if (helper < 0)
		return report_lock_failed(&live->report, helper, "gpuclaim");
	hold_signals();
	return act(live);
}

static int run(struct live *live, int (*act)(struct live *live))
{
	const struct root *root = live->invocation->root;

	if (pci_address_parse(live->invocation->operand, &live->address) < 0)
		return report_problem(&live->report, PROBLEM_USAGE,
				      "expected an address as in 0000:01:00.0, not \"%s\"",
				      live->invocation->operand);
	/* The journal gets what the report says; standard error gets only trouble. */
	if (!root->confined && root_exists(root, "dev/log"))
		log_open(LOG_TARGET_SYSLOG, LOG_INFO);
	else
		log_open(LOG_TARGET_STDERR, LOG_WARNING);
	return act_locked(live, act);
}

enum exit_code live_run(const struct invocation *invocation, const char *verb,
			int (*act)(struct live *live))
{
	struct live live = {.invocation = invocation,
			    .report = report_begin(verb, NULL, invocation)};
	enum exit_code code = tell(&live, run(&live, act));

	report_free(&live.report);
	free(live.action);
	free(live.device);
	return code;
}
