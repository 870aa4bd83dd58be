# SPDX-License-Identifier: GPL-2.0-or-later
"""A real grubby as a witness: what it prints of the entries that `gpuclaimctl kargs apply` has edited.

    GRUBBY=FILE python3 -m tests.kargs.grubby [PART OF A TEST'S NAME]...

FILE is Red Hat's script for entries of the Boot Loader Specification (grubby-bls); it is not in this
tree. It only reads, and runs on this machine, where a program of its package that sorts, and GRUB's
that prints the environment block, have stand-ins.
"""

import json
import os
import re
import tempfile
from pathlib import Path

from tests.lib import programs, suite, trees
from tests.lib.checks import equal

TREES = ("rhel8", "rhel9", "rhel10", "fedora")
SORT = "#!/bin/sh\nexec sort -V\n"
EDITENV = "#!/bin/sh\nexec sed -n '/^[^#]/p' \"$1\"\n"
WITNESS = """\
mount -t tmpfs none /usr/libexec
mkdir /usr/libexec/grubby
cp "$1/rpm-sort" /usr/libexec/grubby
PATH=$1:$PATH
shift
exec bash "$@"
"""


def ctl(folder, *words):
    result = programs.run(programs.companion(), "kargs", *words, "--root", folder)
    equal(result.returncode, 0, f"exit code of {words}: {result.stdout}{result.stderr}")
    return result.stdout


def shown(folder):
    """{entry: its words}, as gpuclaimctl reads them."""
    return {Path(line["source"]).stem: line["cmdline"].split()
            for line in json.loads(ctl(folder, "show", "--json"))["lines"] if line["kind"] == "kernel"}


def witnessed(folder, tools):
    """The same, as grubby reads them: it tells the root apart."""
    for name, text in ("rpm-sort", SORT), ("grub2-editenv", EDITENV):
        (tools / name).write_text(text)
        (tools / name).chmod(0o755)
    result = programs.run("unshare", "--mount", "sh", "-euc", WITNESS, "sh", str(tools),
                          os.path.abspath(os.environ["GRUBBY"]), "--grub2", "--info=ALL",
                          f"--bls-directory={folder}/boot/loader/entries",
                          f"--env={folder}/boot/grub2/grubenv")
    equal(result.returncode, 0, f"exit code of grubby: {result.stdout}{result.stderr}")
    found = {}
    for block in re.split(r"(?m)^(?=index=)", result.stdout)[1:]:
        fields = dict(re.findall(r'(?m)^(\w+)="(.*)"$', block))
        found[fields["id"]] = [f"root={fields['root']}", *fields["args"].split()]
    return found


def expand(folder, entries):
    """GRUB's variables in them."""
    block = dict(re.findall(r"(?m)^(\w+)=(.*)$", (folder / "boot/grub2/grubenv").read_text()))
    return {name: " ".join(block.get(word[1:], word) if word[0] == "$" else word
                           for word in words).split() for name, words in entries.items()}


def claims(words):
    """The last one counts."""
    return [word for word in words if word.startswith("gpuclaim=")][-1:] == ["gpuclaim=1"]


def look(folder, tools, action):
    """grubby sees the words that we see, and changes nothing; a rescue entry never claims."""
    before = trees.snapshot(folder)
    seen, ours = (expand(folder, entries) for entries in (witnessed(folder, tools), shown(folder)))
    equal({entry: sorted(words) for entry, words in seen.items()},
          {entry: sorted(words) for entry, words in ours.items()}, f"{action}: grubby's words")
    equal(trees.differences(before, trees.snapshot(folder)), [], "what grubby has changed")
    for entry, words in seen.items():
        equal(claims(words), action == "apply" and "rescue" not in entry, f"{action}: {entry} {words}")


def see(name):
    """Before, with the arguments, and once they are taken back."""
    with tempfile.TemporaryDirectory() as work:
        folder, tools = Path(work, "tree"), Path(work, "tools")
        tools.mkdir()
        trees.build(name, folder)
        look(folder, tools, "before")
        for action in "apply", "revert":
            ctl(folder, action)
            look(folder, tools, action)


def main():
    if not os.environ.get("GRUBBY"):
        suite.skip("no GRUBBY=FILE names a grubby")
    suite.need_mounts()
    suite.end(*suite.run(suite.chosen([(name, see, name) for name in TREES])))


if __name__ == "__main__":
    main()
