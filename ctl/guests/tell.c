/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/guests/tell.h"

static const char *known(const char *text)
{
	return *text ? text : NULL;
}

void gpu_use_json(struct json_object *to, const struct gpu_use *use)
{
	struct json_object *user;

	if (use->state == USE_UNKNOWN)
		json_add_text(to, "in_use", NULL);
	else
		json_add_bool(to, "in_use", use->state == USE_GUEST);
	if (use->state != USE_GUEST) {
		json_add_text(to, "user", NULL);
		return;
	}
	user = json_add_object(to, "user");
	json_add_number(user, "pid", use->pid);
	json_add_text(user, "name", known(use->name));
	json_add_text(user, "instance", known(use->instance));
}

void gpu_use_print(const struct pci_address *address, const struct gpu_use *use, FILE *to)
{
	char a[PCI_ADDRESS_MAX], text[GPU_USE_TEXT_MAX];

	if (use->state == USE_GUEST)
		fprintf(to, "%s: in use by %s\n", pci_address_format(address, a),
			gpu_use_format(use, text));
}
