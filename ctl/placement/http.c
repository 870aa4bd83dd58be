/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/placement/http.h"

#include <curl/curl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "helper/base/library.h"
#include "helper/base/text.h"

#define CONNECT_TIMEOUT_MS 5000L
#define TIMEOUT_MS	   20000L
#define BODY_MAX	   (2u << 20)

/*
 * A name server that is dead is not waited for once the time is over.
 * **Source:** libcurl, include/curl/curl.h since 7.87: CURLOPT_QUICK_EXIT; others do not know it.
 */
#define QUICK_EXIT ((CURLoption)(CURLOPTTYPE_LONG + 322))

/* The header makes curl_easy_setopt() a macro that checks types. */
#undef curl_easy_setopt
#undef curl_easy_getinfo

/* What is used of libcurl. */
struct curl {
	__typeof__(curl_global_init) *global_init;
	__typeof__(curl_easy_init) *easy_init;
	__typeof__(curl_easy_setopt) *easy_setopt;
	__typeof__(curl_easy_perform) *easy_perform;
	__typeof__(curl_easy_getinfo) *easy_getinfo;
	__typeof__(curl_easy_cleanup) *easy_cleanup;
	__typeof__(curl_easy_strerror) *easy_strerror;
	__typeof__(curl_easy_reset) *easy_reset;
	__typeof__(curl_slist_append) *slist_append;
	__typeof__(curl_slist_free_all) *slist_free_all;
};

struct http {
	struct curl curl;
	CURL *handle;
	char *ca_file;
	int64_t end_ms; /* 0: none */
};

/* Where a response is put together. */
struct sink {
	char *text;
	size_t size;
	bool too_large;
	const char *wanted_header;
	char *header;
};

static int load(struct curl *curl)
{
	static const char *const names[] = {"libcurl.so.4", "libcurl-gnutls.so.4", NULL};
	const struct symbol symbols[] = {
		{"curl_global_init", &curl->global_init},
		{"curl_easy_init", &curl->easy_init},
		{"curl_easy_setopt", &curl->easy_setopt},
		{"curl_easy_perform", &curl->easy_perform},
		{"curl_easy_getinfo", &curl->easy_getinfo},
		{"curl_easy_cleanup", &curl->easy_cleanup},
		{"curl_easy_strerror", &curl->easy_strerror},
		{"curl_easy_reset", &curl->easy_reset},
		{"curl_slist_append", &curl->slist_append},
		{"curl_slist_free_all", &curl->slist_free_all},
	};

	return library_open(names, symbols, ARRAY_SIZE(symbols));
}

int http_open(const char *ca_file, struct http **ret, char **ret_error)
{
	_cleanup_(http_close) struct http *http = calloc(1, sizeof(*http));
	int r;

	if (!http)
		return -ENOMEM;
	r = load(&http->curl);
	if (r == 0 && http->curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		r = -ENOPKG;
	if (r < 0) {
		*ret_error = strdup("libcurl.so.4 can't be opened: install libcurl4 (libcurl)");
		return *ret_error ? r : -ENOMEM;
	}
	http->ca_file = ca_file ? strdup(ca_file) : NULL;
	http->handle = http->curl.easy_init();
	if (!http->handle || (ca_file && !http->ca_file))
		return -ENOMEM;
	*ret = TAKE_PTR(http);
	return 0;
}

static int64_t now_ms(void)
{
	struct timespec now;

	return clock_gettime(CLOCK_BOOTTIME, &now) < 0
		       ? 0
		       : (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void http_limit(struct http *http, unsigned ms)
{
	http->end_ms = now_ms() + ms;
}

/* At least 1: to curl 0 is no limit at all. */
static long time_left(const struct http *http)
{
	int64_t left = http->end_ms - now_ms();

	if (!http->end_ms || left > TIMEOUT_MS)
		return TIMEOUT_MS;
	return left < 1 ? 1 : (long)left;
}

void http_close(struct http **http)
{
	if (!*http)
		return;
	if ((*http)->handle)
		(*http)->curl.easy_cleanup((*http)->handle);
	free((*http)->ca_file);
	free(*http);
}

/* curl_write_callback: anything but @n ends the transfer. */
static size_t take_body(char *data, size_t one, size_t n, void *context)
{
	struct sink *sink = context;
	char *more;

	(void)one; /* always 1 */
	sink->too_large = sink->size + n > BODY_MAX;
	if (sink->too_large)
		return 0;
	more = realloc(sink->text, sink->size + n + 1);
	if (!more)
		return 0;
	sink->text = more;
	memcpy(more + sink->size, data, n);
	sink->size += n;
	more[sink->size] = '\0';
	return n;
}

static size_t take_header(char *data, size_t one, size_t n, void *context)
{
	struct sink *sink = context;
	size_t length = sink->wanted_header ? strlen(sink->wanted_header) : 0, end = n;

	(void)one;
	if (!length || n <= length || data[length] != ':' ||
	    strncasecmp(data, sink->wanted_header, length) != 0)
		return n;
	for (length++; length < n && (data[length] == ' ' || data[length] == '\t'); length++)
		;
	while (end > length && (data[end - 1] == '\r' || data[end - 1] == '\n'))
		end--;
	free(sink->header);
	sink->header = strndup(data + length, end - length);
	return sink->header ? n : 0;
}

static CURLcode set_options(struct http *http, const struct http_request *request,
			    struct curl_slist *headers, struct sink *sink)
{
	const struct {
		CURLoption option;
		long value;
	} numbers[] = {
		{CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS},
		{CURLOPT_TIMEOUT_MS, time_left(http)},
		{CURLOPT_NOSIGNAL, 1},
		{CURLOPT_FOLLOWLOCATION, 0},
		{CURLOPT_SSL_VERIFYPEER, 1},
		{CURLOPT_SSL_VERIFYHOST, 2},
	};
	const struct curl *curl = &http->curl;
	CURLcode code;

	curl->easy_reset(http->handle);
	(void)curl->easy_setopt(http->handle, QUICK_EXIT, 1L);
	code = curl->easy_setopt(http->handle, CURLOPT_URL, request->url);
	for (size_t i = 0; i < ARRAY_SIZE(numbers) && code == CURLE_OK; i++)
		code = curl->easy_setopt(http->handle, numbers[i].option, numbers[i].value);
	if (code == CURLE_OK && http->ca_file)
		code = curl->easy_setopt(http->handle, CURLOPT_CAINFO, http->ca_file);
	if (code == CURLE_OK)
		code = curl->easy_setopt(http->handle, CURLOPT_HTTPHEADER, headers);
	if (code == CURLE_OK && request->body)
		code = curl->easy_setopt(http->handle, CURLOPT_POSTFIELDS, request->body);
	if (code == CURLE_OK && request->put)
		code = curl->easy_setopt(http->handle, CURLOPT_CUSTOMREQUEST, "PUT");
	if (code == CURLE_OK)
		code = curl->easy_setopt(http->handle, CURLOPT_WRITEFUNCTION, take_body);
	if (code == CURLE_OK)
		code = curl->easy_setopt(http->handle, CURLOPT_WRITEDATA, sink);
	if (code == CURLE_OK)
		code = curl->easy_setopt(http->handle, CURLOPT_HEADERFUNCTION, take_header);
	if (code == CURLE_OK)
		code = curl->easy_setopt(http->handle, CURLOPT_HEADERDATA, sink);
	return code;
}

static int add_headers(const struct curl *curl, const struct http_request *request,
		       struct curl_slist **ret)
{
	struct curl_slist *more = curl->slist_append(NULL, "Accept: application/json");

	*ret = more;
	if (more && request->body)
		more = curl->slist_append(*ret, "Content-Type: application/json");
	for (const char *const *header = request->header; more && header && *header; header++)
		more = curl->slist_append(*ret, *header);
	return more ? 0 : -ENOMEM;
}

static bool is_http(const char *url)
{
	return strncasecmp(url, "http://", 7) == 0 || strncasecmp(url, "https://", 8) == 0;
}

const char *http_shown(const char *url)
{
	/* Who escaped one '@' too many meant one all the same. */
	return strchr(url, '@') || strstr(url, "%40") ? "the URL" : url;
}

static int refuse(const char *url, const char *why, char **ret_error)
{
	if (text_format(ret_error, "%s: %s", http_shown(url), why) < 0)
		return -ENOMEM;
	text_make_printable(*ret_error);
	return -EIO;
}

int http_do(struct http *http, const struct http_request *request, struct http_response *ret,
	    char **ret_error)
{
	struct sink sink = {.wanted_header = request->wanted_header};
	struct curl_slist *headers = NULL;
	CURLcode code = CURLE_OK;
	long status = 0;
	int r;

	if (!is_http(request->url))
		return refuse(request->url, "expected http:// or https://", ret_error);
	r = add_headers(&http->curl, request, &headers);
	if (r == 0)
		code = set_options(http, request, headers, &sink);
	if (r == 0 && code == CURLE_OK)
		code = http->curl.easy_perform(http->handle);
	if (r == 0 && code == CURLE_OK)
		code = http->curl.easy_getinfo(http->handle, CURLINFO_RESPONSE_CODE, &status);
	http->curl.slist_free_all(headers);
	if (r == 0 && code == CURLE_OK) {
		*ret = (struct http_response){status, sink.text, sink.header};
		return 0;
	}
	free(sink.text);
	free(sink.header);
	if (r < 0)
		return r;
	return refuse(request->url,
		      sink.too_large ? "its answer is larger than 2 MiB"
				     : http->curl.easy_strerror(code),
		      ret_error);
}

void http_response_free(struct http_response *response)
{
	free(response->body);
	free(response->header);
	*response = (struct http_response){0};
}
