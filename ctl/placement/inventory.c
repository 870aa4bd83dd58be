/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/placement/inventory.h"

#include <stdio.h>
#include <string.h>

#define GENERATION "resource_provider_generation"

/* It can be made part of an address as it stands. */
static bool is_resource_class(const char *text)
{
	return *text && !text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")];
}

static int put(struct placement_session *session, const char *path, struct json_object *inventory,
	       long *ret_generation)
{
	_cleanup_json_ struct json_object *answer = NULL;
	int r = placement_put(session, inventory, &answer, path);

	if (r < 0)
		return r;
	*ret_generation = placement_count(answer, GENERATION);
	return 0;
}

int placement_reserve(struct placement_session *session, const struct placement_change *change,
		      long *ret_generation)
{
	_cleanup_json_ struct json_object *inventory = NULL;
	_cleanup_free_ char *path = NULL;
	int r;

	if (!placement_is_uuid(change->uuid) || !is_resource_class(change->resource_class))
		return placement_complain(session, -EIO, "%s: this is not Placement's answer",
					  http_shown(session->url));
	if (asprintf(&path, "resource_providers/%s/inventories/%s", change->uuid,
		     change->resource_class) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	r = placement_get(session, &inventory, "%s", path);
	if (r < 0)
		return r;
	if (placement_count(inventory, GENERATION) != change->generation)
		return -ESTALE;
	*ret_generation = change->generation;
	if (placement_count(inventory, "reserved") == change->reserved)
		return 0;
	json_add_number(inventory, "reserved", change->reserved);
	return put(session, path, inventory, ret_generation);
}
