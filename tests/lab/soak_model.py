# SPDX-License-Identifier: GPL-2.0-or-later
"""What a boot must make of a machine: the soak's model, written from the contract's words alone.

It takes from the kernel which functions there are, with their groups and drivers before the run, and
from the random machine what the machine was told. It is small on purpose, and knows nothing of how
the product decides.
"""

DISPLAYS = ("03", "12")
COMPANIONS = ("0403", "0c03", "0c80")
BRIDGES = ("0600", "0601", "0604")
NO_DRIVER = ("1022:1649",)          # no module of the guest takes it
OURS = ("claimed", "already-claimed")


class Model:
    """The verdicts that are right for a machine."""

    def __init__(self, soaked, functions, vfs=(), with_vfs=(), vga=()):
        self.soaked, self.functions = soaked, functions
        self.vfs, self.with_vfs, self.vga = vfs, with_vfs, vga
        self.settings = {} if soaked.broken else soaked.settings
        self.gpus = [a for a, f in functions.items()
                     if f.klass[:2] in DISPLAYS and a not in vfs]
        self.claims = [line for line in soaked.lines if line.word == "claim" and self.counts(line)]
        self.skips = [line for line in soaked.lines if line.word == "skip"]

    def counts(self, line):
        """A broken file voids the lines of all files; those that wait for gpuclaim=1 do."""
        armed = self.settings.get("arm") != "karg" or self.soaked.switch == "gpuclaim=1"
        return line.karg or (not self.soaked.broken and armed)

    def unit(self, gpu):
        """The GPU and what comes along."""
        if self.settings.get("companions") == "none":
            return [gpu]
        vendor = self.functions[gpu].id[:4]
        return [a for a, f in self.functions.items() if a == gpu or (
            a[:-1] == gpu[:-1] and a not in self.vfs and f.id[:4] == vendor
            and f.klass[:4] in COMPANIONS)]

    def matches(self, line, address):
        function = self.functions[address]
        return (line.place in ("", address) and line.matches_ids(function.id)
                and function.klass.startswith(line.klass))

    def named(self, gpu):
        """What the lines say of a GPU; None: it is to be claimed."""
        if self.soaked.switch == "gpuclaim=0":
            return "switched-off"
        if any(self.matches(skip, a) for skip in self.skips for a in self.unit(gpu)):
            return "skipped"
        ids = self.functions[gpu].id
        if any(c.place == gpu and not c.matches_ids(ids) for c in self.claims):
            return "identity-mismatch"
        return None if any(self.matches(c, gpu) for c in self.claims) else "not-selected"

    def alone(self, gpu):
        """Its verdict as far as its group has no part in it; None: it may be claimed."""
        if self.named(gpu):
            return self.named(gpu)
        function = self.functions[gpu]
        if function.group == "-":
            return "iommu-off-firmware" if self.soaked.iommu == "none" else "iommu-off-kernel"
        if function.driver == "vfio-pci":
            return "already-claimed"
        if gpu in self.with_vfs:
            return "pf-with-vfs"
        if gpu in self.vga and self.settings.get("boot-vga") != "allow":
            return "boot-vga"
        if function.driver != "-" and self.settings.get("rebind") != "yes":
            return "in-use"
        return None

    def fits(self, address, ours):
        """May a member of a group be there?"""
        function = self.functions[address]
        return address in ours or function.klass[:4] in BRIDGES or function.id in NO_DRIVER

    def viable(self, gpu, ours):
        groups = {self.functions[a].group for a in self.unit(gpu)}
        return all(self.fits(a, ours) for a, f in self.functions.items() if f.group in groups)

    def of_gpus(self):
        """{GPU: verdict}: one that its group keeps back keeps back the others in there."""
        verdicts = {gpu: self.alone(gpu) or "claimed" for gpu in self.gpus}
        while True:
            ours = {a for gpu, v in verdicts.items() if v in OURS for a in self.unit(gpu)}
            kept = [gpu for gpu, v in verdicts.items()
                    if v == "claimed" and not self.viable(gpu, ours)]
            if not kept:
                return verdicts
            verdicts |= dict.fromkeys(kept, "group-not-viable")

    def verdicts(self):
        """{function: verdict}, of all displays and what comes along with them."""
        found = {a: v for gpu, v in self.of_gpus().items() for a in self.unit(gpu)}
        off = self.soaked.switch == "gpuclaim=0"
        for vf in self.vfs:
            skipped = any(self.matches(skip, vf) for skip in self.skips)
            found[vf] = "switched-off" if off else "skipped" if skipped else "not-selected"
        return found
