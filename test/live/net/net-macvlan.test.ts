// SPDX-License-Identifier: BSD-2-Clause
// macvlan and ipvlan interfaces on an interface of the host. In these tests, one end of a veth pair
// in a network of the test stands for the interface of the host.
import t from "tap";
import { inNetwork, isRefused, MASTER, netifs, parseLinks, refusal } from "../../lib/network.ts";
import { PROBE } from "../../lib/probe.ts";
import { tinyRoot } from "../../lib/roots.ts";

const LINKS = ["--", "ip", "-j", "-d", "link"];

inNetwork("every mode of macvlan, bridge if none is named", MASTER, async (t, net) => {
	for (const [option, mode] of [
		["", "bridge"],
		[":bridge", "bridge"],
		[":private", "private"],
		[":vepa", "vepa"],
		[":passthru", "passthru"],
		[":passthru", "passthru"],
	] as const) {
		const run = await net.run([`--netif=macvlan:m0:net0${option}`, ...LINKS]);
		t.equal(run.status, 0, `macvlan${option}: ${run.err}`);
		const links = parseLinks(run.out);
		t.same([...links.keys()].sort(), ["lo", "net0"], "it has its name, and is alone with lo");
		t.match(links.get("net0")?.linkinfo, { info_kind: "macvlan", info_data: { mode } });
		t.ok(links.get("lo")?.flags.includes("UP"), "lo is up");
		t.notOk(links.get("net0")?.flags.includes("UP"), "nobody has asked for it to be up");
	}
});

inNetwork("the same in a root that has nothing", MASTER, async (t, net, box) => {
	const args = ["--netif=macvlan:m0:eth0:addr=10.0.0.1/24:up", `--chroot=${tinyRoot(box)}`];
	for (const more of [[], ["--as-pid1"], ["--no-pidns"], ["--no-mountns"]]) {
		const words = ["--", "/bin/probe", "net", "+", "addresses"];
		const { facts, err } = await net.run([...args, ...more, ...words]);
		t.same(facts.all("interface"), ["lo up", "eth0 up"], `${more.join(" ")} ${err}`);
		t.ok(facts.all("address").includes("eth0 10.0.0.1/24"));
	}
});

/**
 * Words for the probe that send traffic to a server in another container. `to` is the server's
 * address.
 */
const CROSS = (to: string) => ["tcp-send", to, "80", "3000000", "+", "ping", to, "+", "udp-send"];

inNetwork("macvlan to macvlan on one master: traffic crosses", MASTER, async (t, net, box) => {
	const root = tinyRoot(box);
	for (const [own, other] of [
		["10.0.0.1/24", "10.0.0.2/24"],
		["fd00::1/64", "fd00::2/64"],
	] as const) {
		const to = own.split("/")[0] ?? "";
		const spec = (addr: string) => `--netif=macvlan:m0:eth0:addr=${addr}:up`;
		const datagrams = `"$0" udp-serve ${to} 53 & "$0" tcp-serve ${to} 80; echo done; wait`;
		const server = net.start([spec(own), "--", "/bin/sh", "-c", datagrams, PROBE]);
		await server.until(/listening\n[^]*listening\n/);
		const words = [...CROSS(to), to, "53", "across"];
		const client = await net.run([spec(other), `--chroot=${root}`, "--", "/bin/probe", ...words]);
		t.match(client.facts("sent"), /^3000000 /, `${to}: ${client.err}`);
		t.equal(client.facts("answer"), client.facts("sent"), "TCP");
		t.equal(client.facts("udp"), "across", "datagrams");
		t.equal(client.facts("ping"), "ok", "ICMP");
		await server.until("done");
		server.kill("SIGKILL");
		await server.ended;
	}
});

inNetwork("macvlan to the other end of its master", MASTER, async (t, net) => {
	await net.sh("ip addr add 10.0.0.9/24 dev m1");
	for (const mode of ["bridge", "private", "vepa", "passthru"]) {
		const args = [`--netif=macvlan:m0:eth0:${mode}:addr=10.0.0.1/24:up`, "--", PROBE];
		const run = await net.run([...args, "ping", "10.0.0.9"]);
		t.equal(run.facts("ping"), "ok", `${mode}: ${run.err}`);
	}
});

inNetwork("a name that the host has too, and the longest one", MASTER, async (t, net) => {
	for (const name of ["m0", "m1", "lo0", "a".repeat(15), "x.y-z_1"]) {
		const run = await net.run([`--netif=macvlan:m0:${name}`, ...LINKS]);
		t.ok(parseLinks(run.out).has(name), `${name}: ${run.err}`);
	}
});

const IPVLAN = "ip link add link m0 name x type ipvlan mode l2";

inNetwork("ipvlan, or one line where the kernel has no driver", MASTER, async (t, net) => {
	const hasDriver = (await net.sh(`if ${IPVLAN} 2>&1; then ip link del x; fi`)) === "";
	for (const [option, mode] of [
		["", "l3"],
		[":l2", "l2"],
		[":l3", "l3"],
		[":l3s", "l3s"],
	] as const) {
		const spec = `ipvlan:m0:net0${option}`;
		const run = await net.run([`--netif=${spec}`, ...LINKS]);
		if (hasDriver) {
			const info = parseLinks(run.out).get("net0")?.linkinfo;
			t.match(info, { info_kind: "ipvlan", info_data: { mode } }, `${spec}: ${run.err}`);
		} else {
			isRefused(t, run, spec, "netif", spec);
			t.match(run.err, /kernel|driver|module/, "it says what is missing");
			t.match(run.err, await refusal(net, IPVLAN), "it has the kernel's own words");
		}
	}
});

inNetwork("impossible options of macvlan and ipvlan", MASTER, async (t, net) => {
	for (const [spec, ...wanted] of [
		["macvlan", /./],
		["macvlan:", /./],
		["macvlan:m0", /./],
		["macvlan:m0:", /./],
		["macvlan::net0", /./],
		["macvlan:m0:net0:nosuch", "nosuch"],
		["macvlan:m0:net0:BRIDGE", "BRIDGE"],
		["macvlan:m0:net0:l2", "l2"],
		["macvlan:m0:net0:bridge:private", /./],
		["macvlan:m0:net0:bridge=br0", "bridge"],
		["macvlan:nosuch:net0", "nosuch"],
		["macvlan:lo:net0", "lo"],
		["ipvlan", /./],
		["ipvlan:m0", /./],
		["ipvlan:m0:net0:bridge", "bridge"],
		["ipvlan:m0:net0:l4", "l4"],
		["ipvlan:nosuch:net0", "nosuch"],
		["MACVLAN:m0:net0", "MACVLAN"],
		["macvtap:m0:net0", "macvtap"],
	] as const) {
		const run = await net.run([`--netif=${spec}`, "--", PROBE, "say", "ran"]);
		isRefused(t, run, spec, "netif", ...wanted);
	}
});

inNetwork("a master in exclusive use", MASTER, async (t, net) => {
	const holder = net.start([...netifs("macvlan:m0:a:passthru"), "--", PROBE, "hold"]);
	await holder.until("ready");
	for (const mode of ["passthru", "bridge"]) {
		const run = await net.run([`--netif=macvlan:m0:net0:${mode}`, "--", PROBE, "say", "ran"]);
		isRefused(t, run, mode, "macvlan", "m0");
	}
	holder.kill("SIGTERM");
	await holder.ended;
	const again = await net.run(["--netif=macvlan:m0:net0:passthru", "--", PROBE, "say", "ran"]);
	t.equal(again.out, "ran\n", `it is free the moment the container has ended: ${again.err}`);
});

t.end();
