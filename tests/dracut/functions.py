# SPDX-License-Identifier: GPL-2.0-or-later
"""Which functions of dracut's our module calls, and which of them dracut 049 has, the oldest one that
gpuclaim is for (RHEL 8). Lint holds the one against the other; sources.py holds it against any dracut.
"""

import re
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
MODULE = TOP / "dracut-module/50gpuclaim/module-setup.sh"
# Source: dracut-init.sh, dracut-functions.sh and dracut-logger.sh of dracut 049.
DRACUT_049 = {
    "inst", "inst_dir", "inst_simple", "inst_symlink", "inst_multiple", "inst_any", "inst_binary",
    "inst_script", "inst_library", "inst_libdir_file", "inst_hook", "inst_rules", "instmods",
    "dracut_install", "dracut_instmods", "dracut_module_included", "dracut_need_initqueue",
    "require_binaries", "require_any_binary", "dwarn", "dinfo", "dwarning", "derror", "dfatal"}
SHELLS = {"fi", "for", "done", "return", "local", "shift", "mapfile", "case", "esac", "printf", "echo"}
PROGRAMS = {"sed", "sort", "grep", "tr", "mkdir", "ln", "readlink", "cat", "rm"}


def called(text):
    """Each first word of a command that is neither the shell's, nor a program, nor the script's own."""
    text = re.sub(r"(?m)(^|\s)#.*$", "", text)
    text = re.sub(r"'[^']*'|\"[^\"\n]*\"", "TEXT", text)
    text = text.replace("\\\n", " ")
    own = set(re.findall(r"(?m)^(\w+)\(\)", text))
    text = re.sub(r"\b(if|then|else|elif|do|while|!)\b", ";", text)
    words = re.findall(r"(?m)(?:^|[;|&]|(?<!=)\(|\w+=TEXT)[ \t]*([a-z]\w*)(?=[\s;)]|$)", text)
    return set(words) - own - SHELLS - PROGRAMS


def defined(folder):
    return {name for path in Path(folder).rglob("*.sh")
            for name in re.findall(r"(?m)^\s*(?:function\s+)?(\w+)\s*\(\)", path.read_text(errors="replace"))}
