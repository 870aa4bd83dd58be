# SPDX-License-Identifier: GPL-2.0-or-later
"""What `gpuclaimctl nova verify` costs on a nova.conf of 2,000 lines and a machine of 512 functions, and
what Nova's own code takes for the same file. Asserts nothing."""

import os
import statistics
import subprocess
import tempfile
import time

from tests.lib import golden, programs
from tests.nova.chroots import chroot

RUNS = 11
IN_CHROOT = 'mount -t tmpfs tmpfs "$1/tmp" && cp "$2" "$1/tmp/nova.conf" && exec chroot "$1" python3 -c "$3"'
PARSE = """
import time, warnings
warnings.simplefilter("ignore")
start = time.monotonic()
import nova.conf
from nova.pci import request, whitelist
loaded = time.monotonic()
nova.conf.CONF([], project="nova", default_config_files=["/tmp/nova.conf"], default_config_dirs=[])
whitelist.Whitelist(nova.conf.CONF.pci.device_spec)
request._get_alias_from_config()
print(loaded - start, time.monotonic() - loaded)
"""


def configuration():
    lines = ["[DEFAULT]"] + [f"# option {i}\nopt{i} = value {i}" for i in range(950)] + ["[pci]"]
    lines += [f'device_spec = {{"vendor_id":"10de","product_id":"2330","address":"0000:{i:02x}:00.0"}}'
              for i in range(98)]
    return "\n".join(lines) + "\n"


def main():
    with tempfile.TemporaryDirectory() as folder:
        golden.build("large", ["conf claim 10de:2330"], folder)
        path = os.path.join(folder, "etc/nova/nova.conf")
        os.makedirs(os.path.dirname(path))
        with open(path, "w", encoding="ascii") as conf:
            conf.write(configuration())
        times = []
        for _ in range(RUNS):
            start = time.monotonic()
            programs.run(f"{programs.TOP}/build/gpuclaimctl", "nova", "verify", "-q", "--root", folder)
            times.append((time.monotonic() - start) * 1000)
        print(f"nova verify, {configuration().count(chr(10))} lines: {statistics.median(times):.0f} ms,"
              f" median of {RUNS} (100 wanted at most)")
        tree = chroot("trixie")
        result = subprocess.run(["unshare", "-m", "sh", "-c", IN_CHROOT, "sh", tree, path, PARSE],
                                capture_output=True, text=True, check=False)
        load, parse = (float(word) * 1000 for word in result.stdout.split())
        print(f"Nova's own code, the file alone: {parse:.0f} ms, and {load:.0f} ms to load")


if __name__ == "__main__":
    main()
