/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/act/load.h"

#include <errno.h>
#include <libkmod.h>
#include <stdbool.h>
#include <string.h>

/* Soft dependencies may form a circle; real chains are four deep at most. */
#define DEPTH_MAX 16

static void cleanup_kmod(struct kmod_ctx **ctx)
{
	kmod_unref(*ctx);
}

static void cleanup_module(struct kmod_module **module)
{
	kmod_module_unref(*module);
}

static void cleanup_modules(struct kmod_list **list)
{
	kmod_module_unref_list(*list);
}

#define _cleanup_kmod_	  __attribute__((cleanup(cleanup_kmod)))
#define _cleanup_module_  __attribute__((cleanup(cleanup_module)))
#define _cleanup_modules_ __attribute__((cleanup(cleanup_modules)))

/* Length of one option: up to a blank outside quotes. */
static size_t option_length(const char *s)
{
	bool quoted = false;
	size_t n = 0;

	for (; s[n] && (quoted || s[n] != ' '); n++)
		if (s[n] == '"')
			quoted = !quoted;
	return n;
}

/* Cut "ids=…" out of an option string, in place. */
static void drop_ids(char *options)
{
	char *to = options;

	for (const char *from = options; *from;) {
		size_t n = option_length(from);
		/* The kernel takes a quote at the beginning for one around the whole. */
		bool ids = strncmp(from + (*from == '"'), "ids=", 4) == 0;

		if (!ids && n) {
			if (to != options)
				*to++ = ' ';
			memmove(to, from, n);
			to += n;
		}
		from += n + strspn(from + n, " ");
	}
	*to = '\0';
}

static int load_list(struct kmod_list *list, unsigned depth, bool needed);

static int insert(struct kmod_module *module)
{
	_cleanup_free_ char *options = NULL;
	const char *configured = kmod_module_get_options(module);
	int r;

	options = strdup(configured ? configured : "");
	if (!options)
		return -ENOMEM;
	if (strcmp(kmod_module_get_name(module), "vfio_pci") == 0)
		drop_ids(options);
	r = kmod_module_insert_module(module, 0, options);
	/* Somebody else was quicker; the kernel has waited for that one to be ready. */
	return r == -EEXIST ? 0 : r;
}

static int load_one(struct kmod_module *module, unsigned depth)
{
	_cleanup_modules_ struct kmod_list *pre = NULL, *post = NULL, *needs = NULL;
	int state = kmod_module_get_initstate(module);
	int r;

	if (state == KMOD_MODULE_LIVE || state == KMOD_MODULE_BUILTIN)
		return 0;
	if (depth > DEPTH_MAX)
		return -ELOOP;

	/* No soft dependencies are known where this fails: nothing is lost. */
	(void)kmod_module_get_softdeps(module, &pre, &post);
	needs = kmod_module_get_dependencies(module);
	(void)load_list(pre, depth + 1, false); /* soft: it works without */
	r = load_list(needs, depth + 1, true);
	if (r == 0)
		r = insert(module);
	if (r == 0)
		(void)load_list(post, depth + 1, false); /* soft again */
	return r;
}

static int load_list(struct kmod_list *list, unsigned depth, bool needed)
{
	struct kmod_list *entry;

	kmod_list_foreach(entry, list)
	{
		_cleanup_module_ struct kmod_module *module = kmod_module_get_module(entry);
		int r = load_one(module, depth);

		if (r < 0 && needed)
			return r;
	}
	return 0;
}

int load_module(const char *name)
{
	_cleanup_kmod_ struct kmod_ctx *ctx = kmod_new(NULL, NULL);
	_cleanup_modules_ struct kmod_list *list = NULL;
	int r;

	if (!ctx)
		return -ENOMEM;
	r = kmod_module_new_from_lookup(ctx, name, &list);
	if (r < 0)
		return r;
	if (!list)
		return -ENOENT;
	return load_list(list, 0, true);
}

int load_matching(const char *modalias)
{
	_cleanup_kmod_ struct kmod_ctx *ctx = kmod_new(NULL, NULL);
	_cleanup_modules_ struct kmod_list *list = NULL, *allowed = NULL;
	int r;

	if (!ctx)
		return -ENOMEM;
	r = kmod_module_new_from_lookup(ctx, modalias, &list);
	if (r < 0 || !list)
		return r;
	r = kmod_module_apply_filter(ctx, KMOD_FILTER_BLACKLIST, list, &allowed);
	return r < 0 ? r : load_list(allowed, 0, false);
}
