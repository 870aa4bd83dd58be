/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/machine/reset_fault.h"

#include <string.h>

#include "helper/base/util.h"

/*
 * Source: device-db.h of https://github.com/gnif/vendor-reset for device_specific (Polaris, Vega,
 * Navi 1x, MI100); quirk_nvidia_no_bus_reset() of drivers/pci/quirks.c, which older kernels lack,
 * for "bus"; for "flr" https://github.com/tinygrad/tinygrad/pull/18199 and
 * https://github.com/NVIDIA/open-gpu-kernel-modules/issues/853 (GB202), and
 * https://github.com/amd/MxGPU-Virtualization/issues/25 (MI300X, MI355X).
 */
static const struct reset_fault table[] = {
	{0x1002, 0x66a0, 0x66af, .needs = "device_specific"},
	{0x1002, 0x67c0, 0x67ff, .needs = "device_specific"},
	{0x1002, 0x6860, 0x687f, .needs = "device_specific"},
	{0x1002, 0x6980, 0x699f, .needs = "device_specific"},
	{0x1002, 0x6fdf, 0x6fdf, .needs = "device_specific"},
	{0x1002, 0x7310, 0x731f, .needs = "device_specific"},
	{0x1002, 0x7340, 0x734f, .needs = "device_specific"},
	{0x1002, 0x7360, 0x7362, .needs = "device_specific"},
	{0x1002, 0x738c, 0x738c, .needs = "device_specific"},
	{0x1002, 0x74a1, 0x74a1, .hangs = "flr"},
	{0x1002, 0x75a3, 0x75a3, .hangs = "flr"},
	{0x10de, 0x1eb8, 0x1eb8, .hangs = "bus"},
	{0x10de, 0x2340, 0x237f, .hangs = "bus"},
	{0x10de, 0x2b85, 0x2b8c, .hangs = "flr"},
};

static bool is_word(const char *at, size_t n, const char *word)
{
	return strlen(word) == n && strncmp(at, word, n) == 0;
}

unsigned reset_kinds(const char *methods)
{
	unsigned kinds = 0;

	while (*methods) {
		size_t n = strcspn(methods, " ");
		bool bus = is_word(methods, n, "bus") || is_word(methods, n, "cxl_bus");

		if (n)
			kinds |= bus ? RESET_OF_BUS : RESET_OF_FUNCTION;
		methods += n + (methods[n] == ' ');
	}
	return kinds;
}

static bool has_word(const char *methods, const char *word)
{
	while (*methods) {
		size_t n = strcspn(methods, " ");

		if (is_word(methods, n, word))
			return true;
		methods += n + (methods[n] == ' ');
	}
	return false;
}

const struct reset_fault *reset_fault_of(const struct pci_id *id, const char *methods)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		const struct reset_fault *fault = &table[i];

		if (fault->vendor != id->vendor || id->device < fault->first ||
		    id->device > fault->last)
			continue;
		if (fault->needs ? !has_word(methods, fault->needs)
				 : is_word(methods, strcspn(methods, " "), fault->hangs))
			return fault;
	}
	return NULL;
}
