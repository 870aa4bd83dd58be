/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A card file: one statement a line, "#" begins a comment.
 *
 *	function N
 *	id VENDOR:DEVICE		subsystem VENDOR:DEVICE
 *	class CCSSPP			revision RR
 *	bar N mem32|mem64|io SIZE[K|M|G] [prefetch]
 *	reg BAR OFFSET VALUE		what BAR memory holds after a reset
 *	cap pm|msi|pcie [flr]		ext dsn|acs|sriov [TOTAL-VFS]
 *	lab BAR OFFSET			the test registers of lab_regs.h
 *	vf				a virtual function: found through its PF only
 */
#include "card.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_WORDS 6

struct line {
	char *word[MAX_WORDS];
	unsigned int n;
};

static bool number(const char *s, int base, uint64_t max, uint64_t *ret)
{
	char *end;
	unsigned long long v;

	if (!s)
		return false;
	errno = 0;
	v = strtoull(s, &end, base);
	if (errno || end == s || *end || v > max)
		return false;
	*ret = v;
	return true;
}

static bool size_of(const char *s, uint64_t *ret)
{
	char *end;
	uint64_t v;

	if (!s)
		return false;
	v = strtoull(s, &end, 0);
	if (*end == 'K')
		v <<= 10;
	else if (*end == 'M')
		v <<= 20;
	else if (*end == 'G')
		v <<= 30;
	else if (*end)
		return false;
	if (*end && end[1])
		return false;
	*ret = v;
	return v != 0 && (v & (v - 1)) == 0;
}

static bool id_pair(const char *s, uint16_t *vendor, uint16_t *device)
{
	unsigned int v, d;
	int end = 0;

	if (!s || sscanf(s, "%4x:%4x%n", &v, &d, &end) != 2 || s[end])
		return false;
	*vendor = (uint16_t)v;
	*device = (uint16_t)d;
	return true;
}

static bool parse_bar(struct function *f, const struct line *l)
{
	uint64_t n, size;
	struct bar *b;

	if (!number(l->word[1], 10, MAX_BARS - 1, &n) || !size_of(l->word[3], &size))
		return false;
	b = &f->bar[n];
	b->size = size;
	b->io = strcmp(l->word[2], "io") == 0;
	b->wide = strcmp(l->word[2], "mem64") == 0;
	b->prefetch = l->word[4] && strcmp(l->word[4], "prefetch") == 0;
	return b->io || b->wide || strcmp(l->word[2], "mem32") == 0;
}

static bool parse_place(const struct line *l, unsigned int *bar, uint32_t *offset)
{
	uint64_t n, at;

	if (!number(l->word[1], 10, MAX_BARS - 1, &n) || !number(l->word[2], 0, UINT32_MAX, &at))
		return false;
	*bar = (unsigned int)n;
	*offset = (uint32_t)at;
	return true;
}

static bool parse_reg(struct function *f, const struct line *l)
{
	struct initial_register *r = &f->reg[f->n_reg];
	uint64_t value;

	if (f->n_reg == MAX_REGISTERS || !parse_place(l, &r->bar, &r->offset) ||
	    !number(l->word[3], 0, UINT32_MAX, &value))
		return false;
	r->value = (uint32_t)value;
	f->n_reg++;
	return true;
}

static bool parse_statement(struct function *f, const struct line *l)
{
	const char *what = l->word[0];
	uint64_t v;

	if (strcmp(what, "id") == 0)
		return id_pair(l->word[1], &f->vendor, &f->device);
	if (strcmp(what, "subsystem") == 0)
		return id_pair(l->word[1], &f->subvendor, &f->subdevice);
	if (strcmp(what, "bar") == 0)
		return parse_bar(f, l);
	if (strcmp(what, "reg") == 0)
		return parse_reg(f, l);
	if (strcmp(what, "cap") == 0 && l->word[1])
		return config_add_capability(f, l->word[1], l->word[2]) == 0;
	if (strcmp(what, "ext") == 0 && l->word[1])
		return config_add_extended(f, l->word[1], l->word[2]) == 0;
	if (strcmp(what, "lab") == 0)
		return f->has_lab = parse_place(l, &f->lab_bar, &f->lab_offset);
	if (strcmp(what, "vf") == 0)
		return f->is_vf = true;
	if (strcmp(what, "class") == 0 && number(l->word[1], 16, 0xffffff, &v))
		return f->class_code = (uint32_t)v, true;
	if (strcmp(what, "revision") == 0 && number(l->word[1], 16, 0xff, &v))
		return f->revision = (uint8_t)v, true;
	return false;
}

static void split(char *text, struct line *ret)
{
	char *save = NULL;

	*ret = (struct line){0};
	text[strcspn(text, "#\n")] = '\0';
	for (char *w = strtok_r(text, " \t", &save); w && ret->n < MAX_WORDS;
	     w = strtok_r(NULL, " \t", &save))
		ret->word[ret->n++] = w;
}

static struct function *begin_function(struct card *card, const char *word)
{
	uint64_t n;
	struct function *f;

	if (!number(word, 10, MAX_FUNCTIONS - 1, &n))
		return NULL;
	f = &card->function[n];
	f->present = true;
	f->number = (unsigned int)n;
	config_init(f);
	return f;
}

/* A BAR that the file's lines name must be there and hold the place. */
static bool consistent(const struct function *f)
{
	for (size_t i = 0; i < f->n_reg; i++)
		if (f->reg[i].offset + 4ULL > f->bar[f->reg[i].bar].size)
			return false;
	return !f->has_lab || f->lab_offset + 0x18ULL <= f->bar[f->lab_bar].size;
}

static int read_lines(FILE *in, const char *path, struct card *card)
{
	struct function *f = NULL;
	struct line l;
	char text[256];

	for (unsigned int n = 1; fgets(text, sizeof(text), in); n++) {
		bool ok;

		split(text, &l);
		if (!l.n)
			continue;
		if (strcmp(l.word[0], "function") == 0)
			ok = (f = begin_function(card, l.word[1])) != NULL;
		else
			ok = f && parse_statement(f, &l);
		if (!ok) {
			fprintf(stderr, "%s:%u: bad statement \"%s\"\n", path, n, l.word[0]);
			return -EINVAL;
		}
	}
	return 0;
}

int card_read(const char *path, struct card *ret)
{
	unsigned int n = 0;
	FILE *in;
	int r;

	in = fopen(path, "re");
	if (!in)
		return -errno;
	r = read_lines(in, path, ret);
	fclose(in);
	for (unsigned int i = 0; r == 0 && i < MAX_FUNCTIONS; i++) {
		struct function *f = &ret->function[i];

		if (!f->present)
			continue;
		n++;
		if (!consistent(f))
			r = -ERANGE;
	}
	for (unsigned int i = 0; r == 0 && i < MAX_FUNCTIONS; i++)
		if (ret->function[i].present)
			config_finish(&ret->function[i], n > 1);
	return r;
}
