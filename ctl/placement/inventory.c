/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/placement/inventory.h"

#include <stdio.h>
#include <string.h>

#include "helper/base/text.h"

#define GENERATION "resource_provider_generation"

/* It can be made part of an address as it stands. */
static bool is_resource_class(const char *text)
{
	return *text && !text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")];
}

/* A proxy that had no answer of its server's does not know either. */
static bool is_sure(const struct placement_session *session)
{
	return session->status >= 400 && session->status != 502 && session->status != 504;
}

/* The generation tells: it rose by one, or has not risen, or others have written, too. */
static int look_again(struct placement_session *session, const char *path,
		      const struct placement_change *change, bool sure, long *ret_generation)
{
	_cleanup_(json_free) struct json_object *inventory = NULL;
	int r = placement_get(session, &inventory, "%s", path);
	long generation = placement_count(inventory, GENERATION);

	if (r < 0)
		return r == -ENOENT ? r : -EINPROGRESS;
	if (generation == change->generation)
		return sure ? -EIO : -EINPROGRESS;
	if (generation != change->generation + 1 ||
	    placement_count(inventory, "reserved") != change->reserved)
		return -ESTALE;
	*ret_generation = generation;
	return 0;
}

/* What is told is why it failed, and not what was asked after that. */
static int put(struct placement_session *session, const char *path, struct json_object *inventory,
	       const struct placement_change *change, long *ret_generation)
{
	_cleanup_(json_free) struct json_object *answer = NULL;
	int r = placement_put(session, inventory, &answer, path);
	bool sure = is_sure(session);
	char *why;

	if (r == 0)
		r = placement_need(session, answer, GENERATION, json_type_int);
	if (r == 0)
		*ret_generation = placement_count(answer, GENERATION);
	if (r == 0 || r == -ESTALE || r == -ENOENT || r == -EACCES)
		return r;
	why = TAKE_PTR(*session->error);
	r = look_again(session, path, change, sure, ret_generation);
	free(*session->error);
	*session->error = why;
	return r;
}

int placement_reserve(struct placement_session *session, const struct placement_change *change,
		      long *ret_generation)
{
	_cleanup_(json_free) struct json_object *inventory = NULL;
	_cleanup_free_ char *path = NULL;
	int r;

	if (!placement_is_uuid(change->uuid) || !is_resource_class(change->resource_class))
		return placement_complain(session, -EIO, "%s: this is not Placement's answer",
					  http_shown(session->url));
	if (text_format(&path, "resource_providers/%s/inventories/%s", change->uuid,
			change->resource_class) < 0)
		return -ENOMEM;
	r = placement_get(session, &inventory, "%s", path);
	if (r < 0)
		return r;
	if (placement_count(inventory, GENERATION) != change->generation)
		return -ESTALE;
	*ret_generation = change->generation;
	if (placement_count(inventory, "reserved") == change->reserved)
		return 0;
	json_add_number(inventory, "reserved", change->reserved);
	return put(session, path, inventory, change, ret_generation);
}
