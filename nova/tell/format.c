/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nova/tell/format.h"

#include <string.h>

#include "nova/tell/dropin.h"
#include "nova/tell/guest.h"
#include "nova/tell/json.h"

typedef struct json_object *one_function(const struct nova_plan *plan, size_t i);

static const char *const names[] = {
	[NOVA_FORMAT_CONF] = "conf",   [NOVA_FORMAT_JSON] = "json",
	[NOVA_FORMAT_KOLLA] = "kolla", [NOVA_FORMAT_PUPPET] = "puppet",
	[NOVA_FORMAT_OSA] = "osa",     [NOVA_FORMAT_JUJU] = "juju",
	[NOVA_FORMAT_HELM] = "helm",   [NOVA_FORMAT_SUNBEAM] = "sunbeam",
	[NOVA_FORMAT_EDPM] = "edpm",
};
_Static_assert(ARRAY_SIZE(names) == _NOVA_FORMAT_COUNT, "a format has no name");

int nova_format_parse(const char *text, enum nova_format *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(names[i], text) != 0)
			continue;
		*ret = (enum nova_format)i;
		return 0;
	}
	return -EINVAL;
}

/* One value a line, between @before and @after. */
static int print_each(const struct nova_plan *plan, size_t n, one_function *one, const char *before,
		      const char *after, FILE *to)
{
	for (size_t i = 0; i < n; i++) {
		_cleanup_(nova_json_free) struct json_object *object = one(plan, i);
		const char *text = object ? nova_json_text(object) : NULL;

		if (!text)
			return -ENOMEM;
		fprintf(to, "%s%s%s\n", before, text, after);
	}
	return 0;
}

static int print_specs(const struct nova_plan *plan, const char *before, const char *after,
		       FILE *to)
{
	return print_each(plan, plan->n_specs, nova_json_spec, before, after, to);
}

static int print_aliases(const struct nova_plan *plan, const char *before, const char *after,
			 FILE *to)
{
	return print_each(plan, plan->n_aliases, nova_json_alias, before, after, to);
}

/* All values in one, an array: "KEY'[…]'" on one line. */
static int print_array(const char *key, struct json_object *(*all)(const struct nova_plan *),
		       const struct nova_plan *plan, FILE *to)
{
	_cleanup_(nova_json_free) struct json_object *array = all(plan);
	const char *text = array ? nova_json_text(array) : NULL;

	if (!text)
		return -ENOMEM;
	fprintf(to, "%s'%s'\n", key, text);
	return 0;
}

static bool has_pci_in_placement(const struct nova_plan *plan)
{
	return plan->options.placement &&
	       nova_accepts(plan->options.release, NOVA_PCI_IN_PLACEMENT);
}

/* [pci] and [filter_scheduler] of those that choose a host. */
static int print_controller_sections(const struct nova_plan *plan, FILE *to)
{
	int r;

	fputs("[pci]\n", to);
	r = print_aliases(plan, "alias = ", "", to);
	fputs("\n[filter_scheduler]\n"
	      "# PciPassthroughFilter is in no release's default list, and setting the list replaces\n"
	      "# the default: add it to the filters that you have.\n"
	      "# enabled_filters = ...,PciPassthroughFilter\n",
	      to);
	if (has_pci_in_placement(plan))
		fputs("# Only once every nova-compute reports its devices: report_in_placement.\n"
		      "pci_in_placement = true\n",
		      to);
	return r;
}

static void print_properties(const struct nova_properties *properties, FILE *to)
{
	for (size_t i = 0; i < properties->n; i++)
		fprintf(to, " \\\n#     --property %s=%s", properties->property[i].key,
			properties->property[i].value);
	fputc('\n', to);
}

static bool lists_all(const struct nova_plan *plan)
{
	for (size_t i = 0; i < plan->n_aliases; i++)
		if (plan->alias[i].schedulable < plan->alias[i].usable)
			return false;
	return true;
}

static void print_fabric(const struct nova_plan *plan, FILE *to)
{
	struct nova_properties properties;

	if (!nova_fabric_properties(plan, &properties))
		return;
	fprintf(to,
		"# A flavor for the whole fabric: NVSwitches and GPUs, all to one guest.%s\n"
		"#   openstack flavor create --vcpus 8 --ram 32768 --disk 100 fabric\n"
		"#   openstack flavor set fabric",
		lists_all(plan) ? "" : "\n# It needs more than is listed here: --shared-groups.");
	print_properties(&properties, to);
}

static void print_images(const struct nova_plan *plan, FILE *to)
{
	struct nova_properties properties;

	for (unsigned i = 0; i < _NOVA_GUEST_COUNT; i++) {
		enum nova_guest guest = (enum nova_guest)i;

		if (!nova_guest_is_wanted(guest, &plan->options))
			continue;
		fprintf(to, "# An image for %s:\n", nova_guest_name(guest));
		if (!nova_guest_is_possible(guest, plan->options.release)) {
			fputs("#   not possible before Wallaby: it needs secure boot and a TPM.\n",
			      to);
			continue;
		}
		nova_image_properties(plan, guest, &properties);
		fputs("#   openstack image set IMAGE", to);
		print_properties(&properties, to);
		if (guest == NOVA_GUEST_WINDOWS_11)
			fputs("# It needs the virtio drivers (virtio-win) for its disk and its network.\n",
			      to);
	}
}

/* OVMF's own setting, opt/ovmf/X-PciMmio64Mb, is out of Nova's reach in each release. */
static void print_aperture(const struct nova_plan *plan, FILE *to)
{
	if (!nova_has_big_bars(plan))
		return;
	fputs(nova_accepts(plan->options.release, NOVA_MAXPHYSADDR)
		      ? "# OVMF gives 64-bit BARs room by the guest's physical address bits, which\n"
			"# hw_maxphysaddr_mode sets; it needs libvirt 8.7.\n"
		      : "# OVMF by itself has room for 32 GiB of BARs. More needs 2023.2, or an OVMF that goes by\n"
			"# the CPU's physical address bits.\n",
	      to);
}

static void print_guests(const struct nova_plan *plan, FILE *to)
{
	struct nova_properties properties;

	fputs("\n# A flavor for one GPU; sizes as you like. A guest's memory is pinned.\n", to);
	for (size_t i = 0; i < plan->n_aliases; i++) {
		const char *name = plan->alias[i].name;

		nova_flavor_properties(&plan->alias[i], 1, &properties);
		fprintf(to,
			"#   openstack flavor create --vcpus 8 --ram 32768 --disk 100 %s\n"
			"#   openstack flavor set %s",
			name, name);
		print_properties(&properties, to);
	}
	print_fabric(plan, to);
	fprintf(to,
		"# Only for a guest whose driver refuses virtual machines (NVIDIA's before R465): it costs\n"
		"# paravirtualisation and transfers between GPUs: --property %s=true\n",
		nova_hiding_property(plan->options.release));
	fputs("# For full speed, on nodes with huge pages and CPUs set apart: --property\n"
	      "# hw:mem_page_size=large --property hw:cpu_policy=dedicated. Only such a guest has a NUMA\n"
	      "# topology, which numa_policy is about.\n",
	      to);
	print_images(plan, to);
	print_aperture(plan, to);
	fprintf(to, "# For %s: [libvirt] cpu_mode = host-passthrough for nova-compute%s",
		plan->options.guests ? "it" : "both",
		nova_guest_is_wanted(NOVA_GUEST_WINDOWS_11, &plan->options)
			? "; for a TPM\n# [libvirt] swtpm_enabled = true, too, and a key manager.\n"
			: ".\n");
}

static bool has_audio(const struct nova_plan *plan)
{
	for (size_t i = 0; i < plan->n_specs; i++)
		if (plan->spec[i].has_audio)
			return true;
	return false;
}

static int print_libvirt(const struct nova_plan *plan, FILE *to)
{
	struct text_list hostdevs _cleanup_(text_list_free) = {0};
	int r = nova_libvirt_hostdevs(plan, &hostdevs);

	if (r < 0)
		return r;
	if (hostdevs.n)
		fputs("\n# Without Nova, for libvirt's own guests:\n", to);
	if (has_audio(plan))
		fputs("# A GPU's audio function, which Nova's guests do without, stands behind it.\n",
		      to);
	for (size_t i = 0; i < hostdevs.n; i++)
		for (const char *line = hostdevs.text[i]; *line; line += strcspn(line, "\n") + 1)
			fprintf(to, "#   %.*s\n", (int)strcspn(line, "\n"), line);
	return 0;
}

static int print_conf_controller(const struct nova_plan *plan, FILE *to)
{
	int r;

	fputs("# For nova-api, nova-scheduler and every nova-conductor.\n", to);
	r = print_controller_sections(plan, to);
	if (r < 0)
		return r;
	print_guests(plan, to);
	return print_libvirt(plan, to);
}

static int print_kolla(const struct nova_plan *plan, bool controller, FILE *to)
{
	char option[32];
	int r;

	if (controller) {
		fputs("# /etc/kolla/config/nova/{nova-api,nova-scheduler,nova-conductor}.conf on the\n"
		      "# deployment host, then `kolla-ansible reconfigure -t nova`.\n",
		      to);
		return print_controller_sections(plan, to);
	}
	fputs("# /etc/kolla/config/nova/HOST/nova.conf on the deployment host, HOST being this node in\n"
	      "# the inventory, then `kolla-ansible reconfigure -t nova`. These values replace all of\n"
	      "# the same option in other files, and add up with nova_pci_passthrough_whitelist.\n"
	      "[pci]\n",
	      to);
	(void)snprintf(option, sizeof(option), "%s = ", nova_spec_option(plan->options.release));
	r = print_specs(plan, option, "", to);
	if (r == 0)
		r = print_aliases(plan, "alias = ", "", to);
	if (plan->options.placement)
		fputs("report_in_placement = true\n", to);
	return r;
}

/* Hiera. JSON in double quotes is YAML, and "no" in quotes stays a word. */
static int print_puppet(const struct nova_plan *plan, bool controller, FILE *to)
{
	int r = 0;

	fputs(controller ? "# Hiera, for the controllers.\n" : "# Hiera, for this node.\n", to);
	if (!controller) {
		fprintf(to, "nova::compute::pci::%s:%s\n",
			nova_accepts(plan->options.release, NOVA_DEVICE_SPEC) ? "device_specs"
									      : "passthrough",
			plan->n_specs ? "" : " []");
		r = print_specs(plan, "  - ", "", to);
		if (plan->options.placement)
			fputs("nova::compute::pci::report_in_placement: true\n", to);
	}
	fprintf(to, "nova::pci::aliases:%s\n", plan->n_aliases ? "" : " []");
	if (r == 0)
		r = print_aliases(plan, "  - ", "", to);
	if (controller)
		fputs("# Add PciPassthroughFilter to nova::scheduler::filter::scheduler_enabled_filters.\n",
		      to);
	if (controller && has_pci_in_placement(plan))
		fputs("nova::scheduler::filter::pci_in_placement: true\n", to);
	return r;
}

/*
 * Strings: a dictionary would come out of the role's template in single quotes, no JSON. One string
 * for all devices, as Zed's template prints a list of them as Python does.
 *
 * Source: templates/nova.conf.j2 of openstack-ansible-os_nova, zed to 2026.1.
 */
static int print_osa(const struct nova_plan *plan, bool controller, FILE *to)
{
	int r = 0;

	fputs(controller
		      ? "# user_variables.yml, then openstack-ansible os-nova-install.yml.\n"
		      : "# host_vars of this node, then openstack-ansible os-nova-install.yml.\n",
	      to);
	if (!controller && nova_accepts(plan->options.release, NOVA_DEVICE_SPEC)) {
		r = print_array("nova_device_spec: ", nova_json_specs, plan, to);
	} else if (!controller) {
		r = print_array("nova_pci_passthrough_whitelist: ", nova_json_specs, plan, to);
	}
	fprintf(to, "nova_pci_alias:%s\n", plan->n_aliases ? "" : " []");
	if (r == 0)
		r = print_aliases(plan, "  - '", "'", to);
	if (controller)
		fputs("nova_scheduler_extra_filters:\n  - PciPassthroughFilter\n", to);
	if (controller && has_pci_in_placement(plan))
		fputs("nova_nova_conf_overrides:\n  filter_scheduler:\n    pci_in_placement: true\n",
		      to);
	if (!controller && plan->options.placement)
		fputs("nova_nova_conf_overrides:\n  pci:\n    report_in_placement: true\n", to);
	return r;
}

/* An overlay bundle. The charms set the same whitelist on all units of an application. */
static int print_juju(const struct nova_plan *plan, bool controller, FILE *to)
{
	int r = 0;

	fputs("# An overlay for `juju deploy --overlay`, or set the options with `juju config`.\n",
	      to);
	if (!controller)
		fputs("# Every unit of the application gets this list: if there are other nodes, join their lists.\n",
		      to);
	if (plan->options.placement)
		fputs("# The charms have no option for PCI devices in Placement.\n", to);
	fprintf(to, "applications:\n  %s:\n    options:\n",
		controller ? "nova-cloud-controller" : "nova-compute");
	if (!controller)
		r = print_array("      pci-passthrough-whitelist: ", nova_json_specs, plan, to);
	if (r == 0)
		r = print_array("      pci-alias: ", nova_json_aliases, plan, to);
	if (controller)
		fputs("# Add PciPassthroughFilter to scheduler-default-filters.\n", to);
	return r;
}

static void print_multistring(const char *key, size_t n, FILE *to)
{
	fprintf(to, "      %s:\n        type: multistring\n        values:%s\n", key,
		n ? "" : " []");
}

/* Values of OpenStack-Helm's chart. */
static int print_helm(const struct nova_plan *plan, bool controller, FILE *to)
{
	int r = 0;

	fputs(controller
		      ? "# Values of OpenStack-Helm's nova chart, for all.\n"
		      : "# Values of OpenStack-Helm's nova chart, for this node: what is below conf goes below\n"
			"# conf.overrides.nova_compute.hosts, at the entry with its name, or it is for all.\n",
	      to);
	fputs("conf:\n  nova:\n    pci:\n", to);
	if (!controller) {
		print_multistring(nova_spec_option(plan->options.release), plan->n_specs, to);
		r = print_specs(plan, "          - '", "'", to);
	}
	print_multistring("alias", plan->n_aliases, to);
	if (r == 0)
		r = print_aliases(plan, "          - '", "'", to);
	if (!controller && plan->options.placement)
		fputs("      report_in_placement: true\n", to);
	if (controller)
		fputs("    # Add PciPassthroughFilter to filter_scheduler.enabled_filters.\n", to);
	if (controller && has_pci_in_placement(plan))
		fputs("    filter_scheduler:\n      pci_in_placement: true\n", to);
	return r;
}

/*
 * JSON objects are YAML. The snap sets report_in_placement by itself.
 *
 * Source: sunbeam-python/sunbeam/core/manifest.py (_PCI) of snap-openstack; README.md and
 * templates/nova.conf.j2 of snap-openstack-hypervisor.
 */
static int print_sunbeam(const struct nova_plan *plan, bool controller, FILE *to)
{
	int r = 0;

	fputs(controller
		      ? "# Sunbeam's manifest: the aliases are for all nodes.\n"
		      : "# Sunbeam's manifest. All nodes get this list: if there are other nodes, join their lists.\n"
			"# Where Sunbeam lists GPUs by itself, name those that are not here in excluded_devices.\n"
			"# On one node alone, until Sunbeam sets it again: snap set\n"
			"# openstack-hypervisor compute.pci-device-specs='[...]' compute.pci-aliases='[...]'.\n",
	      to);
	fputs("core:\n  config:\n    pci:\n", to);
	if (!controller) {
		fprintf(to, "      device_specs:%s\n", plan->n_specs ? "" : " []");
		r = print_specs(plan, "        - ", "", to);
	}
	fprintf(to, "      aliases:%s\n", plan->n_aliases ? "" : " []");
	if (r == 0)
		r = print_aliases(plan, "        - ", "", to);
	if (controller)
		fputs("# Sunbeam has no setting for PciPassthroughFilter: see what its nova charm enables.\n",
		      to);
	return r;
}

/*
 * The operator writes its own services over those of the same name, and runs the first of each type
 * that a node set lists; nova-extra-config, which nova has already, is for all node sets.
 *
 * Source: config/services/…_nova.yaml and docs/assemblies/proc_creating-a-custom-service.adoc of
 * openstack-operator; roles/edpm_nova of edpm-ansible, which puts *nova*.conf of all dataSources
 * into nova.conf.d, numbers below 25 being its own and the control plane's.
 */
static int print_edpm(const struct nova_plan *plan, bool controller, FILE *to)
{
	char option[48];
	int r;

	if (controller) {
		fputs("# spec.nova.template of the OpenStackControlPlane: customServiceConfig of apiServiceTemplate,\n"
		      "# of schedulerServiceTemplate and of the conductorServiceTemplate of each of cellTemplates.\n",
		      to);
		return print_controller_sections(plan, to);
	}
	fputs("# A ConfigMap. Name it among the dataSources of a copy of the OpenStackDataPlaneService nova\n"
	      "# that has another name and the same edpmServiceType, and name the copy among the services\n"
	      "# of a node set with this node alone, in the place of nova. Then deploy that node set.\n"
	      "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: nova-gpuclaim\n"
	      "data:\n  60-nova-gpuclaim.conf: |\n    [pci]\n",
	      to);
	(void)snprintf(option, sizeof(option),
		       "    %s = ", nova_spec_option(plan->options.release));
	r = print_specs(plan, option, "", to);
	if (r == 0)
		r = print_aliases(plan, "    alias = ", "", to);
	if (plan->options.placement)
		fputs("    report_in_placement = true\n", to);
	return r;
}

int nova_format_print(const struct nova_plan *plan, enum nova_format format, bool controller,
		      FILE *to)
{
	switch (format) {
	case NOVA_FORMAT_KOLLA:
		return print_kolla(plan, controller, to);
	case NOVA_FORMAT_PUPPET:
		return print_puppet(plan, controller, to);
	case NOVA_FORMAT_OSA:
		return print_osa(plan, controller, to);
	case NOVA_FORMAT_JUJU:
		return print_juju(plan, controller, to);
	case NOVA_FORMAT_HELM:
		return print_helm(plan, controller, to);
	case NOVA_FORMAT_SUNBEAM:
		return print_sunbeam(plan, controller, to);
	case NOVA_FORMAT_EDPM:
		return print_edpm(plan, controller, to);
	default:
		return print_conf_controller(plan, to);
	}
}
