# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian testing's Nova above the cloud's two trees of Debian 13, whose own knows no one-time use.

A layer has its packages and, of testing, only what they do not start without; APT itself says what that is.
"""

import os
import re
import subprocess
import tempfile
from pathlib import Path

from tests.lab import image
from tests.lib.checks import check

SUITE = "forky"
CHOSEN = "GPUCLAIM_CLOUD_NEWER"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
NEEDS = re.compile(r"(?:^ (\S+) : |^ +)(?:Depends|PreDepends): (\S+) \([<>=].*\) but .* is to be installed$", re.M)
# Nova's interfaces have no programs of their own any more.
SERVE = ("""python3 -c 'import nova.wsgi.{0} as wsgi; from wsgiref.simple_server import make_server; """
         """make_server("127.0.0.1", {1}, wsgi.application).serve_forever()'""")
INSTALL = """
mount -t overlay overlay "$1" -o "lowerdir=$2,upperdir=$3,workdir=$4"
mount -t proc proc "$1/proc"
printf '#!/bin/sh\\nexit 101\\n' >"$1/usr/sbin/policy-rc.d"
chmod 755 "$1/usr/sbin/policy-rc.d"
mkdir "$1/debs"
cp "$5"/*.deb "$1/debs"
chroot "$1" env DEBIAN_FRONTEND=noninteractive sh -c 'dpkg --force-confold --force-unsafe-io -i /debs/*.deb'
rm -r "$1/debs" "$1/usr/sbin/policy-rc.d"
umount "$1/proc" "$1"
"""


def is_chosen():
    return os.environ.get(CHOSEN) == "1"


def _apt(folder, tree):
    """APT's options for a tree that has none of its own."""
    mirror = image.run(image.HERE / "mirror.sh")
    (folder / "sources").write_text("".join(f"deb [signed-by={KEYRING}] {mirror} {suite} main\n"
                                            for suite in ("trixie", SUITE)))
    for name in "lists/partial", "cache/archives/partial":
        (folder / name).mkdir(parents=True)
    return [f"-oDir::Etc::sourcelist={folder}/sources", "-oDir::Etc::sourceparts=/dev/null",
            f"-oDir::State::lists={folder}/lists", f"-oDir::Cache={folder}/cache",
            f"-oDir::State::status={tree}/var/lib/dpkg/status", f"-oDir::Etc::preferences={folder}/preferences",
            "-oDir::Etc::preferencesparts=/dev/null", "-oAcquire::Languages=none", "-oAPT::Sandbox::User=root",
            "-oAPT::Install-Recommends=false"]


def _pin(folder, names):
    (folder / "preferences").write_text(
        f"Package: *\nPin: release n={SUITE}\nPin-Priority: 50\n\n"
        f"Package: {' '.join(sorted(names))}\nPin: release n={SUITE}\nPin-Priority: 990\n")


def _download(folder, tree):
    """Nova's packages, and what APT says that they can't do without."""
    options, status = _apt(folder, tree), (tree / "var/lib/dpkg/status").read_text()
    nova = set(re.findall(r"^Package: ((?:nova-|python3-nova$).*)$", status, re.M))
    names = set(nova)
    subprocess.run(["apt-get", "-qq", *options, "update"], check=True, stdout=subprocess.DEVNULL)
    while True:
        _pin(folder, names)
        result = subprocess.run(["apt-get", "-q", *options, "--yes", "--download-only", "install", *nova],
                                capture_output=True, text=True, check=False)
        if result.returncode == 0:
            return
        more = {found[2] for found in NEEDS.finditer(result.stdout)} - names
        check(more, f"Nova of {SUITE} can't be installed: {result.stdout[-2000:]} {result.stderr[-1000:]}")
        names |= more


def layer(tree):
    """The folder that lies above a tree; the first call takes minutes."""
    below = image.tree(tree)

    def make(path):
        with tempfile.TemporaryDirectory(prefix="gpuclaim-newer-", dir=path.parent) as temporary:
            folder = Path(temporary)
            _download(folder, below)
            for name in path, folder / "all", folder / "work":
                name.mkdir()
            subprocess.run(["unshare", "--mount", "sh", "-exc", INSTALL, "sh", folder / "all", below, path,
                            folder / "work", folder / "cache/archives"], check=True, stdout=subprocess.DEVNULL)

    return image.cached(f"{SUITE}-nova-{tree}", "", [below.name, INSTALL, SUITE], make)


def above(tree):
    """[its layer], where the newer Nova is chosen."""
    return [layer(tree)] if is_chosen() else []


def commands(services):
    """{name: (user, command)} with what its Nova is started by."""
    if not is_chosen():
        return services
    changed = {"nova-api": SERVE.format("osapi_compute", 8774), "metadata": SERVE.format("metadata", 8775)}
    return {name: (user, changed.get(name, command)) for name, (user, command) in services.items()}
