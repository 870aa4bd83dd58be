# SPDX-License-Identifier: GPL-2.0-or-later
"""What must be shown of a cloud whose compute nodes gpuclaim has set up."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lab"))
# pylint: disable=wrong-import-position
import lab              # noqa: E402
from api import until   # noqa: E402
from compute import WITH_GPUCLAIM, gpu  # noqa: E402
from lab import case, equal     # noqa: E402
from progress import heading, step  # noqa: E402

cloud = None            # the Cloud, while it runs


# name: (cards, how it is set up)
NODES = {"compute1": (["gtx1050"], WITH_GPUCLAIM)}
USES = {"one_gpu": "compute1"}


def nodes(words):
    """(name, cards, how) of the nodes of the tests that are chosen with these words."""
    chosen = {node for test, node in USES.items() if not words or any(w in test for w in words)}
    return [(name, *how) for name, how in NODES.items() if name in chosen]


@lab.test
def one_gpu():
    heading("2. A compute node with one GPU")
    node, card = cloud.start("compute1", *NODES["compute1"]), gpu(0)
    provider = f"compute1_{card}"
    with case("claimed at boot by what setup wrote"):
        equal(node.status(), (0, "ready"), "gpuclaimctl status: exit code, first line")
        equal(set(node.drivers().values()), {"vfio-pci"}, "drivers of the GPU's functions")
    with case("Placement has the GPU"):
        equal(until("provider", cloud.api.gpus), {provider: (1, 0)}, "providers: GPUs, used")
    node.run("mark 1")
    first = cloud.server("server1")
    with case("the first server has the GPU, and reads its memory"):
        cloud.judge_serves(first, card)
    with case("no native driver touched the card from power-on to the first server"):
        equal(node.machine.cards[0].bar_accesses(until=1), [], "accesses to the card's memory")
        equal(node.run("grep -cE '^(nouveau|nvidia) ' /proc/modules || :"), ["0"], "native modules")
    second = cloud.server("server2")
    with case("the second is refused: No valid host, and the GPU is the reason"):
        cloud.judge_refused(second)
        equal(cloud.api.gpus(), {provider: (1, 1)}, "providers: GPUs, used")
    step("both are deleted", cloud.clear)
    with case("the GPU stays claimed, and is free again"):
        equal(set(node.drivers().values()), {"vfio-pci"}, "drivers of the GPU's functions")
        equal(cloud.api.gpus(), {provider: (1, 0)}, "providers: GPUs, used")
    third = cloud.server("server3")
    with case("the next server is given it"):
        cloud.judge_serves(third, card)
