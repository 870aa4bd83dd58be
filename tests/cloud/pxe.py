# SPDX-License-Identifier: GPL-2.0-or-later
"""A compute node whose disk is empty: the network boots an installer, which sets it up."""

import contextlib
import functools
import http.server
import os
import shutil
import threading
from pathlib import Path

HERE = Path(__file__).resolve().parent
from tests.lab import guest
from tests.lib.checks import equal
from tests.lab.claims import CONSOLE_DEVICE
from tests.cloud.compute import LONG, UNITS, Compute, installed, lab_cards

SUITE = "trixie"
MODULES = "virtio_pci virtio_blk virtio_net ext4 crc32c_generic crc32c_intel".split()
# The node finds this over DHCP and TFTP; all else comes from a web server on this machine.
PXE = """\
#!ipxe
set base http://${{next-server}}:{port}
kernel ${{base}}/vmlinuz console=ttyS0 panic=-1 quiet no_timer_check mitigations=off || exit 1
initrd ${{base}}/initrd.img || exit 1
initrd ${{base}}/installer.sh /lab/script || exit 1
boot
"""
SCRIPT = """\
name={name}
units='{units}'
base=http://10.0.2.2:{port}
"""


def initramfs():
    """Of the installer, but for its script; the first call may take the network."""
    return guest.base(SUITE, MODULES)


class _Files(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@contextlib.contextmanager
def _served(folder):
    """The port at which a folder's files are to be had."""
    handler = functools.partial(_Files, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_port
        finally:
            server.shutdown()


class New(Compute):
    """A node that is started for the first time. `installer` is the machine that installed it."""
    starts = "boots from the network, is installed, and boots from its disk"
    origin = ", booted and installed over the network"

    def __init__(self, name, models, **fields):
        super().__init__(name, models, "/dev/null", **fields)
        self.installer = None

    def __exit__(self, *_):
        super().__exit__()
        shutil.rmtree(self.installer.folder)

    def start(self):
        os.truncate(self.node.disk, installed().stat().st_size)
        self._install()
        self.boot()

    def _lay_out(self, folder, port):
        """What the node loads: its boot script, the installer, the system."""
        script = SCRIPT.format(name=self.name, units=UNITS, port=port)
        (folder / "boot.ipxe").write_text(PXE.format(port=port))
        (folder / "vmlinuz").symlink_to(guest.kernel(SUITE) / "vmlinuz")
        (folder / "initrd.img").symlink_to(initramfs())
        (folder / "installer.sh").write_text(script + (HERE / "installer.sh").read_text())
        (folder / "system.img").symlink_to(installed())

    def _install(self):
        """One boot, from the network: as a node's management has it for the first time."""
        folder = self.node.folder / "served"
        folder.mkdir()
        devices = ["-netdev", f"user,id=net,tftp={folder},bootfile=boot.ipxe",
                   "-device", "virtio-net-pci,netdev=net,addr=0x3,bootindex=0"]
        with _served(folder) as port:
            self._lay_out(folder, port)
            self.installer = self.node.machine(
                "", cards=lab_cards(self.models), cpus=2, timeout=LONG,
                extra=[*CONSOLE_DEVICE, *devices], **self.fields)
            with self.installer as machine:
                machine.finish()
        equal(set(machine.statuses("install")), {0},
              f"exit codes of the installer: {machine.outputs('install')}")
