/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "grub/grub_trial.h"

#include <stdio.h>
#include <string.h>

#include "grub/bls.h"
#include "helper/base/text_buffer.h"
#include "helper/policy/cmdline.h"

#define TITLE	   "gpuclaim trial: "
#define MARK_BEGIN "### BEGIN gpuclaim trial ###"
#define MARK_END   "### END gpuclaim trial ###"
#define COMMENT                                                                           \
	"# Written by gpuclaimctl, to be booted once; \"gpuclaimctl commit\" after that " \
	"boot, or\n# \"gpuclaimctl kargs revert\", takes it out.\n"

const struct kargs_wanted trial_kargs[TRIAL_KARGS] = {
	{TRIAL_KARG, "1", .last_wins = true, .also = "yes,on,true"},
	{"panic", "30", .last_wins = true},
	{"rd.shell", "0", .also = "no,off"},
	{.name = "rd.emergency", .value = "reboot"},
};

bool trial_is_id(const char *id)
{
	static const char dot_conf[] = ".conf";
	size_t n = strlen(id), suffix = strlen(TRIAL_SUFFIX);

	if (n > strlen(dot_conf) && strcmp(id + n - strlen(dot_conf), dot_conf) == 0)
		n -= strlen(dot_conf);
	return strcmp(id, TRIAL_ID) == 0 ||
	       (n > suffix && strncmp(id + n - suffix, TRIAL_SUFFIX, suffix) == 0);
}

int trial_is_running(const char *cmdline)
{
	int r = kargs_state(cmdline, &trial_kargs[0], NULL);

	return r < 0 ? r : r == KARGS_PRESENT;
}

char *trial_without(const char *cmdline)
{
	struct kargs_changes ours _cleanup_(kargs_changes_free) = {0};
	char *text = NULL;
	size_t gone;
	int r = trial_is_running(cmdline);

	if (r == 0)
		return strdup(cmdline);
	for (size_t i = 0; i < TRIAL_KARGS && r >= 0; i++) {
		char word[64];

		(void)snprintf(word, sizeof(word), "%s=%s", trial_kargs[i].name,
			       trial_kargs[i].value);
		r = kargs_changes_add(&ours, "", word);
	}
	if (r < 0 || kargs_revert(cmdline, &ours, &text, &gone) < 0)
		return NULL;
	return text;
}

/*
 * The next character from *@at on that no quote, backslash or expansion protects; '#' stands
 * for a whole comment. Returns 0 at the end, -1 where something stays open.
 *
 * Source: grub-core/script/yylex.l.
 */
static int next_bare(const char *s, size_t *at)
{
	char quote = 0;

	for (size_t i = *at; s[i]; i++) {
		bool begins = i == 0 || strchr(" \t\n;{}", s[i - 1]);

		if (s[i] == '\\' && quote != '\'') {
			if (!s[++i])
				return -1;
		} else if (quote) {
			quote = s[i] == quote ? 0 : quote;
		} else if (s[i] == '\'' || s[i] == '"') {
			quote = s[i];
		} else if (s[i] == '$' && s[i + 1] == '{') {
			i += strcspn(s + i, "}");
			if (!s[i])
				return -1;
		} else {
			*at = i + 1;
			if (s[i] == '#' && begins)
				*at += strcspn(s + *at, "\n");
			else if (s[i] == '#')
				return ' ';
			return s[i];
		}
	}
	return quote ? -1 : 0;
}

/* How long a block is, up to and with the '}' that closes its first '{'; 0: it does not close. */
static size_t block_length(const char *s)
{
	unsigned depth = 0;
	size_t at = 0;
	int c;

	while ((c = next_bare(s, &at)) > 0) {
		if (c == '{')
			depth++;
		else if (c == '}' && depth <= 1)
			return depth ? at : 0;
		else if (c == '}')
			depth--;
	}
	return 0;
}

/* Is no quote or block open where the file ends? */
static bool is_whole(const char *s)
{
	long depth = 0;
	size_t at = 0;
	int c;

	while ((c = next_bare(s, &at)) > 0 && depth >= 0)
		depth += c == '{' ? 1 : c == '}' ? -1 : 0;
	return c == 0 && depth == 0;
}

/* Is the line one of plain words, so that what is put behind them is one, too? */
static bool is_plain(const char *s)
{
	size_t at = 0;
	int c;

	while ((c = next_bare(s, &at)) > 0)
		if (strchr(";|&<>{}#", c))
			return false;
	return c == 0;
}

static void print_title(struct text_buffer *to, const char *title)
{
	text_add(to, "'" TITLE);
	for (; *title; title++) {
		if (*title == '\'')
			text_add(to, "'\\''");
		else
			text_add_char(to, *title);
	}
	text_add_char(to, '\'');
}

/* The first line: another title, our ID, the other words as they are. Returns 0 or an errno. */
static int print_head(struct text_buffer *to, const char *line, size_t n, const char *title)
{
	bool ends = false, drop = false;
	size_t next, word = 0;

	for (size_t at = 0; at < n; at += next, word++) {
		_cleanup_free_ char *text = grub_word(line + at, n - at, &next);
		size_t length = next;

		if (!text)
			return -ENOMEM;
		if (ends)
			return -EINVAL;
		while (length > 0 && strchr(" \t", line[at + length - 1]))
			length--;
		ends = length == 1 && line[at] == '{';
		if (word == 1) {
			text_add_char(to, ' ');
			print_title(to, title);
		} else if (drop) {
			drop = false;
		} else if (strcmp(text, "$menuentry_id_option") == 0 || strcmp(text, "--id") == 0) {
			drop = true;
		} else if (strncmp(text, "--id=", 5) != 0 && !ends) {
			text_add(to, word ? " " : "");
			text_add_bytes(to, line + at, length);
		}
	}
	if (!ends || word < 3)
		return -EINVAL;
	text_add(to, " --id " TRIAL_ID " {");
	return 0;
}

/* Up to @end, without lines that say "savedefault" alone. */
static void print_body(struct text_buffer *to, const char *s, const char *end)
{
	static const char saves[] = "savedefault";

	while (s < end) {
		size_t n = strcspn(s, "\n"), blank = strspn(s, " \t"), word = strlen(saves);

		n += s[n] == '\n';
		if (n > (size_t)(end - s))
			n = (size_t)(end - s);
		if (strncmp(s + blank, saves, word) != 0 || s[blank + word] != '\n')
			text_add_bytes(to, s, n);
		s += n;
	}
}

/* The line of the kernel, which ends with its arguments. */
static const char *find_line(const char *config, unsigned number)
{
	while (--number > 0)
		config += strcspn(config, "\n") + 1;
	return config;
}

static int print_entry(struct text_buffer *to, const char *config, const struct grub_entry *entry,
		       size_t size, const char *cmdline)
{
	const char *start = config + entry->start, *end = start + size, *at;
	size_t head = strcspn(start, "\n"), blank = strspn(start, " \t");
	int r;

	r = print_head(to, start + blank, head - blank, entry->title);
	if (r < 0)
		return r;
	at = find_line(config, entry->line);
	at += strcspn(at, "\n") - strlen(entry->cmdline);
	print_body(to, start + head, at);
	if (!*entry->cmdline && !strchr(" \t", at[-1]))
		text_add_char(to, ' ');
	text_add(to, cmdline);
	print_body(to, at + strlen(entry->cmdline), end);
	text_add_char(to, '\n');
	return 0;
}

static const char *check_entry(const char *config, const struct grub_entry *entry, size_t size)
{
	struct grub_menu menu _cleanup_(grub_menu_free) = {0};
	_cleanup_free_ char *block = strndup(config + entry->start, size);
	const char *at = find_line(config, entry->line);
	_cleanup_free_ char *line = strndup(at, strcspn(at, "\n"));

	if (size == 0)
		return "its end can't be found";
	if (!block || !line || grub_cfg_parse(block, &menu) < 0)
		return "there is no memory to look at it";
	if ((menu.n != 1 || strcmp(menu.entry[0].place, "0") != 0 ||
	     menu.entry[0].line + text_line(config, entry->start) - 1 != entry->line))
		return "more than one kernel is named in it";
	if (!*entry->kernel)
		return "it names no kernel";
	if (!is_plain(line))
		return "more than plain words follow its kernel";
	return NULL;
}

int grub_trial_entry(const char *config, const struct grub_entry *entry,
		     const struct kargs_wanted *wanted, size_t n_wanted, char **ret,
		     const char **why)
{
	struct kargs_changes changes _cleanup_(kargs_changes_free) = {0};
	struct text_buffer to _cleanup_(text_buffer_free) = {0};
	size_t size = block_length(config + entry->start);
	_cleanup_free_ char *cmdline = NULL;
	int r;

	*why = check_entry(config, entry, size);
	if (*why)
		return -EINVAL;
	r = kargs_apply(entry->cmdline, wanted, n_wanted, &cmdline, &changes);
	if (r < 0) {
		*why = "a quote is open in its arguments";
		return r;
	}
	r = print_entry(&to, config, entry, size, cmdline);
	*why = "its first line is not one that can be copied";
	return r < 0 ? r : text_take(&to, ret, NULL);
}

/* A mark on a line of its own, or NULL. */
static const char *find_mark(const char *text, const char *mark)
{
	size_t n = strlen(mark);

	for (const char *at = text; (at = strstr(at, mark)); at += n)
		if ((at == text || at[-1] == '\n') && (at[n] == '\n' || !at[n]))
			return at;
	return NULL;
}

int grub_trial_remove(const char *custom, char **ret, bool *ret_found)
{
	const char *begin = find_mark(custom, MARK_BEGIN), *end = find_mark(custom, MARK_END);
	_cleanup_free_ char *others = NULL;

	if (!begin != !end || begin > end)
		return -EINVAL;
	if (end)
		end += strlen(MARK_END) + (end[strlen(MARK_END)] == '\n');
	others = begin ? text_splice(custom, (size_t)(begin - custom), (size_t)(end - custom), "")
		       : strdup(custom);
	if (!others)
		return -ENOMEM;
	if (find_mark(others, MARK_BEGIN) || find_mark(others, MARK_END))
		return -EINVAL;
	*ret_found = begin;
	*ret = TAKE_PTR(others);
	return 0;
}

/* Behind what is there, so that the operator's entries keep their numbers. */
int grub_trial_add(const char *custom, const char *entry, char **ret)
{
	_cleanup_free_ char *others = NULL;
	bool found, ends;
	int r = grub_trial_remove(custom ? custom : "", &others, &found);

	if (r < 0)
		return r;
	if (!is_whole(others))
		return -EINVAL;
	ends = !*others || others[strlen(others) - 1] == '\n';
	return asprintf(ret, "%s%s" MARK_BEGIN "\n" COMMENT "%s" MARK_END "\n", others,
			ends ? "" : "\n", entry) < 0
		       ? -ENOMEM
		       : 0;
}

/* What stands for "$kernelopts" as a word of its own, wherever it is. */
static char *expand_kernelopts(const char *text, const char *kernelopts)
{
	static const char name[] = "$kernelopts";
	char *result = strdup(text);

	for (size_t at = 0; kernelopts && result;) {
		const char *found = strstr(result + at, name);
		char *more;

		if (!found)
			break;
		at = (size_t)(found - result);
		more = text_splice(result, at, at + strlen(name), kernelopts);
		free(result);
		result = more;
		at += strlen(kernelopts);
	}
	return result;
}

/* An entry without a title stays so. */
static int set_title(char **text)
{
	_cleanup_free_ char *title = NULL, *longer = NULL, *more = NULL;
	int r = bls_field(*text, "title", &title);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	if (text_format(&longer, TITLE "%s", title) < 0)
		return -ENOMEM;
	r = bls_set_field(*text, "title", longer, &more);
	if (r < 0)
		return r;
	free(*text);
	*text = TAKE_PTR(more);
	return 0;
}

int bls_trial_entry(const char *text, const char *kernelopts, const struct kargs_wanted *wanted,
		    size_t n_wanted, char **ret)
{
	struct kargs_changes changes _cleanup_(kargs_changes_free) = {0};
	_cleanup_free_ char *expanded = expand_kernelopts(text, kernelopts), *entry = NULL;
	int r = expanded ? bls_apply(expanded, wanted, n_wanted, &entry, &changes) : -ENOMEM;

	if (r == 0)
		r = set_title(&entry);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(entry);
	return 0;
}
