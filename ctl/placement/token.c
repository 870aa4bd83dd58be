/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/placement/token.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "helper/base/own.h"
#include "helper/base/text.h"
#include "helper/base/text_buffer.h"

#define FOLDER	  "run/gpuclaim"
#define PATH	  FOLDER "/placement-token"
#define HEAD	  "gpuclaim-token 1"
#define TOKEN_MAX (64u << 10)
#define MARGIN_S  60

/* Whose token it is, without a secret: another password is found out when the token expires. */
static char *owner_of(const struct credentials *c)
{
	const char *parts[] = {
		c->auth_url,	      c->username,     c->user_id,    c->user_domain_name,
		c->user_domain_id,    c->project_name, c->project_id, c->project_domain_name,
		c->project_domain_id, c->region_name,  c->interface,  c->application_credential_id,
	};
	struct text_buffer text _cleanup_(text_buffer_free) = {0};

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		text_addf(&text, "%s|", parts[i] ? parts[i] : "");
	return text_take_or_null(&text);
}

/* One line off the text; NULL at its end. */
static char *next_line(char **rest)
{
	char *line = *rest, *end = line ? strchr(line, '\n') : NULL;

	if (!end)
		return NULL;
	*end = '\0';
	*rest = end + 1;
	return line;
}

static int parse(char *text, const char *owner, struct keystone_login *login)
{
	char *head = next_line(&text), *whose = next_line(&text), *expires = next_line(&text);
	char *url = next_line(&text), *token = next_line(&text);

	if (!head || !whose || !expires || !url || !token || strcmp(head, HEAD) != 0 ||
	    strcmp(whose, owner) != 0 || !*token)
		return -ENOENT;
	login->expires = strtoll(expires, NULL, 10);
	if (login->expires <= (int64_t)time(NULL) + MARGIN_S)
		return -ENOENT;
	login->token = strdup(token);
	login->placement = *url ? strdup(url) : NULL;
	return !login->token || (*url && !login->placement) ? -ENOMEM : 0;
}

int token_read(const struct root *root, const struct credentials *c, struct keystone_login *ret)
{
	struct keystone_login login _cleanup_(keystone_login_free) = {0};
	_cleanup_free_ char *text = NULL, *owner = owner_of(c);
	int r = owner ? own_read(root, PATH, TOKEN_MAX, &text) : -ENOMEM;
	size_t size = r == 0 ? strlen(text) : 0;

	if (r < 0)
		return r == -ENOMEM ? r : -ENOENT;
	r = parse(text, owner, &login);
	explicit_bzero(text, size);
	return HAND_OVER(r, ret, login);
}

void token_keep(const struct root *root, const struct credentials *c,
		const struct keystone_login *login)
{
	_cleanup_free_ char *text = NULL, *owner = owner_of(c);

	if (!owner || !login->expires || strchr(owner, '\n'))
		return;
	if (text_format(&text, HEAD "\n%s\n%" PRId64 "\n%s\n%s\n", owner, login->expires,
			login->placement ? login->placement : "", login->token) < 0)
		return;
	if (root_mkdir(root, FOLDER) == 0)
		(void)!root_replace(root, PATH, text, strlen(text), 0600, false);
	explicit_bzero(text, strlen(text));
}

void token_forget(const struct root *root)
{
	(void)!root_remove(root, PATH); /* it is refused again, and that is told */
}
