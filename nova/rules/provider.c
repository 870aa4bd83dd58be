/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nova/rules/provider.h"

#include <ctype.h>
#include <string.h>

#include "helper/base/text.h"
#include "helper/base/text_buffer.h"
#include "nova/rules/devspec_match.h"
#include "nova/rules/release.h"

#define CUSTOM "CUSTOM_"

/* os_resource_classes.STANDARDS */
static const char *const standard_classes[] = {"VCPU",
					       "MEMORY_MB",
					       "DISK_GB",
					       "PCI_DEVICE",
					       "SRIOV_NET_VF",
					       "NUMA_SOCKET",
					       "NUMA_CORE",
					       "NUMA_THREAD",
					       "NUMA_MEMORY_MB",
					       "IPV4_ADDRESS",
					       "VGPU",
					       "VGPU_DISPLAY_HEAD",
					       "NET_BW_EGR_KILOBIT_PER_SEC",
					       "NET_BW_IGR_KILOBIT_PER_SEC",
					       "PCPU",
					       "MEM_ENCRYPTION_CONTEXT",
					       "FPGA",
					       "PGPU",
					       "NET_PACKET_RATE_KILOPACKET_PER_SEC",
					       "NET_PACKET_RATE_EGR_KILOPACKET_PER_SEC",
					       "NET_PACKET_RATE_IGR_KILOPACKET_PER_SEC",
					       NULL};

/* The packages of os_traits. */
static const char *const trait_namespaces[] = {"COMPUTE_", "HW_", "MISC_", "OWNER_", "STORAGE_"};

struct work {
	const struct nova_rules *rules;
	struct providers *providers;
};

static char *upper(const char *text)
{
	char *copy = strdup(text);

	for (char *c = copy; c && *c; c++)
		*c = (char)toupper((unsigned char)*c);
	return copy;
}

/* CUSTOM_, and each run of anything but letters and digits as one underscore. */
static char *normalize(const char *text)
{
	char *name = malloc(sizeof(CUSTOM) + strlen(text)), *to = name;

	if (!name)
		return NULL;
	to = stpcpy(to, CUSTOM);
	for (const char *c = text; *c; c++) {
		if (isascii(*c) && isalnum((unsigned char)*c))
			*to++ = *c;
		else if (c == text || (isascii(c[-1]) && isalnum((unsigned char)c[-1])))
			*to++ = '_';
	}
	*to = '\0';
	return name;
}

char *provider_class(const char *text)
{
	_cleanup_free_ char *name = upper(text);

	if (!name || strncmp(name, CUSTOM, strlen(CUSTOM)) == 0)
		return TAKE_PTR(name);
	return text_is_any(name, standard_classes) ? TAKE_PTR(name) : normalize(name);
}

static bool is_standard_trait(const char *text)
{
	if (text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")])
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(trait_namespaces); i++)
		if (strncmp(text, trait_namespaces[i], strlen(trait_namespaces[i])) == 0)
			return true;
	return false;
}

char *provider_trait(const char *text)
{
	_cleanup_free_ char *name = NULL;

	if (is_standard_trait(text))
		return strdup(text);
	name = upper(text);
	if (!name || strncmp(name, CUSTOM, strlen(CUSTOM)) == 0)
		return TAKE_PTR(name);
	return normalize(name);
}

static int refuse_type(struct work *work, const struct py_value *value, const char *method)
{
	return nova_error_set(&work->providers->error, "AttributeError",
			      "'%s' object has no attribute '%s'", py_type_name(value), method);
}

int provider_add_trait(struct text_list *list, const char *text)
{
	return text_list_has(list, text) ? 0 : text_list_add(list, "%s", text);
}

int provider_add_owner(unsigned release, struct text_list *list)
{
	if (!nova_accepts(release, NOVA_OWNER_TRAIT))
		return 0;
	return provider_add_trait(list, PROVIDER_OWNER_TRAIT);
}

/* Nova adds it last, when it tells of differences no more. */
static int add_owners(struct work *work)
{
	int r = 0;

	for (size_t i = 0; i < work->providers->n && r == 0; i++) {
		struct text_list *traits = &work->providers->provider[i].trait;

		r = provider_add_owner(work->rules->release, traits);
		text_list_sort(traits);
	}
	return r;
}

static int make_traits(struct work *work, const struct devspec *spec, bool parent,
		       struct text_list *list)
{
	const struct py_value *tag = devspec_tag(spec, "traits");
	_cleanup_free_ char *copy = NULL;
	char *rest;
	int r = 0;

	if (tag && !py_is_true(tag))
		tag = NULL;
	if (tag && tag->type != PY_STR)
		return refuse_type(work, tag, "split");
	copy = tag ? strdup(tag->text) : NULL;
	if (tag && !copy)
		return -ENOMEM;
	rest = copy;
	for (char *one; rest && r == 0 && (one = strsep(&rest, ","));) {
		_cleanup_free_ char *trait = provider_trait(one);

		r = trait ? provider_add_trait(list, trait) : -ENOMEM;
	}
	if (r == 0)
		r = provider_add_trait(list, "COMPUTE_MANAGED_PCI_DEVICE");
	if (r == 0 && spec->live_migratable && nova_accepts(work->rules->release, NOVA_OWNER_TRAIT))
		r = provider_add_trait(list, "HW_PCI_LIVE_MIGRATABLE");
	if (r == 0 && parent && spec->one_time_use)
		r = provider_add_trait(list, "HW_PCI_ONE_TIME_USE");
	text_list_sort(list);
	return r;
}

static int make_class(struct work *work, const struct devspec *spec,
		      const struct nova_device *device, char **ret)
{
	const struct py_value *tag = devspec_tag(spec, "resource_class");

	if (tag && !py_is_true(tag))
		tag = NULL;
	if (tag && tag->type != PY_STR)
		return refuse_type(work, tag, "upper");
	if (tag)
		*ret = provider_class(tag->text);
	else
		(void)text_format(ret, CUSTOM "PCI_%04X_%04X", device->id.vendor,
				  device->id.device);
	return *ret ? 0 : -ENOMEM;
}

static struct provider *find_provider(struct providers *providers,
				      const struct pci_address *address)
{
	struct provider *provider;

	for (size_t i = 0; i < providers->n; i++)
		if (pci_address_compare(&providers->provider[i].address, address) == 0)
			return &providers->provider[i];
	provider = ARRAY_PLACE(providers->provider, providers->n);
	if (provider)
		provider->address = *address;
	return provider;
}

/* The addresses of those that are there, or some texts, joined by commas. */
static char *join_devices(const struct work *work, const struct provider *provider)
{
	struct text_buffer to _cleanup_(text_buffer_free) = {0};
	char a[PCI_ADDRESS_MAX];

	for (size_t i = 0; i < provider->n_devices; i++)
		text_addf(&to, "%s%s", i ? "," : "",
			  pci_address_format(
				  &work->rules->host->device[provider->device[i]].address, a));
	return text_take_or_null(&to);
}

static char *join_texts(const struct text_list *list)
{
	struct text_buffer to _cleanup_(text_buffer_free) = {0};

	for (size_t i = 0; i < list->n; i++)
		text_addf(&to, "%s%s", i ? "," : "", list->text[i]);
	return text_take_or_null(&to);
}

static int refuse_both(struct work *work, const struct provider *provider,
		       const struct pci_address *address)
{
	_cleanup_free_ char *there = join_devices(work, provider);
	char a[PCI_ADDRESS_MAX];

	if (!there)
		return -ENOMEM;
	return nova_error_set(
		&work->providers->error, "PlacementPciDependentDeviceException",
		"Configuring both %s and %s in [pci]device_spec is not supported. Either the parent PF or its children VFs can be configured.",
		pci_address_format(address, a), there);
}

static bool same_texts(const struct text_list *a, const struct text_list *b)
{
	for (size_t i = 0; i < a->n && a->n == b->n; i++)
		if (strcmp(a->text[i], b->text[i]) != 0)
			return false;
	return a->n == b->n;
}

/* Virtual functions of one physical function share a provider. */
static int check_sibling(struct work *work, const struct provider *provider, const char *address,
			 const char *resource_class, const struct text_list *traits)
{
	_cleanup_free_ char *there = join_devices(work, provider);
	_cleanup_free_ char *new_traits = join_texts(traits), *traits_there = NULL;

	traits_there = join_texts(&provider->trait);
	if (!there || !new_traits || !traits_there)
		return -ENOMEM;
	if (strcmp(provider->resource_class, resource_class) != 0)
		return nova_error_set(
			&work->providers->error, "PlacementPciMixedResourceClassException",
			"VFs from the same PF cannot be configured with different 'resource_class' values in [pci]device_spec. We got %s for %s and %s for %s.",
			resource_class, address, provider->resource_class, there);
	if (!same_texts(&provider->trait, traits))
		return nova_error_set(
			&work->providers->error, "PlacementPciMixedTraitsException",
			"VFs from the same PF cannot be configured with different set of 'traits' in [pci]device_spec. We got %s for %s and %s for %s.",
			new_traits, address, traits_there, there);
	return 0;
}

char *provider_name(const char *node, const struct pci_address *address)
{
	char a[PCI_ADDRESS_MAX], *name;
	_cleanup_free_ char *capitals = upper(pci_address_format(address, a));

	if (!capitals || asprintf(&name, "%s_%s", node, capitals) < 0)
		return NULL;
	return name;
}

static int refuse_one_time_use(struct work *work, const struct pci_address *parent)
{
	_cleanup_free_ char *name = provider_name(work->rules->node, parent);

	if (!name)
		return -ENOMEM;
	return nova_error_set(
		&work->providers->error, "PlacementPciException",
		"Failed to gather or report PCI resources to Placement: Only type-PCI and type-PF devices may set one_time_use and %s does not qualify",
		name);
}

static int check_device(struct work *work, const struct provider *provider,
			const struct devspec *spec, const struct nova_device *device,
			const struct text_list *traits, const char *resource_class)
{
	bool is_vf = device->type == NOVA_TYPE_VF;
	char a[PCI_ADDRESS_MAX];
	int r = 0;

	(void)pci_address_format(&device->address, a);
	if (provider->n_devices)
		r = check_sibling(work, provider, a, resource_class, traits);
	if (r == 0 && is_vf && py_dict_get(spec->dict, "one_time_use") &&
	    nova_accepts(work->rules->release, NOVA_ONE_TIME_USE))
		r = refuse_one_time_use(work, &device->parent);
	return r;
}

static int add_device(struct work *work, const struct devspec *spec, size_t i)
{
	const struct nova_device *device = &work->rules->host->device[i];
	bool is_vf = device->type == NOVA_TYPE_VF;
	struct text_list traits _cleanup_(text_list_free) = {0};
	_cleanup_free_ char *resource_class = NULL;
	struct provider *provider;
	int r;

	provider = find_provider(work->providers, is_vf ? &device->parent : &device->address);
	if (!provider)
		return -ENOMEM;
	if (provider->parent || (!is_vf && provider->n_devices))
		return refuse_both(work, provider, &device->address);
	r = make_class(work, spec, device, &resource_class);
	if (r == 0)
		r = make_traits(work, spec, !is_vf, &traits);
	if (r == 0)
		r = check_device(work, provider, spec, device, &traits, resource_class);
	if (r != 0)
		return r;
	if (ARRAY_ADD(provider->device, provider->n_devices, i) < 0)
		return -ENOMEM;
	if (provider->n_devices > 1)
		return 0;
	provider->parent = !is_vf;
	provider->resource_class = TAKE_PTR(resource_class);
	provider->trait = traits;
	traits = (struct text_list){0};
	return 0;
}

static int refuse_devnames(struct work *work, const struct devspecs *specs)
{
	for (size_t i = 0; i < specs->n; i++) {
		const struct py_value *devname = devspec_tag(&specs->spec[i], "devname");
		_cleanup_free_ char *text = NULL;

		if (!devname || !py_is_true(devname))
			continue;
		text = py_str_alloc(specs->spec[i].dict);
		if (!text)
			return -ENOMEM;
		work->providers->error_option = specs->spec[i].option;
		return nova_error_set(
			&work->providers->error, "PlacementPciException",
			"Failed to gather or report PCI resources to Placement: Invalid [pci]device_spec configuration. PCI Placement reporting does not support 'devname' based device specification but we got %s. Please use PCI address in the configuration instead.",
			text);
	}
	return 0;
}

/* All but the error. */
static void drop_providers(struct providers *providers)
{
	for (size_t i = 0; i < providers->n; i++) {
		free(providers->provider[i].resource_class);
		text_list_free(&providers->provider[i].trait);
		free(providers->provider[i].device);
	}
	free(providers->provider);
	providers->provider = NULL;
	providers->n = 0;
}

int providers_make(const struct nova_rules *rules, const struct devspecs *specs,
		   struct providers *ret)
{
	struct providers providers = {0};
	struct work work = {.rules = rules, .providers = &providers};
	int r = refuse_devnames(&work, specs);

	for (size_t i = 0; i < rules->host->n_devices && r == 0; i++) {
		const struct devspec *spec;
		bool unknown;

		spec = devspecs_find(specs, &rules->host->device[i], &unknown);
		if (!spec || (devspec_tag(spec, "physical_network") &&
			      py_is_true(devspec_tag(spec, "physical_network"))))
			continue; /* Neutron's, not in Placement */
		providers.error_option = spec->option;
		r = add_device(&work, spec, i);
	}
	if (r == 0)
		r = add_owners(&work);
	if (r != 0)
		drop_providers(&providers);
	if (r < 0) {
		providers_free(&providers);
		return r;
	}
	*ret = providers;
	return 0;
}

void providers_free(struct providers *providers)
{
	drop_providers(providers);
	nova_error_free(&providers->error);
}
