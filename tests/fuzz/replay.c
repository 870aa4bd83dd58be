/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Feeds files to a fuzz target without an engine: "ok FILE", or death. */
#include <err.h>

#include "helper/base/root.h"
#include "tests/fuzz/fuzz.h"

#define INPUT_MAX_BYTES (1u << 20)

int main(int argc, char **argv)
{
	_cleanup_(root_close) struct root root = {.fd = -EBADF};

	if (argc < 2)
		errx(EXIT_FAILURE, "usage: %s FILE…", argv[0]);
	if (root_open(".", &root) < 0)
		err(EXIT_FAILURE, ".");

	for (int i = 1; i < argc; i++) {
		_cleanup_free_ char *text = NULL, *exact = NULL;
		size_t size;
		int r = root_read_file(&root, argv[i], INPUT_MAX_BYTES, &text, &size);

		if (r < 0)
			errx(EXIT_FAILURE, "%s can't be read", argv[i]);
		/* Without the NUL after it, so that a read beyond the end is seen. */
		exact = malloc(size ? size : 1);
		if (!exact)
			err(EXIT_FAILURE, "malloc");
		for (size_t j = 0; j < size; j++)
			exact[j] = text[j];
		(void)LLVMFuzzerTestOneInput((const uint8_t *)exact, size);
		(void)printf("ok %s\n", argv[i]);
		(void)fflush(stdout);
	}
	return EXIT_SUCCESS;
}
