# SPDX-License-Identifier: GPL-2.0-or-later
"""Do the unit tests notice when a condition or a constant of the decisions and editors is wrong?

    python3 -m tests.mutate [COUNT [PART-OF-A-PATH]]    `make mutate` builds what it wants

Of all places where a comparison, a junction, a negation, a truth value or a number can be flipped,
COUNT (300) are chosen by GPUCLAIM_SEED: the same ones until their lines change. Each mutant is one
object, linked with the unit tests of its file, plain and then with address sanitizer. What they let
live is asked of the suites of fixtures. Who survives that too must be in mutants.txt, with the reason; and the unit
tests must kill 95 of 100.
"""

import glob
import hashlib
import os
import re
import resource
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections import Counter, namedtuple

from tests.lib import programs, suite

BUILD = os.environ.get("BUILD", "build")
EXPLAINED = "tests/mutants.txt"
KILLED_MIN = 95     # percent
UNIT = "unit tests"
NOMEM = ["nomem", "test-nomem", "test-nomem-nova"]
SECONDS = 4         # of a processor, for one that never ends
MEMORY = 4 << 30    # bytes

# Files, the unit tests that are asked of them in this order, and the suites that are asked then.
TARGETS = [
    (["helper/claim/*.c", "!helper/claim/assess.c"],
     "claim claim-order units plan fault iommu-trouble unselected usb group-remedy broken",
     ["tests.helper.verdicts", "tests.ctl.reports"]),
    (["helper/machine/iommu.c"], "iommu claim units", ["tests.helper.verdicts"]),
    (["grub/*.c"], "kargs grub-default grub-trial bls kargs-toml staged undo trial undo-target",
     ["tests.kargs.actions"]),
    (["ctl/change/undo.c", "ctl/change/take_out.c", "ctl/change/editor.c"],
     "undo undo-target plan setup-plan trial", ["tests.kargs.actions", "tests.setup.nodes"]),
    (["nova/rules/*.c", "!nova/rules/devices.c"],
     "nova-rules nova-release nova-judge nova-plan nova-dropin nova-oslo",
     ["tests.nova.actions"]),
]

# What the compiler sees as something else than an expression.
MASK = re.compile(r"""/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|^\#(?:[^\n]*\\\n)*[^\n]*
                  |\b_Static_assert\(.*?\);|\{0\}|__attribute__\(\(.*?\)\)""", re.S | re.M | re.X)
TOKEN = re.compile(r"""==|!=|<=|>=|&&|\|\||(?<!<)<(?![<])|(?<![>-])>(?![>])|!(?=[\w(*])
                   |\b(?:true|false)\b|(?<![\w.])(?:0x[0-9a-f]+|\d+)(?=[uUlL]*\b)""", re.X)
FLIPPED = {"==": "!=", "!=": "==", "<": "<=", "<=": "<", ">": ">=", ">=": ">", "&&": "||",
           "||": "&&", "!": "", "true": "false", "false": "true"}

Mutant = namedtuple("Mutant", "path start end word key target")


def number(word):
    return int(word, 8 if re.fullmatch("0[0-7]+", word) else 0)


def flip(word):
    return FLIPPED[word] if word in FLIPPED else str(number(word) + 1)


def is_size(text, match):
    """A number that makes an array longer changes nothing."""
    return match.group()[0].isdigit() and number(match.group()) > 1 and \
        text[match.start() - 1] == "[" and text[match.end()] == "]"


def is_room(line, match):
    """What makes an allocation larger changes nothing, nor whether an empty text would be no memory."""
    if "asprintf(" in line:
        return match.group() in ("<", "0")
    return re.search(r"alloc(array)?\(", line) and match.group().isdigit()


def mutants_of(path, target):
    """All of a file. The key is the line with the change in it, and which of the equal ones it is."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    masked = MASK.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)
    seen = Counter()
    for match in TOKEN.finditer(masked):
        if is_size(masked, match):
            continue
        first, last = text.rfind("\n", 0, match.start()) + 1, text.find("\n", match.end())
        if is_room(masked[first:last], match):
            continue
        key = (f"{path}: {text[first:match.start()].strip()}"
               f" [{match.group()} -> {flip(match.group())}] {text[match.end():last].strip()}")
        key = re.sub(r"\s+", " ", key).strip()
        seen[key] += 1
        key += f" #{seen[key]}" if seen[key] > 1 else ""
        yield Mutant(path, match.start(), match.end(), flip(match.group()), key, target)


def all_mutants(part):
    for target in TARGETS:
        patterns = target[0]
        left_out = {p[1:] for p in patterns if p[0] == "!"}
        for path in sorted({f for p in patterns for f in glob.glob(p)} - left_out):
            if part in path:
                yield from mutants_of(path, target)


def order(mutant):
    return hashlib.sha256(f"{suite.seed()} {mutant.key}".encode()).hexdigest()


def bound(memory):
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def call(*command, memory=MEMORY):
    return programs.call(*command, errors="replace", preexec_fn=lambda: bound(memory))


class Workshop:
    """Where mutants are made: one object, linked before the archives that have the true one."""

    def __init__(self, folder):
        self.folder = folder
        self.cc = shlex.split(os.environ.get("CC", "cc"))
        # The quicker linker, where it is.
        self.link_words = ["-fuse-ld=gold"] if shutil.which("ld.gold") else []
        self.libs = shlex.split(os.environ.get("LIBS", ""))
        self.source, self.object = f"{folder}/mutant.c", f"{folder}/mutant.o"
        self.program = f"{folder}/unit-tests"
        self.archives = [f"{BUILD}/lib{name}.a" for name in ("ctl", "nova", "grub", "act", "core")]
        self.shared = [f"{BUILD}/tests/unit/{name}.o"
                       for name in ("unit", "pack", "policy_text", "tree")]

    def compile(self, source, to, *words):
        return call(*self.cc, *words, "-O0", "-std=gnu11", "-w", "-fPIE", "-D_GNU_SOURCE",
                    '-DGPUCLAIM_VERSION="mutant"', "-I.", "-c", "-o", to, source).returncode == 0

    def make(self, mutant):
        """False: the compiler does not take it."""
        with open(mutant.path, encoding="utf-8") as file:
            text = file.read()
        with open(self.source, "w", encoding="utf-8") as file:
            file.write(text[:mutant.start] + mutant.word + text[mutant.end:])
        return self.compile(self.source, self.object)

    def link(self, program, *objects):
        subprocess.run([*self.cc, *self.link_words, "-pie", "-o", program, *objects, self.object,
                        *self.archives, *self.libs], check=True)

    def unit(self, names, sanitized=False):
        """Do these unit tests pass with the mutant in them? Sanitized are it and all allocations."""
        words = ["-fsanitize=address"] if sanitized else []
        objects = [f"{BUILD}/tests/unit/{name}.o" for name in names]
        if sanitized:
            self.compile(self.source, self.object, *words)
        self.link(self.program, *words, *objects, *self.shared)
        return not call(self.program, memory=resource.RLIM_INFINITY if words else MEMORY).returncode

    def suite(self, module, path):
        """Does the suite pass?"""
        helper, companion = f"{self.folder}/gpuclaim", f"{self.folder}/gpuclaimctl"
        self.link(companion, f"{BUILD}/ctl/main.o")
        if path.startswith("helper/"):
            self.link(helper, *sorted(glob.glob(f"{BUILD}/helper/*.o")))
        else:
            helper = f"{BUILD}/gpuclaim"
        env = os.environ | {"GPUCLAIM": helper, "GPUCLAIMCTL": companion}
        return programs.call(sys.executable, "-m", module, env=env,
                             errors="replace").returncode == 0


def survives(workshop, mutant):
    """Do the unit tests let it live?"""
    names = [f"test-{name}" for name in mutant.target[1].split()]
    # Those that replace the allocator are no help to the sanitizer.
    return workshop.unit([*names, *NOMEM]) and workshop.unit(names, sanitized=True)


def killer(workshop, mutant):
    """What fails first, or None."""
    if not survives(workshop, mutant):
        return UNIT
    workshop.make(mutant)
    for module in [] if os.environ.get("UNIT_ONLY") else mutant.target[2]:
        if not workshop.suite(module, mutant.path):
            return module
    return None


def check(workshop, target):
    """The tests pass with the code as it is: else they would kill whatever comes."""
    path = glob.glob(target[0][0])[0]
    as_it_is = Mutant(path, 0, 0, "", path, target)
    if not workshop.make(as_it_is) or not survives(workshop, as_it_is):
        sys.exit(f"the unit tests of {path} fail as it is")


def explained():
    """{key: why}"""
    with open(EXPLAINED, encoding="utf-8") as file:
        rows = [line.rstrip("\n") for line in file if line.strip() and line[0] != "#"]
    return dict(zip(rows[0::2], (why.strip() for why in rows[1::2])))


def judge(workshop, mutant, reasons):
    """killed, fixture (a suite of fixtures did), explained or alive."""
    if mutant.key in reasons:
        return "explained"
    by = killer(workshop, mutant)
    if by == UNIT:
        return "killed"
    print(f"not ok - {mutant.key}" if by is None else f"ok - only {by}: {mutant.key}", flush=True)
    return "fixture" if by else "alive"


def main():
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    part = sys.argv[2] if len(sys.argv) > 2 else ""
    reasons, counts = explained(), Counter()
    everything = sorted(all_mutants(part), key=order)
    suite.in_memory()
    with tempfile.TemporaryDirectory() as folder:
        workshop = Workshop(folder)
        for target in TARGETS:
            check(workshop, target)
        for mutant in everything:
            if counts.total() == wanted:
                break
            if workshop.make(mutant):
                counts[judge(workshop, mutant, reasons)] += 1
    share = 100 * counts["killed"] / max(1, counts.total())
    print(f"{counts.total()} of {len(everything)} mutants: {counts['killed']} killed by unit tests"
          f" ({share:.1f} %), {counts['fixture']} by fixtures alone, {counts['explained']} explained,"
          f" {counts['alive']} alive")
    good = share >= KILLED_MIN
    suite.end(counts["killed"] + counts["fixture"] + counts["explained"] + good,
              counts["alive"] + (not good))


if __name__ == "__main__":
    main()
