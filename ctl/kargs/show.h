/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel arguments of a machine, printed. */
#ifndef GPUCLAIM_CTL_KARGS_SHOW_H
#define GPUCLAIM_CTL_KARGS_SHOW_H

#include <stdio.h>

#include "ctl/kargs/view.h"

/** kargs_show_text(), kargs_show_json() - print it. Return: 0 or -ENOMEM */
int kargs_show_text(const struct kargs_view *view, FILE *to) _must_check_;
int kargs_show_json(const struct kargs_view *view, FILE *to) _must_check_;

#endif
