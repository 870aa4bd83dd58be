/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nova/python/python_regex.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/*
 * The text is so short that a pattern is what it does to it: from each position, where can it
 * end? A character set moves one on, a sequence chains, "|" unites, a repeat is a power. So
 * there is no tree, no backtracking, and no pattern takes long.
 */
#define POSITIONS (PY_REGEX_TEXT_MAX + 1)

/* Bit e of to[s]: it can begin at s and end at e. */
struct moves {
	uint16_t to[POSITIONS];
};

/* As many chained moves are as good as any more: each ends the way or stays where it is. */
#define CHAIN_MAX (POSITIONS + 1)
#define DEPTH_MAX 32
#define COUNT_MAX 99999

struct parser {
	const char *at, *text;
	unsigned length, depth;
	enum py_regex problem; /* WRONG or UNKNOWN ends it */
};

typedef bool set_t[128];

static struct moves stop(struct parser *p, enum py_regex problem)
{
	if (p->problem == PY_REGEX_NO)
		p->problem = problem;
	return (struct moves){0};
}

static struct moves stay(const struct parser *p)
{
	struct moves m = {0};

	for (unsigned i = 0; i <= p->length; i++)
		m.to[i] = (uint16_t)(1u << i);
	return m;
}

static struct moves chain(const struct moves *a, const struct moves *b)
{
	struct moves m = {0};

	for (unsigned i = 0; i < POSITIONS; i++)
		for (unsigned k = 0; k < POSITIONS; k++)
			if (a->to[i] >> k & 1)
				m.to[i] |= b->to[k];
	return m;
}

static struct moves unite(const struct moves *a, const struct moves *b)
{
	struct moves m;

	for (unsigned i = 0; i < POSITIONS; i++)
		m.to[i] = a->to[i] | b->to[i];
	return m;
}

static struct moves only_at(unsigned position)
{
	struct moves m = {0};

	m.to[position] = (uint16_t)(1u << position);
	return m;
}

static struct moves one_of(const struct parser *p, const set_t set)
{
	struct moves m = {0};

	for (unsigned i = 0; i < p->length; i++)
		if (set[(unsigned char)p->text[i]])
			m.to[i] = (uint16_t)(1u << (i + 1));
	return m;
}

/* Adds what \d and its like stand for. */
static bool add_class(set_t set, char letter)
{
	for (int c = 0; c < 128; c++) {
		bool in;

		switch (tolower(letter)) {
		case 'd':
			in = isdigit(c);
			break;
		case 'w':
			in = isalnum(c) || c == '_';
			break;
		case 's':
			in = isspace(c) || (c >= 0x1c && c <= 0x1f);
			break;
		default:
			return false;
		}
		set[c] |= in == !isupper((unsigned char)letter);
	}
	return true;
}

/* A backslash was read: the one character that it makes, or -1 with a problem. */
static int parse_escaped(struct parser *p)
{
	unsigned char c = (unsigned char)*p->at;

	if (!c || (isalpha(c) && !strchr("AbBdDsSwWZafnrtvxuUNz", c)))
		(void)stop(p, PY_REGEX_WRONG);
	else if (isalnum(c) || c > 127)
		(void)stop(p, PY_REGEX_UNKNOWN);
	if (p->problem != PY_REGEX_NO)
		return -1;
	p->at++;
	return c;
}

/* One character of a set; -1 for a class that was added to it, or a problem. */
static int parse_set_character(struct parser *p, set_t set)
{
	unsigned char c = (unsigned char)*p->at;

	if (!c)
		(void)stop(p, PY_REGEX_WRONG);
	else if (c > 127)
		(void)stop(p, PY_REGEX_UNKNOWN);
	if (p->problem != PY_REGEX_NO)
		return -1;
	p->at++;
	if (c != '\\')
		return c;
	if (*p->at && add_class(set, *p->at)) {
		p->at++;
		return -1;
	}
	/* Letters mean other things in a set: only those that are classes are judged. */
	if (isalpha((unsigned char)*p->at) && strchr("AZBz", *p->at)) {
		(void)stop(p, PY_REGEX_WRONG);
		return -1;
	}
	return parse_escaped(p);
}

static void parse_set_item(struct parser *p, set_t set)
{
	set_t high_class = {0};
	int low = parse_set_character(p, set), high;

	if (p->problem != PY_REGEX_NO)
		return;
	if (p->at[0] != '-' || p->at[1] == ']' || !p->at[1]) {
		if (low >= 0)
			set[low] = true;
		return;
	}
	p->at++;
	/* "--" and "[a-\d]": the one is reserved, the other refused. */
	if (*p->at == '-')
		(void)stop(p, PY_REGEX_UNKNOWN);
	high = p->problem == PY_REGEX_NO ? parse_set_character(p, high_class) : -1;
	if (p->problem == PY_REGEX_NO && (low < 0 || high < low))
		(void)stop(p, PY_REGEX_WRONG);
	for (int c = low; p->problem == PY_REGEX_NO && c <= high; c++)
		set[c] = true;
}

/* After "[". Doubled punctuation within is reserved for set operations. */
static struct moves parse_set(struct parser *p)
{
	bool negated = *p->at == '^', first = true;
	set_t set = {0};

	p->at += negated;
	for (; p->problem == PY_REGEX_NO && (first || *p->at != ']'); first = false) {
		if (*p->at == '[' || (strchr("-&~|", *p->at) && *p->at && p->at[1] == p->at[0]))
			return stop(p, PY_REGEX_UNKNOWN);
		parse_set_item(p, set);
	}
	if (p->problem != PY_REGEX_NO)
		return (struct moves){0};
	p->at++;
	for (int c = 0; negated && c < 128; c++)
		set[c] = !set[c];
	return one_of(p, set);
}

static struct moves parse_choice(struct parser *p);

/* After "(". */
static struct moves parse_group(struct parser *p)
{
	struct moves m;

	if (*p->at == '?' && p->at[1] != ':')
		return stop(p, PY_REGEX_UNKNOWN);
	if (*p->at == '?')
		p->at += 2;
	if (++p->depth > DEPTH_MAX)
		return stop(p, PY_REGEX_UNKNOWN);
	m = parse_choice(p);
	p->depth--;
	if (p->problem == PY_REGEX_NO && *p->at != ')')
		return stop(p, PY_REGEX_WRONG);
	p->at += p->problem == PY_REGEX_NO;
	return m;
}

static struct moves parse_backslash(struct parser *p, bool *anchor)
{
	set_t set = {0};
	int c;

	*anchor = *p->at == 'A' || *p->at == 'Z';
	if (*anchor)
		return only_at(*p->at++ == 'A' ? 0 : p->length);
	if (*p->at && add_class(set, *p->at)) {
		p->at++;
		return one_of(p, set);
	}
	c = parse_escaped(p);
	if (c >= 0)
		set[c] = true;
	return one_of(p, set);
}

/* One thing that a repeat can follow; an anchor can't be repeated. */
static struct moves parse_atom(struct parser *p, bool *anchor)
{
	unsigned char c = (unsigned char)*p->at++;
	set_t set = {0};

	*anchor = c == '^' || c == '$';
	switch (c) {
	case '^':
		return only_at(0);
	case '$':
		return only_at(p->length);
	case '[':
		return parse_set(p);
	case '(':
		return parse_group(p);
	case '\\':
		return parse_backslash(p, anchor);
	case '.':
		memset(set, true, sizeof(set));
		set['\n'] = false;
		return one_of(p, set);
	default:
		break;
	}
	if (c > 127)
		return stop(p, PY_REGEX_UNKNOWN);
	set[c] = true;
	return one_of(p, set);
}

static bool parse_count(const char **at, unsigned *ret)
{
	bool any = false;

	for (*ret = 0; isdigit((unsigned char)**at); (*at)++, any = true)
		if (*ret <= COUNT_MAX)
			*ret = *ret * 10 + (unsigned)(**at - '0');
	return any;
}

/* "*", "+", "?" or "{m,n}" at p->at; what looks like none is a character. */
static bool parse_repeat(struct parser *p, unsigned *least, unsigned *most)
{
	const char *at = p->at + 1;

	*least = *p->at == '+';
	*most = *p->at == '?' ? 1 : UINT32_MAX;
	if (*p->at == '*' || *p->at == '+' || *p->at == '?') {
		p->at++;
		return true;
	}
	if (*p->at != '{' || *at == '}')
		return false;
	bool has_least = parse_count(&at, least);
	unsigned count;

	if (*at == ',') {
		at++;
		if (parse_count(&at, &count))
			*most = count;
	} else if (has_least) {
		*most = *least;
	}
	if (*at != '}' || (!has_least && at == p->at + 1))
		return false;
	p->at = at + 1;
	if (*least > COUNT_MAX || (*most != UINT32_MAX && *most > COUNT_MAX))
		(void)stop(p, PY_REGEX_UNKNOWN);
	else if (*most < *least)
		(void)stop(p, PY_REGEX_WRONG);
	return true;
}

static struct moves repeat(const struct parser *p, const struct moves *m, unsigned least,
			   unsigned most)
{
	struct moves all, power = stay(p);
	unsigned i;

	for (i = 0; i < least && i < CHAIN_MAX; i++)
		power = chain(&power, m);
	all = power;
	for (unsigned k = least; k < most && k - least < CHAIN_MAX; k++) {
		power = chain(&power, m);
		all = unite(&all, &power);
	}
	return all;
}

static struct moves parse_item(struct parser *p)
{
	unsigned least, most;
	bool anchor;
	struct moves m;

	if (parse_repeat(p, &least, &most))
		return stop(p, PY_REGEX_WRONG); /* nothing to repeat */
	m = parse_atom(p, &anchor);
	if (p->problem != PY_REGEX_NO || !parse_repeat(p, &least, &most))
		return m;
	if (anchor)
		return stop(p, PY_REGEX_WRONG);
	if (*p->at == '+') /* possessive since Python 3.11, an error before */
		return stop(p, PY_REGEX_UNKNOWN);
	p->at += *p->at == '?';
	m = repeat(p, &m, least, most);
	if (p->problem == PY_REGEX_NO && parse_repeat(p, &least, &most))
		return stop(p, PY_REGEX_WRONG); /* multiple repeat */
	return m;
}

static struct moves parse_sequence(struct parser *p)
{
	struct moves all = stay(p);

	while (p->problem == PY_REGEX_NO && *p->at && *p->at != '|' && *p->at != ')') {
		struct moves m = parse_item(p);

		all = chain(&all, &m);
	}
	return all;
}

static struct moves parse_choice(struct parser *p)
{
	struct moves all = parse_sequence(p);

	while (p->problem == PY_REGEX_NO && *p->at == '|') {
		struct moves m;

		p->at++;
		m = parse_sequence(p);
		all = unite(&all, &m);
	}
	return all;
}

enum py_regex py_regex_match(const char *pattern, const char *text)
{
	struct parser p = {.at = pattern, .text = text, .length = (unsigned)strlen(text)};
	struct moves m;

	if (p.length > PY_REGEX_TEXT_MAX)
		return PY_REGEX_UNKNOWN;
	m = parse_choice(&p);
	if (p.problem == PY_REGEX_NO && *p.at)
		p.problem = PY_REGEX_WRONG; /* an unbalanced ")" */
	if (p.problem != PY_REGEX_NO)
		return p.problem;
	return m.to[0] ? PY_REGEX_YES : PY_REGEX_NO;
}
