/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/placement/credentials.h"

#include <stddef.h>
#include <string.h>
#include <yaml.h>

#include "helper/base/library.h"
#include "helper/base/text.h"

#define CLOUDS_MAX (1u << 20)

/* Each by its name in clouds.yaml and in the environment. */
static const struct {
	const char *key, *variable;
	size_t offset;
	bool top; /* beside "auth", not in it */
} fields[] = {
#define FIELD(name, variable, top)                                       \
	{                                                                \
#name, variable, offsetof(struct credentials, name), top \
	}
	FIELD(token, "OS_TOKEN", false),
	FIELD(auth_url, "OS_AUTH_URL", false),
	FIELD(username, "OS_USERNAME", false),
	FIELD(user_id, "OS_USER_ID", false),
	FIELD(password, "OS_PASSWORD", false),
	FIELD(user_domain_name, "OS_USER_DOMAIN_NAME", false),
	FIELD(user_domain_id, "OS_USER_DOMAIN_ID", false),
	FIELD(project_name, "OS_PROJECT_NAME", false),
	FIELD(project_id, "OS_PROJECT_ID", false),
	FIELD(project_domain_name, "OS_PROJECT_DOMAIN_NAME", false),
	FIELD(project_domain_id, "OS_PROJECT_DOMAIN_ID", false),
	FIELD(application_credential_id, "OS_APPLICATION_CREDENTIAL_ID", false),
	FIELD(application_credential_secret, "OS_APPLICATION_CREDENTIAL_SECRET", false),
	FIELD(region_name, "OS_REGION_NAME", true),
	FIELD(interface, "OS_INTERFACE", true),
	FIELD(cacert, "OS_CACERT", true),
#undef FIELD
};

/* What is used of libyaml. */
struct yaml {
	__typeof__(yaml_parser_initialize) *parser_initialize;
	__typeof__(yaml_parser_set_input_string) *parser_set_input_string;
	__typeof__(yaml_parser_load) *parser_load;
	__typeof__(yaml_parser_delete) *parser_delete;
	__typeof__(yaml_document_get_node) *get_node;
	__typeof__(yaml_document_get_root_node) *get_root_node;
	__typeof__(yaml_document_delete) *document_delete;
};

struct clouds {
	struct yaml yaml;
	yaml_document_t document;
};

static int load(struct yaml *yaml)
{
	static const char *const names[] = {"libyaml-0.so.2", NULL};
	const struct symbol symbols[] = {
		{"yaml_parser_initialize", &yaml->parser_initialize},
		{"yaml_parser_set_input_string", &yaml->parser_set_input_string},
		{"yaml_parser_load", &yaml->parser_load},
		{"yaml_parser_delete", &yaml->parser_delete},
		{"yaml_document_get_node", &yaml->get_node},
		{"yaml_document_get_root_node", &yaml->get_root_node},
		{"yaml_document_delete", &yaml->document_delete},
	};

	return library_open(names, symbols, ARRAY_SIZE(symbols));
}

static char **field(struct credentials *c, size_t i)
{
	return (char **)((char *)c + fields[i].offset);
}

void credentials_free(struct credentials *c)
{
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		char **text = field(c, i);

		if (*text)
			explicit_bzero(*text, strlen(*text));
		free(*text);
		*text = NULL;
	}
}

static int refuse(char **ret_error, const char *what, const char *cloud)
{
	int r = text_format(ret_error, "clouds.yaml: %s%s%s", what, cloud ? ": " : "",
			    cloud ? cloud : "");

	return r < 0 ? r : -EINVAL;
}

/* The value of a key in a mapping, or NULL. */
static const yaml_node_t *find(struct clouds *clouds, const yaml_node_t *mapping, const char *key)
{
	if (!mapping || mapping->type != YAML_MAPPING_NODE)
		return NULL;
	for (const yaml_node_pair_t *pair = mapping->data.mapping.pairs.start;
	     pair < mapping->data.mapping.pairs.top; pair++) {
		const yaml_node_t *name = clouds->yaml.get_node(&clouds->document, pair->key);

		if (name && name->type == YAML_SCALAR_NODE &&
		    strcmp((const char *)name->data.scalar.value, key) == 0)
			return clouds->yaml.get_node(&clouds->document, pair->value);
	}
	return NULL;
}

static int take_cloud(struct clouds *clouds, const yaml_node_t *entry, struct credentials *c)
{
	const yaml_node_t *auth = find(clouds, entry, "auth");

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		const yaml_node_t *value =
			find(clouds, fields[i].top ? entry : auth, fields[i].key);

		if (!value || value->type != YAML_SCALAR_NODE || *field(c, i))
			continue;
		*field(c, i) = strdup((const char *)value->data.scalar.value);
		if (!*field(c, i))
			return -ENOMEM;
	}
	return 0;
}

static int parse_cloud(const char *text, size_t size, const char *cloud, struct credentials *c,
		       char **ret_error)
{
	struct clouds clouds;
	struct yaml *yaml = &clouds.yaml;
	yaml_parser_t parser;
	const yaml_node_t *entry;
	int r;

	if (load(yaml) < 0)
		return refuse(ret_error, "libyaml-0.so.2 can't be opened: install libyaml", NULL);
	if (!yaml->parser_initialize(&parser))
		return -ENOMEM;
	yaml->parser_set_input_string(&parser, (const unsigned char *)text, size);
	if (!yaml->parser_load(&parser, &clouds.document)) {
		r = refuse(ret_error, parser.problem ? parser.problem : "it is not YAML", NULL);
		yaml->parser_delete(&parser);
		return r;
	}
	entry = find(&clouds, find(&clouds, yaml->get_root_node(&clouds.document), "clouds"),
		     cloud);
	r = entry ? take_cloud(&clouds, entry, c)
		  : refuse(ret_error, "there is no such cloud", cloud);
	yaml->document_delete(&clouds.document);
	yaml->parser_delete(&parser);
	return r;
}

static int read_text(const struct root *root, const char *path, char **ret, size_t *ret_size)
{
	return root_read_file(root, path + strspn(path, "/"), CLOUDS_MAX, ret, ret_size);
}

/* The first that is there. */
static int read_clouds(const struct root *root, char **ret, size_t *ret_size)
{
	const char *named = getenv("OS_CLIENT_CONFIG_FILE"), *home = getenv("HOME");
	_cleanup_free_ char *mine = NULL;
	int r;

	if (named && *named)
		return read_text(root, named, ret, ret_size);
	if (text_format(&mine, "%s/.config/openstack/clouds.yaml", home ? home : "") < 0)
		return -ENOMEM;
	r = read_text(root, mine, ret, ret_size);
	return r == -ENOENT ? read_text(root, "etc/openstack/clouds.yaml", ret, ret_size) : r;
}

static int read_cloud(const struct root *root, const char *cloud, struct credentials *c,
		      char **ret_error)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	int r = read_clouds(root, &text, &size);

	if (r == -ENOENT)
		return refuse(ret_error, "it is needed for OS_CLOUD, and is not there", NULL);
	if (r < 0)
		return r == -ENOMEM ? r : refuse(ret_error, strerror(-r), NULL);
	r = parse_cloud(text, size, cloud, c, ret_error);
	explicit_bzero(text, size);
	return r;
}

int credentials_read(const struct root *root, struct credentials *ret, char **ret_error)
{
	struct credentials c _cleanup_(credentials_free) = {0};
	const char *cloud = getenv("OS_CLOUD");
	int r = 0;

	if (cloud && *cloud)
		r = read_cloud(root, cloud, &c, ret_error);
	for (size_t i = 0; i < ARRAY_SIZE(fields) && r == 0; i++) {
		const char *value = getenv(fields[i].variable);

		if (!value || !*value || *field(&c, i))
			continue;
		*field(&c, i) = strdup(value);
		if (!*field(&c, i))
			r = -ENOMEM;
	}
	return HAND_OVER(r, ret, c);
}
