/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel arguments that old recipes add. */
#ifndef GPUCLAIM_CTL_CHOOSE_ADOPT_ARGS_H
#define GPUCLAIM_CTL_CHOOSE_ADOPT_ARGS_H

#include "ctl/kargs/view.h"

enum recipe_arg_kind {
	ARG_IDS,       /* vfio-pci.ids=10de:1c81 */
	ARG_EARLY,     /* rd.driver.pre=vfio-pci */
	ARG_BLACKLIST, /* modprobe.blacklist=nouveau, nouveau.modeset=0 and their like */
};

/**
 * struct recipe_arg - one of them
 * @text:	as it stands
 * @value:	what is behind its '='
 * @places:	where it stands: "/etc/default/grub:6, /proc/cmdline"
 */
struct recipe_arg {
	enum recipe_arg_kind kind;
	char *text, *value, *places; /* owned */
};

struct recipe_args {
	struct recipe_arg *arg;
	size_t n;
};

/**
 * recipe_args_read() - find them, each once
 * @view:	where to look, beside the running kernel's command line; or NULL
 *
 * Return: 0 or -ENOMEM. Free with recipe_args_free().
 */
int recipe_args_read(const struct root *root, const struct kargs_view *view,
		     struct recipe_args *ret) _must_check_;
void recipe_args_free(struct recipe_args *args);

#endif
