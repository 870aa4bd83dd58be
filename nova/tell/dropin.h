/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The drop-in for nova-compute: its text, and what an existing one says. Pure. */
#ifndef GPUCLAIM_NOVA_TELL_DROPIN_H
#define GPUCLAIM_NOVA_TELL_DROPIN_H

#include "nova/tell/plan.h"

#define NOVA_DROPIN_PATH "etc/nova/nova.conf.d/60-gpuclaim.conf"
/* Its line, with Placement. */
#define NOVA_DROPIN_REPORT "report_in_placement = true\n"

/**
 * struct nova_dropin - what its first line says
 *
 * "# gpuclaim-nova 1 hash=HASH release=installed|NAME placement=yes|no shared-groups=yes|no
 * alias=NAME numa-policy=POLICY traits=LIST tags=LIST", the last four only where they were asked
 * for: how it was made, so that it is made the same way again. With Placement a line above
 * report_in_placement says since when it is there; 0.1.0 wrote none.
 *
 * @options:	@options.release is 0 where it follows the Nova that is installed
 * @intact:	nobody edited it: the hash is that of all that follows it
 * @reverted:	it is what `nova revert` left: report_in_placement alone
 */
struct nova_dropin {
	struct nova_options options;
	bool intact, reverted;
};

/**
 * nova_dropin_parse() - read the first line
 *
 * Return: 0, or -EBADMSG if it is none of ours; @ret untouched.
 */
int nova_dropin_parse(const char *text, struct nova_dropin *ret) _must_check_;

/**
 * nova_dropin_render() - the whole text
 * @pinned:	the release was asked for, rather than found
 * @ret:	to be freed; untouched on failure
 *
 * Return: 0 or -ENOMEM.
 */
int nova_dropin_render(const struct nova_plan *plan, bool pinned, char **ret) _must_check_;

/**
 * nova_dropin_refresh() - another list of GPUs, everything else as it stands
 * @text:	an intact one that is not reverted
 *
 * Return: 0, -EBADMSG if it has no [pci] section, or -ENOMEM.
 */
int nova_dropin_refresh(const char *text, const struct nova_plan *plan, char **ret) _must_check_;

/**
 * nova_dropin_shrink() - without those of its devices that another text does not list
 * @text:	an intact one that is not reverted
 * @ret_n:	how many it lists
 *
 * Return: 0 or -ENOMEM.
 */
int nova_dropin_shrink(const char *text, const char *other, char **ret, size_t *ret_n) _must_check_;

/** nova_dropin_has_aliases() - it has some, or says which other file has them */
bool nova_dropin_has_aliases(const char *text);

/**
 * nova_dropin_revert() - what has to stay of it
 * @text:	intact or edited
 * @ours:	what we last wrote: these lines go from an edited one
 * @keep_report: report_in_placement stays, with what says since when
 * @ret:	to be freed; NULL if nothing has to stay. Others' lines do
 *
 * Return: 0 or -ENOMEM.
 */
int nova_dropin_revert(const char *text, const char *ours, bool keep_report,
		       char **ret) _must_check_;

/** nova_dropin_reports() - does it set report_in_placement? NULL does not */
bool nova_dropin_reports(const char *text);

/** nova_spec_option() - "device_spec", or what it was called before Zed */
const char *nova_spec_option(unsigned release);

#endif
