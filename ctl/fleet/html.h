/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fleet as one page that needs nothing else: no network, no script. */
#ifndef GPUCLAIM_CTL_FLEET_HTML_H
#define GPUCLAIM_CTL_FLEET_HTML_H

#include <stdio.h>

#include "ctl/fleet/fleet.h"

/**
 * fleet_print_html() - print it
 *
 * Each table has a caption, and headings that say whether they are a row's or a column's, for
 * those who hear the page. What nodes and files are called is text, whatever is in it.
 *
 * Source: https://www.w3.org/WAI/tutorials/tables/
 */
void fleet_print_html(const struct fleet *fleet, const struct fleet_summary *summary, FILE *to);

#endif
