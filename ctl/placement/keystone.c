/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/placement/keystone.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ctl/print/json.h"
#include "helper/base/text.h"

static int complain(char **ret_error, int r, const char *format, ...) _printf_(3, 4);

static int complain(char **ret_error, int r, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	*ret_error = NULL;
	n = text_replace(ret_error, format, args);
	va_end(args);
	return n < 0 ? n : r;
}

/* {"name": …} or {"id": …}; the name of a domain is "Default" unless it is said. */
static void add_named(struct json_object *to, const char *key, const char *name, const char *id,
		      const char *unsaid)
{
	struct json_object *o = json_add_object(to, key);

	if (id)
		json_add_text(o, "id", id);
	else
		json_add_text(o, "name", name ? name : unsaid);
}

static void add_password(struct json_object *identity, const struct credentials *c)
{
	struct json_object *user = json_add_object(json_add_object(identity, "password"), "user");

	json_add_text(user, "password", c->password);
	if (c->user_id) {
		json_add_text(user, "id", c->user_id);
		return;
	}
	json_add_text(user, "name", c->username);
	add_named(user, "domain", c->user_domain_name, c->user_domain_id, "Default");
}

static void add_scope(struct json_object *auth, const struct credentials *c)
{
	struct json_object *project;

	if (!c->project_id && !c->project_name)
		return;
	project = json_add_object(json_add_object(auth, "scope"), "project");
	if (c->project_id) {
		json_add_text(project, "id", c->project_id);
		return;
	}
	json_add_text(project, "name", c->project_name);
	add_named(project, "domain", c->project_domain_name, c->project_domain_id, "Default");
}

/* What Keystone is asked with; NULL with *ret_error: that is not enough. */
static char *make_body(const struct credentials *c, char **ret_error)
{
	_cleanup_(json_free) struct json_object *top = json_object_new_object();
	struct json_object *auth = json_add_object(top, "auth"), *identity, *methods, *application;
	bool by_application = c->application_credential_id && c->application_credential_secret;

	*ret_error = NULL;
	if (!by_application && (!c->password || (!c->username && !c->user_id))) {
		(void)complain(
			ret_error, 0,
			"no credentials: set OS_TOKEN, OS_CLOUD, or what an openrc file sets");
		return NULL;
	}
	identity = json_add_object(auth, "identity");
	methods = json_add_array(identity, "methods");
	json_append_text(methods, by_application ? "application_credential" : "password");
	if (by_application) {
		application = json_add_object(identity, "application_credential");
		json_add_text(application, "id", c->application_credential_id);
		json_add_text(application, "secret", c->application_credential_secret);
	} else {
		add_password(identity, c);
		add_scope(auth, c);
	}
	return json_render(top);
}

/* Some say "internalURL" for "internal". */
static const char *find_interface(const struct credentials *c, struct json_object *endpoints,
				  const char *wanted)
{
	for (size_t i = 0; endpoints && i < json_object_array_length(endpoints); i++) {
		struct json_object *one = json_object_array_get_idx(endpoints, i);
		const char *interface = json_member_text(one, "interface"),
			   *region = json_member_text(one, "region");

		if (interface && strncmp(wanted, interface, strlen(interface)) == 0 &&
		    (!c->region_name || (region && strcmp(region, c->region_name) == 0)))
			return json_member_text(one, "url");
	}
	return NULL;
}

/* The first of "internal,public" that there is. */
static const char *find_endpoint(const struct credentials *c, struct json_object *service)
{
	struct json_object *endpoints = json_member(service, "endpoints", json_type_array);
	const char *url = NULL;

	for (const char *wanted = c->interface ? c->interface : "public"; *wanted && !url;) {
		url = find_interface(c, endpoints, wanted);
		wanted += strcspn(wanted, ",");
		wanted += strspn(wanted, ", ");
	}
	return url;
}

/* "2026-11-29T22:00:00.000000Z"; 0: it is none. */
static int64_t parse_time(const char *text)
{
	struct tm tm = {0};

	if (!text || !strptime(text, "%Y-%m-%dT%H:%M:%S", &tm))
		return 0;
	return timegm(&tm);
}

static const char *find_placement(const struct credentials *c, struct json_object *token)
{
	struct json_object *catalog = json_member(token, "catalog", json_type_array);

	for (size_t i = 0; catalog && i < json_object_array_length(catalog); i++) {
		struct json_object *service = json_object_array_get_idx(catalog, i);
		const char *type = json_member_text(service, "type");
		const char *url =
			type && strcmp(type, "placement") == 0 ? find_endpoint(c, service) : NULL;

		if (url)
			return url;
	}
	return NULL;
}

static int take_body(const struct credentials *c, const char *body, struct keystone_login *login)
{
	_cleanup_(json_free) struct json_object *top = json_parse(body ? body : "");
	struct json_object *token = json_member(top, "token", json_type_object);

	if (!token)
		return 0;
	login->expires = parse_time(json_member_text(token, "expires_at"));
	return text_copy(find_placement(c, token), &login->placement);
}

/* ".../v3/auth/tokens" below whatever the address is given as. */
static char *tokens_url(const char *auth_url)
{
	size_t n = strlen(auth_url);
	char *url;
	bool versioned;

	while (n && auth_url[n - 1] == '/')
		n--;
	versioned = n > 3 && strncmp(auth_url + n - 3, "/v3", 3) == 0;
	if (asprintf(&url, "%.*s%s/auth/tokens", (int)n, auth_url, versioned ? "" : "/v3") < 0)
		return NULL;
	return url;
}

int keystone_token(struct http *http, const struct credentials *c, struct keystone_login *ret,
		   char **ret_error)
{
	struct http_response response _cleanup_(http_response_free) = {0};
	_cleanup_free_ char *url = NULL, *body = NULL;
	struct http_request request = {.wanted_header = "X-Subject-Token"};
	int r;

	body = make_body(c, ret_error);
	if (!body)
		return *ret_error ? -EINVAL : -ENOMEM;
	if (!c->auth_url)
		return complain(ret_error, -EINVAL, "OS_AUTH_URL is not set");
	url = tokens_url(c->auth_url);
	if (!url)
		return -ENOMEM;
	request.url = url;
	request.body = body;
	r = http_do(http, &request, &response, ret_error);
	explicit_bzero(body, strlen(body));
	if (r < 0)
		return r;
	if (response.status != 201 || !response.header)
		return complain(ret_error, -EIO, "%s: Keystone refuses the login (HTTP %ld)",
				http_shown(url), response.status);
	*ret = (struct keystone_login){.token = response.header};
	response.header = NULL;
	r = take_body(c, response.body, ret);
	if (r < 0)
		keystone_login_free(ret);
	return r;
}

void keystone_login_free(struct keystone_login *login)
{
	if (login->token)
		explicit_bzero(login->token, strlen(login->token));
	free(login->token);
	free(login->placement);
	*login = (struct keystone_login){0};
}
