/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/fleet/split.h"

#include <stdbool.h>

/* json_parse() takes no more. */
#define DEPTH_MAX 32

enum step {
	STEP_ASIDE, /* the byte belongs to no text */
	STEP_PART,
	STEP_LAST,	  /* it is a text's last */
	STEP_WRONG,	  /* no JSON goes on like this */
	STEP_ANEW,	  /* likewise, and the next text begins with it */
	STEP_ANEW_BEFORE, /* likewise, with the "{" before it */
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static enum step open_level(struct split *split, char c)
{
	if (split->depth == DEPTH_MAX)
		return STEP_WRONG;
	split->arrays = split->arrays << 1 | (c == '[');
	split->depth++;
	split->last = c;
	return STEP_PART;
}

static enum step close_level(struct split *split, char c)
{
	if ((split->arrays & 1) != (c == ']'))
		return STEP_WRONG;
	split->arrays >>= 1;
	split->last = c;
	return --split->depth ? STEP_PART : STEP_LAST;
}

static enum step step_between(struct split *split, char c)
{
	if (is_blank(c))
		return STEP_ASIDE;
	split->first = split->line;
	return c == '{' || c == '[' ? open_level(split, c) : STEP_WRONG;
}

static enum step step_in_string(struct split *split, char c)
{
	if (c == '\n' && split->last == '{')
		return STEP_ANEW_BEFORE;
	if ((unsigned char)c < ' ')
		return STEP_WRONG;
	split->last = c;
	if (split->escaped)
		split->escaped = false;
	else if (c == '\\')
		split->escaped = true;
	else if (c == '"')
		split->in_string = false;
	return STEP_PART;
}

/* A value stands behind a colon, or in an array at its begin or behind a comma. */
static bool value_may_stand(const struct split *split)
{
	if (split->arrays & 1)
		return split->last == '[' || split->last == ',';
	return split->last == ':';
}

static enum step step_in_text(struct split *split, char c)
{
	if (is_blank(c))
		return STEP_PART;
	if ((unsigned char)c < ' ')
		return STEP_WRONG;
	if (c == '{' || c == '[')
		return value_may_stand(split) ? open_level(split, c)
		       : c == '{'	      ? STEP_ANEW
					      : STEP_WRONG;
	if (c == '}' || c == ']')
		return close_level(split, c);
	split->in_string = c == '"';
	split->last = c;
	return STEP_PART;
}

static enum step take_byte(struct split *split, char c)
{
	if (split->skipping && !(split->at_line_start && c == '{'))
		return STEP_ASIDE;
	split->skipping = false;
	if (split->depth == 0)
		return step_between(split, c);
	return split->in_string ? step_in_string(split, c) : step_in_text(split, c);
}

static void forget(struct split *split)
{
	text_buffer_free(&split->text);
	split->text = (struct text_buffer){.max = SPLIT_TEXT_MAX};
	split->depth = 0;
	split->in_string = split->escaped = false;
}

static enum split_found give_up(struct split *split, enum step why)
{
	forget(split);
	split->skipping = why == STEP_WRONG;
	if (why != STEP_ANEW_BEFORE)
		return SPLIT_BROKEN;
	split->first = split->line;
	(void)open_level(split, '{');
	text_add_char(&split->text, '{');
	return SPLIT_BROKEN;
}

static void count_line(struct split *split, char c)
{
	split->at_line_start = c == '\n';
	split->line += c == '\n';
}

enum split_found split_take(struct split *split, const char *bytes, size_t n, size_t *taken)
{
	enum step step = STEP_PART;
	size_t start = 0, i = 0;

	split->text.max = SPLIT_TEXT_MAX;
	while (i < n && step <= STEP_PART) {
		step = take_byte(split, bytes[i]);
		if (step >= STEP_ANEW)
			break;
		count_line(split, bytes[i++]);
		if (step == STEP_ASIDE)
			start = i;
	}
	*taken = i;
	if (step >= STEP_WRONG)
		return give_up(split, step);
	text_add_bytes(&split->text, bytes + start, i - start);
	if (split->text.error == -E2BIG)
		return give_up(split, STEP_WRONG);
	return step == STEP_LAST ? SPLIT_TEXT : SPLIT_NOTHING;
}

enum split_found split_end(struct split *split)
{
	return split->depth ? give_up(split, STEP_WRONG) : SPLIT_NOTHING;
}

char *split_text(struct split *split)
{
	return text_take_or_null(&split->text);
}

void split_free(struct split *split)
{
	text_buffer_free(&split->text);
}
