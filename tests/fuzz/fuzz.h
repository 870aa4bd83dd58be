/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every fuzz target needs: libFuzzer's entry, and a way to say what went wrong. */
#ifndef GPUCLAIM_FUZZ_H
#define GPUCLAIM_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "helper/base/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A property that must hold for every input. */
#define FUZZ_ASSERT(condition)                                                           \
	do {                                                                             \
		if (!(condition)) {                                                      \
			(void)fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, \
				      #condition);                                       \
			abort();                                                         \
		}                                                                        \
	} while (0)

#endif
