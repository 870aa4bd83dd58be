/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "ctl/readiness/checks.h"
#include "ctl/verify/node.h"

void check_nova_whitelist(const struct check_input *check_input, struct check *check)
{
	const struct facts *facts = check_input->facts;
	struct nova_judgement judgement _cleanup_nova_judgement_ = {0};
	struct nova_situation situation;
	int r;

	if (!facts->nova) {
		check_say(check, facts->nova_error ? STATE_WARN : STATE_SKIP, NULL,
			  "Nova's configuration %s%s",
			  facts->nova_error ? "can't be read: " : "is not looked at",
			  facts->nova_error ? strerror(-facts->nova_error) : "");
		return;
	}
	if (!facts->nova->effective.config.n &&
	    !nova_error_is_ours(&facts->nova->effective.error)) {
		check_say(check, STATE_SKIP, NULL, "there is no configuration of Nova's");
		return;
	}
	situation = nova_node_situation(facts->nova, facts->device, check_input->result,
					facts->n_devices);
	r = nova_judge(&situation, &judgement);
	if (r < 0)
		check_say(check, STATE_FAIL, NULL, "Nova's configuration can't be judged: %s",
			  strerror(-r));
	else
		nova_whitelist_check(&situation, &judgement, check);
}
