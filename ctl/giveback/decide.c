/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/giveback/decide.h"

#include "ctl/machine/health.h"

enum giveback_way way_of(const struct way_facts *facts)
{
	if (facts->alone)
		return GIVEBACK_BY_FUNCTION;
	return facts->whole && facts->grouped ? GIVEBACK_BY_SLOT : GIVEBACK_NO_WAY;
}

bool way_resets_alone(const char *methods, bool only)
{
	unsigned kinds = methods ? reset_kinds(methods) : RESET_OF_FUNCTION;

	return kinds & RESET_OF_FUNCTION || (only && kinds);
}

static const struct {
	const char *word, *sentence;
} doubts[_GIVEBACK_DOUBT_COUNT] = {
	[GIVEBACK_SURE] = {"returned", "it was proven, and is offered again"},
	[GIVEBACK_NOTHING] = {"nothing", "Placement has no reservation of it"},
	[GIVEBACK_NO_PROVIDER] =
		{"no-provider",
		 "Placement has no resource provider of it: [pci] report_in_placement makes one"},
	[GIVEBACK_USED] = {"used", "Placement has an allocation of it: delete that server first"},
	[GIVEBACK_PARTLY] = {"partly-reserved",
			     "only a part of it is reserved, which is not Nova's doing"},
	[GIVEBACK_NOT_READY] = {"not-ready", "it is not ready"},
	[GIVEBACK_HELD] = {"held", "it is in use on this node"},
	[GIVEBACK_UNSEEN] = {"unseen", "it is not known whether it is in use on this node"},
	[GIVEBACK_NO_RECORD] =
		{"no-record",
		 "the record of this boot does not say how it was when it was claimed: reboot the node"},
	[GIVEBACK_NO_RESET] = {"no-reset",
			       "the kernel can't reset it without others: reboot the node"},
	[GIVEBACK_BAD_RESET] =
		{"bad-reset", "its reset is known to fail: see check reset of gpuclaimctl status"},
	[GIVEBACK_READ_ONLY] =
		{"read-only",
		 "its reset can't be written to: run this as root, outside of a sandbox"},
	[GIVEBACK_OTHER_IDS] = {"not-answering",
				"after its reset it does not answer with the IDs that it had"},
	[GIVEBACK_WORSE] = {"worse", "after its reset it is worse than when it was claimed"},
	[GIVEBACK_UNTOLD] =
		{"untold",
		 "after its reset the kernel reports less of it than when it was claimed"},
	[GIVEBACK_UNKNOWN] =
		{"unknown",
		 "no claim line selects a GPU at this address: gpuclaimctl scan lists the GPUs"},
	[GIVEBACK_FAILED] = {"failed", "something failed"},
	[GIVEBACK_UNFINISHED] = {"unfinished", "it was begun, and has not ended"},
};

const char *giveback_word(enum giveback_doubt doubt)
{
	return doubts[doubt].word;
}

const char *giveback_sentence(enum giveback_doubt doubt)
{
	return doubts[doubt].sentence;
}

static enum giveback_doubt doubt_placement(const struct giveback_facts *f)
{
	if (!f->provider)
		return GIVEBACK_NO_PROVIDER;
	if (f->used > 0)
		return GIVEBACK_USED;
	if (f->reserved <= 0)
		return GIVEBACK_NOTHING;
	return f->one_time && f->reserved < f->total ? GIVEBACK_PARTLY : GIVEBACK_SURE;
}

static enum giveback_doubt doubt_machine(const struct giveback_facts *f)
{
	if (!f->ready)
		return GIVEBACK_NOT_READY;
	if (f->held)
		return GIVEBACK_HELD;
	if (f->unseen)
		return GIVEBACK_UNSEEN;
	if (!f->then.known)
		return GIVEBACK_NO_RECORD;
	if (f->way == GIVEBACK_NO_WAY)
		return GIVEBACK_NO_RESET;
	if (f->bad_reset)
		return GIVEBACK_BAD_RESET;
	return f->writable ? GIVEBACK_SURE : GIVEBACK_READ_ONLY;
}

struct vitals giveback_reference(const struct giveback_facts *f)
{
	struct vitals reference = f->then;

	reference.value[VITAL_CORRECTABLE] = f->before.value[VITAL_CORRECTABLE];
	return reference;
}

static enum giveback_doubt doubt_health(const struct giveback_facts *f)
{
	const struct vitals reference = giveback_reference(f);

	if (!f->same_ids)
		return GIVEBACK_OTHER_IDS;
	if (vitals_find_worse(&reference, &f->now) != _VITAL_COUNT)
		return GIVEBACK_WORSE;
	for (size_t i = 0; i < _VITAL_COUNT; i++)
		if (!f->now.known ||
		    (reference.value[i] != VITAL_UNKNOWN && f->now.value[i] == VITAL_UNKNOWN))
			return GIVEBACK_UNTOLD;
	return GIVEBACK_SURE;
}

enum giveback_doubt giveback_decide(const struct giveback_facts *f)
{
	enum giveback_doubt doubt = doubt_placement(f);

	if (doubt == GIVEBACK_SURE)
		doubt = doubt_machine(f);
	return doubt == GIVEBACK_SURE && f->was_reset ? doubt_health(f) : doubt;
}
