# SPDX-License-Identifier: GPL-2.0-or-later
"""The dracut module with a dracut that is made from its sources, in place of Debian's.

    DRACUT=DIR python3 -m tests.dracut.sources [PART OF A TEST'S NAME]...

DIR holds the sources of a dracut, as its authors publish them; none are in this tree. They are copied,
compiled here, and installed into copies of trixie's trees that have no other dracut. Then the module's
own tests run there, and those of images that gpuclaimctl looks into.
"""

import contextlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.dracut import functions, module
from tests.initramfs import images
from tests.lab import guest, image
from tests.lib import suite
from tests.lib.checks import check
from tests.packages import succeed
from tests.lib.programs import call

# As distributions tell a dracut; 049 looks for programs that Debian has no longer.
FOLDERS = {"usr/lib/dracut/dracut.conf.d/01-dist.conf":
           "udevdir=/usr/lib/udev\nsystemdutildir=/usr/lib/systemd\n"
           "systemdsystemunitdir=/usr/lib/systemd/system\n"}
MAKE = """\
cd "$1"
./configure --prefix=/usr --libdir=/usr/lib --sysconfdir=/etc --disable-documentation
make enable_documentation=no
make install enable_documentation=no DESTDIR="$2"
"""


def install(sources, work):
    """The folder that they install into."""
    shutil.copytree(sources, work / "sources", symlinks=True)
    succeed(call("sh", "-euc", MAKE, "sh", work / "sources", work / "made"), f"the build of {sources}")
    return work / "made"


def tree(name, made, work):
    """A copy of one of the lab's, whose files are the same ones, with this dracut and no other."""
    top = work / name
    top.mkdir()
    subprocess.run(["cp", "-al", f"{image.tree(name)}/.", top], check=True)
    shutil.rmtree(top / "usr/lib/dracut")
    subprocess.run(["cp", "-a", "--remove-destination", f"{made}/.", top], check=True)
    image.write(top, FOLDERS)
    # dracut 049 wants the program where modules are compressed so; later ones leave that to kmod.
    subprocess.run(["cp", "--remove-destination", shutil.which("xz"), top / "usr/bin"], check=True)
    return top


def test_functions(sources):
    """It has each function that the module calls."""
    missing = functions.called(functions.MODULE.read_text()) - functions.defined(sources)
    check(not missing, f"it does not define {sorted(missing)}")


@contextlib.contextmanager
def jobs(sources):
    """Beside the lab's trees, so that files can be the same ones."""
    with tempfile.TemporaryDirectory(prefix="dracut-", dir=guest.CACHE) as folder:
        work = Path(folder)
        made = install(sources, work)
        small, node = (tree(name, made, work) for name in ("trixie", "trixie-dracut"))
        yield [("functions", test_functions, sources),
               *((name, test, small) for name, test in suite.tests_of(vars(module))),
               *((name, test, node) for name, test in suite.tests_of(vars(images))
                 if name.endswith("_by_dracut"))]


def main():
    if not os.environ.get("DRACUT"):
        suite.skip("no DRACUT=DIR names the sources of a dracut")
    suite.need_mounts()
    with jobs(Path(os.environ["DRACUT"]).resolve()) as found:
        counts = suite.run(suite.chosen(found), workers=suite.workers())
    suite.end(*counts)


if __name__ == "__main__":
    main()
