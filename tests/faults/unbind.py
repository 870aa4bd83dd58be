# SPDX-License-Identifier: GPL-2.0-or-later
"""The bounded unbind and its child, where a call fails that they talk with: never a deadlock."""

import errno
import os
import subprocess

from tests.lib.trees import copy

TIMEOUT_S = 20
UNBIND = "sys/bus/pci/drivers/snd_hda_intel/unbind"
# Its driver had it before user space began: it is taken from it, at boot and by claim.
MACHINE = ["driver vfio-pci",
           "pci 0000:01:00.1 10de:0fb9 class=040300 group=13 parent=0000:00:01.0 "
           "driver=snd_hda_intel",
           f"f {UNBIND} old",
           "f etc/gpuclaim/gpuclaim.conf claim 10de:1c81\\n"]
ERRORS = (errno.EINTR, errno.ENOMEM, errno.EPIPE)


def check(lab, root, command, fault):
    """Complaints."""
    try:
        result = lab.run(command, timeout=TIMEOUT_S, FAULT=fault)
    except subprocess.TimeoutExpired:
        return ["hangs"]
    with open(os.path.join(root, UNBIND), encoding="ascii") as f:
        if f.read() == "old":
            return [f"nothing was unbound: {result.stdout}{result.stderr}"]
    # Who talks to nobody knows it at once, whatever time there is.
    if os.strerror(errno.ETIMEDOUT) in result.stdout + result.stderr:
        return [f"waits for the other: {result.stdout}{result.stderr}"]
    return [f"ends by signal {-result.returncode}"] if result.returncode < 0 else []


def run(lab, top):
    """(name, complaints) of each check."""
    root, pattern = os.path.join(top, "root"), os.path.join(top, "pattern")
    lab.build("gtx1050", pattern, *MACHINE)
    for command in ([lab.helper, "--root", root, "boot"],
                    [lab.companion, "claim", "0000:01:00.0", "--root", root]):
        for call in ("poll", "recv", "send"):
            for error in ERRORS:
                # Always: but a poll that is interrupted is made until the time is over.
                for times in (":1", ":2", ":30000" if call == "poll" else ""):
                    copy(pattern, root)
                    fault = f"{call}::{error}{times}"
                    yield f"{os.path.basename(command[0])}, {fault}", check(lab, root, command, fault)
