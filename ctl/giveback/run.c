/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/giveback/run.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ctl/change/exec.h"
#include "ctl/giveback/give.h"
#include "ctl/giveback/hot_reset.h"
#include "ctl/giveback/scrub.h"
#include "ctl/machine/health.h"
#include "helper/act/unbind.h"
#include "helper/base/own.h"
#include "helper/base/pci_attribute.h"

#define SCRUB_TIMEOUT_MS 600000
/* The kernel waits up to 60 s for a function that does not come back (pci_dev_wait()). */
#define RESET_TIMEOUT_MS 90000
#define POWER_TIMEOUT_MS 10000

_printf_(2, 3) static void describe(struct giveback_run *run, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(run->detail, sizeof(run->detail), format, args);
	va_end(args);
}

static int leave(struct giveback_run *run, enum problem kind)
{
	run->kind = kind;
	return -ECANCELED;
}

_printf_(3, 4) static int end(struct giveback_run *run, enum problem kind, const char *format, ...)
{
	va_list args;

	run->doubt = GIVEBACK_FAILED;
	va_start(args, format);
	(void)vsnprintf(run->detail, sizeof(run->detail), format, args);
	va_end(args);
	return leave(run, kind);
}

static int end_placement(struct giveback_run *run, const struct give *give, int r)
{
	if (r == -ESTALE)
		return end(run, PROBLEM_FAILED,
			   "its resource provider changed meanwhile: run this again");
	if (r == -EBUSY)
		return end(run, PROBLEM_LOCKED, "gpuclaimctl nova sync is at work: run this again");
	return end(run, PROBLEM_FAILED, "%s", give->error ? give->error : strerror(-r));
}

/* What speaks against it now, and of what. */
static int judge(struct giveback_run *run, const struct giveback_facts *facts,
		 const struct giveback_look *look)
{
	const struct vitals reference = giveback_reference(facts);

	run->doubt = giveback_decide(facts);
	if (run->doubt == GIVEBACK_WORSE)
		(void)health_describe_worse(&reference, &facts->now, run->detail,
					    sizeof(run->detail));
	else
		describe(run, "%s", look->why);
	if (run->doubt == GIVEBACK_SURE || run->doubt == GIVEBACK_NOTHING)
		return 0;
	return leave(run, facts->was_reset ? PROBLEM_FAILED : PROBLEM_REFUSED);
}

static bool goes_on(const struct giveback_run *run, int r)
{
	return r == 0 && run->doubt == GIVEBACK_SURE;
}

static int look_at(struct giveback_run *run, struct giveback_look *look,
		   struct giveback_facts *facts)
{
	int r = giveback_look(run->root, &run->address, look, facts);

	if (r < 0)
		return end(run, PROBLEM_FAILED, "the node can't be read: %s", strerror(-r));
	if (!look->valid)
		return end(run, PROBLEM_USAGE,
			   "the configuration is broken: gpuclaimctl status names the place");
	if (look->known)
		return 0;
	run->doubt = GIVEBACK_UNKNOWN;
	describe(run, "%s", "");
	return leave(run, facts->was_reset ? PROBLEM_FAILED : PROBLEM_REFUSED);
}

/* Looked at afresh: what was proven before may be out of date. */
static int look_again(struct giveback_run *run, const struct giveback_look *look,
		      struct giveback_facts *facts)
{
	struct giveback_look now;
	int r = look_at(run, &now, facts);

	if (r == 0)
		r = judge(run, facts, &now);
	if (goes_on(run, r) && !giveback_look_is_same(look, &now))
		return end(run, PROBLEM_FAILED,
			   "its functions or the configuration changed meanwhile: run this again");
	if (goes_on(run, r) && exec_is_interrupted())
		return end(run, PROBLEM_FAILED, "a signal has ended this: run it again");
	return r;
}

static int ask_again(struct giveback_run *run, struct give *give, const struct giveback_look *look,
		     struct giveback_facts *facts)
{
	int r = give_refresh(give, facts);

	return r < 0 ? end_placement(run, give, r) : judge(run, facts, look);
}

static int scrub(struct giveback_run *run, const char *path)
{
	int r = *path ? scrub_run(run->root, path, &run->address, SCRUB_TIMEOUT_MS) : 0;

	if (r == 0)
		return 0;
	if (r == OWN_FOREIGN || r == OWN_OPEN_TO_ALL)
		return end(
			run, PROBLEM_REFUSED,
			"run-before-return=%s: others than root may write to it or to a folder above it: chown root, chmod go-w",
			path);
	if (r == -ELOOP)
		return end(run, PROBLEM_REFUSED,
			   "run-before-return=%s: it is a symbolic link: name the program itself",
			   path);
	if (r == -EINTR)
		return end(run, PROBLEM_FAILED,
			   "run-before-return=%s: a signal has ended it: run this again", path);
	if (r == -ETIMEDOUT)
		return end(run, PROBLEM_FAILED, "run-before-return=%s: it did not end in %d s",
			   path, SCRUB_TIMEOUT_MS / 1000);
	if (r < 0)
		return end(run, PROBLEM_FAILED, "run-before-return=%s: %s", path, strerror(-r));
	return end(run, PROBLEM_FAILED, "run-before-return=%s: it ended with %d", path, r);
}

static int reset_function(const struct giveback_run *run, const struct pci_address *address)
{
	char path[PCI_PATH_MAX];

	return unbind_bounded(run->root,
			      (struct store){pci_attribute_path(address, "reset", path), "1"}, NULL,
			      0, RESET_TIMEOUT_MS);
}

static int reset_slot(const struct giveback_run *run, const struct giveback_look *look)
{
	const struct hot_reset what = {look->function, look->group, look->n_functions};

	return work_bounded(run->root, hot_reset, &what, RESET_TIMEOUT_MS);
}

/* What the kernel's error means here; ENOTTY is that of pci_dev_wait(), and of a refused reset. */
static const char *describe_reset_error(const struct giveback_run *run,
					const struct pci_address *address, int r, bool slot)
{
	if (r == -ENOTTY && giveback_is_gone(run->root, address))
		return "it did not come back, and the kernel has given up: reboot the node";
	if (slot && r == -EBUSY)
		return "somebody else has its IOMMU group";
	return slot && r == -EXDEV ? "the kernel would reset others with it" : strerror(-r);
}

/* A function of it, or all together. */
static int reset_one(struct giveback_run *run, const struct giveback_look *look,
		     enum giveback_way way, size_t i)
{
	const bool slot = way == GIVEBACK_BY_SLOT;
	const char *with = slot ? " with its slot" : "";
	char a[PCI_ADDRESS_MAX];
	int r = slot ? reset_slot(run, look) : reset_function(run, &look->function[i]);

	pci_address_format(&look->function[i], a);
	if (r == -ETIMEDOUT)
		return end(run, PROBLEM_FAILED,
			   "the reset of %s%s did not end in %d s, and goes on: reboot the node", a,
			   with, RESET_TIMEOUT_MS / 1000);
	if (r < 0)
		return end(run, PROBLEM_FAILED, "the reset of %s%s failed: %s", a, with,
			   describe_reset_error(run, &look->function[i], r, slot));
	return 0;
}

/* Right before each of them it is looked for who has it: the kernel does not refuse to reset what a
 * guest is using. */
static int reset_all(struct giveback_run *run, const struct giveback_look *look,
		     struct giveback_facts *facts)
{
	const enum giveback_way way = facts->way;
	size_t n = way == GIVEBACK_BY_SLOT ? 1 : look->n_functions;
	int r = 0;

	for (size_t i = 0; i < n; i++) {
		r = look_again(run, look, facts);
		if (r < 0 && run->kind == PROBLEM_REFUSED && i > 0)
			return leave(run, PROBLEM_FAILED); /* a part of it was reset */
		if (!goes_on(run, r))
			return r;
		if (i == 0)
			facts->before = facts->now;
		r = reset_one(run, look, way, i);
		if (r < 0)
			return r;
	}
	facts->was_reset = true;
	return r;
}

/* The last look is at the node: Placement itself refuses a change that it was not told of. */
static int reset_and_prove(struct giveback_run *run, struct give *give,
			   const struct giveback_look *look, struct giveback_facts *facts)
{
	int r = reset_all(run, look, facts);

	if (!goes_on(run, r))
		return r;
	r = give_refresh(give, facts);
	return r < 0 ? end_placement(run, give, r) : look_again(run, look, facts);
}

static int set_power(const struct giveback_run *run, const char *control)
{
	char path[PCI_PATH_MAX];

	return unbind_bounded(
		run->root,
		(struct store){pci_attribute_path(&run->address, "power/control", path), control},
		NULL, 0, POWER_TIMEOUT_MS);
}

/* Else the kernel puts it back to sleep after its reset, and its link can't be told. */
static int reset_awake(struct giveback_run *run, struct give *give,
		       const struct giveback_look *look, struct giveback_facts *facts)
{
	char control[16];
	bool held = pci_attribute_read(run->root, &run->address, "power/control", control,
				       sizeof(control)) > 0 &&
		    strncmp(control, "auto", 4) == 0 && set_power(run, "on") == 0;
	int r = reset_and_prove(run, give, look, facts);

	if (held)
		(void)set_power(run, "auto"); /* if it fails the GPU stays awake, no more */
	return r;
}

static int prove(struct giveback_run *run, struct give *give, const struct giveback_look *look,
		 struct giveback_facts *facts)
{
	int r;

	run->began = true;
	r = scrub(run, look->settings.run_before_return);
	/* It may have lasted for minutes. */
	if (r == 0 && *look->settings.run_before_return)
		r = ask_again(run, give, look, facts);
	return goes_on(run, r) ? reset_awake(run, give, look, facts) : r;
}

static int run_opened(struct giveback_run *run, struct give *give, const struct giveback_look *look,
		      struct giveback_facts *facts)
{
	int r = judge(run, facts, look);

	if (!goes_on(run, r) || run->dry_run)
		return r;
	r = prove(run, give, look, facts);
	if (!goes_on(run, r))
		return r;
	r = give_back(give, facts->one_time);
	return r < 0 ? end_placement(run, give, r) : 0;
}

int giveback_run(struct giveback_run *run)
{
	struct giveback_facts facts = {0};
	struct giveback_look look;
	struct give give;
	int r;

	exec_hold_interrupts();
	r = look_at(run, &look, &facts);
	if (r < 0)
		return r;
	r = give_open(run->root, run->url, &run->address, &give, &facts);
	r = r < 0 ? end_placement(run, &give, r) : run_opened(run, &give, &look, &facts);
	give_close(&give);
	return r;
}
