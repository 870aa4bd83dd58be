# SPDX-License-Identifier: GPL-2.0-or-later
"""The rows of options and actions, as the shells complete them and the manual lists them."""

import os
import re

from tests.lib import programs

MANUALS = ["gpuclaimctl.8", "gpuclaimctl-setup.8", "gpuclaimctl-kargs.8", "gpuclaimctl-nova.8",
           "gpuclaimctl-fleet.8", "gpuclaim-verdicts.7"]
VERBS = ["claim", "commit", "dump", "explain", "fleet", "kargs", "nova", "release", "scan", "setup",
         "status", "undo"]
ACTIONS = {"kargs": ["show", "apply", "revert"],
           "nova": ["show", "apply", "refresh", "revert", "verify", "sync", "return"]}


def written(program, shell, folder):
    """The file that is installed for a shell."""
    path = f"{folder}/completion.{shell}"
    with open(path, "w", encoding="utf-8") as f:
        f.write(programs.run(program, "completion", shell).stdout)
    return path


def output_of(*command):
    """Its words, sorted; what it says on standard error, too, if it says anything there."""
    result = programs.run(*command)
    return sorted(result.stdout.split()) + ([result.stderr] if result.stderr else [])


def by_bash(path, words):
    """What bash offers in the place of the last word."""
    script = ('. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=();'
              ' _gpuclaimctl; printf "%s\\n" "${COMPREPLY[@]}"')
    return output_of("bash", "-c", script, "bash", path, "gpuclaimctl", *words)


def by_fish(path, words):
    """The same of fish, what it tells of each left out."""
    script = 'source $argv[1]; complete -C "$argv[2]" | cut -f 1'
    return output_of("fish", "--no-config", "-c", script, path, " ".join(["gpuclaimctl", *words]))


def options(*words):
    """These, with a hyphen or two, and those of all verbs."""
    return sorted([f"--{word}" for word in words] + ["--help", "--root"])


CASES = [
    ([""], VERBS),
    (["st"], ["status"]),
    (["scan", "--"], options("columns", "json", "no-headings", "tree", "why")),
    (["status", "--"], options("allow-none", "columns", "json", "no-headings", "output", "prometheus",
                               "quiet", "refresh", "verbose", "wait")),
    (["status", "--wait", "1", "--q"], ["--quiet"]),
    (["status", "--wait", ""], []),
    (["scan", ""], []),
    (["rel"], ["release"]),
    (["claim", "--d"], ["--dry-run"]),
    (["dump", "--"], options()),
    (["explain", "--"], options("json")),
    (["fleet", "--"], options("html", "json", "reference", "verbose")),
    (["fleet", "--reference", ""], []),
    (["kargs", ""], sorted(ACTIONS["kargs"])),
    (["kargs", "show", "--"], options("json")),
    (["kargs", "apply", "--"], options("dry-run", "json", "no-exec", "trial")),
    (["kargs", "revert", "--"], options("dry-run", "json", "no-exec")),
    (["commit", "--"], options("dry-run", "json", "no-exec", "wait")),
    (["nova", ""], sorted(ACTIONS["nova"])),
    (["nova", "refresh", "--"], options("dry-run", "json", "quiet")),
    (["nova", "verify", "--"], options("columns", "json", "no-headings", "placement", "quiet", "release",
                                       "verbose")),
    (["nova", "show", "--for", "c"], ["compute", "controller"]),
    (["nova", "show", "--format", "j"], ["json", "juju"]),
    (["nova", "show", "--release", "2025"], ["2025.1", "2025.2"]),
    (["setup", "--a"], ["--addresses", "--adopt", "--alias", "--all-gpus"]),
    (["setup", "--gate", "s"], ["strict"]),
    (["setup", "--boot-vga", ""], ["allow", "refuse"]),
    (["setup", "--ids", ""], []),
    (["undo", "--"], options("dry-run", "json", "no-exec", "quiet", "services")),
]


def bash(program, folder):
    """The words that bash offers."""
    path = written(program, "bash", folder)
    os.makedirs(f"{folder}/sys", exist_ok=True)
    cases = CASES + [
        (["--j"], ["--json"]),
        (["--root", folder, "s"], ["scan", "setup", "status"]),
        (["scan", "--root", folder + "/s"], [folder + "/sys"]),
        (["fleet", folder + "/s"], [folder + "/sys"]),
        (["--ids", "10de:1c81", "setup", "--q"], ["--quiet"]),
        (["setup", "--gate", "=", "s"], ["strict"]),
        (["setup", "--gate", "="], ["none", "strict"]),
        (["setup", "--gate", "=", "none", "--q"], ["--quiet"])]
    problems = []
    for words, expected in cases:
        got = [word for word in by_bash(path, words) if word != "--version"]
        if got != expected:
            problems.append(f"{words}: {got}, expected {expected}")
    return problems + output_of("shellcheck", "--shell=bash", path)


def fish(program, folder):
    """The words that fish offers."""
    path = written(program, "fish", folder)
    return [f"{words}: {by_fish(path, words)}, expected {expected}" for words, expected in CASES
            if by_fish(path, words) != expected] + output_of("fish", "--no-execute", path)


def zsh(program, folder):
    """zsh can read it, and it has the options of each verb."""
    path = written(program, "zsh", folder)
    problems = output_of("zsh", "-fn", path)
    with open(path, encoding="utf-8") as f:
        text = f.read()
    for verb, actions in offered(program, folder).items():
        part = re.search(rf"(?s)\n\t{verb}\)\n(.*?)\n\t\t;;\n", text)[1]
        named = set(re.findall(r"'(?:\(-. )?(--[a-z-]+)", part)) | {"--help", "--version"}
        if named != set().union(*actions.values()):
            problems.append(f"{verb}: {named}, and bash has {actions}")
    return problems


def offered(program, folder):
    """The options of each verb, and of each of its actions."""
    path = written(program, "bash", folder)
    return {verb: {action: set(by_bash(path, [verb, *action.split(), "--"]))
                   for action in ACTIONS.get(verb, [""])} for verb in VERBS}


def rendered(name):
    """A manual as a terminal shows it: what heads an element of a list is 7 columns from the edge."""
    text = programs.run("man", "-l", "-Eascii", "--no-hyphenation", "--no-justification",
                        os.path.join(programs.TOP, "man", name),
                        env=os.environ | {"LC_ALL": "C", "MANWIDTH": "200"}).stdout
    return re.sub(".\b", "", text)


def sections(text, name):
    """Of all manuals those with that name."""
    return "".join(re.findall(rf"(?ms)^{name}\n(.*?)^(?=\S)", text))


def synopsis_problems(line, taken):
    """A line of the synopsis names its verbs' actions, and all of their options or [OPTION]."""
    names, rest = re.match(r" {7}gpuclaimctl (\{.*?\}|\S+)(.*)", line).groups()
    for verb in re.findall("[a-z]+", names):
        options_taken = set().union(*taken.pop(verb).values())
        named = set(re.findall(r"--[a-z-]+", rest)) | {"--help", "--version"}
        if named - options_taken or ("[OPTION]" not in rest and named != options_taken):
            yield f"synopsis of {verb}: {named}, and it takes {options_taken}"
        actions = re.match(r" \{([a-z|]+)\}", rest)
        if (actions[1].split("|") if actions else []) != ACTIONS.get(verb, []):
            yield f"synopsis of {verb}: its actions are {ACTIONS.get(verb)}"


def list_problems(text, taken):
    """Of an element such as "-q, --quiet (status, nova verify) Print ...": who takes it."""
    takers = {verb: set().union(*actions.values()) for verb, actions in taken.items()}
    for verb, actions in ACTIONS.items():
        for action in actions:
            takers.setdefault(action, set()).update(taken[verb][action])
            takers[f"{verb} {action}"] = taken[verb][action]
    found = re.findall(r"(?m)^ {7}((?:-\w, )?--[a-z-]+(?:[ =]\S+)?)\s+\((?!with)([a-z, ]+)\)", text)
    for head, names in found:
        for name in names.split(", "):
            if not set(re.findall(r"--[a-z-]+", head)) <= takers[name]:
                yield f"{head}: {name} does not take it"
    if len(found) < 10:
        yield "found few elements of lists: the check is blind"


def manual(program, folder):
    """Every verb, action and option stands in the manuals, and what stands there is one."""
    taken, text = offered(program, folder), "".join(rendered(name) for name in MANUALS)
    known = set().union(*(o for actions in taken.values() for o in actions.values()))
    told = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text))
    listed = set(re.findall(r"--[a-z-]+", "\n".join(re.findall(r"(?m)^ {7}(-.*)", text))))
    problems = [f"{option}: told, but no option" for option in sorted(told - known)]
    problems += [f"{option}: an option, but in no list" for option in sorted(known - listed)]
    for verb, actions in ACTIONS.items():
        word = "kargs " if verb == "kargs" else ""
        problems += [f"{verb} {action}: not in the list" for action in actions
                     if not re.search(rf"(?m)^ {{7}}{word}{action}( |$)", sections(text, "ACTIONS"))]
    problems += list_problems(text, taken)
    for name in MANUALS:
        left = dict(taken)
        for line in sections(rendered(name), "SYNOPSIS").splitlines():
            if line.strip() and "[VERB]" not in line:
                problems += synopsis_problems(line, left)
        if name == MANUALS[0]:
            problems += [f"{verb}: not in the synopsis" for verb in left]
    return problems


CHECKS = [bash, fish, zsh, manual]
