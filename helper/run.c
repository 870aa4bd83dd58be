/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "helper/act/apply.h"
#include "helper/act/result.h"
#include "helper/act/settle.h"
#include "helper/base/log.h"
#include "helper/claim/fault.h"
#include "helper/record/lock.h"
#include "helper/record/verdict_log.h"

#define LOCK_TIMEOUT_MS	 5000
#define LOCK_SLICE_MS	 200
#define UDEV_PATIENCE_MS 1000
#define ERRORS_TOLD	 4

static int carry_out(const struct run *run, struct assessment *a)
{
	struct plan plan _cleanup_(plan_free) = {0};
	_cleanup_free_ struct apply_result *result = NULL;
	int r;

	r = plan_claim(&a->machine, &a->units, &a->decision, &plan);
	if (r < 0)
		return r;
	result = calloc(a->units.n_units + 1, sizeof(*result));
	if (!result)
		return -ENOMEM;
	plan_apply(run->root, &plan, run->mode == CLAIM_UDEV ? UDEV_PATIENCE_MS : 0, result);
	result_take(a, result);
	return 0;
}

static int level_of(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_CLAIMED:
		return LOG_NOTICE;
	case VERDICT_ALREADY_CLAIMED:
	case VERDICT_NOT_SELECTED:
	case VERDICT_RELEASED:
	case VERDICT_SKIPPED:
	case VERDICT_SWITCHED_OFF:
		return LOG_INFO;
	case VERDICT_FAILED:
		return LOG_ERR;
	default:
		return LOG_WARNING;
	}
}

/* Nothing new, or what holds until the next boot: a claim of ours that stands, a failure, a
 * release. */
static bool is_told(const struct record *old, const struct record *fresh, bool acted)
{
	bool left_alone = (old->verdict == VERDICT_FAILED && !old->unread) ||
			  old->verdict == VERDICT_RELEASED;

	/* What can't be read now takes nothing back. */
	if (fresh->unread && verdict_is_claim(old->verdict))
		return true;
	if (left_alone && !acted && !verdict_is_claim(fresh->verdict))
		return true;
	if (old->verdict == VERDICT_CLAIMED && old->driver[0] && !acted &&
	    strcmp(old->driver, fresh->driver) == 0)
		return true;
	return old->verdict == fresh->verdict && old->kept == fresh->kept &&
	       strcmp(old->why, fresh->why) == 0 && strcmp(old->driver, fresh->driver) == 0;
}

/* Returns whether there was something to tell. */
static bool tell(const struct run *run, const struct assessment *a, const struct outcome *o)
{
	struct record record = result_record(run->root, a, o), old;
	char address[PCI_ADDRESS_MAX];
	bool told;
	int r;

	pci_address_format(&record.address, address);
	r = record_read(run->root, &record.address, a->machine.boot_id, &old);
	told = r == 0 && is_told(&old, &record, o->act);
	if (told && record_has_mark(run->root, &old))
		return false;
	if (!told && r == 0 && verdict_is_claim(old.verdict) && verdict_is_claim(record.verdict))
		record.vitals = old.vitals; /* as it was at the first claim */
	else if (!told)
		record.vitals = result_vitals(run->root, a, o);
	/* One that can't be read may say that it is to be left alone. */
	if (r == 0 || root_is_absent(r) || !record.unread)
		r = record_write(run->root, told ? &old : &record);
	if (r < 0)
		log_errno(LOG_ERR, r, "%s: cannot write its record below /%s", address, RECORD_DIR);
	if (told)
		return false;
	if (!record.companion || record.verdict == VERDICT_FAILED)
		verdict_log(level_of(record.verdict), &record.address, record.verdict, record.why);
	return true;
}

static void count(const struct assessment *a, struct run_record *ret)
{
	for (size_t u = 0; u < a->units.n_units; u++) {
		const struct unit *unit = &a->units.unit[u];
		const struct outcome *o = decision_of(&a->decision, unit->gpu);

		if (!unit_is_wanted(unit) || !o)
			continue;
		ret->gpus++;
		if (verdict_is_claim(o->verdict))
			ret->claimed++;
	}
}

static struct run_record make_run_record(const struct run *run, const struct assessment *a)
{
	struct run_record record = {.time_ms = result_time_ms(), .waited_ms = run->waited_ms};

	snprintf(record.boot_id, sizeof(record.boot_id), "%s", a->machine.boot_id);
	snprintf(record.stage, sizeof(record.stage), "%s", result_stage(&a->policy));
	snprintf(record.config, sizeof(record.config), "%s", a->policy.hash);
	count(a, &record);
	return record;
}

/* The run's own record: the first run's of a boot, and what a later `gpuclaim boot` changed. */
static bool tell_run(const struct run *run, const struct assessment *a)
{
	struct run_record record = make_run_record(run, a), old, *fresh = &record;
	bool news = true;
	int r;

	if (run_record_read(run->root, a->machine.boot_id, &old) == 0) {
		bool same_stage = strcmp(old.stage, record.stage) == 0;

		news = run->mode != CLAIM_UDEV &&
		       (old.gpus != record.gpus || old.claimed != record.claimed ||
			(same_stage && strcmp(old.config, record.config) != 0));
		if (!news && !run->waited_ms)
			return false;
		record.waited_ms += old.waited_ms;
		/* What was decided in the initramfs stays its work: only the sums are ours. */
		if (!same_stage) {
			old.gpus = record.gpus;
			old.claimed = record.claimed;
			old.waited_ms = record.waited_ms;
			fresh = &old;
		}
	}
	r = run_record_write(run->root, fresh);
	if (r < 0)
		log_errno(LOG_ERR, r, "cannot write the boot record below /%s", RECORD_DIR);
	return news;
}

/* The kernel drops lines of a writer that says much at once: the verdicts come after these. */
static void tell_errors(const struct policy *policy)
{
	for (size_t i = 0; i < policy->n_errors && i < ERRORS_TOLD; i++)
		log_line(LOG_ERR, "%s", policy->errors[i]);
	if (policy->n_errors > ERRORS_TOLD)
		log_line(LOG_ERR,
			 "%zu more errors of the configuration: gpuclaimctl status lists them",
			 policy->n_errors - ERRORS_TOLD);
	if (policy->n_errors)
		log_line(LOG_ERR, "%s", policy_remedy(policy));
}

static void report(const struct run *run, const struct assessment *a)
{
	struct run_record sum = {0};
	bool news = tell_run(run, a);

	if (news) {
		tell_errors(&a->policy);
		for (size_t i = 0; i < a->policy.n_warnings; i++)
			log_line(LOG_WARNING, "%s", a->policy.warnings[i]);
	}
	for (size_t i = 0; i < a->decision.n_outcomes; i++)
		if (tell(run, a, &a->decision.outcome[i]))
			news = true;
	if (!news)
		return;
	count(a, &sum);
	log_line(LOG_INFO, "%u of %u selected GPUs claimed, in the %s, configuration %s%s",
		 sum.claimed, sum.gpus, result_stage(&a->policy), a->policy.hash,
		 a->policy.valid ? "" : " (invalid)");
}

/* Nothing to do for it, and its record tells so. */
static bool is_settled(const struct run *run, const struct assessment *a, const struct outcome *o)
{
	struct record record = result_record(run->root, a, o), old;

	return !o->act && record_read(run->root, &record.address, a->machine.boot_id, &old) == 0 &&
	       is_told(&old, &record, false) && record_has_mark(run->root, &old);
}

static bool all_settled(const struct run *run, const struct assessment *a)
{
	struct run_record record;

	if (run_record_read(run->root, a->machine.boot_id, &record) < 0)
		return false;
	for (size_t i = 0; i < a->decision.n_outcomes; i++)
		if (!is_settled(run, a, &a->decision.outcome[i]))
			return false;
	return true;
}

/* Bound by nobody we know of: perhaps by the run that holds the lock, and tells in a moment. */
static bool is_untold_claim(const struct run *run, const struct assessment *a,
			    const struct outcome *o)
{
	struct record record;

	return o && o->verdict == VERDICT_ALREADY_CLAIMED &&
	       (record_read(run->root, &run->address, a->machine.boot_id, &record) < 0 ||
		record.verdict != VERDICT_ALREADY_CLAIMED);
}

/* What hides functions, about which no verdict tells of it: no function is known, or, for a run
 * over all, perhaps just the GPU is not. */
static const struct fault *untold_fault(const struct run *run, const struct assessment *a)
{
	const struct fault *fault = fault_of_all(&a->machine);

	if (!fault || !a->machine.n_functions)
		return fault;
	if (run->mode != CLAIM_BOOT || strcmp(fault->path, PCI_DEVICES) != 0)
		return NULL;
	for (size_t i = 0; i < a->decision.n_outcomes; i++)
		if (a->decision.outcome[i].unread)
			return NULL;
	return fault;
}

static int assess_devices(const struct run *run, struct assessment *ret)
{
	const struct fault *fault;
	char text[FAULT_TEXT_MAX];
	int r = assess(run->root, run->mode, ret);

	if (r < 0)
		return r;
	fault = untold_fault(run, ret);
	if (!fault)
		return 0;
	r = fault->error;
	log_line(LOG_ERR, "%s", fault_format(fault, text));
	assessment_free(ret);
	return r;
}

/* What of the boot's time to wait is left, if there is anything to wait for. */
static unsigned patience(const struct run *run, const struct assessment *a)
{
	struct run_record record;

	/* A tree that nobody changes does not change. */
	if ((run->dry && run->root->confined) || run->mode != CLAIM_BOOT || run->has_waited ||
	    !settle_is_due(a))
		return 0;
	if (run_record_read(run->root, a->machine.boot_id, &record) < 0)
		return SETTLE_MS; /* nobody has waited yet */
	return record.waited_ms < SETTLE_MS ? SETTLE_MS - record.waited_ms : 0;
}

/* -EAGAIN: wait first, for what run->result tells of. */
static int run_locked(struct run *run)
{
	struct assessment a;
	int r;

	r = assess_devices(run, &a);
	if (r < 0)
		return r;
	run->patience_ms = patience(run, &a);
	if (run->patience_ms) {
		run->result = a;
		return -EAGAIN;
	}
	if (a.machine.n_functions) {
		r = carry_out(run, &a);
		if (r < 0) {
			assessment_free(&a);
			return r;
		}
		report(run, &a);
	}
	run->result = a;
	return 0;
}

/* The lock, or -EBUSY; without a writable /run there is none, but the claim matters more. */
static int try_lock(const struct run *run, unsigned timeout_ms)
{
	int lock = lock_take(run->root, LOCK_OF_CLAIMS, timeout_ms);

	if (lock < 0 && lock != -EBUSY)
		log_errno(LOG_WARNING, lock, "cannot lock /%s/lock", RECORD_DIR);
	return lock;
}

static int try_boot(struct run *run)
{
	_cleanup_close_ int lock = try_lock(run, LOCK_TIMEOUT_MS);

	return lock == -EBUSY ? lock : run_locked(run);
}

/* Let USB controllers settle, at most as long as is left for it in this boot. */
static void wait_first(struct run *run)
{
	run->waited_ms = settle_wait(run->root, &run->result, run->patience_ms);
	run->has_waited = true;
	assessment_free(&run->result);
}

/* Waits without the lock: devices' events go on meanwhile. */
static int run_boot(struct run *run)
{
	int r = try_boot(run);

	if (r != -EAGAIN)
		return r;
	wait_first(run);
	return try_boot(run);
}

/* As a real run would, which it takes no time from. */
static int run_dry(struct run *run)
{
	int r = assess_devices(run, &run->result);

	if (r < 0)
		return r;
	run->patience_ms = patience(run, &run->result);
	if (!run->patience_ms)
		return 0;
	wait_first(run);
	return assess_devices(run, &run->result);
}

/* Decides without the lock, so that it is taken only where there is something to do. */
static int run_event(struct run *run)
{
	const struct outcome *own;
	bool done;
	int r;

	for (unsigned waited_ms = 0;; waited_ms += LOCK_SLICE_MS) {
		_cleanup_close_ int lock = -EBADF;
		struct assessment a;

		r = assess_devices(run, &a);
		if (r < 0)
			return r;
		own = decision_of(&a.decision, machine_find(&a.machine, &run->address));
		run->busy = own && own->act;
		done = all_settled(run, &a) || (waited_ms && !run->busy);
		if ((done && !is_untold_claim(run, &a, own)) || waited_ms >= LOCK_TIMEOUT_MS) {
			run->result = a;
			return 0;
		}
		assessment_free(&a);
		lock = try_lock(run, LOCK_SLICE_MS);
		if (lock == -EBUSY)
			continue;
		run->busy = false;
		return run_locked(run);
	}
}

int run_claim(struct run *run)
{
	if (run->dry)
		return run_dry(run);
	return run->mode == CLAIM_UDEV ? run_event(run) : run_boot(run);
}
