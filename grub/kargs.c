/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "grub/kargs.h"

#include <stdio.h>
#include <string.h>

#include "helper/base/text.h"
#include "helper/policy/cmdline.h"
#include "helper/policy/kernel_args.h"

const struct kargs_wanted kargs_all[KARGS_ALL] = {
	{"intel_iommu", "on", .list = true, .last_wins = true},
	{"iommu", "pt", .list = true},
	{"gpuclaim", "1", .also = "yes,on,true"},
};

const struct kargs_wanted kargs_amd = {"amd_iommu", "", .list = true};

/* Where an argument stands on the line, and what the kernel reads there. */
struct token {
	size_t start, end;
	const char *name, *value; /* in the caller's buffer; value NULL: there is none */
};

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || (unsigned char)c == 0xa0;
}

/* The splitting is cmdline_next()'s, which is the kernel's; this adds where the bytes are. */
static bool next_token(const char *line, const char **cursor, char *buf, struct token *ret)
{
	const char *start = *cursor;

	while (is_space(*start))
		start++;
	*cursor = start;
	if (!cmdline_next(cursor, buf, &ret->name, &ret->value))
		return false;
	ret->start = (size_t)(start - line);
	ret->end = (size_t)(*cursor - line);
	return true;
}

int kargs_check(const char *line)
{
	_cleanup_free_ char *buf = malloc(strlen(line) + 1);
	const char *cursor = line;
	struct token token;
	size_t quotes;

	if (!buf)
		return -ENOMEM;
	while (next_token(line, &cursor, buf, &token)) {
		quotes = 0;
		for (size_t i = token.start; i < token.end; i++)
			quotes += line[i] == '"';
		if (quotes % 2)
			return -EINVAL;
	}
	return 0;
}

int kargs_has_end(const char *line)
{
	_cleanup_free_ char *buf = malloc(strlen(line) + 1);
	const char *cursor = line;
	size_t end = 0;
	struct token token;

	if (!buf)
		return -ENOMEM;
	while (next_token(line, &cursor, buf, &token))
		end = token.end;
	while (is_space(line[end]))
		end++;
	return line[end] != '\0';
}

/* Is the word of @n bytes in the comma-separated list? */
static bool list_has(const char *list, const char *word, size_t n)
{
	for (const char *p = list; p && *p; p += *p == ',') {
		size_t length = strcspn(p, ",");

		if (length == n && strncmp(p, word, n) == 0)
			return true;
		p += length;
	}
	return false;
}

/* What one value says: KARGS_MISSING is nothing. */
static enum kargs_state judge(const struct kargs_wanted *wanted, const char *value)
{
	enum kargs_state state = KARGS_MISSING;

	/* A name alone switches gpuclaim on; the IOMMU's take no notice of it. */
	if (!value)
		return wanted->list ? KARGS_MISSING : KARGS_PRESENT;

	for (const char *p = value;; p++) {
		size_t n = wanted->list ? strcspn(p, ",") : strlen(p);
		bool stands = state == KARGS_CONFLICT && !wanted->last_wins;

		if (kernel_arg_is_against(wanted->name, p, n))
			state = KARGS_CONFLICT;
		else if (!stands && (list_has(wanted->value, p, n) || list_has(wanted->also, p, n)))
			state = KARGS_PRESENT;
		p += n;
		if (!*p)
			break;
	}
	return state;
}

/*
 * The token that decides, and the last one that can take the value into its own. The last one
 * that says anything decides, but where the last does not win a conflict stands.
 */
static enum kargs_state look(const char *line, const struct kargs_wanted *wanted, char *buf,
			     struct token *ret_decides, struct token *ret_merge)
{
	enum kargs_state state = KARGS_MISSING;
	const char *cursor = line;
	struct token token;

	*ret_decides = *ret_merge = (struct token){0};
	while (next_token(line, &cursor, buf, &token)) {
		enum kargs_state said;

		if (!parameter_name_equal(token.name, wanted->name))
			continue;
		if (wanted->list && token.value && *token.value)
			*ret_merge = token;
		said = judge(wanted, token.value);
		if (said == KARGS_MISSING || (state == KARGS_CONFLICT && !wanted->last_wins))
			continue;
		state = said;
		*ret_decides = token;
	}
	return state;
}

int kargs_state(const char *line, const struct kargs_wanted *wanted, char **ret_text)
{
	_cleanup_free_ char *buf = malloc(strlen(line) + 1);
	struct token decides, merge;
	enum kargs_state state;
	char *text = NULL;

	if (!buf)
		return -ENOMEM;
	state = look(line, wanted, buf, &decides, &merge);
	if (ret_text && decides.end) {
		text = strndup(line + decides.start, decides.end - decides.start);
		if (!text)
			return -ENOMEM;
	}
	if (ret_text)
		*ret_text = text;
	return (int)state;
}

int kargs_changes_add(struct kargs_changes *changes, const char *was, const char *now)
{
	struct kargs_change one = {0};

	for (size_t i = 0; i < changes->n; i++)
		if (strcmp(changes->change[i].was, was) == 0 &&
		    strcmp(changes->change[i].now, now) == 0)
			return 0;

	if (text_copy(was, &one.was) == 0 && text_copy(now, &one.now) == 0 &&
	    ARRAY_ADD(changes->change, changes->n, one) == 0)
		return 0;
	free(one.was);
	free(one.now);
	return -ENOMEM;
}

static void changes_cut(struct kargs_changes *changes, size_t n)
{
	while (changes->n > n) {
		changes->n--;
		free(changes->change[changes->n].was);
		free(changes->change[changes->n].now);
	}
}

void kargs_changes_free(struct kargs_changes *changes)
{
	changes_cut(changes, 0);
	free(changes->change);
	*changes = (struct kargs_changes){0};
}

/* The new argument and the one blank that parts it from its neighbour; *@line is replaced. */
static int insert(char **line, const char *argument)
{
	_cleanup_free_ char *buf = malloc(strlen(*line) + 1), *text = NULL;
	const char *cursor = *line;
	struct token token;
	size_t at = 0;
	char *result;

	if (!buf)
		return -ENOMEM;
	while (next_token(*line, &cursor, buf, &token))
		at = token.end;

	if (text_format(&text, "%s%s%s", at > 0 ? " " : "", argument,
			at == 0 && **line ? " " : "") < 0)
		return -ENOMEM;
	result = text_splice(*line, at, at, text);
	if (!result)
		return -ENOMEM;
	free(*line);
	*line = result;
	return 0;
}

static int add(char **line, const struct kargs_wanted *wanted, struct kargs_changes *changes)
{
	_cleanup_free_ char *argument = NULL;
	int r;

	if (text_format(&argument, "%s=%s", wanted->name, wanted->value) < 0)
		return -ENOMEM;
	r = insert(line, argument);
	return r < 0 ? r : kargs_changes_add(changes, "", argument);
}

/* "name=a" becomes "name=VALUE,a", behind the quote if there is one. */
static int merge_into(char **line, const struct token *token, const struct kargs_wanted *wanted,
		      struct kargs_changes *changes)
{
	_cleanup_free_ char *was = strndup(*line + token->start, token->end - token->start);
	_cleanup_free_ char *now = NULL;
	const char *at;
	char *result;

	if (!was)
		return -ENOMEM;
	at = strchr(was, '=') + 1;
	at += *at == '"';
	if (text_format(&now, "%.*s%s,%s", (int)(at - was), was, wanted->value, at) < 0)
		return -ENOMEM;
	result = text_splice(*line, token->start, token->end, now);
	if (!result)
		return -ENOMEM;
	free(*line);
	*line = result;
	return kargs_changes_add(changes, was, now);
}

static int apply_one(char **line, const struct kargs_wanted *wanted, struct kargs_changes *changes)
{
	_cleanup_free_ char *buf = malloc(strlen(*line) + 1);
	struct token decides, merge;

	if (!buf)
		return -ENOMEM;
	switch (look(*line, wanted, buf, &decides, &merge)) {
	case KARGS_PRESENT:
		return 0;
	case KARGS_CONFLICT:
		return -EEXIST;
	case KARGS_MISSING:
		break;
	}
	return merge.end ? merge_into(line, &merge, wanted, changes) : add(line, wanted, changes);
}

int kargs_apply(const char *line, const struct kargs_wanted *wanted, size_t n_wanted, char **ret,
		struct kargs_changes *changes)
{
	_cleanup_free_ char *result = NULL;
	size_t n_before = changes->n;
	int r = kargs_check(line);

	if (r < 0)
		return r;
	result = strdup(line);
	if (!result)
		return -ENOMEM;
	for (size_t i = 0; i < n_wanted && r == 0; i++)
		r = apply_one(&result, &wanted[i], changes);
	if (r < 0) {
		changes_cut(changes, n_before);
		return r;
	}
	*ret = TAKE_PTR(result);
	return 0;
}

/* The last argument with this very text. */
static bool find(const char *line, const char *text, char *buf, struct token *ret)
{
	const char *cursor = line;
	size_t n = strlen(text);
	struct token token;
	bool found = false;

	while (next_token(line, &cursor, buf, &token)) {
		if (token.end - token.start != n || strncmp(line + token.start, text, n) != 0)
			continue;
		*ret = token;
		found = true;
	}
	return found;
}

/* Returns 1 if it was there, 0 if not, or -ENOMEM. */
static int revert_one(char **line, const struct kargs_change *change)
{
	_cleanup_free_ char *buf = malloc(strlen(*line) + 1);
	struct token token;
	char *result;

	if (!buf)
		return -ENOMEM;
	if (!find(*line, change->now, buf, &token))
		return 0;
	if (!*change->was) { /* with the blank that insert() put there */
		if (token.start > 0)
			token.start--;
		else if ((*line)[token.end])
			token.end++;
	}
	result = text_splice(*line, token.start, token.end, change->was);
	if (!result)
		return -ENOMEM;
	free(*line);
	*line = result;
	return 1;
}

int kargs_revert(const char *line, const struct kargs_changes *changes, char **ret,
		 size_t *ret_gone)
{
	_cleanup_free_ char *result = NULL;
	size_t gone = 0;
	int r = kargs_check(line);

	if (r < 0)
		return r;
	result = strdup(line);
	if (!result)
		return -ENOMEM;
	for (size_t i = changes->n; i-- > 0;) {
		r = revert_one(&result, &changes->change[i]);
		if (r < 0)
			return r;
		gone += r == 0;
	}
	*ret_gone = gone;
	*ret = TAKE_PTR(result);
	return 0;
}

static int extend(char **text, const char *between, const char *more, size_t n)
{
	char *longer;

	if (asprintf(&longer, "%s%s%.*s", *text, **text ? between : "", (int)n, more) < 0)
		return -ENOMEM;
	free(*text);
	*text = longer;
	return 0;
}

int kargs_merged(const char *line, const struct kargs_wanted *wanted, char **ret_was,
		 char **ret_now)
{
	_cleanup_free_ char *buf = malloc(strlen(line) + 1), *was = strdup(""), *now = NULL;
	const char *cursor = line;
	struct token token;
	int r = 0;

	if (!buf || !was || asprintf(&now, "%s=%s", wanted->name, wanted->value) < 0) {
		now = NULL;
		return -ENOMEM;
	}
	while (r == 0 && next_token(line, &cursor, buf, &token)) {
		if (!parameter_name_equal(token.name, wanted->name))
			continue;
		r = extend(&was, " ", line + token.start, token.end - token.start);
		if (r == 0 && wanted->list && token.value && *token.value)
			r = extend(&now, ",", token.value, strlen(token.value));
	}
	if (r < 0)
		return r;
	*ret_was = TAKE_PTR(was);
	*ret_now = TAKE_PTR(now);
	return 0;
}

int kargs_value(const char *line, const char *name, char **ret)
{
	_cleanup_free_ char *buf = malloc(strlen(line) + 1), *last = NULL;
	const char *cursor = line;
	struct token token;

	if (!buf)
		return -ENOMEM;
	while (next_token(line, &cursor, buf, &token)) {
		if (!token.value || !parameter_name_equal(token.name, name))
			continue;
		free(last);
		last = strdup(token.value);
		if (!last)
			return -ENOMEM;
	}
	*ret = TAKE_PTR(last);
	return 0;
}

char *kargs_without(const char *line, const char *const names[], size_t n)
{
	_cleanup_free_ char *buf = malloc(strlen(line) + 1);
	char *result = calloc(strlen(line) + 2, 1);
	const char *cursor = line;
	struct token token;
	size_t length = 0;

	if (!buf || !result) {
		free(result);
		return NULL;
	}
	while (next_token(line, &cursor, buf, &token)) {
		bool drop = false;

		for (size_t i = 0; i < n; i++)
			drop |= parameter_name_equal(token.name, names[i]);
		if (drop)
			continue;
		if (length)
			result[length++] = ' ';
		memcpy(result + length, line + token.start, token.end - token.start);
		length += token.end - token.start;
	}
	return result;
}
