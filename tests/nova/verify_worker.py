# SPDX-License-Identifier: GPL-2.0-or-later
"""Judges device_spec and alias with Nova's own classes; run by tests/nova/verify.py in a chroot.

One case a line on stdin and one answer a line on stdout, both JSON, as tests/nova/judge.c has
them. The case's host is made below /sys, which is a file system of its own here.
"""

import inspect
import json
import os
import shutil
import sys
import warnings

warnings.simplefilter("ignore")     # eventlet's and others' deprecations: nobody reads them here

import nova.conf                                            # noqa: E402
from nova import objects                                    # noqa: E402
from nova.compute import pci_placement_translator as translator     # noqa: E402
from nova.pci import request, stats, whitelist              # noqa: E402

CONF = nova.conf.CONF
NODE = "node"


def make_sysfs(devices, netdevs):
    for name in os.listdir("/sys"):
        shutil.rmtree(f"/sys/{name}")
    for address, ids, kind, _ in devices:
        folder = f"/sys/bus/pci/devices/{address}"
        os.makedirs(folder)
        files = {"vendor": "0x" + ids[:4], "device": "0x" + ids[5:]}
        if kind == "type-PF":
            files["sriov_totalvfs"] = "8"
        for name, text in files.items():
            with open(f"{folder}/{name}", "w", encoding="ascii") as file:
                file.write(text + "\n")
    for name, target, vfs in netdevs:
        os.makedirs(f"/sys/class/net/{name}")
        os.makedirs(f"/sys/{target}", exist_ok=True)
        os.symlink(f"../../../{target}", f"/sys/class/net/{name}/device")
        if vfs:
            with open(f"/sys/{target}/sriov_totalvfs", "w", encoding="ascii") as file:
                file.write(f"{vfs}\n")


def exception(error):
    text = error.format_message() if hasattr(error, "format_message") else str(error)
    return [type(error).__name__, text]


def report(address, ids, kind, parent):
    """A device as nova.virt.libvirt reports it."""
    device = {"dev_id": f"pci_{address}", "address": address, "vendor_id": ids[:4],
              "product_id": ids[5:], "label": "label_" + ids.replace(":", "_"),
              "dev_type": kind, "numa_node": None}
    if parent:
        device["parent_addr"] = parent
    return device


def tracked(device):
    """The same as an object of Nova's database."""
    return objects.PciDevice(
        compute_node_id=1, address=device["address"], vendor_id=device["vendor_id"],
        product_id=device["product_id"], dev_id=device["dev_id"], label=device["label"],
        dev_type=device["dev_type"], parent_addr=device.get("parent_addr"), numa_node=None,
        status="available", instance_uuid=None, extra_info={}, child_devices=[],
        parent_device=None)


# What update_provider_tree() adds to each provider at the end, since 34.
OWNER = {"OWNER_NOVA"} if "OWNER_NOVA" in inspect.getsource(translator) else set()


def providers(specs, devices):
    translator.ensure_no_dev_spec_with_devname(specs.specs)
    view = translator.PlacementView(NODE, [])
    for device in sorted(devices, key=lambda d: d.address):
        spec = specs.get_devspec(device)
        if spec:
            view.process_dev(device, spec)
    return {name.removeprefix(NODE + "_").lower(): [rp.resource_class, len(rp.devs), *sorted(set(rp.traits) | OWNER)]
            for name, rp in view.rps.items() if rp.devs}


def in_placement(spec, tags, device):
    """Would Placement give this device to a request for the alias?"""
    if not hasattr(translator, "get_resource_class"):
        return True
    wanted = translator.get_resource_class(spec.get("resource_class"), spec.get("vendor_id"),
                                           spec.get("product_id"))
    there = translator.get_resource_class(tags.get("resource_class"), device.vendor_id,
                                          device.product_id)
    return wanted == there and translator.get_traits(spec.get("traits", "")) <= \
        translator.get_traits(tags.get("traits", ""))


def arguments(pools, one):
    """What _filter_pools() takes: since 27 also the providers that Placement chose."""
    more = stats.PciDeviceStats._filter_pools.__code__.co_argcount > 4
    return (pools, one, None, []) if more else (pools, one, None)


def schedulable(specs, devices, aliases, placement):
    pools = stats.PciDeviceStats(objects.NUMATopology(cells=[]), dev_filter=specs)
    for device in devices:
        pools.add_device(device)
    answer = {}
    for name, (policy, wanted) in aliases.items():
        one = objects.InstancePCIRequest(count=1, spec=wanted, alias_name=name,
                                         numa_policy=policy, request_id=None)
        if placement and len(wanted) > 1 and hasattr(translator, "get_resource_class"):
            continue                # a server's request would fail: one spec an alias
        found = pools._filter_pools(*arguments(pools.pools, one)) or []
        addresses = sorted(d.address for pool in found for d in pool["devices"]
                           if not placement or in_placement(
                               wanted[0], specs.get_devspec(d).get_tags(), d))
        if addresses:
            answer[name] = addresses
    return answer


def judge(case):
    answer = {"device_spec": None, "alias": None, "report": None, "matches": {}, "providers": {},
              "schedulable": {}}
    for key in ("device_spec", "alias"):    # "$" is for oslo.config, which has its own test
        CONF.set_override(key, [text.replace("$", "$$") for text in case[key]], "pci")
    CONF.set_override("report_in_placement", case["report"], "pci")
    if hasattr(CONF.filter_scheduler, "pci_in_placement"):
        CONF.set_override("pci_in_placement", case["placement"], "filter_scheduler")
    aliases = {}
    try:
        read = getattr(request, "get_alias_from_config", None) or request._get_alias_from_config
        aliases = getattr(read, "__wrapped__", read)()
    except Exception as error:      # any of them is an answer
        answer["alias"] = exception(error)
    try:
        specs = whitelist.Whitelist(CONF.pci.device_spec)
    except Exception as error:
        answer["device_spec"] = exception(error)
        return answer
    reported = [report(*device) for device in case["devices"]]
    for device in reported:
        index = next((i for i, s in enumerate(specs.specs) if s.match(device)), None)
        if index is not None:
            answer["matches"][device["address"]] = index
    devices = [tracked(d) for d in reported if d["address"] in answer["matches"]]
    try:
        answer["providers"] = providers(specs, devices)
    except Exception as error:
        answer["report"] = exception(error)
    try:
        answer["schedulable"] = schedulable(specs, devices, aliases, case["placement"])
    except Exception as error:
        answer["schedulable"] = exception(error)
    return answer


def main():
    objects.register_all()
    CONF([], project="nova", default_config_files=[], default_config_dirs=[])
    host = None
    for line in sys.stdin:
        case = json.loads(line)
        if (case["devices"], case["netdevs"]) != host:
            host = (case["devices"], case["netdevs"])
            make_sysfs(*host)
        print(json.dumps(judge(case)), flush=True)


if __name__ == "__main__":
    main()
