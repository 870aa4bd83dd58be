/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "nova/config/oslo_config.h"
#include "tests/fuzz/fuzz.h"

static const struct oslo_name names[] = {{"pci", "a"}, {"DEFAULT", "a"}, {0}};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct oslo_config config = {0};
	struct oslo_values multi, single;

	FUZZ_ASSERT(oslo_config_add(&config, "file", (const char *)data, size) == 0);
	FUZZ_ASSERT(oslo_config_add(&config, "again", (const char *)data, size) == 0);
	for (size_t i = 0; i < config.file[0].ini.n; i++) {
		const struct ini_entry *entry = &config.file[0].ini.entry[i];

		FUZZ_ASSERT(entry->line >= 1 && entry->section[0] && entry->key[0]);
		FUZZ_ASSERT(i == 0 || config.file[0].ini.entry[i - 1].line < entry->line);
	}
	FUZZ_ASSERT(config.file[0].ini.n == config.file[1].ini.n);
	FUZZ_ASSERT(!config.file[0].ini.error == !config.file[1].ini.error);

	FUZZ_ASSERT(oslo_config_multi(&config, names, &multi) == 0);
	FUZZ_ASSERT(oslo_config_single(&config, names, &single) == 0);
	FUZZ_ASSERT(multi.n % 2 == 0 && single.n <= 1 && multi.n >= single.n);
	/* The last one is among all of them. */
	for (size_t i = 0; single.n && i < multi.n; i++)
		if (multi.value[i].entry == single.value[0].entry)
			FUZZ_ASSERT(strcmp(multi.value[i].text, single.value[0].text) == 0);
	oslo_values_free(&multi);
	oslo_values_free(&single);
	oslo_config_free(&config);
	return 0;
}
