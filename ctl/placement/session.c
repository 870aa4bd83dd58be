/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/placement/session.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ctl/placement/token.h"
#include "helper/base/text.h"

/* Rocky has up to 1.30. 1.14 brought in_tree, 1.23 codes of errors, 1.26 reserved = total. */
#define MICROVERSION "OpenStack-API-Version: placement 1.26"
/* 1.29 tells of all that is below a node, 1.31 brought in_tree to allocation candidates (Train). */
#define LATER_MICROVERSION "OpenStack-API-Version: placement 1.31"

/* **Source:** Placement, db/constants.py (MAX_INT) and schemas/: nothing is more, or negative. */
#define COUNT_MAX 0x7fffffff

int placement_complain(struct placement_session *session, int r, const char *format, ...)
{
	va_list args;
	int error;

	va_start(args, format);
	error = text_replace(session->error, format, args);
	va_end(args);
	if (error < 0)
		return error;
	text_make_printable(*session->error); /* it quotes what a server said */
	return r;
}

long placement_count(struct json_object *o, const char *key)
{
	struct json_object *value = json_member(o, key, json_type_int);
	int64_t n = value ? json_object_get_int64(value) : 0;

	return n < 0 ? 0 : n > COUNT_MAX ? COUNT_MAX : (long)n;
}

int placement_need(struct placement_session *session, struct json_object *o, const char *key,
		   enum json_type type)
{
	return json_member(o, key, type)
		       ? 0
		       : placement_complain(session, -EIO,
					    "%s: this is not Placement's answer: it has no %s",
					    http_shown(session->url), key);
}

bool placement_is_uuid(const char *text)
{
	return *text && !text[strspn(text, "0123456789abcdefABCDEF-")];
}

static int set_token(struct placement_session *session, const char *token)
{
	char *header;

	if (asprintf(&header, "X-Auth-Token: %s", token) < 0)
		return -ENOMEM;
	if (session->token_header)
		explicit_bzero(session->token_header, strlen(session->token_header));
	free(session->token_header);
	session->token_header = header;
	return 0;
}

static int set_url(struct placement_session *session, const char *url)
{
	size_t n = url ? strlen(url) : 0;

	while (n && url[n - 1] == '/')
		n--;
	if (!n)
		return placement_complain(
			session, -EIO,
			"Keystone's catalog has no URL of Placement: give it with --placement=URL");
	free(session->url);
	session->url = strndup(url, n);
	return session->url ? 0 : -ENOMEM;
}

/* The token, and where Placement is: what was kept, or what Keystone says. */
static int log_in(struct placement_session *session)
{
	const struct placement_login *l = &session->login;
	struct keystone_login login _cleanup_(keystone_login_free) = {0};
	const char *token = l->credentials->token;
	int r = 0;

	if (!token && l->keep)
		r = token_read(l->root, l->credentials, &login);
	session->kept = login.token;
	if (r == -ENOMEM)
		return r;
	if (!token && !login.token) {
		r = keystone_token(session->http, l->credentials, &login, session->error);
		if (r < 0)
			return r;
		if (l->keep)
			token_keep(l->root, l->credentials, &login);
	}
	r = set_token(session, token ? token : login.token);
	return r < 0 ? r : set_url(session, *l->url ? l->url : login.placement);
}

int placement_open(const struct placement_login *login, struct placement_session *ret, char **error)
{
	int r;

	*ret = (struct placement_session){.login = *login, .error = error};
	r = http_open(login->credentials->cacert, &ret->http, error);
	if (r < 0)
		return r;
	if (login->limit_ms)
		http_limit(ret->http, login->limit_ms);
	return log_in(ret);
}

void placement_close(struct placement_session *session)
{
	if (session->token_header)
		explicit_bzero(session->token_header, strlen(session->token_header));
	free(session->token_header);
	free(session->url);
	http_close(&session->http);
	*session = (struct placement_session){0};
}

static int ask_once(struct placement_session *session, const char *path, const char *body,
		    struct http_response *ret)
{
	const char *const headers[] = {session->token_header,
				       session->later ? LATER_MICROVERSION : MICROVERSION, NULL};
	struct http_request request = {.header = headers, .body = body, .put = body};
	_cleanup_free_ char *url = NULL;
	int r;

	session->status = 0;
	if (text_format(&url, "%s/%s", session->url, path) < 0)
		return -ENOMEM;
	request.url = url;
	free(*session->error);
	*session->error = NULL;
	r = http_do(session->http, &request, ret, session->error);
	session->status = r < 0 ? 0 : ret->status;
	return r;
}

/* A token that was kept may have been revoked since: then once more with a new one. */
static int ask(struct placement_session *session, const char *path, const char *body,
	       struct http_response *ret)
{
	int r = ask_once(session, path, body, ret);

	if (r < 0 || ret->status != 401 || !session->kept)
		return r;
	http_response_free(ret);
	token_forget(session->login.root);
	r = log_in(session);
	return r < 0 ? r : ask_once(session, path, body, ret);
}

/* Source: Placement, errors.py: codes in answers since 1.23. */
static bool is_conflict(const struct http_response *response)
{
	_cleanup_(json_free) struct json_object *top =
		json_parse(response->body ? response->body : "");
	struct json_object *errors = json_member(top, "errors", json_type_array);
	const char *code =
		errors ? json_member_text(json_object_array_get_idx(errors, 0), "code") : NULL;

	return response->status == 409 &&
	       (!code || strcmp(code, "placement.concurrent_update") == 0);
}

/* An address with a secret in it is not told. */
static int complain_of(struct placement_session *session, int r, const char *path, const char *what)
{
	if (http_shown(session->url) != session->url)
		path = NULL;
	return placement_complain(session, r, "%s%s%s: %s", http_shown(session->url),
				  path ? "/" : "", path ? path : "", what);
}

static int judge_status(struct placement_session *session, const char *path,
			const struct http_response *response)
{
	char what[64];

	if (response->status == 401 || response->status == 403)
		return placement_complain(
			session, -EACCES,
			"%s: Placement refuses the token (HTTP %ld): log in as an administrator or a service",
			http_shown(session->url), response->status);
	if (response->status == 200)
		return 0;
	(void)snprintf(what, sizeof(what), "Placement answers HTTP %ld", response->status);
	if (response->status == 404)
		return complain_of(session, -ENOENT, path, what);
	return complain_of(session, is_conflict(response) ? -ESTALE : -EIO, path, what);
}

static int ask_json(struct placement_session *session, const char *path, const char *body,
		    struct json_object **ret)
{
	struct http_response response _cleanup_(http_response_free) = {0};
	int r = ask(session, path, body, &response);

	if (r == 0)
		r = judge_status(session, path, &response);
	if (r == -ESTALE && !body)
		r = -EIO; /* who only asks is not late */
	if (r < 0)
		return r;
	*ret = json_parse(response.body ? response.body : "");
	if (json_object_is_type(*ret, json_type_object))
		return 0;
	json_object_put(*ret);
	*ret = NULL;
	return complain_of(session, -EIO, path, "this is not Placement's answer");
}

int placement_get(struct placement_session *session, struct json_object **ret, const char *format,
		  ...)
{
	_cleanup_free_ char *path = NULL;
	va_list args;
	int r;

	va_start(args, format);
	r = text_replace(&path, format, args);
	va_end(args);
	return r < 0 ? r : ask_json(session, path, NULL, ret);
}

int placement_put(struct placement_session *session, struct json_object *body,
		  struct json_object **ret, const char *path)
{
	_cleanup_free_ char *text = json_render(body);

	return text ? ask_json(session, path, text, ret) : -ENOMEM;
}
