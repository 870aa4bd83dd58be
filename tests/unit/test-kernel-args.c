/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/policy/kernel_args.h"

#include "tests/unit/test.h"

static const struct {
	const char *name, *line;
	enum karg_effect effect;
	const char *without; /* NULL: nothing of the effect is said */
} rows[] = {
	{"on", "ro intel_iommu=on", KARG_INTEL_ON, "boot without intel_iommu=on"},
	{"on, with others", "intel_iommu=sm_on,on", KARG_INTEL_ON, "take on out of intel_iommu="},
	{"something that starts so", "intel_iommu=only", KARG_INTEL_ON, NULL},
	{"of the rest, which is init's", "-- intel_iommu=on", KARG_INTEL_ON, NULL},
	{"off, Intel's", "intel_iommu=off", KARG_INTEL_OFF, "boot without intel_iommu=off"},
	{"off, then on", "intel_iommu=off intel_iommu=on", KARG_INTEL_OFF, NULL},
	{"on, then off", "intel_iommu=on intel_iommu=off", KARG_INTEL_ON, NULL},
	{"off and on in one", "intel_iommu=off,on", KARG_INTEL_OFF, NULL},
	{"off, AMD's, and Intel's on", "amd_iommu=off intel_iommu=on", KARG_AMD_OFF,
	 "boot without amd_iommu=off"},
	{"off, all", "iommu=pt,off", KARG_IOMMU_OFF, "take off out of iommu="},
	{"nopt", "iommu=nopt", KARG_NOT_PASSED, "boot without iommu=nopt"},
	{"igfx_off", "intel_iommu=on,igfx_off iommu=pt", KARG_IGFX_OFF,
	 "take igfx_off out of intel_iommu="},
	{"igfx_off alone", "intel_iommu=igfx_off", KARG_IGFX_OFF,
	 "boot without intel_iommu=igfx_off"},
	{"no ACPI", "acpi=off", KARG_NO_ACPI, "boot without acpi=off"},
	{"intremap=off", "intremap=off", KARG_REMAP_OFF, "boot without intremap=off"},
	{"intremap=on after that", "intremap=off intremap=on", KARG_REMAP_OFF, NULL},
	{"intremap=on does not take nointremap back", "nointremap intremap=on", KARG_REMAP_OFF,
	 "boot without nointremap"},
	{"noapic", "ro noapic", KARG_REMAP_OFF, "boot without noapic"},
	{"intremap=nosid", "intremap=nosid", KARG_REMAP_OFF, NULL},
	{"unsafe interrupts", "vfio_iommu_type1.allow_unsafe_interrupts=1", KARG_TYPE1_UNSAFE,
	 "boot without vfio_iommu_type1.allow_unsafe_interrupts=1"},
	{"not unsafe", "vfio_iommu_type1.allow_unsafe_interrupts=0", KARG_TYPE1_UNSAFE, NULL},
	{"unsafe, and taken back",
	 "vfio_iommu_type1.allow_unsafe_interrupts=1 vfio_iommu_type1.allow_unsafe_interrupts=0",
	 KARG_TYPE1_UNSAFE, NULL},
	{"ACS override", "pcie_acs_override=downstream,multifunction", KARG_ACS_OVERRIDE,
	 "boot without pcie_acs_override=downstream,multifunction"},
	{"ACS override of nothing", "pcie_acs_override=", KARG_ACS_OVERRIDE, NULL},
	{"config_acs", "pci=realloc,config_acs=10x@0000:01:00.0", KARG_ACS_CHANGED,
	 "take config_acs=10x@0000:01:00.0 out of pci="},
	{"disable_acs_redir", "pci=disable_acs_redir=0000:01:00.0", KARG_ACS_CHANGED,
	 "boot without pci=disable_acs_redir=0000:01:00.0"},
	{"noacs", "pci=noacs", KARG_ACS_CHANGED, "boot without pci=noacs"},
	{"other words of pci=", "pci=nommconf,noaer", KARG_ACS_CHANGED, NULL},
	{"a module that is kept out", "module_blacklist=nouveau,vfio-pci", KARG_VFIO_KEPT_OUT,
	 "take vfio-pci out of module_blacklist="},
	{"one of dracut's", "rd.driver.blacklist=vfio_iommu_type1", KARG_VFIO_KEPT_OUT,
	 "boot without rd.driver.blacklist=vfio_iommu_type1"},
	{"native modules that are kept out", "modprobe.blacklist=nouveau,nvidia",
	 KARG_VFIO_KEPT_OUT, NULL},
	{"gpuclaim", "gpuclaim=no", KARG_GPUCLAIM_OFF, "boot without gpuclaim=no"},
	{"gpuclaim on", "gpuclaim=1", KARG_GPUCLAIM_OFF, NULL},
	{"rd.gpuclaim", "rd.gpuclaim=0", KARG_GPUCLAIM_LATER, "boot without rd.gpuclaim=0"},
	{"a stub's IDs", "pci-stub.ids=10de:1c81", KARG_IDS, "boot without pci-stub.ids=10de:1c81"},
	{"with the other dash", "vfio_pci.ids=10de:1c81", KARG_IDS,
	 "boot without vfio-pci.ids=10de:1c81"},
	{"awake", "vfio-pci.disable_idle_d3", KARG_NO_IDLE_D3,
	 "boot without vfio-pci.disable_idle_d3"},
	{"realloc", "pci=realloc=on", KARG_REALLOC, "boot without pci=realloc=on"},
	{"no realloc", "pci=realloc=off", KARG_REALLOC, NULL},
	{"nomodeset", "nomodeset", KARG_NO_MODESET, "boot without nomodeset"},
	{"no framebuffer", "video=efifb:off,vesafb:off", KARG_NO_FRAMEBUFFER,
	 "take vesafb:off out of video="},
	{"a mode", "video=HDMI-A-1:1920x1080", KARG_NO_FRAMEBUFFER, NULL},
	{"nothing", "", KARG_IOMMU_OFF, NULL},
};

static void test_row(size_t i)
{
	struct kernel_args args;
	char text[KARG_REMEDY_MAX] = "nothing";

	(void)test_int(rows[i].name, kernel_args_read(rows[i].line, &args), 0);
	if (kernel_args_have(&args, rows[i].effect))
		(void)kernel_args_without(&args, rows[i].effect, text);
	(void)test_text(rows[i].name, text, rows[i].without ? rows[i].without : "nothing");
}

/* "NAME=VALUE": what kargs refuses to write beside. */
static void test_against(const char *text, bool expected)
{
	const char *value = strchr(text, '=') + 1;
	char name[32];

	(void)snprintf(name, sizeof(name), "%.*s", (int)(value - text - 1), text);
	(void)test_int(text, kernel_arg_is_against(name, value, strlen(value)), expected);
}

TESTS(kernel_args)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		test_row(i);
	test_against("intel_iommu=off", true);
	test_against("intel_iommu=on", false);
	test_against("iommu=off", true);
	test_against("iommu=nopt", true);
	test_against("gpuclaim=false", true);
	test_against("panic=0", true);
	test_against("panic=10", false);
	test_against("intremap=off", false);
	(void)test_int("of the table", kernel_arg_matters("pcie-acs-override"), true);
	(void)test_int("of others", kernel_arg_matters("root"), false);
	return test_done();
}
