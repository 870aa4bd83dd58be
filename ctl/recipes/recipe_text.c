/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/recipes/recipe_text.h"

#include <stdio.h>
#include <string.h>

#include "ctl/recipes/script.h"
#include "helper/base/text.h"
#include "helper/base/text_buffer.h"
#include "helper/machine/modalias.h"

#define BLANKS	 " \t\r"
#define MARK_OUT "# taken out by gpuclaim: "
#define MARK_IN	 "# put in by gpuclaim: "

/* A list of a line's words, which it is cut into. */
#define WORDS_MAX 64
struct words {
	char *word[WORDS_MAX];
	size_t n;
};

/* One logical line: what is joined in it, and where it is. */
struct logical {
	char *text; /* room for all of the file */
	size_t start, end, next;
	unsigned line, lines;
};

static bool is_module(const char *word, const char *name)
{
	return module_name_equal(word, name);
}

static bool is_one_of(const char *word, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (is_module(word, names[i]))
			return true;
	return false;
}

bool recipe_is_gpu_module(const char *name)
{
	static const char *const names[] = {
		"nouveau",
		"nova_core",
		"nova_drm",
		"nvidia",
		"nvidia_drm",
		"nvidia_modeset",
		"nvidia_uvm",
		"nvidiafb",
		"nvidia_peermem",
		"nvidia_current",
		"rivafb",
		"rivatv",
		"nv",
		"amdgpu",
		"radeon",
		"i915",
		"xe",
		"snd_hda_intel",
		"i2c_nvidia_gpu",
		"ucsi_ccg",
	};

	return is_one_of(name, names, ARRAY_SIZE(names));
}

bool recipe_is_vfio(const char *word, size_t n)
{
	static const char *const names[] = {"vfio", "vfio_pci", "vfio_pci_core", "vfio_iommu_type1",
					    "vfio_virqfd"};
	char name[MODULE_NAME_MAX];

	if (n >= sizeof(name))
		return false;
	memcpy(name, word, n);
	name[n] = '\0';
	return is_one_of(name, names, ARRAY_SIZE(names));
}

/* The line after @at, with its continuations. Comments are continued, too (kmod's
 * getline_wrapped()). */
static bool next_line(const char *text, bool continues, struct logical *at)
{
	char *to = at->text;

	if (!text[at->next])
		return false;
	at->line += at->lines;
	at->lines = 0;
	at->start = at->next;
	for (;;) {
		size_t n = strcspn(text + at->next, "\n");
		bool goes_on = continues && n && text[at->next + n - 1] == '\\';

		memcpy(to, text + at->next, n);
		to += n;
		at->end = at->next + n;
		at->next = at->end + (text[at->end] == '\n');
		at->lines++;
		if (goes_on)
			to[-1] = ' ';
		if (!goes_on || !text[at->next])
			break;
	}
	*to = '\0';
	return true;
}

static void split(char *line, struct words *ret)
{
	char *save = NULL;

	ret->n = 0;
	for (char *word = strtok_r(line, BLANKS, &save); word && ret->n < WORDS_MAX;
	     word = strtok_r(NULL, BLANKS, &save))
		ret->word[ret->n++] = word;
}

/* Appends to a text that may be NULL. */
static int append(char **text, const char *separator, const char *more)
{
	char *longer;

	if (asprintf(&longer, "%s%s%s", *text ? *text : "", *text ? separator : "", more) < 0)
		return -ENOMEM;
	free(*text);
	*text = longer;
	return 0;
}

/* "ids=10de:1c81", "\"ids=10de:1c81\"", "ids=\"10de:1c81\"": the IDs in @word, or NULL */
static char *ids_of(char *word)
{
	size_t n;

	word += *word == '"';
	if (strncmp(word, "ids=", 4) != 0)
		return NULL;
	word += 4;
	word += *word == '"';
	n = strlen(word);
	while (n && word[n - 1] == '"')
		word[--n] = '\0';
	return word;
}

/* The words from @first on are parameters of vfio-pci; those before it begin the line. */
static int take_parameters(const struct words *words, size_t first, struct recipe_line *ret)
{
	bool others = false;
	int r = 0;

	for (size_t i = 0; i < words->n && r == 0; i++) {
		char *ids = i >= first ? ids_of(words->word[i]) : NULL;

		others = others || (i >= first && !ids);
		r = ids ? append(&ret->value, ",", ids) : append(&ret->rest, " ", words->word[i]);
	}
	if (!others) {
		free(ret->rest);
		ret->rest = NULL;
	}
	ret->kind = RECIPE_IDS;
	return r;
}

static bool has_ids(const struct words *words, size_t first)
{
	for (size_t i = first; i < words->n; i++)
		if (strncmp(words->word[i] + (*words->word[i] == '"'), "ids=", 4) == 0)
			return true;
	return false;
}

/* "softdep MODULE pre: vfio-pci post: vfio_iommu_type1" */
static bool is_softdep(const struct words *words)
{
	bool any = false;

	for (size_t i = 2; i < words->n; i++) {
		const char *word = words->word[i];

		if (strcmp(word, "pre:") == 0 || strcmp(word, "post:") == 0)
			continue;
		if (!recipe_is_vfio(word, strlen(word)))
			return false;
		any = true;
	}
	return any && !recipe_is_vfio(words->word[1], strlen(words->word[1]));
}

/* These take every device of the IDs that they are given. */
static bool takes_ids(const char *name)
{
	return is_module(name, "vfio_pci") || is_module(name, "pci_stub");
}

static bool is_install(const struct words *words)
{
	return words->n > 2 &&
	       (recipe_is_gpu_module(words->word[1]) || is_module(words->word[1], "vfio_pci"));
}

/* Is it a line of a recipe? 1, 0 or -ENOMEM. */
static int look_at_modprobe(const struct words *words, struct recipe_line *ret)
{
	const char *command = words->word[0];
	int r;

	if (words->n < 2)
		return 0;
	if (strcmp(command, "options") == 0) {
		if (!takes_ids(words->word[1]) || !has_ids(words, 2))
			return 0;
		r = take_parameters(words, 2, ret);
		return r < 0 ? r : 1;
	}
	if (strcmp(command, "softdep") == 0 && is_softdep(words))
		ret->kind = RECIPE_SOFTDEP;
	else if (strcmp(command, "install") == 0 && is_install(words))
		ret->kind = RECIPE_INSTALL;
	else if (strcmp(command, "blacklist") == 0 && recipe_is_gpu_module(words->word[1]))
		ret->kind = RECIPE_BLACKLIST;
	else
		return 0;
	return append(&ret->value, "", words->word[1]) < 0 ? -ENOMEM : 1;
}

static int look_at_modules(const struct words *words, struct recipe_line *ret)
{
	/* Many guides put a line of modprobe.d here. */
	bool options = strcmp(words->word[0], "options") == 0;
	size_t at = options ? 1 : 0;
	int r;

	if (words->n <= at)
		return 0;
	if (takes_ids(words->word[at]) && has_ids(words, at + 1)) {
		r = take_parameters(words, at + 1, ret);
		if (r == 0 && !options && !ret->rest)
			r = append(&ret->rest, "", words->word[at]);
		return r < 0 ? r : 1;
	}
	if (options || !recipe_is_vfio(words->word[at], strlen(words->word[at])))
		return 0;
	ret->kind = RECIPE_LOAD;
	return append(&ret->value, "", words->word[at]) < 0 ? -ENOMEM : 1;
}

/* "force_drivers+=\" vfio vfio-pci \"", "MODULES=(vfio_pci vfio)" */
static int look_at_dracut(const struct words *words, struct recipe_line *ret)
{
	static const char *const names[] = {
		"add_drivers+=", "force_drivers+=", "add_drivers=", "force_drivers=",
		"drivers+=",	 "drivers=",	    "MODULES=",	    "MODULES+="};
	bool known = false;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		known = known || text_starts_with(words->word[0], names[i]);
	for (size_t i = 0; known && i < words->n; i++) {
		const char *word = words->word[i];

		word += i == 0 ? strcspn(word, "=") + 1 : 0;
		word += strspn(word, "\"'(");
		if (!recipe_is_vfio(word, strcspn(word, "\"')")))
			continue;
		ret->kind = RECIPE_DRIVERS;
		return append(&ret->value, "", "vfio") < 0 ? -ENOMEM : 1;
	}
	return 0;
}

static int look_at_words(const struct words *words, enum recipe_file file, struct recipe_line *ret)
{
	if (words->n == 0 || words->n == WORDS_MAX || strchr("#;", words->word[0][0]))
		return 0;
	if (file == RECIPE_MODPROBE)
		return look_at_modprobe(words, ret);
	return file == RECIPE_MODULES ? look_at_modules(words, ret) : look_at_dracut(words, ret);
}

static int look_at_line(char *line, enum recipe_file file, struct recipe_line *ret)
{
	const char *does = script_line_does(line);
	struct words words;

	if (file < RECIPE_SCRIPT) {
		split(line, &words);
		return look_at_words(&words, file, ret);
	}
	if (!does)
		return 0;
	ret->kind = RECIPE_DOES;
	return append(&ret->value, "", does) < 0 ? -ENOMEM : 1;
}

static void line_free(struct recipe_line *line)
{
	free(line->value);
	free(line->rest);
}

int recipe_each_line(const char *text, enum recipe_file file,
		     int (*look)(void *context, const struct recipe_line *line, char *text),
		     void *context)
{
	_cleanup_free_ char *room = malloc(strlen(text) + 1);
	struct logical at = {.text = room, .line = 1};
	/* A shell's comment is not continued. */
	bool continues = file != RECIPE_MODULES && file != RECIPE_SCRIPT;
	int r = room ? 0 : -ENOMEM;

	while (r == 0 && next_line(text, continues, &at)) {
		struct recipe_line line = {.line = at.line, .start = at.start, .end = at.end};

		r = look(context, &line, at.text);
	}
	return r;
}

/* What recipe_find() is about. */
struct finding_lines {
	enum recipe_file file;
	struct recipe_lines lines;
};

static int find_line(void *context, const struct recipe_line *where, char *text)
{
	struct finding_lines *finding = context;
	struct recipe_line line = *where;
	int r = look_at_line(text, finding->file, &line);

	if (r > 0)
		r = ARRAY_ADD(finding->lines.line, finding->lines.n, line);
	if (r < 0)
		line_free(&line);
	return r;
}

int recipe_find(const char *text, enum recipe_file file, struct recipe_lines *ret)
{
	struct finding_lines finding = {.file = file};
	bool may_have = file != RECIPE_SCRIPT || script_may_do(text);
	int r = may_have ? recipe_each_line(text, file, find_line, &finding) : 0;

	if (r < 0) {
		recipe_lines_free(&finding.lines);
		return r;
	}
	*ret = finding.lines;
	return 0;
}

void recipe_lines_free(struct recipe_lines *lines)
{
	for (size_t i = 0; i < lines->n; i++)
		line_free(&lines->line[i]);
	free(lines->line);
	*lines = (struct recipe_lines){0};
}

/* Each line from @start to @end behind a mark. */
static void mark(const char *text, size_t start, size_t end, struct text_buffer *to)
{
	while (start <= end) {
		size_t n = strcspn(text + start, "\n");

		if (start + n > end)
			n = end - start;
		text_add(to, MARK_OUT);
		text_add_bytes(to, text + start, n);
		start += n + 1;
		if (start <= end)
			text_add_char(to, '\n');
	}
}

char *recipe_take_out(const char *text, const struct recipe_lines *lines, const bool *out)
{
	struct text_buffer to _cleanup_(text_buffer_free) = {0};
	size_t at = 0;

	for (size_t i = 0; i < lines->n; i++) {
		const struct recipe_line *line = &lines->line[i];

		if (!out[i])
			continue;
		text_add_bytes(&to, text + at, line->start - at);
		if (line->rest)
			text_addf(&to, MARK_IN "%s\n%s\n", line->rest, line->rest);
		mark(text, line->start, line->end, &to);
		at = line->end;
	}
	text_add(&to, text + at);
	return text_take_or_null(&to);
}

/* Steps over a line that was put in, and the mark before it. */
static const char *skip_put_in(const char *line)
{
	const char *rest = line + strlen(MARK_IN);
	size_t n = strcspn(rest, "\n");
	const char *next = rest + n + (rest[n] == '\n');

	/* Another text than ours is somebody else's. */
	if (strncmp(next, rest, n) == 0 && (next[n] == '\n' || !next[n]))
		next += n + (next[n] == '\n');
	return next;
}

char *recipe_put_back(const char *text, size_t *ret_n)
{
	_cleanup_free_ char *result = malloc(strlen(text) + 1);
	char *to = result;
	size_t count = 0;

	if (!result)
		return NULL;
	while (*text) {
		size_t n;

		if (text_starts_with(text, MARK_IN)) {
			text = skip_put_in(text);
			continue;
		}
		if (text_starts_with(text, MARK_OUT)) {
			text += strlen(MARK_OUT);
			count++;
		}
		n = strcspn(text, "\n");
		n += text[n] == '\n';
		memcpy(to, text, n);
		to += n;
		text += n;
	}
	*to = '\0';
	if (ret_n)
		*ret_n = count;
	return TAKE_PTR(result);
}
