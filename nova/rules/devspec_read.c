/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nova/rules/devspec_read.h"

#include <string.h>

#include "helper/base/text_buffer.h"
#include "nova/rules/release.h"

int devspec_refuse_config(struct reading *reading, const char *reason)
{
	if (nova_accepts(reading->rules->release, NOVA_DEVICE_SPEC))
		return devspec_refuse(reading, "PciConfigInvalidSpec",
				      "Invalid [pci]device_spec config: %s", reason);
	return devspec_refuse(reading, "PciConfigInvalidWhitelist",
			      "Invalid PCI devices Whitelist config: %s", reason);
}

char *devspec_reason(const char *before, const struct py_value *value, const char *after)
{
	struct text_buffer to _cleanup_text_buffer_ = {0};

	text_add(&to, before);
	py_str(value, &to);
	text_add(&to, after);
	return text_take_or_null(&to);
}

int devspec_doubt(struct reading *reading, const char *why)
{
	reading->specs->doubt = strdup(why);
	return reading->specs->doubt ? 1 : -ENOMEM;
}
