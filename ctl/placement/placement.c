/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/placement/placement.h"

#include <string.h>

/* Terminals and the journal get it. */
static char *printable(const char *text)
{
	char *copy = strdup(text);

	if (copy)
		text_make_printable(copy);
	return copy;
}

static int add_inventory(struct placement_session *session, struct placement_provider *p,
			 const char *resource_class, struct json_object *o)
{
	struct placement_inventory *inventory;
	int r = placement_need(session, o, "total", json_type_int);

	if (r == 0)
		r = placement_need(session, o, "reserved", json_type_int);
	if (r < 0)
		return r;
	inventory = ARRAY_PLACE(p->inventory, p->n_inventories);
	if (!inventory)
		return -ENOMEM;
	*inventory =
		(struct placement_inventory){printable(resource_class), placement_count(o, "total"),
					     placement_count(o, "reserved"), 0};
	return inventory->resource_class ? 0 : -ENOMEM;
}

static int read_inventories(struct placement_session *session, struct placement_provider *p)
{
	_cleanup_(json_free) struct json_object *answer = NULL;
	struct json_object *inventories;
	int r = placement_get(session, &answer, "resource_providers/%s/inventories", p->uuid);

	if (r == 0)
		r = placement_need(session, answer, "resource_provider_generation", json_type_int);
	if (r == 0)
		r = placement_need(session, answer, "inventories", json_type_object);
	if (r < 0)
		return r;
	p->generation = placement_count(answer, "resource_provider_generation");
	inventories = json_member(answer, "inventories", json_type_object);
	json_object_object_foreach(inventories, resource_class, inventory)
	{
		r = add_inventory(session, p, resource_class, inventory);
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_traits(struct placement_session *session, struct placement_provider *p)
{
	_cleanup_(json_free) struct json_object *answer = NULL;
	struct json_object *traits;
	int r = placement_get(session, &answer, "resource_providers/%s/traits", p->uuid);

	if (r == 0)
		r = placement_need(session, answer, "traits", json_type_array);
	if (r < 0)
		return r;
	traits = json_member(answer, "traits", json_type_array);
	for (size_t i = 0; i < json_object_array_length(traits) && r == 0; i++) {
		const char *trait = json_object_get_string(json_object_array_get_idx(traits, i));

		if (trait)
			r = text_list_add(&p->trait, "%s", trait);
		if (trait && r == 0)
			text_make_printable(p->trait.text[p->trait.n - 1]);
	}
	return r;
}

static int add_use(struct placement_session *session, struct placement_provider *p,
		   struct json_object *allocation)
{
	int r = placement_need(session, allocation, "resources", json_type_object);
	struct json_object *resources = json_member(allocation, "resources", json_type_object);

	for (size_t i = 0; r == 0 && i < p->n_inventories; i++)
		p->inventory[i].used += placement_count(resources, p->inventory[i].resource_class);
	return r;
}

int placement_read_use(struct placement_session *session, struct placement_provider *p)
{
	_cleanup_(json_free) struct json_object *answer = NULL;
	struct json_object *allocations;
	int r = placement_get(session, &answer, "resource_providers/%s/allocations", p->uuid);

	if (r == 0)
		r = placement_need(session, answer, "allocations", json_type_object);
	if (r < 0)
		return r;
	allocations = json_member(answer, "allocations", json_type_object);
	json_object_object_foreach(allocations, consumer, allocation)
	{
		r = text_list_add(&p->consumer, "%s", consumer);
		if (r < 0)
			return r;
		text_make_printable(p->consumer.text[p->consumer.n - 1]);
		r = add_use(session, p, allocation);
		if (r < 0)
			return r;
	}
	return 0;
}

int placement_read_provider(struct placement_session *session, struct placement_provider *p)
{
	int r = read_inventories(session, p);

	if (r == 0)
		r = read_traits(session, p);
	return r == 0 ? placement_read_use(session, p) : r;
}

/* The root of the tree names the node, and is none of its devices. */
static int add_provider(struct placement_session *session, struct json_object *o,
			const char *root_uuid, struct placement *placement)
{
	const char *name = json_member_text(o, "name"), *uuid = json_member_text(o, "uuid");
	struct placement_provider *p;

	if (!name || !uuid || !placement_is_uuid(uuid))
		return placement_complain(session, -EIO, "%s: this is not Placement's answer",
					  http_shown(session->url));
	if (!json_member_text(o, "parent_provider_uuid")) {
		if (placement->node || strcasecmp(uuid, root_uuid) != 0)
			return 0;
		placement->node = printable(name);
		return placement->node ? 0 : -ENOMEM;
	}
	p = ARRAY_PLACE(placement->provider, placement->n);
	if (!p)
		return -ENOMEM;
	*p = (struct placement_provider){.name = printable(name),
					 .uuid = strdup(uuid),
					 .generation = placement_count(o, "generation")};
	return p->name && p->uuid ? 0 : -ENOMEM;
}

bool placement_address_of(const struct placement *tree, const struct placement_provider *p,
			  struct pci_address *ret)
{
	size_t n = strlen(tree->node);

	return strncmp(p->name, tree->node, n) == 0 && p->name[n] == '_' &&
	       pci_address_parse(p->name + n + 1, ret) == 0;
}

/* "compute1" or "compute1.example.org", whichever libvirt calls it. */
bool placement_is_node(const char *name, const char *node)
{
	size_t n = strcspn(node, ".");

	return strcmp(name, node) == 0 ||
	       (strncmp(name, node, n) == 0 && (name[n] == '.' || name[n] == '\0') &&
		(node[n] == '\0' || name[n] == '\0'));
}

/* The root provider of this host among those of an answer; *ret_uuid stays NULL if it is not. */
static int choose_node(struct placement_session *session, struct json_object *answer,
		       const char *node, char **ret_uuid)
{
	struct json_object *providers = json_member(answer, "resource_providers", json_type_array);
	const char *chosen = NULL;
	int r = placement_need(session, answer, "resource_providers", json_type_array);

	if (r < 0)
		return r;
	for (size_t i = 0; i < json_object_array_length(providers); i++) {
		struct json_object *o = json_object_array_get_idx(providers, i);
		const char *name = json_member_text(o, "name"), *uuid = json_member_text(o, "uuid");

		if (!name || !uuid || json_member_text(o, "parent_provider_uuid") ||
		    !placement_is_node(name, node) || !placement_is_uuid(uuid))
			continue;
		if (chosen && strcmp(name, node) != 0)
			return placement_complain(
				session, -EIO,
				"%s: several resource providers could be this node: %s, %s",
				http_shown(session->url), chosen, name);
		chosen = name;
		free(*ret_uuid);
		*ret_uuid = strdup(uuid);
		if (!*ret_uuid)
			return -ENOMEM;
		if (strcmp(name, node) == 0)
			break;
	}
	return 0;
}

static int look_for_node(struct placement_session *session, const char *node, bool by_name,
			 char **ret_uuid)
{
	_cleanup_(json_free) struct json_object *answer = NULL;
	int r = by_name ? placement_get(session, &answer, "resource_providers?name=%s", node)
			: placement_get(session, &answer, "resource_providers");

	return r < 0 ? r : choose_node(session, answer, node, ret_uuid);
}

/* It can be made part of an address as it stands. */
static bool is_host_name(const char *node)
{
	return node[0] &&
	       !node[strspn(node,
			    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_")];
}

/*
 * By its own name first: the list of all the cloud's providers may be larger than what is read of
 * an answer. Placement may know the node by another form of its name.
 */
int placement_find_node(struct placement_session *session, const char *node, char **ret_uuid)
{
	int r = 0;

	*ret_uuid = NULL;
	if (is_host_name(node))
		r = look_for_node(session, node, true, ret_uuid);
	if (r == 0 && !*ret_uuid)
		r = look_for_node(session, node, false, ret_uuid);
	if (r < 0) {
		free(*ret_uuid);
		*ret_uuid = NULL;
	}
	return r;
}

int placement_read_tree(struct placement_session *session, const char *uuid, struct placement *ret)
{
	struct placement placement _cleanup_(placement_free) = {0};
	_cleanup_(json_free) struct json_object *answer = NULL;
	struct json_object *providers;
	int r = placement_get(session, &answer, "resource_providers?in_tree=%s", uuid);

	if (r == 0)
		r = placement_need(session, answer, "resource_providers", json_type_array);
	if (r < 0)
		return r;
	providers = json_member(answer, "resource_providers", json_type_array);
	if (json_object_array_length(providers) > PLACEMENT_TREE_MAX)
		return placement_complain(session, -EIO,
					  "%s: this node has more than %d resource providers",
					  http_shown(session->url), PLACEMENT_TREE_MAX);
	for (size_t i = 0; i < json_object_array_length(providers) && r == 0; i++)
		r = add_provider(session, json_object_array_get_idx(providers, i), uuid,
				 &placement);
	return HAND_OVER(r, ret, placement);
}

/* Source: Placement, handlers/util.py, normalize_traits_qs_param(): who asks for a trait that it
 * does not have is answered 400. */
int placement_find_trait(struct placement_session *session, const char *uuid, const char *trait,
			 struct text_list *ret)
{
	_cleanup_(json_free) struct json_object *answer = NULL;
	struct json_object *providers;
	int r = placement_get(session, &answer, "resource_providers?in_tree=%s&required=%s", uuid,
			      trait);

	if (r == -EIO && session->status == 400)
		return 0;
	if (r == 0)
		r = placement_need(session, answer, "resource_providers", json_type_array);
	if (r < 0)
		return r;
	providers = json_member(answer, "resource_providers", json_type_array);
	for (size_t i = 0; i < json_object_array_length(providers) && r == 0; i++) {
		const char *found =
			json_member_text(json_object_array_get_idx(providers, i), "uuid");

		r = found ? text_list_add(ret, "%s", found) : 0;
	}
	return r;
}

/* The node with all that is known of its devices. */
static int read_all(struct placement_session *session, const char *node, struct placement *ret)
{
	_cleanup_free_ char *uuid = NULL;
	int r = placement_find_node(session, node, &uuid);

	if (r == 0 && uuid)
		r = placement_read_tree(session, uuid, ret);
	for (size_t i = 0; i < ret->n && r == 0; i++)
		r = placement_read_provider(session, &ret->provider[i]);
	return r;
}

int placement_read(const struct root *root, const char *url, const char *node,
		   struct placement *ret, char **ret_error)
{
	struct credentials credentials _cleanup_(credentials_free) = {0};
	struct placement placement _cleanup_(placement_free) = {0};
	struct placement_session session _cleanup_(placement_close) = {0};
	const struct placement_login login = {
		.root = root, .credentials = &credentials, .url = url};
	int r = credentials_read(root, &credentials, ret_error);

	if (r == 0)
		r = placement_open(&login, &session, ret_error);
	if (r == 0)
		r = read_all(&session, node, &placement);
	return HAND_OVER(r, ret, placement);
}

void placement_provider_free_details(struct placement_provider *p)
{
	for (size_t k = 0; k < p->n_inventories; k++)
		free(p->inventory[k].resource_class);
	free(p->inventory);
	text_list_free(&p->trait);
	text_list_free(&p->consumer);
	p->inventory = NULL;
	p->n_inventories = 0;
}

void placement_free(struct placement *placement)
{
	for (size_t i = 0; i < placement->n; i++) {
		struct placement_provider *p = &placement->provider[i];

		placement_provider_free_details(p);
		free(p->name);
		free(p->uuid);
	}
	free(placement->provider);
	free(placement->node);
	*placement = (struct placement){0};
}
