# SPDX-License-Identifier: GPL-2.0-or-later
"""Hosts and [pci] configurations for the comparison with Nova's own code.

HAND lists what people write and get wrong, one rule of Nova's a line; generate() makes any
number more of the same grammar with mistakes, from a seed.
"""

import json
import random

# Address, IDs, type as libvirt would have it, and of a virtual function its parent.
TWO_GPUS = [["0000:00:01.0", "8086:460d", "type-PCI", None],
            ["0000:01:00.0", "10de:1c81", "type-PCI", None],
            ["0000:01:00.1", "10de:0fb9", "type-PCI", None],
            ["0000:02:00.0", "10de:1c81", "type-PCI", None],
            ["0000:02:00.1", "10de:0fb9", "type-PCI", None]]
SRIOV = [["0000:03:00.0", "8086:1533", "type-PCI", None],
         ["0000:3b:00.0", "10de:20b5", "type-PF", None],
         ["0000:3b:00.4", "10de:20b5", "type-VF", "0000:3b:00.0"],
         ["0000:3b:00.5", "10de:20b5", "type-VF", "0000:3b:00.0"],
         ["0000:8a:00.0", "10de:2330", "type-PF", None],
         ["0000:8a:1f.7", "10de:2330", "type-VF", "0000:8a:00.0"],
         ["0001:8a:00.0", "1002:744c", "type-PCI", None]]
HOSTS = {"two": {"devices": TWO_GPUS, "netdevs": []},
         "sriov": {"devices": SRIOV,
                   "netdevs": [["eth0", "0000:03:00.0", 0], ["eth1", "virtio0", 0],
                               ["pf0", "0000:3b:00.0", 8], ["vf0", "0000:3b:00.4", 0]]}}


def case(host, spec=(), alias=(), report=False, placement=False):
    return {"device_spec": list(spec), "alias": list(alias), "report": report,
            "placement": placement, **HOSTS[host]}


def specs(host, *spec, **more):
    return case(host, spec, **more)


def aliases(host, *alias, **more):
    return case(host, ['{"vendor_id":"10de"}'], alias, **more)


GPU = '{"vendor_id":"10de","product_id":"1c81","address":"0000:01:00.0"}'
PF = '{"address":"0000:3b:00.0"}'
VF4, VF5 = '{"address":"0000:3b:00.4"%s}', '{"address":"0000:3b:00.5"%s}'
NVIDIA = '{"name":"%s","vendor_id":"10de","product_id":"20b5"'
NAMED = '{"name":"gpu","vendor_id":"10de","product_id":"1c81","device_type":"type-PCI"}'

HAND = {
    "nothing": case("two"),
    "IDs and address": specs("two", GPU),
    "one line a GPU": specs("two", GPU, GPU.replace("01:00", "02:00")),
    "a list of two": specs("two", f"[{GPU}, {GPU}]"),
    "an empty list": specs("two", "[]"),
    "a list in a list": specs("two", f"[[{GPU}]]"),
    "a list with a text": specs("two", '["it\'s"]'),
    "a list with a number": specs("two", "[1.50]"),
    "all of a vendor": specs("two", '{"vendor_id":"10de"}'),
    "everything": specs("two", "{}"),
    "unmanaged": specs("two", '{"vendor_id":"10de","managed":"no"}'),
    "managed, in capitals": specs("two", '{"vendor_id":"10de","managed":" YES "}'),
    "managed as a boolean": specs("two", '{"vendor_id":"10de","managed":false}'),
    "managed as a number": specs("two", '{"vendor_id":"10de","managed":1}'),
    "managed as 1.0": specs("two", '{"vendor_id":"10de","managed":1.0}'),
    "managed as null": specs("two", '{"vendor_id":"10de","managed":null}'),
    "managed as another word": specs("two", '{"vendor_id":"10de","managed":"nope"}'),
    "managed as a list": specs("two", '{"vendor_id":"10de","managed":["no"]}'),
    "live migratable": specs("two", '{"vendor_id":"10de","live_migratable":"maybe"}'),
    "one time use": specs("two", '{"vendor_id":"10de","one_time_use":"yes"}'),
    "one time use, reported": specs("two", GPU[:-1] + ',"one_time_use":"yes"}', report=True),
    "one time use of a function": specs("sriov", VF4 % ',"one_time_use":"yes"', report=True),
    "one time use null of a function": specs("sriov", VF4 % ',"one_time_use":null', report=True),
    "a tag nobody knows": specs("two", '{"vendor_id":"10de","adress":"0000:01:00.0"}'),
    "single quotes": specs("two", "{'vendor_id':'10de'}"),
    "a comment": specs("two", GPU + " # the first"),
    "a trailing comma": specs("two", '{"vendor_id":"10de",}'),
    "nothing at all": specs("two", ""),
    "a text": specs("two", '"10de"'),
    "a number": specs("two", "1"),
    "not a number": specs("two", '{"vendor_id":"10de","x":NaN}'),
    "the second is bad": specs("two", GPU, "{"),
    "a key twice": specs("two", '{"vendor_id":"8086","vendor_id":"10de"}'),
    "a control character": specs("two", '{"vendor_id":"10\tde"}'),
    "deep": specs("two", '{"x":' + "[" * 50 + "]" * 50 + "}"),
    "capitals": specs("two", '{"vendor_id":"10DE"}'),
    "0x": specs("two", '{"vendor_id":"0x10DE"}'),
    "blanks": specs("two", '{"vendor_id":" 10de ","product_id":" 1c81 "}'),
    "an underscore": specs("two", '{"vendor_id":"1_0de"}'),
    "two underscores": specs("two", '{"vendor_id":"1__0de"}'),
    "a sign": specs("two", '{"vendor_id":"+10de"}'),
    "a negative number": specs("two", '{"vendor_id":"-1"}'),
    "too large": specs("two", '{"vendor_id":"10de0"}'),
    "no hex": specs("two", '{"vendor_id":"10dg"}'),
    "an empty ID": specs("two", '{"vendor_id":""}'),
    "a star": specs("two", '{"vendor_id":"*","product_id":"1c81"}'),
    "a star in blanks": specs("two", '{"vendor_id":" * "}'),
    "a product star in blanks": specs("two", '{"product_id":" * "}'),
    "a vendor number": specs("two", '{"vendor_id":4318}'),
    "a vendor null": specs("two", '{"vendor_id":null}'),
    "a product number": specs("two", '{"product_id":7297}'),
    "no function": specs("two", '{"address":"0000:01:00"}'),
    "an empty function": specs("two", '{"address":"0000:01:00."}'),
    "no domain": specs("two", '{"address":"01:00.0"}'),
    "only a slot": specs("two", '{"address":"0.1"}'),
    "only a function": specs("two", '{"address":".1"}'),
    "stars": specs("two", '{"address":"*:01:*.*"}'),
    "half a star": specs("two", '{"address":"*:0*:00.0"}'),
    "five fields": specs("two", '{"address":"0:0:0:1:0.0"}'),
    "a large domain": specs("two", '{"address":"10000:01:00.0"}'),
    "a large slot": specs("two", '{"address":"0000:01:20.0"}'),
    "function 8": specs("two", '{"address":"0000:01:00.8"}'),
    "short fields": specs("two", '{"address":"0:1:0.0"}'),
    "blanks between": specs("two", '{"address":" 0000 : 01 : 00 . 0 "}'),
    "an empty address": specs("two", '{"vendor_id":"10de","address":""}'),
    "a null address": specs("two", '{"vendor_id":"10de","address":null}'),
    "an empty object": specs("two", '{"vendor_id":"10de","address":{}}'),
    "an address list": specs("two", '{"address":["0000:01:00.0"]}'),
    "an address number": specs("two", '{"address":1}'),
    "an address true": specs("two", '{"address":true}'),
    "a regex": specs("two", '{"address":{"bus":"0[12]","function":"0"}}'),
    "a regex is a prefix": specs("sriov", '{"address":{"bus":"3"}}'),
    "a regex that ends": specs("sriov", '{"address":{"bus":"3$"}}'),
    "a regex in capitals": specs("sriov", '{"address":{"bus":"8A"}}'),
    "a bad regex": specs("two", '{"address":{"bus":"["}}'),
    "a regex with nothing to repeat": specs("two", '{"address":{"bus":"*"}}'),
    "a regex number": specs("two", '{"address":{"bus":1}}'),
    "a regex null": specs("two", '{"address":{"domain":null}}'),
    "a regex list": specs("two", '{"address":{"slot":["00"]}}'),
    "an unknown regex key": specs("two", '{"address":{"func":"0"}}'),
    "a regex of one address": specs("sriov", '{"address":{"domain":"0000","bus":"3b","slot":"00",'
                                    '"function":"0"}}'),
    "a physical function": specs("sriov", PF),
    "a physical function, reported": specs("sriov", PF, report=True),
    "a physical function in capitals": specs("sriov", '{"address":"0000:8A:00.0"}'),
    "virtual functions": specs("sriov", VF4 % "", VF5 % ""),
    "virtual functions, reported": specs("sriov", VF4 % "", VF5 % "", report=True),
    "two classes": specs("sriov", VF4 % ',"resource_class":"a"', VF5 % "", report=True),
    "two traits": specs("sriov", VF4 % ',"traits":"a"', VF5 % ',"traits":"b,HW_GPU_API_VULKAN"',
                        report=True),
    "classes and traits": specs("two", '{"vendor_id":"10de","product_id":"1c81",'
                                '"resource_class":"gtx 1050-ti","traits":"rack7,HW_GPU_API_VULKAN"}',
                                report=True),
    "a class number": specs("two", '{"vendor_id":"10de","resource_class":5}', report=True),
    "traits in a list": specs("two", '{"vendor_id":"10de","traits":["a"]}', report=True),
    "a physical network": specs("sriov", '{"address":"0000:3b:00.0","physical_network":"x"}',
                                report=True),
    "a null network": specs("two", GPU[:-1] + ',"physical_network":null}', report=True),
    "a devname": specs("sriov", '{"devname":"eth0"}'),
    "a devname, reported": specs("sriov", '{"devname":"eth0"}', report=True),
    "a devname that is not there": specs("sriov", '{"devname":"eth9"}'),
    "a devname of no PCI device": specs("sriov", '{"devname":"eth1"}'),
    "a devname of a physical function": specs("sriov", '{"devname":"pf0"}'),
    "devname and address": specs("sriov", '{"devname":"eth0","address":"0000:03:00.0"}'),
    "a devname number": specs("sriov", '{"devname":5}'),
    "remote managed": specs("sriov", '{"address":"0000:3b:00.4","remote_managed":"true"}'),
    "remote managed of a physical function":
        specs("sriov", '{"address":"0000:3b:00.0","remote_managed":"true"}'),
    "remote managed by name": specs("sriov", '{"devname":"pf0","remote_managed":true}'),
    "remote managed, not there": specs("sriov", '{"devname":"eth9","remote_managed":"yes"}'),
    "remote managed is no word": specs("sriov", '{"address":"0000:3b:00.0","remote_managed":"x"}'),
    "the first that matches": specs("two", '{"vendor_id":"10de"}', GPU),
    "an alias": aliases("two", NAMED),
    "an alias twice": aliases("two", NAMED, NAMED.replace("1c81", "0fb9")),
    "an alias twice, in Placement": aliases("two", NAMED, NAMED.replace("1c81", "0fb9"),
                                            report=True, placement=True),
    "an alias twice without type": aliases("two", '{"name":"a"}', '{"name":"a"}'),
    "an alias of two types": aliases("two", NAMED, NAMED.replace("-PCI", "-PF")),
    "an alias of two policies": aliases("two", NAMED, NAMED[:-1] + ',"numa_policy":"preferred"}'),
    "an alias list": aliases("two", f"[{NAMED}]"),
    "an alias with 0x": aliases("two", NAMED.replace("10de", "0x10de")),
    "an alias in capitals": aliases("two", NAMED.replace("10de", "10DE")),
    "an alias with a newline": aliases("two", NAMED.replace("10de", "10de\\n")),
    "an alias without name": aliases("two", '{"vendor_id":"10de"}'),
    "an alias with an empty name": aliases("two", '{"name":""}'),
    "an alias with a long name": aliases("two", '{"name":"' + "a" * 257 + '"}'),
    "an alias number": aliases("two", '{"name":5}'),
    "an alias with an address": aliases("two", '{"name":"a","address":"0000:01:00.0"}'),
    "an alias with only a name": aliases("two", '{"name":"a"}'),
    "an alias of a socket": aliases("two", NAMED[:-1] + ',"numa_policy":"socket"}'),
    "an alias of a bad policy": aliases("two", NAMED[:-1] + ',"numa_policy":"strict"}'),
    "an alias of a bad type": aliases("two", NAMED.replace("type-PCI", "PCI")),
    "an alias with a class": aliases("two", '{"name":"a","resource_class":"x"}', placement=True),
    "an alias with traits": aliases("two", NAMED[:-1] + ',"traits":"a"}', report=True,
                                    placement=True),
    "an alias, live migratable": aliases("two", NAMED[:-1] + ',"live_migratable":"no"}'),
    "an alias, perhaps live migratable": aliases("two", NAMED[:-1] + ',"live_migratable":"x"}'),
    "an alias with a capability": aliases("two", NAMED[:-1] + ',"capability_type":"pci"}'),
    "an alias of a physical function": case(
        "sriov", ['{"vendor_id":"10de"}'], ['{"name":"a","vendor_id":"10de","product_id":"20b5"}',
                                            '{"name":"b","vendor_id":"10de","product_id":"20b5",'
                                            '"device_type":"type-PF"}']),
    "a spec with another type": case(
        "sriov", ['{"vendor_id":"10de","dev_type":"type-PCI"}'],
        [NVIDIA % "a" + "}", NVIDIA % "b" + ',"device_type":"type-PF"}',
         NVIDIA % "c" + ',"device_type":"type-PCI"}']),
    "a spec with a type in capitals": case(
        "sriov", ['{"vendor_id":"10de","dev_type":"TYPE-PF"}'],
        [NVIDIA % "a" + "}", NVIDIA % "b" + ',"device_type":"type-PF"}']),
    "a spec with a type null": case(
        "sriov", ['{"vendor_id":"10de","dev_type":null}'],
        [NVIDIA % "a" + "}", NVIDIA % "b" + ',"device_type":"type-PF"}']),
    "an alias that is no JSON": aliases("two", "{'name':'a'}"),
}


class Generator:
    """Random configurations: mostly well-formed, with a mistake here and there."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def one(self, *choices):
        return self.random.choice(choices)

    def some(self, chance):
        return self.random.random() < chance

    def hex(self, digits):
        text = f"{self.random.randrange(16 ** digits):0{digits}x}"
        if self.some(0.1):
            text = self.one(text.upper(), "0x" + text, text[1:], " " + text, text + "g", text + "0",
                            "_" + text, text[:1] + "_" + text[1:], "-" + text, "+" + text, "", "*",
                            "0X_" + text, text + "\n", "0x", "--1", "1 1", "\u0664")
        return text

    def odd(self):
        """A value of a type that nobody expects."""
        return self.one(None, True, False, 0, 1, -1, 1.5, 1e16, 1e-7, 12345678901234567890, "", [],
                        {}, ["a", None], {"a": "it's"}, float("inf"), "\u00e9\n\u2028\ud800", "\x7f",
                        "'\"", "caf\u00e9")

    def identity(self, devices):
        if self.some(0.15):
            return self.hex(4), self.hex(4)
        vendor, product = self.one(*devices)[1].split(":")
        return (vendor.upper(), product.upper()) if self.some(0.1) else (vendor, product)

    def glob(self, devices):
        dbs, function = self.one(*devices)[0].split(".")
        fields = dbs.split(":")
        for i in range(3):
            if self.some(0.15):
                fields[i] = self.one("*", "", " ", self.hex(2), fields[i].upper(), fields[i][-1:])
        function = self.one(function, function, function, "*", "", "8", " 0", "0.0")
        fields = fields[self.one(0, 0, 0, 0, 1, 2):]
        if self.some(0.03):
            fields.insert(0, "0")
        return ":".join(fields) + self.one(".", ".", ".", ".", "", ":", "..") + function

    def regex(self):
        part = ["0", "1", "3", "b", "8", "a", ".", ".*", "[0-9a-f]", "[^0]", "(0|1)", "(?:3|8)", "$",
                "^", "0+", "0{2}", "0{1,}", "0{,2}", "[", "]", "(", ")", "*", "{", "}", "|", "\\d",
                "\\w+", "\\.", "\\b", "a*?", "0**", "[a-", "[z-a]", "\\q", "()", "(?i)a", "\\1", "x{0}",
                "[]0]", "[\\d]", "[0-\\d]", "0{2}{3}", "\\A", "\\Z", "+", "?", "[^]]", "a{2,1}", ""]
        return "".join(self.one(*part) for _ in range(self.one(1, 1, 2, 2, 3, 4)))

    def pattern(self, devices):
        keys = ["domain", "bus", "slot", "function"]
        values = self.one(*devices)[0].replace(".", ":").split(":")
        address = dict(zip(keys, values))
        for key in keys:
            if self.some(0.3):
                del address[key]
            elif self.some(0.4):
                address[key] = self.odd() if self.some(0.1) else self.regex()
        if self.some(0.05):
            address["func"] = "0"
        return address

    def tags(self):
        tags = {}
        words = ["yes", "no", "true", "FALSE", " on", "1", "0", "t", "nope", True, False, 1, 0]
        for key in ("managed", "live_migratable", "one_time_use", "remote_managed"):
            if self.some(0.12):
                tags[key] = self.odd() if self.some(0.1) else self.one(*words)
        if self.some(0.2):
            tags["resource_class"] = self.one("PGPU", "gpu", "gtx 1050-ti", "CUSTOM_A", "custom_a",
                                              "", None, 5, "a__b", "caf\u00e9")
        if self.some(0.2):
            tags["traits"] = self.one("a", "a,b", "b,a", "HW_GPU_API_VULKAN", "CUSTOM_A", "", None, 5,
                                      "a, b", "a,", "x.y")
        if self.some(0.1):
            tags[self.one("physical_network", "trusted", "adress", "type")] = self.odd()
        return tags

    def spec(self, host):
        devices, spec = host["devices"], {}
        vendor, product = self.identity(devices)
        if self.some(0.7):
            spec["vendor_id"] = self.odd() if self.some(0.03) else vendor
        if self.some(0.6):
            spec["product_id"] = self.odd() if self.some(0.03) else product
        if self.some(0.6):
            spec["address"] = self.odd() if self.some(0.05) else \
                self.pattern(devices) if self.some(0.3) else \
                self.glob(devices) if self.some(0.7) else self.one(*devices)[0]
        if self.some(0.05):
            spec["devname"] = self.one("eth0", "eth1", "pf0", "vf0", "eth9", "", None, 5, ["eth0"])
        spec.update(self.tags())
        return spec

    def damage(self, text):
        """A slip of the keyboard."""
        at = self.random.randrange(len(text) + 1)
        return self.one(text[:at], text[:at] + text[at + 1:], text[:at] + self.one(
            ",", '"', "'", "}", "]", " ", "\\", "\t", "\n", "#", "{", ":", "\\u12", "\x01") + text[at:],
            text + self.one(" # x", "x", "\n", "  ", "{}"), text.replace('"', "'"),
            text.replace("}", ",}", 1), "//" + text)

    def write(self, value):
        text = json.dumps(value, ensure_ascii=self.some(0.5)) if not self.some(0.1) else \
            json.dumps(value, indent=1)
        if "\\ud800" not in text:
            text = text.encode("utf-8", "replace").decode()
        else:
            text = json.dumps(value)
        return self.damage(text) if self.some(0.12) else text

    def alias(self, host):
        alias = {"name": self.one("gpu", "gpu", "gpu ", "b", "c", "\u00e4", "")}
        vendor, product = self.identity(host["devices"])
        if self.some(0.8):
            alias["vendor_id"] = vendor
        if self.some(0.8):
            alias["product_id"] = product
        if self.some(0.7):
            alias["device_type"] = self.one("type-PCI", "type-PF", "type-VF", "type-PCI", "type-VDPA")
        if self.some(0.3):
            alias["numa_policy"] = self.one("legacy", "preferred", "required", "socket", "Legacy")
        if self.some(0.05):
            alias["capability_type"] = self.one("pci", "pci", "PCI")
        if self.some(0.2):
            alias["resource_class"] = self.one("PGPU", "gpu", "CUSTOM_A", "")
        if self.some(0.15):
            alias["traits"] = self.one("a", "b,a", "HW_GPU_API_VULKAN", "")
        if self.some(0.1):
            alias["live_migratable"] = self.one("yes", "no", "TRUE", "perhaps", "")
        if self.some(0.04):
            alias[self.one("name", "vendor_id", "device_type", "address", "traits")] = self.odd()
        if self.some(0.02):
            del alias["name"]
        return alias if not self.some(0.02) else self.one([alias], self.odd())

    def case(self):
        host = HOSTS[self.one(*sorted(HOSTS))]
        values = [self.write(self.spec(host)) for _ in range(self.one(1, 1, 2, 3))]
        if self.some(0.15):
            values = [self.write([self.spec(host) for _ in range(self.one(1, 2, 3))] +
                                 ([self.odd()] if self.some(0.2) else []))]
        names = [self.write(self.alias(host)) for _ in range(self.one(0, 1, 1, 2, 3))]
        report = self.some(0.5)
        return {"device_spec": values, "alias": names, "report": report,
                "placement": report and self.some(0.5), **host}


class Kinds(Generator):
    """Well-formed configurations of four kinds, each of which people got wrong as a whole."""

    def device(self, host, *types):
        return self.one(*[d for d in host["devices"] if d[2] in types and d[1][:4] != "8086"])

    def exact(self, device, **tags):
        vendor, product = device[1].split(":")
        return {"vendor_id": vendor, "product_id": product, "address": device[0], **tags}

    def few_tags(self):
        choices = {"managed": ("no", "yes", False), "resource_class": ("gpu", "CUSTOM_A", "PGPU"),
                   "traits": ("a", "a,b", "HW_GPU_API_VULKAN"), "one_time_use": ("yes", "no")}
        return {key: self.one(*words) for key, words in choices.items() if self.some(0.3)}

    def virtual_functions(self):
        """Whole GPUs beside split ones, by address, by IDs, by a glob or the parent's address."""
        host = HOSTS["sriov"]
        values = []
        for _ in range(self.one(1, 2, 2, 3, 4)):
            spec = self.exact(self.device(host, "type-PF", "type-VF", "type-VF"), **self.few_tags())
            if self.some(0.3):
                del spec[self.one("address", "product_id", "vendor_id")]
            elif self.some(0.2):
                spec["address"] = spec["address"][:-1] + "*"
            values.append(spec)
        types = self.one(("type-PF",), ("type-VF",), ("type-PF", "type-VF"))
        return host, values, [{"name": f"a{i}", "vendor_id": "10de", "product_id": "20b5",
                               "device_type": kind} for i, kind in enumerate(types)]

    def first_match(self):
        """Lines by address, and lines by IDs before or behind them that say something else."""
        host = HOSTS[self.one("two", "sriov")]
        values = [self.exact(d, **self.few_tags()) for d in host["devices"]
                  if d[1][:4] == "10de" and d[2] != "type-VF" and self.some(0.8)]
        for _ in range(self.one(1, 1, 2)):
            wide = self.exact(self.device(host, "type-PCI", "type-PF"), **self.few_tags())
            del wide["address"]
            if self.some(0.3):
                del wide["product_id"]
            values.insert(self.random.randrange(len(values) + 1), wide)
        return host, values, [{"name": "gpu", "vendor_id": "10de", "product_id": "1c81",
                               "device_type": "type-PCI", "resource_class": "CUSTOM_A"}]

    def existing_aliases(self):
        """An alias that is there, and one of its name that is added."""
        host = HOSTS[self.one("two", "sriov")]
        ours = {"name": "gpu", "vendor_id": "10de", "product_id": self.one("1c81", "20b5"),
                "device_type": self.one("type-PCI", "type-PF"), "numa_policy": "preferred"}
        theirs = dict(ours)
        for key, word in (("device_type", "type-VF"), ("numa_policy", "legacy"),
                          ("product_id", "0fb9"), ("vendor_id", "10DE"), ("name", "gpu ")):
            if self.some(0.3):
                theirs[key] = word
        for key in ("device_type", "numa_policy", "product_id"):
            if self.some(0.2):
                del theirs[key]
        if self.some(0.2):
            theirs["resource_class"] = "CUSTOM_PCI_10DE_1C81"
        names = [theirs, ours] if self.some(0.5) else [ours, theirs]
        return host, [{"vendor_id": "10de", **self.few_tags()}], names

    def devnames(self):
        """Neutron's devices by name, GPUs by address, and report_in_placement."""
        host = HOSTS["sriov"]
        values = [{"devname": self.one("eth0", "eth1", "pf0", "vf0", "eth9"),
                   **({"physical_network": self.one("physnet1", None)} if self.some(0.7) else {}),
                   **self.few_tags()} for _ in range(self.one(1, 1, 2))]
        values.insert(self.one(0, len(values)),
                      self.exact(self.device(host, "type-PF", "type-PCI"), **self.few_tags()))
        return host, values, []

    def case(self):
        host, values, names = self.one(self.virtual_functions, self.first_match,
                                       self.existing_aliases, self.devnames)()
        report = self.some(0.6)
        return {"device_spec": [json.dumps(value) for value in values],
                "alias": [json.dumps(name) for name in names], "report": report,
                "placement": report and self.some(0.5), **host}


def generate(generator, n):
    """n cases, those of one host together."""
    return sorted((generator.case() for _ in range(n)), key=lambda c: len(c["devices"]))
