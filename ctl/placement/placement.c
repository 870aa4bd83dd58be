/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/placement/placement.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ctl/print/json.h"

/* Rocky has up to 1.30; 1.14 brought in_tree. */
#define MICROVERSION "OpenStack-API-Version: placement 1.14"

/* **Source:** Placement, db/constants.py (MAX_INT) and schemas/: nothing is more, or negative. */
#define COUNT_MAX 0x7fffffff

struct client {
	struct http *http;
	char *url, *token_header;
	char **error;
};

static int complain(struct client *client, const char *format, ...) _printf_(2, 3);

static int complain(struct client *client, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vasprintf(client->error, format, args);
	va_end(args);
	if (n >= 0)
		return -EIO;
	*client->error = NULL;
	return -ENOMEM;
}

/* GET below Placement's address; an answer that is no JSON object is an error. */
static int get(struct client *client, struct json_object **ret, const char *format, ...)
	_printf_(3, 4);

static int get(struct client *client, struct json_object **ret, const char *format, ...)
{
	struct http_response response _cleanup_http_response_ = {0};
	const char *const headers[] = {client->token_header, MICROVERSION, NULL};
	struct http_request request = {.header = headers};
	_cleanup_free_ char *path = NULL, *url = NULL;
	va_list args;
	int r;

	va_start(args, format);
	r = vasprintf(&path, format, args);
	va_end(args);
	if (r < 0 || asprintf(&url, "%s/%s", client->url, path) < 0)
		return -ENOMEM;
	request.url = url;
	r = http_do(client->http, &request, &response, client->error);
	if (r < 0)
		return r;
	if (response.status == 401 || response.status == 403)
		return complain(
			client,
			"%s: Placement refuses the token (HTTP %ld): it takes an administrator or a service",
			http_shown(client->url), response.status);
	if (response.status != 200)
		return complain(client, "%s: Placement answers HTTP %ld", http_shown(url),
				response.status);
	*ret = json_parse(response.body ? response.body : "");
	if (json_object_is_type(*ret, json_type_object))
		return 0;
	json_object_put(*ret);
	*ret = NULL;
	return complain(client, "%s: this is not Placement's answer", http_shown(url));
}

static struct json_object *member(struct json_object *o, const char *key, enum json_type type)
{
	struct json_object *value;

	if (!json_object_is_type(o, json_type_object) ||
	    !json_object_object_get_ex(o, key, &value) || !json_object_is_type(value, type))
		return NULL;
	return value;
}

static const char *text_of(struct json_object *o, const char *key)
{
	struct json_object *value = member(o, key, json_type_string);

	return value ? json_object_get_string(value) : NULL;
}

static long count_of(struct json_object *o, const char *key)
{
	struct json_object *value = member(o, key, json_type_int);
	int64_t n = value ? json_object_get_int64(value) : 0;

	return n < 0 ? 0 : n > COUNT_MAX ? COUNT_MAX : (long)n;
}

static int add_inventory(struct placement_provider *p, const char *resource_class,
			 struct json_object *o)
{
	struct placement_inventory *more;

	more = reallocarray(p->inventory, p->n_inventories + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	p->inventory = more;
	more += p->n_inventories;
	*more = (struct placement_inventory){strdup(resource_class), count_of(o, "total"),
					     count_of(o, "reserved"), 0};
	if (!more->resource_class)
		return -ENOMEM;
	p->n_inventories++;
	return 0;
}

static int read_inventories(struct client *client, struct placement_provider *p)
{
	_cleanup_json_ struct json_object *answer = NULL;
	struct json_object *inventories;
	int r = get(client, &answer, "resource_providers/%s/inventories", p->uuid);

	if (r < 0)
		return r;
	inventories = member(answer, "inventories", json_type_object);
	if (!inventories)
		return 0;
	json_object_object_foreach(inventories, resource_class, inventory)
	{
		r = add_inventory(p, resource_class, inventory);
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_traits(struct client *client, struct placement_provider *p)
{
	_cleanup_json_ struct json_object *answer = NULL;
	struct json_object *traits;
	int r = get(client, &answer, "resource_providers/%s/traits", p->uuid);

	if (r < 0)
		return r;
	traits = member(answer, "traits", json_type_array);
	for (size_t i = 0; traits && i < json_object_array_length(traits) && r == 0; i++) {
		const char *trait = json_object_get_string(json_object_array_get_idx(traits, i));

		if (trait)
			r = text_list_add(&p->trait, "%s", trait);
	}
	return r;
}

static void add_use(struct placement_provider *p, struct json_object *allocation)
{
	struct json_object *resources = member(allocation, "resources", json_type_object);

	for (size_t i = 0; resources && i < p->n_inventories; i++)
		p->inventory[i].used += count_of(resources, p->inventory[i].resource_class);
}

static int read_allocations(struct client *client, struct placement_provider *p)
{
	_cleanup_json_ struct json_object *answer = NULL;
	struct json_object *allocations;
	int r = get(client, &answer, "resource_providers/%s/allocations", p->uuid);

	if (r < 0)
		return r;
	allocations = member(answer, "allocations", json_type_object);
	if (!allocations)
		return 0;
	json_object_object_foreach(allocations, consumer, allocation)
	{
		r = text_list_add(&p->consumer, "%s", consumer);
		if (r < 0)
			return r;
		add_use(p, allocation);
	}
	return 0;
}

static int add_provider(struct client *client, struct json_object *o, struct placement *placement)
{
	const char *name = text_of(o, "name"), *uuid = text_of(o, "uuid");
	struct placement_provider *more, *p;
	int r;

	/* It is made part of an address. */
	if (!name || !uuid || uuid[strspn(uuid, "0123456789abcdefABCDEF-")])
		return complain(client, "%s: this is not Placement's answer",
				http_shown(client->url));
	more = reallocarray(placement->provider, placement->n + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	placement->provider = more;
	p = &more[placement->n++];
	*p = (struct placement_provider){.name = strdup(name), .uuid = strdup(uuid)};
	if (!p->name || !p->uuid)
		return -ENOMEM;
	r = read_inventories(client, p);
	if (r == 0)
		r = read_traits(client, p);
	return r == 0 ? read_allocations(client, p) : r;
}

/* "compute1" or "compute1.example.org", whichever libvirt calls it. */
static bool is_node(const char *name, const char *node)
{
	size_t n = strcspn(node, ".");

	return strcmp(name, node) == 0 ||
	       (strncmp(name, node, n) == 0 && (name[n] == '.' || name[n] == '\0') &&
		(node[n] == '\0' || name[n] == '\0'));
}

/* The root provider of this host among those of an answer; *ret_uuid stays NULL if it is not. */
static int choose_node(struct client *client, struct json_object *answer, const char *node,
		       struct placement *placement, char **ret_uuid)
{
	struct json_object *providers = member(answer, "resource_providers", json_type_array);

	for (size_t i = 0; providers && i < json_object_array_length(providers); i++) {
		struct json_object *o = json_object_array_get_idx(providers, i);
		const char *name = text_of(o, "name"), *uuid = text_of(o, "uuid");

		if (!name || !uuid || text_of(o, "parent_provider_uuid") || !is_node(name, node) ||
		    uuid[strspn(uuid, "0123456789abcdefABCDEF-")])
			continue;
		if (*ret_uuid && strcmp(name, node) != 0)
			return complain(client,
					"%s: several resource providers could be this node: %s, %s",
					http_shown(client->url), placement->node, name);
		free(placement->node);
		free(*ret_uuid);
		placement->node = strdup(name);
		*ret_uuid = strdup(uuid);
		if (!placement->node || !*ret_uuid)
			return -ENOMEM;
		if (strcmp(name, node) == 0)
			break;
	}
	return 0;
}

static int look_for_node(struct client *client, const char *node, bool by_name,
			 struct placement *placement, char **ret_uuid)
{
	_cleanup_json_ struct json_object *answer = NULL;
	int r = by_name ? get(client, &answer, "resource_providers?name=%s", node)
			: get(client, &answer, "resource_providers");

	return r < 0 ? r : choose_node(client, answer, node, placement, ret_uuid);
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
static int find_node(struct client *client, const char *node, struct placement *placement,
		     char **ret_uuid)
{
	int r = 0;

	if (is_host_name(node))
		r = look_for_node(client, node, true, placement, ret_uuid);
	return r == 0 && !*ret_uuid ? look_for_node(client, node, false, placement, ret_uuid) : r;
}

static int read_tree(struct client *client, const char *node, struct placement *placement)
{
	_cleanup_json_ struct json_object *answer = NULL;
	_cleanup_free_ char *uuid = NULL;
	struct json_object *providers;
	int r = find_node(client, node, placement, &uuid);

	if (r < 0 || !uuid)
		return r;
	r = get(client, &answer, "resource_providers?in_tree=%s", uuid);
	if (r < 0)
		return r;
	providers = member(answer, "resource_providers", json_type_array);
	for (size_t i = 0; providers && i < json_object_array_length(providers) && r == 0; i++) {
		struct json_object *o = json_object_array_get_idx(providers, i);

		if (text_of(o, "parent_provider_uuid"))
			r = add_provider(client, o, placement);
	}
	return r;
}

/* The token, and where Placement is. */
static int log_in(struct client *client, const struct credentials *c, const char *url)
{
	_cleanup_free_ char *token = c->token ? strdup(c->token) : NULL, *found = NULL;
	const char *address = url;
	size_t n;
	int r = 0;

	if (c->token && !token)
		return -ENOMEM;
	if (!token)
		r = keystone_token(client->http, c, &token, &found, client->error);
	if (r == 0 && !*url)
		address = found;
	if (r == 0 && (!address || asprintf(&client->token_header, "X-Auth-Token: %s", token) < 0))
		r = address ? -ENOMEM
			    : complain(
				      client,
				      "--placement=URL: Keystone's catalog has no address of Placement's");
	if (token)
		explicit_bzero(token, strlen(token));
	if (r < 0)
		return r;
	for (n = strlen(address); n && address[n - 1] == '/'; n--)
		;
	client->url = strndup(address, n);
	return client->url ? 0 : -ENOMEM;
}

int placement_read(const struct root *root, const char *url, const char *node,
		   struct placement *ret, char **ret_error)
{
	struct credentials credentials _cleanup_credentials_ = {0};
	struct placement placement = {0};
	_cleanup_http_ struct http *http = NULL;
	struct client client = {.error = ret_error};
	int r = credentials_read(root, &credentials, ret_error);

	if (r == 0)
		r = http_open(credentials.cacert, &http, ret_error);
	client.http = http;
	if (r == 0)
		r = log_in(&client, &credentials, url);
	if (r == 0)
		r = read_tree(&client, node, &placement);
	if (client.token_header)
		explicit_bzero(client.token_header, strlen(client.token_header));
	free(client.token_header);
	free(client.url);
	if (r < 0)
		placement_free(&placement);
	else
		*ret = placement;
	return r;
}

void placement_free(struct placement *placement)
{
	for (size_t i = 0; i < placement->n; i++) {
		struct placement_provider *p = &placement->provider[i];

		for (size_t k = 0; k < p->n_inventories; k++)
			free(p->inventory[k].resource_class);
		free(p->inventory);
		free(p->name);
		free(p->uuid);
		text_list_free(&p->trait);
		text_list_free(&p->consumer);
	}
	free(placement->provider);
	free(placement->node);
	*placement = (struct placement){0};
}
