# SPDX-License-Identifier: GPL-2.0-or-later
"""Files of what a program says about machines, and how they are held against what it says now.

golden/NAME.out is about the machine NAME. Each of its sections starts with a fresh copy of it:

    == TITLE            what the section shows
    conf LINE           a line of /etc/gpuclaim/gpuclaim.conf
    karg WORDS          more kernel arguments
    + LINE              one more line of the machine's description; after a "$" line
                        (d, f, l, m, x only) something that happens meanwhile
    $ COMMAND           what the session of the suite makes of it; then what that prints,
                        standard error's lines after "! ", and the exit code

--update writes what is printed now: to be read before it is committed.
"""

import glob
import os
import re
import sys
import tempfile

from tests.fixtures import expand
from tests.lib import suite
from tests.lib.programs import FIXTURES


def facts(folder):
    """Of every path what changes when it is written to: its inode, kind, mode, size and times."""
    result = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            stat = entry.stat(follow_symlinks=False)
            result[entry.path] = (stat.st_ino, stat.st_mode, stat.st_uid, stat.st_gid, stat.st_size,
                                  stat.st_mtime_ns, stat.st_ctime_ns)
            if entry.is_dir(follow_symlinks=False):
                result |= facts(entry.path)
    return result


def show_file(folder, path):
    """Its text, read in the tree and never through a link that leads out of it."""
    try:
        with open(expand.Tree(folder).at(path), encoding="utf-8") as f:
            return f.read().splitlines()
    except FileNotFoundError:
        return ["(no such file)"]


def told(result):
    """The lines that a program printed, and its exit code."""
    lines = result.stdout.splitlines()
    lines += [f"! {line}" for line in result.stderr.splitlines()]
    return [*lines, f"exit {result.returncode}"]


def without_hashes(lines):
    """They change with each word of the configuration's language; and the time with each run."""
    return [re.sub(r"\b[0-9a-f]{16}\b", "HASH", without_time(line)) for line in lines]


def without_time(text):
    return re.sub(r'("time": )"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"', r'\1"TIME"', text)


def split_sections(text):
    """[(head lines, [(happenings, command)])], outputs left out."""
    sections = []
    for line in text.splitlines():
        if line.startswith("== "):
            sections.append(([line], []))
        elif line.startswith("$ "):
            sections[-1][1].append([[], line[2:]])
        elif line.startswith("+ ") and sections[-1][1]:
            sections[-1][1].append([[line[2:]], None])
        elif line and not sections[-1][1]:
            sections[-1][0].append(line)
    return sections


def build(name, head, folder):
    """Expand the machine as the head of a section wants it."""
    machine = expand.Machine(FIXTURES)
    conf = [line[5:] for line in head if line.startswith("conf ")]
    kargs = "".join(" " + line[5:] for line in head if line.startswith("karg "))
    lines = [f"include {name}.tree"]
    if conf:
        lines += ["f etc/gpuclaim/gpuclaim.conf", *("\t" + line for line in conf)]
    if kargs:
        lines.append(f"f proc/cmdline BOOT_IMAGE=/vmlinuz ro quiet{kargs}\\n")
    lines += [line[2:] for line in head if line.startswith("+ ")]
    machine.read(lines)
    machine.write(expand.Tree(folder))


def happen(folder, lines):
    """Something changes on a machine that was expanded before."""
    machine = expand.Machine(FIXTURES)
    machine.read(lines)
    for primitive in machine.primitives:
        machine.write_primitive(expand.Tree(folder), *primitive)


def run_section(session, name, head, commands):
    out = list(head)
    with tempfile.TemporaryDirectory() as folder:
        session.build(name, head, folder)
        for events, command in commands:
            if command is None:
                happen(folder, events)
                out += [f"+ {line}" for line in events]
            else:
                out += [f"$ {command}", *session.command(folder, command)]
    return out


def by_title(text):
    return {part.splitlines()[0]: part.strip() for part in re.split(r"(?m)^(?=== )", text)
            if part.strip()}


def check(session, path, update):
    """Returns (passed, failed)."""
    name = os.path.basename(path).removesuffix(".out")
    with open(path, encoding="utf-8") as f:
        expected = f.read()
    sections = ["\n".join(run_section(session, name, *section))
                for section in split_sections(expected)]
    if update:
        with open(path, "w", encoding="utf-8") as f:
            f.write("\n\n".join(sections) + "\n")
    wanted = by_title(expected)
    failed = 0
    for section in sections:
        title = section.splitlines()[0]
        if wanted[title] != section:
            print(f"not ok {name} {title}\n--- expected\n{wanted[title]}\n--- got\n{section}")
            failed += 1
    return len(sections) - failed, failed


def arguments():
    """(names, is --update among them?) of the command line."""
    return ([a for a in sys.argv[1:] if not a.startswith("-")], "--update" in sys.argv)


def check_all(session, module):
    """Returns (passed, failed) of the files golden/*.out beside a module (its file), or of those
    that the command line names. Their machines and commands are the session's."""
    names, update = arguments()
    folder = os.path.join(os.path.dirname(os.path.abspath(module)), "golden")
    every = sorted(os.path.basename(path).removesuffix(".out") for path in glob.glob(f"{folder}/*.out"))
    suite.listed(every)
    paths = [os.path.join(folder, f"{name}.out") for name in names or every]
    results = [check(session, path, update) for path in paths]
    return sum(r[0] for r in results), sum(r[1] for r in results)
