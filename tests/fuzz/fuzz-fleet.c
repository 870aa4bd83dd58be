/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What nodes say, one behind the other. However it comes in pieces, the same texts are found in it;
 * a node is ready only if it says so and no check of it fails; and nothing that a node says is
 * anything else than one line of text.
 */
#include <string.h>

#include "ctl/fleet/fleet.h"
#include "ctl/fleet/split.h"
#include "ctl/print/json.h"
#include "tests/fuzz/fuzz.h"

static void check_text(const char *text)
{
	for (; text && *text; text++)
		FUZZ_ASSERT((unsigned char)*text >= ' ' && *text != 0x7f);
}

static void check_node(const struct fleet_node *node)
{
	FUZZ_ASSERT(node->state < _NODE_STATES);
	FUZZ_ASSERT(node->state != NODE_READY || node->failed.n == 0);
	check_text(node->name);
	check_text(node->reason);
	for (size_t i = 0; i < node->failed.n; i++)
		check_text(node->failed.text[i]);
	for (size_t i = 0; i < node->n_gpus; i++) {
		check_text(node->gpu[i].name);
		check_text(node->gpu[i].alias);
	}
	for (size_t i = 0; i < node->fact.n; i++)
		check_text(fact_value(node->fact.text[i]));
}

static void take_text(char *text, struct fleet *fleet)
{
	_cleanup_(json_free) struct json_object *report = json_parse(text);
	struct fleet_node node = {0};

	if (!report || report_read(report, true, &node) < 0)
		return;
	check_node(&node);
	if (!node.name)
		node.name = strdup("node");
	node.source = strdup("file");
	FUZZ_ASSERT(node.name && node.source && fleet_add(fleet, &node) == 0);
}

/* Return: how many texts there are, and into @fleet the nodes. */
static size_t read_stream(const char *bytes, size_t n, size_t step, struct fleet *fleet)
{
	struct split split _cleanup_(split_free) = {.line = 1, .first = 1, .at_line_start = true};
	size_t texts = 0, taken;

	for (; n > 0; bytes += taken, n -= taken) {
		enum split_found found = split_take(&split, bytes, n < step ? n : step, &taken);
		_cleanup_free_ char *text = found == SPLIT_TEXT ? split_text(&split) : NULL;

		FUZZ_ASSERT(taken > 0 || found == SPLIT_BROKEN);
		FUZZ_ASSERT(found != SPLIT_TEXT || text);
		texts += found == SPLIT_TEXT;
		if (text && fleet)
			take_text(text, fleet);
	}
	return texts;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fleet fleet _cleanup_(fleet_free) = {.compared = true};
	struct fleet_summary summary _cleanup_(fleet_summary_free) = {0};
	size_t texts = read_stream((const char *)data, size, SIZE_MAX, &fleet), failed = 0;

	FUZZ_ASSERT(read_stream((const char *)data, size, 1, NULL) == texts);
	FUZZ_ASSERT(fleet.n <= texts);
	FUZZ_ASSERT(fleet_fold(&fleet, "node", &summary) == 0);
	for (size_t i = 0; i < summary.n_checks; i++)
		failed += summary.check[i].n;
	FUZZ_ASSERT(failed == summary.n_failures);
	for (size_t i = 0; i < summary.n_differences; i++)
		FUZZ_ASSERT(summary.difference[i].node < fleet.n &&
			    summary.difference[i].node != summary.reference);
	return 0;
}
