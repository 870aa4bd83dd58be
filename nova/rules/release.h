/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Nova's releases, Rocky to 2026.2: their names and what each accepts. */
#ifndef GPUCLAIM_NOVA_RULES_RELEASE_H
#define GPUCLAIM_NOVA_RULES_RELEASE_H

#include <stdbool.h>

#include "helper/base/root.h"

/* A release is its major version, as in "nova-31.0.0": 18 is Rocky, 31 is 2025.1. */
#define NOVA_OLDEST 18u
#define NOVA_NEWEST 34u
/* For texts that are put together when compiled; see nova_release_name(). */
#define NOVA_NEWEST_NAME "2026.2"

/**
 * enum nova_feature - what came with a release and stayed
 *
 * Source: the release notes and code of Nova 18.0.0 to 34.0.0: nova/conf/pci.py,
 * nova/pci/devspec.py, nova/pci/request.py, nova/api/validation/extra_specs.
 */
enum nova_feature {
	NOVA_FLAVOR_NUMA,     /* hw:pci_numa_affinity_policy of flavor and image */
	NOVA_VTPM,	      /* hw:tpm_version, hw:tpm_model */
	NOVA_HIDE_HYPERVISOR, /* hw:hide_hypervisor_id; before it hide_hypervisor_id */
	NOVA_NUMA_SOCKET,     /* numa_policy "socket" */
	NOVA_SECURE_BOOT,     /* os:secure_boot, os_secure_boot */
	NOVA_NO_OLD_FILTERS,  /* [DEFAULT] scheduler_default_filters is read no more */
	NOVA_REMOTE_MANAGED,  /* the tag remote_managed */
	NOVA_DEVICE_SPEC,     /* device_spec; before it passthrough_whitelist */
	NOVA_REPORT_IN_PLACEMENT,
	NOVA_SPEC_PLACEMENT,  /* resource_class and traits in device_spec */
	NOVA_ALIAS_PLACEMENT, /* the same in alias; an unknown key before */
	NOVA_PCI_IN_PLACEMENT,
	NOVA_MAXPHYSADDR,     /* hw_maxphysaddr_mode; its flavor key has no validator */
	NOVA_MANAGED,	      /* managed acts; before it is a tag without effect */
	NOVA_LIVE_MIGRATABLE, /* in device_spec and alias */
	NOVA_ONE_TIME_USE,
	NOVA_ALIAS_AT_START, /* alias is checked when services start, by stricter rules */
	NOVA_OWNER_TRAIT,    /* OWNER_NOVA on each PCI resource provider */
	_NOVA_FEATURE_COUNT,
};

/** nova_accepts() - does a release have a feature? Pure. */
bool nova_accepts(unsigned release, enum nova_feature feature);

/** nova_since() - the first release that has it. Pure. */
unsigned nova_since(enum nova_feature feature);

/** nova_release_name() - "rocky", "zed", "2025.1"; NULL for what is none of ours. Pure. */
const char *nova_release_name(unsigned release);

/**
 * nova_release_parse() - read "2025.1", "epoxy" or "31", in any case. Pure.
 *
 * Return: 0, or -EINVAL with @ret untouched.
 */
int nova_release_parse(const char *text, unsigned *ret) _must_check_;

/**
 * nova_release_of_package() - the release of a Python package's metadata folder
 * @name:	"nova-31.0.0.dist-info", or "….egg-info"
 *
 * Return: its major version, or 0 if it is another package's. Pure.
 */
unsigned nova_release_of_package(const char *name);

/**
 * nova_release_installed() - the release of the Nova that is installed below @root
 * @ret:	the highest, as OpenStack-Ansible leaves old ones behind; one that is not
 *		known here counts as the nearest that is. Untouched on failure.
 *
 * Looks for the package's metadata where distributions, Kolla's images, DevStack and
 * OpenStack-Ansible put it.
 *
 * Return: 0, -ENOENT if there is none, or another negative errno.
 */
int nova_release_installed(const struct root *root, unsigned *ret) _must_check_;

#endif
