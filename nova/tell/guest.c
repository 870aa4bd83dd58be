/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nova/tell/guest.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* OVMF's 64-bit aperture where it does not follow the address bits: 32 GiB. */
#define APERTURE_BYTES (UINT64_C(32) << 30)

static const struct {
	const char *word, *name;
} guests[] = {
	[NOVA_GUEST_LINUX] = {"linux", "Linux"},
	[NOVA_GUEST_WINDOWS_11] = {"windows11", "Windows 11"},
};
_Static_assert(ARRAY_SIZE(guests) == _NOVA_GUEST_COUNT, "a guest has no name");

const char *nova_guest_word(enum nova_guest guest)
{
	return guests[guest].word;
}

const char *nova_guest_name(enum nova_guest guest)
{
	return guests[guest].name;
}

int nova_guest_parse(const char *word, enum nova_guest *ret)
{
	for (unsigned i = 0; i < _NOVA_GUEST_COUNT; i++)
		if (strcmp(word, guests[i].word) == 0) {
			*ret = (enum nova_guest)i;
			return 0;
		}
	return -EINVAL;
}

bool nova_guest_is_wanted(enum nova_guest guest, const struct nova_options *options)
{
	return !options->guests || options->guests & (1u << guest);
}

bool nova_guest_is_possible(enum nova_guest guest, unsigned release)
{
	return guest == NOVA_GUEST_LINUX ||
	       (nova_accepts(release, NOVA_VTPM) && nova_accepts(release, NOVA_SECURE_BOOT));
}

static void add(struct nova_properties *to, const char *key, const char *value)
{
	struct nova_property *property = &to->property[to->n++];

	property->key = key;
	(void)snprintf(property->value, sizeof(property->value), "%s", value);
}

static void ask_for(const char *request, struct nova_properties *ret)
{
	*ret = (struct nova_properties){0};
	add(ret, "pci_passthrough:alias", request);
}

void nova_flavor_properties(const struct nova_alias *alias, unsigned count,
			    struct nova_properties *ret)
{
	char request[NOVA_ALIAS_NAME_MAX + 12];

	(void)snprintf(request, sizeof(request), "%s:%u", alias->name, count);
	ask_for(request, ret);
}

bool nova_fabric_properties(const struct nova_plan *plan, struct nova_properties *ret)
{
	char request[NOVA_REQUEST_MAX];

	if (!nova_fabric_request(plan, request))
		return false;
	ask_for(request, ret);
	return true;
}

bool nova_has_big_bars(const struct nova_plan *plan)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < plan->n_aliases; i++)
		sum += plan->alias[i].memory_bytes;
	return sum >= APERTURE_BYTES;
}

void nova_image_properties(const struct nova_plan *plan, enum nova_guest guest,
			   struct nova_properties *ret)
{
	bool windows = guest == NOVA_GUEST_WINDOWS_11;

	*ret = (struct nova_properties){0};
	add(ret, "os_type", windows ? "windows" : "linux");
	add(ret, "hw_machine_type", "q35");
	add(ret, "hw_firmware_type", "uefi");
	if (windows) {
		add(ret, "os_secure_boot", "required");
		add(ret, "hw_tpm_version", "2.0");
		add(ret, "hw_tpm_model", "tpm-crb");
	}
	if (nova_has_big_bars(plan) && nova_accepts(plan->options.release, NOVA_MAXPHYSADDR))
		add(ret, "hw_maxphysaddr_mode", "passthrough");
}

const char *nova_hiding_property(unsigned release)
{
	return nova_accepts(release, NOVA_HIDE_HYPERVISOR) ? "hw:hide_hypervisor_id"
							   : "hide_hypervisor_id";
}

static int add_hostdev(const struct pci_address *a, struct text_list *to)
{
	return text_list_add(
		to,
		"<hostdev mode='subsystem' type='pci' managed='no'>\n"
		"  <source>\n"
		"    <address domain='0x%04x' bus='0x%02x' slot='0x%02x' function='0x%x'/>\n"
		"  </source>\n"
		"</hostdev>\n",
		a->domain, a->bus, a->device, a->function);
}

int nova_libvirt_hostdevs(const struct nova_plan *plan, struct text_list *ret)
{
	int r = 0;

	for (size_t i = 0; i < plan->n_specs && r == 0; i++) {
		r = add_hostdev(&plan->spec[i].address, ret);
		if (r == 0 && plan->spec[i].has_audio)
			r = add_hostdev(&plan->spec[i].audio, ret);
	}
	return r;
}

const char *nova_provider_suffix(const struct nova_spec *spec, char buf[static NOVA_PROVIDER_MAX])
{
	char address[PCI_ADDRESS_MAX];

	(void)snprintf(buf, NOVA_PROVIDER_MAX, "_%s", pci_address_format(&spec->address, address));
	for (char *p = buf; *p; p++)
		*p = (char)toupper((unsigned char)*p);
	return buf;
}
