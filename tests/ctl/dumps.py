# SPDX-License-Identifier: GPL-2.0-or-later
"""Test gpuclaimctl dump: a machine that is made of its dump is the same machine.

    python3 -m tests.ctl.dumps [NAME]...        of the fixtures

Every machine of ../fixtures, or a variant of it in golden/ and ../helper/golden (in a full run all of
them), is dumped, made again by expand.py, and has to give the same scan, the same status and the same decision. The dump is
made by the sanitized program; what is held against each other are words of those that are shipped.
"""

import glob
import os
import re
import shutil
import sys
import tempfile
import zlib

from tests.ctl.companion import Companion
from tests.fixtures import expand as description
from tests.lib import golden, programs, suite

GOLDEN = [(os.path.join(programs.TOP, f"tests/{folder}/golden"), most)
          for folder, most in (("ctl", 3), ("helper", 1))]
# Nova's configuration and other people's scripts may hold secrets: no dump has them.
LEFT_OUT = ("etc/nova", "var/lib/kubelet", "var/snap", "etc/initramfs-tools/scripts", "etc/cron.d",
            "etc/rc.local", "etc/libvirt/hooks", "etc/udev/rules.d", "etc/systemd/system/*.service",
            "usr/lib/dracut/modules.d", "etc/modprobe.d/*[!f]")
REPORTS = [["scan"], ["scan", "--json"], ["status", "--verbose"], ["status", "--json"]]


def dump(program, folder):
    """Its text; the tree must stay as it is."""
    before = golden.facts(folder)
    result = programs.run(program, "dump", "--root", folder)
    if result.returncode or result.stderr:
        return None, f"dump: {result}"
    if golden.facts(folder) != before:
        return None, "dump changed the tree"
    return result.stdout, ""


# A dump has no registers from 100h on, which tell which way peer-to-peer goes: in text and in JSON.
PEERS = r'(?m)^hint  peer-to-peer .*\n(?:      .*\n)*|\{[^{}]*"peer-to-peer"[^{}]*\},?\s*'


def reports(folder):
    """All that the machine is told to be."""
    texts = []
    for words in REPORTS:
        result = programs.run(programs.companion(sanitized=False), *words, "--root", folder)
        # No dump tells the node's name.
        out = re.sub(r'"host": .*', '"host": null,', re.sub(PEERS, "", golden.without_time(result.stdout)))
        texts.append(f"$ {words}\n{out}{result.stderr}exit {result.returncode}")
    result = programs.run(programs.helper(sanitized=False), "--root", folder, "boot", "--dry-run")
    texts.append("$ boot\n" + "\n".join(golden.told(result)))
    return texts


def expand(text, folder):
    path = os.path.join(folder, "dump.tree")
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    tree = os.path.join(folder, "tree")
    os.mkdir(tree)
    description.expand(path, tree)
    return tree


def statements(text):
    return [line for line in text.splitlines() if not line.startswith("#")]


def compare(program, folder):
    """What is wrong, or ""."""
    for pattern in LEFT_OUT:
        for path in glob.glob(f"{folder}/{pattern}"):
            shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)
    text, problem = dump(program, folder)
    if problem:
        return problem
    with tempfile.TemporaryDirectory() as other:
        tree = expand(text, other)
        for here, there in zip(reports(folder), reports(tree)):
            if here != there:
                return f"--- the machine\n{here}\n--- its dump's\n{there}"
        again, problem = dump(programs.companion(sanitized=False), tree)
        if not problem and statements(again) != statements(text):
            problem = f"the dump of its dump is another one\n{again}"
        return problem


def variants(name):
    """(title, head, commands) of a fixture: itself, those with a record, one with a claim."""
    yield name, [], []
    for folder, most in GOLDEN:
        path = os.path.join(folder, f"{name}.out")
        if not os.path.exists(path):
            continue
        with open(path, encoding="utf-8") as f:
            sections = [s for s in golden.split_sections(f.read())
                        if len(s[0]) > 1 and not any(line.startswith("+ x sys") for line in s[0])]
        for head, commands in sections[:most]:
            yield f"{name} {head[0]}", head, commands


def chosen(name):
    """All of them in a full run, or if it is the only one; else one, by the seed."""
    all_of_it = list(variants(name))
    if suite.full() or sys.argv[1:]:
        return all_of_it
    return [all_of_it[(zlib.crc32(name.encode()) + suite.seed()) % len(all_of_it)]]


def check_variant(program, name, head, commands):
    companion = Companion(program)
    with tempfile.TemporaryDirectory() as folder:
        companion.build(name, head, folder)
        os.unlink(f"{folder}/usr/share/misc/pci.ids")   # what is called how is no fact
        for events, command in commands:
            if command is None:
                golden.happen(folder, events)
            elif command.startswith("record"):
                companion.write_record(folder, command.split()[1:])
        return compare(program, folder)


SECRETS = ["node-17", "secret", "192.0.2.1", "52:54:00", "SERIAL", "0a1b2c3d", "customer"]


def privacy(program):
    """What could tell whose machine it is does not get into a dump."""
    config = bytearray(4096)
    config[0x0e] = 1
    config[0x34] = 0x40
    config[0x40:0x48] = b"\x03\x50SERIAL"           # vital product data
    config[0x50:0x54] = b"\x10\x00\x42\x00"
    config[0x100:0x10c] = b"\x03\x00\x01\x00SERIAL\x00\x00"
    with tempfile.TemporaryDirectory() as folder:
        golden.build("gtx1050", [
            "conf # the GPU of customer 7", "conf claim 10de:1c81 # of node-17",
            "karg root=UUID=0a1b2c3d ip=192.0.2.1::: ifname=eth0:52:54:00:00:00:01 "
            "inst.ks=http://node-17/ks systemd.hostname=node-17 gpuclaim=1 -- secret",
            "+ f etc/hostname node-17\\n",
            "+ f etc/modprobe.d/a.conf # customer\\noptions vfio-pci ids=1:2\\noptions x k=secret",
            "+ f proc/sys/kernel/random/boot_id 0a1b2c3d-0000-4000-8000-0a1b2c3d0a1b\\n",
            "+ f sys/class/net/eth0/address 52:54:00:00:00:01\\n",
            "+ f sys/class/dmi/id/product_serial SERIAL\\n",
            "+ f run/gpuclaim/boot BOOT_ID=0a1b2c3d-0000-4000-8000-0a1b2c3d0a1b\\nSTAGE=initramfs\\n",
            ], folder)
        with open(f"{folder}/sys/bus/pci/devices/0000:00:01.0/config", "wb") as f:
            f.write(config)
        text, problem = dump(program, folder)
    found = [word for word in SECRETS if word in (text or "")]
    needed = [word for word in ("gpuclaim=1", "claim 10de:1c81", "ids=1:2", "BOOT_ID=00000000")
              if word not in (text or "")]
    return problem or (f"found {found}, missed {needed}\n{text}" if found or needed else "")


def no_machine(program):
    """A tree that is no machine has no dump."""
    with tempfile.TemporaryDirectory() as folder:
        result = programs.run(program, "dump", "--root", folder)
    good = result.returncode == 4 and not result.stdout and "no sys/bus/pci" in result.stderr
    return "" if good else str(result)


def old_kernel(program):
    """Before Linux 5.15 no list of methods tells that a GPU can be reset, only "reset" itself."""
    with tempfile.TemporaryDirectory() as folder:
        golden.build("gtx1050", ["conf claim 10de:1c81", "karg gpuclaim=1"], folder)
        for path in glob.glob(f"{folder}/sys/bus/pci/devices/*/reset_method"):
            os.rename(path, os.path.join(os.path.dirname(path), "reset"))
        for path in glob.glob(f"{folder}/sys/bus/pci/devices/*/reset"):
            with open(path, "w", encoding="ascii"):
                pass
        return compare(program, folder)


def joined_aliases(program):
    """In an initramfs's list of aliases a digit of any ID may be several, the vendor's, too."""
    mine, others = "alias pci:v000010[8D]Ed00001C81* -", "alias pci:v000010[35]Ed00001C81* -"
    with tempfile.TemporaryDirectory() as folder:
        golden.build("gtx1050", [f"+ f usr/lib/gpuclaim/modules.pci {mine}\\n{others}\\n"], folder)
        text, problem = dump(program, folder)
    return problem or ("" if mine in text and others not in text else text)


def odd_files(program):
    """Modes, masks, odd bytes and names in the configuration."""
    with tempfile.TemporaryDirectory() as folder:
        golden.build("gtx1050", [
            "+ f etc/gpuclaim/gpuclaim.conf claim 10de:1c81\\t# x\\n\\n# y\\nz \\x01\\xff\\\\n",
            "+ f etc/gpuclaim/gpuclaim.conf.d/10-a.conf skip 1:2 #a\\r\\n",
            "+ m etc/gpuclaim/gpuclaim.conf.d/10-a.conf 666",
            "+ l etc/gpuclaim/gpuclaim.conf.d/20-b.conf /dev/null",
            "+ f usr/lib/gpuclaim/gpuclaim.conf.d/20-b.conf claim 10de:1c81\\n",
            "+ f run/gpuclaim/gpuclaim.conf.d/30-c.conf ",
            ], folder)
        return compare(program, folder)


def open_nodes(program):
    """Who may open a GPU's nodes."""
    with tempfile.TemporaryDirectory() as folder:
        golden.build("two-nodes", ["conf claim 10de:*", "+ m dev/vfio/11 604", "+ m dev/vfio/21 660"], folder)
        return compare(program, folder)


def main():
    names = sys.argv[1:]
    every = sorted(os.path.basename(path).removesuffix(".tree")
                   for path in glob.glob(os.path.join(programs.FIXTURES, "*.tree")))
    program = programs.companion()
    results = [suite.tell(title, [problem] if problem else [])
               for name in names or suite.some(every)
               for title, head, commands in chosen(name)
               for problem in [check_variant(program, name, head, commands)]]
    if not names:
        results += [suite.tell(test.__name__, [problem] if problem else [])
                    for test in (privacy, no_machine, old_kernel, joined_aliases, odd_files, open_nodes)
                    for problem in [test(program)]]
    suite.end(*suite.add(results))


if __name__ == "__main__":
    main()
