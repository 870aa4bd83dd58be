# SPDX-License-Identifier: GPL-2.0-or-later
"""The cloud's network: Neutron with OVN, and what a server says that has come up in it.

The servers share one network, of geneve by name; a router leads to the network outside, in which
the compute node has an address and a web server (compute/etc/cloud-network). DHCP, the router and its
address translation are OVN's: ovn-controller's on the node.
"""

import base64

OUTSIDE = "172.24.4.1"
GATEWAY, FIRST, COUNT = "10.1.0.1", 10, 11      # one is the metadata agent's
ADDRESSES = [f"10.1.0.{FIRST + i}" for i in range(COUNT)]
CONFIG = "--config-file /etc/neutron/neutron.conf --config-file /etc/neutron/plugins/ml2/ml2_conf.ini"
SCHEMA = f"neutron-db-manage {CONFIG} upgrade heads"


def _database(name, port):
    return ("root", f"sh -c 'ovsdb-tool create /run/ovn/{name}.db /usr/share/ovn/ovn-{name}.ovsschema &&"
                    f" exec ovsdb-server --remote=ptcp:{port}:127.0.0.1"
                    f" --unixctl=/run/ovn/{name}.ctl /run/ovn/{name}.db'")


# name: (user, command), as in control.py
DATABASES = {"ovn-nb": _database("nb", 6641), "ovn-sb": _database("sb", 6642)}
SERVICES = {
    "ovn-northd": ("root", "ovn-northd --ovnnb-db=tcp:127.0.0.1:6641 --ovnsb-db=tcp:127.0.0.1:6642"),
    "neutron": ("neutron", f"neutron-server {CONFIG}"),
}
PORTS = {"ovn-nb": 6641, "ovn-sb": 6642, "neutron": 9696, "metadata": 8775}

NETWORKS = f"""
network create --external --provider-network-type flat --provider-physical-network outside outside
subnet create --network outside --subnet-range 172.24.4.0/24 --gateway {OUTSIDE} --no-dhcp \
 --allocation-pool start=172.24.4.100,end=172.24.4.200 outside
network create servers
subnet create --network servers --subnet-range 10.1.0.0/24 --gateway {GATEWAY} \
 --allocation-pool start={ADDRESSES[0]},end={ADDRESSES[-1]} servers
router create router
router add subnet router servers
router set --external-gateway outside router
"""

# iPXE knows no routes from DHCP but the gateway: for the metadata agent, which is in the servers' own
# network, it is told the agent's address.
START = """\
#!ipxe
isset ${{net0/mac}} || exit
:dhcp
dhcp net0 || goto dhcp
set router ${{net0/gateway}}
set net0/gateway {metadata}
:metadata
chain http://169.254.169.254/latest/user-data || goto metadata
"""
# iPXE keeps a processor busy while it waits for an answer, but not while it sleeps: of many servers
# one asks at a time, and the others sleep.
WAIT = """\
:{0}
sleep {1}
imgfetch http://{2}/{0}{3} || goto {0}
"""
REPORT = """\
#!ipxe
set net0/gateway ${router}
%s:router
ping -c 1 -t 10000 ${router} || goto router
%s:report
imgfetch http://%s/report?ip=${net0/ip}&router=${router}&uuid=${uuid} || goto report
"""
NEIGHBOUR = """\
:n{0}
iseq ${{net0/ip}} {0} || ping -c 1 -t 10000 {0} || goto n{0}
"""


def user_data(neighbours=()):
    """What a server is given, and does once the metadata service gave it.

    One with neighbours reports when it is its turn(), and stays, so that it answers them, until it may
    go(). Whoever ends leaves the machine to its disk.
    """
    turn, end = "", ""
    if neighbours:
        turn, end = WAIT.format("turn-", 5, OUTSIDE, "${net0/ip}"), WAIT.format("go", 5, OUTSIDE, "")
    text = REPORT % (turn, "".join(NEIGHBOUR.format(a) for a in neighbours), OUTSIDE)
    return base64.b64encode((text + end).encode()).decode()


def turn(node, address):
    """Has the server with this address ask its neighbours, and report."""
    node.run(f"echo 1 >/run/outside/turn-{address}")


def go(node):
    """Has all servers that stay go on."""
    node.run("echo 1 >/run/outside/go")


def hold(node):
    """Has the next servers wait, each for its turn, and stay."""
    node.run("rm -f /run/outside/turn-* /run/outside/go")


def reports(node):
    """{server's ID: its address} of those that reported, by way of the router."""
    found = {}
    for line in node.run("cat /run/outside.log"):
        if '"GET /report?' in line and '" 200 ' in line:
            query = line.split("/report?")[1].split()[0]
            words = dict(w.split("=") for w in query.split("&"))
            if words["router"] == GATEWAY:
                found[words["uuid"]] = words["ip"]
    return found
