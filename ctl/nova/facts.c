/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/nova/facts.h"

#include <string.h>

#include "ctl/machine/attributes.h"
#include "ctl/readiness/devices.h"
#include "helper/base/pci_attribute.h"
#include "helper/base/root.h"

#define AUDIO 0x0403

static bool has_sriov(const struct root *root, const struct pci_address *address)
{
	char text[16];

	return pci_attribute_read(root, address, "sriov_totalvfs", text, sizeof(text)) > 0 &&
	       strcmp(text, "0") != 0;
}

static bool is_homeless(const struct root *root, const struct pci_address *address)
{
	char text[16];
	ssize_t r = pci_attribute_read(root, address, "numa_node", text, sizeof(text));

	return r == -ENOENT || (r > 0 && text[0] == '-');
}

static uint64_t read_memory_bytes(const struct root *root, const struct pci_address *address)
{
	uint64_t sum = 0;
	struct attributes attributes;

	attributes_read(root, address, &attributes);
	for (size_t i = 0; i < ATTRIBUTE_BARS; i++)
		if (!attributes.bar[i].io)
			sum += attributes.bar[i].size_bytes;
	return sum;
}

/* One of its slot, or of its group: a companion that is bound as the GPU is. */
static const struct device_facts *audio_of(const struct node *g, const struct device_facts *gpu)
{
	for (size_t i = 0; i < g->facts.n_devices; i++) {
		const struct device_facts *d = &g->device[i];

		if (d->in_unit && d->companion && d->selected && device_is_bound(d) &&
		    pci_address_compare(&d->gpu, &gpu->address) == 0 &&
		    pci_class_sub(g->assessment.machine.function[g->function[i]].id.class_code) ==
			    AUDIO)
			return d;
	}
	return NULL;
}

static void read_gpu(const struct root *root, const struct node *g,
		     const struct readiness *readiness, size_t i, struct nova_gpu *ret)
{
	const struct function_id *id = &g->assessment.machine.function[g->function[i]].id;
	const struct device_facts *sharing = device_leading(&g->facts, i);
	const struct device_facts *audio = audio_of(g, &g->device[i]);

	*ret = (struct nova_gpu){
		.address = id->address,
		.id = id->id,
		.fabric = pci_class_is_fabric(id->class_code),
		.sriov = has_sriov(root, &id->address),
		.homeless = is_homeless(root, &id->address),
		.ready = readiness->device[i].ready,
		.shares = readiness->device[i].shares,
		.why = readiness->device[i].n_reasons ? readiness->device[i].reason[0] : "",
		.memory_bytes = read_memory_bytes(root, &id->address),
	};
	if (sharing)
		ret->sharing = sharing->address;
	ret->has_audio = audio;
	if (audio)
		ret->audio = audio->address;
}

int nova_facts_read(const struct root *root, const struct node *g,
		    const struct readiness *readiness, struct nova_gpu **ret, size_t *ret_n)
{
	struct nova_gpu *gpu = calloc(g->facts.n_devices + 1, sizeof(*gpu));
	size_t n = 0;

	if (!gpu)
		return -ENOMEM;
	for (size_t i = 0; i < g->facts.n_devices; i++) {
		const struct device_facts *d = &g->device[i];

		if (d->in_unit && !d->companion && d->selected && d->verdict != VERDICT_NOT_A_GPU)
			read_gpu(root, g, readiness, i, &gpu[n++]);
	}
	*ret = gpu;
	*ret_n = n;
	return 0;
}

/* Returns whether it is a guess. */
static bool complete_release(const struct root *root, struct nova_options *options)
{
	if (options->release || nova_release_installed(root, &options->release) == 0)
		return false;
	options->release = NOVA_NEWEST;
	return true;
}

const char *nova_plan_refusal(const struct root *root, const struct nova_options *options)
{
	struct nova_options complete = *options;

	(void)complete_release(root, &complete);
	return nova_options_refusal(&complete);
}

int nova_plan_read(const struct root *root, const struct node *g, const struct readiness *readiness,
		   const struct nova_options *options, struct nova_plan *ret)
{
	_cleanup_free_ struct nova_gpu *gpu = NULL;
	struct nova_options complete = *options;
	bool guessed;
	size_t n;
	int r = nova_facts_read(root, g, readiness, &gpu, &n);

	if (r < 0)
		return r;
	guessed = complete_release(root, &complete);
	if (nova_options_refusal(&complete))
		return -EOPNOTSUPP;
	r = nova_plan_make(gpu, n, &complete, ret);
	if (r < 0 || !guessed)
		return r;
	ret->guessed = true;
	r = text_list_add(&ret->notes,
			  "no Nova is installed here: this is for %s, --release names another",
			  nova_release_name(complete.release));
	if (r < 0)
		nova_plan_free(ret);
	return r;
}

int nova_plan_look(const struct root *root, const struct nova_options *options,
		   const char *config_text, struct node *node, struct nova_plan *ret)
{
	struct readiness readiness = {0};
	int r = node_read_as(root, config_text, false, node);

	if (r < 0)
		return r;
	r = readiness_judge(&node->facts, &readiness);
	if (r == 0)
		r = nova_plan_read(root, node, &readiness, options, ret);
	readiness_free(&readiness);
	return r;
}

void nova_options_of(const char *text, struct nova_options *ret)
{
	struct nova_dropin dropin = {0};

	*ret = (struct nova_options){0};
	if (text && nova_dropin_parse(text, &dropin) == 0)
		*ret = dropin.options;
}

void nova_options_read(const struct root *root, const char *path, struct nova_options *ret)
{
	_cleanup_free_ char *text = NULL;

	nova_options_of(root_read_text(root, path, &text) == 0 ? text : NULL, ret);
}
