/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Machines, policies and decisions as short texts, for tests of the pure modules. */
#ifndef GPUCLAIM_BENCH_H
#define GPUCLAIM_BENCH_H

#include <errno.h>

#include "helper/claim/claim.h"
#include "helper/policy/config.h"
#include "tests/unit/test.h"

#define BENCH_TEXT_MAX 2048

struct bench {
	struct machine machine;
	struct policy policy;
	struct units units;
	struct decision decision;
	struct config config;
};

/* No test can go on after this. */
static inline void bench_require(bool good, const char *what)
{
	if (good)
		return;
	(void)printf("not ok: the test itself is wrong: %s\n", what);
	exit(EXIT_FAILURE);
}

/* "01:00.0" is short for "0000:01:00.0". */
static inline struct pci_address bench_address(const char *s)
{
	struct pci_address address;
	char full[32];

	(void)snprintf(full, sizeof(full), "%s%s", strlen(s) == 7 ? "0000:" : "", s);
	bench_require(pci_address_parse(full, &address) == 0, s);
	return address;
}

static inline struct group *bench_group(struct bench *b, int number)
{
	struct machine *m = &b->machine;

	for (size_t i = 0; i < m->n_groups; i++)
		if (m->group[i].number == number)
			return &m->group[i];
	m->group = reallocarray(m->group, m->n_groups + 1, sizeof(*m->group));
	bench_require(m->group, "memory");
	m->group[m->n_groups] = (struct group){.number = number, .type = "DMA-FQ"};
	return &m->group[m->n_groups++];
}

static inline void bench_join(struct bench *b, struct function *f, int number)
{
	struct group *group = bench_group(b, number);

	f->detail->group = number;
	group->member = reallocarray(group->member, group->n_members + 1, sizeof(size_t));
	bench_require(group->member, "memory");
	group->member[group->n_members++] = (size_t)(f - b->machine.function);
}

/* "claimed" or "claimed/vfio-pci": an earlier run's word, and what it was bound to then; "kept" is
 * "in-use" for now only. */
static inline void bench_record(struct function *f, char *value)
{
	char *driver = strchr(value, '/');

	if (driver) {
		*driver++ = '\0';
		(void)snprintf(f->detail->record.driver, sizeof(f->detail->record.driver), "%s",
			       driver);
	}
	f->detail->record.kept = strcmp(value, "kept") == 0;
	bench_require(verdict_parse(f->detail->record.kept ? "in-use" : value,
				    &f->detail->record.verdict) == 0,
		      value);
	(void)snprintf(f->detail->record.why, sizeof(f->detail->record.why), "as recorded");
	f->detail->has_record = true;
}

static inline void bench_text_fact(struct detail *d, const char *word, const char *value)
{
	if (strcmp(word, "override") == 0)
		(void)snprintf(d->driver_override, sizeof(d->driver_override), "%s", value);
	else if (strcmp(word, "held") == 0)
		(void)snprintf(d->held, sizeof(d->held), "%s", value);
	else if (strcmp(word, "unsettled") == 0)
		(void)snprintf(d->unsettled, sizeof(d->unsettled), "%s", value);
	else if (strcmp(word, "wanted") == 0)
		(void)snprintf(d->wanted, sizeof(d->wanted), "%s", value);
	else
		bench_require(false, word);
}

/* One word of a function's line. */
static inline void bench_fact(struct bench *b, struct function *f, char *word)
{
	struct detail *d = f->detail;
	char *value = strchr(word, '=');

	if (value)
		*value++ = '\0';
	if (strcmp(word, "group") == 0) {
		bench_join(b, f, atoi(value));
	} else if (strcmp(word, "driver") == 0) {
		f->driver = strdup(value);
	} else if (strcmp(word, "vfs") == 0) {
		d->vfs = (unsigned)atoi(value);
	} else if (strcmp(word, "match") == 0) {
		d->match = strcmp(value, "none") == 0 ? MATCH_NONE : MATCH_SOME;
	} else if (strcmp(word, "record") == 0) {
		bench_record(f, value);
	} else if (strcmp(word, "upstream") == 0) {
		struct pci_address address = bench_address(value);

		f->upstream = machine_find(&b->machine, &address);
		bench_require(f->upstream != NO_FUNCTION, value);
	} else if (strcmp(word, "unread") == 0) {
		f->unread = true;
	} else if (value) {
		bench_text_fact(d, word, value);
	} else {
		bool *flag = strcmp(word, "vf") == 0		? &d->vf
			     : strcmp(word, "boot-vga") == 0	? &d->boot_vga
			     : strcmp(word, "framebuffer") == 0 ? &d->framebuffer
								: &d->bridge;

		if (strcmp(word, "unavailable") == 0) {
			d->available = false;
			return;
		}
		bench_require(flag != &d->bridge || strcmp(word, "bridge") == 0, word);
		*flag = true;
	}
}

/* "ADDRESS VENDOR:DEVICE CLASS [FACT]...", in the order of addresses. */
static inline void bench_function(struct bench *b, char *first, char **save)
{
	struct machine *m = &b->machine;
	const char *id, *class_code;
	struct function *f;

	m->function = reallocarray(m->function, m->n_functions + 1, sizeof(*m->function));
	bench_require(m->function, "memory");
	f = &m->function[m->n_functions++];
	*f = (struct function){.upstream = NO_FUNCTION, .detail = calloc(1, sizeof(*f->detail))};
	bench_require(f->detail, "memory");
	f->detail->group = -1;
	f->detail->available = true;
	strcpy(f->detail->wanted, "vfio-pci");

	f->id.address = bench_address(first);
	id = strtok_r(NULL, " ", save);
	class_code = strtok_r(NULL, " ", save);
	bench_require(id && class_code && pci_id_parse(id, &f->id.id) == 0, first);
	f->id.class_code = (uint32_t)strtoul(class_code, NULL, 16);
	for (char *word = strtok_r(NULL, " ", save); word; word = strtok_r(NULL, " ", save))
		bench_fact(b, f, word);
}

/* "group=N FACT..." */
static inline void bench_group_line(struct bench *b, const char *first, char **save)
{
	struct group *group = bench_group(b, atoi(strchr(first, '=') + 1));

	for (char *word = strtok_r(NULL, " ", save); word; word = strtok_r(NULL, " ", save)) {
		if (strcmp(word, "direct") == 0)
			group->direct = true;
		else if (strcmp(word, "no-iommu") == 0)
			group->noiommu = true;
		else
			(void)snprintf(group->type, sizeof(group->type), "%s", word);
	}
}

/* "fault": what every verdict hangs on can't be read; "fault=ADDRESS": something of that function.
 */
static inline void bench_fault(struct bench *b, const char *first)
{
	struct machine *m = &b->machine;
	const char *of = strchr(first, '=');

	m->fault = reallocarray(m->fault, m->n_faults + 1, sizeof(*m->fault));
	bench_require(m->fault, "memory");
	m->fault[m->n_faults++] = (struct fault){
		.scope = of ? FAULT_FUNCTION : FAULT_ALL,
		.address = bench_address(of ? of + 1 : "00:00.0"),
		.error = -EIO,
		.path = "sys/x",
	};
}

/* Lines that end with ';'. The IOMMU is active unless one says otherwise. */
static inline void bench_machine(struct bench *b, const char *text)
{
	char copy[BENCH_TEXT_MAX], *outer = NULL, *inner = NULL;

	(void)snprintf(copy, sizeof(copy), "%s", text);
	b->machine.iommu = (struct iommu){.state = IOMMU_ACTIVE, .kind = IOMMU_INTEL, .empty = -1};
	for (char *line = strtok_r(copy, ";", &outer); line; line = strtok_r(NULL, ";", &outer)) {
		char *first = strtok_r(line, " ", &inner);

		if (!first)
			continue;
		if (strcmp(first, "iommu-off-firmware") == 0)
			b->machine.iommu.state = IOMMU_OFF_FIRMWARE;
		else if (strcmp(first, "iommu-off-kernel") == 0)
			b->machine.iommu.state = IOMMU_OFF_KERNEL;
		else if (strncmp(first, "kind=", 5) == 0)
			b->machine.iommu.kind = (enum iommu_kind)atoi(first + 5);
		else if (strncmp(first, "fault", 5) == 0)
			bench_fault(b, first);
		else if (strncmp(first, "group=", 6) == 0)
			bench_group_line(b, first, &inner);
		else
			bench_function(b, first, &inner);
	}
}

/* Configuration lines, and the words "off", "off-initramfs", "crash-kernel" and "not-armed". */
static inline void bench_policy(struct bench *b, const char *text)
{
	const char *conf = text;
	struct policy *p = &b->policy;

	if (strncmp(text, "off\n", 4) == 0)
		p->off = SWITCHED_OFF_KARG;
	else if (strncmp(text, "off-initramfs\n", 14) == 0)
		p->off = SWITCHED_OFF_INITRAMFS;
	else if (strncmp(text, "crash-kernel\n", 13) == 0)
		p->off = SWITCHED_OFF_CRASH_KERNEL;
	if (p->off != SWITCHED_ON || strncmp(text, "not-armed\n", 10) == 0)
		conf = strchr(text, '\n') + 1;

	bench_require(config_parse(conf, strlen(conf), "conf", &b->config) == 0, "memory");
	bench_require(b->config.n_errors == 0, conf);
	p->settings = b->config.settings;
	if (strncmp(text, "not-armed\n", 10) == 0) {
		p->disarmed = b->config.rules;
		p->n_disarmed = b->config.n_rules;
	} else {
		p->rules = b->config.rules;
		p->n_rules = b->config.n_rules;
	}
}

static inline bool bench_matters(const struct bench *b, size_t i)
{
	for (size_t u = 0; u < b->units.n_units; u++)
		for (size_t k = 0; k < b->units.unit[u].n_functions; k++) {
			size_t j = b->units.unit[u].function[k];
			int group = b->machine.function[j].detail->group;

			if (unit_is_wanted(&b->units.unit[u]) &&
			    (j == i ||
			     (group >= 0 && b->machine.function[i].detail->group == group)))
				return true;
		}
	return false;
}

/* As on a machine, only functions that matter have details: a decision must not look at others'. */
static inline void bench_forget(struct bench *b)
{
	_cleanup_free_ bool *matters = calloc(b->machine.n_functions + 1, sizeof(bool));

	bench_require(matters, "memory");
	for (size_t i = 0; i < b->machine.n_functions; i++)
		matters[i] = b->policy.off == SWITCHED_ON && bench_matters(b, i);
	for (size_t i = 0; i < b->machine.n_functions; i++)
		if (!matters[i]) {
			free(b->machine.function[i].detail);
			b->machine.function[i].detail = NULL;
		}
}

static inline void bench_set_up(struct bench *b, const char *conf, const char *machine)
{
	*b = (struct bench){0};
	bench_policy(b, conf);
	bench_machine(b, machine);
	bench_require(units_find(&b->machine, &b->policy, &b->units) == 0, "memory");
	bench_forget(b);
}

static inline void bench_decide(struct bench *b, const char *conf, const char *machine,
				enum claim_mode mode)
{
	bench_set_up(b, conf, machine);
	bench_require(claim_decide(&b->machine, &b->policy, &b->units, mode, &b->decision) == 0,
		      "memory");
}

static inline void bench_tear_down(struct bench *b)
{
	decision_free(&b->decision);
	units_free(&b->units);
	machine_free(&b->machine);
	config_free(&b->config); /* the policy's rules are these */
}

/* "01:00.0" where the domain is 0. */
static inline const char *bench_short(const struct pci_address *a, char buf[static PCI_ADDRESS_MAX])
{
	pci_address_format(a, buf);
	return a->domain ? buf : buf + strlen("0000:");
}

/* "01:00.0 claimed*, 01:00.1 in-use": the star is for what is acted on; "+" kept, "-" let go. */
static inline void bench_verdicts(const struct bench *b, char *buf, size_t size)
{
	size_t n = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < b->decision.n_outcomes && n < size; i++) {
		const struct outcome *o = &b->decision.outcome[i];
		char a[PCI_ADDRESS_MAX];

		n += (size_t)snprintf(buf + n, size - n, "%s%s %s%s%s%s", i ? ", " : "",
				      bench_short(&b->machine.function[o->function].id.address, a),
				      verdict_name(o->verdict), o->act ? "*" : "",
				      o->kept ? "+" : "", o->let_go ? "-" : "");
	}
}

/* A row of the tables: what is asked for, what there is, what comes of it. */
struct bench_row {
	const char *name, *conf, *machine;
	enum claim_mode mode;
	const char *verdicts;
};

static inline void bench_check(const struct bench_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct bench b;
		char got[BENCH_TEXT_MAX];

		bench_decide(&b, rows[i].conf, rows[i].machine, rows[i].mode);
		bench_verdicts(&b, got, sizeof(got));
		(void)test_text(rows[i].name, got, rows[i].verdicts);
		bench_tear_down(&b);
	}
}

#endif
