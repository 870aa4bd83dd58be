/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/choose/candidates.h"

#include <string.h>

#include "helper/base/pci_attribute.h"
#include "helper/base/text.h"
#include "helper/claim/fault.h"
#include "helper/machine/detail.h"
#include "helper/machine/places.h"

#define VENDOR_NVIDIA	 0x10de
#define VENDOR_AMD	 0x1022 /* of its processors; their graphics are ATI's, 1002 */
#define VENDOR_INTEL	 0x8086
#define CLASS_DISPLAY	 0x03
#define CLASS_ENCRYPTION 0x1080
#define CLASS_USB	 0x0c03

static bool is_candidate(const struct function_id *id)
{
	return pci_class_is_gpu(id->class_code) || function_is_nvswitch(id);
}

/* The security processor or a USB controller of the processor that the GPU is part of. */
static struct function_id find_processor(const struct machine *machine,
					 const struct function_id *gpu)
{
	for (size_t i = 0; i < machine->n_functions; i++) {
		const struct function_id *id = &machine->function[i].id;
		uint16_t class_code = pci_class_sub(id->class_code);

		if (id->id.vendor == VENDOR_AMD &&
		    (class_code == CLASS_ENCRYPTION || class_code == CLASS_USB) &&
		    pci_address_same_device(&id->address, &gpu->address))
			return *id;
	}
	return (struct function_id){0};
}

/* What a virtual machine shows on a root bus may be in a slot of its host: no processor has
 * graphics of NVIDIA's there, and none but Intel's an accelerator. */
static bool is_integrated(const struct function *f)
{
	const struct function_id *id = &f->id;

	return f->upstream == NO_FUNCTION && pci_class_is_gpu(id->class_code) &&
	       id->id.vendor != VENDOR_NVIDIA &&
	       (pci_class_base(id->class_code) == CLASS_DISPLAY || id->id.vendor == VENDOR_INTEL);
}

/* The first address in "../../../devices/pci0000:3a/0000:3a:00.0/0000:3b:00.0". */
static struct pci_address find_port(const struct root *root, const struct pci_address *address)
{
	char path[PCI_PATH_MAX], target[512], *save = NULL;
	struct pci_address port;

	if (root_link_target(root, pci_attribute_path(address, "", path), target, sizeof(target)) <
	    0)
		return *address;
	for (const char *part = strtok_r(target, "/", &save); part;
	     part = strtok_r(NULL, "/", &save))
		if (pci_address_parse(part, &port) == 0)
			return port;
	return *address;
}

static void describe(const struct machine *machine, const struct function *f, struct names *names,
		     struct candidate *ret)
{
	*ret = (struct candidate){
		.id = f->id,
		.integrated = is_integrated(f),
		.elsewhere = machine_has_console_elsewhere(machine, f),
		.group = f->detail->group,
		.boot_vga = f->detail->boot_vga,
		.framebuffer = f->detail->framebuffer,
		.vf = f->detail->vf,
		.bridge = f->detail->bridge,
	};
	if (pci_class_base(f->id.class_code) == CLASS_DISPLAY)
		ret->processor = find_processor(machine, &f->id);
	if (!names_both(names, f->id.id, ret->name))
		ret->name[0] = '\0';
	text_make_printable(ret->name); /* it becomes a comment, which is one line */
}

/* What is to be chosen from must be known. */
static int fault_of_any(const struct machine *machine, const size_t *wanted, size_t n)
{
	const struct fault *fault = fault_of_all(machine);

	for (size_t k = 0; k < n && !fault; k++)
		fault = fault_of_function(machine, wanted[k]);
	return fault && fault->error != -EPERM ? fault->error : 0;
}

static int read_machine(const struct root *root, struct machine *machine, size_t **ret, size_t *n)
{
	struct settings settings = settings_default();
	_cleanup_free_ size_t *wanted = NULL;
	int r;

	wanted = calloc(machine->n_functions + 1, sizeof(*wanted));
	if (!wanted)
		return -ENOMEM;
	for (size_t i = 0; i < machine->n_functions; i++)
		if (is_candidate(&machine->function[i].id))
			wanted[(*n)++] = i;
	r = machine_read_upstream(root, machine);
	if (r == 0)
		r = machine_detail(root, machine, wanted, *n, &settings, false);
	if (r == 0)
		r = fault_of_any(machine, wanted, *n);
	return HAND_OVER(r, ret, wanted);
}

static int describe_all(const struct root *root, const struct machine *machine,
			const size_t *wanted, struct candidates *candidates)
{
	_cleanup_(names_close) struct names *names = names_open(root);

	if (!names)
		return -ENOMEM;
	for (size_t k = 0; k < candidates->n; k++) {
		struct candidate *c = &candidates->item[k];

		describe(machine, &machine->function[wanted[k]], names, c);
		c->port = find_port(root, &c->id.address);
	}
	return 0;
}

int candidates_read(const struct root *root, struct machine *machine, struct candidates *ret)
{
	struct candidates candidates _cleanup_(candidates_free) = {0};
	_cleanup_free_ size_t *wanted = NULL;
	int r;

	r = read_machine(root, machine, &wanted, &candidates.n);
	if (r == 0) {
		candidates.item = calloc(candidates.n + 1, sizeof(*candidates.item));
		r = candidates.item ? describe_all(root, machine, wanted, &candidates) : -ENOMEM;
	}
	return HAND_OVER(r, ret, candidates);
}

int candidates_read_paths(const struct root *root, struct candidates *candidates)
{
	int r = 0;

	for (size_t i = 0; i < candidates->n && r == 0; i++)
		r = place_path(root, &candidates->item[i].id.address, candidates->item[i].path);
	return r;
}

void candidates_free(struct candidates *candidates)
{
	free(candidates->item);
	*candidates = (struct candidates){0};
}

const struct candidate *candidates_find(const struct candidates *candidates,
					const struct pci_address *address)
{
	for (size_t i = 0; i < candidates->n; i++)
		if (pci_address_compare(&candidates->item[i].id.address, address) == 0)
			return &candidates->item[i];
	return NULL;
}
