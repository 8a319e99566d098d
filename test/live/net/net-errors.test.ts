// SPDX-License-Identifier: BSD-2-Clause
// Names and kinds of interfaces that the kernel refuses. One line names the interface and the
// reason, and no interface remains.
import t from "tap";
import { BRIDGE, inNetwork, isRefused, MASTER, netifs, PAIR } from "../../lib/network.ts";
import { PROBE } from "../../lib/probe.ts";
import { tinyRoot } from "../../lib/roots.ts";
import { names } from "../../lib/tree.ts";

const ALL = `${MASTER}\n${PAIR}\n${BRIDGE}`;
const RAN = ["--", PROBE, "say", "ran"];

inNetwork("a missing device", ALL, async (t, net) => {
	for (const [spec, name] of [
		["nosuch0:eth0", "nosuch0"],
		["macvlan:nosuch0:eth0", "nosuch0"],
		["ipvlan:nosuch0:eth0", "nosuch0"],
		["veth:v0:eth0:bridge=nosuch0", "nosuch0"],
	] as const)
		isRefused(t, await net.run([`--netif=${spec}`, ...RAN]), spec, "netif", name);
});

inNetwork("an unknown or incomplete kind", ALL, async (t, net) => {
	for (const spec of [
		...["nosuch:m0:eth0", "vlan:m0:eth0", "m0", "m0:", ":eth0", ":", "::", ":::", "", " "],
		...["host:x", "pasta=x", "ns", "Host", "p0:eth0:bridge", "p0:eth0:eth1", "p0:eth0:bridge=br0"],
	]) {
		const run = await net.run([`--netif=${spec}`, ...RAN]);
		isRefused(t, run, `"${spec}"`, "netif");
	}
	t.match((await net.run(["--netif=nosuch:m0:eth0", ...RAN])).err, "nosuch");
});

/** Names of interfaces that the kernel refuses, or treats as a pattern. */
const BAD_NAMES = [
	...["a".repeat(16), "a".repeat(300), "a/b", "a b", ".", "..", "a\tb", "a\nb", "eth%d", "%s"],
	"\x1b[31m",
];

inNetwork("an invalid name", ALL, async (t, net) => {
	for (const name of BAD_NAMES)
		for (const spec of ["p0:NAME", "macvlan:m0:NAME", "veth:v0:NAME", "veth:NAME:eth0"]) {
			const run = await net.run([`--netif=${spec.replace("NAME", name)}`, ...RAN]);
			isRefused(t, run, `${spec} ${JSON.stringify(name).slice(0, 40)}`, "netif");
			t.notMatch(run.err, "\x1b", "control characters do not reach the terminal");
		}
	const run = await net.run([`--netif=p0:${"a".repeat(16)}`, ...RAN]);
	t.match(run.err, /15|too long/, `it says what is wrong: ${run.err}`);
	for (const spec of ["a".repeat(16), `macvlan:${"a".repeat(16)}:x`, "veth:v0:x:bridge=NAME"]) {
		const long = await net.run([`--netif=${spec.replace("NAME", "a".repeat(16))}:y`, ...RAN]);
		isRefused(t, long, spec, "netif");
	}
});

inNetwork("a name in use", ALL, async (t, net) => {
	for (const [specs, name] of [
		[["p0:lo"], "lo"],
		[["macvlan:m0:lo"], "lo"],
		[["veth:v0:lo"], "lo"],
		[["macvlan:m0:eth0", "macvlan:m0:eth0"], "eth0"],
		[["veth:v0:eth0", "macvlan:m0:eth0"], "eth0"],
		[["p0:eth0", "veth:v0:eth0"], "eth0"],
		[["veth:v0:eth0", "p0:eth0"], "eth0"],
		[["veth:v0:eth0", "veth:v0:eth1"], "v0"],
		[["veth:m0:eth0"], "m0"],
		[["veth:p0:eth0"], "p0"],
		[["p0:eth0", "p0:eth1"], "p0"],
		[["p0:eth0", "macvlan:p0:eth1"], "p0"],
	] as const) {
		const run = await net.run([...netifs(...specs), ...RAN]);
		isRefused(t, run, specs.join(" "), "netif", name);
		t.ok((await net.links()).has("p0"), `${specs.join(" ")}: p0 is there`);
	}
});

inNetwork("a device that cannot be moved", ALL, async (t, net) => {
	for (const name of ["lo", "br0"]) {
		const run = await net.run([`--netif=${name}:eth0`, ...RAN]);
		isRefused(t, run, name, "netif", name, /immutable|netns|moved|Invalid argument/);
	}
});

/** Starts that fail after the first interfaces have been made, with their exit status. */
const LATER: readonly (readonly [args: readonly string[], status: number])[] = [
	[[...netifs("nosuch0:eth9"), ...RAN], 125],
	[[...netifs("p1:p0", "macvlan:m0:lo"), ...RAN], 125],
	[[...netifs("veth:v9:eth9:bridge=nosuch0"), ...RAN], 125],
	[[...netifs("veth:v9:eth9:addr=10.0.0.1/24:gw=192.0.2.1:up"), ...RAN], 125],
	[["--mount=bind:/nonexistent:/mnt", ...RAN], 125],
	[["--chroot=/nonexistent", ...RAN], 125],
	[["--chdir=/nonexistent", ...RAN], 125],
	[["--user=nosuchuser", ...RAN], 125],
	[["--", "/nonexistent/command"], 127],
	[["--", "no-such-command"], 127],
	[["--", "/etc/passwd"], 126],
	[["--as-pid1", "--", "/nonexistent/command"], 127],
	[["--no-pidns", "--", "/nonexistent/command"], 127],
	[["--", "false"], 1],
	[["--", "/bin/sh", "-c", "kill -9 $$"], 137],
];

inNetwork("a failed start leaves nothing, and returns a moved device", ALL, async (t, net) => {
	const before = await net.state();
	const first = netifs("p0:eth0:mtu=1200", "veth:v0:eth1:bridge=br0:up", "macvlan:m0:eth2:up");
	for (const [args, status] of LATER) {
		const run = await net.run([...first, ...args]);
		t.equal(run.status, status, `${args.join(" ")}: ${run.err}`);
		t.match(run.err, /^(pflask: [^\n]+\n(hint: [^\n]+\n)?)?$/);
		t.same(await net.state(), before, `${args.join(" ")}: at once`);
	}
});

inNetwork("the same in a root directory, which stays as it was", ALL, async (t, net, box) => {
	const root = tinyRoot(box, []);
	const tree = await names(root);
	const before = await net.state();
	for (const specs of [
		["p0:eth0", "nosuch0:eth1"],
		["veth:v0:eth0", "macvlan:m0:lo"],
		["macvlan:m0:eth0", "veth:v0:eth1:bridge=m0"],
	]) {
		const args = [`--chroot=${root}`, "--", "/bin/probe", "say", "ran"];
		isRefused(t, await net.run([...netifs(...specs), ...args]), specs.join(" "), "netif");
		t.same(await net.state(), before, specs.join(" "));
		t.same(await names(root), tree);
	}
});

t.end();
