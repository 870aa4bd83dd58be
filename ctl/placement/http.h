/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bounded HTTP requests: libcurl, opened when one is made and by nothing else. */
#ifndef GPUCLAIM_CTL_PLACEMENT_HTTP_H
#define GPUCLAIM_CTL_PLACEMENT_HTTP_H

#include <stdbool.h>

#include "helper/base/util.h"

struct http;

/**
 * struct http_request - one request
 * @header:	"NAME: VALUE" each, ends with NULL; may hold secrets, which are never told
 * @body:	to be posted as JSON; NULL: GET
 * @put:	PUT it instead
 * @wanted_header: whose value is to be returned, "X-Subject-Token"; or NULL
 */
struct http_request {
	const char *url;
	const char *const *header;
	const char *body;
	bool put;
	const char *wanted_header;
};

/**
 * struct http_response - what came back
 * @status:	200 and so on
 * @body, @header: owned; NULL: there was none
 */
struct http_response {
	long status;
	char *body, *header;
};

/**
 * http_open() - get ready
 * @ca_file:	whom to trust instead of the system's authorities, or NULL
 * @ret_error:	one sentence, to be freed, with -ENOPKG (libcurl is not installed)
 *
 * libcurl is opened here and not linked: it would bring some thirty libraries into each start
 * of a program that asks no server but in one of its actions.
 *
 * Return: 0, -ENOPKG, or -ENOMEM. Close with http_close().
 */
int http_open(const char *ca_file, struct http **ret, char **ret_error) _must_check_;
void http_close(struct http **http);

/** http_limit() - from now on all requests together may last so long: the rest fail */
void http_limit(struct http *http, unsigned ms);

/**
 * http_do() - one request: 5 s to connect, 20 s in all, 2 MiB at most, no redirects
 *
 * Certificates are always verified. Only http and https.
 *
 * Return: 0 (look at the status), -EIO with @ret_error, or -ENOMEM. Free with
 * http_response_free().
 */
int http_do(struct http *http, const struct http_request *request, struct http_response *ret,
	    char **ret_error) _must_check_;
void http_response_free(struct http_response *response);

/** http_shown() - how a URL is told: without its secrets, for one that was given may hold a
 * password */
const char *http_shown(const char *url);

#endif
