/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads what readiness is judged by: record, configuration and sysfs. Changes nothing. */
#ifndef GPUCLAIM_CTL_NODE_NODE_H
#define GPUCLAIM_CTL_NODE_NODE_H

#include "ctl/recipes/recipes.h"
#include "ctl/readiness/readiness.h"
#include "helper/base/folder.h"
#include "helper/claim/assess.h"

/**
 * struct node - what was read of a node, slice by slice: a verb reads those that it needs, once
 * @ats:	it was looked for, see health_read()
 * @recipes:	of node_read_recipes()
 * @boot:	the boot loader's say; of node_read_boot()
 * @boot_error: why its lines can't be read, a negative errno, or 0
 * @images:	not opened; of node_find_images()
 * @records:	names in the folder of records
 * @device:	GPU by GPU, each with its companions, then what else rules name; owned
 * @function:	index in the machine of each device; owned
 */
struct node {
	bool ats;
	struct facts facts;
	struct assessment assessment;
	struct recipes recipes;
	struct device_facts *device;
	size_t *function;
	struct idle_line *idle, *stray;
	struct pci_address *lost;
	struct folder_names records;
	struct kargs_view boot;
	int boot_error;
	struct initramfs images;
};

/** node_read() - read policy and devices. Return: 0, or a negative errno; free with node_free() */
int node_read(const struct root *root, struct node *ret) _must_check_;

/**
 * node_read_as() - the same, as if setup had done its work
 * @config_text: what SELECTION_FILE will hold; gpuclaim=1 counts as given. NULL: just as it is
 * @ats:	look for ATS, too
 */
int node_read_as(const struct root *root, const char *config_text, bool ats,
		 struct node *ret) _must_check_;

/** node_read_host() - read what checks and remedies ask of all around the GPUs, after node_read().
 * Return: 0, or -ENOMEM */
int node_read_host(const struct root *root, struct node *node) _must_check_;

/** node_read_recipes() - read what else gives functions to vfio-pci. Return: 0, or -ENOMEM */
int node_read_recipes(const struct root *root, struct node *node) _must_check_;

/** node_read_boot() - read what the boot loader will do. Return: 0, or -ENOMEM */
int node_read_boot(const struct root *root, struct node *node) _must_check_;

/** node_find_images() - find the initramfs images, after node_read_boot(). Return: 0, or -ENOMEM */
int node_find_images(const struct root *root, struct node *node) _must_check_;

/**
 * struct node_after - what was read back after files were changed
 * @policy:	node_needs_reboot() takes what is in it; NULL: it is read then
 * @boot:	likewise, and is only looked at
 */
struct node_after {
	struct policy *policy;
	const struct kargs_view *boot;
};

/**
 * node_needs_reboot() - will the next boot do something else than this one did, by what is there
 * now?
 * @before:	read before files were changed, with node_read_boot(): the machine is the same
 *
 * Return: 0, or a negative errno.
 */
int node_needs_reboot(const struct root *root, const struct node *before,
		      const struct node_after *after, bool *ret) _must_check_;

/** node_users() - what would use the selected ones. Return: 0, or a negative errno */
int node_users(const struct root *root, const struct node *node,
	       struct gpu_users *ret) _must_check_;

void node_free(struct node *node);

#endif
