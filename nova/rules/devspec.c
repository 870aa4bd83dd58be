/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nova/rules/devspec.h"

#include <stdlib.h>

void devspecs_free(struct devspecs *specs)
{
	for (size_t i = 0; i < specs->n_roots; i++)
		py_value_free(specs->root[i]);
	free(specs->root);
	free(specs->spec);
	free(specs->doubt);
	nova_error_free(&specs->error);
	*specs = (struct devspecs){0};
}

const struct py_value *devspec_tag(const struct devspec *spec, const char *key)
{
	const struct py_value *value = py_dict_get(spec->dict, key);

	return value && value->type == PY_NONE ? NULL : value;
}
