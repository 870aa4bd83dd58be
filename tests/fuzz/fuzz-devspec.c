/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "nova/rules/alias.h"
#include "nova/rules/devspec_match.h"
#include "nova/rules/devspec_parse.h"
#include "nova/rules/provider.h"
#include "tests/fuzz/fuzz.h"

static struct nova_device devices[] = {
	{.address = {0, 0x41, 0, 0}, .id = {0x10de, 0x1c81}},
	{.address = {0, 0x3b, 0, 0}, .id = {0x10de, 0x20b5}, .type = NOVA_TYPE_PF},
	{.address = {0, 0x3b, 0, 4},
	 .parent = {0, 0x3b, 0, 0},
	 .id = {0x10de, 0x20b5},
	 .type = NOVA_TYPE_VF},
};
static struct nova_netdev netdev = {(char[]){"eth0"}, (char[]){"0000:41:00.0"}, 0};
static const struct nova_host host = {devices, ARRAY_SIZE(devices), &netdev, 1};

/* The first byte says how, the rest is an option's value. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = strndup((const char *)data + (size > 0), size ? size - 1 : 0);
	const char *values[] = {text, text};
	struct nova_rules rules = {
		.release = 18 + (size ? data[0] % 17 : 0),
		.report = size && data[0] & 64,
		.placement = size && data[0] & 128,
		.node = "node",
		.host = &host,
	};
	struct devspecs once, twice;
	struct alias_rules aliases;
	struct providers providers;
	size_t at;

	FUZZ_ASSERT(text);
	if (py_check_utf8(text, strlen(text), &at) < 0)
		return 0;
	FUZZ_ASSERT(devspecs_parse(&rules, values, 1, &once) == 0);
	FUZZ_ASSERT(devspecs_parse(&rules, values, 2, &twice) == 0);
	FUZZ_ASSERT(!once.error.type == !twice.error.type && !once.doubt == !twice.doubt);
	FUZZ_ASSERT(!(once.error.type && once.doubt));
	FUZZ_ASSERT(once.error.type || once.doubt || twice.n == 2 * once.n);
	/* What is there twice matches no more than once: the first counts. */
	for (size_t i = 0; i < ARRAY_SIZE(devices) && !once.error.type && !once.doubt; i++) {
		bool unknown;
		const struct devspec *a = devspecs_find(&once, &devices[i], &unknown);
		const struct devspec *b = devspecs_find(&twice, &devices[i], &unknown);

		FUZZ_ASSERT(!a == !b && (!a || a - once.spec == b - twice.spec));
	}
	FUZZ_ASSERT(providers_make(&rules, &once, &providers) == 0);
	FUZZ_ASSERT(!providers.error.type || providers.n == 0);
	FUZZ_ASSERT(alias_rules_parse(&rules, values, 1, &aliases) == 0);
	alias_rules_free(&aliases);
	providers_free(&providers);
	devspecs_free(&twice);
	devspecs_free(&once);
	return 0;
}
