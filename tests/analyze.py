# SPDX-License-Identifier: GPL-2.0-or-later
"""What analyzers say of the product's code, one named check each; lint has cppcheck's.

    python3 -m tests.analyze [PART-OF-A-PATH]
"""

import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from tests.lib import suite
from tests.lint import tracked

FLAGS = ["-std=gnu11", "-D_GNU_SOURCE", '-DGPUCLAIM_VERSION="analyzed"', "-I."]

# gcc 12 takes what is put where the caller asked for it for lost: the sanitizers look for leaks. With
# optimization it does not see what a cleanup frees set.
GCC = ["gcc", "-O0", "-fanalyzer", "-Werror", "-Wno-analyzer-malloc-leak", "-S", "-o", "/dev/null"]

# Not those that judge names, the order of arguments, or branches that say the same for two reasons;
# nor conversions, which -Wconversion sees; nor clang's own analyzer, which takes ten times as long
# as gcc's.
TIDY = ",".join(["-*", "bugprone-*", "misc-redundant-expression", "portability-*",
                 "-bugprone-easily-swappable-parameters", "-bugprone-branch-clone",
                 "-bugprone-reserved-identifier", "-bugprone-assignment-in-if-condition",
                 "-bugprone-not-null-terminated-result", "-bugprone-narrowing-conversions",
                 "-bugprone-implicit-widening-of-multiplication-result"])

# Of no place and no name: the variable by which gcc 12 remembers how a block is left that has something
# to clean up, where that is by "continue". It is no variable of ours.
NO_PLACE = r"cc1: \w+: use of uninitialized value .<unknown>. \[CWE-457\]"
# An array of pointers has members of a pointer's size: it is what is meant.
OF_POINTERS = r".*suspicious usage of 'sizeof\(A\*\)'; pointer to aggregate"
NOT_MEANT = re.compile(f"{NO_PLACE}|{OF_POINTERS}")


def sources():
    part = sys.argv[1] if len(sys.argv) > 1 else ""
    return [f for f in tracked(".c") if not f.startswith("tests/") and part in f]


def said(*command):
    """What one run complains of."""
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            errors="replace", check=False)
    lines = [line for line in result.stdout.splitlines() if re.search(" (warning|error): ", line)]
    meant = [line for line in lines if not NOT_MEANT.match(line)]
    return meant or ([f"{command}: exit code {result.returncode}"]
                     if result.returncode and not lines else [])


def of_each(make_command):
    with ThreadPoolExecutor(suite.workers()) as pool:
        return [line for lines in pool.map(lambda f: said(*make_command(f)), sources())
                for line in lines]


def check_gcc():
    return of_each(lambda path: [*GCC, *FLAGS, path])


def check_clang_tidy():
    if not shutil.which("clang-tidy"):
        return ["there is no clang-tidy"]
    return of_each(lambda path: ["clang-tidy", "--quiet", f"--checks={TIDY}", path, "--", *FLAGS])


def main():
    suite.end(*suite.add(suite.tell(name[6:], check()) for name, check in list(globals().items())
                         if name.startswith("check_")))


if __name__ == "__main__":
    main()
