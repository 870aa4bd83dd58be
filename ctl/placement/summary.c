/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/placement/summary.h"

#include <string.h>

static bool has_trait(struct json_object *o, const char *trait)
{
	struct json_object *traits = json_member(o, "traits", json_type_array);

	for (size_t i = 0; traits && i < json_object_array_length(traits); i++) {
		const char *text = json_object_get_string(json_object_array_get_idx(traits, i));

		if (text && strcmp(text, trait) == 0)
			return true;
	}
	return false;
}

/* One without a class, or with several, is left to who asks for all of it. */
static int add(const char *uuid, struct json_object *o, const char *trait,
	       struct placement_summaries *ret)
{
	struct json_object *resources = json_member(o, "resources", json_type_object);
	struct placement_summary *summary;

	if (!resources || json_object_object_length(resources) != 1)
		return 0;
	summary = ARRAY_PLACE(ret->summary, ret->n);
	if (!summary)
		return -ENOMEM;
	*summary = (struct placement_summary){.uuid = strdup(uuid), .trait = has_trait(o, trait)};
	json_object_object_foreach(resources, resource_class, numbers)
	{
		summary->resource_class = strdup(resource_class);
		summary->capacity = placement_count(numbers, "capacity");
		summary->used = placement_count(numbers, "used");
	}
	if (!summary->uuid || !summary->resource_class)
		return -ENOMEM;
	text_make_printable(summary->resource_class);
	return 0;
}

/* It does not know the microversion, or nothing of this name; or a policy of its own keeps this
 * request, and no other, from who asks. */
static bool is_declined(long status)
{
	return status == 400 || status == 403 || status == 404 || status == 406;
}

int placement_read_summaries(struct placement_session *session, const char *uuid, const char *trait,
			     struct placement_summaries *ret)
{
	_cleanup_(json_free) struct json_object *answer = NULL;
	struct json_object *summaries;
	int r;

	session->later = true;
	r = placement_get(session, &answer,
			  "allocation_candidates?resources=MEMORY_MB:1&limit=1&in_tree=%s", uuid);
	session->later = false;
	if (r < 0 && is_declined(session->status))
		return 0;
	if (r == 0)
		r = placement_need(session, answer, "provider_summaries", json_type_object);
	if (r < 0)
		return r;
	summaries = json_member(answer, "provider_summaries", json_type_object);
	json_object_object_foreach(summaries, provider, o)
	{
		r = add(provider, o, trait, ret);
		if (r < 0)
			return r;
	}
	return 0;
}

void placement_summaries_free(struct placement_summaries *summaries)
{
	for (size_t i = 0; i < summaries->n; i++) {
		free(summaries->summary[i].uuid);
		free(summaries->summary[i].resource_class);
	}
	free(summaries->summary);
	*summaries = (struct placement_summaries){0};
}

const struct placement_summary *placement_summary_of(const struct placement_summaries *summaries,
						     const char *uuid)
{
	for (size_t i = 0; i < summaries->n; i++)
		if (strcasecmp(summaries->summary[i].uuid, uuid) == 0)
			return &summaries->summary[i];
	return NULL;
}
