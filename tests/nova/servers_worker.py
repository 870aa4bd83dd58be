#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""servers_worker.py CASES: boots servers in Nova's functional test harness: real API, scheduler,
conductor, compute and Placement in one process, and a libvirt that has the case's devices.

For each case: Placement has the providers that were said; for each alias one GPU more than are
schedulable gets no valid host, and a server with all of them gets them, in the domain as unmanaged
where the release knows that.
"""

import json
import os
import re
import sys
import tempfile
import unittest

import fixtures
from nova.tests import functional  # noqa: F401  pylint: disable=unused-import
import nova.conf.pci
from nova.tests.fixtures import libvirt
from nova.tests.functional.libvirt import test_pci_sriov_servers
from oslo_config import cfg

HOST = "compute1"


def read_dropin(text):
    """[pci] as oslo.config reads it from the file; before a test overrides these options."""
    conf = cfg.ConfigOpts()
    nova.conf.pci.register_opts(conf)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "60-gpuclaim.conf")
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        conf([], project="nova", default_config_files=[path], default_config_dirs=[])
        return {name: conf.pci[name] for name in ("device_spec", "alias", "report_in_placement")}


def host_devices(devices):
    info = libvirt.HostPCIDevicesInfo(num_pci=0, num_pfs=0, num_vfs=0)
    for number, device in enumerate(devices):
        bus, slot, function = (int(n, 16) for n in
                               device["address"][5:].replace(".", ":").split(":"))
        kind = device["dev_type"].removeprefix("type-")
        info.add_device(dev_type=kind, bus=bus, slot=slot, function=function,
                        iommu_group=number, numa_node=device["numa_node"] or 0,
                        vf_ratio=0 if kind == "PF" else None, vend_id=device["vendor_id"],
                        vend_name="vendor", prod_id=device["product_id"], prod_name="product",
                        driver_name="vfio-pci")
    return info


class Servers(test_pci_sriov_servers._PCIServersTestBase):
    """One case; its name is the test's."""

    ADMIN_API = True
    microversion = "latest"
    PCI_DEVICE_SPEC = []
    PCI_ALIAS = []
    case = options = None

    def setUp(self):
        super().setUp()
        self.flags(group="pci", **self.options)
        # The harness forbids a look at this machine's own sysfs.
        self.useFixture(fixtures.MockPatch("nova.pci.utils.is_physical_function",
                                           side_effect=self.is_physical_function))
        self.useFixture(fixtures.MockPatch("nova.pci.utils.get_function_by_ifname",
                                           return_value=(None, False)))
        if self.case["pci_in_placement"]:
            self.flags(group="filter_scheduler", pci_in_placement=True)

    def is_physical_function(self, domain, bus, slot, function):
        address = f"{domain}:{bus}:{slot}.{function}"
        return any(d["address"] == address and d["dev_type"] == "type-PF"
                   for d in self.case["devices"])

    def check_providers(self):
        """What real Placement has below the compute node."""
        found = {}
        for one in self._get_all_rps_in_a_tree(self.compute_rp_uuids[HOST]):
            if one["name"] == HOST:
                continue
            inventory = self._get_provider_inventory(one["uuid"])
            found[one["name"]] = ({k: v["total"] for k, v in inventory.items()},
                                  sorted(self._get_provider_traits(one["uuid"])))
        said = {HOST + p["name_suffix"]: ({p["resource_class"]: p["total"]}, sorted(p["traits"]))
                for p in self.case["providers"]}
        self.assertEqual(said, found)

    def boot(self, alias, count, state):
        specs = {**self.case["flavor"][alias], "pci_passthrough:alias": f"{alias}:{count}"}
        flavor = self._create_flavor(extra_spec=specs)
        return self._create_server(flavor_id=flavor, networks="none", expected_state=state)

    def check_domain(self, server, count):
        """Unmanaged, where the drop-in says so: 2025.1 and later, whose fake libvirt shows it."""
        if '"managed":"no"' not in self.case["dropin"]:
            return
        connection = self.computes[HOST].driver._host.get_connection()
        xml = connection.lookupByUUIDString(server["id"]).XMLDesc(0)
        self.assertEqual(count, len(re.findall("managed=['\"]no['\"]", xml)), xml)

    def test(self):
        total = len(self.case["ready"])
        self.start_compute(hostname=HOST, pci_info=host_devices(self.case["devices"]))
        self.assertPCIDeviceCounts(HOST, total=total, free=total)
        if self.case["providers"]:
            self.check_providers()
        free = total
        for alias, count in self.case["schedulable"].items():
            server = self.boot(alias, count + 1, "ERROR")
            self.assertIn("No valid host", server["fault"]["message"])
            self.assertPCIDeviceCounts(HOST, total=total, free=free)
            server = self.boot(alias, count, "ACTIVE")
            free -= count
            self.assertPCIDeviceCounts(HOST, total=total, free=free)
            self.check_domain(server, count)
        self.assertEqual(0, free)


class Result(unittest.TestResult):
    """Tells each case in one line."""

    def addSuccess(self, test):
        print("ok", test.case["name"] + ": servers")

    def addError(self, test, err):
        self.addFailure(test, err)

    def addFailure(self, test, err):
        text = self._exc_info_to_string(err, test) if isinstance(err, tuple) else str(err)
        lines = [line for line in text.splitlines() if line.strip()]
        name = getattr(test, "case", {"name": str(test)})["name"]
        print(f"not ok {name}: servers: {' | '.join(lines[-6:])[-900:]}")
        print(text, file=sys.stderr)


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        cases = json.load(f)
    suite = unittest.TestSuite()
    for number, case in enumerate(cases):
        options = read_dropin(case["dropin"])
        suite.addTest(type(f"Case{number}", (Servers,), {"case": case, "options": options})("test"))
    suite.run(Result())
    sys.stdout.flush()
    os._exit(0)     # threads of the harness may still be there


if __name__ == "__main__":
    main()
