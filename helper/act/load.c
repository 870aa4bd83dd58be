/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/act/load.h"

#include <errno.h>
#include <libkmod.h>
#include <stdbool.h>
#include <string.h>

#include "helper/base/library.h"

/* Soft dependencies may form a circle; real chains are four deep at most. */
#define DEPTH_MAX 16

/* What of libkmod is called, by its own names. */
struct kmod {
	__typeof__(kmod_new) *create;
	__typeof__(kmod_unref) *unref;
	__typeof__(kmod_list_next) *list_next;
	__typeof__(kmod_module_apply_filter) *apply_filter;
	__typeof__(kmod_module_get_dependencies) *get_dependencies;
	__typeof__(kmod_module_get_initstate) *get_initstate;
	__typeof__(kmod_module_get_module) *get_module;
	__typeof__(kmod_module_get_name) *get_name;
	__typeof__(kmod_module_get_options) *get_options;
	__typeof__(kmod_module_get_softdeps) *get_softdeps;
	__typeof__(kmod_module_insert_module) *insert_module;
	__typeof__(kmod_module_new_from_lookup) *new_from_lookup;
	__typeof__(kmod_module_unref) *module_unref;
	__typeof__(kmod_module_unref_list) *unref_list;
	struct kmod_ctx *ctx;
};

LIBRARY_NOTE("modules", "Loads the driver for claimed devices", "required", "libkmod.so.2");

static void kmod_close(struct kmod *kmod)
{
	if (kmod->ctx)
		kmod->unref(kmod->ctx);
}

/*
 * Opened, not linked: most runs load no module, and would spend nearly all their time on relocating
 * it and the libraries that it needs.
 */
static int kmod_open(struct kmod *kmod)
{
	static const char *const names[] = {"libkmod.so.2", NULL};
	const struct symbol symbols[] = {
		{"kmod_new", &kmod->create},
		{"kmod_unref", &kmod->unref},
		{"kmod_list_next", &kmod->list_next},
		{"kmod_module_apply_filter", &kmod->apply_filter},
		{"kmod_module_get_dependencies", &kmod->get_dependencies},
		{"kmod_module_get_initstate", &kmod->get_initstate},
		{"kmod_module_get_module", &kmod->get_module},
		{"kmod_module_get_name", &kmod->get_name},
		{"kmod_module_get_options", &kmod->get_options},
		{"kmod_module_get_softdeps", &kmod->get_softdeps},
		{"kmod_module_insert_module", &kmod->insert_module},
		{"kmod_module_new_from_lookup", &kmod->new_from_lookup},
		{"kmod_module_unref", &kmod->module_unref},
		{"kmod_module_unref_list", &kmod->unref_list},
	};
	int r = library_open(names, symbols, ARRAY_SIZE(symbols));

	if (r < 0)
		return r;
	kmod->ctx = kmod->create(NULL, NULL);
	return kmod->ctx ? 0 : -ENOMEM;
}

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

static int load_list(const struct kmod *kmod, struct kmod_list *list, unsigned depth, bool needed);

static int insert(const struct kmod *kmod, struct kmod_module *module)
{
	_cleanup_free_ char *options = NULL;
	const char *configured = kmod->get_options(module);
	int r;

	options = strdup(configured ? configured : "");
	if (!options)
		return -ENOMEM;
	if (strcmp(kmod->get_name(module), "vfio_pci") == 0)
		drop_ids(options);
	r = kmod->insert_module(module, 0, options);
	/* Somebody else was quicker; the kernel has waited for that one to be ready. */
	return r == -EEXIST ? 0 : r;
}

static int load_needs(const struct kmod *kmod, struct kmod_module *module, unsigned depth)
{
	struct kmod_list *needs = kmod->get_dependencies(module);
	int r = load_list(kmod, needs, depth, true);

	kmod->unref_list(needs);
	return r;
}

static int load_one(const struct kmod *kmod, struct kmod_module *module, unsigned depth)
{
	struct kmod_list *pre = NULL, *post = NULL;
	int state = kmod->get_initstate(module);
	int r;

	if (state == KMOD_MODULE_LIVE || state == KMOD_MODULE_BUILTIN)
		return 0;
	if (depth > DEPTH_MAX)
		return -ELOOP;

	/* No soft dependencies are known where this fails: nothing is lost. */
	(void)kmod->get_softdeps(module, &pre, &post);
	(void)load_list(kmod, pre, depth + 1, false); /* soft: it works without */
	r = load_needs(kmod, module, depth + 1);
	if (r == 0)
		r = insert(kmod, module);
	if (r == 0)
		(void)load_list(kmod, post, depth + 1, false); /* soft again */
	kmod->unref_list(pre);
	kmod->unref_list(post);
	return r;
}

static int load_list(const struct kmod *kmod, struct kmod_list *list, unsigned depth, bool needed)
{
	for (struct kmod_list *l = list; l; l = kmod->list_next(list, l)) {
		struct kmod_module *module = kmod->get_module(l);
		int r = load_one(kmod, module, depth);

		kmod->module_unref(module);
		if (r < 0 && needed)
			return r;
	}
	return 0;
}

int load_module(const char *name)
{
	struct kmod kmod _cleanup_(kmod_close) = {0};
	struct kmod_list *list = NULL;
	int r;

	r = kmod_open(&kmod);
	if (r == 0)
		r = kmod.new_from_lookup(kmod.ctx, name, &list);
	if (r < 0)
		return r;
	if (!list)
		return -ENOENT;
	r = load_list(&kmod, list, 0, true);
	kmod.unref_list(list);
	return r;
}

int load_matching(const char *modalias)
{
	struct kmod kmod _cleanup_(kmod_close) = {0};
	struct kmod_list *list = NULL, *allowed = NULL;
	int r;

	r = kmod_open(&kmod);
	if (r == 0)
		r = kmod.new_from_lookup(kmod.ctx, modalias, &list);
	if (r < 0 || !list)
		return r;
	r = kmod.apply_filter(kmod.ctx, KMOD_FILTER_BLACKLIST, list, &allowed);
	if (r == 0)
		r = load_list(&kmod, allowed, 0, false);
	kmod.unref_list(allowed);
	kmod.unref_list(list);
	return r;
}
