# SPDX-License-Identifier: GPL-2.0-or-later
"""A disk that stands for Windows 11's: what starts from it must be signed, where the firmware asks so.

Debian's shim has Microsoft's signature, as Windows' own loader has; GRUB has Debian's. GRUB says on the
serial port whether Secure Boot is in force: then, and then only, it has locked itself down.
"""

import subprocess
import tempfile
from pathlib import Path

SAYS = "Secure Boot: lockdown="
GRUB = f"""\
serial --unit=0 --speed=115200
terminal_output serial
echo "{SAYS}$lockdown"
echo "GRUB end"
sleep 1000000
"""


def disk(tree, path):
    """Made from the tree's shim and GRUB."""
    with tempfile.NamedTemporaryFile("w") as config:
        config.write(GRUB)
        config.flush()
        files = {Path(tree, "usr/lib/shim/shimx64.efi.signed"): "EFI/BOOT/BOOTX64.EFI",
                 Path(tree, "usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed"):
                 "EFI/BOOT/grubx64.efi", config.name: "EFI/debian/grub.cfg"}
        _run("mformat", "-C", "-i", path, "-T", "20480", "-h", "16", "-s", "63", "::")
        _run("mmd", "-i", path, "::EFI", "::EFI/BOOT", "::EFI/debian")
        for source, name in files.items():
            _run("mcopy", "-i", path, source, f"::{name}")


def _run(*argv):
    subprocess.run(argv, check=True)
