#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Test gpuclaimctl: its reports against golden/, its options, its terminal.

    run.py [--update] [NAME]...

golden/NAME.out is written as ../golden/'s files are (see ../golden.py), about
the machines in ../fixtures. Its commands are gpuclaimctl's verbs with their
options, and

    $ record [config=HASH] [boot=ID] [stage=STAGE] [ADDRESS=VERDICT]...

which leaves the boot record that a run of gpuclaim would, by default of
this boot and with the configuration there is. No verb tested here may change a byte, and each JSON
report must be understood by a JSON parser.

All of it runs with build-san/gpuclaimctl where that is up to date, else with
build/gpuclaimctl; GPUCLAIMCTL names another one.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(TOP, "tests"))
sys.path.insert(0, HERE)
import golden  # noqa: E402  pylint: disable=wrong-import-position
import options  # noqa: E402  pylint: disable=wrong-import-position

ADDRESS = re.compile(r"[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]")


class Companion:
    """gpuclaimctl, and what golden.py needs to know about it."""

    def __init__(self, program):
        self.program = program
        self.build_machine = golden.build

    def run(self, folder, words):
        return subprocess.run([self.program, words[0], "--root", folder, *words[1:]],
                              capture_output=True, stdin=subprocess.DEVNULL, text=True,
                              timeout=60, check=False)

    def build(self, name, head, folder):
        """A machine with its own list of names."""
        self.build_machine(name, head, folder)
        path = os.path.join(folder, "usr/share/misc")
        os.makedirs(path, exist_ok=True)
        shutil.copy(os.path.join(HERE, "pci.ids"), path)

    def write_record(self, folder, words):
        """The files that `gpuclaim boot` writes."""
        given = dict(word.split("=", 1) for word in words)
        verdicts = {k: v for k, v in given.items() if ADDRESS.fullmatch(k)}
        with open(os.path.join(folder, "proc/sys/kernel/random/boot_id"), encoding="ascii") as f:
            boot = given.get("boot", f.read().strip())
        report = json.loads(self.run(folder, ["status", "--json"]).stdout)
        config = given.get("config", report["configuration"])
        stage = given.get("stage", "initramfs")
        head = f"BOOT_ID={boot}\nSTAGE={stage}\nCONFIG={config}\n"
        run = os.path.join(folder, "run/gpuclaim")
        os.makedirs(run, exist_ok=True)
        gpus = [verdict for address, verdict in verdicts.items() if address.endswith("0")]
        with open(os.path.join(run, "boot"), "w", encoding="ascii") as f:
            f.write(f"{head}GPUS={len(gpus)}\n"
                    f"CLAIMED={sum(v.endswith('claimed') for v in gpus)}\nTIME_MS=1500\n")
        for address, verdict in verdicts.items():
            driver = "vfio-pci" if verdict.endswith("claimed") else ""
            with open(os.path.join(run, address), "w", encoding="ascii") as f:
                f.write(f"{head}ADDRESS={address}\nGPU={address[:-1]}0\nID=10de:0000\n"
                        f"ROLE={'gpu' if address.endswith('0') else 'companion'}\n"
                        f"VERDICT={verdict}\nDRIVER={driver}\nTIME_MS=1500\nWHY=as recorded\n")

    def report(self, folder, words):
        """What a verb prints, and what is wrong with how it does."""
        before = golden.checksum(folder)
        result = self.run(folder, words)
        lines = result.stdout.splitlines()
        lines += [f"! {line}" for line in result.stderr.splitlines()]
        lines.append(f"exit {result.returncode}")
        if "--json" in words:
            parsed = subprocess.run([sys.executable, "-m", "json.tool"], input=result.stdout,
                                    capture_output=True, text=True, check=False)
            lines += [f"NO JSON: {line}" for line in parsed.stderr.splitlines()]
        if golden.checksum(folder) != before:
            lines.append("THE TREE WAS CHANGED")
        if "\033" in result.stdout:
            lines.append("THERE IS COLOUR")
        return [re.sub(r"\b[0-9a-f]{16}\b", "HASH", line) for line in lines]

    def command(self, folder, command):
        words = command.split()
        if words[0] == "record":
            self.write_record(folder, words[1:])
            return []
        return self.report(folder, words)


def main():
    update = "--update" in sys.argv
    names = [a for a in sys.argv[1:] if not a.startswith("-")]
    passed = failed = 0
    program = golden.companion()
    good, bad = golden.check_with(Companion(program), HERE, names, update)
    passed, failed = passed + good, failed + bad
    with tempfile.TemporaryDirectory() as folder:
        good, bad = (0, 0) if names else options.run(program, folder)
    passed, failed = passed + good, failed + bad
    print(f"{passed} passed, {failed} failed, 0 skipped")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
