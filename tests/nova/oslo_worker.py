# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads configuration files with the real oslo.config; run by tests/nova/oslo.py in a chroot.

One case a line on stdin: {"files": {PATH: base64}, "arguments": […]}. /etc/nova, /var/lib/nova and
/usr/share/nova are file systems of their own here.
"""

import base64
import json
import logging
import os
import shutil
import sys
import warnings

from oslo_config import cfg

FOLDERS = ("/etc/nova", "/var/lib/nova", "/usr/share/nova")
PCI = [cfg.MultiStrOpt("alias", default=[], deprecated_name="pci_alias",
                       deprecated_group="DEFAULT"),
       cfg.MultiStrOpt("device_spec", default=[], deprecated_opts=[
           cfg.DeprecatedOpt("passthrough_whitelist", group="pci"),
           cfg.DeprecatedOpt("pci_passthrough_whitelist", group="DEFAULT")]),
       cfg.BoolOpt("report_in_placement", default=False), cfg.StrOpt("word")]


def write(files):
    for folder in FOLDERS:
        for name in os.listdir(folder):
            path = f"{folder}/{name}"
            if os.path.isdir(path) and not os.path.islink(path):
                shutil.rmtree(path)
            else:
                os.unlink(path)
    for path, data in files.items():
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if data is None:
            os.makedirs(path)
        elif data == "":
            os.symlink("nowhere", path)
        else:
            with open(path, "wb") as file:
                file.write(base64.b64decode(data))


def get(conf, group, name):
    try:
        value = getattr(getattr(conf, group), name)
    except Exception as error:          # any of them is an answer
        return [type(error).__name__, str(error)]
    return value


def read(arguments):
    conf = cfg.ConfigOpts()
    conf.register_opts(PCI, group="pci")
    conf.register_opts([cfg.BoolOpt("pci_in_placement", default=False)], group="filter_scheduler")
    conf.register_opts([cfg.StrOpt("state_path"), cfg.StrOpt("my_ip")])
    try:
        conf(arguments, project="nova", prog="nova-compute")
    except Exception as error:
        return {"error": [type(error).__name__, str(error)]}
    return {"error": None, "device_spec": get(conf, "pci", "device_spec"),
            "alias": get(conf, "pci", "alias"), "report_in_placement":
            get(conf, "pci", "report_in_placement"),
            "pci_in_placement": get(conf, "filter_scheduler", "pci_in_placement")}


def main():
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    os.environ["HOME"] = "/var/lib/nova"
    for line in sys.stdin:
        case = json.loads(line)
        write(case["files"])
        print(json.dumps(read(case["arguments"])), flush=True)


if __name__ == "__main__":
    main()
