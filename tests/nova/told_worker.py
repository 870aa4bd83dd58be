#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""told_worker.py CASES: runs beside Nova, and looks at drop-ins with Nova's own classes.

For each case: the whole configuration is read as nova-compute would; the whitelist matches exactly
the GPUs that are ready, among all devices of the machine; each alias is asked for as a flavor
would, for as many as are schedulable and for one more; the providers that Nova would make in
Placement are those that were said, and the elements for libvirt what Nova would write.
"""

import inspect
import json
import os
import sys
import tempfile
import types
import uuid

from lxml import etree
import nova.conf
from nova import context
from nova import objects
from nova.api.validation.extra_specs import validators
from nova.compute import pci_placement_translator
from nova.compute import provider_tree
from nova.objects import fields
from nova.objects import image_meta
from nova.objects import request_spec
from nova.pci import request
from nova.pci import stats
from nova.pci import whitelist
from nova.virt.libvirt import config

CONF = nova.conf.CONF
NODE = "compute1.example"


class Wrong(Exception):
    """What is not as it should be."""


def expect(what, got, wanted):
    if got != wanted:
        raise Wrong(f"{what}: {got!r}, expected {wanted!r}")


def configure(*texts):
    """As nova-compute reads a folder of drop-ins."""
    with tempfile.TemporaryDirectory() as folder:
        for i, text in enumerate(texts):
            with open(os.path.join(folder, f"{50 + i}.conf"), "w", encoding="utf-8") as f:
                f.write(text)
        CONF([], project="nova", prog="nova-compute", default_config_files=[],
             default_config_dirs=[folder])


def pci_device(device, number):
    one = objects.PciDevice.create(context.get_admin_context(),
                                   {**device, "compute_node_id": 1,
                                    "status": fields.PciDeviceStatus.AVAILABLE})
    one.id = number
    return one


def matched(filter_, devices):
    return [d for d in devices if filter_.device_assignable(dict(d))]


def read_aliases():
    """As services do when they start; later releases keep what they read."""
    read = getattr(request, "get_alias_from_config", None) or request._get_alias_from_config
    if hasattr(read, "cache_clear"):
        read.cache_clear()
    return read()


def requests_for(alias, count):
    specs = {"pci_passthrough:alias": f"{alias}:{count}"}
    for name, value in specs.items():
        validators.validate(name, value)
    return request.get_pci_requests_from_flavor(objects.Flavor(extra_specs=specs)).requests


def guest_cells():
    """A guest with a NUMA topology, on node 0: the default policy would refuse GPUs of node 1."""
    return [objects.InstanceNUMACell(id=0, cpuset=set(), pcpuset={0}, memory=512)]


def supports(pools, alias, count, cells=None):
    parameters = inspect.signature(pools.support_requests).parameters
    # What Placement would have chosen, from 2023.1 on: None is "it was not asked".
    mapping = {"provider_mapping": None} if "provider_mapping" in parameters else {}
    return bool(pools.support_requests(requests_for(alias, count), numa_cells=cells, **mapping))


def check_schedulable(case, pools):
    for alias, count in case["schedulable"].items():
        if count:
            expect(f"{alias}:{count} is schedulable", supports(pools, alias, count), True)
            if '"numa_policy":"preferred"' in case["dropin"]:
                expect(f"{alias}:{count} for a guest on one node",
                       supports(pools, alias, count, guest_cells()), True)
        expect(f"{alias}:{count + 1} is schedulable", supports(pools, alias, count + 1), False)


def provider_view(filter_, devices, pools):
    """{name: (inventories, traits)} of the providers below the compute node's."""
    tree = provider_tree.ProviderTree()
    tree.new_root(NODE, str(uuid.uuid4()), generation=0)
    tracker = types.SimpleNamespace(dev_filter=filter_, pci_devs=devices, stats=pools)
    pci_placement_translator.update_provider_tree_for_pci(tree, NODE, tracker, {}, [])
    result = {}
    for one in tree.get_provider_uuids():
        data = tree.data(one)
        if data.name != NODE:
            result[data.name] = ({k: v["total"] for k, v in data.inventory.items()},
                                 sorted(data.traits))
    return result


def check_providers(case, filter_, devices, pools):
    said = {NODE + p["name_suffix"]: ({p["resource_class"]: p["total"]}, sorted(p["traits"]))
            for p in case["providers"]}
    expect("providers", provider_view(filter_, devices, pools), said)
    expect("one provider a GPU", len(said), len(case["ready"]))


def check_resource_classes(case):
    """What the scheduler would ask Placement for is what there is."""
    ask = getattr(request_spec.RequestSpec, "_rc_from_request", None)
    if not ask:
        return      # before 2023.1 the scheduler does not
    there = {p["resource_class"] for p in case["providers"]}
    for alias, count in case["schedulable"].items():
        for one in requests_for(alias, 1) if count else []:
            expect(f"{alias} in Placement", ask(one.spec[0]) in there, True)


def check_guests(case):
    """The API takes the flavor's keys, and the image's properties are known."""
    for properties in case["flavor"].values():
        for name, value in properties.items():
            validators.validate(name, value)
            if name not in validators.VALIDATORS:
                raise Wrong(f"{name} has no validator: API 2.86 refuses it")
    for guest, properties in case["image"].items():
        props = image_meta.ImageMetaProps.from_dict(properties)
        for name, value in properties.items():
            expect(f"{guest}: {name}", str(getattr(props, name)).lower(), value)


def check_hostdevs(case):
    """A GPU's element is what Nova would write for it; one of audio is of a GPU's own slot."""
    said = []
    for text in case["libvirt"]:
        source = etree.fromstring(text).find("source/address").attrib
        ours, novas = config.LibvirtConfigGuestHostdevPCI(), config.LibvirtConfigGuestHostdevPCI()
        ours.parse_dom(etree.fromstring(text))
        for name in "domain", "bus", "slot", "function":
            setattr(novas, name, source[name].removeprefix("0x"))
        novas.managed = "no"
        wanted, got = (etree.tostring(etree.fromstring(xml, etree.XMLParser(remove_blank_text=True)))
                       for xml in (novas.to_xml(), text))
        expect("an element", got, wanted)
        said.append("{}:{}:{}.{}".format(ours.domain[2:], ours.bus[2:], ours.slot[2:], ours.function[2:]))
    expect("elements of GPUs", [a for a in said if a in case["ready"]], case["ready"])
    expect("elements of others", [a for a in said if a not in case["ready"]
                                  and (not a.endswith(".1") or a[:-1] + "0" not in case["ready"])], [])


def check_controller(case, aliases):
    configure(case["controller"])
    expect("the controllers' aliases", read_aliases(), aliases)
    if "pci_in_placement" in CONF.filter_scheduler:
        expect("pci_in_placement", CONF.filter_scheduler.pci_in_placement,
               case["pci_in_placement"])


def start(case, *texts):
    """What nova-compute, and nova-api with the same files, do at their start; None or the error."""
    try:
        configure(*texts)
        filter_ = whitelist.Whitelist(CONF.pci.device_spec)
        objs = [pci_device(d, n) for n, d in enumerate(matched(filter_, case["devices"]), 1)]
        pools = stats.PciDeviceStats(objects.NUMATopology(cells=[]), dev_filter=filter_)
        for one in objs:
            pools.add_device(one)
        if CONF.pci.report_in_placement:
            provider_view(filter_, objs, pools)
        read_aliases()
    except Exception as error:  # pylint: disable=broad-except
        return error.format_message() if hasattr(error, "format_message") else str(error)
    return None


def check_refused(case):
    """With what was refused Nova does not start, for the reason that was told; without it, it does."""
    expect("as it is left", start(case, case["site"]), None)
    error = start(case, case["site"], case["dropin"])
    if not error or " ".join(error.split()).rstrip(".") not in case["refusal"]:
        raise Wrong(f"Nova says {error!r}, and we: {case['refusal']}")


def check(case):
    if "refusal" in case:
        check_refused(case)
        return
    configure(case["dropin"])
    filter_ = whitelist.Whitelist(CONF.pci.device_spec)
    devices = matched(filter_, case["devices"])
    expect("matched", [d["address"] for d in devices], case["ready"])
    expect("specs", len(filter_.specs), len(case["ready"]))
    aliases = read_aliases()
    expect("aliases", sorted(aliases), sorted(case["schedulable"]))
    expect("schedulable", sum(case["schedulable"].values()), len(case["ready"]))

    objs = [pci_device(d, n) for n, d in enumerate(devices, 1)]
    pools = stats.PciDeviceStats(objects.NUMATopology(cells=[]), dev_filter=filter_)
    for one in objs:
        pools.add_device(one)
    check_schedulable(case, pools)
    if CONF.pci.report_in_placement:
        check_providers(case, filter_, objs, pools)
        check_resource_classes(case)
    check_guests(case)
    check_hostdevs(case)
    check_controller(case, aliases)


def main():
    objects.register_all()
    with open(sys.argv[1], encoding="utf-8") as f:
        cases = json.load(f)
    for case in cases:
        try:
            check(case)
            print("ok", case["name"])
        except Exception as error:  # pylint: disable=broad-except
            print(f"not ok {case['name']}: {type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
