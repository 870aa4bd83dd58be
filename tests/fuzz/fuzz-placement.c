/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What servers answer. The first line is the node's name, each line after it one answer: three
 * digits of a status, a blank, the body. The last one answers all that is asked behind it. In a
 * first line that begins with '@' Keystone is asked first. The functions of ctl/placement/http.h
 * are those here.
 */
#include <string.h>

#include "ctl/placement/placement.h"
#include "tests/fuzz/fuzz.h"

#define SECRET "secret-of-the-test"
#define URL    "http://placement"

/* What is left of the answers, how often one was taken, and is Placement's address one of them? */
struct http {
	const char *next;
	unsigned requests;
	bool tells_address;
};

static struct http server;

int http_open(const char *ca_file, struct http **ret, char **ret_error)
{
	(void)ca_file;
	(void)ret_error;
	*ret = &server;
	return 0;
}

void http_limit(struct http *http, unsigned ms)
{
	(void)http;
	(void)ms;
}

void http_close(struct http **http)
{
	if (*http)
		(*http)->next = NULL;
}

const char *http_shown(const char *url)
{
	return url;
}

void http_response_free(struct http_response *response)
{
	free(response->body);
	free(response->header);
	*response = (struct http_response){0};
}

/* Nothing of an answer becomes more of an address than a word of it. */
static void check_url(const struct http *http, const char *url)
{
	if (!http->tells_address)
		FUZZ_ASSERT(!url[strspn(url, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					     "0123456789.:/?=-_")]);
}

int http_do(struct http *http, const struct http_request *request, struct http_response *ret,
	    char **ret_error)
{
	size_t n = strcspn(http->next, "\n");
	int skipped = 0, status = 0;

	check_url(http, request->url);
	if (sscanf(http->next, "%3d %n", &status, &skipped) < 1 || status == 0) {
		*ret_error = strdup("no answer");
		FUZZ_ASSERT(*ret_error);
		return -EIO;
	}
	skipped = skipped > (int)n ? (int)n : skipped;
	*ret = (struct http_response){status, strndup(http->next + skipped, n - (size_t)skipped),
				      request->wanted_header ? strdup(SECRET) : NULL};
	FUZZ_ASSERT(ret->body && (!request->wanted_header || ret->header));
	if (http->next[n] && http->next[n + 1])
		http->next += n + 1;
	http->requests++;
	return 0;
}

static void check_provider(const struct placement_provider *p)
{
	FUZZ_ASSERT(p->name && p->uuid && !p->uuid[strspn(p->uuid, "0123456789abcdefABCDEF-")]);
	for (size_t i = 0; i < p->n_inventories; i++)
		FUZZ_ASSERT(p->inventory[i].resource_class && p->inventory[i].total >= 0 &&
			    p->inventory[i].reserved >= 0 && p->inventory[i].used >= 0);
}

static void check_answer(const char *node, const char *url)
{
	_cleanup_(root_close) struct root root = {.fd = -EBADF};
	_cleanup_free_ char *error = NULL;
	struct placement placement _cleanup_(placement_free) = {0};
	int r;

	FUZZ_ASSERT(root_open(".", &root) == 0);
	r = placement_read(&root, url, node, &placement, &error);
	if (r < 0) {
		FUZZ_ASSERT((r == -EIO || r == -EINVAL || r == -EACCES || r == -ENOENT) && error &&
			    *error);
		FUZZ_ASSERT(!strstr(error, SECRET) && placement.n == 0 && !placement.node);
		return;
	}
	FUZZ_ASSERT(!error && (placement.node || placement.n == 0));
	/* Keystone, the node by two names, its tree, and three for each provider. */
	FUZZ_ASSERT(server.requests <= 4 + 3 * placement.n);
	for (size_t i = 0; i < placement.n; i++)
		check_provider(&placement.provider[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = strndup((const char *)data, size);
	char *newline = text ? strchr(text, '\n') : NULL;
	bool by_keystone = size && data[0] == '@';

	/* A server that knows the secret may tell it. */
	if (!newline || strstr(text, SECRET))
		return 0;
	*newline = '\0';
	server = (struct http){.next = newline + 1, .tells_address = by_keystone};
	FUZZ_ASSERT(clearenv() == 0);
	if (by_keystone)
		FUZZ_ASSERT(setenv("OS_AUTH_URL", "http://keystone", 1) == 0 &&
			    setenv("OS_USERNAME", "nova", 1) == 0 &&
			    setenv("OS_PASSWORD", SECRET, 1) == 0);
	else
		FUZZ_ASSERT(setenv("OS_TOKEN", SECRET, 1) == 0);
	check_answer(text + by_keystone, by_keystone ? "" : URL);
	return 0;
}
