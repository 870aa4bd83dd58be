# SPDX-License-Identifier: GPL-2.0-or-later
"""The page of `gpuclaimctl fleet --html` in a browser: the Chromium of the cloud's controller, without a
screen and a network. In a full run; fleet.py looks at the text of the page each time.

    python3 -m tests.ctl.fleet_page     leaves pictures of it in build/cloud/
"""

import os
import subprocess
import sys
import tempfile

from tests.cloud.control import TREE, Control
from tests.cloud.dashboard import Browser
from tests.ctl import fleet
from tests.lab import image, lab
from tests.lab.lab import case, equal
from tests.lib import programs

FOLDER = "GPUCLAIM_FLEET_PAGE"
NAMESPACES = "unshare --net --mount --pid --fork --mount-proc --kill-child".split()
WIDTHS = {"fleet": 1400, "fleet-narrow": 500}
TAB = "\ue004"
# Of what has the focus: its name, and whether it is in sight.
FOCUS = """
const e = document.activeElement, r = e.getBoundingClientRect();
return [e.getAttribute("aria-label") || e.innerText, r.right > 0 && r.bottom > 0 && r.top < innerHeight];
"""
NAMES = 'return [...document.querySelectorAll(".table")].map(e => e.getAttribute("aria-label"))'


class Reader(Browser):
    """Somebody who reads it, with eyes, a keyboard, or a screen reader."""

    def open(self, path):
        self._ask("POST", "/url", {"url": f"file://{path}"})

    def width(self, width):
        self._ask("POST", "/window/rect", {"width": width, "height": 900})

    def picture(self, name):
        self._picture(name)

    def read(self, script):
        return self._read(script)

    def press(self, key):
        """What has the focus then."""
        self._ask("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": [
            {"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]}]})
        return self._read(FOCUS)

    def heard(self, css):
        """{(role, name)}, as a screen reader is told."""
        return {(self._ask("GET", f"/element/{e}/computedrole"), self._ask("GET", f"/element/{e}/computedlabel"))
                for e in self._elements(css)}


def judge(reader):
    names = reader.read(NAMES)
    with case("it asks for nothing else"):
        equal(reader.read('return performance.getEntriesByType("resource").length'), 0, "requests")
        equal(len(names), 5, "tables")
    for name, width in WIDTHS.items():
        with case(f"{width} pixels: the page itself is not wider than the window"):
            reader.width(width)
            reader.picture(name)
            equal(reader.read("return document.documentElement.scrollWidth <= innerWidth"), True, "it fits")
    with case("the Tab key goes to the way past the head, then from table to table, in sight"):
        equal([reader.press(TAB) for _ in range(6)], [[name, True] for name in ["Go to the report", *names]], "focus")
    with case("a screen reader is told of regions, tables and heads"):
        equal(reader.heard(".table"), {("region", name) for name in names}, "regions")
        equal(reader.heard("table"), {("table", name) for name in names}, "tables")
        equal({role for role, _ in reader.heard("thead th")}, {"columnheader"}, "heads of columns")
        equal({role for role, _ in reader.heard("tbody th")}, {"rowheader"}, "heads of rows")


@lab.test
def page():
    nodes = f"{os.environ[FOLDER]}/nodes"
    os.mkdir(nodes)
    told = programs.run(programs.companion(sanitized=False), "fleet", fleet.write(nodes), "--html", "--reference", "gpu-01")
    with Control(os.environ[FOLDER]) as control:
        (control.root / "tmp/fleet.html").write_text(told.stdout, encoding="utf-8")
        control.start_browser()
        with Reader() as reader:
            reader.open("/tmp/fleet.html")
            judge(reader)


def main():
    if FOLDER in os.environ:
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        lab.main()
    image.tree(TREE)
    # What is mounted inside has ended when the folder goes.
    with tempfile.TemporaryDirectory(prefix="gpuclaim-fleet-") as folder:
        inside = subprocess.run([*NAMESPACES, sys.executable, "-m", "tests.ctl.fleet_page", *sys.argv[1:]],
                                env=os.environ | {FOLDER: folder}, check=False)
    sys.exit(inside.returncode)


if __name__ == "__main__":
    main()
