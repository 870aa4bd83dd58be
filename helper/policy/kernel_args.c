/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/policy/kernel_args.h"

#include <stdio.h>
#include <string.h>

#include "helper/base/text.h"
#include "helper/policy/cmdline.h"

static const struct kernel_argument table[] = {
	{"intel_iommu", "on", KARG_WORD, KARG_INTEL_ON},
	{"intel_iommu", "off", KARG_WORD, KARG_INTEL_OFF},
	{"intel_iommu", "igfx_off", KARG_WORD, KARG_IGFX_OFF},
	{"amd_iommu", "off", KARG_WORD, KARG_AMD_OFF},
	{"iommu", "off", KARG_WORD, KARG_IOMMU_OFF},
	{"iommu", "nopt", KARG_WORD, KARG_NOT_PASSED},
	{"acpi", "off", KARG_WORD, KARG_NO_ACPI},
	{"intremap", "on", KARG_WORD, KARG_REMAP_ON},
	{"intremap", "off", KARG_WORD, KARG_REMAP_OFF},
	{"nointremap", NULL, KARG_ALONE, KARG_REMAP_OFF},
	{"noapic", NULL, KARG_ALONE, KARG_REMAP_OFF},
	{"vfio_iommu_type1.allow_unsafe_interrupts", NULL, KARG_ON, KARG_TYPE1_UNSAFE},
	{"iommufd.allow_unsafe_interrupts", NULL, KARG_ON, KARG_IOMMUFD_UNSAFE},
	{"vfio_iommu_type1.allow_unsafe_interrupts", NULL, KARG_OFF, KARG_TYPE1_NEEDED},
	{"iommufd.allow_unsafe_interrupts", NULL, KARG_OFF, KARG_IOMMUFD_NEEDED},
	{"pcie_acs_override", NULL, KARG_ANY, KARG_ACS_OVERRIDE},
	{"pci", "pcie_acs_override=", KARG_START, KARG_ACS_OVERRIDE},
	{"pci", "config_acs=", KARG_START, KARG_ACS_CHANGED},
	{"pci", "disable_acs_redir=", KARG_START, KARG_ACS_CHANGED},
	{"pci", "noacs", KARG_WORD, KARG_ACS_CHANGED},
	{"module_blacklist", NULL, KARG_MODULES, KARG_VFIO_KEPT_OUT},
	{"modprobe.blacklist", NULL, KARG_MODULES, KARG_VFIO_KEPT_OUT},
	{"rd.driver.blacklist", NULL, KARG_MODULES, KARG_VFIO_KEPT_OUT},
	{"rdblacklist", NULL, KARG_MODULES, KARG_VFIO_KEPT_OUT},
	{"gpuclaim", NULL, KARG_OFF, KARG_GPUCLAIM_OFF},
	{"rd.gpuclaim", NULL, KARG_OFF, KARG_GPUCLAIM_LATER},
	{"vfio-pci.ids", NULL, KARG_ANY, KARG_IDS},
	{"pci-stub.ids", NULL, KARG_ANY, KARG_IDS},
	{"vfio-pci.disable_idle_d3", NULL, KARG_ON, KARG_NO_IDLE_D3},
	{"pci", "realloc", KARG_WORD, KARG_REALLOC},
	{"pci", "realloc=on", KARG_WORD, KARG_REALLOC},
	{"nomodeset", NULL, KARG_ALONE, KARG_NO_MODESET},
	{"video", "efifb:off", KARG_WORD, KARG_NO_FRAMEBUFFER},
	{"video", "vesafb:off", KARG_WORD, KARG_NO_FRAMEBUFFER},
	{"video", "simplefb:off", KARG_WORD, KARG_NO_FRAMEBUFFER},
	{"panic", "0", KARG_WORD, KARG_STAYS},
};

/* What a later one of the same name takes back. */
static const struct {
	enum karg_effect said, takes_back;
} opposites[] = {
	{KARG_INTEL_ON, KARG_INTEL_OFF},
	{KARG_INTEL_OFF, KARG_INTEL_ON},
	{KARG_REMAP_ON, KARG_REMAP_OFF},
	{KARG_REMAP_OFF, KARG_REMAP_ON},
	{KARG_TYPE1_UNSAFE, KARG_TYPE1_NEEDED},
	{KARG_TYPE1_NEEDED, KARG_TYPE1_UNSAFE},
	{KARG_IOMMUFD_UNSAFE, KARG_IOMMUFD_NEEDED},
	{KARG_IOMMUFD_NEEDED, KARG_IOMMUFD_UNSAFE},
};

static const char *const on[] = {"1", "y", "Y", "yes", "on", "true"};
static const char *const off[] = {"0", "n", "N", "no", "off", "false"};
static const char *const vfio[] = {"vfio",	  "vfio_pci", "vfio_pci_core", "vfio_iommu_type1",
				   "vfio_virqfd", "iommufd"};

static bool equals(const char *a, const char *word, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!a[i] || (a[i] == '-' ? '_' : a[i]) != (word[i] == '-' ? '_' : word[i]))
			return false;
	return !a[n];
}

static bool is_one_of(const char *const *words, size_t n_words, const char *word, size_t n)
{
	for (size_t i = 0; i < n_words; i++)
		if (equals(words[i], word, n))
			return true;
	return false;
}

/* One word of a value, or all of it where it has none. */
static bool word_counts(const struct kernel_argument *row, const char *word, size_t n)
{
	switch (row->kind) {
	case KARG_WORD:
		return strlen(row->value) == n && memcmp(row->value, word, n) == 0;
	case KARG_START:
		return strncmp(row->value, word, strlen(row->value)) == 0;
	case KARG_MODULES:
		return is_one_of(vfio, ARRAY_SIZE(vfio), word, n);
	case KARG_ON:
		return is_one_of(on, ARRAY_SIZE(on), word, n);
	case KARG_OFF:
		return is_one_of(off, ARRAY_SIZE(off), word, n);
	case KARG_ANY:
		return n;
	case KARG_ALONE:
		return true;
	}
	return false;
}

static void keep(const struct kernel_argument *row, const char *value, const char *word, size_t n,
		 struct kernel_args *args)
{
	struct karg_said *said = &args->said[row->effect];
	bool several =
		value && strchr(value, ',') &&
		(row->kind == KARG_WORD || row->kind == KARG_START || row->kind == KARG_MODULES);

	said->name = row->name;
	(void)snprintf(said->text, sizeof(said->text), "%s%s%s", row->name, value ? "=" : "",
		       value ? value : "");
	(void)snprintf(said->word, sizeof(said->word), "%.*s", several ? (int)n : 0, word);
	for (size_t i = 0; i < ARRAY_SIZE(opposites); i++) {
		struct karg_said *other = &args->said[opposites[i].takes_back];

		if (opposites[i].said == row->effect && other->name &&
		    strcmp(other->name, row->name) == 0)
			other->name = NULL;
	}
}

static void look(const char *name, const char *value, const char *word, size_t n,
		 struct kernel_args *args)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		const struct kernel_argument *row = &table[i];

		if (!parameter_name_equal(row->name, name))
			continue;
		if (value ? word_counts(row, word, n)
			  : row->kind == KARG_ON || row->kind == KARG_ALONE)
			keep(row, value, word, n, args);
	}
}

int kernel_args_read(const char *line, struct kernel_args *ret)
{
	_cleanup_free_ char *buf = malloc(strlen(line) + 1);
	const char *name, *value;

	if (!buf)
		return -ENOMEM;
	*ret = (struct kernel_args){0};
	while (cmdline_next(&line, buf, &name, &value)) {
		const char *word = value ? value : "";

		for (size_t n;; word += n + 1) {
			n = strcspn(word, ",");
			look(name, value, word, n, ret);
			if (!word[n])
				break;
		}
	}
	return 0;
}

const char *kernel_args_without(const struct kernel_args *args, enum karg_effect effect,
				char buf[static KARG_REMEDY_MAX])
{
	const struct karg_said *said = &args->said[effect];

	if (*said->word)
		(void)snprintf(buf, KARG_REMEDY_MAX, "take %s out of %s=", said->word, said->name);
	else
		(void)snprintf(buf, KARG_REMEDY_MAX, "boot without %.80s", said->text);
	return buf;
}

bool kernel_arg_is_against(const char *name, const char *word, size_t n)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		enum karg_effect effect = table[i].effect;

		if ((effect == KARG_INTEL_OFF || effect == KARG_AMD_OFF ||
		     effect == KARG_IOMMU_OFF || effect == KARG_NOT_PASSED ||
		     effect == KARG_GPUCLAIM_OFF || effect == KARG_STAYS) &&
		    parameter_name_equal(table[i].name, name) && word_counts(&table[i], word, n))
			return true;
	}
	return false;
}

bool kernel_arg_binds_ids(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (table[i].effect == KARG_IDS && parameter_name_equal(table[i].name, name))
			return true;
	return false;
}

bool kernel_arg_matters(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (parameter_name_equal(table[i].name, name))
			return true;
	return false;
}
