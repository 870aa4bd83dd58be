# SPDX-License-Identifier: GPL-2.0-or-later
"""What must be shown of a cloud whose compute nodes gpuclaim has set up."""

from tests.cloud import network
from tests.cloud.api import LONG, until
from tests.cloud.cloud import BAR0
from tests.cloud.compute import gpu, provider
from tests.cloud.control import LOGIN
from tests.cloud.dashboard import Browser, told
from tests.cloud.nodes import node_of
from tests.cloud.pxe import New
from tests.lab import lab
from tests.lab.lab import case, check, equal
from tests.lab.progress import heading, step

cloud = None            # the Cloud, while it runs


NETWORKED = {"system": "network", "user_data": network.user_data()}


@lab.test
def one_gpu():
    heading("A compute node with one GPU")
    node, card = cloud.start(node_of("compute1")), gpu(0)
    name = provider("compute1", card)
    with case("claimed at boot by what setup wrote"):
        equal(node.status(), (0, "ready"), "gpuclaimctl status: exit code, first line")
        equal(set(node.drivers().values()), {"vfio-pci"}, "drivers of the GPU's functions")
    with case("Placement has the GPU"):
        equal(until("provider", cloud.api.gpus), {name: (1, 0)}, "providers: GPUs, used")
    node.run("mark 1")
    first = cloud.server("server1", **NETWORKED)
    with case("the first server has its address, its metadata, and a way out"):
        cloud.judge_network(first)
        check(cloud.controller.user_data_given(), "the metadata service gave nobody user data")
    with case("the first server has the GPU, and reads its memory"):
        cloud.judge_serves(first, card)
    with case("no native driver touched the GPU from power-on to the first server"):
        equal(node.machine.cards[0].bar_accesses(until=1), [], "accesses to the card's memory")
        equal(node.run("grep -cE '^(nouveau|nvidia) ' /proc/modules || :"), ["0"], "native modules")
    second = cloud.server("server2")
    with case("the second is refused: No valid host, and the GPU is the reason"):
        cloud.judge_refused(second)
        equal(cloud.api.gpus(), {name: (1, 1)}, "providers: GPUs, used")
    step("both are deleted", cloud.clear)
    with case("the GPU stays claimed, and is free again"):
        equal(set(node.drivers().values()), {"vfio-pci"}, "drivers of the GPU's functions")
        equal(cloud.api.gpus(), {name: (1, 0)}, "providers: GPUs, used")
    third = cloud.server("server3", **NETWORKED)
    with case("the next server is given it"):
        cloud.judge_serves(third, card)


@lab.test
def dashboard():
    heading("The Dashboard, in a browser")
    node = cloud.node or cloud.start(node_of("compute1"))
    if not cloud.api.servers():
        cloud.judge_network(cloud.server("server3", **NETWORKED))
    name = cloud.api.servers()[0]["name"]
    cloud.server("refused")
    images = {name: "network", "refused": "pciscan"}
    step("its web server, and what drives a browser", cloud.controller.start_dashboard)
    with Browser() as browser:
        with case("a wrong password is refused"):
            equal(step("a browser, and the first page", lambda: browser.log_in("admin", "wrong")),
                  ["Invalid credentials."], "what the page says")
        with case("the admin is let in, and sees the servers: status, image, flavor, addresses"):
            equal(browser.log_in("admin", "secret"), "", "what the page says")
            wanted = {s["name"]: told(s, images[s["name"]]) for s in cloud.api.servers()}
            equal(browser.servers(), wanted, "Instances")
        with case("the server's page has its flavor, image and host, and its log has the GPU"):
            terms, log = browser.server(name)
            equal([terms[t] for t in ("Name", "Status", "Flavor Name", "Image Name", "Host")],
                  [name, "Active", "gtx1050", "network", node.name], "Overview")
            check(any(line.endswith(BAR0) for line in log), f"no {BAR0!r} in the log: {log}")
        with case("Network Topology has the server in its network, and the router to the outside"):
            server, (router,) = cloud.api.server(name), cloud.api.neutron("/routers")["routers"]
            drawn = browser.topology(len(cloud.api.servers()) + 1)
            equal(drawn[server["id"]], {"servers": told(server, "")[3]}, "lines of the server")
            outside, = router["external_gateway_info"]["external_fixed_ips"]
            equal(drawn[router["id"]], {"servers": [network.GATEWAY],
                                        "outside": [outside["ip_address"]]}, "lines of the router")
        with case("Hypervisors has the node and each of its GPUs"):
            equal(browser.providers(), {node.name, *cloud.api.gpus()}, "Resource Provider")
        with case("a server that is deleted there is gone, and the other is not"):
            browser.delete("refused")
            until("it is gone", lambda: len(cloud.api.servers()) == 1)
            equal(list(browser.servers()), [name], "Instances")


def judge_one_user(machine_card, **where):
    """Of its memory there was one access: the boot sector's."""
    touched = [(access.kind, access.text) for access in machine_card.bar_accesses(**where)]
    equal(touched, [("bar-read", "0 0x0 4 = 0x137000a1")], f"{machine_card.name}: accesses")


@lab.test
def reboot():
    heading("The node is rebooted, with the server on it")
    node, card = cloud.node or cloud.start(node_of("compute1")), gpu(0)
    if not cloud.api.servers():
        cloud.server("server3")
    step("an orderly reboot", node.reboot)
    reports = cloud.controller.reports(node.name)
    step("it comes up", node.wait)
    cloud.join(reports)
    with case("claimed, then found ready, then nova-compute"):
        equal(node.status(), (0, "ready"), "gpuclaimctl status: exit code, first line")
        equal(node.run("sed -n s/^STAGE=//p /run/gpuclaim/boot"), ["initramfs"], "claimed in")
        ready, = node.run("systemctl show -P ActiveEnterTimestampMonotonic gpuclaim-ready")
        nova, = node.run("systemctl show -P InactiveExitTimestampMonotonic nova-compute")
        check(0 < int(ready) < int(nova), f"ready at {ready}, nova-compute began at {nova}")
    step("Nova starts the server again", lambda: until("server3 runs", lambda: node.run(
        "virsh list --name --state-running")[0]))
    with case("the server runs again, on the same card, and nobody else has touched it"):
        cloud.judge_serves(cloud.api.settled("server3"), card)
        judge_one_user(node.machine.cards[0])


@lab.test
def linux():
    heading("A server whose system is Linux")
    node = cloud.node or cloud.start(node_of("compute1"))
    step("whatever runs is deleted; the image, and a flavor", cloud.clear,
         cloud.controller.offer_linux)
    server = cloud.server("linux", system="linux", flavor="gtx1050-linux")
    with case("it makes its initramfs anew, with the GPU's driver, and reboots"):
        said = step("its kernel boots twice, emulated twice", lambda: cloud.api.console("linux"))[0]
        kernels = [line for line in said if line.startswith("Linux 6.")]
        check(len(kernels) == 2 and any("it is made anew" in line for line in said),
              f"its console: {said[-20:]}")
    with case("its driver finds the GPU, whose memory can be read"):
        check(any("nouveau" in line and "NVIDIA GP107" in line for line in said),
              f"no nouveau on its console: {said[-20:]}")
        cloud.judge_serves(server, gpu(0))
        equal(set(node.drivers().values()), {"vfio-pci"}, "drivers of the GPU's functions")


@lab.test
def replaced():
    heading("The node is gone; another takes its place, which the network boots and installs")
    old = cloud.node or cloud.start(node_of("compute1"))
    with case("Placement has the GPU of the node that goes"):
        equal(list(until("provider", cloud.api.gpus)), [provider(old.name, gpu(0))], "providers")
    node, card = cloud.start(New("compute4", ["gtx1050"])), gpu(0)
    with case("set up by the installer, and claimed at its first boot"):
        equal(node.status(), (0, "ready"), "gpuclaimctl status: exit code, first line")
        equal(node.run("sed -n s/^STAGE=//p /run/gpuclaim/boot"), ["initramfs"], "claimed in")
    with case("Nova's drop-in, written where there was no GPU, has the alias and this one now"):
        told = node.run("cat /etc/nova/nova.conf.d/60-gpuclaim.conf")
        for option, value in ("device_spec", f'"address":"{card}"'), ("alias", '"name":"gtx1050"'):
            lines = [line for line in told if line.startswith(f"{option} = ")]
            check(len(lines) == 1 and value in lines[0], f"{option}: {lines}")
    with case("Nova and Placement have it and its GPU, and nothing of the node before"):
        equal(until("provider", cloud.api.gpus), {provider(node.name, card): (1, 0)},
              "providers: GPUs, used")
        equal(cloud.api.hosts(), {node.name}, "hypervisors")
        node.run(f"env {' '.join(LOGIN)} gpuclaimctl nova verify --placement")
    server = cloud.server("server4")
    with case("a server has the GPU; nobody else has touched it, and in the installer nobody"):
        cloud.judge_serves(server, card)
        judge_one_user(node.machine.cards[0])
        equal(node.installer.cards[0].bar_accesses(), [], "accesses in the installer")


@lab.test
def no_dhcp():
    heading("Without OVN's controller on the node there is no DHCP")
    node = cloud.node or cloud.start(node_of("compute1"))
    step("whatever runs is deleted", cloud.clear)
    server = cloud.server("server5", **NETWORKED)
    cloud.judge_network(server)
    instance = server["OS-EXT-SRV-ATTR:instance_name"]

    def again():
        node.run(f"systemctl stop ovn-controller; : >/run/outside.log; virsh reset {instance}; sleep 60")
    step("the controller ends; the server starts anew", again)
    with case("it has not reported in a minute; with the controller it does"):
        equal(network.reports(node), {}, "reports")
        node.run("systemctl start ovn-controller")
        cloud.judge_network(server)


@lab.test
def wrong_alias():
    heading("A flavor that names an alias that Nova does not have")
    node = cloud.node or cloud.start(node_of("compute1"))
    step("whatever runs is deleted; the flavor", cloud.clear, lambda: cloud.api.flavor("wrong", "gtx9999"))
    with case("its server is refused, and the GPU is free"):
        wanted = cloud.api.wanted("server6", flavor="wrong")
        code, text = cloud.api.refused("POST", "/servers", wanted)
        check(code == 400 and "gtx9999" in text, f"Nova's answer: {code}: {text}")
        equal(until("provider", cloud.api.gpus), {provider(node.name, gpu(0)): (1, 0)},
              "providers: GPUs, used")


@lab.test
def tenants():
    heading("Two projects, and one GPU")
    node = cloud.node or cloud.start(node_of("compute1"))
    other = step("whatever runs is deleted; another project is made", cloud.clear,
                 lambda: cloud.controller.admit("other"))[1]
    node.run("mark 7")
    ours = cloud.server("ours")
    cloud.judge_serves(ours, gpu(0))
    with case("the other project does not see the server, and can't ask for it"):
        equal(other.servers(), [], "servers of the other project")
        for method in "GET", "DELETE":
            equal(other.refused(method, f"/servers/{ours['id']}")[0], 404, f"{method} of the server")
        equal(other.refused("GET", "/os-hypervisors")[0], 403, "the hypervisors")
    other.create("theirs", flavor="gtx1050-disk")
    with case("it can't have the GPU while the first has it"):
        cloud.judge_refused(step("server theirs", lambda: other.settled("theirs"))[0])
    step("both are deleted", lambda: other.delete("theirs"), cloud.clear)
    other.create("next", flavor="gtx1050-disk")
    server = step("server next", lambda: other.settled("next"))[0]
    with case("it has it afterwards, reset, and nobody read it between the two"):
        cloud.judge_serves(cloud.api.server("next", all_projects=True), gpu(0), api=other)
        kinds = [a.kind for a in node.machine.cards[0].accesses("reset", "bar-read", "bar-write",
                                                               since=7)]
        first, last = kinds.index("bar-read"), len(kinds) - 1
        check(kinds[last] == "bar-read" and set(kinds[first + 1:last]) == {"reset"},
              f"the card was reset and read: {kinds}")
    other.delete(server["name"])


@lab.test
def windows():
    heading("A server of Windows 11's shape: UEFI, Secure Boot, a TPM, a hidden hypervisor")
    node = cloud.node or cloud.start(node_of("compute1"))
    step("whatever runs is deleted; the key manager, the images", cloud.clear,
         lambda: cloud.controller.offer_windows(
             node.run("gpuclaimctl nova show --for controller --guest windows11 2>/dev/null")))
    node.run("mark 8")
    server = cloud.server("windows", system="windows", flavor="gtx1050-windows")
    with case("it is ACTIVE, with the devices that it asked for"):
        equal(server["status"], "ACTIVE", f"status ({cloud.fault(server)})")
        instance = server["OS-EXT-SRV-ATTR:instance_name"]
        xml = "\n".join(node.run(f"virsh dumpxml {instance}"))
        for part in ("<loader readonly='yes' secure='yes'", "<smm state='on'", "<tpm model='tpm-crb'>",
                     "<backend type='emulator' version='2.0'", "<hidden state='on'/>", "machine='pc-q35"):
            check(part in xml, f"no {part} in its domain")
        equal([address for address, _ in node.hostdevs(instance)], [gpu(0)], "its GPU")
    with case("what starts is signed, and says that Secure Boot is in force"):
        said = step("its firmware starts GRUB by shim, emulated twice",
                    lambda: cloud.api.console("windows", "GRUB end"))[0]
        check(any("Secure Boot: lockdown=y" in line for line in said), f"its console: {said[-5:]}")
    with case("its firmware gave the GPU's memory addresses"):
        written = node.machine.cards[0].accesses("cfg-write", since=8)
        check(written, "nobody wrote to the GPU's configuration space")
    step("it is deleted", cloud.clear)
    cloud.server("unsigned", system="unsigned", flavor="gtx1050-windows")
    with case("without Secure Boot the same disk says that it is not in force"):
        said = step("its firmware starts GRUB by shim, emulated twice",
                    lambda: cloud.api.console("unsigned", "GRUB end"))[0]
        check(any(line.rstrip().endswith("Secure Boot: lockdown=") for line in said),
              f"its console: {said[-5:]}")


def ten(node, number):
    """The paper's bulk creation, for the first, or another, time."""
    network.hold(node)
    node.run(f"mark {number}")
    others = set(network.ADDRESSES) - {cloud.api.metadata_agent()}
    given = cloud.controller.user_data_given()
    servers = step("ten servers by one request", lambda: cloud.ten(
        system="network", user_data=network.user_data(sorted(others))))[0]
    with case(f"ten are ACTIVE, and each was given its user data ({number})"):
        equal({server["status"] for server in servers}, {"ACTIVE"}, "status")
        until("user data", lambda: cloud.controller.user_data_given() >= given + 10, 3 * LONG)
    with case(f"ten have their addresses, and each reaches the router and all others ({number})"):
        step("one after the other asks the nine others", lambda: equal(
            {cloud.judge_network(server, turn=True) for server in servers}, others, "addresses"))
    network.go(node)
    with case(f"they are on ten cards ({number})"):
        addresses = [cloud.judge_serves(server) for server in servers]
        equal(sorted(addresses), [gpu(n) for n in range(10)], "addresses")
    with case(f"each card was reset, and used by one server, as its own log says ({number})"):
        for place, machine_card in enumerate(node.machine.cards):
            resets = [access.text for access in machine_card.accesses("reset", since=number)]
            check("flr" in resets, f"{gpu(place)}: resets {resets}")
            judge_one_user(machine_card, since=number)
    eleventh = cloud.server("server11")
    with case(f"the eleventh is refused: No valid host, and the GPU is the reason ({number})"):
        cloud.judge_refused(eleventh)
    step("all are deleted", cloud.clear)


@lab.test
def ten_gpus():
    heading("A compute node with ten GPUs")
    node = cloud.start(node_of("compute10", memory="6G"))
    wanted = {provider("compute10", gpu(n)): (1, 0) for n in range(10)}
    with case("Placement has ten GPUs"):
        equal(until("providers", cloud.api.gpus), wanted, "providers: GPUs, used")
    ten(node, 1)
    with case("nobody had touched a card before the first server"):
        for place, machine_card in enumerate(node.machine.cards):
            equal(machine_card.bar_accesses(until=1), [], f"{gpu(place)}: accesses before")
    with case("all GPUs are free again"):
        equal(cloud.api.gpus(), wanted, "providers: GPUs, used")
    ten(node, 2)
