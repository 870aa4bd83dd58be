#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Hold what gpuclaim says about the machines in fixtures/ against golden/.

    golden.py [--update] [NAME]...      GPUCLAIM names another program than built()'s

golden/NAME.out is about fixtures/NAME.tree. Each of its sections starts with a
fresh copy of that machine:

    == TITLE            what the section shows
    conf LINE           a line of /etc/gpuclaim/gpuclaim.conf
    karg WORDS          more kernel arguments
    + LINE              one more line of the machine's description; after a "$" line
                        (d, f, l, m, x only) something that happens meanwhile
    $ COMMAND           "cat FILE", or gpuclaim's arguments; then what it prints, its
                        log lines after "! ", and the exit code

Whatever has --dry-run among its arguments must leave every byte as it was.
--update writes what is printed now: to be read before it is committed.
"""

import glob
import hashlib
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "fixtures"))
import expand  # noqa: E402  pylint: disable=wrong-import-position


def built(name):
    """The program of this name to be tested: sanitized, unless that is not there or out of date."""
    plain, sanitized = (os.path.abspath(os.path.join(HERE, "..", folder, name))
                        for folder in ("build", "build-san"))
    if os.path.exists(sanitized) and os.path.getmtime(sanitized) >= os.path.getmtime(plain):
        return sanitized
    return plain


HELPER = os.path.abspath(os.environ.get("GPUCLAIM", built("gpuclaim")))
# What differs from run to run, or with each change of the configuration's language.
UNSTABLE = [(re.compile(r"(configuration |CONFIG=)[0-9a-f]{16}"), r"\1HASH"),
            (re.compile(r"^(TIME_MS=)\d+$", re.M), r"\1N")]


def checksum(folder):
    """Of every path, its kind, mode, modification time and content."""
    total = hashlib.sha256()
    for path, folders, files in sorted(os.walk(folder)):
        for name in sorted(folders + files) + ["."]:
            full = os.path.join(path, name)
            stat = os.lstat(full)
            total.update(f"{full} {stat.st_mode} {stat.st_mtime_ns} ".encode())
            if os.path.islink(full):
                total.update(os.readlink(full).encode())
            elif os.path.isfile(full):
                with open(full, "rb") as f:
                    total.update(f.read())
    return total.hexdigest()


def show_file(folder, path):
    """Its text, read in the tree and never through a link that leads out of it."""
    try:
        with open(expand.Tree(folder).at(path), encoding="utf-8") as f:
            return f.read().splitlines()
    except FileNotFoundError:
        return ["(no such file)"]


def run_helper(folder, arguments):
    result = subprocess.run([HELPER, "--root", folder, *arguments], capture_output=True,
                            stdin=subprocess.DEVNULL, text=True, timeout=60, check=False)
    lines = result.stdout.splitlines()
    lines += [f"! {line}" for line in result.stderr.splitlines()]
    return [*lines, f"exit {result.returncode}"]


def run_command(folder, command):
    """The lines that a "$" line is followed by."""
    words = command.split()
    if words[0] == "cat":
        lines = show_file(folder, words[1])
    else:
        before = checksum(folder)
        lines = run_helper(folder, words)
        if "--dry-run" in words and checksum(folder) != before:
            lines.append("THE TREE WAS CHANGED")
    text = "\n".join(lines)
    for pattern, replacement in UNSTABLE:
        text = pattern.sub(replacement, text)
    return text.splitlines()


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
    machine = expand.Machine(os.path.join(HERE, "fixtures"))
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
    machine = expand.Machine(HERE)
    machine.read(lines)
    for primitive in machine.primitives:
        machine.write_primitive(expand.Tree(folder), *primitive)


def run_section(name, head, commands):
    out = list(head)
    with tempfile.TemporaryDirectory() as folder:
        build(name, head, folder)
        for events, command in commands:
            if command is None:
                happen(folder, events)
                out += [f"+ {line}" for line in events]
            else:
                out += [f"$ {command}", *run_command(folder, command)]
    return out


def by_title(text):
    return {part.splitlines()[0]: part.strip() for part in re.split(r"(?m)^(?=== )", text)
            if part.strip()}


def check(path, update):
    """Returns (passed, failed)."""
    name = os.path.basename(path).removesuffix(".out")
    with open(path, encoding="utf-8") as f:
        expected = f.read()
    sections = ["\n".join(run_section(name, *section)) for section in split_sections(expected)]
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


def check_all(folder, names, update):
    """Returns (passed, failed) of the files below FOLDER/golden, or those of these names."""
    paths = ([os.path.join(folder, f"golden/{name}.out") for name in names]
             or sorted(glob.glob(os.path.join(folder, "golden/*.out"))))
    results = [check(path, update) for path in paths]
    return sum(r[0] for r in results), sum(r[1] for r in results)


def check_with(session, folder, names, update):
    """The same, for files of another program: machines and commands are the session's."""
    global build, run_command   # pylint: disable=global-statement
    saved = build, run_command
    build, run_command = session.build, session.command
    try:
        return check_all(folder, names, update)
    finally:
        build, run_command = saved


def companion(sanitized=True):
    """The gpuclaimctl to be tested. A sanitizer's runtime wants to be the first library: tests that
    need that place take the one that is shipped."""
    ours = built("gpuclaimctl") if sanitized else os.path.join(HERE, "../build/gpuclaimctl")
    return os.path.abspath(os.environ.get("GPUCLAIMCTL", ours))


def main():
    arguments = sys.argv[1:]
    update = "--update" in arguments
    passed, failed = check_all(HERE, [a for a in arguments if not a.startswith("-")], update)
    print(f"{passed} passed, {failed} failed, 0 skipped")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
