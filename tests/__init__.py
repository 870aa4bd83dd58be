# SPDX-License-Identifier: GPL-2.0-or-later
"""The tests: a folder for each part of the product, lib/ for what they share, check.py for all."""

import sys

from tests.lib import parts

parts.refuse_to_run_nothing(sys.orig_argv)
