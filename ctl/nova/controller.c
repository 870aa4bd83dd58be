/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/nova/controller.h"

#include <fcntl.h>
#include <string.h>

#include "ctl/nova/options.h"
#include "ctl/print/json.h"
#include "helper/base/root.h"
#include "nova/tell/guest.h"
#include "nova/tell/json.h"

#define for_each_member(i, object)                                               \
	for (struct json_object_iterator i = json_object_iter_begin(object),     \
					 i##_end = json_object_iter_end(object); \
	     !json_object_iter_equal(&(i), &i##_end); json_object_iter_next(&(i)))

/**
 * struct fleet - what is put together
 * @alias, @flavor: by the alias's name: the object, and the properties of a flavor for one
 * @most:	by the same: how many GPUs of it the node with the most of them has
 * @image:	by the guest's word: an image's properties; null where nodes differ in them
 * @source:	by the alias's name, or "image:" and the guest's word: the file that it is from
 * first
 * @options:	which guests are asked for
 * @without_report: how many nodes do not report to Placement
 */
struct fleet {
	struct json_object *alias, *flavor, *most, *image, *source;
	const struct nova_options *options;
	size_t without_report;
	bool report, clash;
};

static void fleet_free(struct fleet *fleet)
{
	(void)json_object_put(fleet->alias);
	(void)json_object_put(fleet->flavor);
	(void)json_object_put(fleet->most);
	(void)json_object_put(fleet->image);
	(void)json_object_put(fleet->source);
}

static const char *name_of(struct json_object *alias)
{
	return json_object_get_string(json_object_object_get(alias, "name"));
}

static void tell_clash(struct fleet *fleet, const char *name, const char *file,
		       struct json_object *there, struct json_object *alias)
{
	fleet->clash = true;
	nova_say(
		"alias %s is %s in %s, and %s in %s: nova-api would hand out either, or not start; rename one with --alias",
		name, nova_json_text(there),
		json_object_get_string(json_object_object_get(fleet->source, name)),
		nova_json_text(alias), file);
}

static bool has_same(struct json_object *a, struct json_object *b, const char *key)
{
	const char *x = json_object_get_string(json_object_object_get(a, key));
	const char *y = json_object_get_string(json_object_object_get(b, key));

	return x && y && strcasecmp(x, y) == 0;
}

/* Two names for one thing are no error, but what one takes the other lacks. */
static void tell_twins(struct fleet *fleet, const char *file, struct json_object *alias)
{
	for_each_member(i, fleet->alias)
	{
		struct json_object *there = json_object_iter_peek_value(&i);

		if (has_same(there, alias, "vendor_id") && has_same(there, alias, "product_id") &&
		    has_same(there, alias, "device_type"))
			nova_say("alias %s of %s stands for the devices of %s: give them one name",
				 name_of(alias), file, name_of(there));
	}
}

static void take_alias(struct fleet *fleet, const char *file, struct json_object *alias)
{
	const char *name = name_of(alias);
	struct json_object *there = json_object_object_get(fleet->alias, name);

	if (there && !json_object_equal(there, alias)) {
		tell_clash(fleet, name, file, there, alias);
	} else if (!there) {
		tell_twins(fleet, file, alias);
		json_add(fleet->alias, name, json_object_get(alias));
		json_add_text(fleet->source, name, file);
	}
}

static void take_flavors(struct fleet *fleet, struct json_object *flavors)
{
	if (!json_object_is_type(flavors, json_type_object))
		return;
	for_each_member(i, flavors)
	{
		struct json_object *flavor = json_object_iter_peek_value(&i);

		if (flavor)
			json_add(fleet->flavor, json_object_iter_peek_name(&i),
				 json_object_get(flavor));
	}
}

static void take_image(struct fleet *fleet, const char *file, const char *guest,
		       struct json_object *image)
{
	struct json_object *there;
	char source[32];

	(void)snprintf(source, sizeof(source), "image:%s", guest);
	if (!json_object_object_get_ex(fleet->image, guest, &there)) {
		json_add(fleet->image, guest, json_object_get(image));
		json_add_text(fleet->source, source, file);
	} else if (there && !json_object_equal(there, image)) {
		nova_say(
			"an image for %s needs %s in %s, and %s in %s: it is left out; ask on a node of each with --guest %s",
			guest, json_object_to_json_string(there),
			json_object_get_string(json_object_object_get(fleet->source, source)),
			json_object_to_json_string(image), file, guest);
		json_add_text(fleet->image, guest, NULL);
	}
}

/* `status --json` has none. */
static void take_images(struct fleet *fleet, const char *file, struct json_object *images)
{
	for (unsigned i = 0; i < _NOVA_GUEST_COUNT; i++) {
		const char *guest = nova_guest_word((enum nova_guest)i);
		struct json_object *image = json_object_object_get(images, guest);

		if (nova_guest_is_wanted((enum nova_guest)i, fleet->options) &&
		    json_object_is_type(image, json_type_object))
			take_image(fleet, file, guest, image);
	}
}

static void take_counts(struct fleet *fleet, struct json_object *schedulable, const char *name)
{
	int64_t n = json_object_get_int64(json_object_object_get(schedulable, name));

	if (n > json_object_get_int64(json_object_object_get(fleet->most, name)))
		json_add_number(fleet->most, name, n);
}

/* `status --json` has it below "nova", which tells less. */
static int take_node(struct fleet *fleet, const char *file, struct json_object *top)
{
	struct json_object *below = json_object_object_get(top, "nova"), *aliases;
	struct json_object *node = below ? below : top;
	bool report = json_object_get_boolean(json_object_object_get(node, "report_in_placement"));

	aliases = json_object_object_get(node, "alias");
	if (!json_object_is_type(aliases, json_type_array))
		return -EBADMSG;
	for (size_t i = 0; i < json_object_array_length(aliases); i++) {
		struct json_object *alias = json_object_array_get_idx(aliases, i);

		if (!json_object_is_type(alias, json_type_object) || !name_of(alias) ||
		    !nova_json_text(alias))
			return -EBADMSG;
		take_alias(fleet, file, alias);
		take_counts(fleet, json_object_object_get(node, "schedulable"), name_of(alias));
		report |= json_object_object_get(alias, "resource_class") != NULL;
	}
	take_flavors(fleet, json_object_object_get(node, "flavor"));
	take_images(fleet, file, json_object_object_get(node, "image"));
	fleet->report |= report;
	fleet->without_report += !report;
	return 0;
}

/* Where the operator has it: no file of the node's. */
static int take_file(struct fleet *fleet, const char *file)
{
	_cleanup_(json_free) struct json_object *top = NULL;
	_cleanup_free_ char *text = NULL;
	_cleanup_close_ int fd = open(file, O_RDONLY | O_CLOEXEC);
	int r = fd < 0 ? -errno : root_read_fd(fd, ROOT_FILE_MAX_BYTES, &text, NULL);

	if (r < 0)
		return r;
	top = json_parse(text);
	return json_object_is_type(top, json_type_object) ? take_node(fleet, file, top) : -EBADMSG;
}

static struct json_object *placement_of(const struct fleet *fleet)
{
	return json_object_new_boolean(fleet->report && !fleet->without_report);
}

static int print_json(const struct fleet *fleet)
{
	_cleanup_(json_free) struct json_object *top = json_object_new_object();
	struct json_object *aliases;

	json_add_number(top, "version", 1);
	aliases = json_add_array(top, "alias");
	for_each_member(i, fleet->alias)
		json_append(aliases, json_object_get(json_object_iter_peek_value(&i)));
	json_add(top, "flavor", json_object_get(fleet->flavor));
	json_add(top, "image", json_object_get(fleet->image));
	json_add(top, "schedulable_per_node", json_object_get(fleet->most));
	json_add(top, "pci_in_placement", placement_of(fleet));
	return json_print(top, stdout);
}

static void print_properties(struct json_object *properties)
{
	for_each_member(i, properties)
		printf(" \\\n#     --property %s=%s", json_object_iter_peek_name(&i),
		       json_object_get_string(json_object_iter_peek_value(&i)));
	putchar('\n');
}

static void print_flavor(const char *name, struct json_object *properties)
{
	printf("#   openstack flavor create --vcpus 8 --ram 32768 --disk 100 %s\n"
	       "#   openstack flavor set %s",
	       name, name);
	if (!properties)
		printf(" \\\n#     --property pci_passthrough:alias=%s:1\n", name);
	if (properties)
		print_properties(properties);
}

static void print_images(const struct fleet *fleet)
{
	for (unsigned i = 0; i < _NOVA_GUEST_COUNT; i++) {
		enum nova_guest guest = (enum nova_guest)i;
		struct json_object *image =
			json_object_object_get(fleet->image, nova_guest_word(guest));

		if (!image)
			continue;
		printf("# An image for %s:\n#   openstack image set IMAGE", nova_guest_name(guest));
		print_properties(image);
	}
}

static void print_text(const struct fleet *fleet)
{
	fputs("# For nova-api, nova-scheduler and every nova-conductor.\n[pci]\n", stdout);
	for_each_member(i, fleet->alias)
		printf("alias = %s\n", nova_json_text(json_object_iter_peek_value(&i)));
	fputs("\n[filter_scheduler]\n"
	      "# Add PciPassthroughFilter to the filters that you have: setting the list replaces it.\n"
	      "# enabled_filters = ...,PciPassthroughFilter\n",
	      stdout);
	if (fleet->report && !fleet->without_report)
		fputs("pci_in_placement = true\n", stdout);
	else if (fleet->report)
		printf("# Only once every node reports to Placement, and %zu of these do not:\n"
		       "# pci_in_placement = true\n",
		       fleet->without_report);
	fputs("\n", stdout);
	for_each_member(i, fleet->alias)
	{
		const char *name = json_object_iter_peek_name(&i);
		int64_t most = json_object_get_int64(json_object_object_get(fleet->most, name));

		printf("# A flavor for one; a node has up to %lld of them.\n", (long long)most);
		print_flavor(name, json_object_object_get(fleet->flavor, name));
	}
	print_images(fleet);
}

/* Return: 0, or -ECANCELED having told why. */
static int take_files(const char *const *files, struct fleet *fleet)
{
	for (const char *const *file = files; *file; file++) {
		int r = take_file(fleet, *file);

		if (r == -EBADMSG)
			nova_say("%s: expected what `gpuclaimctl nova show --json` printed", *file);
		else if (r < 0)
			nova_say("%s can't be read: %s", *file, strerror(-r));
		if (r < 0)
			return -ECANCELED;
	}
	return 0;
}

static int show(const struct invocation *invocation, struct fleet *fleet, enum problem *ret_problem)
{
	int r = 0;

	if (!fleet->alias || !fleet->flavor || !fleet->most || !fleet->image || !fleet->source) {
		*ret_problem = nova_cannot("the files can't be read", -ENOMEM);
		return -ECANCELED;
	}
	*ret_problem = PROBLEM_USAGE;
	r = take_files(invocation->files, fleet);
	if (r < 0)
		return r;
	*ret_problem = PROBLEM_REFUSED;
	if (fleet->clash)
		return -ECANCELED;
	if (invocation->json)
		r = print_json(fleet);
	else
		print_text(fleet);
	if (r == 0)
		return 0;
	*ret_problem = nova_cannot("it can't be printed", r);
	return -ECANCELED;
}

int nova_show_controller(const struct invocation *invocation, const struct nova_options *options,
			 enum problem *ret_problem)
{
	struct fleet fleet = {
		.alias = json_object_new_object(),
		.flavor = json_object_new_object(),
		.most = json_object_new_object(),
		.image = json_object_new_object(),
		.options = options,
		.source = json_object_new_object(),
	};
	int r = show(invocation, &fleet, ret_problem);

	fleet_free(&fleet);
	return r;
}
