// SPDX-License-Identifier: BSD-2-Clause
// A mount or a network interface can be an object. libpflask parses the text of the object. A
// mistake is a PflaskError that names the key.
import t, { type Test } from "tap";
import { PflaskError } from "../src/error.ts";
import { type Mount, mountKinds, type Netif, netifKinds } from "../src/kinds.gen.ts";
import { memberText } from "../src/kinds.ts";
import { plan } from "../src/plan.ts";
import { checkSpec } from "../src/spec-check.ts";

t.test("the text of a mount", async (t) => {
	const is = (mount: Mount, text: string) => t.equal(memberText("mount", mount), text);
	is("tmp:/x", "tmp:/x");
	is({ type: "bind", host: "/a:b", dest: "/c" }, "bind:/a\\:b:/c");
	is({ type: "bind", host: "/a", dest: "/c", ro: true, idmap: true }, "bind:/a:/c:ro,idmap");
	is({ type: "bind", host: "/a", dest: "/c", idmap: false, noexec: false }, "bind:/a:/c:exec");
	is({ type: "overlay", upper: "/u", dest: "/d", work: "/w" }, "overlay:/u:/d:/w");
	is({ type: "tmp", dest: "/t", mode: 0o700, size: 4096 }, "tmp:/t:mode=700,size=4096");
	is({ type: "tmp", dest: "/t", mode: "0700", size: "1m" }, "tmp:/t:mode=0700,size=1m");
	is({ type: "tmp", dest: "/t", data: ["uid=1", "noswap"] }, "tmp:/t:data=uid=1,data=noswap");
	is({ type: "sysfs", dest: "/s", ro: false, rslave: true }, "sysfs:/s:rw,rslave");
	is({ type: "dir", dest: "/d" }, "dir:/d");
	is({ type: "dir", dest: "/d", mode: 0o755 }, "dir:/d:755");
	is({ type: "symlink", target: "a", dest: "/l" }, "symlink:a:/l");
	is({ type: "file", fd: 7, dest: "/f", ro: true }, "file:7:/f:ro");
});

t.test("the text of an interface", async (t) => {
	const is = (netif: Netif, text: string) => t.equal(memberText("netif", netif), text);
	is({ type: "host" }, "host");
	is({ type: "ns", path: "/run/netns/a" }, "ns:/run/netns/a");
	is({ type: "moved", dev: "eth1", name: "lan", up: true }, "eth1:lan:up");
	is({ type: "macvlan", master: "eth0", name: "lan", mode: "vepa" }, "macvlan:eth0:lan:vepa");
	is({ type: "pasta", tcp: ["8080-80", "8443-443"] }, "pasta:tcp=8080-80:tcp=8443-443");
	const veth = { type: "veth", outside: "o", inside: "i" } as const;
	is({ ...veth, addr: "fd00::2/64", mtu: 1400 }, "veth:o:i:addr=fd00::2/64:mtu=1400");
});

/** Options that contradict `noatime` or `rslave`. */
const OTHERS = ["strictatime", "private", "rprivate", "slave", "shared", "rshared", "unbindable"];

t.test("libpflask takes the text of each type of mount", async (t) => {
	const values: Record<string, unknown> = { fd: 0, mode: 0o755, size: 4096, data: "gid=5" };
	for (const [type, kind] of Object.entries(mountKinds())) {
		if (type === "overlay") continue; // needs two directories
		const all = Object.keys({ ...kind?.fields, ...kind?.options }).filter(
			(name) => ![...OTHERS, "runbindable"].includes(name),
		);
		const flags = Object.fromEntries(all.map((name) => [name, values[name] ?? true]));
		const mount = { type, ...flags, host: "/etc", dest: "/srv/x", target: "there", idmap: false };
		for (const name of Object.keys(mount))
			if (name !== "type" && !all.includes(name)) delete (mount as Record<string, unknown>)[name];
		using made = plan({ command: ["true"], mount: [mount as Mount] });
		t.match(made.text, "/srv/x", type);
	}
});

t.test("every kind of interface has a type", async (t) => {
	t.same(Object.keys(netifKinds()), ["moved", "macvlan", "ipvlan", "veth", "pasta", "ns", "host"]);
});

t.test("mistakes", async (t) => {
	const is = (spec: object, message: string, hint: string) =>
		refuses(t, () => checkSpec(spec), message, hint);
	const bind = { type: "bind", host: "/a", dest: "/b" };
	is({ mount: [{ ...bind, source: "/a" }] }, "mount[0].source: no such key", "host");
	is({ mount: [{ ...bind, readOnly: true }] }, "mount[0].readOnly: no such key", "ro");
	is({ mount: [{ ...bind, rro: true }] }, "mount[0].rro: no such key", "ro");
	is({ mount: [{ type: "bnd" }] }, 'mount[0].type: "bnd": no such type', 'type: "bind"');
	is(
		{ mount: ["tmp:/a", {}] },
		"mount[1].type: is missing",
		`types: ${Object.keys(mountKinds()).join(", ")}`,
	);
	const shape = '{ type: "bind", host: ..., dest: ... }';
	is({ mount: [{ type: "bind", host: "/a" }] }, "mount[0].dest: is missing", shape);
	is({ mount: [{ ...bind, ro: 1 }] }, "mount[0].ro: must be true or false", "");
	is({ mount: [{ ...bind, dest: "" }] }, "mount[0].dest: must be a string that is not empty", "");
	const veth = { type: "veth", outside: "o", inside: "i" };
	is({ netif: [{ ...veth, mtu: "1400" }] }, "netif[0].mtu: must be a whole number", "");
	is({ netif: [{ ...veth, address: "10.0.0.2/24" }] }, "netif[0].address: no such key", "addr");
	is({ netif: [{ ...veth, gw: [5] }] }, "netif[0].gw: must be a string or a list of strings", "");
	is(
		{ netif: [{ type: "__proto__" }] },
		'netif[0].type: "__proto__": no such type',
		`types: ${Object.keys(netifKinds()).join(", ")}`,
	);
});

function refuses(t: Test, act: () => unknown, message: string, hint: string): void {
	try {
		act();
		t.fail(`${message}: accepted`);
	} catch (error) {
		if (!(error instanceof PflaskError)) throw error;
		t.same([error.message, error.hint, error.code], [message, hint, "invalid"]);
	}
}
