/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/policy/policy.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "helper/base/text.h"
#include "helper/base/text_buffer.h"
#include "helper/policy/conf_files.h"
#include "helper/policy/config.h"
#include "helper/policy/fingerprint.h"

#define CMDLINE_MAX_BYTES (1u << 20)

/* The rules of one kind while sources are put together. */
struct rules {
	struct rule *items;
	size_t n;
};

/* What the files say in all, before the kernel command line has its say. */
struct from_files {
	struct rules claims, skips;
	struct settings settings;
};

/* What will be otherwise at the next boot: a drop-in by setup, or else the kernel arguments. */
struct change {
	const char *drop_in, *text, *cmdline;
};

static int add_rules(struct rules *to, const struct rule *items, size_t n)
{
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++)
		r = ARRAY_ADD(to->items, to->n, items[i]);
	return r;
}

/* Adds those of @kind only. */
static int pick_rules(struct rules *to, enum rule_kind kind, const struct rule *items, size_t n)
{
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++)
		if (items[i].kind == kind)
			r = ARRAY_ADD(to->items, to->n, items[i]);
	return r;
}

static _printf_(3, 4) int add_message(char ***list, size_t *n, const char *format, ...)
{
	char *message = NULL;
	va_list args;
	int r;

	va_start(args, format);
	r = text_replace(&message, format, args);
	va_end(args);
	if (r < 0)
		return r;
	text_make_printable(message); /* a file's name may hold anything; a message is one line */
	r = ARRAY_ADD(*list, *n, message);
	if (r < 0)
		free(message);
	return r;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* What stands at the place of an error, for people: "found …". */
static void describe_place(const struct conf_file *file, const struct parse_error *error, char *buf,
			   size_t size)
{
	const char *p = file->text, *end = file->text + file->size;
	size_t i;

	if (file->size >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		p += 3; /* a byte order mark has no column */
	for (unsigned line = 1; line < error->line; line++)
		p = (const char *)memchr(p, '\n', (size_t)(end - p)) + 1;
	p += error->column - 1;

	if (p < end && *p == '#') {
		(void)snprintf(buf, size, "a comment");
	} else if (p == end || *p == '\n' || *p == '\r') {
		(void)snprintf(buf, size, "the end of the line");
	} else {
		buf[0] = '"';
		for (i = 1; i + 2 < size && p < end && !is_blank(*p); i++, p++)
			buf[i] = *p > ' ' && *p <= '~' ? *p : '?';
		buf[i] = '"';
		buf[i + 1] = '\0';
	}
}

static int add_line_error(struct policy *policy, const struct conf_file *in,
			  const struct parse_error *e)
{
	char found[48];

	describe_place(in, e, found, sizeof(found));
	return add_message(&policy->errors, &policy->n_errors, "/%s:%u:%u: found %s, %s",
			   policy->files[policy->n_files - 1].path, e->line, e->column, found,
			   e->what);
}

static int add_file_errors(struct policy *policy, const struct conf_file *in,
			   const struct config *config)
{
	const char *path = policy->files[policy->n_files - 1].path;
	int r = 0;

	if (*in->problem)
		return add_message(&policy->errors, &policy->n_errors, "/%s: %s", path,
				   in->problem);
	for (unsigned i = 0; i < config->n_errors && i < CONFIG_ERRORS_MAX && r == 0; i++)
		r = add_line_error(policy, in, &config->error[i]);
	if (r == 0 && config->n_errors > CONFIG_ERRORS_MAX)
		r = add_message(&policy->errors, &policy->n_errors, "/%s: %u more lines are wrong",
				path, config->n_errors - CONFIG_ERRORS_MAX);
	return r;
}

/* Those from @first on, a line each, to be freed; or NULL. */
static char *join_errors(const struct policy *policy, size_t first)
{
	struct text_buffer text _cleanup_(text_buffer_free) = {0};

	for (size_t i = first; i < policy->n_errors; i++)
		text_addf(&text, "%s%s", i > first ? "\n" : "", policy->errors[i]);
	return text_take_or_null(&text);
}

char *policy_errors(const struct policy *policy)
{
	return join_errors(policy, 0);
}

const char *policy_remedy(const struct policy *policy)
{
	if (policy->files_void)
		return "correct each place that is named: until then no claim line of any file counts";
	return "correct each place that is named";
}

static int take_config(const struct config *config, struct from_files *from)
{
	int r = pick_rules(&from->claims, RULE_CLAIM, config->rules, config->n_rules);

	if (r == 0)
		r = pick_rules(&from->skips, RULE_SKIP, config->rules, config->n_rules);
	settings_overlay(&from->settings, &config->settings, config->has);
	return r;
}

/* @in loses its path to the policy, which its rules' sources point to. */
static int take_file(struct policy *policy, struct conf_file *in, struct from_files *from)
{
	struct config_file *out = &policy->files[policy->n_files++];
	struct config config = {0};
	size_t first = policy->n_errors;
	int r = 0;

	out->path = TAKE_PTR(in->path);
	out->masked = in->masked;

	if (in->text)
		r = config_parse(in->text, in->size, out->path, &config);
	if (r < 0)
		return r;

	out->has = config.has;
	r = take_config(&config, from);
	if (r == 0 && (*in->problem || config.n_errors > 0)) {
		policy->files_void = true;
		r = add_file_errors(policy, in, &config);
		if (r == 0) {
			out->error = join_errors(policy, first);
			r = out->error ? 0 : -ENOMEM;
		}
	}

	config_free(&config);
	return r;
}

static int read_files(const struct root *root, const struct change *change, struct policy *policy,
		      struct from_files *from)
{
	struct conf_file *files = NULL;
	size_t n = 0;
	int r = conf_files_read(root, &files, &n);

	if (r < 0)
		return r;
	if (change && change->drop_in)
		r = conf_files_substitute(&files, &n, change->drop_in, change->text);

	policy->files = calloc(n + 1, sizeof(*policy->files));
	if (!policy->files)
		r = -ENOMEM;
	for (size_t i = 0; i < n && r == 0; i++)
		r = take_file(policy, &files[i], from);
	conf_files_free(files, n);

	if (policy->files_void) {
		from->claims.n = 0;
		from->settings = settings_default();
	}
	return r;
}

static int take_cmdline(const char *text, struct policy *policy, struct cmdline *ret)
{
	int r = kernel_args_read(text, &policy->args);

	return r < 0 ? r : cmdline_parse(text, ret);
}

static int read_cmdline(const struct root *root, struct policy *policy, struct cmdline *ret)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	int r = root_read_file(root, "proc/cmdline", CMDLINE_MAX_BYTES, &text, &size);
	int failure = r == -ENOENT || r == -ENOMEM ? 0 : r;

	if (r == -ENOMEM)
		return r;
	if (text && strlen(text) < size)
		failure = -EBADMSG; /* what comes after the NUL may be a skip */

	r = take_cmdline(text ? text : "", policy, ret);
	if (r < 0 || failure == 0)
		return r;

	ret->claims_void = true;
	return add_message(&policy->errors, &policy->n_errors,
			   "/proc/cmdline: can't be read: %s; nothing is claimed",
			   strerror(-failure));
}

static int tell_cmdline(struct policy *policy, const struct cmdline *cmdline)
{
	char address[PCI_ADDRESS_MAX];
	int r = 0;

	for (size_t i = 0; i < cmdline->n_errors && r == 0; i++) {
		const struct cmdline_error *e = &cmdline->errors[i];

		r = add_message(&policy->errors, &policy->n_errors,
				"kernel argument %s: found \"%s\", %s; %s", e->parameter,
				e->element, e->what, e->until);
	}

	for (size_t i = 0; i < cmdline->n_rules && r == 0; i++) {
		const struct rule *rule = &cmdline->rules[i];

		if (rule->kind != RULE_CLAIM || rule->has_id)
			continue;
		(void)pci_address_format(&rule->address, address);
		r = add_message(
			&policy->warnings, &policy->n_warnings,
			"gpuclaim.addresses=%s: identity not checked; write %s=VENDOR:DEVICE",
			address, address);
	}
	return r;
}

/* A file's claim lines are those with a number: the command line has none. */
static void drop_claims(struct policy *policy)
{
	size_t n = 0;

	for (size_t i = 0; i < policy->n_rules; i++)
		if (policy->rules[i].kind == RULE_SKIP || policy->rules[i].line == 0)
			policy->rules[n++] = policy->rules[i];
	policy->n_rules = n;
	policy->n_disarmed = 0;
	policy->settings = policy->fallback;
	policy->files_void = true;
	policy->valid = false;
}

int policy_void(struct policy *policy, const struct rule *rule, const char *format, ...)
{
	const char *source = rule->source;
	char text[512];
	va_list args;
	int r;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	r = add_message(&policy->errors, &policy->n_errors, "%s", text);
	for (size_t i = 0; i < policy->n_files && r == 0; i++) {
		struct config_file *file = &policy->files[i];

		if (file->error || strcmp(file->path, source) != 0)
			continue;
		file->error = strdup(policy->errors[policy->n_errors - 1]);
		r = file->error ? 0 : -ENOMEM;
	}
	drop_claims(policy);
	return r;
}

bool policy_is_initramfs(const struct root *root)
{
	return root_may_exist(root, "etc/initrd-release") ||
	       root_may_exist(root, "usr/lib/initrd-release");
}

static enum switch_off find_switch(const struct root *root, const struct cmdline *cmdline,
				   bool initramfs)
{
	if (cmdline->off)
		return SWITCHED_OFF_KARG;
	if (cmdline->rescue)
		return SWITCHED_OFF_RESCUE;
	if (cmdline->off_initramfs && initramfs)
		return SWITCHED_OFF_INITRAMFS;
	return root_may_exist(root, "proc/vmcore") ? SWITCHED_OFF_CRASH_KERNEL : SWITCHED_ON;
}

static int combine(struct policy *policy, const struct from_files *from,
		   const struct cmdline *cmdline)
{
	struct rules rules = {0}, disarmed = {0};
	bool armed;
	int r;

	policy->settings = from->settings;
	settings_overlay(&policy->settings, &cmdline->settings, cmdline->has);
	policy->fallback = settings_default();
	settings_overlay(&policy->fallback, &cmdline->settings, cmdline->has);
	armed = policy->settings.arm == ARM_ALWAYS || cmdline->armed;

	r = add_rules(&rules, from->skips.items, from->skips.n);
	if (r == 0)
		r = pick_rules(&rules, RULE_SKIP, cmdline->rules, cmdline->n_rules);
	if (r == 0 && !cmdline->claims_void)
		r = add_rules(armed ? &rules : &disarmed, from->claims.items, from->claims.n);
	if (r == 0 && !cmdline->claims_void)
		r = pick_rules(&rules, RULE_CLAIM, cmdline->rules, cmdline->n_rules);

	policy->rules = rules.items;
	policy->n_rules = rules.n;
	policy->disarmed = disarmed.items;
	policy->n_disarmed = disarmed.n;
	return r;
}

static int hash_files(struct policy *policy, const struct from_files *from)
{
	struct rules all = {0};
	int r = add_rules(&all, from->claims.items, from->claims.n);

	if (r == 0)
		r = add_rules(&all, from->skips.items, from->skips.n);
	if (r == 0)
		r = fingerprint(all.items, all.n, &from->settings, policy->files_void,
				policy->hash);
	free(all.items);
	return r;
}

static int fill(const struct root *root, const struct change *change, struct policy *policy,
		struct from_files *from, struct cmdline *cmdline)
{
	bool set_up = change && change->drop_in;
	int r = read_files(root, change, policy, from);

	if (r == 0)
		r = change && change->cmdline ? take_cmdline(change->cmdline, policy, cmdline)
					      : read_cmdline(root, policy, cmdline);
	if (r == 0)
		r = tell_cmdline(policy, cmdline);
	if (set_up)
		cmdline->armed = true;
	if (r == 0)
		r = combine(policy, from, cmdline);
	if (r == 0)
		r = hash_files(policy, from);

	policy->initramfs = policy_is_initramfs(root);
	policy->off = set_up ? SWITCHED_ON : find_switch(root, cmdline, policy->initramfs);
	policy->trial = cmdline->trial;
	policy->valid = policy->n_errors == 0;
	return r;
}

static int read_policy(const struct root *root, const struct change *change, struct policy *ret)
{
	struct from_files from = {.settings = settings_default()};
	struct cmdline cmdline = {0};
	struct policy policy = {0};
	int r = fill(root, change, &policy, &from, &cmdline);

	free(from.claims.items);
	free(from.skips.items);
	cmdline_free(&cmdline);
	if (r < 0) {
		policy_free(&policy);
		return r;
	}

	*ret = policy;
	return 0;
}

int policy_read(const struct root *root, struct policy *ret)
{
	return read_policy(root, NULL, ret);
}

int policy_read_as(const struct root *root, const char *drop_in, const char *text,
		   struct policy *ret)
{
	const struct change change = {.drop_in = drop_in, .text = text};

	return read_policy(root, &change, ret);
}

int policy_read_with(const struct root *root, const char *cmdline, struct policy *ret)
{
	const struct change change = {.cmdline = cmdline};

	return read_policy(root, &change, ret);
}

static void free_messages(char **list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(list[i]);
	free(list);
}

void policy_free(struct policy *policy)
{
	for (size_t i = 0; i < policy->n_files; i++) {
		free(policy->files[i].path);
		free(policy->files[i].error);
	}
	free(policy->files);
	free(policy->rules);
	free(policy->disarmed);
	free_messages(policy->errors, policy->n_errors);
	free_messages(policy->warnings, policy->n_warnings);
	*policy = (struct policy){0};
}
