# SPDX-License-Identifier: GPL-2.0-or-later
"""What must be shown of a cloud whose compute nodes gpuclaim has set up."""

from tests.cloud.api import GPU_CLASS, until
from tests.cloud.cloud import BAR0
from tests.cloud.compute import BY_ID, WITH_GPUCLAIM, Compute, gpu, joined, provider
from tests.cloud.control import LOGIN
from tests.cloud.dashboard import Browser, told
from tests.cloud.pxe import New
from tests.lab import lab
from tests.lab.lab import case, check, equal
from tests.lab.progress import heading, step

cloud = None            # the Cloud, while it runs


PAIR = ["gtx1050", "gtx1050@bridge"]
RESETTABLE = "gtx1050+flr"     # by itself, as those for data centres
# name: (cards, how it is set up)
NODES = {"compute1": (["gtx1050"], WITH_GPUCLAIM), "compute10": ([RESETTABLE] * 10, WITH_GPUCLAIM),
         "compute2": (PAIR, WITH_GPUCLAIM), "compute3": (PAIR, BY_ID),
         "compute5": ([RESETTABLE] * 2, WITH_GPUCLAIM), "compute6": ([RESETTABLE] * 2, BY_ID)}
USES = {"one_gpu": ["compute1"], "dashboard": ["compute1"], "reboot": ["compute1"],
        "linux": ["compute1"], "replaced": ["compute1"], "ten_gpus": ["compute10"],
        "failed_card": ["compute2", "compute3"], "stuck_flr": ["compute5", "compute6"]}


def chosen(words):
    """The tests that are chosen with these words."""
    return [test for test in USES if not words or any(w in test for w in words)]


def nodes(words):
    """(name, cards, how) of the nodes that they begin with."""
    used = {node for test in chosen(words) for node in USES[test]}
    return [(name, *how) for name, how in NODES.items() if name in used]


def node_of(name, **fields):
    cards, how = NODES[name]
    return Compute(name, cards, joined(name, cards, how), **fields)


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
    first = cloud.server("server1")
    with case("the first server has the GPU, and reads its memory"):
        cloud.judge_serves(first, card)
    with case("no native driver touched the card from power-on to the first server"):
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
    third = cloud.server("server3")
    with case("the next server is given it"):
        cloud.judge_serves(third, card)


@lab.test
def dashboard():
    heading("The Dashboard, in a browser")
    node = cloud.node or cloud.start(node_of("compute1"))
    if not cloud.api.servers():
        cloud.server("server3")
    name = cloud.api.servers()[0]["name"]
    cloud.server("refused")
    step("its web server, and what drives a browser", cloud.controller.start_dashboard)
    with Browser() as browser:
        with case("a wrong password is refused"):
            equal(step("a browser, and the first page", lambda: browser.log_in("admin", "wrong")),
                  ["Invalid credentials."], "what the page says")
        with case("the admin is let in, and sees the servers: status, image, flavor, addresses"):
            equal(browser.log_in("admin", "secret"), "", "what the page says")
            wanted = {s["name"]: told(s, "pciscan") for s in cloud.api.servers()}
            equal(browser.servers(), wanted, "Instances")
        with case("the server's page has its flavor, image and host, and its log has the GPU"):
            terms, log = browser.server(name)
            equal([terms[t] for t in ("Name", "Status", "Flavor Name", "Image Name", "Host")],
                  [name, "Active", "gtx1050", "pciscan", node.name], "Overview")
            check(any(line.endswith(BAR0) for line in log), f"no {BAR0!r} in the log: {log}")
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
    step("whatever runs is deleted; the images, kernel and ramdisk, and a flavor", cloud.clear,
         cloud.controller.offer_linux)
    server = cloud.server("linux", system="linux", flavor="gtx1050-linux")
    with case("its kernel finds the GPU and reads its memory"):
        said = step("its kernel boots, emulated twice", lambda: cloud.api.console("linux"))[0]
        check(any(line.startswith("Linux 6.") for line in said), f"no Linux on its console: {said}")
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
def ten_gpus():
    heading("A compute node with ten GPUs")
    node = cloud.start(node_of("compute10", memory="5G"))
    wanted = {provider("compute10", gpu(n)): (1, 0) for n in range(10)}
    with case("Placement has ten GPUs"):
        equal(until("providers", cloud.api.gpus), wanted, "providers: GPUs, used")
    node.run("mark 1")
    names = step("ten servers by one request", cloud.ten)[0]
    with case("ten are ACTIVE, on ten cards"):
        given = [cloud.judge_serves(cloud.api.server(name)) for name in names]
        equal(sorted(given), [gpu(n) for n in range(10)], "addresses")
    with case("each card was reset, and used by one server, as its own log says"):
        for number, machine_card in enumerate(node.machine.cards):
            equal(machine_card.bar_accesses(until=1), [], f"{gpu(number)}: accesses before")
            resets = [access.text for access in machine_card.accesses("reset", since=1)]
            check("flr" in resets, f"{gpu(number)}: resets {resets}")
            judge_one_user(machine_card, since=1)
    eleventh = cloud.server("server11")
    with case("the eleventh is refused: No valid host, and the GPU is the reason"):
        cloud.judge_refused(eleventh)


# --- a GPU whose group is not viable: a USB controller is behind the same bridge

USB = "nec-usb-xhci,addr=0x5"
GOOD, BAD = gpu(0), "0000:03:01.0"


def ask_for_two():
    """One behind the other, as two people would."""
    return [cloud.server(name) for name in ("first", "second")]


def judge_error(servers):
    """Which GPU a server is given is chance, and one that failed is free again for the next."""
    with case("not two servers run, and Placement has a GPU free all the same"):
        check("ERROR" in [s["status"] for s in servers], f"servers: {servers}")
        check(cloud.api.candidates(**{GPU_CLASS: 1}), "Placement has no GPU any more")


def with_gpuclaim():
    heading("Two GPUs, and one is not claimed: its group is not viable")
    node = cloud.start(node_of("compute2", bridge_devices=[USB]))
    with case("gpuclaimctl status tells, and Nova was told of the other alone"):
        code, first = node.status()
        equal(code, 3, f"exit code of gpuclaimctl status ({first})")
        told = node.run("cat /etc/nova/nova.conf.d/60-gpuclaim.conf")
        specs = [line for line in told if line.startswith("device_spec")]
        check(len(specs) == 1 and GOOD in specs[0], f"device_spec: {specs}")
    with case("Placement has the other alone, and nova verify --placement agrees"):
        equal(until("provider", cloud.api.gpus), {provider("compute2", GOOD): (1, 0)}, "providers")
        node.run(f"env {' '.join(LOGIN)} gpuclaimctl nova verify --placement")
    servers = ask_for_two()
    with case("the first server is given the other; the second is refused for want of a GPU"):
        cloud.judge_serves(servers[0], GOOD)
        cloud.judge_refused(servers[1])


def by_id():
    heading("The same node, with a device_spec by ID instead of gpuclaim's")
    cloud.start(node_of("compute3", bridge_devices=[USB]))
    with case("Placement has both"):
        equal(until("providers", cloud.api.gpus),
              {provider("compute3", a): (1, 0) for a in (GOOD, BAD)}, "providers")
    servers = ask_for_two()
    judge_error(servers)
    with case("for its group is not viable, as the log has it"):
        log = cloud.node.run("grep -c 'not viable' /var/log/nova/nova-compute.log || :")
        check(int(log[0]) > 0, "nova-compute's log does not say that the group is not viable")


@lab.test
def failed_card():
    """The pair for whose sake all of this is made."""
    with_gpuclaim()
    by_id()


# --- a GPU that was well, until the reset behind its first server never ended

VERIFY = f"env {' '.join(LOGIN)} gpuclaimctl nova verify --placement"
KERNEL = "journalctl -k -o cat | grep -c '{}' || :"


def kernel_said(pattern):
    return int(cloud.node.run(KERNEL.format(pattern))[0])


def is_gone():
    """libvirt can't end QEMU as long as the kernel waits: Nova then has a server in ERROR."""
    servers = cloud.api.servers()
    for server in servers:
        if server["status"] == "ERROR" and not server["OS-EXT-STS:task_state"]:
            cloud.api.nova("DELETE", f"/servers/{server['id']}")
    return not servers


def break_one(managed="no", meanwhile=lambda dead: None):
    """A server has one, and is deleted: (that one's address, the other's)."""
    node, addresses = cloud.node, [gpu(0), gpu(1)]
    with case("Placement has both"):
        equal(until("providers", cloud.api.gpus),
              {provider(node.name, a): (1, 0) for a in addresses}, "providers: GPUs, used")
    dead = cloud.judge_serves(cloud.server("first"), managed=managed)
    addresses.remove(dead)
    node.machine.cards[int(dead == gpu(1))].command("fault 0 flr-stuck")
    cloud.api.nova("DELETE", f"/servers/{cloud.api.server('first')['id']}")
    step("the server is deleted; the kernel waits for its GPU",
         lambda: until("a reset that lasts", lambda: kernel_said("after FLR; waiting")))
    meanwhile(dead)
    step("it gives up",
         lambda: until("the end of the reset", lambda: kernel_said("after bus reset; giving up")))
    step("Nova has deleted the server, or is told again to", lambda: until("no server", is_gone))
    return dead, addresses[0]


def judge_told(dead):
    """gpuclaimctl status tells of the dead GPU, and that Nova is still told of it."""
    lines = cloud.node.run("gpuclaimctl status --verbose", codes=[3])
    told = {line.split(":")[0]: line for line in lines if line.startswith("fail ")}
    for name in ("card-answers", "nova-whitelist"):
        check(dead in told.get(f"fail  {name}", ""), f"{name}: {told}")
    check(any("gpuclaimctl nova refresh" in line for line in lines), f"no remedy: {lines}")


def while_it_lasts(dead):
    with case("gpuclaimctl tells of it while the kernel waits, and does not wait itself"):
        judge_told(dead)
        equal(kernel_said("giving up"), 0, "resets given up")


def stuck_with_gpuclaim():
    heading("Two GPUs, and the reset of one never ends, as its first server is deleted")
    node = cloud.start(node_of("compute5"))
    dead, other = break_one(meanwhile=while_it_lasts)
    with case("gpuclaimctl tells of it, and of what Nova and Placement still have"):
        judge_told(dead)
        lines = cloud.node.run(VERIFY, codes=[3])
        check(any(f"Placement offers {provider(node.name, dead)}" in line for line in lines),
              f"nova verify: {lines}")

    def refresh():
        node.run("systemctl restart gpuclaim-ready", codes=[1])
        node.run("systemctl stop nova-compute")
        reports = cloud.controller.reports(node.name)
        node.run("systemctl start nova-compute")
        return reports
    cloud.join(*step("what Nova is told is refreshed, and nova-compute restarted", refresh))
    with case("Placement has the other alone, and nova verify --placement agrees"):
        wanted = {provider(node.name, other): (1, 0)}
        until("Placement has one GPU", lambda: cloud.api.gpus() == wanted)
        node.run(VERIFY)
    servers = ask_for_two()
    with case("the next server is given the other; one more is refused for want of a GPU"):
        cloud.judge_serves(servers[0], other)
        cloud.judge_refused(servers[1])


def stuck_by_id():
    heading("The same, with a device_spec by ID instead of gpuclaim's")
    cloud.start(node_of("compute6"))
    break_one(managed="yes")    # Nova's own default
    servers = ask_for_two()
    judge_error(servers)


@lab.test
def stuck_flr():
    stuck_with_gpuclaim()
    stuck_by_id()
