/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where Nova runs in containers or a snap: how that is known, and which files it gets. */
#ifndef GPUCLAIM_NOVA_CONFIG_DEPLOYMENT_H
#define GPUCLAIM_NOVA_CONFIG_DEPLOYMENT_H

#include "helper/base/root.h"
#include "helper/base/text.h"
#include "nova/config/units.h"

enum nova_deployment {
	NOVA_ON_HOST, /* packages or a virtual environment: /etc/nova is read */
	NOVA_IN_KOLLA,
	NOVA_IN_RHOSO,
	NOVA_IN_TRIPLEO,
	NOVA_IN_SNAP,
	NOVA_IN_MICROSTACK,
	NOVA_IN_KUBERNETES, /* OpenStack-Helm, and what is built on it */
};

/* Those that read [pci] alias or choose nodes. */
enum nova_service {
	NOVA_COMPUTE,
	NOVA_API,
	NOVA_SCHEDULER,
	_NOVA_SERVICE_COUNT,
};

/** nova_service_name() - "nova-api" */
const char *nova_service_name(enum nova_service service);

/** nova_deployment_name() - "Kolla" and so on; NULL for NOVA_ON_HOST */
const char *nova_deployment_name(enum nova_deployment deployment);

/**
 * deployment_find() - whose is a service of this node?
 * @folders:	of units, listed where they are asked
 * @ret_source:	the path that tells it, relative to the root; a constant
 *
 * Kubernetes is not found by this: its nodes may have Nova on the host.
 *
 * Return: NOVA_ON_HOST where nothing tells of another.
 */
enum nova_deployment deployment_find(const struct root *root, enum nova_service service,
				     struct unit_folders *folders, const char **ret_source);

/**
 * deployment_files() - what is copied into its container, or read by its snap
 * @ret:	paths below the root, in the order in which they are read: of a file, or
 *		"FOLDER/" with "*" or "*nova*" behind it, of which these "….conf" are read
 *
 * Source: Kolla's set_configs.py and ansible/roles/nova-cell/templates/nova-compute.json.j2 of
 * Kolla-Ansible: what config.json does not name the container does not get; edpm-ansible,
 * roles/edpm_nova: files/kolla_config/nova_compute.yaml, and the quadlet's Volume= for the
 * folder, which is named after the data plane's service; tripleo-heat-templates,
 * deployment/nova: config_volume; openstack_hypervisor/services.py of the openstack-hypervisor
 * snap; OpenStack-Helm, nova/templates/daemonset-compute.yaml; SAP's helm-charts,
 * openstack/nova-hypervisor-agents.
 *
 * Return: 0, or a negative errno: deployment_teller() can't be read, or is none (-EBADMSG);
 * -EOPNOTSUPP where it tells of other ways than these.
 */
int deployment_files(const struct root *root, enum nova_deployment deployment,
		     enum nova_service service, struct text_list *ret) _must_check_;

/** deployment_teller() - what deployment_files() can't go without, a path below the root */
const char *deployment_teller(enum nova_deployment deployment, enum nova_service service);

#endif
