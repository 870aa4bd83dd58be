# SPDX-License-Identifier: GPL-2.0-or-later
"""The cloud that runs: its controller and the compute node beside it, and what is asked of them."""

import contextlib

from tests.cloud import network, page
from tests.cloud.api import GPU_CLASS, LONG, until
from tests.lab.progress import step
from tests.lib.checks import check, equal

BAR0 = "10de:1c81 BAR0=137000a1"


class Cloud:
    """The controller, and the compute node that runs beside it."""

    def __init__(self, controller):
        self.controller, self.api, self.node = controller, controller.api, None
        self.told = []          # lines of the last page
        self._stack = contextlib.ExitStack()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stack.close()

    def start(self, node):
        """Boots a node, and waits until it has joined; whatever ran before is ended."""
        if self.node:
            self.told += page.of_node(self)
            self.clear()
        self._stack.close()
        if self.node:
            self.controller.forget(self.node.name)
        self.node = node
        jobs = [self.node.wait]
        if not self.controller.processes:
            jobs.append(self.controller.start)
        step(f"{node.name} {node.starts}", lambda: self._stack.enter_context(node) and None)
        step("it comes up" + ", and the controller's databases and services" * len(jobs[1:]), *jobs)
        if jobs[1:]:
            step("the controller is told what `gpuclaimctl nova show --for controller` printed",
                 lambda: self.controller.apply(self.node.run(
                     "gpuclaimctl nova show --for controller 2>/dev/null")))
        self.join()
        return self.node

    def join(self, before=0):
        name = self.node.name
        step(f"nova-compute of {name} joins", lambda: until(
            name, lambda: self.controller.reports(name) > before and name in self.api.hosts()))

    def clear(self):
        for server in self.api.servers():
            self.api.delete(server["name"])

    def server(self, name, **what):
        """Asks for one, and waits for what becomes of it."""
        def create():
            self.api.create(name, **what)
            return self.api.settled(name)
        return step(f"server {name}", create)[0]

    def ten(self, **what):
        """Ten servers by one request, each ACTIVE or in ERROR."""
        self.api.create("many", 10, **what)
        return [self.api.settled(f"many-{n}") for n in range(1, 11)]

    def fault(self, server):
        return self.api.nova("GET", f"/servers/{server['id']}")["server"].get("fault", {}).get(
            "message", "")

    # --- what is expected of them

    def judge_serves(self, server, address=None, managed="no", api=None):
        """It is ACTIVE, libvirt gives it this GPU (or one), and its own system reads the card, as its
        own project is told.

        Returns the GPU's address.
        """
        equal(server["status"], "ACTIVE", f"{server['name']}: status ({self.fault(server)})")
        hostdevs = self.node.hostdevs(server["OS-EXT-SRV-ATTR:instance_name"])
        check(len(hostdevs) == 1 and hostdevs[0][0] == (address or hostdevs[0][0]),
              f"{server['name']}: hostdev {hostdevs}, not {address or 'one'}")
        equal(hostdevs[0][1], managed, f"{server['name']}: managed")
        said = (api or self.api).console(server["name"])
        read = [line for line in said if line.endswith(BAR0)]
        check(read, f"no {BAR0!r} on its console: {said}")
        self.told.append(f"   {server['name']:9} ACTIVE on {self.node.name}, GPU {hostdevs[0][0]}; "
                         f"console: {read[0]}")
        return hostdevs[0][0]

    def judge_network(self, server, turn=False):
        """It took the address that Neutron has for it by DHCP, and did what the user data says that
        the metadata service gave it: asked the router, and others, and reported through the router.

        Returns the address.
        """
        port, = server["addresses"]["servers"]
        address, mac = port["addr"], port["OS-EXT-IPS-MAC:mac_addr"]
        if turn:
            network.turn(self.node, address)
        found = until(f"report of {server['name']}",
                      lambda: network.reports(self.node).get(server["id"]), 3 * LONG)
        equal(found, address, f"{server['name']}: address")
        log = "/var/log/ovn/ovn-controller.log"
        leases = self.node.run(f"grep -c 'DHCPACK {mac} {address}$' {log} || :")
        check(leases != ["0"], f"{server['name']}: no DHCPACK {mac} {address} in {log}")
        self.told.append(f"   {server['name']:9} {address} by DHCP; metadata, router and a web server"
                         " behind it reached")
        return address

    def judge_refused(self, server):
        """No valid host, and the GPU is the reason: without one there is a place."""
        equal(server["status"], "ERROR", "status")
        check("No valid host" in self.fault(server), f"its fault: {self.fault(server)!r}")
        self.told.append(f"   {server['name']:9} ERROR, {self.fault(server)}")
        places = self.api.candidates(), self.api.candidates(**{GPU_CLASS: 1})
        check(places[0] > 0, "there is no place for a server without a GPU either")
        equal(places[1], 0, "places for a server with a GPU")
