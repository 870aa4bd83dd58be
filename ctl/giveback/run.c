/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/giveback/run.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ctl/giveback/give.h"
#include "ctl/giveback/scrub.h"
#include "ctl/machine/health.h"
#include "helper/act/unbind.h"
#include "helper/base/own.h"
#include "helper/base/pci_attribute.h"

#define SCRUB_TIMEOUT_MS 600000
/* The kernel waits up to 60 s for a function that does not come back (pci_dev_wait()). */
#define RESET_TIMEOUT_MS 90000

_printf_(3, 4) static enum exit_code
	end(struct giveback_run *run, enum exit_code code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(run->detail, sizeof(run->detail), format, args);
	va_end(args);
	return code;
}

static enum exit_code end_placement(struct giveback_run *run, const struct give *give, int r)
{
	if (r == -ESTALE)
		return end(run, EXIT_CODE_FAILED,
			   "its resource provider changed meanwhile: run this again");
	if (r == -EBUSY)
		return end(run, EXIT_CODE_LOCKED,
			   "gpuclaimctl nova sync is at work: run this again");
	return end(run, EXIT_CODE_FAILED, "%s", give->error ? give->error : strerror(-r));
}

/* What speaks against it now, and of what. */
static enum exit_code judge(struct giveback_run *run, const struct giveback_facts *facts,
			    const struct giveback_look *look)
{
	const struct vitals reference = giveback_reference(facts);

	run->doubt = giveback_decide(facts);
	if (run->doubt == GIVEBACK_WORSE)
		(void)health_describe_worse(&reference, &facts->now, run->detail,
					    sizeof(run->detail));
	else
		(void)end(run, EXIT_CODE_OK, "%s", look->why);
	if (run->doubt == GIVEBACK_SURE || run->doubt == GIVEBACK_NOTHING)
		return EXIT_CODE_OK;
	return facts->was_reset ? EXIT_CODE_FAILED : EXIT_CODE_REFUSED;
}

static enum exit_code scrub(struct giveback_run *run, const char *path)
{
	int r = *path ? scrub_run(run->root, path, &run->address, SCRUB_TIMEOUT_MS) : 0;

	if (r == 0)
		return EXIT_CODE_OK;
	if (r == OWN_FOREIGN || r == OWN_OPEN_TO_ALL)
		return end(
			run, EXIT_CODE_REFUSED,
			"run-before-return=%s: others than root may write to it or its folder: chown root, chmod go-w",
			path);
	if (r == -ETIMEDOUT)
		return end(run, EXIT_CODE_FAILED, "run-before-return=%s: it did not end in %d s",
			   path, SCRUB_TIMEOUT_MS / 1000);
	if (r < 0)
		return end(run, EXIT_CODE_FAILED, "run-before-return=%s: %s", path, strerror(-r));
	return end(run, EXIT_CODE_FAILED, "run-before-return=%s: it ended with %d", path, r);
}

/* Of each of its functions alone: the kernel offers no other way there. */
static enum exit_code reset(struct giveback_run *run, const struct giveback_look *look)
{
	char path[PCI_PATH_MAX], a[PCI_ADDRESS_MAX];

	for (size_t i = 0; i < look->n_functions; i++) {
		const struct pci_address *address = &look->function[i];
		int r = unbind_bounded(
			run->root, (struct store){pci_attribute_path(address, "reset", path), "1"},
			NULL, 0, RESET_TIMEOUT_MS);

		if (r == -ETIMEDOUT)
			return end(
				run, EXIT_CODE_FAILED,
				"the reset of %s did not end in %d s, and goes on: reboot the node",
				pci_address_format(address, a), RESET_TIMEOUT_MS / 1000);
		if (r < 0)
			return end(run, EXIT_CODE_FAILED, "the reset of %s failed: %s",
				   pci_address_format(address, a), strerror(-r));
	}
	return EXIT_CODE_OK;
}

/* Looked at afresh: what was proven before may be out of date. */
static enum exit_code look_again(struct giveback_run *run, struct give *give,
				 struct giveback_look *look, struct giveback_facts *facts)
{
	int r = giveback_look(run->root, &run->address, look, facts);

	if (r < 0)
		return end(run, EXIT_CODE_FAILED, "the node can't be read: %s", strerror(-r));
	r = give_refresh(give, facts);
	return r < 0 ? end_placement(run, give, r) : judge(run, facts, look);
}

static enum exit_code prove(struct giveback_run *run, struct give *give, struct giveback_look *look,
			    struct giveback_facts *facts)
{
	enum exit_code code = scrub(run, look->settings.run_before_return);

	/* It may have lasted for minutes. */
	if (code == EXIT_CODE_OK && *look->settings.run_before_return)
		code = look_again(run, give, look, facts);
	if (code != EXIT_CODE_OK || run->doubt != GIVEBACK_SURE)
		return code;
	facts->before = facts->now;
	code = reset(run, look);
	if (code != EXIT_CODE_OK)
		return code;
	facts->was_reset = true;
	return look_again(run, give, look, facts);
}

static enum exit_code run_opened(struct giveback_run *run, struct give *give,
				 struct giveback_look *look, struct giveback_facts *facts)
{
	enum exit_code code = judge(run, facts, look);
	int r;

	if (code != EXIT_CODE_OK || run->doubt != GIVEBACK_SURE || run->dry_run)
		return code;
	code = prove(run, give, look, facts);
	if (code != EXIT_CODE_OK || run->doubt != GIVEBACK_SURE)
		return code;
	r = give_back(give, facts->one_time);
	return r < 0 ? end_placement(run, give, r) : EXIT_CODE_OK;
}

enum exit_code giveback_run(struct giveback_run *run)
{
	struct giveback_facts facts = {0};
	struct giveback_look look;
	struct give give;
	enum exit_code code;
	int r = giveback_look(run->root, &run->address, &look, &facts);

	run->doubt = GIVEBACK_NOT_READY;
	if (r < 0)
		return end(run, EXIT_CODE_FAILED, "the node can't be read: %s", strerror(-r));
	if (!look.valid)
		return end(run, EXIT_CODE_USAGE,
			   "the configuration is broken: gpuclaimctl status names the place");
	if (!look.known)
		return end(run, EXIT_CODE_REFUSED,
			   "no claim line selects such a GPU: gpuclaimctl scan lists the GPUs");
	r = give_open(run->root, run->url, &run->address, &give, &facts);
	code = r < 0 ? end_placement(run, &give, r) : run_opened(run, &give, &look, &facts);
	give_close(&give);
	return code;
}
