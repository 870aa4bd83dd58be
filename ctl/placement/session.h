/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Logged in at Placement: what is asked there, and what is stored. */
#ifndef GPUCLAIM_CTL_PLACEMENT_SESSION_H
#define GPUCLAIM_CTL_PLACEMENT_SESSION_H

#include "ctl/placement/keystone.h"
#include "ctl/print/json.h"

/**
 * struct placement_login - who asks, and where
 * @url:	Placement's address; "": the one of Keystone's catalog
 * @keep:	the token is kept for the next run, and one that was kept is used
 * @limit_ms:	all requests together end after it; 0: each has its own limit only
 */
struct placement_login {
	const struct root *root;
	const struct credentials *credentials;
	const char *url;
	bool keep;
	unsigned limit_ms;
};

/**
 * struct placement_session - open one with placement_open()
 * @kept:	the token is one that was kept: Placement may have forgotten it
 * @later:	what is asked takes the microversion 1.31
 * @status:	of the last answer, 200 and so on; 0: none came
 * @error:	where one sentence goes, to be freed; the last one that was told
 */
struct placement_session {
	struct placement_login login;
	struct http *http;
	char *url, *token_header;
	bool kept, later;
	long status;
	char **error;
};

/**
 * placement_open() - log in
 * @ret:	what it was given must outlive it; close with placement_close() also after an error
 * @error:	points to NULL
 *
 * Return: 0, -EIO, -EINVAL or -ENOPKG with a sentence in @error, or -ENOMEM.
 */
int placement_open(const struct placement_login *login, struct placement_session *ret,
		   char **error) _must_check_;
void placement_close(struct placement_session *session);

/** placement_complain() - the sentence to tell, made printable. Return: @r, or -ENOMEM */
int placement_complain(struct placement_session *session, int r, const char *format, ...)
	_printf_(3, 4);

/**
 * placement_get() - ask below Placement's address
 * @ret:	an object, to be put
 *
 * Return: 0; -ENOENT (HTTP 404), -EACCES (the token is refused) or -EIO with a sentence; or
 * -ENOMEM.
 */
int placement_get(struct placement_session *session, struct json_object **ret, const char *format,
		  ...) _must_check_ _printf_(3, 4);

/** placement_put() - store @body there. Return: as above, or -ESTALE: others were faster (409) */
int placement_put(struct placement_session *session, struct json_object *body,
		  struct json_object **ret, const char *path) _must_check_;

/** placement_need() - is it there, of this type? Return: 0, or as placement_complain() with -EIO */
int placement_need(struct placement_session *session, struct json_object *o, const char *key,
		   enum json_type type) _must_check_;

/** placement_count() - 0 to 2^31 - 1, as Placement has no other numbers */
long placement_count(struct json_object *o, const char *key);

/** placement_is_uuid() - it can be made part of an address as it stands */
bool placement_is_uuid(const char *text);

#endif
