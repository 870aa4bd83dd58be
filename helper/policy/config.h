/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration language: one file's text in, rules out. Pure. */
#ifndef GPUCLAIM_HELPER_POLICY_CONFIG_H
#define GPUCLAIM_HELPER_POLICY_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "helper/base/pci.h"

/* What a value may be; the same words in files and on the kernel command line. */
enum boot_vga_policy { BOOT_VGA_REFUSE, BOOT_VGA_ALLOW };
enum companions_policy { COMPANIONS_SLOT, COMPANIONS_GROUP, COMPANIONS_NONE };
enum rebind_policy { REBIND_COMPANIONS, REBIND_NO, REBIND_YES };
enum arm_policy { ARM_ALWAYS, ARM_KARG };

#define DRIVER_NAME_MAX 64     /* with its NUL */
#define DRIVER_AUTO	"auto" /* the best vfio_pci: variant driver, else vfio-pci */
#define EXPECT_ANY	(-1)

struct settings {
	enum boot_vga_policy boot_vga;
	enum companions_policy companions;
	enum rebind_policy rebind;
	char driver[DRIVER_NAME_MAX];
	enum arm_policy arm;
	int expect; /* how many GPUs, or EXPECT_ANY */
};

enum rule_kind { RULE_CLAIM, RULE_SKIP };

/**
 * struct rule - one claim or skip line, or one element of a kernel argument
 * @has_id:		@id.vendor must match, and @id.device unless @any_device
 * @class_digits:	0, 2, 4 or 6: how many hex digits of the class must match
 * @class_prefix:	the digits' value (class=0302 is 0x0302, 4 digits)
 * @functions:		a bit for each function of the GPU's slot that comes along; 0: none is
 *			listed, and it takes its companions
 * @source:		"etc/gpuclaim/gpuclaim.conf" or "kernel command line";
 *			not owned, lives as long as the policy
 * @line:		1-based; 0 for the command line
 */
struct rule {
	enum rule_kind kind;
	bool has_id, any_device, has_address, has_subsystem;
	struct pci_id id;
	struct pci_address address;
	struct pci_id subsystem;
	uint8_t class_digits, functions;
	uint32_t class_prefix;
	const char *source;
	unsigned line;
};

/* Where a text is wrong: 1-based, in bytes; @what is a string constant such as
 * "expected VENDOR:DEVICE, four hex digits each, as in 10de:1c81". */
struct parse_error {
	unsigned line, column;
	const char *what;
};

/**
 * struct config - what one file says
 * @rules:	claim and skip lines in order, owned
 * @settings:	values of the set lines; others as settings_default()
 * @has:	which settings a set line named, bit (1u << enum setting)
 * @errors:	the first error, if @n_errors
 */
enum setting {
	SETTING_BOOT_VGA,
	SETTING_COMPANIONS,
	SETTING_REBIND,
	SETTING_DRIVER,
	SETTING_ARM,
	SETTING_EXPECT,
	_SETTING_COUNT,
};

/* Longest line, without its end. */
#define CONFIG_LINE_MAX 1024

struct config {
	struct rule *rules;
	size_t n_rules;
	struct settings settings;
	unsigned has;
	struct parse_error error;
	unsigned n_errors;
};

/**
 * config_parse() - read one file's text
 * @text:	@size bytes; may hold anything, NULs too
 * @source:	kept in each rule, not copied
 * @ret:	the rules of every line that parses, also when others don't: a
 *		broken file still holds its skip lines; free with config_free()
 *
 * Return: 0 (look at ret->n_errors), or -ENOMEM with @ret untouched.
 */
int config_parse(const char *text, size_t size, const char *source,
		 struct config *ret) _must_check_;
void config_free(struct config *config);

struct settings settings_default(void);

/**
 * setting_parse() - one setting's word
 * @name:	"boot-vga", "companions", …; '-' and '_' are the same
 * @settings:	@value is stored here; untouched on failure
 * @ret:	which one it was; may be NULL
 *
 * Return: 0, -ENOENT (no such setting), -EINVAL (not one of its values).
 */
int setting_parse(const char *name, const char *value, struct settings *settings,
		  enum setting *ret) _must_check_;

/** setting_name() - "boot-vga" and the like */
const char *setting_name(enum setting setting);
/** setting_expected() - "refuse or allow" and the like, for messages */
const char *setting_expected(enum setting setting);
/** setting_error() - the same with "expected " before it: for struct parse_error */
const char *setting_error(enum setting setting);
/** setting_format() - the word that setting_parse() reads; in @buf, @settings or constant */
const char *setting_format(const struct settings *settings, enum setting setting,
			   char buf[static DRIVER_NAME_MAX]);

/**
 * rule_parse_id() - read "VENDOR:DEVICE" or "VENDOR:*" into a rule
 *
 * Return: 0, or -EINVAL with @rule untouched.
 */
int rule_parse_id(const char *s, struct rule *rule) _must_check_;

/**
 * rule_parse_functions() - read "0-1" or "0,1,3": functions 0 to 7 of a slot
 *
 * Return: 0, or -EINVAL with @ret untouched.
 */
int rule_parse_functions(const char *s, uint8_t *ret) _must_check_;

/** functions_format() - the same list, as short as it can be */
#define FUNCTIONS_TEXT_MAX 16
const char *functions_format(uint8_t functions, char buf[static FUNCTIONS_TEXT_MAX]);

/** rule_format() - print as the configuration's line, in lower case, keys in one order */
#define RULE_TEXT_MAX 128
const char *rule_format(const struct rule *rule, char buf[static RULE_TEXT_MAX]);

/** rule_matches_id() - does it match by IDs, class and subsystem (the address aside)? */
struct function_id {
	struct pci_address address;
	struct pci_id id, subsystem;
	uint32_t class;
};
bool rule_matches_id(const struct rule *rule, const struct function_id *f);
/** rule_matches() - does it match in all it says, the address included? */
bool rule_matches(const struct rule *rule, const struct function_id *f);

#endif
