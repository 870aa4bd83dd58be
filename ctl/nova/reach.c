/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/nova/reach.h"

#include <string.h>

#include "ctl/judge/judge.h"
#include "helper/base/text.h"
#include "nova/config/effective.h"

/* What ReadWritePaths= of gpuclaim-ready.service names. */
#define WRITABLE "etc/nova/"

static const char *const elsewhere[] = {
	[NOVA_IN_KOLLA] =
		"Kolla's nova-compute reads no file of this host's /etc/nova: put what `gpuclaimctl nova show --format kolla` prints on the deployment host",
	[NOVA_IN_RHOSO] =
		"RHOSO's nova-compute reads no file of this host's /etc/nova: give what `gpuclaimctl nova show --format edpm` prints to a copy of the data plane service nova, and name that for the node in the place of nova",
	[NOVA_IN_TRIPLEO] =
		"TripleO's nova-compute reads no file of this host's /etc/nova: give what `gpuclaimctl nova show --format puppet` prints to its Hiera",
	[NOVA_IN_SNAP] =
		"Sunbeam's nova-compute reads no file of this host's /etc/nova: put what `gpuclaimctl nova show --format sunbeam` prints into the deployment's manifest",
	[NOVA_IN_MICROSTACK] =
		"MicroStack's nova-compute reads no file of this host's /etc/nova: write what `gpuclaimctl nova show` prints to a file below /var/snap/microstack/common/etc/nova/nova.conf.d",
	[NOVA_IN_KUBERNETES] =
		"this is a node of Kubernetes, whose nova-compute reads no file of this host's /etc/nova: give what `gpuclaimctl nova show --format helm` prints to OpenStack-Helm's nova chart",
};

int nova_reach_deployment(const struct root *root, struct nova_dropin_change *change)
{
	struct unit_folders folders _cleanup_(unit_folders_free) = {0};
	struct launch launch = {0};
	int r = launch_read(root, &folders, &launch);

	if (r == 0 && launch.unread)
		r = nova_change_refuse(
			change,
			"%s can't be read: %s: so it is not known whether nova-compute reads /%s: mend that file, or choose the drop-in with --output",
			launch.unread, strerror(-launch.error), change->path);
	else if (r == 0 && launch.deployment)
		r = nova_change_refuse(change, "%s", elsewhere[launch.deployment]);
	launch_free(&launch);
	return r;
}

static bool is_dropin(const struct oslo_file *file, const struct nova_dropin_change *change)
{
	return strcmp(&file->path[1], change->path) == 0;
}

/* Nobody expects it there, for DevStack names its file. */
static int note_default(const struct effective *e, struct nova_dropin_change *change)
{
	if (!e->launch.source || !strstr(e->launch.source, "devstack@"))
		return 0;
	return text_list_add(
		&change->notes,
		"/%s is in a folder that oslo.config reads by default, before the files that %s names",
		change->path, e->launch.source);
}

/* It is not judged: whether what it says goes with the drop-in can't be told. */
static int note_environment(const struct effective *e, struct nova_dropin_change *change)
{
	int r = 0;

	for (size_t i = 0; i < e->launch.environment.n && r == 0; i++) {
		const struct variable *one = &e->launch.environment.variable[i];

		r = text_list_add(
			&change->notes,
			"%s sets %s in the environment, which beats all files and the drop-in: take it out there",
			one->file, one->name);
	}
	return r;
}

/* A folder that the command line names: what is written there is read, by any name. */
static const char *find_folder(const struct launch *launch)
{
	for (size_t i = 0; i < launch->n; i++)
		if (launch->argument[i].folder)
			return launch->argument[i].path;
	return NULL;
}

static int refuse_unread(const struct effective *e, struct nova_dropin_change *change)
{
	const char *folder = find_folder(&e->launch);
	const char *source = e->launch.source ? e->launch.source : "it is here";

	if (folder)
		return nova_change_refuse(
			change,
			"nova-compute does not read /%s, as %s starts it: choose a file that it reads, with --output %s%s60-gpuclaim.conf",
			change->path, source, folder, text_ends_with(folder, "/") ? "" : "/");
	return nova_change_refuse(
		change,
		"nova-compute does not read /%s, as %s starts it: choose a file that it reads with --output",
		change->path, source);
}

static int check_read(const struct effective *e, bool chosen, struct nova_dropin_change *change)
{
	for (size_t i = 0; i < e->config.n; i++)
		if (is_dropin(&e->config.file[i], change))
			return note_default(e, change);
	if (chosen)
		return text_list_add(&change->notes, "nova-compute does not read /%s",
				     change->path);
	return refuse_unread(e, change);
}

/*
 * Debian names its files on the command line of nova-compute: these are read after all drop-ins,
 * and a value in them wins. RDO and OpenStack-Ansible name none, and drop-ins win.
 */
static int check_beaten(const struct effective *e, struct nova_dropin_change *change)
{
	struct oslo_values values _cleanup_(oslo_values_free) = {0};
	char place[OSLO_PLACE_MAX];
	int r;

	r = oslo_config_single(&e->config, effective_option(NOVA_OPTION_REPORT), &values);
	if (r == 0 && oslo_values_error(&values) < values.n)
		return nova_change_refuse(
			change, "%s: report_in_placement can't be read: %s: write true",
			oslo_value_place(&values.value[0], place), values.value[0].error.text);
	if (r < 0 || !values.n || is_dropin(values.value[0].file, change) ||
	    oslo_boolean(values.value[0].text) > 0)
		return r;
	return nova_change_refuse(
		change,
		"%s sets report_in_placement = %s, which beats the drop-in: take that line out, then apply again",
		oslo_value_place(&values.value[0], place), values.value[0].text);
}

/* What is reported to Placement is so for good. */
static int check_report(const struct effective *e, struct nova_dropin_change *change)
{
	if (!nova_dropin_reports(change->after))
		return 0;
	if (nova_error_is_ours(&e->error))
		return nova_change_refuse(change,
					  "%s: mend that file before report_in_placement is set",
					  e->error.text);
	return check_beaten(e, change);
}

/* What is written is whole; what nova-compute makes of it with such a value is not. */
static int note_unread(const struct effective *e, enum nova_option option,
		       struct nova_dropin_change *change)
{
	struct oslo_values values _cleanup_(oslo_values_free) = {0};
	int r = oslo_config_multi(&e->config, effective_option(option), &values);
	size_t at = oslo_values_error(&values);
	char place[OSLO_PLACE_MAX];

	if (r < 0 || at >= values.n)
		return r;
	return text_list_add(&change->notes, "%s: %s can't be read: %s",
			     oslo_value_place(&values.value[at], place),
			     values.value[at].entry->key, values.value[at].error.text);
}

static int note_driver(const struct effective *e, struct nova_dropin_change *change)
{
	_cleanup_free_ char *told = NULL;
	int r = nova_driver_tell(e, &told);

	return r < 0 || !told ? r : text_list_add(&change->notes, "%s", told);
}

static int check(const struct effective *e, bool chosen, struct nova_dropin_change *change)
{
	int r;

	if (e->error.type && !nova_error_is_ours(&e->error)) /* nova_ask() tells */
		return 0;
	r = check_report(e, change);
	if (r < 0 || change->refusal)
		return r;
	if (nova_error_is_ours(&e->error) && !chosen && e->launch.contained)
		return nova_change_refuse(change, "%s: choose a file that it reads with --output",
					  e->error.text);
	if (nova_error_is_ours(&e->error) && !chosen)
		return nova_change_refuse(
			change,
			"%s: mend that file, or choose a file that nova-compute reads with --output",
			e->error.text);
	if (nova_error_is_ours(&e->error))
		return text_list_add(&change->notes, "%s", e->error.text);
	r = note_environment(e, change);
	if (r == 0)
		r = note_driver(e, change);
	if (r == 0)
		r = note_unread(e, NOVA_OPTION_DEVICE_SPEC, change);
	if (r == 0)
		r = note_unread(e, NOVA_OPTION_ALIAS, change);
	return r < 0 || e->launch.deployment ? r : check_read(e, chosen, change);
}

/*
 * Group nova, for nova-api and nova-scheduler read the folder, too. nova-compute's user may be in
 * no such group (DevStack's is stack), and then has to have one of its own.
 */
static int take_group(const struct root *root, const struct account *reader,
		      struct nova_dropin_change *change)
{
	gid_t nova = account_group(root, "nova");
	bool own = nova != (gid_t)-1 && reader->known && reader->uid != 0 &&
		   !account_has_group(reader, nova);

	change->group = own ? reader->group[0] : nova;
	change->has_group = change->group != (gid_t)-1;
	if (!own || change->before)
		return 0;
	return text_list_add(
		&change->notes,
		"/%s is for the group of %s, as whom nova-compute runs: a service of another user on this node, such as nova-api, can't read it",
		change->path, reader->name);
}

int nova_reach_check(const struct root *root, bool chosen, struct nova_dropin_change *change)
{
	struct effective_extra extra = {.path = change->path, .text = change->after};
	struct effective effective _cleanup_(effective_free) = {0};
	int r = effective_read(root, &extra, &effective);

	if (r == 0)
		r = check(&effective, chosen, change);
	if (r == 0 && !change->refusal)
		r = take_group(root, &effective.reader, change);
	if (r == 0 && !change->refusal && strncmp(change->path, WRITABLE, strlen(WRITABLE)) != 0)
		r = text_list_add(
			&change->notes,
			"/%s is outside of /" WRITABLE
			": let gpuclaim-ready.service write there (ReadWritePaths=), or no boot refreshes it",
			change->path);
	return r;
}
