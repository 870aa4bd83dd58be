# SPDX-License-Identifier: GPL-2.0-or-later
"""A compute node: Debian 13 with nova-compute and libvirt, set up by `gpuclaimctl setup`.

    with Compute("compute1", ["gtx1050"], joined("compute1", ["gtx1050"], WITH_GPUCLAIM)) as node:
        node.run("gpuclaimctl status")

What gpuclaim does here its own setup has done, in the node, once; the disk as it was then is kept
in the cache, for as long as neither the product nor the node changes.
"""

import queue
import re
import shutil
from pathlib import Path

HERE = Path(__file__).resolve().parent
from tests.cloud import newer
from tests.lab import disk
from tests.lab import image
from tests.lib.checks import check, equal
from tests.lab.claims import CONSOLE_DEVICE
from tests.lab.emulated import Card

TREE = "trixie-compute"
SETUP = "gpuclaimctl setup --all-gpus --alias gtx1050 --placement"
UNITS = "libvirtd.service libvirtd.socket nova-compute.service openvswitch-switch.service \
ovn-host.service neutron-ovn-metadata-agent.service cloud-network.service cloud-outside.service"
LONG = 3600
# A VGA of its own for the host's console, and the way to the controller.
DEVICES = [*CONSOLE_DEVICE, "-netdev", "user,id=net",
           "-device", "virtio-net-pci,netdev=net,addr=0x3,romfile="]

# The node obeys: a command, its output, its exit status, the next one.
SERVE = """
while command=$(ask command) && [ "$command" != end ]; do
	begin "$((n += 1))"
	run eval "$command"
done
"""
INSTALL = f"""
echo {{name}} >/etc/hostname
echo 127.0.1.1 {{name}} >>/etc/hosts
{{before}}
systemctl enable --quiet {UNITS}
"""
WITH_GPUCLAIM = f"""
install_product
begin setup; run {SETUP} --yes
"""
# The same, and Placement is kept true while the node runs.
WITH_SYNC = WITH_GPUCLAIM.replace("--yes", "--sync --yes")
# The same, and a one-time-use GPU is given back by itself.
ONE_TIME = f"""{WITH_SYNC}
echo 'set return-to-service=auto' >/etc/gpuclaim/gpuclaim.conf.d/70-return.conf
"""

SPEC_BY_ID = """\
[pci]
device_spec = {"vendor_id":"10de","product_id":"1c81"}
alias = {"name":"gtx1050","vendor_id":"10de","product_id":"1c81","device_type":"type-PCI",\
"resource_class":"CUSTOM_PCI_10DE_1C81"}
report_in_placement = true
"""
# The same claims, but of Nova's configuration there is what everybody writes.
BY_ID = f"""
install_product
begin setup; run gpuclaimctl setup --all-gpus --no-nova --yes
cat >/etc/nova/nova.conf.d/50-gpus.conf <<'END'
{SPEC_BY_ID}END
"""


def _files():
    """What lies above the tree: the node's configuration."""
    top = HERE / "compute"
    found = {str(p.relative_to(top)): p.read_text() for p in top.rglob("*") if p.is_file()}
    return found | {"etc/nova/nova.conf": (HERE / "nova.conf").read_text()}


def installed():
    """The disk of a node that has neither joined the cloud nor heard of gpuclaim."""
    layers, script = [image.layer(_files()), *newer.above(TREE)], HERE / "compute.sh"
    parts = [image.tree(TREE).name, *(layer.name for layer in layers), script.read_bytes()]
    parts += [(disk.HERE / f).read_bytes() for f in ("disk.py", "disk.sh", "tree.sh")]

    def make(path):
        disk.build(path, TREE, ":".join(map(str, layers)), f"{script} $ROOT")

    return image.cached(f"disk-{TREE}", ".img", parts, make)


def lab_cards(models):
    """The lab's cards: of MODEL, or MODEL@PLACE."""
    return [Card(*model.split("@")) for model in models]


def joined(name, models, before):
    """The disk of a node that has these GPUs, and will join at the next boot."""
    source, script = installed(), INSTALL.format(name=name, before=before)
    parts = [source.name, image.stage().name, models, script]

    def make(path):
        with disk.Node(TREE, source) as node:
            machine = node.boot(script, cards=lab_cards(models), timeout=LONG, extra=CONSOLE_DEVICE)
            for code in machine.statuses("setup"):
                equal(code, 0, f"exit code of setup: {machine.outputs('setup')}")
            node.disk.rename(path)
            shutil.rmtree(machine.folder)

    return image.cached(f"disk-{name}", ".img", parts, make)


class Compute:
    """A node that runs. `machine` is that of the lab, with its cards."""
    starts = "boots"
    origin = ""             # more of it, for the page

    def __init__(self, name, models, source, memory="3G", **fields):
        self.name, self.models, self.fields = name, models, {"memory": memory, **fields}
        self.node = disk.Node(TREE, source)
        self.commands = queue.Queue()
        self.machine = None

    def __enter__(self):
        self.node.__enter__()
        try:
            self.start()
        except BaseException:
            self.node.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.machine.__exit__()
        shutil.rmtree(self.machine.folder)
        self.node.__exit__()

    def start(self):
        """From power-on to the boot from its disk."""
        self.boot()

    def boot(self):
        self.machine = self.node.machine(
            SERVE, cards=lab_cards(self.models), extra=DEVICES, cpus=2, timeout=10 * LONG,
            asks={"command": lambda _: self.commands.get()}, **self.fields)
        self.machine.__enter__()

    def run(self, command, codes=(0,)):
        """The lines that a command of the node's prints."""
        self.commands.put(command)
        self.machine.wait_for("^LAB rc ")
        last = len(self.machine.lines) - 1
        begin = max(i for i in range(last) if self.machine.lines[i].startswith("LAB case "))
        lines = [line[8:] for line in self.machine.lines[begin:last] if line.startswith("LAB out ")]
        code = int(self.machine.lines[last][7:])
        check(code in codes, f"{self.name}: {command!r} ended with {code}: {lines[-5:]}")
        return lines

    def reboot(self):
        """As its operator would: everything on it is stopped, and the machine starts anew."""
        self.commands.put("systemctl --no-block reboot; sleep 600")
        self.machine.wait_for("^LAB case ")
        self.machine.process.wait(LONG)
        self.machine.__exit__()
        shutil.rmtree(self.machine.folder)
        self.boot()

    def wait(self):
        """Until it obeys."""
        self.run("true")

    def status(self):
        """(exit code, first line) of `gpuclaimctl status`."""
        lines = self.run("gpuclaimctl status; echo $?")
        return int(lines[-1]), lines[0]

    def hostdevs(self, instance):
        """What libvirt gives a virtual machine: [(address, managed)]."""
        xml = "\n".join(self.run(f"virsh dumpxml {instance}"))
        found = []
        for managed, inner in re.findall(r"<hostdev [^>]*managed='(\w+)'>(.*?)</hostdev>", xml, re.S):
            source = re.search(r"<source>.*?domain='0x(\w+)' bus='0x(\w+)' slot='0x(\w+)' "
                               r"function='0x(\w)'", inner, re.S)
            found.append(("{}:{}:{}.{}".format(*source.groups()), managed))
        return found

    def drivers(self):
        """{address: driver} of the GPUs' functions."""
        words = [line.split() for line in self.run("facts") if line.startswith("LAB dev ")]
        return {w[2]: w[5].removeprefix("driver=") for w in words if w[3].startswith("id=10de:")}


def gpu(number):
    """The address of the node's GPU with this number, from 0."""
    return f"0000:{number + 1:02x}:00.0"


def provider(name, address):
    """What Nova calls a node's GPU in Placement."""
    return f"{name}_{address.upper()}"
