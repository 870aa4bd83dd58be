# SPDX-License-Identifier: GPL-2.0-or-later
"""Does gpuclaim read Nova's configuration files as the real oslo.config does?

Generated trees of files and command lines, read by build/tests/judge-nova and by oslo.config of
Debian's packages in the chroots of chroot.sh. GPUCLAIM_SEED repeats a run.
"""

import base64
import json
import os
import random
import re
import shutil
import subprocess
import tempfile
import time

from tests.lib import suite
from tests.nova.chroots import HERE, JUDGE, RELEASES, ask, chroot

IN_CHROOT = ('for f in tmp etc/nova var/lib/nova usr/share/nova; do mkdir -p "$1/$f" && '
             'mount -t tmpfs tmpfs "$1/$f" || exit 1; done; '
             'cp "$2" "$1/tmp/" && exec chroot "$1" env LANG=C.UTF-8 python3 -W ignore "/tmp/${2##*/}"')
UNIT = "usr/lib/systemd/system/nova-compute.service"
PLACES = ["/etc/nova/nova.conf", "/etc/nova/nova-compute.conf", "/var/lib/nova/nova.conf",
          "/var/lib/nova/.nova/nova.conf", "/usr/share/nova/other.conf"]
FOLDERS = ["/etc/nova/nova.conf.d", "/etc/nova/nova-compute.conf.d", "/var/lib/nova/nova.conf.d",
           "/etc/nova/extra"]
TEXTS = ['{"vendor_id":"10de"}', '[{"address":"0000:01:00.0"}]', '"quoted"', "'single'", "'odd\"", '"',
         "a # not a comment", "a ; nor this", "$word", "${word}x", "$$word", "\\$word", "$", "41$", "$}",
         "${word", "$my_ip", "${pci.word}", "", "a = b", "a : b", "\u00e9\u3000",
         "\u00a0x\u00a0", "x\x0b", "\x1cx", "a\x00b", "\\$$word", "$$$word", "$\\$word", "$word$word"]
BOOLEANS = ["true", "True", "1", "yes", "on", "false", "0", "no", "OFF", "ja", "", '"true"', '" true"',
            "y", "t", "true # x", "$word"]
OPTIONS = [("pci", "device_spec", TEXTS), ("pci", "passthrough_whitelist", TEXTS),
           ("DEFAULT", "pci_passthrough_whitelist", TEXTS), ("pci", "alias", TEXTS),
           ("DEFAULT", "pci_alias", TEXTS), ("pci", "report_in_placement", BOOLEANS),
           ("filter_scheduler", "pci_in_placement", BOOLEANS), ("pci", "Device_Spec", TEXTS),
           ("pci", "device-spec", TEXTS)]
MISTAKES = ["no assignment", " continuation", "[pci", "[]", "= x", ": x", "\t", "  # x", "[ pci ]",
            "\ufeff[pci]", "key", "[pci] # x", "\x0bdevice_spec=x", "device_spec x = y"]


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def one(self, *choices):
        return self.random.choice(choices)

    def some(self, chance):
        return self.random.random() < chance

    def section(self, name):
        if name == "DEFAULT":
            return self.one(name, name, name, "default")
        return self.one(name, name, name, name.upper(), name.title())

    def assignment(self):
        section, key, texts = self.one(*OPTIONS)
        text = self.one(*texts)
        lines = [f"[{self.section(section)}]"] if self.some(0.9) else []
        lines.append(key + self.one("=", " = ", ": ", "\t=\t", " =") + text + self.one("", "", " ", "\t"))
        while self.some(0.15):
            lines.append(self.one(" ", "\t", "    ") + self.one(*TEXTS, "# no comment"))
        return lines

    def text(self):
        """A file; what $word and $my_ip stand for is always there, so that it can be told."""
        lines = ["[DEFAULT]", "my_ip = 10.0.0.1", "[pci]", "word = w"]
        for _ in range(self.one(1, 2, 3, 5)):
            lines += self.assignment()
            if self.some(0.4):
                lines.append(self.one("", "# comment", "; comment", "other = 1", "[libvirt]"))
            if self.some(0.04):
                lines.insert(self.one(0, *range(4, len(lines))), self.one(*MISTAKES))
        newline = self.one("\n", "\n", "\n", "\r\n", "\r")
        data = newline.join(lines) + self.one(newline, newline, "")
        data = data.encode()
        if self.some(0.02):
            data = self.one(b"\xef\xbb\xbf" + data, data + b"# \xff\n", b"# \xed\xa0\x80\n" + data,
                            b"# \xc0\x80\n" + data, data.decode().encode("utf-16"))
        return data

    def case(self):
        files = {p: self.text() for p in PLACES if self.some(0.35)}
        for folder in FOLDERS:
            for name in ("10-a.conf", "60-gpuclaim.conf", "a.conf", "B.conf", ".hidden.conf", "x.txt",
                         "conf", "\u00e4.conf"):
                if self.some(0.1):
                    files[f"{folder}/{name}"] = self.text()
        if self.some(0.02):
            files["/etc/nova/nova.conf.d/50-dangling.conf"] = ""
        if self.some(0.02):
            files["/etc/nova/nova.conf.d/50-folder.conf"] = None
        arguments = []
        while self.some(0.3):
            path = self.one(*PLACES) if self.some(0.7) else self.one(*FOLDERS)
            option = "--config-dir" if path in FOLDERS else "--config-file"
            arguments += [f"{option}={path}"] if self.some(0.7) else [option, path]
        return {"files": files, "arguments": arguments}


def write(top, case):
    """The case's files and a unit, below a folder."""
    shutil.rmtree(top, ignore_errors=True)
    files = {UNIT: "[Service]\nExecStart=/usr/bin/nova-compute " + " ".join(case["arguments"]) + "\n"}
    files.update(case["files"])
    for path, data in files.items():
        path = f"{top}/{path.lstrip('/')}"
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if data is None:
            os.makedirs(path)
        elif data == "":
            os.symlink("nowhere", path)
        else:
            with open(path, "wb") as file:
                file.write(data.encode() if isinstance(data, str) else data)


def encode(data):
    return base64.b64encode(data).decode() if isinstance(data, bytes) else data


def plain(error):
    """Details of the text that versions of Python and oslo.config word differently."""
    if not error:
        return None
    kind, text = error
    if kind == "UnicodeDecodeError":
        return [kind]
    text = text.replace(r"\x00", r"\x01")
    text = re.sub(r"started before assignment: (None|'')$", "started before assignment", text)
    return [kind, re.sub(r"^(Failed to find some config files): .*", r"\1", text)]


def plain_value(value):
    return [v.replace("\x00", "\x01") for v in value]


def boolean(values):
    word = values[-1].lower() if values else "false"
    return {"true": True, "1": True, "on": True, "yes": True, "false": False, "0": False, "off": False,
            "no": False}.get(word)


def differences(ours, real):
    a, b = plain(ours["error"]), plain(real["error"])
    if a or b:
        return [] if a == b else [f"error: {a}, oslo.config: {b}"]
    found = []
    for key in ("device_spec", "alias"):
        if ours[key] != plain_value(real[key]):
            found.append(f"{key}: {ours[key]}, oslo.config: {real[key]}")
    for key in ("report_in_placement", "pci_in_placement"):
        theirs = None if isinstance(real[key], list) else real[key]
        if boolean(ours[key]) != theirs:
            found.append(f"{key}: {ours[key]}, oslo.config: {real[key]}")
    return found


def compare(debian, cases, ours):
    folder = chroot(debian)
    if not folder:
        print(f"not ok - {debian}: no chroot")
        return 0, 1
    start = time.monotonic()
    lines = "".join(json.dumps({**c, "files": {p: encode(d) for p, d in c["files"].items()}}) + "\n"
                    for c in cases)
    real = ask(["unshare", "-m", "sh", "-c", IN_CHROOT, "sh", folder, f"{HERE}/oslo_worker.py"], lines,
               300)
    failed = 0
    for i, (case, a, b) in enumerate(zip(cases, ours, real, strict=True)):
        found = differences(a, b)
        failed += bool(found)
        if found and failed < 10:
            print(f"not ok - {debian}: case {i}", *found, case["arguments"],
                  *case["files"].items(), sep="\n  ")
    print(f"# {debian}: {len(cases) - failed} alike, {failed} not, {time.monotonic() - start:.0f} s")
    return len(cases) - failed, failed


def main():
    seed = os.environ.get("GPUCLAIM_SEED", "20261123")
    n = 5000 if suite.full() else 1000
    print(f"# GPUCLAIM_SEED={seed}")
    generator = Generator(seed)
    cases = [generator.case() for _ in range(n)]
    with tempfile.TemporaryDirectory(prefix="gpuclaim-oslo-") as top, \
            subprocess.Popen([JUDGE], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as judge:
        ours = []
        for case in cases:
            write(f"{top}/root", case)
            judge.stdin.write(json.dumps({"root": f"{top}/root"}).encode() + b"\n")
            judge.stdin.flush()
            ours.append(json.loads(judge.stdout.readline()))
        judge.stdin.close()
    suite.end(*suite.add(compare(debian, cases, ours)
                         for debian, _, decides in RELEASES if decides))


if __name__ == "__main__":
    main()
