/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/choose/selection.h"

#include <stdio.h>
#include <string.h>

#include "ctl/choose/named.h"
#include "helper/base/text_buffer.h"
#include "helper/policy/conf_files.h"

/* A board's management processor, or its console, or a hypervisor's. 0: each of the vendor's; who
 * makes GPUs or accelerators as well is named by device. */
static const char *console_kind(const struct pci_id *id)
{
	static const struct {
		struct pci_id id;
		const char *what;
	} kinds[] = {
		{{0x1a03, 0}, "a management controller's VGA (ASPEED)"},
		{{0x102b, 0}, "a management controller's VGA (Matrox)"},
		{{0x19e5, 0x1711}, "a management controller's VGA (HiSilicon)"},
		{{0x1002, 0x515e}, "a server board's VGA (ES1000)"},
		{{0x1002, 0x5969}, "a server board's VGA (ES1000)"},
		{{0x1002, 0x4752}, "a server board's VGA (Rage XL)"},
		{{0x18ca, 0}, "a server board's VGA (XGI)"},
		{{0x126f, 0}, "a server board's VGA (Silicon Motion)"},
		{{0x1234, 0}, "an emulated VGA (QEMU)"},
		{{0x1013, 0}, "an emulated VGA (Cirrus)"},
		{{0x15ad, 0}, "an emulated VGA (VMware)"},
		{{0x1414, 0x5353}, "an emulated VGA (Hyper-V)"},
		{{0x1d0f, 0x1111}, "an emulated VGA (Amazon)"},
		{{0x80ee, 0}, "an emulated VGA (VirtualBox)"},
		{{0x1af4, 0}, "an emulated GPU (virtio)"},
		{{0x1b36, 0}, "an emulated GPU (QXL)"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i].id.vendor == id->vendor &&
		    (!kinds[i].id.device || kinds[i].id.device == id->device))
			return kinds[i].what;
	return NULL;
}

static bool is_plain_gpu(uint32_t class_code)
{
	uint16_t sub = pci_class_sub(class_code);

	return sub == 0x0300 || sub == 0x0302 || sub == 0x0380 ||
	       pci_class_base(class_code) == 0x12;
}

/* "integrated: 0000:11:00.2 (1022:1649), a function of the processor, is in its slot" */
static const char *processor_reason(const struct candidate *c, char buf[static LEFT_OUT_MAX])
{
	char a[PCI_ADDRESS_MAX];

	if (!c->processor.id.vendor)
		return NULL;
	snprintf(buf, LEFT_OUT_MAX,
		 "integrated: %s (%04x:%04x), a function of the processor, is in its slot",
		 pci_address_format(&c->processor.address, a), c->processor.id.vendor,
		 c->processor.id.device);
	return buf;
}

/* Why --all-gpus does not mean this one, or NULL. */
static const char *exclusion(const struct draft *draft, const struct candidate *c,
			     char buf[static LEFT_OUT_MAX])
{
	if (pci_class_is_fabric(c->id.class_code))
		return "an NVSwitch is taken only where it is named: --ids or --addresses";
	if (!is_plain_gpu(c->id.class_code))
		return "a display controller of another kind than VGA, 3D and display";
	if (c->bridge)
		return "a bridge by its header type";
	if (c->vf)
		return "a virtual function";
	if (console_kind(&c->id.id))
		return console_kind(&c->id.id);
	if (c->integrated)
		return "on the root bus: integrated";
	if (processor_reason(c, buf))
		return buf;
	return draft_console_reason(draft, c);
}

/* That, or the line that spares it. */
static const char *reason(const struct draft *draft, const struct candidate *c,
			  char buf[static LEFT_OUT_MAX])
{
	const char *why = exclusion(draft, c, buf);
	char place[SKIP_PLACE_MAX];

	if (why || !draft_skip(draft, c, place))
		return why;
	snprintf(buf, LEFT_OUT_MAX, "spared by %s", place);
	return buf;
}

static int take_one(struct draft *draft, size_t i)
{
	const struct candidate *c = &draft->candidates->item[i];
	char buf[LEFT_OUT_MAX];
	const char *why = reason(draft, c, buf);

	if (why && draft->selected[i])
		return 0; /* another option names it */
	if (why)
		return draft_leave_out(draft, c, why);
	draft->by_address[i] = true;
	return draft->selected[i] ? 0 : draft_select(draft, c, "--all-gpus");
}

static int take_all(struct draft *draft)
{
	bool any = false;
	int r = 0;

	if (!draft->node->facts.machine)
		return draft_refuse(draft, false, "--all-gpus: " NO_MACHINE);
	for (size_t i = 0; i < draft->candidates->n && r == 0; i++) {
		r = take_one(draft, i);
		any = any || draft->selected[i];
	}
	if (r < 0 || any)
		return r;
	return draft_refuse(
		draft, false,
		draft->candidates->n
			? "--all-gpus: every GPU here is left out; name one with --addresses, or take away what spares it"
			: "--all-gpus: this node has no GPU");
}

/* No function is in a group before the kernel uses the IOMMU. */
static bool knows_groups(const struct draft *draft)
{
	return draft->node->facts.iommu.state == IOMMU_ACTIVE;
}

static bool may_share(const struct draft *draft, const struct candidate *a,
		      const struct candidate *b)
{
	if (pci_class_is_fabric(a->id.class_code) && pci_class_is_fabric(b->id.class_code))
		return false;
	return knows_groups(draft) ? a->group >= 0 && a->group == b->group
				   : pci_address_same_device(&a->port, &b->port);
}

/* The selected one with a lower address that has the group with it, or may have; or NULL. */
static const struct candidate *find_sharing(const struct draft *draft, size_t i)
{
	const struct candidate *c = &draft->candidates->item[i];

	for (size_t k = 0; k < i; k++) {
		const struct candidate *other = &draft->candidates->item[k];

		if (draft->selected[k] && may_share(draft, c, other))
			return other;
	}
	return NULL;
}

/* Fewer than are chosen. */
static int tell_usable(struct draft *draft)
{
	const struct selection *out = draft->out;

	if (knows_groups(draft))
		return text_list_add(
			&draft->out->notes,
			"%zu of %zu chosen GPUs can be handed out, each to a guest of its own",
			out->n_usable, out->n_gpus);
	return text_list_add(
		&draft->out->notes,
		"%zu of %zu chosen GPUs can surely be handed out, each to a guest of its own; those below one port may share an IOMMU group, which is known only when the IOMMU is on: after the reboot run the same setup again, which counts them (set expect=)",
		out->n_usable, out->n_gpus);
}

/* What readiness will say of them: a group goes to one guest. */
static int count_gpus(struct draft *draft)
{
	struct selection *out = draft->out;
	char a[PCI_ADDRESS_MAX], b[PCI_ADDRESS_MAX];
	int r = 0;

	for (size_t i = 0; i < draft->candidates->n && r == 0; i++) {
		const struct candidate *c = &draft->candidates->item[i], *other;

		if (!draft->selected[i])
			continue;
		out->n_gpus++;
		other = find_sharing(draft, i);
		out->n_usable += !other;
		if (other && knows_groups(draft))
			r = text_list_add(&out->notes,
					  "%s shares IOMMU group %d with %s: both go to one guest",
					  pci_address_format(&c->id.address, a), c->group,
					  pci_address_format(&other->id.address, b));
	}
	return r == 0 && out->n_usable < out->n_gpus ? tell_usable(draft) : r;
}

static bool matches(const struct rule *rule, const struct candidate *c, bool ours)
{
	return rule->kind == RULE_CLAIM && rule_matches(rule, &c->id) &&
	       (rule->line > 0 && strcmp(rule->source, SELECTION_FILE) == 0) == ours;
}

/* By a line of SELECTION_FILE, which is replaced, or by one that stays? */
static bool is_claimed(const struct policy *policy, const struct candidate *c, bool ours)
{
	for (size_t i = 0; i < policy->n_rules; i++)
		if (matches(&policy->rules[i], c, ours))
			return true;
	for (size_t i = 0; i < policy->n_disarmed; i++)
		if (matches(&policy->disarmed[i], c, ours))
			return true;
	return false;
}

static int find_dropped(struct draft *draft)
{
	const struct policy *policy = &draft->node->assessment.policy;
	char a[PCI_ADDRESS_MAX];
	int r = 0;

	for (size_t i = 0; i < draft->candidates->n && r == 0; i++) {
		const struct candidate *c = &draft->candidates->item[i];

		if (!draft->selected[i] && is_claimed(policy, c, true) &&
		    !is_claimed(policy, c, false) && !candidate_skip(draft->node, c))
			r = text_list_add(&draft->out->dropped, "%s (%04x:%04x)",
					  pci_address_format(&c->id.address, a), c->id.id.vendor,
					  c->id.id.device);
	}
	return r;
}

static void write_gpu(const struct candidate *c, struct text_buffer *to)
{
	struct rule rule = {
		.kind = RULE_CLAIM,
		.has_id = true,
		.has_address = !c->path[0],
		.has_subsystem = true,
		.id = c->id.id,
		.address = c->id.address,
		.subsystem = c->id.subsystem,
	};
	char text[RULE_TEXT_MAX];

	memcpy(rule.path, c->path, sizeof(rule.path));
	if (c->name[0])
		text_addf(to, "# %s\n", c->name);
	text_addf(to, "%s\n", rule_format(&rule, text));
}

/* What the operator says of isolation, in a file of their own, stays said. */
static bool states_isolation(const struct policy *policy)
{
	for (size_t i = 0; i < policy->n_files; i++)
		if (policy->files[i].has & 1u << SETTING_ISOLATION &&
		    strcmp(policy->files[i].path, SELECTION_FILE) != 0)
			return true;
	return false;
}

static int write_text(struct draft *draft)
{
	char word[DRIVER_NAME_MAX], text[RULE_TEXT_MAX];
	struct text_buffer to _cleanup_(text_buffer_free) = {0};

	text_add(
		&to,
		"# Written by gpuclaimctl setup, which replaces it; gpuclaimctl undo takes it away.\n"
		"# Lines of your own belong in /etc/gpuclaim/gpuclaim.conf.\n"
		"set arm=karg\n");
	if (!states_isolation(&draft->node->assessment.policy))
		text_add(&to, "set isolation=require\n");
	if (draft->request->boot_vga)
		text_addf(&to, "set boot-vga=%s\n",
			  setting_format(&draft->settings, SETTING_BOOT_VGA, word));
	if (draft->request->all_gpus)
		text_addf(&to, "set expect=%zu\n", draft->out->n_usable);
	for (size_t i = 0; i < draft->n_ids; i++)
		text_addf(&to, "%s\n", rule_format(&draft->id[i], text));
	for (size_t i = 0; i < draft->candidates->n; i++)
		if (draft->by_address[i])
			write_gpu(&draft->candidates->item[i], &to);
	return text_take(&to, &draft->out->text, NULL);
}

static int choose(struct draft *draft)
{
	const struct selection_request *request = draft->request;
	int r = 0;

	if (!request->ids && !request->addresses && !request->adopted && !request->all_gpus &&
	    !request->as_configured)
		return draft_refuse(draft, true,
				    "no GPU is named: give --ids, --addresses or --all-gpus");
	if (request->boot_vga &&
	    setting_parse("boot-vga", request->boot_vga, &draft->settings, NULL) < 0)
		return draft_refuse(draft, true, "--boot-vga: found \"%.40s\", expected %s",
				    request->boot_vga, setting_expected(SETTING_BOOT_VGA));
	if (request->as_configured)
		r = draft_take_configured(draft);
	if (r == 0 && request->ids)
		r = draft_take_ids(draft);
	if (r == 0 && (request->addresses || request->adopted) && !draft->out->refusal)
		r = draft_take_addresses(draft);
	if (r == 0 && request->all_gpus && !draft->out->refusal)
		r = take_all(draft);
	if (r < 0 || draft->out->refusal)
		return r;
	r = count_gpus(draft);
	if (r == 0)
		r = find_dropped(draft);
	return r == 0 ? write_text(draft) : r;
}

const char *selection_reason(const struct node *node, const struct candidate *c,
			     const struct selection_request *request, char buf[static LEFT_OUT_MAX])
{
	struct draft draft = {.node = node, .settings = settings_default()};

	if (request->boot_vga &&
	    setting_parse("boot-vga", request->boot_vga, &draft.settings, NULL) < 0)
		draft.settings = settings_default();
	return reason(&draft, c, buf);
}

int selection_make(const struct node *node, const struct candidates *candidates,
		   const struct selection_request *request, struct selection *ret)
{
	_cleanup_free_ bool *by_address = calloc(candidates->n + 1, sizeof(*by_address));
	_cleanup_free_ bool *selected = calloc(candidates->n + 1, sizeof(*selected));
	struct selection selection _cleanup_(selection_free) = {0};
	struct draft draft = {
		.node = node,
		.candidates = candidates,
		.request = request,
		.settings = settings_default(),
		.by_address = by_address,
		.selected = selected,
		.out = &selection,
	};
	int r = by_address && selected ? choose(&draft) : -ENOMEM;

	free(draft.id);
	return HAND_OVER(r, ret, selection);
}

void selection_free(struct selection *selection)
{
	free(selection->text);
	free(selection->refusal);
	text_list_free(&selection->notes);
	text_list_free(&selection->dropped);
	*selection = (struct selection){0};
}
