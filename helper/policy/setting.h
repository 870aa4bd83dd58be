/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The settings of the configuration: their words, defaults and values. Pure. */
#ifndef GPUCLAIM_HELPER_POLICY_SETTING_H
#define GPUCLAIM_HELPER_POLICY_SETTING_H

#include <stdbool.h>

#include "helper/base/util.h"

/* What a value may be; the same words in files and on the kernel command line. */
enum boot_vga_policy { BOOT_VGA_REFUSE, BOOT_VGA_ALLOW };
enum companions_policy { COMPANIONS_SLOT, COMPANIONS_GROUP, COMPANIONS_NONE };
enum rebind_policy { REBIND_COMPANIONS, REBIND_NO, REBIND_YES };
enum arm_policy { ARM_ALWAYS, ARM_KARG };
enum isolation_policy { ISOLATION_ACCEPT, ISOLATION_REQUIRE };
enum return_policy { RETURN_MANUAL, RETURN_AUTO };

#define DRIVER_NAME_MAX 64     /* with its NUL */
#define DRIVER_AUTO	"auto" /* the best vfio_pci: variant driver, else vfio-pci */
#define EXPECT_ANY	(-1)
#define RUN_PATH_MAX	256 /* with its NUL */

struct settings {
	enum boot_vga_policy boot_vga;
	enum companions_policy companions;
	enum rebind_policy rebind;
	char driver[DRIVER_NAME_MAX];
	enum arm_policy arm;
	int expect; /* how many GPUs, or EXPECT_ANY */
	enum isolation_policy isolation;
	enum return_policy return_to_service;
	char run_before_return[RUN_PATH_MAX]; /* absolute; "": nothing */
};

enum setting {
	SETTING_BOOT_VGA,
	SETTING_COMPANIONS,
	SETTING_REBIND,
	SETTING_DRIVER,
	SETTING_ARM,
	SETTING_EXPECT,
	SETTING_ISOLATION,
	SETTING_RETURN,
	SETTING_RUN_BEFORE_RETURN,
	_SETTING_COUNT,
};

struct settings settings_default(void);

/** settings_overlay() - take over the settings in @has, bits (1u << enum setting) */
void settings_overlay(struct settings *settings, const struct settings *from, unsigned has);

/** setting_be_careful() - set it to the value that lets gpuclaim do the least */
void setting_be_careful(struct settings *settings, enum setting setting);

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

/** setting_is_of_claim() - may it decide what is claimed, or whether the node is ready? */
bool setting_is_of_claim(enum setting setting);

/** setting_is_of_files() - is it refused on the kernel command line, which others may write? */
bool setting_is_of_files(enum setting setting);

/** setting_name() - "boot-vga" and the like */
const char *setting_name(enum setting setting);
/** setting_expected() - "refuse or allow" and the like, for messages */
const char *setting_expected(enum setting setting);
/** setting_error() - the same with "expected " before it: for struct parse_error */
const char *setting_error(enum setting setting);
/** setting_format() - the word that setting_parse() reads; in @buf, @settings or constant */
const char *setting_format(const struct settings *settings, enum setting setting,
			   char buf[static DRIVER_NAME_MAX]);

#endif
