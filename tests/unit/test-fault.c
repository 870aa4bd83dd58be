/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What could not be read, and which GPU's verdict hangs on it. */
#include "helper/claim/fault.h"
#include "tests/unit/test.h"

#define GPU    0x030000
#define AUDIO  0x040300
#define NIC    0x020000
#define BRIDGE 0x060400

enum { AT_GPU, AT_AUDIO, AT_NIC, AT_PORT, AT_BOARD, AT_MEMBER, AT_LOST, AT_OTHER, AT_FAR, N };

static struct detail detail = {.group = 1};
static struct function functions[N] = {
	[AT_GPU] = {{{0, 1, 0, 0}, {0x10de, 1}, .class_code = GPU},
		    .upstream = AT_PORT,
		    .detail = &detail},
	[AT_AUDIO] = {{{0, 1, 0, 1}, .class_code = AUDIO}, true, .upstream = AT_PORT},
	[AT_NIC] = {{{0, 1, 0, 2}, .class_code = NIC}, true, .upstream = AT_PORT},
	[AT_PORT] = {{{0, 0, 1, 0}, .class_code = BRIDGE}, .upstream = NO_FUNCTION},
	[AT_BOARD] = {{{0, 2, 0, 0}, .class_code = 0}, true, .upstream = AT_PORT},
	[AT_MEMBER] = {{{0, 3, 0, 0}, .class_code = NIC}, .upstream = NO_FUNCTION},
	[AT_LOST] = {{{0, 4, 0, 0}, .class_code = NIC}, .upstream = UNKNOWN_FUNCTION},
	[AT_OTHER] = {{{0, 5, 0, 0}, .class_code = 0}, true, .upstream = NO_FUNCTION},
	[AT_FAR] = {{{0, 6, 0, 0}, .class_code = AUDIO}, true, .upstream = AT_MEMBER},
};
static size_t members[] = {AT_GPU, AT_MEMBER}, others[] = {AT_FAR};
static struct group groups[] = {
	{.number = 1, .member = members, .n_members = ARRAY_SIZE(members)},
	{.number = 2, .member = others, .n_members = ARRAY_SIZE(others)},
};

/* functions[] in the order of their addresses, as machine_find() wants them. */
static void make_machine(struct machine *machine, struct function sorted[static N])
{
	size_t place[N];

	for (size_t i = 0; i < N; i++) {
		place[i] = 0;
		for (size_t k = 0; k < N; k++)
			place[i] += pci_address_compare(&functions[k].id.address,
							&functions[i].id.address) < 0;
	}
	for (size_t i = 0; i < N; i++) {
		sorted[place[i]] = functions[i];
		if (functions[i].upstream < N)
			sorted[place[i]].upstream = place[functions[i].upstream];
	}
	for (size_t g = 0; g < ARRAY_SIZE(groups); g++)
		for (size_t m = 0; m < groups[g].n_members; m++)
			groups[g].member[m] = place[groups[g].member[m]];
	*machine = (struct machine){.function = sorted,
				    .n_functions = N,
				    .group = groups,
				    .n_groups = ARRAY_SIZE(groups)};
}

static void test_concerns(const struct machine *machine, const struct unit *unit)
{
	static const struct {
		const char *name;
		struct fault fault;
		bool slot, group; /* by the setting companions */
	} rows[] = {
		{"all", {FAULT_ALL}, true, true},
		{"its group", {FAULT_GROUP, .group = 1}, true, true},
		{"another group", {FAULT_GROUP, .group = 2}, false, false},
		{"itself", {FAULT_FUNCTION, .address = {0, 1, 0, 0}}, true, true},
		{"its audio function", {FAULT_FUNCTION, .address = {0, 1, 0, 1}}, true, true},
		{"no companion", {FAULT_FUNCTION, .address = {0, 1, 0, 2}}, false, false},
		{"the port", {FAULT_FUNCTION, .address = {0, 0, 1, 0}}, false, false},
		{"a slot of its board", {FAULT_FUNCTION, .address = {0, 2, 0, 0}}, false, true},
		{"a member of its group", {FAULT_FUNCTION, .address = {0, 3, 0, 0}}, true, true},
		{"its port is unknown", {FAULT_FUNCTION, .address = {0, 4, 0, 0}}, false, true},
		{"behind no port", {FAULT_FUNCTION, .address = {0, 5, 0, 0}}, false, false},
		{"behind another port", {FAULT_FUNCTION, .address = {0, 6, 0, 0}}, false, false},
		{"not there", {FAULT_FUNCTION, .address = {0, 9, 0, 0}}, false, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		test_int(rows[i].name,
			 fault_concerns(machine, unit, &rows[i].fault, COMPANIONS_SLOT),
			 rows[i].slot);
		test_int(rows[i].name,
			 fault_concerns(machine, unit, &rows[i].fault, COMPANIONS_GROUP),
			 rows[i].group);
	}
}

/* Where the GPU's own port is unknown, any function may be of its board. */
static void test_lost_gpu(struct machine *machine, const struct unit *unit)
{
	const struct fault fault = {FAULT_FUNCTION, .address = {0, 6, 0, 0}};
	size_t upstream = machine->function[unit->gpu].upstream;

	machine->function[unit->gpu].upstream = UNKNOWN_FUNCTION;
	test_int("a GPU whose port is unknown",
		 fault_concerns(machine, unit, &fault, COMPANIONS_GROUP), true);
	machine->function[unit->gpu].upstream = upstream;
}

static long first(const struct machine *machine, const struct fault *fault)
{
	return fault ? fault - machine->fault : -1;
}

static void test_first(struct machine *machine, const struct unit *unit)
{
	static struct fault faults[] = {
		{FAULT_GROUP, .group = 2},
		{FAULT_FUNCTION, .address = {0, 9, 0, 0}},
		{FAULT_FUNCTION, .address = {0, 1, 0, 0}},
		{FAULT_FUNCTION, .address = {0, 1, 0, 0}},
		{FAULT_ALL},
		{FAULT_ALL},
	};

	machine->fault = faults;
	machine->n_faults = ARRAY_SIZE(faults);
	test_int("of the unit", first(machine, fault_of_unit(machine, unit, COMPANIONS_SLOT)), 2);
	test_int("of all", first(machine, fault_of_all(machine)), 4);
	test_int("of the function", first(machine, fault_of_function(machine, unit->gpu)), 2);
	machine->n_faults = 2;
	test_int("none of the unit", first(machine, fault_of_unit(machine, unit, COMPANIONS_SLOT)),
		 -1);
	test_int("none of all", first(machine, fault_of_all(machine)), -1);
	test_int("none of the function", first(machine, fault_of_function(machine, unit->gpu)), -1);
}

/* Of two that are written there one counts. */
static void test_number(const struct machine *machine)
{
	struct fault faults[] = {{.scope = FAULT_GROUP, .group = 2}, {.scope = FAULT_ALL}};
	struct machine with = *machine;

	with.fault = faults;
	with.n_faults = 1;
	test_int("none of all", fault_of_all(&with) == NULL, true);
	with.n_faults = 2;
	test_int("one of all", fault_of_all(&with) == &faults[1], true);
}

static void test_words(void)
{
	const struct fault broken = {.error = -EIO, .path = "sys/x"}, barred = {.error = -EACCES},
			   refused = {.error = -EPERM};
	char buf[FAULT_TEXT_MAX];

	test_text("a sentence", fault_format(&broken, buf),
		  "cannot read /sys/x: Input/output error");
	test_text("no remedy", fault_remedy(&broken), "");
	test_text("barred", fault_remedy(&barred), ": run this as root");
	test_text("refused", fault_remedy(&refused), ": run this as root");
}

/* What is not there, or went away; any other error is one. */
static void test_absent(void)
{
	static const struct {
		int r;
		bool absent;
	} rows[] = {{-ENOENT, true}, {-ENOTDIR, true}, {-ENODEV, true},	 {-ESRCH, false},
		    {-EIO, false},   {-ENOMEM, false}, {-EACCES, false}, {0, false}};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		test_int(strerror(-rows[i].r), root_is_absent(rows[i].r), rows[i].absent);
}

TESTS(fault)
{
	struct function sorted[N];
	struct machine machine;
	size_t own[2];
	struct unit unit = {.function = own, .n_functions = 1};

	make_machine(&machine, sorted);
	unit.gpu = own[0] = machine_find(&machine, &functions[AT_GPU].id.address);
	own[1] = unit.gpu + 1;
	test_concerns(&machine, &unit);
	test_lost_gpu(&machine, &unit);
	test_first(&machine, &unit);
	test_number(&machine);
	test_words();
	unit.n_functions = 2; /* with the audio function, known as a companion before it was lost */
	test_concerns(&machine, &unit);
	test_absent();
	return test_done();
}
