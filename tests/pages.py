# SPDX-License-Identifier: GPL-2.0-or-later
"""README and the pages of docs/: what they say of the programs is so; what CONTRIBUTING names is there.

    python3 -m tests.pages [NAME]...    of the tests, without "test_"

A transcript is an indented block behind a comment that says where it was made:

    <!-- on twins                       a machine of fixtures/, and how it differs: see
    conf claim 10de:1c81                lib/golden.py; "record ..." leaves the boot record
    -->

        # gpuclaimctl status
        ready

"on node debian12" is a tree of setup/node.py, on which setup runs. A line "..." of a transcript
stands for lines that are left out; how columns are spaced does not count.
"""

import functools
import glob
import json
import os
import re
import shlex
import sys
import tempfile

from tests.ctl.companion import Companion
from tests.lib import golden, parts, programs, suite
from tests.setup.node import Case

PAGES = ["README.md", *sorted(glob.glob("docs/*.md"))]
TROUBLE = "docs/troubleshooting.md"
SECURITY = "docs/security.md"


@functools.cache
def text(path):
    with open(os.path.join(programs.TOP, path), encoding="utf-8") as f:
        return f.read()


def asked(*words):
    return programs.run(programs.companion(sanitized=False), *words).stdout


@functools.cache
def verbs():
    return re.findall(r"(?m)^  ([a-z]+)  ", asked("--help"))


@functools.cache
def taken(verb):
    """(actions, options) of a verb, as its --help tells."""
    told = asked(verb, "--help")
    head, _, rest = told.partition("\n\n")
    actions = re.findall(r"(?m)^  ([a-z]+)  ", rest) if "ACTION" in head else []
    return actions, set(re.findall(r"(?m)^ +(?:-., )?--([a-z-]+)", told)) | {"version"}


def commands(page):
    """What follows gpuclaimctl in blocks and between backquotes, up to what ends a command."""
    lines = re.findall(r"(?m)^ {4}(.*)", text(page)) + re.findall(r"`([^`\n]+)`", text(page))
    for line in lines:
        for words in re.findall(r"(?:^|# |&& |\| )(?:/\S+/)?gpuclaimctl ([^|;&#<>\"']*)", line):
            yield words.split()


def command_problem(words):
    """What is wrong with a command that stands on a page; None: nothing."""
    named = [word for word in words if re.fullmatch(r"[a-z]+", word)]
    verb = next((word for word in named if word in verbs()), None)
    options = {word[2:].split("=")[0] for word in words if word.startswith("--")}
    if not verb:
        return None if options <= {"help", "version", "root"} and not named else "no verb"
    actions, known = taken(verb)
    after = words[words.index(verb) + 1:]
    if actions and after and re.fullmatch(r"[a-z]+", after[0]) and after[0] not in actions:
        return f"no action {after[0]}"
    return f"no option {options - known}" if options - known else None


def test_commands():
    """Each verb, action and option that a page names is there."""
    found = [(page, words) for page in PAGES for words in commands(page)]
    assert len(found) > 40, "found few commands: the check is blind"
    wrong = [f"{page}: {' '.join(words)}: {problem}" for page, words in found
             if (problem := command_problem(words))]
    assert not wrong, "\n".join(wrong)


def transcripts(page):
    """[(lines of the comment, lines of the block)]."""
    return [(head.strip().splitlines(), [line[4:] for line in block.rstrip("\n").split("\n")])
            for head, block in re.findall(r"<!-- on (.*?)\n?-->\n\n((?:(?: {4}[^\n]*)?\n)+)", text(page),
                                          re.S)]


def squeezed(line):
    return " ".join(line.split())


def same(printed, shown):
    """Whether it was printed so, but for what "..." stands for."""
    parts = [re.escape(squeezed(line)) if line != "..." else "(?:.*\n)*?.*" for line in shown]
    return re.fullmatch("\n".join(parts), "\n".join(squeezed(line) for line in printed))


class Machine:
    """A machine of fixtures/."""

    def __init__(self, head, folder):
        companion = Companion(programs.companion(sanitized=False))
        self.folder = folder
        companion.build(head[0], [line for line in head[1:] if not line.startswith("record")], folder)
        for line in head[1:]:
            if line.startswith("record"):
                companion.write_record(folder, line.split()[1:])

    def run(self, program, words):
        result = programs.run(program, "--root", self.folder, *words)
        return (result.stdout + result.stderr).splitlines()


class Node:
    """A tree of setup/node.py."""

    def __init__(self, head, folder):
        self.case = Case(programs.companion(sanitized=False), folder, head[0].split()[1], head[1:])

    def run(self, program, words):
        if program != programs.companion(sanitized=False):
            return self.case.complain(f"{program} does not run on a node")
        result = self.case.run(*words)
        return [line for line in (result.stdout + result.stderr).splitlines()
                if not line.endswith(" ...")]       # a terminal writes over these


PROGRAMS = {"gpuclaimctl": programs.companion, "/usr/lib/udev/gpuclaim": programs.helper}


def steps(block):
    """[(command, lines that it prints)]."""
    found = []
    for line in block:
        if line.startswith(tuple(f"# {program} " for program in PROGRAMS)):
            found.append((line.removeprefix("# "), []))
        else:
            found[-1][1].append(line)
    return found


def transcript_problems(page):
    for head, block in transcripts(page):
        with tempfile.TemporaryDirectory() as folder:
            machine = (Node if head[0].startswith("node ") else Machine)(head, folder)
            for command, shown in steps(block):
                program, *words = command.split()
                printed = machine.run(PROGRAMS[program](sanitized=False), words)
                if not same(printed, shown):
                    yield "\n".join([f"{page}: {command}: printed is", *printed])


def test_transcripts():
    """Each transcript is what is printed."""
    suite.in_memory()
    assert sum(len(transcripts(page)) for page in PAGES) > 5, "found few: the check is blind"
    wrong = [problem for page in PAGES for problem in transcript_problems(page)]
    assert not wrong, "\n\n".join(wrong)


def table(heading):
    """{first cell: [the other cells, of each row that has it]} of the table below a heading of the
    troubleshooting page."""
    part = re.search(rf"(?ms)^## {heading}$(.*?)(?=^## |\Z)", text(TROUBLE))[1]
    rows = [[cell.strip() for cell in row.strip("|").split(" | ")]
            for row in re.findall(r"(?m)^\| .*\|$", part)[1:]]
    found = {}
    for first, *others in rows:
        found.setdefault(re.sub("^`(.*)`$", r"\1", first.strip("| ")), []).append(others)
    return found


def said():
    """All that the programs can print, and what the tests saw of it."""
    files = [path for room in ("ctl", "helper", "nova", "boot", "grub")
             for path in glob.glob(os.path.join(programs.TOP, room, "**/*.[ch]"), recursive=True)]
    files += glob.glob(os.path.join(programs.TOP, "tests/*/golden/*.out"))
    return "\n".join(text(os.path.relpath(path, programs.TOP)) for path in files)


def check_table(heading, expected):
    rows = table(heading)
    assert list(rows) == expected, f"{heading}: {set(rows) ^ set(expected)}, or their order"
    everything = said()
    each = [(name, cells) for name, found in rows.items() for cells in found]
    wrong = [f"{name}: never printed: {part}" for name, cells in each
             for part in re.findall(r"`([^`]+)`", cells[0]) if part not in everything]
    wrong += [f"{name}: says not what to do" for name, cells in each if len(cells) < 2]
    assert not wrong, "\n".join(wrong)


def test_verdicts():
    """Troubleshooting has each verdict, in the order in which they count."""
    names = text("helper/record/verdict.c").partition("words[] = {")[2].partition("};")[0]
    check_table("Verdicts", re.findall(r'\{"([a-z-]+)"', names))


def test_checks():
    """And each check of status, in the order in which they are told."""
    with tempfile.TemporaryDirectory() as folder:
        golden.build("gtx1050", [], folder)
        report = json.loads(asked("status", "--json", "--root", folder))
    check_table("Checks of status", [check["id"] for check in report["checks"]])


def test_answers():
    """And each answer of nova verify, in the order of the manual."""
    manual = text("man/gpuclaimctl-nova.8").replace("\\-", "-")
    check_table("Answers of nova verify", re.findall(r"(?m)^\.TP\n\.B (nova-[a-z-]+)$", manual))


FAILURES = """native driver, runs after udev, no blacklist, vfio-pci is not in, vfio_iommu_type1,
vfio_virqfd, built into the kernel, built-in USB, snd_hda_intel, framebuffer, is not active, not viable,
the same IDs, addresses have changed, driver's name, variant driver, unbind, Secure Boot, unsafe mode,
D3cold, boot loader, another kernel, no console"""


def test_failures():
    """And each of the failure modes of early boot, with the word that tells of it and a test."""
    rows = table("Failure modes")
    parts = re.split(r",\s", FAILURES)
    assert len(parts) == len(rows) == 23, (len(parts), len(rows))
    wrong = [part for part, name in zip(parts, rows) if part not in name]
    assert not wrong, wrong
    check_table("Failure modes", list(rows))
    words = {"verdict": table("Verdicts"), "check": table("Checks of status")}
    for name, ((_, do, test),) in rows.items():
        named = re.findall(r"(verdict|check) `([a-z0-9-]+)`", do)
        assert named and all(word in words[kind] for kind, word in named), (name, do)
        assert os.path.exists(test.strip("`")), (name, test)


def test_threats():
    """Each line of the threat model names tests, and each of them is there."""
    rows = [row.split(" | ") for row in re.findall(r"(?m)^\| (?!from |to )(.*) \|$", text(SECURITY))]
    assert len(rows) > 15, f"found {len(rows)} lines: the check is blind"
    named = {" | ".join(row[:2]): re.findall("`([^`]+)`", row[-1]) for row in rows}
    wrong = [f"{line}: {path}" for line, paths in named.items() for path in paths or ["no test"]
             if not path.startswith("tests/") or not os.path.isfile(path)]
    assert not wrong, "\n".join(wrong)


def test_links():
    """What a page links to in the tree is there, down to the heading."""
    wrong = []
    for page in [*PAGES, "CONTRIBUTING.md"]:
        for target in re.findall(r"\]\(([^)\s:]+)\)", text(page)):
            path, _, anchor = target.partition("#")
            path = os.path.normpath(os.path.join(os.path.dirname(page), path)) if path else page
            if not os.path.exists(path) or (anchor and anchor not in anchors(path)):
                wrong.append(f"{page}: {target}")
    assert not wrong, "\n".join(wrong)


def is_there(row):
    """A suite lists the test that is named behind it; a unit test, which takes no time, is run."""
    words = shlex.split(row)
    if words[0].startswith("build/"):
        return all(programs.run(words[0], name).returncode == 0 for name in (words[1], f"test-{words[1]}.c"))
    named = dict(word.split("=") for word in words if "=" in word)
    module, *names = words[words.index("-m") + 1:]
    listed = programs.run(sys.executable, "-m", module, "-l", env=os.environ | named).stdout if names else ""
    return parts.runs(module) and all(name in listed.splitlines() for name in names)


def test_properties():
    """Each command that CONTRIBUTING names for a property is there, with a test of that name."""
    rows = re.findall(r"(?m)^\| .* \| `(.*)` \|$", text("CONTRIBUTING.md"))
    assert 10 <= len(rows) <= 30, f"{len(rows)} rows"
    wrong = [row for row in rows if not is_there(row)]
    assert not wrong, "\n".join(wrong)


def test_places():
    """Each file and folder that CONTRIBUTING names is there; NAME and * stand for any."""
    wrong = []
    for place in re.findall(r"`((?:helper|ctl|nova|grub|boot|tests|systemd|docs)/[^`\s]*)`", text("CONTRIBUTING.md")):
        ending = re.search(r"\{(.*)\}", place)
        for one in ending[1].split(",") if ending else [""]:
            pattern = re.sub(r"\{.*\}", one, place).replace("NAME", "*")
            if not glob.glob(pattern):
                wrong.append(place)
    assert not wrong, "\n".join(wrong)


def test_parts():
    """A module that is a part of a suite says so, and is no suite that passes."""
    told = programs.run(sys.executable, "-m", "tests.faults.unreadable")
    assert told.returncode == 1 and "python3 -m tests.faults.refused" in told.stderr, told


def anchors(page):
    """As GitHub makes them of headings."""
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
            for heading in re.findall(r"(?m)^#+ (.*)", text(page))}


def test_length():
    """README is for the first five minutes."""
    lines = text("README.md").count("\n")
    assert lines <= 150, f"README.md: {lines} lines"


def main():
    os.chdir(programs.TOP)
    suite.need_mounts()
    suite.end(*suite.run(suite.chosen(suite.tests_of(globals()))))


if __name__ == "__main__":
    main()
