/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/policy/config.h"

#include <string.h>

#define EXPECT_STATEMENT "expected claim, skip or set"
#define EXPECT_ID	 "expected VENDOR:DEVICE, four hex digits each, as in 10de:1c81, or VENDOR:*"
#define EXPECT_SELECTOR	 "expected address=, path=, class=, subsystem= or functions="
#define EXPECT_NO_LIST	 "expected address=, path=, class= or subsystem="
#define EXPECT_SKIP	 "expected VENDOR:DEVICE, address=, path=, class= or subsystem="
#define EXPECT_ONCE	 "expected each of address=, path=, class=, subsystem= and functions= only once"
#define EXPECT_ADDRESS	 "expected a full PCI address, as in address=0000:3b:00.0"
#define EXPECT_PATH \
	"expected a root bus and device.function of each step, as in path=0000:00/01.0/00.0"
#define EXPECT_CLASS	 "expected 2, 4 or 6 hex digits, as in class=0302"
#define EXPECT_SUBSYSTEM "expected two times four hex digits, as in subsystem=10de:16c1"
#define EXPECT_FUNCTIONS "expected functions 0 to 7 of the slot, as in functions=0,2-3"
#define EXPECT_ITSELF	 "expected functions= to hold the function that address= or path= names"
#define EXPECT_SETTING	 "expected a setting and its value, as in boot-vga=refuse"
#define EXPECT_NAME \
	"expected boot-vga=, companions=, rebind=, driver=, arm=, expect=, isolation=, return-to-service= or run-before-return="
#define EXPECT_END	"expected the end of the line, or a comment after a blank"
#define EXPECT_NO_NUL	"expected text, not a NUL byte"
#define EXPECT_SHORT	"expected a line of at most 1024 bytes"
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/* One line, cut into words as it is read. */
struct line {
	char text[CONFIG_LINE_MAX + 1];
	char *cursor;
	size_t offset; /* of the word being read */
};

/* The next word, or NULL at the end or a comment; @line->offset is where either is. */
static char *next_word(struct line *line)
{
	char *word = line->cursor + strspn(line->cursor, " \t");
	char *end = word + strcspn(word, " \t");

	line->offset = (size_t)(word - line->text);
	line->cursor = word;
	if (*word == '\0' || *word == '#')
		return NULL;

	line->cursor = *end ? end + 1 : end;
	*end = '\0';
	return word;
}

static const char *parse_class(const char *value, struct rule *rule)
{
	size_t digits = strspn(value, "0123456789abcdefABCDEF");

	if (value[digits] || (digits != 2 && digits != 4 && digits != 6))
		return EXPECT_CLASS;
	rule->class_digits = (uint8_t)digits;
	rule->class_prefix = (uint32_t)strtoul(value, NULL, 16);
	return NULL;
}

/* The value of @key in "key=value", or NULL. */
static const char *value_of(const char *word, const char *key)
{
	size_t length = strlen(key);

	return strncmp(word, key, length) == 0 && word[length] == '=' ? word + length + 1 : NULL;
}

/* These return what was expected, or NULL if all is well. */
static const char *parse_selector(const char *word, struct rule *rule)
{
	const char *value;

	value = value_of(word, "address");
	if (value) {
		if (rule->has_address)
			return EXPECT_ONCE;
		rule->has_address = pci_address_parse(value, &rule->address) == 0;
		return rule->has_address ? NULL : EXPECT_ADDRESS;
	}

	value = value_of(word, "path");
	if (value) {
		if (rule->path[0])
			return EXPECT_ONCE;
		return topology_parse(value, rule->path) < 0 ? EXPECT_PATH : NULL;
	}

	value = value_of(word, "class");
	if (value)
		return rule->class_digits ? EXPECT_ONCE : parse_class(value, rule);

	value = value_of(word, "subsystem");
	if (value) {
		if (rule->has_subsystem)
			return EXPECT_ONCE;
		rule->has_subsystem = pci_id_parse(value, &rule->subsystem) == 0;
		return rule->has_subsystem ? NULL : EXPECT_SUBSYSTEM;
	}

	value = value_of(word, "functions");
	if (value && rule->kind == RULE_CLAIM) {
		if (rule->functions)
			return EXPECT_ONCE;
		return rule_parse_functions(value, &rule->functions) < 0 ? EXPECT_FUNCTIONS : NULL;
	}

	return rule->kind == RULE_CLAIM ? EXPECT_SELECTOR : EXPECT_NO_LIST;
}

/* A list without the GPU itself; where no address is said the machine shows it. */
static bool leaves_itself_out(const struct rule *rule)
{
	size_t n = strlen(rule->path);

	if (!rule->functions || (!rule->has_address && !n))
		return false;
	return (rule->has_address && !(rule->functions >> rule->address.function & 1u)) ||
	       (n && !(rule->functions >> (rule->path[n - 1] - '0') & 1u));
}

static const char *parse_rule(struct line *line, struct rule *rule)
{
	char *word = next_word(line);
	const char *what;

	if (rule->kind == RULE_CLAIM || !word || !strchr(word, '=')) {
		if (!word || rule_parse_id(word, rule) < 0)
			return rule->kind == RULE_CLAIM ? EXPECT_ID : EXPECT_SKIP;
		word = next_word(line);
	}

	for (; word; word = next_word(line)) {
		what = parse_selector(word, rule);
		if (what)
			return what;
		if (leaves_itself_out(rule))
			return EXPECT_ITSELF;
	}
	return NULL;
}

static const char *parse_set(struct line *line, struct config *config)
{
	struct settings settings = config->settings;
	char *word = next_word(line);
	char *value = word ? strchr(word, '=') : NULL;
	enum setting setting;
	int r;

	if (!value)
		return EXPECT_SETTING;
	*value++ = '\0';

	r = setting_parse(word, value, &settings, &setting);
	if (r < 0)
		return r == -ENOENT ? EXPECT_NAME : setting_error(setting);
	if (next_word(line))
		return EXPECT_END;

	config->settings = settings;
	config->has |= 1u << setting;
	return NULL;
}

static void add_error(struct config *config, unsigned number, size_t offset, const char *what)
{
	if (config->n_errors++ < CONFIG_ERRORS_MAX)
		config->error[config->n_errors - 1] = (struct parse_error){
			.line = number,
			.column = (unsigned)offset + 1,
			.what = what,
		};
}

static int parse_statement(struct line *line, struct rule *rule, struct config *config)
{
	const char *word = next_word(line), *what = NULL;
	bool is_rule = false;

	if (!word)
		return 0;

	if (strcmp(word, "claim") == 0 || strcmp(word, "skip") == 0) {
		rule->kind = *word == 'c' ? RULE_CLAIM : RULE_SKIP;
		is_rule = true;
		what = parse_rule(line, rule);
	} else if (strcmp(word, "set") == 0) {
		what = parse_set(line, config);
	} else {
		what = EXPECT_STATEMENT;
	}

	if (what)
		add_error(config, rule->line, line->offset, what);
	return is_rule && !what ? ARRAY_ADD(config->rules, config->n_rules, *rule) : 0;
}

static int parse_line(const char *text, size_t size, struct rule rule, struct config *config)
{
	const char *nul = memchr(text, '\0', size);
	struct line line;

	if (size > 0 && text[size - 1] == '\r')
		size--;
	if (nul) {
		add_error(config, rule.line, (size_t)(nul - text), EXPECT_NO_NUL);
		return 0;
	}
	if (size > CONFIG_LINE_MAX) {
		add_error(config, rule.line, CONFIG_LINE_MAX, EXPECT_SHORT);
		return 0;
	}

	memcpy(line.text, text, size);
	line.text[size] = '\0';
	line.cursor = line.text;
	return parse_statement(&line, &rule, config);
}

int config_parse(const char *text, size_t size, const char *source, struct config *ret)
{
	struct config config = {.settings = settings_default()};
	const char *end = text + size;
	unsigned number = 0;

	if (size >= strlen(BYTE_ORDER_MARK) &&
	    memcmp(text, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)) == 0)
		text += strlen(BYTE_ORDER_MARK);

	for (const char *next; text < end; text = next) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		struct rule rule = {.source = source, .line = ++number};
		int r;

		next = newline ? newline + 1 : end;
		r = parse_line(text, (size_t)((newline ? newline : end) - text), rule, &config);
		if (r < 0) {
			config_free(&config);
			return r;
		}
	}

	*ret = config;
	return 0;
}

void config_free(struct config *config)
{
	free(config->rules);
	*config = (struct config){0};
}
