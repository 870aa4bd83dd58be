/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What Placement has, held against what Nova makes of the node; the servers are tests/nova's. */
#include "ctl/judge/placement.h"
#include "tests/unit/test.h"

#define CLASS	"CUSTOM_PCI_10DE_1C81"
#define MANAGED "COMPUTE_MANAGED_PCI_DEVICE"
#define READY	"node_0000:01:00.0"
#define BROKEN	"node_0000:02:00.0"
#define DISK	"node_0000:03:00.0"

static struct nova_device devices[] = {
	{.address = {0, 1, 0, 0}},
	{.address = {0, 2, 0, 0}},
	{.address = {0, 3, 0, 0}},
};
static const struct nova_host host = {.device = devices, .n_devices = ARRAY_SIZE(devices)};
static const struct device_facts gpus[] = {
	{.address = {0, 1, 0, 0}, .in_unit = true, .selected = true},
	{.address = {0, 2, 0, 0}, .in_unit = true, .selected = true},
};

/* One of Placement's; "": no such inventory, trait or consumer. */
struct given {
	const char *name, *inventory;
	long total, reserved;
	const char *trait, *consumer;
};

static void add(struct placement *placement, const struct given *given)
{
	struct placement_provider *p = &placement->provider[placement->n++];

	*p = (struct placement_provider){.name = strdup(given->name), .uuid = strdup("1")};
	p->inventory = calloc(1, sizeof(*p->inventory));
	if (given->inventory[0])
		p->inventory[p->n_inventories++] = (struct placement_inventory){
			strdup(given->inventory), given->total, given->reserved, 1};
	if (given->trait[0])
		test_int("a trait", text_list_add(&p->trait, "%s", given->trait), 0);
	for (const char *c = given->consumer; *c; c++)
		test_int("a consumer", text_list_add(&p->consumer, "%c", *c), 0);
}

/* What it is said of: the first that fails, else that warns, else the last; without its ID. */
static const char *worst_of(const struct findings *findings)
{
	for (enum check_state state = STATE_FAIL;; state = STATE_WARN) {
		for (size_t i = 0; i < findings->n; i++)
			if (findings->finding[i].state == state)
				return findings->finding[i].message;
		if (state == STATE_WARN)
			return findings->n ? findings->finding[findings->n - 1].message : "";
	}
}

/* The node has two GPUs, of which the first is ready and Nova is to make a provider. */
struct bench {
	struct device_result results[2];
	struct provider expected[2];
	struct nova_judgement judgement;
	struct verify_facts facts;
	char *traits[1];
};

static void set_up(struct bench *b)
{
	static char managed[] = MANAGED, name[] = CLASS;

	*b = (struct bench){.results = {{.ready = true}, {.n_reasons = 1, .reason = {"why"}}}};
	b->traits[0] = managed;
	for (size_t i = 0; i < 2; i++)
		b->expected[i] = (struct provider){.address = devices[i].address,
						   .resource_class = name,
						   .trait = {b->traits, 1},
						   .n_devices = 1};
	b->judgement = (struct nova_judgement){.rules = {.report = true},
					       .providers = {.provider = b->expected, .n = 1}};
	b->facts = (struct verify_facts){.node = "node",
					 .host = &host,
					 .devices = gpus,
					 .results = b->results,
					 .n_devices = 2};
}

static void judge(struct bench *b, const struct given *given, const char *name,
		  const char *expected)
{
	struct placement placement _cleanup_(placement_free) = {.node = strdup("node")};

	placement.provider = calloc(4, sizeof(*placement.provider));
	for (; given && given->name; given++)
		add(&placement, given);
	test_int(name, placement_judge(&b->facts, &placement, &b->judgement), 0);
	test_text(name, worst_of(&b->judgement.findings), expected);
	findings_free(&b->judgement.findings);
	b->judgement.findings = (struct findings){0};
}

static void test_rows(void)
{
	static const struct {
		const char *name;
		struct given given[3];
		const char *expected;
	} rows[] = {
		{"as it is to be",
		 {{READY, CLASS, 1, 0, MANAGED, ""}},
		 "Placement has the 1 PCI resource providers of node"},
		{"others' providers",
		 {{READY, CLASS, 1, 0, MANAGED, ""}, {"node_pf", "", 0, 0, MANAGED, ""}},
		 "Placement has the 1 PCI resource providers of node"},
		{"another node's",
		 {{READY, CLASS, 1, 0, MANAGED, ""}, {"edon_0000:02:00.0", "", 0, 0, MANAGED, ""}},
		 "Placement has the 1 PCI resource providers of node"},
		{"none", {{0}}, "Placement has no resource provider " READY ", whose GPU is ready"},
		{"no such device",
		 {{READY, CLASS, 1, 0, MANAGED, ""}, {"node_0000:09:00.0", CLASS, 1, 0, "", ""}},
		 "Placement offers node_0000:09:00.0, and this node has no such device"},
		{"no such device, allocated",
		 {{READY, CLASS, 1, 0, MANAGED, ""}, {"node_0000:09:00.0", CLASS, 1, 0, "", "a"}},
		 "Placement offers node_0000:09:00.0, and this node has no such device; it is "
		 "allocated"},
		{"the one that is not ready",
		 {{READY, CLASS, 1, 0, MANAGED, ""}, {BROKEN, CLASS, 1, 0, MANAGED, ""}},
		 "Placement offers " BROKEN ", which is not ready: why"},
		{"a disk, of Nova's",
		 {{READY, CLASS, 1, 0, MANAGED, ""}, {DISK, CLASS, 1, 0, MANAGED, ""}},
		 "Placement offers " DISK ", which no device_spec matches"},
		{"a disk, of somebody else's",
		 {{READY, CLASS, 1, 0, MANAGED, ""}, {DISK, CLASS, 1, 0, "CUSTOM_X", ""}},
		 "Placement has the 1 PCI resource providers of node"},
		{"another class",
		 {{READY, "CUSTOM_X", 1, 0, MANAGED, ""}},
		 READY " has no inventory of " CLASS ", but of CUSTOM_X"},
		{"no inventory",
		 {{READY, "", 0, 0, MANAGED, ""}},
		 READY " has no inventory of " CLASS},
		{"more than one",
		 {{READY, CLASS, 2, 0, MANAGED, ""}},
		 "the inventory of " READY " has a total of 2 " CLASS ", not 1"},
		{"none in all",
		 {{READY, CLASS, 0, 0, MANAGED, ""}},
		 "the inventory of " READY " has a total of 0 " CLASS ", not 1"},
		{"reserved",
		 {{READY, CLASS, 1, 1, MANAGED, ""}},
		 READY ": all 1 " CLASS " are reserved: no server gets one"},
		{"reserved, and more",
		 {{READY, CLASS, 1, 2, MANAGED, ""}},
		 READY ": all 2 " CLASS " are reserved: no server gets one"},
		{"no trait", {{READY, CLASS, 1, 0, "", ""}}, READY " lacks trait " MANAGED},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct bench b;

		set_up(&b);
		judge(&b, rows[i].given, rows[i].name, rows[i].expected);
	}
}

/* What the GPU that is not ready is said to be, by its own facts. */
static void test_not_ready(void)
{
	static char doubt[] = "a sentence";
	static const struct given given[] = {
		{READY, CLASS, 1, 0, MANAGED, ""}, {BROKEN, CLASS, 1, 0, MANAGED, "ab"}, {0}};
	struct placement placement _cleanup_(placement_free) = {.node = strdup("node")};
	struct bench b;

	set_up(&b);
	placement.provider = calloc(2, sizeof(*placement.provider));
	add(&placement, &given[0]);
	add(&placement, &given[1]);
	test_int("judged", placement_judge(&b.facts, &placement, &b.judgement), 0);
	test_int("two things are said", (long)b.judgement.findings.n, 2);
	test_text("its server is", b.judgement.findings.finding[1].message,
		  BROKEN ": 1 allocated to a and others, and the GPU is not ready: why");
	findings_free(&b.judgement.findings);
	b.judgement.findings = (struct findings){0};

	b.results[1].shares = true;
	b.judgement.providers.n = 2;
	judge(&b, given, "it shares a group that is given whole",
	      "Placement has the 2 PCI resource providers of node");
	b.results[1] = (struct device_result){0};
	judge(&b, given, "no reason",
	      "Placement offers " BROKEN ", which is not ready: no reason is known");
	b.judgement.providers.n = 1;
	b.judgement.specs.doubt = doubt;
	b.results[1].ready = true;
	judge(&b, given, "no word against what was not judged",
	      "Placement has the 1 PCI resource providers of node");
}

static void test_whole_node(void)
{
	static const struct given managed[] = {{READY, CLASS, 1, 0, MANAGED, ""}, {0}};
	static const struct placement nowhere = {0};
	struct bench b;

	set_up(&b);
	test_int("judged", placement_judge(&b.facts, &nowhere, &b.judgement), 0);
	test_text("it is not there", worst_of(&b.judgement.findings),
		  "Placement has no resource provider of this node, node");
	findings_free(&b.judgement.findings);
	b.judgement.findings = (struct findings){0};

	b.judgement.rules.report = false;
	judge(&b, NULL, "switched off",
	      "report_in_placement is off: Placement has no PCI device of node");
	set_up(&b);
	b.judgement.rules.report = false;
	judge(&b, managed, "switched off again",
	      "PlacementPciException: Failed to gather or report PCI resources to Placement: The "
	      "[pci]report_in_placement is False but it was enabled before on this compute. Nova "
	      "does not support disabling it after it is enabled.");
}

TESTS(judge_placement)
{
	test_rows();
	test_not_ready();
	test_whole_node();
	return test_done();
}
