/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/sync/login.h"

#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

#include "helper/base/text.h"
#include "nova/config/effective.h"

#define STATE_PATH     "/var/lib/nova"
#define COMPUTE_ID_MAX 4096

/* Each by its name in the section. */
static const struct {
	const char *key;
	size_t offset;
} fields[] = {
#define FIELD(key, member)                                \
	{                                                 \
		key, offsetof(struct credentials, member) \
	}
	FIELD("auth_url", auth_url),
	FIELD("username", username),
	FIELD("user_id", user_id),
	FIELD("password", password),
	FIELD("user_domain_name", user_domain_name),
	FIELD("user_domain_id", user_domain_id),
	FIELD("project_name", project_name),
	FIELD("project_id", project_id),
	FIELD("project_domain_name", project_domain_name),
	FIELD("project_domain_id", project_domain_id),
	FIELD("application_credential_id", application_credential_id),
	FIELD("application_credential_secret", application_credential_secret),
	FIELD("region_name", region_name),
	FIELD("cafile", cacert),
	FIELD("valid_interfaces", interface),
#undef FIELD
};

void sync_login_free(struct sync_login *login)
{
	credentials_free(&login->credentials);
	free(login->url);
	free(login->host);
	text_list_free(&login->compute);
	*login = (struct sync_login){0};
}

/* @ret stays NULL where it is not set, or can't be read. */
static int option(const struct effective *e, const char *section, const char *key, char **ret)
{
	const struct oslo_name name[] = {{section, key}, {NULL, NULL}};
	struct oslo_values values _cleanup_(oslo_values_free) = {0};
	int r = oslo_config_single(&e->config, name, &values);
	bool known = r == 0 && values.n && oslo_values_error(&values) == SIZE_MAX &&
		     values.value[0].text[0];

	if (known)
		r = text_copy(values.value[0].text, ret);
	if (values.n && values.value[0].text)
		explicit_bzero(values.value[0].text, strlen(values.value[0].text));
	return r;
}

/* "auth_section" names another section for all but the address. */
static int read_section(const struct effective *e, struct credentials *c)
{
	_cleanup_free_ char *other = NULL;
	int r = option(e, "placement", "auth_section", &other);

	for (size_t i = 0; i < ARRAY_SIZE(fields) && r == 0; i++) {
		char **text = (char **)((char *)c + fields[i].offset);

		if (other)
			r = option(e, other, fields[i].key, text);
		if (r == 0 && !*text)
			r = option(e, "placement", fields[i].key, text);
	}
	if (r == 0 && !c->user_domain_name && !c->user_domain_id)
		r = option(e, "placement", "default_domain_name", &c->user_domain_name);
	/* Nova's own default. */
	if (r == 0 && !c->interface)
		r = text_copy("internal,public", &c->interface);
	return r;
}

static int read_credentials(const struct root *root, const struct effective *e,
			    struct sync_login *login, char **error)
{
	struct credentials *c = &login->credentials;
	int r = read_section(e, c);

	if (r == 0 && c->auth_url && (c->password || c->application_credential_secret))
		return option(e, "placement", "endpoint_override", &login->url);
	credentials_free(c);
	return r < 0 ? r : credentials_read(root, c, error);
}

static bool is_known(const struct text_list *list, const char *text)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcasecmp(list->text[i], text) == 0)
			return true;
	return false;
}

/* Its folder is nova's, who may put there what it likes: nothing is waited for. */
static int read_regular(const struct root *root, const char *path, char **ret)
{
	_cleanup_close_ int fd = root_open_text(root, path);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	return S_ISREG(st.st_mode) ? root_read_fd(fd, COMPUTE_ID_MAX, ret, NULL) : -EOPNOTSUPP;
}

static int read_compute_id(const struct root *root, const char *folder, struct text_list *ret,
			   char **error)
{
	_cleanup_free_ char *path = NULL, *text = NULL;
	int r;

	if (text_format(&path, "%s/compute_id", folder + strspn(folder, "/")) < 0)
		return -ENOMEM;
	r = read_regular(root, path, &text);
	if (r == -ENOMEM || root_is_absent(r))
		return r == -ENOMEM ? r : 0;
	if (r == 0)
		text[strcspn(text, " \t\r\n")] = '\0';
	if (r == 0 && text_is_uuid(text))
		return is_known(ret, text) ? 0 : text_list_add(ret, "%s", text);
	r = text_format(error, "/%s: %s: nothing is known of this node's resource providers", path,
			r < 0 ? strerror(-r) : "this is no UUID");
	return r < 0 ? r : -EINVAL;
}

static int read_computes(const struct root *root, const struct effective *e, struct text_list *ret,
			 char **error)
{
	static const char *const places[] = {
		"var/lib/docker/volumes/nova_compute/_data",
		"var/lib/containers/storage/volumes/nova_compute/_data",
		"var/lib/openstack-helm/compute/nova",
		"var/snap/openstack-hypervisor/common/lib/nova",
	};
	_cleanup_free_ char *state = NULL;
	int r = option(e, "DEFAULT", "state_path", &state);

	if (r == 0)
		r = read_compute_id(root, STATE_PATH, ret, error);
	if (r == 0 && state)
		r = read_compute_id(root, state, ret, error);
	for (size_t i = 0; i < ARRAY_SIZE(places) && r == 0; i++)
		r = read_compute_id(root, places[i], ret, error);
	return r;
}

int sync_login_read(const struct root *root, struct sync_login *ret, char **error)
{
	struct sync_login login _cleanup_(sync_login_free) = {0};
	struct effective effective _cleanup_(effective_free) = {0};
	int r = effective_read(root, NULL, &effective);

	if (r == 0)
		r = read_credentials(root, &effective, &login, error);
	if (r == 0)
		r = option(&effective, "DEFAULT", "host", &login.host);
	if (r == 0)
		r = read_computes(root, &effective, &login.compute, error);
	return HAND_OVER(r, ret, login);
}
