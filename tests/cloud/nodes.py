# SPDX-License-Identifier: GPL-2.0-or-later
"""The compute nodes there can be, and which test begins with which."""

from tests.cloud import newer
from tests.cloud.compute import BY_ID, ONE_TIME, WITH_GPUCLAIM, WITH_SYNC, Compute, joined

PAIR = ["gtx1050", "gtx1050@bridge"]
RESETTABLE = "gtx1050+flr"     # by itself, as those for data centres
# name: (cards, how it is set up)
NODES = {"compute1": (["gtx1050"], WITH_GPUCLAIM), "compute10": ([RESETTABLE] * 10, WITH_GPUCLAIM),
         "compute2": (PAIR, WITH_GPUCLAIM), "compute3": (PAIR, BY_ID),
         "compute5": ([RESETTABLE] * 2, WITH_GPUCLAIM), "compute6": ([RESETTABLE] * 2, BY_ID),
         "compute7": ([RESETTABLE] * 2, WITH_SYNC), "compute8": ([RESETTABLE], ONE_TIME)}
# Debian 13's Nova knows no one-time use; all else is shown with it.
USES = {"one_time": ["compute8"]} if newer.is_chosen() else {
    "one_gpu": ["compute1"], "dashboard": ["compute1"], "reboot": ["compute1"],
    "linux": ["compute1"], "replaced": ["compute1"], "no_dhcp": ["compute1"],
    "wrong_alias": ["compute1"],
    "tenants": ["compute1"], "windows": ["compute1"], "ten_gpus": ["compute10"],
    "failed_card": ["compute2", "compute3"], "stuck_flr": ["compute5", "compute6"],
    "dying": ["compute7"]}


def chosen(words):
    """The tests that are chosen with these words."""
    return [test for test in USES if not words or any(w in test for w in words)]


def nodes(words):
    """(name, cards, how) of the nodes that they begin with."""
    used = {node for test in chosen(words) for node in USES[test]}
    return [(name, *how) for name, how in NODES.items() if name in used]


def node_of(name, **fields):
    cards, how = NODES[name]
    return Compute(name, cards, joined(name, cards, how), **fields)
