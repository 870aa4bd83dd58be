/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a flavor and an image need so that a guest gets a GPU and can use it. Pure. */
#ifndef GPUCLAIM_NOVA_TELL_GUEST_H
#define GPUCLAIM_NOVA_TELL_GUEST_H

#include "nova/tell/plan.h"

enum nova_guest {
	NOVA_GUEST_LINUX,
	NOVA_GUEST_WINDOWS_11,
	_NOVA_GUEST_COUNT,
};

/* "linux", "windows11"; "Linux", "Windows 11" for people. */
const char *nova_guest_word(enum nova_guest guest);
const char *nova_guest_name(enum nova_guest guest);

/** nova_guest_parse() - "linux", "windows11". Return: 0 or -EINVAL */
int nova_guest_parse(const char *word, enum nova_guest *ret) _must_check_;

/** nova_guest_is_wanted() - are there to be hints for it? */
bool nova_guest_is_wanted(enum nova_guest guest, const struct nova_options *options);

/** nova_guest_is_possible() - Windows 11 wants secure boot and a TPM: Wallaby and later */
bool nova_guest_is_possible(enum nova_guest guest, unsigned release);

struct nova_property {
	const char *key;
	char value[NOVA_REQUEST_MAX];
};

#define NOVA_PROPERTIES_MAX 8

struct nova_properties {
	struct nova_property property[NOVA_PROPERTIES_MAX];
	size_t n;
};

/**
 * nova_flavor_properties() - what asks for @count GPUs of an alias
 *
 * Only keys that the API validates: from microversion 2.86 on it refuses others with "hw:" in
 * front, and hw:maxphysaddr_mode has no validator in any release.
 *
 * Source: nova/api/validation/extra_specs; tried with Nova 26, 31 and 34.
 */
void nova_flavor_properties(const struct nova_alias *alias, unsigned count,
			    struct nova_properties *ret);

/**
 * nova_fabric_properties() - what asks for all NVSwitches and the GPUs between them, which one
 * guest has to have together
 *
 * Return: whether there are NVSwitches.
 */
bool nova_fabric_properties(const struct nova_plan *plan, struct nova_properties *ret);

/** nova_has_big_bars() - do the BARs of all models not fit into OVMF's aperture of 32 GiB? */
bool nova_has_big_bars(const struct nova_plan *plan);

/**
 * nova_hiding_property() - what hides KVM from a guest, by the release's name for it
 *
 * Of no flavor here: NVIDIA's drivers need it before R465 only, and a guest that sees no hypervisor
 * gets no paravirtualised clock, no enlightenments, and no direct transfers between GPUs.
 */
const char *nova_hiding_property(unsigned release);

/**
 * nova_image_properties() - what a guest's image says: UEFI on q35, and for Windows 11 secure
 * boot and a TPM; the host's physical address bits where the BARs need room
 *
 * Unknown properties are ignored in silence, so each is given from the release on that knows it.
 *
 * Source: nova/objects/image_meta.py; OvmfPkg/Library/PlatformInitLib/MemDetect.c for the
 * aperture that follows from the address bits.
 */
void nova_image_properties(const struct nova_plan *plan, enum nova_guest guest,
			   struct nova_properties *ret);

/**
 * nova_libvirt_hostdevs() - a <hostdev> for each listed GPU, and behind it one for its audio
 * function, for guests of libvirt's own
 *
 * As Nova writes them, each without an <address> of the guest: libvirt gives each a port of its
 * own.
 *
 * Return: 0 or -ENOMEM.
 *
 * Source: LibvirtConfigGuestHostdevPCI in nova/virt/libvirt/config.py, _set_managed_mode() in
 * nova/virt/libvirt/driver.py.
 */
int nova_libvirt_hostdevs(const struct nova_plan *plan, struct text_list *ret) _must_check_;

/**
 * nova_provider_suffix() - "_0000:41:00.0": behind the hypervisor's host name it is the name of
 * the GPU's resource provider. Upper case, as Nova makes it.
 *
 * Source: nova/compute/pci_placement_translator.py, PciResourceProvider.
 */
#define NOVA_PROVIDER_MAX (PCI_ADDRESS_MAX + 1)
const char *nova_provider_suffix(const struct nova_spec *spec, char buf[static NOVA_PROVIDER_MAX]);

#endif
