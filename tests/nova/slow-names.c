/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A name server that is dead: it takes longer than anybody waits, and notes when it is done. */
#include <fcntl.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void note(const char *what)
{
	int fd = open(getenv("NAMES_LOG"), O_WRONLY | O_CREAT | O_APPEND, 0600);

	if (write(fd, what, strlen(what)) < 0)
		abort();
	(void)close(fd);
}

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
		struct addrinfo **res)
{
	(void)node;
	(void)service;
	(void)hints;
	(void)res;
	note("asked\n");
	sleep(40);
	note("failed\n");
	return EAI_AGAIN;
}
