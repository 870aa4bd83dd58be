# SPDX-License-Identifier: GPL-2.0-or-later
"""A virtual machine with emulated cards."""

import functools
import json
import queue
import re
import socket
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.lab import guest
from tests.lab.emulated import Card
from tests.lib.checks import Failure, check

HERE = Path(__file__).resolve().parent
TIMEOUT = 240
FIRST_SLOT = 4              # of the root ports; SeaBIOS numbers their buses in this order
PORTS_A_SLOT = 8
DEAD = re.compile(r"Kernel panic|Freezing execution")
ACCELERATORS = {"tcg": "tcg,thread=multi", "kvm": "kvm"}
COUNTED = ["-accel", "tcg,thread=single", "-icount", "shift=0,sleep=off"]
IOMMUS = {
    "none": [],
    "intel": ["intel-iommu,intremap={intremap},caching-mode=on"],
    "amd": ["amd-iommu,intremap={intremap},xtsup=off,dma-remap=on"],
    "virtio": ["virtio-iommu-pci,addr=0x3"],
}


class Qmp:
    """QEMU's control socket: qmp("device_del", id="card0-1")."""

    def __init__(self, path, alive):
        self.socket = socket.socket(socket.AF_UNIX)
        while True:
            try:
                self.socket.connect(str(path))
                break
            except (FileNotFoundError, ConnectionRefusedError):
                check(alive(), "QEMU did not start")
                time.sleep(0.05)
        self.socket.settimeout(TIMEOUT)
        self.file = self.socket.makefile("rw")
        self.events = []
        self._read()
        self("qmp_capabilities")

    def _read(self):
        line = self.file.readline()
        check(line, "QEMU closed its control socket")
        return json.loads(line)

    def __call__(self, command, **arguments):
        self.file.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.file.flush()
        while "event" in (answer := self._read()):
            self.events.append(answer)
        check("error" not in answer, f"{command}: {answer.get('error', {}).get('desc')}")
        return answer["return"]

    def wait_event(self, name, **data):
        """Takes the first such event from those that came, or waits for it."""
        while True:
            for event in self.events:
                if event["event"] == name and data.items() <= event.get("data", {}).items():
                    self.events.remove(event)
                    return event
            self.events.append(self._read())

    def close(self):
        self.file.close()
        self.socket.close()


@dataclass
class Device:
    """A PCI function as the guest's `facts` saw it; "-" and "(null)" are the kernel's."""
    id: str
    klass: str
    driver: str
    override: str
    group: str


@dataclass
class Machine:
    """One virtual machine and its cards; a context manager that ends them."""
    folders = threading.local()     # .mine: the folders of the machines of this test
    cards: list = field(default_factory=list)
    script: str = ""
    iommu: str = "intel"
    intremap: bool = True
    suite: str = "trixie"           # whose kernel the busybox guest has
    append: str = ""                # more of its kernel command line
    files: dict = field(default_factory=dict)       # name: content, in its initramfs
    programs: dict = field(default_factory=dict)    # name: program here, with its libraries
    asks: dict = field(default_factory=dict)
    kernel: str | None = None       # with disk: boot these instead of its boot loader
    initrd: str | None = None
    cmdline: str = ""
    disk: str | None = None
    snapshot: bool = True           # what the guest writes to the disk is thrown away
    in_memory: bool = False         # the disk is memory (/dev/pmem0), which nobody waits for
    counted: bool = False           # an instruction is 1 ns, what the guest idles is skipped
    firmware: str | None = None     # a folder with OVMF's code.fd and vars.fd; None: SeaBIOS
    network: str | None = None      # a folder: its boot.ipxe is booted over QEMU's own TFTP
    extra: list = field(default_factory=list)       # more arguments of QEMU
    bridge_devices: list = field(default_factory=list)  # -device arguments behind the bridge
    switch_devices: list = field(default_factory=list)  # the same, each on a port of the switch
    memory: str = "1G"
    cpus: int = 1
    timeout: int = TIMEOUT
    accel: str | None = None        # None: KVM where it works, else TCG

    def __post_init__(self):
        self.cards = [Card(c) if isinstance(c, str) else c for c in self.cards]
        self.lines, self.arrived = [], queue.Queue()
        self.qmp = self.process = None

    # --- beginning and end

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="gpuclaim-lab-"))
        self.folders.__dict__.setdefault("mine", []).append(self.folder)
        self.deadline = time.monotonic() + self.timeout
        try:
            for i, card in enumerate(self.cards):
                card.start(self.folder / f"card{i}", f"card{i}")
            self._start_qemu()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, *_):
        self._stop()

    def _start_qemu(self):
        argv = ["timeout", "--kill-after=5", str(self.timeout + 10), *self.arguments()]
        with open(self.folder / "qemu.log", "wb") as log:
            self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            stderr=log)
        threading.Thread(target=self._listen, daemon=True).start()
        try:
            self.qmp = Qmp(self.folder / "qmp", lambda: self.process.poll() is None)
        except (Failure, ConnectionError) as e:
            raise Failure(f"{e}: {self.qemu_log()}") from None

    def _listen(self):
        with open(self.folder / "lines", "wb", buffering=0) as copy:
            for raw in self.process.stdout:
                copy.write(raw)
                self.arrived.put(raw.decode(errors="replace").rstrip("\r\n"))
        self.arrived.put(None)

    def _stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait()
            self.process.stdin.close()
        if self.qmp:
            self.qmp.close()
        for card in self.cards:
            card.stop()

    # --- the command line

    def arguments(self):
        accel = "tcg" if self.counted else self.accel or acceleration()
        argv = [qemu(), *(COUNTED if self.counted else ["-accel", ACCELERATORS[accel]]),
                "-cpu", "max" if accel == "tcg" else "host", "-smp", str(self.cpus), "-m", self.memory,
                "-machine", "q35,kernel-irqchip=split,memory-backend=ram",
                # Hotplug by the ports themselves, as in servers; ACPI's leaves the ports'
                # link status wrong, and a bus reset then fails.
                "-global", "ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off",
                "-object", f"memory-backend-memfd,id=ram,size={self.memory},share=on",
                "-nodefaults", "-vga", "none", "-display", "none", "-no-reboot",
                "-serial", f"file:{self.folder / 'console'}",
                "-chardev", "stdio,id=lab,signal=off", "-serial", "chardev:lab",
                "-monitor", "none", "-qmp", f"unix:{self.folder / 'qmp'},server=on,wait=off"]
        for device in IOMMUS[self.iommu]:
            argv += ["-device", device.format(intremap="on" if self.intremap else "off")]
        return argv + self._card_arguments() + self._boot_arguments() + self.extra

    def _card_arguments(self):
        argv, ports, behind = [], 0, [c for c in self.cards if c.place == "bridge"]
        for card in self.cards:
            if card.place == "port":
                argv += ["-device", port_argument(f"port{ports}", ports)]
                card.bus, card.slot = f"port{ports}", 0
                ports += 1
        if behind or self.bridge_devices:
            argv += ["-device", port_argument("port-bridge", ports),
                     "-device", "pcie-pci-bridge,id=bridge,bus=port-bridge"]
            ports += 1
        for i, card in enumerate(behind):
            card.bus, card.slot = "bridge", i + 1
        for device in self.bridge_devices:
            argv += ["-device", f"{device},bus=bridge"]
        argv += self._switch_arguments(ports)
        for card in self.cards:
            if card.present:
                for device in card.devices():
                    argv += ["-device", json.dumps(device)]
        return argv

    def _switch_arguments(self, port):
        """One switch for all that is placed behind it, with a downstream port for each."""
        cards = [c for c in self.cards if c.place == "switch"]
        if not cards and not self.switch_devices:
            return []
        argv = ["-device", port_argument("port-switch", port),
                "-device", "x3130-upstream,id=switch,bus=port-switch"]
        for i in range(len(cards) + len(self.switch_devices)):
            argv += ["-device", f"xio3130-downstream,id=switch{i},bus=switch,addr={i:#x},"
                                f"chassis={port + 2 + i}"]
        for i, card in enumerate(cards):
            card.bus, card.slot = f"switch{i}", 0
        for i, device in enumerate(self.switch_devices, len(cards)):
            argv += ["-device", f"{device},bus=switch{i}"]
        return argv

    def _boot_arguments(self):
        argv = []
        if self.network:
            return ["-netdev", f"user,id=net,restrict=on,tftp={self.network},bootfile=boot.ipxe",
                    "-device", "virtio-net-pci,netdev=net,addr=0x2"]
        if self.disk:
            argv += self._disk_arguments()
            if self.kernel:
                argv += ["-kernel", self.kernel, "-append", self.cmdline]
            if self.initrd:
                argv += ["-initrd", self.initrd]
            if self.firmware:
                argv += ["-drive", f"if=pflash,format=raw,readonly=on,file={self.firmware}/code.fd",
                         "-drive", f"if=pflash,format=raw,file={self.firmware}/vars.fd"]
            return argv
        initrd = self.folder / "initrd"
        with open(initrd, "wb") as out:
            out.write(guest.base(self.suite).read_bytes())
            out.write(guest.overlay(self.script, self.files, self.programs))
        # no_timer_check: on a busy host the kernel may find that its timer does not tick.
        cmdline = ("console=ttyS0 panic=-1 quiet loglevel=6 no_timer_check intel_iommu=on "
                   + self.append)
        return ["-kernel", str(guest.kernel(self.suite) / "vmlinuz"), "-initrd", str(initrd),
                "-append", cmdline]

    def _disk_arguments(self):
        if self.in_memory:
            return ["-machine", "nvdimm=on", "-m", f"{self.memory},slots=1,maxmem=64G",
                    "-object", "memory-backend-file,id=disk,share=off,prealloc=off,"
                               f"mem-path={self.disk},size={Path(self.disk).stat().st_size}",
                    "-device", "nvdimm,memdev=disk"]
        snapshot = "on" if self.snapshot else "off"
        return ["-drive", f"file={self.disk},format=raw,if=none,id=disk,snapshot={snapshot}",
                "-device", "virtio-blk-pci,drive=disk,addr=0x2"]

    # --- while it runs

    def plug(self, card):
        """Hotplugs a card whose port was empty."""
        for device in card.devices():
            self.qmp("device_add", **device)
        card.present = True

    def unplug(self, card):
        """Asks the guest to let go of a card, as an operator at the slot's button would."""
        self.qmp("device_del", id=f"{card.name}-0")

    def send(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def console(self):
        path = self.folder / "console"
        return path.read_text(errors="replace") if path.exists() else ""

    def qemu_log(self):
        """The end of what QEMU itself had to say."""
        return (self.folder / "qemu.log").read_bytes()[-2000:].decode(errors="replace").strip()

    def _next_line(self):
        """The next line on ttyS1; None when the guest has ended."""
        while True:
            try:
                return self.arrived.get(timeout=0.5)
            except queue.Empty:
                dead = DEAD.search(self.console())
                check(not dead, f"the guest died: {dead and self.console()[dead.start():][:200]}")
                check(time.monotonic() < self.deadline, f"no end after {self.timeout} s")

    def wait_for(self, pattern):
        """Reads the guest's lines, answering its questions, up to one that matches."""
        while True:
            line = self._next_line()
            check(line is not None, f"the guest ended without {pattern!r}: {self.tail()}")
            self.lines.append(line)
            if line.startswith("LAB ask "):
                self.send(str(self.asks[line[8:]](self) or "ok"))
            if re.search(pattern, line):
                return line

    def finish(self):
        """Until the script's end, and QEMU's."""
        self.wait_for(r"^LAB end$")
        while self._next_line() is not None:
            pass
        self.process.wait()
        return self

    def tail(self):
        return " | ".join(self.lines[-3:] + self.console().splitlines()[-5:]
                          + self.qemu_log().splitlines()[-3:])

    # --- what the script said

    def case(self, name=None):
        """The lines of one `begin NAME`, or of everything before the first."""
        found, here = [], name is None
        for line in self.lines:
            if line.startswith("LAB case "):
                here = line[9:] == name
            elif here:
                found.append(line)
        return found

    def devices(self, case=None):
        """What the last `facts` of a case (or of the script) said, by address."""
        found = {}
        for line in self.case(case):
            words = line.split(" ")
            if words[:2] != ["LAB", "dev"]:
                continue
            values = dict(w.split("=", 1) for w in words[3:])
            found[words[2]] = Device(values["id"], values["class"], values["driver"],
                                     values["override"], values["group"])
        return found

    def outputs(self, case=None):
        """What the `run` commands of a case printed."""
        return [line[8:] for line in self.case(case) if line.startswith("LAB out ")]

    def statuses(self, case=None):
        return [int(line[7:]) for line in self.case(case) if line.startswith("LAB rc ")]

    def vfiouse(self, address, case=None):
        """The last result of vfiouse for this function: {key: value}."""
        found = None
        for line in self.case(case):
            words = line.removeprefix("LAB out ").split(" ")
            if words[:2] == ["vfiouse", address]:
                found = dict(w.split("=", 1) for w in words[2:])
        check(found is not None, f"vfiouse was not run for {address}")
        return found


def port_argument(name, n):
    slot, function = FIRST_SLOT + n // PORTS_A_SLOT, n % PORTS_A_SLOT
    return (f"pcie-root-port,id={name},bus=pcie.0,chassis={n + 1},io-reserve=0,"
            f"addr={slot:#x}.{function},multifunction=on")


@functools.cache
def qemu():
    """The QEMU to use; the first call may take minutes, to fetch one."""
    return subprocess.run([HERE / "qemu.sh"], check=True, stdout=subprocess.PIPE,
                          text=True).stdout.strip()


def _kvm_works():
    """A short boot: /dev/kvm may be there and guests hang all the same."""
    try:
        with Machine(accel="kvm", timeout=20) as m:
            m.finish()
        return True
    except (Failure, OSError):
        return False


_acceleration_lock = threading.Lock()


def acceleration():
    """"kvm" or "tcg"; found out once in the life of this machine."""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    known = guest.CACHE / f"accel-{boot}"
    with _acceleration_lock:
        if not known.exists():
            found = "kvm" if Path("/dev/kvm").exists() and _kvm_works() else "tcg"
            known.write_text(found)
    return known.read_text()
