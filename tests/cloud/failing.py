# SPDX-License-Identifier: GPL-2.0-or-later
"""What must be shown of a cloud some of whose GPUs fail, with gpuclaim and without."""

from tests.cloud.api import GPU_CLASS, until
from tests.cloud.compute import gpu, provider
from tests.cloud.control import LOGIN
from tests.cloud.nodes import node_of
from tests.lab import lab
from tests.lab.lab import case, check, equal
from tests.lab.progress import heading, step

cloud = None            # the Cloud, while it runs


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


def is_gone(but=()):
    """libvirt can't end QEMU as long as the kernel waits: Nova then has a server in ERROR."""
    servers = [server for server in cloud.api.servers() if server["name"] not in but]
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


# --- a GPU that dies while the cloud runs, and comes back

def sync(node):
    """One pass, when the timer's own is not at work."""
    node.run("until gpuclaimctl nova sync; code=$?; [ $code != 5 ]; do sleep 1; done; (exit $code)",
             codes=(0, 3))


@lab.test
def dying():
    heading("Two GPUs; one dies in the running cloud, and comes back")
    node = cloud.start(node_of("compute7"))
    names, dead = [provider(node.name, gpu(n)) for n in (0, 1)], node.machine.cards[1]
    # nova sync wakes no GPU that sleeps, and one that sleeps does not show that it is dead.
    node.run(f"echo on >/sys/bus/pci/devices/{gpu(1)}/power/control")
    equal(set(until("providers", cloud.api.gpus)), set(names), "providers")
    dead.command("fault 0 dead")
    step("the second GPU no longer answers; one pass of nova sync", lambda: sync(node))
    with case("nobody has it: the next server is given the other, one more is refused"):
        equal(cloud.api.reserved(), {names[1]}, "reserved in Placement")
        servers = ask_for_two()
        cloud.judge_serves(servers[0], gpu(0))
        cloud.judge_refused(servers[1])
    cloud.api.delete("second")
    dead.command("fault 0 none")
    step("it answers again; one pass", lambda: sync(node))
    with case("it is offered again"):
        equal(cloud.api.reserved(), set(), "reserved in Placement")
        cloud.judge_serves(cloud.server("third"), gpu(1))
    dead.command("fault 0 dead")
    step("it no longer answers, while a server has it; one pass", lambda: sync(node))
    with case("a server has it: it is reserved, and offered to nobody when the server is gone"):
        equal(cloud.api.reserved(), {names[1]}, "reserved in Placement")
        cloud.api.nova("DELETE", f"/servers/{cloud.api.server('third')['id']}")
        until("the server is gone", lambda: is_gone(but=["first"]))
        cloud.judge_refused(cloud.server("fourth"))
    cloud.api.delete("fourth")
    dead.command("fault 0 none")
    step("it answers again; one pass", lambda: sync(node))
    with case("it is offered again, and the next server has it"):
        equal(cloud.api.reserved(), set(), "reserved in Placement")
        cloud.judge_serves(cloud.server("fifth"), gpu(1))
