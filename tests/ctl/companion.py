# SPDX-License-Identifier: GPL-2.0-or-later
"""gpuclaimctl's reports on a machine, whose boot is recorded as gpuclaim would."""

import json
import os
import re
import shutil

from tests.ctl import options
from tests.lib import golden, programs

ADDRESS = re.compile(r"[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]")


class Companion:
    """gpuclaimctl, as golden.py asks it."""

    def __init__(self, program):
        self.program = program

    def run(self, folder, words):
        return programs.run(self.program, words[0], "--root", folder, *words[1:])

    def build(self, name, head, folder):
        """A machine with its own list of names."""
        golden.build(name, head, folder)
        path = os.path.join(folder, "usr/share/misc")
        os.makedirs(path, exist_ok=True)
        shutil.copy(os.path.join(os.path.dirname(os.path.abspath(__file__)), "pci.ids"), path)

    def write_record(self, folder, words):
        """The files that `gpuclaim boot` writes."""
        given = dict(word.split("=", 1) for word in words)
        verdicts = {k: v for k, v in given.items() if ADDRESS.fullmatch(k)}
        with open(os.path.join(folder, "proc/sys/kernel/random/boot_id"), encoding="ascii") as f:
            boot = given.get("boot", f.read().strip())
        report = json.loads(programs.run(programs.companion(sanitized=False), "status", "--json",
                                         "--root", folder).stdout)
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

    def list_unsourced(self, folder, words):
        """Of an explanation the facts that do not say where they are from."""
        result = self.run(folder, [*(word for word in words if word != "--json"), "--json"])
        functions = json.loads(result.stdout)["functions"] if result.returncode == 0 else []
        return [f"NO SOURCE: {fact['id']}" for function in functions for fact in function["facts"]
                if not fact["file"]]

    def report(self, folder, words):
        """What a verb prints, and what is wrong with how it does."""
        before = golden.facts(folder)
        result = self.run(folder, words)
        lines = golden.told(result)
        if words[0] == "explain":
            lines += self.list_unsourced(folder, words)
        if "--json" in words:
            try:
                json.loads(result.stdout)
            except ValueError as error:
                lines.append(f"NO JSON: {error}")
        if golden.facts(folder) != before:
            lines.append("THE TREE WAS CHANGED")
        if "\033" in result.stdout:
            lines.append("THERE IS COLOUR")
        return golden.without_hashes(lines)

    def command(self, folder, command):
        words = command.split()
        if words[0] == "terminal":
            text = options.on_terminal(self.program, folder, os.environ | {"NO_COLOR": "1"},
                                       words[2:], int(words[1]))
            wide = [line for line in text.splitlines() if len(line) > int(words[1])]
            return golden.without_hashes([*text.splitlines(), *("TOO WIDE" for _ in wide)])
        if words[0] == "record":
            self.write_record(folder, words[1:])
            return []
        return self.report(folder, words)
