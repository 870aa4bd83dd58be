/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nova/config/deployment.h"

#include <string.h>

#include "helper/base/text.h"
#include "nova/python/python_json.h"

#define KOLLA	     "etc/kolla/"
#define KOLLA_INSIDE "/var/lib/kolla/config_files/"
#define QUADLET	     "etc/containers/systemd/edpm_nova_compute.container"
#define GENERATED    "var/lib/config-data/puppet-generated/"
#define SUNBEAM	     "var/snap/openstack-hypervisor"
#define MICROSTACK   "var/snap/microstack"
#define PODS	     "var/lib/kubelet/pods"
#define VOLUME	     "volumes/kubernetes.io~secret/nova-etc/"
#define SNIPPETS     "volumes/kubernetes.io~projected/nova-etc-snippets/"
#define ETC_NOVA     "/etc/nova/"
#define UNITS	     "etc/systemd/system/"
#define PATH_ROOM    512

static const char *const services[_NOVA_SERVICE_COUNT] = {
	[NOVA_COMPUTE] = "nova-compute",
	[NOVA_API] = "nova-api",
	[NOVA_SCHEDULER] = "nova-scheduler",
};

static const char *const kolla_configs[_NOVA_SERVICE_COUNT] = {
	[NOVA_COMPUTE] = KOLLA "nova-compute/config.json",
	[NOVA_API] = KOLLA "nova-api/config.json",
	[NOVA_SCHEDULER] = KOLLA "nova-scheduler/config.json",
};

/*
 * What is there where a service runs elsewhere than on the host. A node of MicroStack has the same
 * folder, whether it is for control or for compute.
 */
static const struct mark {
	enum nova_service service;
	enum nova_deployment deployment;
	const char *path;
} marks[] = {
	{NOVA_COMPUTE, NOVA_IN_KOLLA, KOLLA "nova-compute"},
	{NOVA_COMPUTE, NOVA_IN_RHOSO, UNITS "edpm_nova_compute.service"},
	/* Its unit is made of this by systemd's generator. */
	{NOVA_COMPUTE, NOVA_IN_RHOSO, QUADLET},
	{NOVA_COMPUTE, NOVA_IN_TRIPLEO, UNITS "tripleo_nova_compute.service"},
	/* Before Stein Docker started it, and there was no unit. */
	{NOVA_COMPUTE, NOVA_IN_TRIPLEO, GENERATED "nova_libvirt"},
	{NOVA_COMPUTE, NOVA_IN_SNAP, SUNBEAM},
	{NOVA_COMPUTE, NOVA_IN_MICROSTACK, MICROSTACK},
	{NOVA_API, NOVA_IN_KOLLA, KOLLA "nova-api"},
	{NOVA_API, NOVA_IN_TRIPLEO, GENERATED "nova/etc/nova"},
	{NOVA_SCHEDULER, NOVA_IN_KOLLA, KOLLA "nova-scheduler"},
	{NOVA_SCHEDULER, NOVA_IN_TRIPLEO, GENERATED "nova/etc/nova"},
};

/* Of those whose files do not change with what they are told. */
static const struct {
	enum nova_deployment deployment;
	bool compute, others;
	const char *path;
} fixed[] = {
	{NOVA_IN_RHOSO, true, false, "var/lib/openstack/config/nova/*nova*"},
	{NOVA_IN_RHOSO, true, false, "var/lib/openstack/nova/*nova*"},
	{NOVA_IN_TRIPLEO, true, false, GENERATED "nova_libvirt/etc/nova/nova.conf"},
	{NOVA_IN_TRIPLEO, false, true, GENERATED "nova/etc/nova/nova.conf"},
	{NOVA_IN_SNAP, true, false, SUNBEAM "/common/etc/nova/nova.conf"},
	{NOVA_IN_SNAP, true, false, SUNBEAM "/common/etc/nova/nova.conf.d/*"},
	{NOVA_IN_MICROSTACK, true, false, MICROSTACK "/common/etc/nova/nova.conf"},
	{NOVA_IN_MICROSTACK, true, false, MICROSTACK "/common/etc/nova/nova.conf.d/*"},
};

const char *nova_service_name(enum nova_service service)
{
	return services[service];
}

const char *nova_deployment_name(enum nova_deployment deployment)
{
	static const char *const names[] = {
		[NOVA_ON_HOST] = NULL,
		[NOVA_IN_KOLLA] = "Kolla",
		[NOVA_IN_RHOSO] = "RHOSO",
		[NOVA_IN_TRIPLEO] = "TripleO",
		[NOVA_IN_SNAP] = "Sunbeam",
		[NOVA_IN_MICROSTACK] = "MicroStack",
		[NOVA_IN_KUBERNETES] = "Kubernetes",
	};

	return names[deployment];
}

static bool is_there(const struct root *root, struct unit_folders *folders, const struct mark *mark)
{
	const struct unit_place place = {UNITS_OF_ADMINISTRATOR, strrchr(mark->path, '/') + 1};
	char path[UNIT_PATH_MAX];

	return (strncmp(mark->path, UNITS, strlen(UNITS)) != 0 ||
		unit_folders_path(root, folders, &place, path)) &&
	       root_exists(root, mark->path);
}

enum nova_deployment deployment_find(const struct root *root, enum nova_service service,
				     struct unit_folders *folders, const char **ret_source)
{
	for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
		if (marks[i].service != service || !is_there(root, folders, &marks[i]))
			continue;
		*ret_source = marks[i].path;
		return marks[i].deployment;
	}
	return NOVA_ON_HOST;
}

/* In which order Nova reads what is put there; -1: not at all. */
static int rank_of(const char *dest, const char *service)
{
	char name[64];

	if (strncmp(dest, ETC_NOVA, strlen(ETC_NOVA)) != 0)
		return -1;
	dest += strlen(ETC_NOVA);
	(void)snprintf(name, sizeof(name), "%s.conf", service);
	if (strcmp(dest, "nova.conf") == 0)
		return 0;
	if (strcmp(dest, name) == 0)
		return 1;
	(void)snprintf(name, sizeof(name), "%s.conf.d/", service);
	if (strncmp(dest, "nova.conf.d/", 12) == 0)
		return 2;
	return strncmp(dest, name, strlen(name)) == 0 ? 3 : -1;
}

/* One of config.json's, as "RANK DEST\nPATH": sorted, they are in Nova's order. */
static int take_copy(const struct py_value *copy, const char *service, struct text_list *ret)
{
	const struct py_value *source = py_dict_get(copy, "source"),
			      *dest = py_dict_get(copy, "dest");
	const char *base, *suffix;
	char whole[PATH_ROOM];
	int rank, n;

	if (!source || !dest || source->type != PY_STR || dest->type != PY_STR)
		return -EBADMSG;
	base = text_base_name(source->text);
	n = snprintf(whole, sizeof(whole), "%s%s", dest->text,
		     dest->text[0] && dest->text[strlen(dest->text) - 1] == '/' ? base : "");
	rank = (size_t)n < sizeof(whole) ? rank_of(whole, service) : -1;
	if (rank < 0 || strncmp(source->text, KOLLA_INSIDE, strlen(KOLLA_INSIDE)) != 0)
		return 0;
	suffix = strchr(base, '*') ? ".conf" : "";
	n = (int)(strlen(source->text) - strlen(suffix));
	if (*suffix && strcmp(&source->text[n], suffix) != 0)
		return -EOPNOTSUPP;
	n -= (int)strlen(KOLLA_INSIDE);
	return text_list_add(ret, "%d %s\n" KOLLA "%s/%.*s", rank, whole, service, n,
			     source->text + strlen(KOLLA_INSIDE));
}

static int take_copies(const char *text, const char *service, struct text_list *ret)
{
	_cleanup_(py_value_drop) struct py_value *all = NULL;
	_cleanup_free_ char *error = NULL;
	const struct py_value *copies;
	int r = py_json_parse(text, &all, &error);

	if (r == -ENOMEM)
		return r;
	if (r < 0 || all->type != PY_DICT)
		return -EBADMSG;
	copies = py_dict_get(all, "config_files");
	/* Without the key it says nothing of Nova: an image's own may. */
	if (!copies)
		return text_list_add(ret, "0\n" KOLLA "%s/nova.conf", service);
	if (copies->type != PY_LIST)
		return -EBADMSG;
	r = 0;
	for (size_t i = 0; i < copies->n && r == 0; i++)
		r = copies->item[i]->type == PY_DICT ? take_copy(copies->item[i], service, ret)
						     : -EBADMSG;
	return r;
}

static int kolla_files(const struct root *root, enum nova_service which, struct text_list *ret)
{
	const char *service = services[which];
	struct text_list copies _cleanup_(text_list_free) = {0};
	_cleanup_free_ char *text = NULL;
	int r = root_read_text(root, kolla_configs[which], &text);

	if (root_is_absent(r))
		return text_list_add(ret, KOLLA "%s/nova.conf", service);
	if (r == 0)
		r = take_copies(text, service, &copies);
	text_list_sort(&copies);
	for (size_t i = 0; i < copies.n && r == 0; i++)
		r = text_list_add(ret, "%s", strchr(copies.text[i], '\n') + 1);
	return r;
}

/* "Volume=/var/lib/openstack/nova-gpu:/var/lib/kolla/config_files/src:ro". */
static int quadlet_files(const struct root *root, struct text_list *ret)
{
	_cleanup_free_ char *text = NULL;
	const char *at, *line;
	int r = root_read_text(root, QUADLET, &text);

	if (r < 0)
		return root_is_absent(r) ? 0 : r;
	at = strstr(text, ":" KOLLA_INSIDE "src:");
	for (line = at; line && line > text && line[-1] != '\n';)
		line--;
	if (!at || strncmp(line, "Volume=/", 8) != 0)
		return 0;
	return text_list_add(ret, "%.*s/*nova*", (int)(at - line) - 8, line + 8);
}

static bool pod_has(const struct root *root, const char *name, const char *what)
{
	char path[PATH_ROOM];

	(void)snprintf(path, sizeof(path), PODS "/%s/%s", name, what);
	return root_exists(root, path);
}

/* Its file is nova-compute.conf, and before there was that, nova.conf; then nova.conf.d. */
static int take_helm(const struct root *root, const char *name, struct text_list *ret)
{
	static const char *const files[] = {VOLUME "nova-compute.conf", VOLUME "nova.conf"};
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(files) && !ret->n && r == 0; i++)
		if (pod_has(root, name, files[i]))
			r = text_list_add(ret, PODS "/%s/%s", name, files[i]);
	return r < 0 || !ret->n ? r : text_list_add(ret, PODS "/%s/" SNIPPETS "*", name);
}

/* Others have all of /etc/nova in one volume, which makes them the default files and folders. */
static int take_whole(const struct root *root, const char *name, struct text_list *ret)
{
	static const char *const volumes[] = {"volumes/kubernetes.io~projected/nova-etc",
					      "volumes/kubernetes.io~configmap/nova-etc"};
	static const char *const places[] = {"nova.conf", "nova-compute.conf", "nova.conf.d/*",
					     "nova-compute.conf.d/*"};
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(volumes) && !ret->n; i++)
		for (size_t k = 0; k < ARRAY_SIZE(places) && r == 0; k++)
			if (pod_has(root, name, volumes[i]))
				r = text_list_add(ret, PODS "/%s/%s/%s", name, volumes[i],
						  places[k]);
	return r;
}

static int take_pod(const struct root *root, const char *name, struct text_list *ret)
{
	int r = take_helm(root, name, ret);

	return r == 0 && !ret->n ? take_whole(root, name, ret) : r;
}

/* @unknown: those of which the kubelet does not say what containers they have */
static int list_pods(const struct root *root, struct text_list *compute, struct text_list *unknown)
{
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;
	int r = root_open_dir(root, PODS, &dir);

	while (r == 0 && (entry = root_next(dir, &r))) {
		const char *name = entry->d_name;

		if (name[0] == '.')
			continue;
		if (pod_has(root, name, "containers/nova-compute"))
			r = text_list_add(compute, "%s", name);
		else if (!pod_has(root, name, "containers"))
			r = text_list_add(unknown, "%s", name);
	}
	return root_is_absent(r) ? 0 : r;
}

/*
 * The pods of all services have a volume of this name, and what is in it differs where a node has
 * values of its own: nova-compute's is the one with the container.
 */
static int pod_files(const struct root *root, struct text_list *ret)
{
	struct text_list compute _cleanup_(text_list_free) = {0};
	struct text_list unknown _cleanup_(text_list_free) = {0};
	int r = list_pods(root, &compute, &unknown);
	struct text_list *pods = compute.n ? &compute : &unknown;

	text_list_sort(pods); /* what is read must not depend on the folder's order */
	for (size_t i = 0; i < pods->n && r == 0 && !ret->n; i++)
		r = take_pod(root, pods->text[i], ret);
	return r == 0 && compute.n && !ret->n ? -EOPNOTSUPP : r;
}

const char *deployment_teller(enum nova_deployment deployment, enum nova_service service)
{
	if (deployment == NOVA_IN_KOLLA)
		return kolla_configs[service];
	return deployment == NOVA_IN_KUBERNETES ? PODS : QUADLET;
}

int deployment_files(const struct root *root, enum nova_deployment deployment,
		     enum nova_service service, struct text_list *ret)
{
	int r = 0;

	if (deployment == NOVA_IN_KOLLA)
		return kolla_files(root, service, ret);
	if (deployment == NOVA_IN_KUBERNETES)
		return pod_files(root, ret);
	if (deployment == NOVA_IN_RHOSO)
		r = quadlet_files(root, ret);
	if (ret->n)
		return r;
	for (size_t i = 0; i < ARRAY_SIZE(fixed) && r == 0; i++)
		if (fixed[i].deployment == deployment &&
		    (service == NOVA_COMPUTE ? fixed[i].compute : fixed[i].others))
			r = text_list_add(ret, "%s", fixed[i].path);
	return r;
}
