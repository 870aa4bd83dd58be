/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A name server that is dead: each name takes half a minute. */
#include <netdb.h>
#include <unistd.h>

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
		struct addrinfo **res)
{
	(void)node;
	(void)service;
	(void)hints;
	(void)res;
	sleep(30);
	return EAI_AGAIN;
}
