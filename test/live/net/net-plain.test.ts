// SPDX-License-Identifier: BSD-2-Clause
// --netif without interfaces gives a container a new network, the host's network, or an existing
// network.
import { statSync, writeFileSync } from "node:fs";
import t from "tap";
import { live } from "../../lib/live.ts";
import { BRIDGE, inNetwork, isRefused, MASTER, netifs, network, PAIR } from "../../lib/network.ts";
import { PROBE } from "../../lib/probe.ts";
import { inNamespace } from "../../lib/propagation.ts";
import { tinyRoot } from "../../lib/roots.ts";

function inode(path: string): string {
	return String(statSync(path).ino);
}

live("--netif is a network with lo, which is up and works", async (t, box) => {
	const script = `
		"$0" tcp-serve 127.0.0.1 80 >/dev/null & "$0" udp-serve ::1 53 >/dev/null &
		"$0" tcp-send 127.0.0.1 80 100000 + udp-send ::1 53 text; kill $!`;
	for (const args of [["--netif"], ["-n"], ["-n", "--as-pid1"], ["-n", "--no-pidns"]]) {
		const words = ["links", "+", "addresses", "+", "ns", "+", "exec"];
		const command = ["--", PROBE, ...words, "/bin/sh", "-c", script, PROBE];
		const { facts, err } = await box.run([...args, ...command]);
		t.same(facts.all("link"), ["lo up 65536 00:00:00:00:00:00"], `${args.join(" ")} ${err}`);
		t.same(facts.all("address"), ["lo 127.0.0.1/8", "lo ::1/128"]);
		t.not(facts("ns.net"), inode("/proc/self/ns/net"));
		t.equal(facts("answer"), facts("sent"), "TCP");
		t.equal(facts("udp"), "text", "datagrams");
	}
});

live("--netif without ip(8), in a root that has nothing", async (t, box) => {
	const args = ["--netif", `--chroot=${tinyRoot(box)}`, "--", "/bin/probe"];
	const { facts, err } = await box.run([...args, "links", "+", "addresses"]);
	t.same(facts.all("link"), ["lo up 65536 00:00:00:00:00:00"], err);
	t.same(facts.all("address"), ["lo 127.0.0.1/8", "lo ::1/128"]);
});

inNetwork("--netif=host is the network that pflask is in", PAIR, async (t, net) => {
	for (const args of [["--netif=host"], ["-nhost"], ["--no-netns"], ["-N", "--netif=host"]]) {
		const run = await net.run([...args, "--", PROBE, "ns", "+", "net"]);
		t.equal(run.facts("ns.net"), inode(net.path), `${args.join(" ")} ${run.err}`);
		t.same(run.facts.all("interface").length, 3);
	}
});

live("--netif=ns:PATH joins a network namespace", async (t, box) => {
	const net = await network(box);
	await net.sh("ip link add x0 type veth peer name x1; ip addr add 10.0.0.1/24 dev x0");
	const before = await net.state();
	const root = tinyRoot(box);
	for (const args of [
		["--", PROBE],
		["--as-pid1", "--", PROBE],
		["--no-pidns", "--", PROBE],
		["--no-mountns", "--", PROBE],
		["--user-map=0:0:1", "--", PROBE],
		[`--chroot=${root}`, "--", "/bin/probe"],
	]) {
		const words = ["ns", "+", "addresses", "+", "net"];
		const run = await box.run([`--netif=ns:${net.path}`, ...args, ...words]);
		t.equal(run.facts("ns.net"), inode(net.path), `${args.join(" ")} ${run.err}`);
		t.same(
			run.facts.all("interface").sort(),
			["lo down", "x0 down", "x1 down"],
			"it is left alone",
		);
		t.same(run.facts.all("address"), ["x0 10.0.0.1/24"]);
		t.same(await net.state(), before);
	}
	await net.close();
});

/** Names a network namespace as ip-netns(8) does, visible to this test only. */
const NAMED = `
	mkdir -p /run/netns; mount -t tmpfs none /run/netns
	ip netns add pftest; ip -n pftest link add x0 type veth peer name x1
	status=0; "$@" || status=$?
	ip -n pftest -br link; exit $status`;

live("a namespace of ip-netns(8) keeps its name", async (t, box) => {
	const via = inNamespace(NAMED);
	const args = ["--netif=ns:/run/netns/pftest", "--", PROBE, "net"];
	const run = await box.run(args, { via });
	t.same([run.status, run.err], [0, ""]);
	t.same(run.facts.all("interface").sort(), ["lo down", "x0 down", "x1 down"]);
	t.match(run.out, /^x0@x1 +DOWN /m, "it is there afterwards");
});

live("a network namespace that cannot be joined", async (t, box) => {
	writeFileSync(`${box.dir}/file`, "");
	for (const [path, why] of [
		["/nonexistent", /No such file/],
		[`${box.dir}/file`, /./],
		[box.dir, /./],
		["/dev/null", /./],
		["/proc/self/ns/mnt", /./],
		["/proc/self/ns/pid", /./],
		["", /./],
	] as const) {
		const run = await box.run([`--netif=ns:${path}`, "--", PROBE, "say", "ran"]);
		isRefused(t, run, `ns:${path}`, "netif", `ns:${path}`, why);
	}
});

inNetwork("contradicting options", `${PAIR}; ${BRIDGE}; ${MASTER}`, async (t, net) => {
	for (const args of [
		netifs("host", "veth:v0:eth0"),
		netifs("veth:v0:eth0", "host"),
		netifs("host", "p0:eth0"),
		netifs("host", "macvlan:m0:eth0"),
		netifs("host", `ns:${net.path}`),
		netifs(`ns:${net.path}`, `ns:/proc/self/ns/net`),
		[...netifs("veth:v0:eth0"), "--no-netns"],
		["-N", ...netifs("p0:eth0")],
	])
		isRefused(t, await net.run([...args, "--", PROBE, "say", "ran"]), args.join(" "), /net/);
});

inNetwork("--dry-run makes nothing", `${PAIR}; ${BRIDGE}; ${MASTER}`, async (t, net) => {
	const specs = ["p0:eth0", "veth:v0:eth1:bridge=br0:addr=10.0.0.1/24:up", "macvlan:m0:eth2"];
	const run = await net.run(["--dry-run", ...netifs(...specs), "--", "id"]);
	t.same([run.status, run.err], [0, ""]);
	for (const name of ["p0", "eth0", "v0", "eth1", "br0", "10.0.0.1/24", "m0", "eth2"])
		t.match(run.out, name, `the plan has ${name}`);
});

t.end();
