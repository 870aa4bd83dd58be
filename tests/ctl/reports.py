# SPDX-License-Identifier: GPL-2.0-or-later
"""Test gpuclaimctl: its reports against golden/, its options, its terminal.

    python3 -m tests.ctl.reports [--update] [NAME]...

golden/NAME.out (see ../lib/golden.py) is about a machine in ../fixtures. Its commands are
gpuclaimctl's verbs with their options, and

    $ record [config=HASH] [boot=ID] [stage=STAGE] [ADDRESS=VERDICT]...

which leaves the boot record that a run of gpuclaim would, by default of this boot and with the
configuration there is; and

    $ terminal COLUMNS VERB...

which is what a terminal of that width shows. No verb tested here may change a byte, and each JSON
report must be understood by a JSON parser.

All of it runs with build-san/gpuclaimctl where that is up to date, else with build/gpuclaimctl;
GPUCLAIMCTL names another one.
"""

import tempfile

from tests.ctl import options
from tests.ctl.companion import Companion
from tests.lib import golden, programs, suite


def main():
    program = programs.companion()
    results = [golden.check_all(Companion(program), __file__)]
    if not golden.arguments()[0]:
        with tempfile.TemporaryDirectory() as folder:
            results.append(options.run(program, folder, options.CHECKS))
    suite.end(*suite.add(results))


if __name__ == "__main__":
    main()
