// SPDX-License-Identifier: BSD-2-Clause
// Many interfaces of mixed kinds on one command line.
import t from "tap";
import { BRIDGE, inNetwork, MASTER, netifs, PAIR, parseLinks } from "../../lib/network.ts";
import { PROBE } from "../../lib/probe.ts";

const ALL = `${MASTER}\n${PAIR}\n${BRIDGE}`;
const LINKS = ["--", "ip", "-j", "-d", "link"];

inNetwork("all kinds at once", ALL, async (t, net) => {
	await net.sh("ip addr add 10.1.0.9/24 dev br0; ip addr add 10.2.0.9/24 dev m1");
	const specs = [
		"veth:v0:eth0:bridge=br0:addr=10.1.0.1/24:gw=10.1.0.9:up",
		"macvlan:m0:eth1:vepa:addr=10.2.0.1/24:up",
		"p0:eth2:addr=fd00::1/64:up",
		"macvlan:m0:eth3:mac=02:00:00:00:00:33",
		"veth:v1:eth4:mtu=1300",
		"p1:eth5",
	];
	const args = ["--netif", ...netifs(...specs)];
	const script = '"$0" net + addresses + gateways + ping 10.1.0.9 + ping 10.2.0.9; ip link';
	const { facts, out, err } = await net.run([...args, "--", "/bin/sh", "-c", script, PROBE]);
	const state = ["eth0 up", "eth1 up", "eth2 up", "eth3 down", "eth4 down", "eth5 down", "lo up"];
	t.same(facts.all("interface").sort(), state, err);
	for (const address of ["eth0 10.1.0.1/24", "eth1 10.2.0.1/24", "eth2 fd00::1/64"])
		t.ok(facts.all("address").includes(address), address);
	t.same(facts.all("gateway"), ["10.1.0.9 eth0"]);
	t.same(facts.all("ping"), ["ok", "ok"]);
	t.match(out, /eth3[^\n]*\n[^\n]*02:00:00:00:00:33/);
	t.match(out, /eth4[^\n]* mtu 1300 /);
});

inNetwork("a hundred interfaces", ALL, async (t, net) => {
	const before = await net.state();
	const veths = Array.from({ length: 50 }, (_, i) => `veth:out${i}:in${i}:bridge=br0:up`);
	const macvlans = Array.from({ length: 50 }, (_, i) => `macvlan:m0:mv${i}:addr=10.3.${i}.1/24:up`);
	const specs = veths.flatMap((veth, i) => [veth, macvlans[i] ?? ""]);
	const run = await net.run([...netifs(...specs, "p0:eth0"), ...LINKS]);
	t.equal(run.status, 0, run.err);
	t.equal(parseLinks(run.out).size, 102);
	t.same(await net.state(), before, "at once");
	const last = await net.run([...netifs(...specs, "p0:eth0", "nosuch0:x"), ...LINKS]);
	t.same([last.status, last.out], [125, ""]);
	t.match(last.err, /^pflask: [^\n]*nosuch0[^\n]*\n(hint: [^\n]+\n)?$/);
	t.same(await net.state(), before, "nor where the last of them fails");
});

inNetwork("containers that start and end at the same time", ALL, async (t, net) => {
	const rounds = Array.from({ length: 12 }, async (_, i) => {
		const specs = [`veth:out${i}:eth0:bridge=br0:addr=10.1.0.${i + 1}/24:up`, "macvlan:m0:eth1"];
		const run = await net.run([...netifs(...specs), "--", PROBE, "net"]);
		return { state: run.facts.all("interface").sort(), err: run.err };
	});
	for (const { state, err } of await Promise.all(rounds))
		t.same(state, ["eth0 up", "eth1 down", "lo up"], err);
	t.same([...(await net.links()).keys()].sort(), ["br0", "lo", "m0", "m1", "p0", "p1"]);
});

t.end();
