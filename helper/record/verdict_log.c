/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/record/verdict_log.h"

#include <stdio.h>

#include "helper/base/log.h"

void verdict_log(int level, const struct pci_address *address, enum verdict verdict,
		 const char *why)
{
	const char *word = verdict_name(verdict);
	char a[PCI_ADDRESS_MAX], fields[256];

	pci_address_format(address, a);
	(void)snprintf(fields, sizeof(fields),
		       "MESSAGE_ID=%s\nGPUCLAIM_ADDRESS=%s\nGPUCLAIM_VERDICT=%s\n",
		       verdict_message_id(verdict), a, word);
	log_with_fields(level, fields, "%s: %s: %s", a, word, why);
}
