# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules of the house that a program can check, one named check each.

    python3 -m tests.lint
"""

import os
import re
import shutil
import subprocess

from tests.dracut import functions
from tests.lib import suite

FUNCTION_LINES_MAX = 60
FILE_LINES_MAX = 500


def tracked(*suffixes):
    """Files of the tree, tracked or about to be."""
    out = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"],
                         capture_output=True, text=True, check=False).stdout.split("\n")
    return [f for f in out if f and (not suffixes or f.endswith(suffixes))]


def text(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def shell_files():
    return [f for f in tracked() if "." not in f.rsplit("/", 1)[-1] or f.endswith(".sh")
            if text(f).startswith(("#!/bin/sh", "#!/bin/bash", "#!/usr/bin/env bash"))]


def run(*command):
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            check=False)
    return [line for line in result.stdout.splitlines() if line] if result.returncode else []


def check_shellcheck():
    files = shell_files()
    return run("shellcheck", "-x", *files) if files else ["found no shell script: the check is blind"]


def check_cppcheck():
    """What has not changed since the last run, headers and all, is known from then."""
    known = "build/cppcheck"
    os.makedirs(known, exist_ok=True)
    return run("cppcheck", "--quiet", "--error-exitcode=1", "--std=c11", "--inline-suppr",
               f"--cppcheck-build-dir={known}",
               "--enable=warning,performance,portability", "--suppress=missingInclude",
               "-D_GNU_SOURCE", "-DGPUCLAIM_VERSION=\"x\"", "-I.",
               *[f for f in tracked(".c") if not f.startswith("tests/")])


def check_spdx():
    """Every source file names its licence in the first two lines."""
    wanted = tracked(".c", ".h", ".py", ".sh", ".rules", ".service", ".8", ".5", ".7", "Makefile")
    return [f"{f}: no SPDX-License-Identifier in its first two lines"
            for f in wanted + shell_files() if "SPDX-License-Identifier" not in
            "\n".join(text(f).split("\n")[:2])]


def check_spdx_form():
    """One form in C: kernel's // in .c files and /* */ in headers are two."""
    form = "/* SPDX-License-Identifier: GPL-2.0-or-later */\n"
    return [f"{f}:1: not {form.strip()}" for f in tracked(".c", ".h") if not text(f).startswith(form)]


def check_format():
    """
    As .clang-format has it, by the version of Debian 12: others lay some lines out differently.
    """
    program = "clang-format-14"
    if not shutil.which(program):
        return [f"no {program}"]
    return run(program, "--dry-run", "--Werror", *tracked(".c", ".h"))


def check_comments():
    """A line of a comment has a blank after its asterisk: clang-format takes it away before some words."""
    token = re.compile(r'"(?:\\.|[^"\\\n])*"|/\*.*?\*/', re.S)
    return [f"{f}:{text(f).count(chr(10), 0, m.start()) + n}: {line.strip()}"
            for f in tracked(".c", ".h") for m in token.finditer(text(f))
            for n, line in enumerate(m.group().split("\n"), 1) if re.match(r"[ \t]*\*[^\s*/]", line)]


def check_includes():
    """Headers stand sorted, ctl's before others; a file's own, or the one it is about, may stand first."""
    blocks = re.compile(r'(?:^#include [<"].*\n)+', re.M)
    found = []
    for f in tracked(".c", ".h"):
        first = text(f).find("#include")
        for m in blocks.finditer(text(f)):
            lines = [line[9:].rstrip('">') for line in m.group().splitlines()]
            rest = lines[m.start() == first and lines[0][0] == '"':]
            if rest != sorted(rest, key=lambda h: (h[0] == '"', h[1:5] != "ctl/", h)):
                found.append(f"{f}:{text(f).count(chr(10), 0, m.start()) + 1}: {' '.join(h[1:] for h in rest)}")
    return found


def check_whole_strings():
    """A message stands on one line, so that who searches for it finds it."""
    pattern = re.compile(r'(?<!\\n)"[ \t]*\n[ \t]*"')
    files = [f for f in tracked(".c", ".h") if not f.startswith("tests/")]
    return [f"{f}:{text(f).count(chr(10), 0, m.start()) + 1}: a string in two parts"
            for f in files for m in pattern.finditer(text(f))
            if not text(f)[:m.start()].endswith('"')]


def check_absolute_paths():
    """Files are reached through the injected root: no absolute path in the programs' code."""
    pattern = re.compile(r'\b(?:f?open|openat|fopen|stat|lstat|access|opendir|readlink|execv?p?e?'
                         r'|unlink|rename|mkdir)\s*\(\s*"/')
    return [f"{f}:{n}: an absolute path" for f in tracked(".c") if f.startswith(("helper/", "ctl/"))
            for n, line in enumerate(text(f).split("\n"), 1) if pattern.search(line)]


def check_forbidden_calls():
    """
    Calls that run a shell, or that can't be used safely: open_memstream() loses text silently
    without memory.
    """
    pattern = re.compile(r"\b(system|popen|strcpy|strcat|gets|atoi|atol|tmpnam|mktemp|alloca|usleep"
                         r"|sleep|basename|open_memstream)\s*\(")
    found = []
    for f in tracked(".c"):
        if f.startswith("tests/"):
            continue
        for n, line in enumerate(text(f).split("\n"), 1):
            if pattern.search(line):
                found.append(f"{f}:{n}: {line.strip()}")
    return found


def check_json():
    """json-c's NULLs are seen in one place: what is added with json_add_...() is whole, or not told."""
    calls = re.compile(r"\bjson_object_(object|array)_add\s*\(")
    homes = ("ctl/print/json.c", "nova/tell/json.c", "tests/")
    return [f"{f}:{n}: {line.strip()}" for f in tracked(".c") if not f.startswith(homes)
            for n, line in enumerate(text(f).split("\n"), 1) if calls.search(line)]


def cleaned(statement):
    """
    Of one statement the declarators with a cleanup attribute: one before the type is about all,
    one after a name about that name.
    """
    depth, parts = 0, [""]
    for char in statement:
        depth += (char in "([{") - (char in ")]}")
        if char == "," and not depth:
            parts.append("")
        else:
            parts[-1] += char
    everywhere = statement.lstrip().startswith("_cleanup_")
    return [part for part in parts if everywhere or "_cleanup_" in part]


def check_cleanup():
    """What is freed by itself is set where it is declared: a call that fails may not set it."""
    pattern = re.compile(r"^[ \t]+[^#\n;(]*\b_cleanup_(?:\w+_\b|\()[^;]*;", re.M)
    seen = [(f, text(f).count("\n", 0, m.start()) + 1, part) for f in tracked(".c")
            for m in pattern.finditer(text(f)) for part in cleaned(m.group().rstrip(";"))]
    return [f"{f}:{n}: {part.strip()}: not set" for f, n, part in seen if "=" not in part] or \
        ([] if len(seen) > 100 else ["found no declaration: the check is blind"])


# What few files may do, and which: what the product may touch is there to read.
ALONE = [
    ("stores into sysfs", r"\broot_store\s*\(",
     {"helper/act/apply.c", "helper/act/unbind.c"}),
    ("starts a process", r"\b(v?fork|clone3?|posix_spawnp?)\s*\(",
     {"ctl/change/exec.c", "ctl/giveback/scrub.c", "ctl/machine/resetting.c", "ctl/verbs/nova.c",
      "helper/act/unbind.c"}),
    ("runs a program", r"\b(exec[lv]p?e?|execveat|fexecve)\(", {"ctl/change/exec.c", "ctl/giveback/scrub.c"}),
    ("opens a file for writing", r"\bO_(WRONLY|RDWR)\b|\bf(re)?open\((?![^;]*, \"r[be]*\"[,)])",
     {"ctl/change/edit.c", "ctl/giveback/hot_reset.c", "ctl/live/release.c", "helper/base/log.c", "helper/base/root.c",
      "helper/record/lock.c"}),
    ("makes, removes or cuts off a file",
     r"\b(root_(replace|remove|mkdir)|rename(at2?)?|(un|sym)?link(at)?|mk(dir|nod|fifo)(at)?|rmdir|remove|creat"
     r"|mk(dtemp|o?stemps?)|f?truncate)\(|\bO_(CREAT|TRUNC|TMPFILE)\b",
     {"ctl/change/content.c", "ctl/change/edit.c", "ctl/giveback/giveback.c", "ctl/giveback/note.c",
      "ctl/initramfs/seen.c", "ctl/placement/token.c", "ctl/sync/record.c", "ctl/sync/state.c",
      "helper/base/root.c", "helper/record/lock.c", "helper/record/record.c"}),
]


def calls(path):
    """C without comments and without the names of the functions that are declared."""
    return re.sub(r"(?m)^\w[\w *]*\(", "", re.sub(r"(?s)/\*.*?\*/", "", text(path)))


def check_alone():
    """Each does it that is listed, and no other."""
    code = {f: calls(f) for f in tracked(".c", ".h") if not f.startswith("tests/")}
    return [f"{f} {'' if f in seen else 'no longer '}{what}: see ALONE" for what, pattern, files in ALONE
            for seen in [{f for f in code if re.search(pattern, code[f])}]
            for f in sorted(seen ^ files)]


def check_helper_sockets():
    """The helper opens no network: it talks to its own child and to the journal."""
    return [f"{f}: {family}" for f in tracked(".c", ".h") if f.startswith("helper/")
            for family in re.findall(r"\b[AP]F_[A-Z0-9]+\b", text(f)) if family != "AF_UNIX"]


def check_sizes():
    """Short functions, short files."""
    found = []
    for f in tracked(".c", ".h", ".py"):
        lines = text(f).split("\n")
        if len(lines) > FILE_LINES_MAX + 1:
            found.append(f"{f}: {len(lines)} lines, {FILE_LINES_MAX} at most")
        start = None
        for n, line in enumerate(lines, 1):
            if not f.endswith(".c"):
                break
            if line == "{":
                start = n
            elif line == "}" and start:
                if n - start - 1 > FUNCTION_LINES_MAX:
                    found.append(f"{f}:{start}: {n - start - 1} lines in a function")
                start = None
    return found


def check_dracut_functions():
    """The module calls no function that dracut 049 lacks."""
    found = functions.called(functions.MODULE.read_text())
    return [f"{functions.MODULE.name}: {name}" for name in sorted(found - functions.DRACUT_049)] \
        if found else ["no call is found"]


def check_words():
    """Nothing left behind, nothing about the machine it was written on."""
    pattern = re.compile(r"\b(TODO|FIXME|XXX)\b|https?://[\w.-]*(debian|ubuntu|npm|pypi)")
    required = ("packaging/debian/copyright", "Format:")    # by Debian: where its format is told
    return [f"{f}:{n}: {line.strip()[:80]}" for f in tracked() if f != "tests/lint.py"
            and not f.startswith("tests/fuzz/corpus/")
            for n, line in enumerate(text(f).split("\n"), 1) if pattern.search(line)
            and not (f == required[0] and line.startswith(required[1]))]


def check_vocabulary():
    """
    A card is one of the lab's emulated ones: what is claimed is a GPU, a device or a function.
    Nodes that others call so, and a check's stable word, keep it.
    """
    allowed = re.compile(r"""/dev/(dri/)?card|asound/card|sound[ _/]card|drm/card|audio\ stream\ card
                         |card[*0-9]|emulated\ cards?|tests/lab/cards?|\.card|CardBus|"card"
                         |card\\?-answers|card_answers|CARD_ANSWERS""", re.X)
    word = re.compile(r"(?<![A-Za-z])cards?(?![a-z])", re.I)
    ours = ("tests/lab/", "tests/cloud/", "tests/fuzz/corpus/", "tests/lint.py")
    return [f"{f}:{n}: {line.strip()[:80]}" for f in tracked() if not f.startswith(ours)
            for n, line in enumerate(text(f).split("\n"), 1) if word.search(allowed.sub("", line))]


def in_words_of_ours(pattern, rooms=("ctl/", "helper/", "boot/", "grub/", "nova/", "man/", "docs/", "systemd/", "README.md")):
    """Where code, messages, manuals and pages have it."""
    return [f"{f}:{n}: {m.group()}" for f in tracked() if f.startswith(rooms)
            for n, line in enumerate(text(f).split("\n"), 1) if (m := pattern.search(line))]


def check_words_of_the_field():
    """One word for one thing, and that of the kernel's documents; Xorg's BusID is its own."""
    pattern = re.compile(r"\b(?:bus ?id|bus ID|BDF|slot numbers?|[Pp]rimary GPU|(?:iommu|IOMMU) domains?"
                         r"|boot ?args|cmdline options?|grab(?:s|bed)?|steal(?:s|ing)?|stolen)\b")
    one_use = re.compile(r"\bfor one[ ]use\b")
    return in_words_of_ours(pattern) + in_words_of_ours(one_use) + in_words_of_ours(one_use, ("tests/",))


def check_plain_words():
    """Turns of phrase that are read twice: messages, comments, manuals and pages have plainer ones."""
    pattern = re.compile(r"\b(?:is|are|was|were|be|has) (?:told|said)(?: only)? of\b|"
                         r"\bdid not take\b|\bnot to be had\b|"
                         r"\bch(?:own|grp|mod) [\w=+-]+ it\b|; (?:add|write|put) them\b")
    return in_words_of_ours(pattern)


def check_keywords():
    """No name in C is a word that C++ keeps for itself."""
    token = re.compile(r"""/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|^\#include.*?$|\b[a-z]\w*\b""",
                       re.S | re.M)
    words = ("new", "class", "delete", "this", "private", "public", "template", "typename",
             "namespace", "virtual", "operator")
    return [f"{f}:{text(f).count(chr(10), 0, m.start()) + 1}: {m.group()}"
            for f in tracked(".c", ".h") for m in token.finditer(text(f)) if m.group() in words]


def manuals():
    return [f for f in tracked(".8", ".5", ".7") if f.startswith("man/")]


def check_manuals():
    """groff and mandoc have nothing to say of them."""
    found = [f"{f}: {line}" for f in manuals()
             for line in subprocess.run(["man", "-l", "--warnings", "-E", "UTF-8", "-Tutf8", "-Z", f],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                        text=True, check=False).stderr.splitlines()]
    found += run("mandoc", "-T", "lint", "-W", "warning", *manuals())
    return found if manuals() else ["there is no manual"]


def check_manuals_form():
    """Each has date, version and examples, and what it refers to of ours is there."""
    version = re.search(r"(?m)^VERSION\s*[:?]?=\s*(\S+)", text("Makefile"))[1]
    head = re.compile(rf'(?m)^\.TH \S+ \d \d{{4}}-\d\d-\d\d "gpuclaim {re.escape(version)}" "')
    found = [f"{f}: its .TH lacks date or version" for f in manuals()
             if not head.search(text(f))]
    found += [f"{f}: no section {name}" for f in manuals() for name in ("EXAMPLES", "SEE ALSO")
              if f"\n.SH {name}\n" not in text(f)]
    return found + [f"{f}: refers to {name}({number})" for f in manuals()
                    for name, number in re.findall(r"(gpuclaim[\w.-]*) \((\d)\)",
                                                   text(f).replace("\\-", "-"))
                    if not os.path.exists(f"man/{name}.{number}")]


def check_pages():
    """What a page of docs/ names of the tree is there."""
    return [f"{page}: no {name}" for page in tracked(".md") if page.startswith("docs/")
            for name in re.findall(r"`(tests/[\w./-]+|systemd/[\w./-]*)`", text(page))
            if not os.path.exists(name)]


def check_rules():
    """udev's own opinion of our rule, where this udev has one (254 and later)."""
    if "verify" not in subprocess.run(["udevadm", "--help"], capture_output=True, text=True,
                                      check=False).stdout:
        return [] if shutil.which("udevadm") else ["no udevadm"]
    return run("udevadm", "verify", "udev-rules/70-gpuclaim.rules",
               "udev-rules/71-gpuclaim-sync.rules")


def main():
    suite.end(*suite.add(suite.tell(name[6:], check()) for name, check in list(globals().items())
                         if name.startswith("check_")))


if __name__ == "__main__":
    main()
